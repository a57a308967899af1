"""Events with items, parts, texts and arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._model.events import StreamEvent
from ..._model.text import Text
from ..fields import ensure_list, text_or_none
from .calls import call_name
from .items import BY_PART, CALL_FIELDS, CALLS, PLACES, Item, TextPlace, check_nesting, kind_of, text_of, weight
from .output import Output

PARTS = {"response.content_part": "content", "response.reasoning_summary_part": "summary"}
TOLD = frozenset(("message", "reasoning", *CALL_FIELDS))
Events = list[StreamEvent]
Payload = dict[str, Any]
Handler = Callable[[Output, Any, Payload, Events, int], bool]


def text_delta(output: Output, place: TextPlace, payload: Payload, events: Events, size: int) -> bool:
    """Append to a text of a part."""
    new = payload.get("delta")
    if new is not None and not isinstance(new, str):
        return False
    item, at, part = _part(output, place, payload, events)
    text = part.get(place.field)
    if not isinstance(text, Text):
        output.answer.changed()
        text = part[place.field] = text_of(text if isinstance(text, str) else "")
    output.texts.tell(item, place, at, text, new or "", events)
    if logprobs := _logprobs(place, payload):
        ensure_list(part, "logprobs").extend(output.answer.budget.copy(logprobs))
    return True


def text_done(output: Output, place: TextPlace, payload: Payload, events: Events, size: int) -> bool:
    """Replace a text of a part; an empty text changes nothing."""
    if value := text_or_none(payload.get(place.field)):
        item, at, part = _part(output, place, payload, events)
        part[place.field] = output.texts.settle(item, place, at, part.get(place.field), value, events)
        if logprobs := _logprobs(place, payload):
            part["logprobs"] = output.answer.budget.copy(logprobs)
    return True


def _part(output: Output, place: TextPlace, payload: Payload, events: Events) -> tuple[Item, int, dict[str, Any]]:
    item = output.item(payload, place.item, events)
    at, _ = output.texts.part(item, place.key, payload.get(place.wire), place.part)
    return item, at, item.listed(place.key)[at]


def _logprobs(place: TextPlace, payload: dict[str, Any]) -> list[Any]:
    found = payload.get("logprobs")
    return found if place.part == "output_text" and isinstance(found, list) else []


def call_delta(output: Output, kind: str, payload: Payload, events: Events, size: int) -> bool:
    """Append to the arguments of a call; a closed call takes no more."""
    new = payload.get("delta")
    if new is not None and not isinstance(new, str):
        return False
    item = output.item(payload, kind, events)
    assert item.call is not None
    if not item.call.ended:
        output.answer.add_arguments(item.call, new or "", events)
        if ("", 0) in item.told:
            item.told["", 0].add(new or "")
    elif new and output.texts.is_late(item, new):
        output.answer.repair("late_delta")
        return False
    return True


def call_done(output: Output, kind: str, payload: Payload, events: Events, size: int) -> bool:
    """Replace the arguments of a call. It is not closed by that, but may be by the terminal event."""
    item = output.item(payload, kind, events)
    assert item.call is not None
    if not output.texts.settle_call(item, payload.get(CALL_FIELDS[kind]), events):
        return False
    item.given = True
    if not item.call.name and not item.call.ended and call_name(payload):
        item.data["name"] = output.answer.budget.copy(call_name(payload))
        output.texts.name(item)
    return True


def item_event(output: Output, verb: str, payload: Payload, events: Events, size: int) -> bool:
    """Take an item that begins or is done."""
    data = payload.get("item")
    if not isinstance(data, dict):
        output.answer.repair("bad_item")
        return True
    if kind_of(data) in TOLD:
        check_nesting(data)
        size = size or weight(data)
    else:
        data, size = output.answer.budget.copy(data), 0  # the event is handed out too
    place = output.place(payload)
    item = (output.announced if verb == "added" else output.finished)(place, data, size, events)
    if verb == "done":
        output.texts.sign(item, events)
    return item.type in TOLD


def part_event(output: Output, how: tuple[str, str], payload: Payload, events: Events, size: int) -> bool:
    """Take a part that begins or is done."""
    part = payload.get("part")
    key, verb = how
    if not isinstance(part, dict):
        return False
    (index, named), kind = output.place(payload), kind_of(part)
    place = BY_PART.get((key, kind))
    if kind == "output_text" and not part.get("text") and _is_for_reasoning(output, index):
        return True
    if place is not None:
        check_nesting(part)
        size = size or weight(part)
        item = output.wanted((index, named), place.item, payload, events)
    else:
        part, size = output.answer.budget.copy(part), 0  # the event is handed out too
        wanted = "reasoning" if key == "summary" else "message"
        item = named or output.newest(index) or output.wanted((index, None), wanted, payload, events)
    wire = payload.get("summary_index" if key == "summary" else "content_index")
    at, known = output.texts.part(item, key, wire, kind, announced=True)
    if verb == "added" and known:
        output.answer.repair("duplicate_part")
        return True
    parts = item.listed(key)
    output.answer.budget.charge(size)
    item.size += size
    output.texts.settle_part(item, key, at, part, parts[at], events, final=verb == "done")
    for kept in ("annotations", "logprobs"):
        if not part.get(kept) and parts[at].get(kept):
            part[kept] = parts[at][kept]
    parts[at] = part
    return place is not None


def _is_for_reasoning(output: Output, index: int) -> bool:
    """True if a part of a message can only be one that vLLM announces for reasoning."""
    return output.newest(index, "message") is None and output.newest(index, "reasoning") is not None


EVENTS: dict[str, tuple[Handler, Any]] = {
    **{f"{head}.delta": (text_delta, place) for head, place in PLACES.items()},
    **{f"{head}.done": (text_done, place) for head, place in PLACES.items()},
    **{f"{head}.delta": (call_delta, kind) for head, kind in CALLS.items()},
    **{f"{head}.done": (call_done, kind) for head, kind in CALLS.items()},
    **{f"response.output_item.{verb}": (item_event, verb) for verb in ("added", "done")},
    **{f"{head}.{verb}": (part_event, (key, verb)) for head, key in PARTS.items() for verb in ("added", "done")},
}
"""How each event is merged: a function, and its argument. It returns False if the event itself is to be handed out."""
