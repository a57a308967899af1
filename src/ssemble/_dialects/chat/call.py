"""The state of one tool call while it arrives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..._model.message import ToolCall
from ..._model.result import with_raw
from ..._model.text import JOIN_EVERY, Text
from ..partial_feed import FedCall
from .merge import to_json
from .object_scanner import UNREAD, ObjectScanner

if TYPE_CHECKING:
    from ..._partial.json import PartialJSON

PLACEHOLDER = re.compile(r"\s*\{\s*\}\s*")
TYPED = frozenset(("", "function", "custom"))


class Call(FedCall):
    """The state of one call; a `PartialToolCall` in another thread may read it at any time."""

    __slots__ = (
        "arguments",
        "closing",
        "custom",
        "emitted",
        "ended",
        "extras",
        "id",
        "inner",
        "joined_count",
        "name",
        "newest",
        "newest_complete",
        "newest_end",
        "ordinal",
        "pending",
        "restated",
        "scanner",
        "type",
        "wire_index",
    )

    def __init__(self, wire_index: int | None) -> None:
        super().__init__()
        self.wire_index = wire_index
        self.id: str | None = None
        self.type = ""
        self.name = ""
        self.custom = False
        self.arguments = Text()
        self.scanner = ObjectScanner()
        self.pending: list[str] = []  # arguments that are not in an event yet
        self.joined_count = 0  # how many of them are joined pieces: a short piece needs ten times its text in memory
        self.newest: str | None = None  # the last fragment, while each fragment starts with the previous one
        self.newest_end = 0  # length of the arguments after it: the fast path does not update it
        self.newest_complete: bool | None = None
        self.restated = False  # true if at least two fragments do
        self.extras: dict[str, Any] = {}
        self.inner: dict[str, Any] = {}  # extra fields of `function` or `custom`
        self.ordinal: int | None = None  # set when its first event is made
        self.closing = False  # a finish_reason that ends calls came after its last fragment
        self.ended = False
        self.emitted = 0  # characters of the arguments that are in events

    def append(self, text: str) -> None:
        """Append a fragment of the arguments, and hold it back for an event."""
        if not self.arguments.size:
            self.newest = text if text.startswith("{") and not self.custom else None
        elif self.newest is not None:
            self.restated = self.arguments.size == self.newest_end and text.startswith(self.newest)
            self.newest = text if self.restated else None
        self.newest_complete = None
        if certain := self.arguments.add(text):
            self.hold(certain)
        self.newest_end = self.arguments.size
        self.scanner.unread.append(text)
        if len(self.scanner.unread) >= UNREAD:
            self.scanner.is_closed()

    def clear(self) -> None:
        """Delete the arguments; none of them is in an event yet."""
        self.arguments, self.scanner, self.pending, self.joined_count = Text(), ObjectScanner(), [], 0

    def hold(self, text: str) -> None:
        """Hold arguments back for a later event."""
        self.pending.append(text)
        if len(self.pending) - self.joined_count >= JOIN_EVERY:
            self.pending[self.joined_count :] = ["".join(self.pending[self.joined_count :])]
            self.joined_count += 1

    def thought_signature(self) -> str:
        """Return the signature that Google's compatible endpoint sends with a call; "" if there is none."""
        extra = to_json(self.extras["extra_content"]) if "extra_content" in self.extras else None
        google = extra.get("google") if isinstance(extra, dict) else None
        signature = google.get("thought_signature") if isinstance(google, dict) else None
        return signature if isinstance(signature, str) else ""

    def take_pending(self) -> str:
        """Return the arguments that were held back, and pass them on to the PartialJSON."""
        text = "".join(self.pending)
        self.pending, self.joined_count = [], 0
        self.emitted += len(text)
        if self.feed is not None:
            self.feed.take(text, self.arguments, self.emitted)
        return text

    def partial_json(self) -> PartialJSON:
        """The PartialJSON of the arguments; it gets the text of the events."""
        feed = self.requested()
        emitted = self.emitted  # read before `arguments`, which may be replaced while no event was made
        feed.catch_up(self.arguments, emitted)
        return feed.partial

    @property
    def placeholder(self) -> bool:
        """True if the arguments so far are one ``{}`` fragment, which the real arguments may replace."""
        if len(self.pending) != 1 or self.joined_count or self.custom or self.arguments.size != len(self.pending[0]):
            return False
        return PLACEHOLDER.fullmatch(self.pending[0]) is not None

    @property
    def uncertain(self) -> bool:
        """True if later fragments may replace those that are held back."""
        return self.restated or self.placeholder

    def is_complete(self) -> bool:
        """True if the arguments are one closed object."""
        return self.scanner.is_closed() or self.newest_is_complete()

    def newest_is_complete(self) -> bool:
        """True if each fragment restates the previous one, and the last one is a closed object."""
        if self.newest is None or not self.restated:
            return False
        if self.newest_complete is None:
            self.newest_complete = is_object(self.newest)
        return self.newest_complete

    def take_newest(self) -> int:
        """Replace the arguments by the last fragment; return how many characters shorter they are.

        Events contain the first fragment at most, and the last fragment starts with it.
        """
        before, newest = self.arguments.size, self.newest or ""
        arguments = Text()
        arguments.add(newest)
        self.arguments, self.scanner = arguments, ObjectScanner()  # other threads see the old ones or the new ones
        self.pending, self.joined_count = [newest[self.emitted :]], 0
        self.scanner.unread.append(newest)
        self.restated, self.newest = False, None
        return before - len(newest)

    def another_begins(self, name: str, arguments: str) -> bool:
        """True if a fragment with the same id, after this call is complete, starts a call with another name."""
        if name == self.name or self._restates(arguments):
            return False
        return not arguments or arguments.lstrip().startswith("{")

    def next_begins(self, call_id: str, name: str, arguments: str, announced: bool) -> bool:
        """True if a fragment with a name at the same index starts another call; one of the two has no id.

        Args:
            announced: it looks like the first fragment of a call, not like a piece of a name.
        """
        if self._restates(arguments):
            return False
        if self.is_complete():
            return arguments.lstrip().startswith("{") and (not call_id or name != self.name)
        if self.id is not None or self.arguments.size or not announced:
            return False
        return bool(self.name) and not name.startswith(self.name)

    def _restates(self, arguments: str) -> bool:
        """True if a fragment restates the previous one, as all before it did."""
        return self.restated and self.newest is not None and arguments.startswith(self.newest)

    @property
    def foreign(self) -> bool:
        """True if its type has its own object instead of a ``function`` (a hosted tool)."""
        return self.type not in TYPED and not (self.name or self.arguments.size or self.custom or self.inner)

    @property
    def real(self) -> bool:
        """False for an entry that never gets an id, a name, arguments or its own object: it is not a call."""
        return bool(self.id or self.name or self.arguments.size or self.custom) or (self.foreign and bool(self.extras))

    def to_json(self) -> dict[str, Any]:
        if self.foreign:
            return {"id": self.id, "type": self.type, **to_json(self.extras)}
        kind = self.type or ("custom" if self.custom else "function")
        text = "input" if self.custom else "arguments"
        body = {"name": self.name, text: self.arguments.to_json(), **to_json(self.inner)}
        return {"id": self.id, "type": kind, "custom" if self.custom else "function": body, **to_json(self.extras)}

    def view(self) -> ToolCall:
        kind = self.type or ("custom" if self.custom else "function")
        index = self.ordinal if self.ordinal is not None else 0
        call = ToolCall(self.id, kind, self.name, self.arguments.to_json(), index, self.ended)
        # Without other fields, the call makes the same JSON from its own.
        usual = kind == ("custom" if self.custom else "function") and not self.extras and not self.inner
        return call if usual else with_raw(call, self.to_json())


def is_object(text: str) -> bool:
    """True if a text is a single closed JSON object."""
    scanner = ObjectScanner()
    scanner.unread.append(text)
    return scanner.is_closed()
