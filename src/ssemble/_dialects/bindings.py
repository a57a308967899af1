"""Bindings for the readers that share `Answer`: where the text of a frame goes when its template matches.

A reader binds a payload that it has just merged, if merging it again with other texts would do nothing
but append them. The binding holds until `Answer.changed` is called. It does exactly what the reader
would do, or returns False before it has changed anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._model.events import StreamEvent, ToolCallDelta
from .._model.text import Text
from .._payloads.templates import Slot
from .answer import Answer
from .live_call import LiveCall


class BlockBinding:
    """Appends to the text of a block.

    Args:
        answer: the answer of the block.
        slots: the slots of the payload: one text, and any that are skipped.
        block: the text of the block.
        event: the class of the events: their first field is the text.
        fields: their other fields.
        is_text: the block is text of the answer, not reasoning or a refusal.
    """

    __slots__ = ("_answer", "_block", "_budget", "_epoch", "_event", "_fields", "_is_text", "slots")

    def __init__(
        self,
        answer: Answer,
        slots: tuple[Slot, ...],
        block: Text,
        event: Callable[..., StreamEvent],
        fields: tuple[Any, ...],
        is_text: bool,
    ) -> None:
        self.slots = slots
        self._answer = answer
        self._block = block
        self._event = event
        self._fields = fields
        self._is_text = is_text
        self._budget = answer.budget
        self._epoch = answer.budget.epoch

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, size = self._budget, len(values)
        if budget.epoch != self._epoch or not size or budget.size + size > budget.limit:
            return False
        budget.size += size
        # Written out, because this runs once for most frames of a stream.
        text = self._block
        pieces = text.pieces
        pieces.append(values)
        text.size += size
        if len(pieces) >= text.join_at:
            text.join_newest()
        if self._is_text:
            answer = self._answer
            text = answer.text
            pieces = text.pieces
            pieces.append(values)
            text.size += size
            if len(pieces) >= text.join_at:
                text.join_newest()
            if answer.feed is not None:
                answer.feed.take(values, text, text.size)
        events.append(self._event(values, *self._fields))
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, size = self._budget, sum(map(len, rows))
        if budget.epoch != self._epoch or budget.size + size > budget.limit or "" in rows:
            return False
        budget.size += size
        self._block.extend(rows)
        if self._is_text:
            answer = self._answer
            answer.text.extend(rows)
            if answer.feed is not None:
                answer.feed.take("".join(rows), answer.text, answer.text.size)
        event, fields = self._event, self._fields
        events += [event(text, *fields) for text in rows]
        return True


class CallBinding:
    """Appends to the arguments of a call."""

    __slots__ = ("_budget", "_call", "_choice", "_epoch", "_ordinal", "slots")

    def __init__(self, answer: Answer, slots: tuple[Slot, ...], call: LiveCall) -> None:
        self.slots = slots
        self._call = call
        self._choice = answer.index
        self._ordinal = call.ordinal or 0
        self._budget = answer.budget
        self._epoch = answer.budget.epoch

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, size = self._budget, len(values)
        if budget.epoch != self._epoch or not size or budget.size + size > budget.limit:
            return False
        budget.size += size
        call = self._call
        text = call.arguments
        pieces = text.pieces
        pieces.append(values)
        text.size += size
        if len(pieces) >= text.join_at:
            text.join_newest()
        if call.feed is not None:
            call.feed.take(values, text, text.size)
        events.append(ToolCallDelta(self._choice, self._ordinal, values))
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, size = self._budget, sum(map(len, rows))
        if budget.epoch != self._epoch or budget.size + size > budget.limit or "" in rows:
            return False
        budget.size += size
        call = self._call
        call.arguments.extend(rows)
        if call.feed is not None:
            call.feed.take("".join(rows), call.arguments, call.arguments.size)
        choice, ordinal = self._choice, self._ordinal
        events += [ToolCallDelta(choice, ordinal, text) for text in rows]
        return True
