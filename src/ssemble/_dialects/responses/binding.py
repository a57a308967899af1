"""Bindings of text and argument deltas: where the text of a frame goes when its template matches."""

from __future__ import annotations

from operator import lt
from typing import TYPE_CHECKING, Any

from ..._model.events import StreamEvent
from ..._model.text import Text
from ..._payloads.templates import NUMBER, SKIP, Binding, Slot, is_number
from ..bindings import TextBinding, bind_arguments, bind_reasoning, bind_refusal, bind_text
from .items import CALLS, PLACES, Item, TextPlace, kind_of

if TYPE_CHECKING:
    from .reader import ResponsesReader


class NumberedBinding:
    """Appends a text, if the number of its event rises.

    Args:
        reader: keeps the number and the index of the last event.
        index: output_index of the events.
        text: appends the text.
    """

    __slots__ = ("_index", "_number", "_output", "_reader", "_text", "slots")

    def __init__(self, reader: ResponsesReader, index: int, text: TextBinding) -> None:
        self.slots = text.slots
        self._reader = reader
        self._output = reader.output
        self._index = index
        self._text = text
        kinds = [slot.kind for slot in self.slots if slot.kind != SKIP]
        self._number = kinds.index(NUMBER) if NUMBER in kinds else -1  # where it is among the values

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        reader, at = self._reader, self._number
        if at < 0:
            new, number = values, reader.sequence
        else:
            new, number = values[1 - at], values[at]
            if number <= reader.sequence:  # it has one: that of the payload which was bound
                return False
        if not self._text.apply(new, events):
            return False
        reader.sequence = number
        self._output.last = self._index
        return True

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        reader, at = self._reader, self._number
        new, numbers = rows, [reader.sequence]
        if at >= 0:
            new, numbers = [row[1 - at] for row in rows], [row[at] for row in rows]
            if not all(map(lt, (reader.sequence, *numbers), numbers)):  # type: ignore[arg-type]  # it has one
                return False
        if not self._text.apply_run(new, events):
            return False
        reader.sequence = numbers[-1]
        self._output.last = self._index
        return True


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
    text = _block(reader, slots, item, PLACES[head], payload) if head in PLACES else _arguments(reader, slots, item)
    return None if text is None else NumberedBinding(reader, index, text)


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
                if not is_number(value):
                    return None
                slots.append(Slot((key,), NUMBER))
        elif isinstance(value, str) and (key == "obfuscation" or (key == "item_id" and value != item.data.get("id"))):
            slots.append(Slot((key,), SKIP))
    return tuple(slots) if any(slot.path == ("delta",) for slot in slots) else None


def _block(
    reader: ResponsesReader, slots: tuple[Slot, ...], item: Item, place: TextPlace, payload: dict[str, Any]
) -> TextBinding | None:
    """Bind the text of a part, if it is there."""
    wire, parts = payload.get(place.wire), item.data.get(place.key)
    if type(wire) is not int or not isinstance(parts, list):
        return None
    at = item.places.get((place.key, wire, place.part), item.places.get((place.key, wire), wire))
    part = parts[at] if 0 <= at < len(parts) else None
    text = part.get(place.field) if isinstance(part, dict) and kind_of(part) == place.part else None
    if not isinstance(text, Text) or text.pending_surrogate or (place.key, at) in item.told:
        return None
    answer, number = reader.answer, reader.texts.number(item, place.key, at)
    if place.part == "output_text":
        return bind_text(answer, slots, text, number)
    if place.part == "refusal":
        return bind_refusal(answer, slots, text, number)
    return bind_reasoning(answer, slots, text, number, place.kind)


def _arguments(reader: ResponsesReader, slots: tuple[Slot, ...], item: Item) -> TextBinding | None:
    """Bind the arguments of a call, while they only grow."""
    call = item.call
    if call is None or call.ended or item.told or call.arguments.pending_surrogate:
        return None
    return bind_arguments(reader.answer, slots, call)
