"""Bindings for the readers that share `Answer`: where the text of a frame goes when its template matches.

A reader binds a payload that it has just merged, if merging it again with other texts would do nothing
but append them. The binding holds until `Answer.changed` is called. It does exactly what the reader
would do, or returns False before it has changed anything.
"""

from __future__ import annotations

from collections.abc import Callable

from .._model.events import ReasoningDelta, RefusalDelta, StreamEvent, TextDelta, ToolCallDelta
from .._model.text import Text
from .._payloads.templates import Slot
from .answer import Answer, ReasoningKind
from .live_call import LiveCall

Slots = tuple[Slot, ...]


class TextBinding:
    """Appends a text to a `Text`, and makes its event.

    Args:
        answer: the answer of the text.
        slots: the slots of the payload: one text, and any that are skipped.
        text: what is appended to.
        event: makes the event of a text.
    """

    __slots__ = ("_budget", "_epoch", "_event", "_text", "slots")

    def __init__(self, answer: Answer, slots: Slots, text: Text, event: Callable[[str], StreamEvent]) -> None:
        self.slots = slots
        self._text = text
        self._event = event
        self._budget = answer.budget
        self._epoch = answer.budget.epoch

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, size = self._budget, len(values)
        total = budget.size + size
        if budget.epoch != self._epoch or not size or total > budget.limit:
            return False
        budget.size = total
        self._text.append(values)
        events.append(self._event(values))
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, new = self._budget, "".join(rows)
        total = budget.size + len(new)
        if budget.epoch != self._epoch or total > budget.limit or "" in rows:
            return False
        budget.size = total
        self._text.append(new)
        self._feed(new)
        events += map(self._event, rows)
        return True

    def _feed(self, new: str) -> None:
        """Pass text on to a `PartialJSON`, if there is one: another thread may request it at any time."""


class AnswerBinding(TextBinding):
    """Appends to the text of an answer."""

    __slots__ = ("_answer", "_part")

    def __init__(self, answer: Answer, slots: Slots, text: Text, part: int) -> None:
        choice = answer.index
        super().__init__(answer, slots, text, lambda new: TextDelta(new, choice, part))
        self._answer = answer
        self._part = part

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        # As above, `Text.append` and the event written out: this runs once for most frames of a stream.
        budget, text, size = self._budget, self._text, len(values)
        total = budget.size + size
        if budget.epoch != self._epoch or not size or total > budget.limit:
            return False
        budget.size = total
        pieces = text.pieces
        pieces.append(values)
        text.size += size
        if len(pieces) >= text.join_at:
            text.join_newest()
        answer = self._answer
        if answer.feed is not None:
            self._feed(values)
        events.append(TextDelta(values, answer.index, self._part))
        return True

    def _feed(self, new: str) -> None:
        if self._answer.feed is not None:
            self._answer.feed.take(new, self._answer.written, self._answer.written.size)


class ArgumentsBinding(TextBinding):
    """Appends to the arguments of a call."""

    __slots__ = ("_call", "_choice", "_index")

    def __init__(self, answer: Answer, slots: Slots, call: LiveCall) -> None:
        choice, index = answer.index, call.ordinal or 0
        super().__init__(answer, slots, call.arguments, lambda new: ToolCallDelta(choice, index, new))
        self._call, self._choice, self._index = call, choice, index

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        # As above.
        budget, text, size = self._budget, self._text, len(values)
        total = budget.size + size
        if budget.epoch != self._epoch or not size or total > budget.limit:
            return False
        budget.size = total
        pieces = text.pieces
        pieces.append(values)
        text.size += size
        if len(pieces) >= text.join_at:
            text.join_newest()
        if self._call.feed is not None:
            self._feed(values)
        events.append(ToolCallDelta(self._choice, self._index, values))
        return True

    def _feed(self, new: str) -> None:
        if self._call.feed is not None:
            self._call.feed.take(new, self._text, self._text.size)


def bind_text(answer: Answer, slots: Slots, block: Text, part: int) -> TextBinding | None:
    """Bind what `Answer.add_text` would append to; None if it would begin a stretch of the answer's text."""
    return AnswerBinding(answer, slots, block, part) if answer.written.grows_with(block) else None


def bind_reasoning(answer: Answer, slots: Slots, block: Text, part: int, kind: ReasoningKind) -> TextBinding:
    """Bind what `Answer.add_reasoning` would append to."""
    choice = answer.index
    return TextBinding(answer, slots, block, lambda text: ReasoningDelta(text, choice, kind, part))


def bind_refusal(answer: Answer, slots: Slots, block: Text, part: int) -> TextBinding:
    """Bind what `Answer.add_refusal` would append to."""
    choice = answer.index
    return TextBinding(answer, slots, block, lambda text: RefusalDelta(text, choice, part))


def bind_arguments(answer: Answer, slots: Slots, call: LiveCall) -> TextBinding:
    """Bind what `Answer.add_arguments` would append to."""
    return ArgumentsBinding(answer, slots, call)
