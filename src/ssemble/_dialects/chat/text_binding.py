"""Bindings of one text: the content of a choice, the arguments of a call."""

from __future__ import annotations

from ..._model.events import StreamEvent, ToolCallDelta
from ..._model.text import Text
from ..._payloads.templates import Slot
from ..bindings import FollowedBinding
from .call import Call
from .choice import ChoiceState
from .object_scanner import UNREAD
from .tool_calls import ToolCalls


class ChoiceBinding:
    """Appends to one text of a choice."""

    __slots__ = ("budget", "epoch", "index", "slots", "text")
    slots: tuple[Slot, ...]

    def __init__(self, choice: ChoiceState, text: Text) -> None:
        self.budget = choice.context.budget
        self.epoch = self.budget.epoch
        self.index = choice.index
        self.text = text


def content_binding(choice: ChoiceState) -> FollowedBinding | None:
    """Bind the content of a choice, if it is the text of its events."""
    text = choice.text
    if choice.content is not text or text.pending_surrogate:
        return None
    return FollowedBinding(choice.context.budget, (), text, choice.index, 0, choice, text)


def arguments_binding(choice: ChoiceState, calls: ToolCalls, call: Call) -> ArgumentsBinding | None:
    """Bind the arguments of a call, while they only grow."""
    ordinal = call.ordinal
    if call.custom or call.pending or call.ended or call.closing or ordinal is None:
        return None
    return None if call.arguments.pending_surrogate else ArgumentsBinding(choice, calls, call, ordinal)


class ArgumentsBinding(ChoiceBinding):
    """Appends to the arguments of a call."""

    __slots__ = ("call", "calls", "ordinal")

    def __init__(self, choice: ChoiceState, calls: ToolCalls, call: Call, ordinal: int) -> None:
        super().__init__(choice, call.arguments)
        self.call = call
        self.calls = calls
        self.ordinal = ordinal

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, size, call, text = self.budget, len(values), self.call, self.text
        if budget.epoch != self.epoch or not size or budget.size + size > budget.limit:
            return False
        if (size == text.size or call.newest is not None) and values.lstrip().startswith("{"):
            return False  # it may repeat or replace the arguments: the full merge decides
        budget.size += size
        text.pieces.append(values)
        text.size += size
        unread = call.scanner.unread
        unread.append(values)
        if len(text.pieces) >= text.join_at:
            text.join_newest()
            if len(unread) >= UNREAD:
                call.scanner.is_closed()
        call.emitted += size
        self.calls.latest = call
        events.append(ToolCallDelta(self.index, self.ordinal, values))
        if call.feed is not None:
            call.feed.take(values, text, call.emitted)
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, new, call = self.budget, "".join(rows), self.call
        total = budget.size + len(new)
        if budget.epoch != self.epoch or total > budget.limit:
            return False
        if "" in rows or ("{" in new and any([text.lstrip().startswith("{") for text in rows])):
            return False
        budget.size = total
        self.text.append(new)
        call.emitted += len(new)
        self.calls.latest = call
        call.scanner.unread.append(new)
        if len(call.scanner.unread) >= UNREAD:
            call.scanner.is_closed()
        index, ordinal = self.index, self.ordinal
        events += [ToolCallDelta(index, ordinal, text) for text in rows]
        if call.feed is not None:
            call.feed.take(new, self.text, call.emitted)
        return True
