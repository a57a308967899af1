"""Who follows a text as a value that grows."""

from __future__ import annotations

from _thread import RLock
from typing import Any

from .._movable import Movable
from .._partial import PartialJSON
from .._text import Text


class Follower(Movable):
    """Feeds a `PartialJSON` with what was told of a text: each character once, whichever thread brings it.

    The one that feeds the stream brings what is new, the one that begins to follow what there was.
    """

    __slots__ = ("lock", "partial", "taken")

    def __init__(self, partial: PartialJSON) -> None:
        self.partial = partial
        self.taken = 0  # characters
        self.lock = RLock()

    def take(self, text: str, source: Text, end: int) -> None:
        """Take what was just told, which ends at ``end``."""
        with self.lock:
            if self.taken == end - len(text):
                self.taken = end
                self.partial.follow(text)
            else:
                self.catch_up(source, end)

    def catch_up(self, source: Text, end: int) -> None:
        """Take what is missing before ``end``."""
        with self.lock:
            if self.taken < end:
                missing = source.between(self.taken, end)
                self.taken += len(missing)
                self.partial.follow(missing)

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        version, fields = super().__getstate__()
        return version, {name: value for name, value in fields.items() if name != "lock"}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self.lock = RLock()
