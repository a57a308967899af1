"""One tool call while it arrives."""

from __future__ import annotations

import re
from _thread import RLock
from typing import Any

from .._completion import ToolCall
from .._merge import plain
from .._movable import Movable
from .._partial import PartialJSON
from .._text import MANY, Text
from ._extent import UNREAD, Extent
from ._follower import Follower

MAKING = RLock()  # of a follower, for two threads may ask for one
PLACEHOLDER = re.compile(r"\s*\{\s*\}\s*")
TYPED = frozenset(("", "function", "custom"))


class Call(Movable):
    """One call while it arrives."""

    __slots__ = (
        "arguments",
        "closing",
        "custom",
        "ended",
        "extent",
        "extras",
        "follower",
        "held",
        "id",
        "inner",
        "name",
        "newest",
        "newest_end",
        "newest_whole",
        "ordinal",
        "packed",
        "restated",
        "told",
        "type",
        "wire_index",
    )

    def __init__(self, wire_index: int | None) -> None:
        self.wire_index = wire_index
        self.id: str | None = None
        self.type = ""
        self.name = ""
        self.custom = False
        self.arguments = Text()
        self.extent = Extent()
        self.held: list[str] = []  # arguments that no event has told yet
        self.packed = 0  # how many of these were joined, since a short one takes ten times its text
        self.newest: str | None = None  # the last fragment, while each one begins with the one before
        self.newest_end = 0  # how long the arguments were behind it: the straight line adds to them alone
        self.newest_whole: bool | None = None
        self.restated = False  # so it was for two fragments or more
        self.extras: dict[str, Any] = {}
        self.inner: dict[str, Any] = {}  # extra fields of `function` or `custom`
        self.ordinal: int | None = None  # set by its first event
        self.closing = False  # a reason that closes calls came behind its last fragment
        self.ended = False
        self.told = 0  # characters of the arguments that events have told
        self.follower: Follower | None = None  # made when somebody looks

    def append(self, text: str) -> None:
        """Add a fragment of the arguments; what is certain of it is held until it is told."""
        if not self.arguments.size:
            self.newest = text if text.startswith("{") and not self.custom else None
        elif self.newest is not None:
            self.restated = self.arguments.size == self.newest_end and text.startswith(self.newest)
            self.newest = text if self.restated else None
        self.newest_whole = None
        if certain := self.arguments.add(text):
            self.hold(certain)
        self.newest_end = self.arguments.size
        self.extent.unread.append(text)
        if len(self.extent.unread) >= UNREAD:
            self.extent.read()

    def clear(self) -> None:
        """Forget the arguments, none of which was told."""
        self.arguments, self.extent, self.held, self.packed = Text(), Extent(), [], 0

    def hold(self, text: str) -> None:
        """Keep arguments that are to be told later."""
        self.held.append(text)
        if len(self.held) - self.packed >= MANY:
            self.held[self.packed :] = ["".join(self.held[self.packed :])]
            self.packed += 1

    def tell(self) -> str:
        """Take the arguments that were held, to be told."""
        text = "".join(self.held)
        self.held, self.packed = [], 0
        self.told += len(text)
        if self.follower is not None:
            self.follower.take(text, self.arguments, self.told)
        return text

    def followed(self) -> PartialJSON:
        """What was told of the arguments, as a value that grows with it."""
        with MAKING:
            if self.follower is None:
                self.follower = Follower(PartialJSON(strict=False))  # as `ToolCall.parse_arguments` reads them
        told = self.told  # before the arguments: as long as nothing was told, others may take their place
        self.follower.catch_up(self.arguments, told)
        return self.follower.partial

    @property
    def placeholder(self) -> bool:
        """True if all there is came as one ``{}``, which the real arguments may still replace."""
        if len(self.held) != 1 or self.packed or self.custom or self.arguments.size != len(self.held[0]):
            return False
        return PLACEHOLDER.fullmatch(self.held[0]) is not None

    @property
    def uncertain(self) -> bool:
        """True if it cannot be told yet what the held fragments mean."""
        return self.restated or self.placeholder

    def whole(self) -> bool:
        """True if the arguments are one closed object."""
        return self.extent.read() or self.newest_is_whole()

    def newest_is_whole(self) -> bool:
        """True if the last of several fragments, each of which begins with the one before, is one closed object."""
        if self.newest is None or not self.restated:
            return False
        if self.newest_whole is None:
            self.newest_whole = is_object(self.newest)
        return self.newest_whole

    def take_newest(self) -> int:
        """Take the last fragment for the arguments; return how many characters fewer they are.

        What was told is the first fragment at most, and the last one begins with it.
        """
        before, newest = self.arguments.size, self.newest or ""
        arguments = Text()
        arguments.add(newest)
        self.arguments, self.extent = arguments, Extent()  # a reader finds the old ones or the new ones
        self.held, self.packed = [newest[self.told :]], 0
        self.extent.unread.append(newest)
        self.restated, self.newest = False, None
        return before - len(newest)

    def another_begins(self, name: str, arguments: str) -> bool:
        """True if a fragment of the same id, after this call is whole, is another call of another name."""
        if name == self.name or self._goes_on(arguments):
            return False
        return not arguments or arguments.lstrip().startswith("{")

    def next_begins(self, id: str, name: str, arguments: str, announced: bool) -> bool:
        """True if a fragment with a name at the same index, where one of the two has no id, is another call.

        Args:
            announced: it has what the first fragment of a call has, and a further piece of a name has not.
        """
        if self._goes_on(arguments):
            return False
        if self.whole():
            return arguments.lstrip().startswith("{") and (not id or name != self.name)
        if self.id is not None or self.arguments.size or not announced:
            return False
        return bool(self.name) and not name.startswith(self.name)

    def _goes_on(self, arguments: str) -> bool:
        return self.restated and self.newest is not None and arguments.startswith(self.newest)

    @property
    def foreign(self) -> bool:
        """True if it is of a type that has an object of its own, and no function."""
        return self.type not in TYPED and not (self.name or self.arguments.size or self.custom or self.inner)

    @property
    def real(self) -> bool:
        """An entry that never gets an id, a name, arguments or an object of its own is no call."""
        return bool(self.id or self.name or self.arguments.size or self.custom) or (self.foreign and bool(self.extras))

    def plain(self) -> dict[str, Any]:
        if self.foreign:
            return {"id": self.id, "type": self.type, **plain(self.extras)}
        kind = self.type or ("custom" if self.custom else "function")
        text = "input" if self.custom else "arguments"
        body = {"name": self.name, text: self.arguments.plain(), **plain(self.inner)}
        return {"id": self.id, "type": kind, "custom" if self.custom else "function": body, **plain(self.extras)}

    def view(self) -> ToolCall:
        raw = self.plain()
        index = self.ordinal if self.ordinal is not None else 0
        body = raw.get("custom", raw.get("function")) or {}
        text: str = body.get("input", body.get("arguments", ""))  # not joined again
        return ToolCall(self.id, raw["type"], self.name, text, index, self.ended, raw)


def is_object(text: str) -> bool:
    """True if a text is one closed JSON object."""
    extent = Extent()
    extent.unread.append(text)
    return extent.read()
