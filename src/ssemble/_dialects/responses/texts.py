"""The texts of items: what later copies of a text add to what the events have said.

A ``.done`` event and every later copy of a part or an item is authoritative: it replaces the text, even
by a shorter one, but never by an empty one. If it continues what the events have said, the rest is one
more delta. Otherwise the object and the joined deltas differ from then on.
"""

from __future__ import annotations

from typing import Any

from ..._model.events import ReasoningDelta, StreamEvent
from ..._model.text import Text
from ..answer import Answer
from ..fields import index_or
from ..tree import to_json
from .calls import Calls, keep_names
from .items import (
    BY_PART,
    CALL_FIELDS,
    KEPT,
    LISTS,
    Item,
    TextPlace,
    begins_with,
    is_empty_part,
    is_filled,
    is_text,
    kind_of,
    skeleton,
    text_of,
)

MAX_GAP = 8  # parts that are filled in before an index
PART_COST = 64  # characters charged for a part that was not announced


class Texts(Calls):
    """The texts of a response, and its calls."""

    __slots__ = ("_blocks",)

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self._blocks = 0  # texts so far

    def number(self, item: Item, key: str, at: int) -> int:
        """Return the number of a block in the events."""
        if (key, at) not in item.numbers:
            item.numbers[key, at] = self._blocks
            self._blocks += 1
        return item.numbers[key, at]

    def place(self, item: Item, key: str, index: Any, kind: Any, known: list[Any]) -> tuple[int, bool]:
        """Return the position that an index on the wire means, and whether something is there.

        An index is a key, never a length: after a gap of more than `MAX_GAP`, the next position is taken.
        """
        index = index_or(index, max(len(known) - 1, 0))
        at = item.places.get((key, index, kind), item.places.get((key, index)))
        if at is None and 0 <= index < len(known) and (key, index) not in item.moved:
            at = index
        if at is not None and at < len(known):
            return at, True
        if 0 <= index - len(known) <= MAX_GAP:
            return index, False
        self.answer.budget.charge(PART_COST)
        item.places[key, index] = len(known)
        item.moved.add((key, len(known)))
        return len(known), False

    def part(self, item: Item, key: str, index: Any, kind: str, announced: bool = False) -> tuple[int, bool]:
        """Return the position of a part, made if there is none of that type, and whether it was announced before."""
        parts = item.listed(key)
        index = index_or(index, max(len(parts) - 1, 0))
        at, known = self.place(item, key, index, kind, parts)
        if not known:
            self.answer.changed()
            self.answer.budget.charge(PART_COST * (at + 1 - len(parts)))
            while len(parts) < at:
                item.filled.add((key, len(parts)))
                parts.append({"type": kind} if announced else skeleton(kind))
            parts.append(skeleton(kind))
        elif (key, at) in item.filled:
            item.filled.discard((key, at))
            known = False
        if not known and not announced:
            self.answer.repair("missing_part_added")
        part = parts[at]
        if isinstance(part, dict) and kind_of(part) == kind:
            return at, known
        self.answer.changed()
        self.answer.repair("part_type_mismatch")
        if is_empty_part(part):
            parts[at] = skeleton(kind)
            return at, False
        item.places[key, index, kind] = len(parts)
        item.moved.add((key, len(parts)))
        self.answer.budget.charge(PART_COST)
        parts.append(skeleton(kind))
        return len(parts) - 1, False

    def tell(self, item: Item, place: TextPlace, at: int, text: Text, new: str, events: list[StreamEvent]) -> None:
        """Append to a text and tell it."""
        answer, number = self.answer, self.number(item, place.key, at)
        if place.part == "output_text":
            answer.add_text(text, number, new, events)
        elif place.part == "refusal":
            answer.add_refusal(text, number, new, events)
        else:
            answer.add_reasoning(text, number, new, place.kind, events)
        if (place.key, at) in item.told:
            item.told[place.key, at].add(new)

    def end(self, item: Item, place: TextPlace, at: int, text: Text, events: list[StreamEvent]) -> None:
        """Tell half a surrogate pair that was held back: its other half will not come."""
        if text.pending_surrogate:
            answer, number = self.answer, self.number(item, place.key, at)
            if place.part == "output_text":
                answer.end_text(text, number, events)
            elif place.part == "refusal":
                answer.end_refusal(text, number, events)
            else:
                answer.end_reasoning(text, number, place.kind, events)

    def sign(self, item: Item, events: list[StreamEvent]) -> None:
        """Tell the encrypted reasoning of an item that is done: a client must send it back."""
        signature = item.data.get("encrypted_content")
        if item.type != "reasoning" or not isinstance(signature, str) or not signature:
            return
        key = "content" if item.data.get("content") else "summary"
        number = self.number(item, key, max(len(item.parts(key)) - 1, 0))
        if not item.holds_text():
            events.append(ReasoningDelta("", 0, "redacted", number, signature))
        else:
            events.append(ReasoningDelta("", 0, "text" if key == "content" else "summary", number, signature))

    def settle(
        self, item: Item, place: TextPlace, at: int, old: Any, value: str, events: list[StreamEvent], final: bool = True
    ) -> Text:
        """Return the `Text` that now holds an authoritative text; tell what it adds to what was told."""
        text = old if isinstance(old, Text) else text_of(old if isinstance(old, str) else "")
        told = item.told.get((place.key, at), text)
        if begins_with(value, told):
            text = text_of(value[: told.size])
            item.told.pop((place.key, at), None)
            self.tell(item, place, at, text, value[told.size :], events)
            if final:
                self.end(item, place, at, text, events)
        elif not is_text(value, text):
            self.answer.budget.charge(len(value))
            self.answer.budget.refund(text.size)
            item.told[place.key, at] = text_of(told.slice(0, told.size)) if told is text else told
            text = text_of(value)
        return text

    def settle_part(
        self, item: Item, key: str, at: int, part: Any, before: Any, events: list[StreamEvent], final: bool
    ) -> None:
        """Settle the text of a part that is about to replace another one."""
        place = BY_PART.get((key, kind_of(part)))
        if place is None or place.item != item.type:
            return
        old = before.get(place.field) if kind_of(before) == place.part else None
        value = part.get(place.field)
        if isinstance(value, str) and value:
            part[place.field] = self.settle(item, place, at, old, value, events, final)
            self.answer.budget.refund(len(value))
            item.size -= len(value)
        elif is_filled(old):
            part[place.field] = old

    def _announced(self, item: Item, key: str, parts: list[Any]) -> list[Any]:
        """Drop the parts that only fill a gap, since the finished item has fewer: its server does not count from 0."""
        kept = [at for at in range(len(parts)) if (key, at) not in item.filled]
        moves = {(key, old): (key, new) for new, old in enumerate(kept)}
        filled = item.filled
        item.numbers = {moves.get(at, at): number for at, number in item.numbers.items() if at not in filled}
        item.told = {moves.get(at, at): told for at, told in item.told.items() if at not in filled}
        return [parts[at] for at in kept]

    def adopt(self, item: Item, new: dict[str, Any], size: int, events: list[StreamEvent], final: bool) -> None:
        """Replace the object of an item, and tell what its texts add."""
        old = item.data
        self.answer.changed()
        self.answer.budget.charge(size - item.size)
        item.size = size
        if item.call is not None:
            self.settle_call(item, new.get(CALL_FIELDS[item.type]), events)
        keep_names(item, new)
        for key in KEPT:
            if not is_filled(old.get(key)):
                continue
            if not is_filled(new.get(key)):
                new[key] = old[key]
            elif item.done and key in ("arguments", "code") and item.call is None:
                if to_json(old[key]) != new[key]:  # a closed call takes no more
                    self.answer.repair("late_delta")
                    new[key] = old[key]
        for key in LISTS:
            parts = new.get(key)
            if isinstance(parts, list) and parts is not old.get(key):
                before = old.get(key)
                before = before if isinstance(before, list) else []
                if len(parts) < len(before):
                    before = self._announced(item, key, before)
                for at, part in enumerate(parts):
                    self.settle_part(item, key, at, part, before[at] if at < len(before) else None, events, final)
                item.places = {place: at for place, at in item.places.items() if place[0] != key}
                item.moved = {place for place in item.moved if place[0] != key}
                item.filled = {place for place in item.filled if place[0] != key}
        item.data = new
        self.name(item)
