"""One choice of a chat completion while it arrives."""

from __future__ import annotations

import json
from itertools import filterfalse
from typing import Any

from ..._errors import ProtocolError
from ..._model.completion import FinishReason
from ..._model.events import ChoiceEnd, ReasoningDelta, RefusalDelta, StreamEvent, TextDelta
from ..._model.text import Text
from ..._pickling import Picklable
from ..partial_feed import PartialFeed
from .call import Call
from .context import MessageContext
from .finish import CLOSING, shared_word
from .merge import MergedList, merge_field, to_json
from .names import CHUNK, DELTA, MergeRules
from .reasoning import REASONING_FIELDS, REASONING_PLACES, marks_of, reasoning_of, texts_of
from .tool_calls import CallCounter, ToolCalls

CHOICE_FIELDS = frozenset(("index", "delta", "message", "finish_reason", "usage", "error"))
NEVER_EMPTY = frozenset(("content", "tool_calls", "function_call"))  # null and [] mean that the field is missing
NEVER_EMPTY_TEXT = frozenset(("tool_calls", "function_call"))  # and "" too
TYPED = frozenset(("content", "refusal", "tool_calls", "function_call", *REASONING_FIELDS))  # false means missing
MIRROR = MergeRules(frozenset(("text",)))  # Together, Hugging Face: a copy of each delta's content beside it

OTHER_TEXT_PLACES = REASONING_PLACES | NEVER_EMPTY  # a `text` beside one of these is a copy
CHOICE_COST = 128  # characters charged for a choice besides its texts, for the memory it needs


class ChoiceState(Picklable):
    """The state of one choice while it arrives."""

    __slots__ = (
        "adopted",
        "calls",
        "content",
        "context",
        "ended",
        "feed",
        "fields",
        "finish_reason",
        "full_message",
        "full_message_size",
        "function",
        "index",
        "message",
        "reason_size",
        "reasoning",
        "refusal",
        "role",
        "saw_delta",
        "text",
        "unstreamed",
    )

    def __init__(self, index: int, context: MessageContext) -> None:
        self.index = index
        self.context = context
        self.role: Any = None  # as received: text, or an unknown shape
        self.content: Text | MergedList | None = None
        self.text = Text()  # the text of the TextDelta events: `content` itself, or the text of its parts
        self.feed: PartialFeed | None = None  # gets that text too; another thread may request it at any time
        # These are made when they are first needed: most choices have only a text.
        self.refusal: Text | None = None
        self.reasoning: Text | None = None
        self.message: dict[str, Any] = {}  # other fields of the delta
        self.fields: dict[str, Any] = {}  # other fields of the choice
        self.calls: ToolCalls | None = None
        self.function: ToolCalls | None = None  # the legacy function_call: one call without an index
        self.finish_reason: Any = None  # as received: text, or an unknown shape
        self.reason_size = 0
        self.full_message: dict[str, Any] | None = None
        self.full_message_size = 0
        self.adopted: dict[str, Any] | None = None  # the full message, if no delta brought it
        self.unstreamed = False  # the full message is from a response that was not streamed
        self.saw_delta = False  # a delta contained more than a role
        self.ended = False

    def add(self, entry: dict[str, Any], where: str, events: list[StreamEvent]) -> None:
        delta = entry.get("delta")
        if delta:
            if type(delta) is not dict:
                delta = self._as_object(delta, where)
            if len(delta) == 1 and type(text := delta.get("content")) is str:
                self._content_text(text, events)
            else:
                self.delta(delta, where, events)
        if entry.get("text"):
            self._add_text_beside(entry["text"], delta if isinstance(delta, dict) else {}, events)
        if "message" in entry or self.full_message is not None:
            self._keep_full_message(entry.get("message"))
        fields = self.fields
        for key in filterfalse(CHOICE_FIELDS.__contains__, entry):
            value = entry[key]
            if value is not None or key not in fields:
                merge_field(fields, key, value, MIRROR if key == "text" else CHUNK, self.context.budget)
        if reason := entry.get("finish_reason"):
            self._finish_reason(reason, f"{where}.finish_reason", events)

    def _as_object(self, delta: Any, where: str) -> dict[str, Any]:
        """Return a delta that is no plain `dict` as one: text, as some servers send it, or a subclass."""
        if isinstance(delta, dict):
            return delta
        if isinstance(delta, list):
            raise ProtocolError(f"expected a delta object, got {type(delta).__name__}", where=f"{where}.delta")
        self.context.repair("text_delta")
        return {"content": delta}

    def _keep_full_message(self, message: Any) -> None:
        """Store the last full message, until a delta has content."""
        budget, again = self.context.budget, self.full_message is not None
        if self.saw_delta or isinstance(message, dict):
            budget.refund(self.full_message_size)
            self.full_message, self.full_message_size = None, 0
        if not self.saw_delta and isinstance(message, dict):
            before = budget.size
            self.unstreamed = self.context.unstreamed and not again
            self.full_message = budget.copy(message)
            self.full_message_size = budget.size - before

    def delta(self, delta: dict[str, Any], where: str, events: list[StreamEvent], name: str = "delta") -> None:
        """Merge a delta.

        Args:
            where: path of the entry that it stands in.
            name: its key there.
        """
        for key, value in delta.items():
            if key == "content" and type(value) is str:
                self._content_text(value, events)
            elif key == "role":
                if value and not self.role:
                    self.context.budget.epoch += 1
                    self.role = self._as_received(value, f"{where}.{name}.role")
            elif key == "index":
                continue  # some servers repeat the index of the choice here
            elif value is None or value == [] or value == {} or (value == "" and key in NEVER_EMPTY_TEXT):
                if key not in NEVER_EMPTY:
                    merge_field(self.message, key, value, DELTA, self.context.budget)
            elif value is not False or key not in TYPED:
                self.saw_delta = self.saw_delta or value != ""
                self._field(key, value, f"{where}.{name}.{key}", events)
        if not REASONING_PLACES.isdisjoint(delta) or type(delta.get("content")) in (list, dict):
            self._reason(delta, events)
        if delta.get("text"):
            self._add_text_beside(delta["text"], delta, events)

    def _field(self, key: str, value: Any, where: str, events: list[StreamEvent]) -> None:
        if key == "content":
            self._content(value, where, events)
        elif key == "tool_calls":
            self._tool_calls(self._made_calls(), value, where, events)
        elif key == "function_call":
            self._function_call(value, where, events)
        elif key == "refusal":
            self._refuse(value, where, events)
        elif key in REASONING_FIELDS and not isinstance(value, (str, dict, list)):
            merge_field(self.message, key, self.context.text_of(value, where), DELTA, self.context.budget)
        else:
            merge_field(self.message, key, value, DELTA, self.context.budget)

    def _content(self, value: Any, where: str, events: list[StreamEvent]) -> None:
        if not isinstance(value, (dict, list)):  # a subclass of str, or a number
            return self._content_text(str(self.context.text_of(value, where)), events)
        parts = [value] if isinstance(value, dict) else value
        if not isinstance(self.content, MergedList):
            self.context.budget.epoch += 1
            text = self.content.to_json() if self.content else ""
            self.content = MergedList()
            if text:
                self.content.part({"type": "text", "text": text}, DELTA, self.context.budget, 0)
        for part in [[part] for part in parts]:
            self.content.merge("content", part, DELTA, self.context.budget, 0)
            for text in texts_of(part):
                self._add_text(text, events, len(self.content.items) - 1)

    def _content_text(self, value: str, events: list[StreamEvent]) -> None:
        block = 0
        if self.content is not self.text:
            if not isinstance(self.content, MergedList):
                self.context.budget.epoch += 1
                self.content = self.text
            elif value:
                self.content.part({"type": "text", "text": value}, DELTA, self.context.budget, 0)
                block = len(self.content.items) - 1
        if value:
            self.saw_delta = True
            self._add_text(value, events, block)

    def _add_text(self, value: str, events: list[StreamEvent], block: int = 0) -> None:
        if text := self._append(self.text, value):
            if self.feed is not None:
                self.feed.take(text, self.text, self.text.size)
            events.append(TextDelta(text, self.index, block))

    def _append(self, text: Text, value: str) -> str:
        # A shorter value cannot repeat the text so far: skip the costly comparison.
        if self.context.cumulative and 0 < text.size <= len(value) and value.startswith(so_far := text.join()):
            value = value[len(so_far) :]
        budget = self.context.budget
        budget.charge(len(value))
        certain = text.add(value)
        if text.pending_surrogate:
            budget.epoch += 1
        return certain

    def _add_text_beside(self, value: Any, beside: dict[str, Any], events: list[StreamEvent]) -> None:
        """Use the ``text`` of a chunk as its content, unless the delta has the content: then it is a copy."""
        if self.content is None and not any(beside.get(key) for key in OTHER_TEXT_PLACES):
            for text in [value] if isinstance(value, str) else texts_of(value):
                self._add_text(text, events)

    def _refuse(self, value: Any, where: str, events: list[StreamEvent]) -> None:
        if isinstance(value, (dict, list)):
            self.context.repair("unknown_shape")
            if self.refusal is None or self.message.get("refusal") is not self.refusal:
                merge_field(self.message, "refusal", value, CHUNK, self.context.budget)
        elif refusal := self.context.text_of(value, where):
            if self.refusal is None:
                self.refusal = Text()
            self.message["refusal"] = self.refusal
            if text := self._append(self.refusal, refusal):
                events.append(RefusalDelta(text, self.index))

    def _as_received(self, value: Any, where: str) -> Any:
        """Copy a role or reason. One that is not text is stored too, and counted as a repair."""
        if type(value) is str:
            return self.context.budget.copy(value)
        if isinstance(value, (dict, list)) or value is True:
            self.context.repair("unknown_shape")
            return self.context.budget.copy(value)
        return self.context.budget.copy(self.context.text_of(value, where))

    def _tool_calls(self, calls: ToolCalls, value: Any, where: str, events: list[StreamEvent]) -> None:
        for position, entry in enumerate(self.context.list_of(value, where)):
            if entry is not None:
                at = f"{where}[{position}]"
                if not isinstance(entry, dict):
                    raise ProtocolError(f"expected a tool call object, got {type(entry).__name__}", where=at)
                calls.add(entry, at, events)

    def _function_call(self, value: Any, where: str, events: list[StreamEvent]) -> None:
        if self.function is None:
            self.function = ToolCalls(self.index, self.context, 1, self._made_calls().counter)
        self._tool_calls(self.function, [{"index": 0, "function": value}], where, events)

    def _reason(self, delta: dict[str, Any], events: list[StreamEvent]) -> None:
        """Make one event for reasoning, even if it is sent under several names."""
        for text, kind, block in reasoning_of(delta):
            if self.reasoning is None:
                self.context.budget.epoch += 1
                self.reasoning = Text()
            if new := self._append(self.reasoning, text):
                events.append(ReasoningDelta(new, self.index, kind, block))
        events += [ReasoningDelta("", self.index, kind, block, data) for data, kind, block in marks_of(delta)]

    def _finish_reason(self, reason: Any, where: str, events: list[StreamEvent]) -> None:
        budget, before = self.context.budget, self.shared_reason()
        budget.epoch += 1
        if before in (None, "stop", "other") or shared_word(reason) != "stop":
            budget.size -= self.reason_size
            size = budget.size
            self.finish_reason = self._as_received(reason, where)
            self.reason_size = budget.size - size
        for calls in self.all_calls():
            calls.reason(self._closes_calls(), events)

    def all_calls(self) -> list[ToolCalls]:
        """Return its calls, as far as there are any: the legacy one first."""
        return [calls for calls in (self.function, self.calls) if calls is not None]

    def _made_calls(self) -> ToolCalls:
        if self.calls is None:
            self.context.budget.epoch += 1
            self.calls = ToolCalls(self.index, self.context, self.context.max_tool_calls, CallCounter())
        return self.calls

    def adopt_full_message(self, events: list[StreamEvent]) -> None:
        """Use the full message of a choice that never had a delta; it is returned as received."""
        full_message, self.full_message = self.full_message, None
        if full_message is not None and not self.saw_delta:
            if not self.unstreamed:
                self.context.repair("message_instead_of_delta")
            self.adopted = full_message
            self.delta(full_message, f"$.choices[{self.index}]", events, "message")
            for calls in self.all_calls():
                calls.reason(self._closes_calls(), events)

    def finish(self, terminated: bool, events: list[StreamEvent]) -> None:
        reason = self.shared_reason()
        closed = terminated or reason is not None
        for text, kind in ((self.reasoning, ReasoningDelta), (self.text, TextDelta), (self.refusal, RefusalDelta)):
            if text is None:
                continue
            if half := text.release():
                if kind is TextDelta and self.feed is not None:
                    self.feed.take(half, text, text.size)
                events.append(kind(half, self.index))
            text.join()
        for calls in self.all_calls():
            calls.finish(self._closes_calls(), closed, terminated, events)
        if closed and not self.ended:
            self.ended = True
            if reason is None:
                self.context.repair("missing_finish_reason")
            events.append(ChoiceEnd(self.index, reason, self.raw_reason()))

    def tool_call(self, ordinal: int) -> Call | None:
        """Return the call with this index in its events, or None."""
        return next(filter(None, (calls.started(ordinal) for calls in self.all_calls())), None)

    def shared_reason(self) -> FinishReason | None:
        """The finish_reason in the words that all dialects share; None before the end."""
        return shared_word(self.finish_reason)

    def _closes_calls(self) -> bool:
        """True if the model ended its calls itself, and nothing of them was left out."""
        return self.shared_reason() in CLOSING and not self.context.budget.full

    def raw_reason(self) -> str | None:
        """Return the finish_reason as received, as text; None before the end."""
        reason = to_json(self.finish_reason)
        return reason if reason is None or isinstance(reason, str) else json.dumps(reason, default=str)
