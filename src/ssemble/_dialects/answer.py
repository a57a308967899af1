"""One answer while it arrives: its texts and calls, and their events.

The readers of dialects whose messages consist of blocks (parts, items) share this. A reader keeps the
provider's own object; each of its texts is a `Text`, and is written through `Answer`, which makes the
events, charges the size, and feeds a `PartialJSON` if there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .._errors import LimitExceeded
from .._limits import Limits, limit_or_max
from .._model.budget import SizeBudget
from .._model.events import (
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from .._model.text import Text
from .._pickling import Picklable
from .live_call import LiveCall, ToolType
from .partial_feed import PartialFeed
from .written import Written

if TYPE_CHECKING:
    from .._partial.json import PartialJSON

CALL_COST = 128  # characters charged for a call besides its texts: about the memory it needs
STRETCH_COST = 4  # characters charged when text goes to another block: about the memory of a stretch
ReasoningKind = Literal["text", "summary"]


class Answer(Picklable):
    """One answer.

    Attributes:
        index: index of the choice.
        budget: the size of the message; its epoch is increased by every change but appended text.
        written: all text of the answer. It is stored in the blocks, which the reader keeps.
        calls: the calls that the caller is to run, by their ordinal.
        feed: the PartialJSON that gets the text too, or None.
        repairs: the codes of the repairs, with counts.
    """

    __slots__ = ("_max_calls", "budget", "calls", "feed", "index", "repairs", "written")

    def __init__(self, limits: Limits, budget: SizeBudget, index: int = 0) -> None:
        self.index = index
        self.budget = budget
        self.written = Written()
        self.calls: list[LiveCall] = []
        self.feed: PartialFeed | None = None
        self.repairs: dict[str, int] = {}
        self._max_calls = limit_or_max(limits.max_tool_calls)

    def changed(self) -> None:
        """Make every binding stale: something changed besides appended text."""
        self.budget.epoch += 1

    def repair(self, code: str) -> None:
        """Count a defect. It is counted again where the payload comes again, so that one is not bound."""
        self.changed()
        self.repairs[code] = self.repairs.get(code, 0) + 1

    def add_text(self, block: Text, part: int, text: str, events: list[StreamEvent]) -> None:
        """Append to the text of a block."""
        if text and not self.written.grows_with(block):
            self.budget.charge(STRETCH_COST if self.written.size else 0)
            self._begin(block)
        if new := self._append(block, text):
            self._tell(new, part, events)

    def add_reasoning(self, block: Text, part: int, text: str, kind: ReasoningKind, events: list[StreamEvent]) -> None:
        """Append to the reasoning of a block."""
        if new := self._append(block, text):
            events.append(ReasoningDelta(new, self.index, kind, part))

    def add_refusal(self, block: Text, part: int, text: str, events: list[StreamEvent]) -> None:
        """Append to the refusal of a block."""
        if new := self._append(block, text):
            events.append(RefusalDelta(new, self.index, part))

    def end_text(self, block: Text, part: int, events: list[StreamEvent]) -> None:
        """End the text of a block: half a surrogate pair that was held back will not be completed."""
        if block.pending_surrogate and not self.written.grows_with(block):
            self._begin(block)
        if half := self._release(block):
            self._tell(half, part, events)

    def end_reasoning(self, block: Text, part: int, kind: ReasoningKind, events: list[StreamEvent]) -> None:
        """End the reasoning of a block."""
        if half := self._release(block):
            events.append(ReasoningDelta(half, self.index, kind, part))

    def end_refusal(self, block: Text, part: int, events: list[StreamEvent]) -> None:
        """End the refusal of a block."""
        if half := self._release(block):
            events.append(RefusalDelta(half, self.index, part))

    def start_call(self, call_id: str | None, name: str, type: ToolType, events: list[StreamEvent]) -> LiveCall:
        """Start a call that the caller is to run."""
        if len(self.calls) >= self._max_calls:
            raise LimitExceeded._over("max_tool_calls", self._max_calls)
        self.changed()
        self.budget.charge(CALL_COST)
        call = LiveCall(len(self.calls), call_id, name, type)
        self.calls.append(call)
        events.append(ToolCallStart(self.index, len(self.calls) - 1, call_id, name, type))
        return call

    def find_call(self, index: int) -> LiveCall | None:
        """Return the call with this index in its events, or None."""
        return self.calls[index] if 0 <= index < len(self.calls) else None

    def add_arguments(self, call: LiveCall, text: str, events: list[StreamEvent]) -> None:
        """Append to the arguments of a call."""
        self.budget.charge(len(text))
        if new := call.append(text):
            events.append(ToolCallDelta(self.index, call.ordinal or 0, new))
        if call.arguments.pending_surrogate:
            self.changed()

    def end_call(self, call: LiveCall, events: list[StreamEvent]) -> None:
        """End a call that the wire closed."""
        self.flush_call(call, events)
        if not call.ended:
            self.changed()
            call.ended = True
            call.arguments.join()
            events.append(ToolCallEnd(self.index, call.ordinal or 0, call.view()))

    def flush_call(self, call: LiveCall, events: list[StreamEvent]) -> None:
        """Give out half a surrogate pair that was held back, as at the end of a truncated stream."""
        if half := call.release():
            events.append(ToolCallDelta(self.index, call.ordinal or 0, half))

    def tell_text(self, text: str, part: int, events: list[StreamEvent]) -> None:
        """Make the event of text that the block of a part has already, though not at its end."""
        block = Text()
        self._begin(block)
        block.append(text)
        self._tell(text, part, events)

    def attach_partial(self, partial: PartialJSON) -> None:
        """Feed the text to a `PartialJSON` too, from its beginning."""
        if self.feed is None or self.feed.partial is not partial:
            self.feed = PartialFeed(partial)
        self.feed.catch_up(self.written, self.written.size)

    def _begin(self, block: Text) -> None:
        """Continue the text of the answer with what is appended to another block from now on."""
        self.changed()
        self.written.begin(block)

    def _tell(self, new: str, part: int, events: list[StreamEvent]) -> None:
        """Make the event of text that was just appended to a block."""
        if self.feed is not None:
            self.feed.take(new, self.written, self.written.size)
        events.append(TextDelta(new, self.index, part))

    def _append(self, block: Text, text: str) -> str:
        self.budget.charge(len(text))
        new = block.add(text)
        if block.pending_surrogate:
            self.changed()
        return new

    def _release(self, block: Text) -> str:
        self.changed()
        half = block.release()
        block.join()
        return half
