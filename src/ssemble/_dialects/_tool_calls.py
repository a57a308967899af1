"""Tool calls put back together: which call a fragment belongs to, and what it adds."""

from __future__ import annotations

import json
from _thread import RLock
from typing import Any

from .._completion import ToolCall
from .._errors import LimitExceeded, ProtocolError, shown
from .._events import StreamEvent, ToolCallDelta, ToolCallEnd, ToolCallStart
from .._merge import INSIDE, merge_field, plain
from .._movable import Movable
from .._partial import PartialJSON
from .._text import MANY, Text
from ._extent import Extent
from ._follower import Follower
from ._shared import Shared

LONGEST_NAME = 1000  # characters; OpenAI allows 64
MAKING = RLock()  # of a follower, for two threads may ask for one


class Call(Movable):
    """One call while it arrives."""

    __slots__ = (
        "arguments",
        "custom",
        "ended",
        "extent",
        "extras",
        "follower",
        "held",
        "id",
        "inner",
        "name",
        "ordinal",
        "packed",
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
        self.extras: dict[str, Any] = {}
        self.inner: dict[str, Any] = {}  # extra fields of `function` or `custom`
        self.ordinal: int | None = None  # set by its first event
        self.ended = False
        self.told = 0  # characters of the arguments that events have told
        self.follower: Follower | None = None  # made when somebody looks

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
    def real(self) -> bool:
        """An entry that never gets an id, a name, arguments or a custom object is no call."""
        return bool(self.id or self.name or self.arguments.size or self.custom)

    def plain(self) -> dict[str, Any]:
        kind = self.type or ("custom" if self.custom else "function")
        text = "input" if self.custom else "arguments"
        body = {"name": self.name, text: self.arguments.plain(), **plain(self.inner)}
        return {"id": self.id, "type": kind, "custom" if self.custom else "function": body, **plain(self.extras)}

    def view(self) -> ToolCall:
        raw = self.plain()
        index = self.ordinal if self.ordinal is not None else 0
        body = raw["custom"] if "custom" in raw else raw["function"]
        text: str = body["input"] if "input" in body else body["arguments"]  # not joined again
        return ToolCall(self.id, raw["type"], self.name, text, index, self.ended, raw)


class ToolCalls(Movable):
    """The calls of one choice."""

    __slots__ = ("by_id", "by_index", "calls", "choice", "latest", "limit", "ordinals", "shared")

    def __init__(self, choice: int, shared: Shared, limit: int, ordinals: list[int]) -> None:
        self.choice = choice
        self.ordinals = ordinals  # how many calls of the choice have started
        self.shared = shared
        self.limit = limit
        self.calls: list[Call] = []
        self.by_index: dict[int, Call] = {}  # the latest call at each index of the wire
        self.by_id: dict[str, Call] = {}
        self.latest: Call | None = None

    def real(self) -> list[Call]:
        """The calls in the provider's order: by its indexes, else by arrival."""
        calls = [call for call in self.calls if call.real]
        return sorted(calls, key=lambda call: -1 if call.wire_index is None else call.wire_index)

    def started(self, ordinal: int) -> Call | None:
        """Find a call by the ordinal that its events have."""
        likely = self.calls[ordinal : ordinal + 1]
        return next((call for call in (*likely, *self.calls) if call.ordinal == ordinal), None)

    def add(self, entry: dict[str, Any], where: str, events: list[StreamEvent]) -> None:
        """Merge one entry of ``delta.tool_calls``."""
        index = self.shared.index_of(entry.get("index"), f"{where}.index")
        id = self.shared.text_of(entry.get("id"), f"{where}.id")
        body = entry.get("function") or entry.get("custom") or {}
        if not body and ("name" in entry or "arguments" in entry):
            self.shared.repair("flat_call")
            body = {key: entry[key] for key in ("name", "arguments") if key in entry}
        if not isinstance(body, dict):
            raise ProtocolError(f"{shown(body)} instead of an object", where=f"{where}.function")
        name = body.get("name") or ""
        if not isinstance(name, str):
            raise ProtocolError(f"{shown(name)} instead of text", where=f"{where}.function.name")
        if name == "null" and self.latest is not None and self.latest.name:
            self.shared.repair("null_name")
            name = ""
        text = body.get("input") if entry.get("custom") else body.get("arguments")
        arguments = self._text(text, f"{where}.function.arguments")
        call = self._find(index, id, name, arguments)
        if call is None:
            call = self._begin(index, events)
        self._identify(call, entry, id, name)
        self._append(call, arguments)
        for fields, source in ((call.extras, entry), (call.inner, body)):
            for key, value in source.items():
                if key not in ("index", "id", "type", "function", "custom", "name", "arguments", "input"):
                    merge_field(fields, key, value, INSIDE, self.shared.kept)
        self.latest = call
        self._tell(call, events)

    def _find(self, index: int | None, id: str, name: str, arguments: str) -> Call | None:
        """Tell which call a fragment continues; None if it begins one. The rules, in order:

        1. The call of its id, at its index or without one.
        2. A known id at another index: that call; but with a name, when that call is already
           whole, another call that was given the same id.
        3. A known index: its latest call; but a new id with a name begins another call, unless
           the name is the same and the arguments so far are unfinished; and so does, without an
           id, a name with a new object after a whole one.
        4. An unknown index begins a call.
        5. No index: a new id begins a call, unless the latest has none and no name comes; a name
           does, unless the latest has none, or the same one and unfinished arguments; and a new
           object after a whole one does.
        6. Else the latest call.
        """
        at_index = None if index is None else self.by_index.get(index)
        if id and at_index is not None and at_index.id == id:
            return at_index
        if id and id in self.by_id:
            call = self.by_id[id]
            if index is None or call.wire_index is None or not (name and call.extent.read()):
                return self._repaired("id_at_other_index", call) if index is not None else call
            return self._repaired("duplicate_id", None)
        opens = arguments.lstrip().startswith("{")
        if at_index is not None:
            if id and at_index.id:
                unfinished = name == at_index.name and at_index.arguments.size and not at_index.extent.read()
                if not name or unfinished:
                    return self._repaired("changing_id", at_index)
                return self._repaired("reused_index", None)
            if not id and name and opens and at_index.extent.read():
                return self._repaired("reused_index", None)
            return at_index
        if index is not None or self.latest is None:
            return None
        latest = self.latest
        if id:
            return latest if latest.id is None and not name else None
        if name:
            return latest if not latest.name or (name == latest.name and not latest.extent.read()) else None
        if opens and latest.extent.read():
            return None
        return self._repaired("missing_index", latest)

    def _begin(self, index: int | None, events: list[StreamEvent]) -> Call:
        if len(self.calls) >= self.limit:
            raise LimitExceeded.over("max_tool_calls", self.limit, "calls in a choice")
        if self.latest is not None and self.latest.extent.read():
            self._end(self.latest, events)  # "the next call began"
        call = Call(index)
        self.calls.append(call)
        if index is not None:
            self.by_index[index] = call
        return call

    def _identify(self, call: Call, entry: dict[str, Any], id: str, name: str) -> None:
        if id and call.id is None:
            call.id = id
        if id and id not in self.by_id:
            self.by_id[id] = call
            self.shared.kept.add(len(id))
        kind = entry.get("type")
        if isinstance(kind, str) and kind and not call.type:
            call.type = kind.lower()
            self.shared.kept.add(len(kind))
            if call.type != kind:
                self.shared.repair("uppercase_type")
        call.custom = call.custom or isinstance(entry.get("custom"), dict)
        if name and name != call.name:
            self._rename(call, name)

    def _rename(self, call: Call, name: str) -> None:
        if not call.name:
            call.name = name
        elif name.startswith(call.name):
            call.name = name
            self.shared.repair("cumulative_name")
        elif call.arguments.size or len(call.name) >= LONGEST_NAME:
            return self.shared.repair("changed_name")
        else:
            call.name += name  # a name in pieces, while no argument has come
        self.shared.kept.add(len(name))

    def _append(self, call: Call, text: str) -> None:
        arguments = call.arguments
        if not text:
            return
        if text.startswith("{") and arguments.size and not call.custom:
            if call.held == ["{}"] and arguments.size == 2 and text != "{}":
                self.shared.repair("placeholder_arguments")
                call.arguments, call.extent, call.held = Text(), Extent(), []
                arguments = call.arguments
            elif len(text) == arguments.size and call.extent.read() and arguments.whole() == text:
                return self.shared.repair("replayed_arguments")
        if call.ended:
            self.shared.repair("arguments_after_end")
        self.shared.kept.add(len(text))
        if certain := arguments.add(text):
            call.hold(certain)
        call.extent.unread.append(text)
        if len(call.extent.unread) >= MANY:
            call.extent.read()

    def _tell(self, call: Call, events: list[StreamEvent], all: bool = False) -> None:
        """Make the events of what is certain; with ``all``, of everything that is held back."""
        if all and (half := call.arguments.release()):
            call.hold(half)
        if call.ordinal is None and (call.name or (all and call.real)):
            call.ordinal = self.ordinals[0]
            self.ordinals[0] += 1
            events.append(ToolCallStart(self.choice, call.ordinal, call.id, call.name))
        if call.ordinal is None or not call.held:
            return
        placeholder = call.held == ["{}"] and call.arguments.size == 2 and not call.custom
        if all or not placeholder:
            events.append(ToolCallDelta(self.choice, call.ordinal, call.tell()))

    def _end(self, call: Call, events: list[StreamEvent]) -> None:
        self._tell(call, events, all=True)
        if call.ordinal is not None and not call.ended:
            call.ended = True
            call.arguments.whole()
            events.append(ToolCallEnd(self.choice, call.ordinal, call.view()))

    def end_all(self, events: list[StreamEvent], cut: bool) -> None:
        """The wire closed the calls. If its reason tells of a ``cut``, only the whole ones."""
        for call in self.calls:
            if not call.ended and (not cut or call.extent.read()):
                self._end(call, events)

    def release(self, events: list[StreamEvent]) -> None:
        """The stream is over: hold nothing back, close nothing."""
        for call in self.calls:
            self._tell(call, events, all=True)

    def _text(self, value: Any, where: str) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        self.shared.repair("arguments_not_text")
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except (RecursionError, TypeError, ValueError) as error:
            cause = error.with_traceback(None)  # which holds what could not be written
            raise ProtocolError(f"arguments that cannot be written as text: {error}", where=where) from cause

    def _repaired(self, code: str, call: Call | None) -> Call | None:
        self.shared.repair(code)
        return call
