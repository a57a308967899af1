"""The list of items of a response, and which of them an event means.

An event means an item by its output_index. Ids play no part where there is one: at GitHub Copilot they
change with every event. An index may be used again, so there may be several items at one.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from ..._model.events import StreamEvent
from ..._pickling import Picklable
from ..fields import index_or, text_or_none
from .calls import call_id, call_name
from .items import CALL_FIELDS, Item, keep, kind_of
from .texts import Texts

ITEM_COST = 256  # characters charged for an item besides its JSON
MEANT = 64  # the newest items, of one index or of all, that an event can mean

# The containers of items that no event announced.
SKELETONS: dict[str, dict[str, Any]] = {
    "message": {"status": "in_progress", "role": "assistant", "content": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "mcp_call": {"arguments": ""},
    "code_interpreter_call": {"code": ""},
}


class Output(Picklable):
    """The items so far.

    Attributes:
        answer: makes the events.
        texts: their texts.
        items: in the order of their arrival; see `in_order`.
        final: the items of the finished response, in its order; None before that.
        last: the output_index of the item that the last event meant.
    """

    __slots__ = ("_at", "answer", "final", "items", "last", "texts")

    def __init__(self, texts: Texts) -> None:
        self.answer = texts.answer
        self.texts = texts
        self._at: dict[int, list[Item]] = {}
        self.items: list[Item] = []
        self.final: list[Item] | None = None
        self.last = 0

    def in_order(self) -> list[Item]:
        """Return the items as in the object: by output_index, then by arrival. Another thread may be adding one."""
        return sorted(self.items.copy(), key=lambda item: item.index) if self.final is None else self.final.copy()

    def place(self, payload: dict[str, Any]) -> tuple[int, Item | None]:
        """Return the output_index that an event means; and the item with its id, if the event has no index."""
        index, item = payload.get("output_index"), None
        if type(index) is not int:
            self.answer.repair("missing_output_index")
            data = payload.get("item")
            named = payload.get("item_id", data.get("id") if isinstance(data, dict) else None)
            newest = islice(reversed(self.items), MEANT if named is not None else 0)
            item = next((item for item in newest if item.data.get("id") == named), None)
            index = self.last if item is None else item.index
        self.last = index_or(index, self.last)
        return self.last, item

    def newest(self, index: int, kind: str | None = None) -> Item | None:
        """Return the newest item at an index, or the newest of a type."""
        for item in reversed(self._at.get(index, ())):
            if kind is None or item.type == kind:
                return item
        return None

    def wanted(
        self, place: tuple[int, Item | None], kind: str, payload: dict[str, Any], events: list[StreamEvent]
    ) -> Item:
        """Return the item of a type at a place: the named one, else the newest at the index; it is made if needed."""
        index, item = place
        if item is None or item.type != kind:
            item = self.newest(index, kind)
        if item is None:
            self.answer.repair("item_type_mismatch" if index in self._at else "missing_item_added")
            named = text_or_none(payload.get("item_id"))
            empty = {key: value.copy() if value == [] else value for key, value in SKELETONS.get(kind, {}).items()}
            item = self.add(index, {"id": named, "type": kind, **empty}, 0, events)
        return item

    def item(self, payload: dict[str, Any], kind: str, events: list[StreamEvent]) -> Item:
        """Return the item that an event about a part of it means."""
        return self.wanted(self.place(payload), kind, payload, events)

    def announced(
        self, place: tuple[int, Item | None], data: dict[str, Any], size: int, events: list[StreamEvent]
    ) -> Item:
        """Take the item of an output_item.added."""
        index, named = place
        newest = named or self.newest(index)
        if newest is None:
            return self.add(index, data, size, events)
        if newest.done or newest.type != kind_of(data) or differ(newest.data, data):
            self.answer.repair("index_reused")
            return self.add(index, data, size, events)
        self.answer.repair("duplicate_index")
        keep(self.answer.budget, newest.data, data)
        self.texts.adopt(newest, data, size, events, final=False)
        return newest

    def finished(
        self, place: tuple[int, Item | None], data: dict[str, Any], size: int, events: list[StreamEvent]
    ) -> Item:
        """Take the item of an output_item.done."""
        index, item = place
        if item is None or item.type != kind_of(data) or differ(item.data, data):
            item = self._meant(index, data)
        if item is None:
            if index in self._at:
                self.answer.repair("index_reused")
            item = self.add(index, data, size, events)
        else:
            self.texts.adopt(item, data, size, events, final=True)
        item.done = True
        if data.get("status") != "incomplete":  # such a call is never closed
            self.texts.close(item, events)
        return item

    def _meant(self, index: int, data: dict[str, Any]) -> Item | None:
        here = self._at.get(index, [])
        kind, called = kind_of(data), data.get("call_id")
        if called:
            for item in reversed(here):
                if not item.done and item.data.get("call_id") == called and item.type == kind:
                    return item
        for item in reversed(here):
            if not item.done and item.type == kind:
                return item
        newest = here[-1] if here else None
        return newest if newest is not None and newest.type == kind and not differ(newest.data, data) else None

    def add(self, index: int, data: dict[str, Any], size: int, events: list[StreamEvent]) -> Item:
        """Store an item, and tell what is in it."""
        item = self.begin(index, data, events)
        here = self._at.setdefault(index, [])
        here.append(item)
        del here[:-MEANT]
        self.items.append(item)
        self.texts.adopt(item, data, size, events, final=False)
        return item

    def begin(self, index: int, data: dict[str, Any], events: list[StreamEvent]) -> Item:
        """Make an item that is not stored yet; a call that the caller is to run starts."""
        self.answer.budget.charge(ITEM_COST)
        item = Item(index, {"type": kind_of(data)})
        if item.type in CALL_FIELDS:
            custom = item.type == "custom_tool_call"
            answer = self.answer
            item.call = answer.start_call(call_id(data), call_name(data), "custom" if custom else "function", events)
        return item


def differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """True if two items have different call_ids."""
    first, second = one.get("call_id"), other.get("call_id")
    return bool(first and second and first != second)
