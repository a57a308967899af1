"""Bindings for the readers that share `Answer`: where the text of a frame goes when its template matches.

A reader binds a payload that it has just merged, if merging it again with other texts would do nothing
but append them. The binding holds until `Answer.changed` is called. It does exactly what the reader
would do, or returns False before it has changed anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from .._model.budget import SizeBudget
from .._model.events import ReasoningDelta, RefusalDelta, StreamEvent, TextDelta, ToolCallDelta
from .._model.text import Text
from .._payloads.templates import Slot
from .answer import Answer, ReasoningKind
from .live_call import LiveCall
from .partial_feed import PartialFeed
from .written import Written

Slots = tuple[Slot, ...]


class TextBinding:
    """Appends a text to a `Text`, and makes its event.

    Args:
        budget: the size of the message.
        slots: the slots of the payload: one text, and any that are skipped.
        text: what is appended to.
        event: makes the event of a text.
    """

    __slots__ = ("_budget", "_epoch", "_event", "_text", "slots")

    def __init__(self, budget: SizeBudget, slots: Slots, text: Text, event: Callable[[str], StreamEvent]) -> None:
        self.slots = slots
        self._text = text
        self._event = event
        self._budget = budget
        self._epoch = budget.epoch

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


class Followed(Protocol):
    """What may have a `PartialJSON` that gets its text too."""

    @property
    def feed(self) -> PartialFeed | None:
        """It, or None. Another thread may request it at any time."""


class FollowedBinding(TextBinding):
    """Appends to the text of an answer, or to the arguments of a call: a `PartialJSON` may follow both.

    Args:
        choice: index of the choice.
        place: the part of the text, or the index of the call.
        followed: the call, or what has the feed of a text.
        source: what grows with the text.
    """

    __slots__ = ("_choice", "_followed", "_is_call", "_place", "_source")

    def __init__(
        self,
        budget: SizeBudget,
        slots: Slots,
        text: Text,
        choice: int,
        place: int,
        followed: Followed,
        source: Text | Written,
    ) -> None:
        self._choice, self._place = choice, place
        self._followed, self._source = followed, source
        self._is_call = isinstance(followed, LiveCall)

        def text_delta(new: str) -> StreamEvent:
            return TextDelta(new, choice, place)

        super().__init__(budget, slots, text, partial(ToolCallDelta, choice, place) if self._is_call else text_delta)

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
        if self._followed.feed is not None:
            self._feed(values)
        if self._is_call:
            events.append(ToolCallDelta(self._choice, self._place, values))
        else:
            events.append(TextDelta(values, self._choice, self._place))
        return True

    def _feed(self, new: str) -> None:
        if (feed := self._followed.feed) is not None:
            feed.take(new, self._source, self._source.size)


def bind_text(answer: Answer, slots: Slots, block: Text, part: int) -> TextBinding | None:
    """Bind what `Answer.add_text` would append to; None if it would begin a stretch of the answer's text."""
    if not answer.written.grows_with(block):
        return None
    return FollowedBinding(answer.budget, slots, block, answer.index, part, answer, answer.written)


def bind_reasoning(answer: Answer, slots: Slots, block: Text, part: int, kind: ReasoningKind) -> TextBinding:
    """Bind what `Answer.add_reasoning` would append to."""
    choice = answer.index
    return TextBinding(answer.budget, slots, block, lambda text: ReasoningDelta(text, choice, kind, part))


def bind_refusal(answer: Answer, slots: Slots, block: Text, part: int) -> TextBinding:
    """Bind what `Answer.add_refusal` would append to."""
    choice = answer.index
    return TextBinding(answer.budget, slots, block, lambda text: RefusalDelta(text, choice, part))


def bind_arguments(answer: Answer, slots: Slots, call: LiveCall) -> TextBinding:
    """Bind what `Answer.add_arguments` would append to."""
    return FollowedBinding(answer.budget, slots, call.arguments, answer.index, call.ordinal or 0, call, call.arguments)
