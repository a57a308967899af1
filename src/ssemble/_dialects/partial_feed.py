"""Feeds a text to a `PartialJSON` while it arrives."""

from __future__ import annotations

from _thread import RLock
from typing import TYPE_CHECKING, Any

from .._model.text import Text
from .._partial import partial_json
from .._pickling import Picklable
from .written import Written

if TYPE_CHECKING:
    from .._partial.json import PartialJSON

FEED_LOCK = RLock()  # held while a feed is created: two threads may request one


class PartialFeed(Picklable):
    """Feeds a `PartialJSON` with the text of events, each character once.

    Two threads may call it: the one that feeds the stream passes new text, the one that requested
    the `PartialJSON` passes the text before that.
    """

    __slots__ = ("lock", "partial", "taken")

    def __init__(self, partial: PartialJSON) -> None:
        self.partial = partial
        self.taken = 0  # characters
        self.lock = RLock()

    def take(self, text: str, source: Text | Written, end: int) -> None:
        """Feed new text, which ends at position ``end`` of the source."""
        with self.lock:
            if self.taken == end - len(text):
                self.taken = end
                self.partial._write(text)
            else:
                self.catch_up(source, end)

    def catch_up(self, source: Text | Written, end: int) -> None:
        """Feed the text before ``end`` that is missing."""
        with self.lock:
            if self.taken < end:
                missing = source.slice(self.taken, end)
                self.taken += len(missing)
                self.partial._write(missing)

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        version, fields = super().__getstate__()
        return version, {name: value for name, value in fields.items() if name != "lock"}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self.lock = RLock()


class FedCall(Picklable):
    """A call whose arguments are fed to a `PartialJSON`.

    Attributes:
        feed: feeds it; None before it is requested.
    """

    __slots__ = ("feed",)

    def __init__(self) -> None:
        self.feed: PartialFeed | None = None

    def requested(self) -> PartialFeed:
        """Return the feed, created if there is none."""
        with FEED_LOCK:
            feed = self.feed
            if feed is None:
                feed = self.feed = PartialFeed(partial_json(strict=False))  # as `ToolCall.parse_arguments` reads them
            return feed
