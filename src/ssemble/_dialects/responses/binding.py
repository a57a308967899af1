"""Bindings of text and argument deltas: where the text of a frame goes when its template matches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._model.events import ReasoningDelta, RefusalDelta, StreamEvent, TextDelta, ToolCallDelta
from ..._model.text import Text
from ..._payloads.templates import NUMBER, SKIP, Binding, Slot
from ..live_call import LiveCall
from .items import CALLS, PLACES, Item, TextPlace, kind_of

if TYPE_CHECKING:
    from .reader import ResponsesReader


class DeltaBinding:
    """Appends a text, if the number of its event rises.

    Args:
        reader: keeps the number and the index of the last event.
        slots: the slots of the payload.
        index: output_index of the events.
        text: what is appended to.
        event: the class of the events.
        fields: their fields besides the text.
        call: the call, if the text is its arguments: then the text is the last field, else the first.
    """

    __slots__ = (
        "_answer", "_budget", "_call", "_epoch", "_event", "_fields", "_index", "_number", "_output",
        "_reader", "_text", "slots",
    )  # fmt: skip

    def __init__(
        self,
        reader: ResponsesReader,
        slots: tuple[Slot, ...],
        index: int,
        text: Text,
        event: Callable[..., StreamEvent],
        fields: tuple[Any, ...],
        call: LiveCall | None = None,
    ) -> None:
        self.slots = slots
        self._reader = reader
        self._output = reader.output
        self._index = index
        self._text = text
        self._event = event
        self._fields = fields
        self._call = call
        self._answer = reader.answer if event is TextDelta else None
        self._budget = reader.answer.budget
        self._epoch = reader.answer.budget.epoch
        kinds = [slot.kind for slot in slots if slot.kind != SKIP]
        self._number = kinds.index(NUMBER) if NUMBER in kinds else -1  # where it is among the values

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        reader, budget, at = self._reader, self._budget, self._number
        if at < 0:
            new, number = values, reader.sequence
        else:
            new, number = values[1 - at], values[at]
            if number <= reader.sequence:  # it has one: that of the payload which was bound
                return False
        size = len(new)
        if budget.epoch != self._epoch or not size or budget.size + size > budget.limit:
            return False
        budget.size += size
        reader.sequence = number
        self._output.last = self._index
        text = self._text
        text.pieces.append(new)
        text.size += size
        if len(text.pieces) >= text.join_at:
            text.join_newest()
        if self._call is not None:
            if self._call.feed is not None:
                self._call.feed.take(new, text, text.size)
            events.append(self._event(*self._fields, new))
            return True
        if self._answer is not None:
            text = self._answer.text
            text.pieces.append(new)
            text.size += size
            if len(text.pieces) >= text.join_at:
                text.join_newest()
            if self._answer.feed is not None:
                self._answer.feed.take(new, text, text.size)
        events.append(self._event(new, *self._fields))
        return True

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        """Refuse: these frames have numbers in almost all streams."""
        return False


def bind(reader: ResponsesReader, payload: dict[str, Any], name: str) -> Binding | None:
    """Make the binding of a payload that was just merged; None if it cannot have one."""
    kind = payload.get("type") or name
    index = payload.get("output_index")
    if not isinstance(kind, str) or not kind.endswith(".delta") or type(index) is not int or payload.get("logprobs"):
        return None
    head = kind.removesuffix(".delta")
    wanted = CALLS.get(head) or (PLACES[head].item if head in PLACES else None)
    item = reader.output.newest(index, wanted) if wanted is not None else None
    slots = None if item is None else _slots(payload, item)
    if item is None or slots is None:
        return None
    if head in PLACES:
        return _block(reader, slots, item, PLACES[head], payload)
    call = item.call
    if call is None or call.ended or item.told or call.arguments.pending_surrogate:
        return None
    return DeltaBinding(reader, slots, index, call.arguments, ToolCallDelta, (0, call.ordinal or 0), call)


def _slots(payload: dict[str, Any], item: Item) -> tuple[Slot, ...] | None:
    """Return the values that change, in the order of the document; None if another one may matter."""
    slots = []
    for key, value in payload.items():
        if key == "delta":
            if not isinstance(value, str) or not value:
                return None
            slots.append(Slot((key,)))
        elif key == "sequence_number":
            if type(value) is int:
                if not 0 < value < 10**18:
                    return None
                slots.append(Slot((key,), NUMBER))
        elif isinstance(value, str) and (key == "obfuscation" or (key == "item_id" and value != item.data.get("id"))):
            slots.append(Slot((key,), SKIP))
    return tuple(slots) if any(slot.path == ("delta",) for slot in slots) else None


def _block(
    reader: ResponsesReader, slots: tuple[Slot, ...], item: Item, place: TextPlace, payload: dict[str, Any]
) -> Binding | None:
    """Bind the text of a part, if it is there."""
    wire, parts = payload.get(place.wire), item.data.get(place.key)
    if type(wire) is not int or not isinstance(parts, list):
        return None
    at = item.places.get((place.key, wire, place.part), item.places.get((place.key, wire), wire))
    part = parts[at] if 0 <= at < len(parts) else None
    text = part.get(place.field) if isinstance(part, dict) and kind_of(part) == place.part else None
    if not isinstance(text, Text) or text.pending_surrogate or (place.key, at) in item.told:
        return None
    number, index = reader.texts.number(item, place.key, at), payload["output_index"]
    if place.item == "message":
        event = TextDelta if place.part == "output_text" else RefusalDelta
        return DeltaBinding(reader, slots, index, text, event, (0, number))
    kind = "summary" if place.key == "summary" else "text"
    return DeltaBinding(reader, slots, index, text, ReasoningDelta, (0, kind, number))
