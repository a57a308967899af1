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
from .written import Written

Slots = tuple[Slot, ...]


class TextBinding:
    """Appends a text to a `Text`, and makes its event.

    Args:
        answer: the answer of the text.
        slots: the slots of the payload: one text, and any that are skipped.
        text: what is appended to.
        event: makes the event of a text.
        fed: its ``feed`` gets the text too, as the end of ``source``.
        source: what grows with the text.
    """

    __slots__ = ("_budget", "_epoch", "_event", "_fed", "_source", "_text", "slots")

    def __init__(
        self,
        answer: Answer,
        slots: Slots,
        text: Text,
        event: Callable[[str], StreamEvent],
        fed: Answer | LiveCall | None = None,
        source: Text | Written | None = None,
    ) -> None:
        self.slots = slots
        self._text = text
        self._event = event
        self._fed = fed
        self._source = text if source is None else source
        self._budget = answer.budget
        self._epoch = answer.budget.epoch

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, size = self._budget, len(values)
        total = budget.size + size
        if budget.epoch != self._epoch or not size or total > budget.limit:
            return False
        budget.size = total
        # As `Text.append`; written out, because this runs once for most frames of a stream.
        text = self._text
        pieces = text.pieces
        pieces.append(values)
        text.size += size
        if len(pieces) >= text.join_at:
            text.join_newest()
        fed = self._fed
        if fed is not None and fed.feed is not None:
            fed.feed.take(values, self._source, self._source.size)
        events.append(self._event(values))
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, new = self._budget, "".join(rows)
        total = budget.size + len(new)
        if budget.epoch != self._epoch or total > budget.limit or "" in rows:
            return False
        budget.size = total
        self._text.append(new)
        fed = self._fed
        if fed is not None and fed.feed is not None:
            fed.feed.take(new, self._source, self._source.size)
        events += map(self._event, rows)
        return True


def bind_text(answer: Answer, slots: Slots, block: Text, part: int) -> TextBinding | None:
    """Bind what `Answer.add_text` would append to; None if it would begin a stretch of the answer's text."""
    if not answer.written.grows_with(block):
        return None
    choice = answer.index
    return TextBinding(answer, slots, block, lambda text: TextDelta(text, choice, part), answer, answer.written)


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
    choice, index = answer.index, call.ordinal or 0
    return TextBinding(answer, slots, call.arguments, lambda text: ToolCallDelta(choice, index, text), call)
