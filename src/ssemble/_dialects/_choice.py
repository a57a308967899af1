"""One choice of a chat completion while it arrives."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from .._completion import Choice, FinishReason, Message, ToolCall
from .._errors import ProtocolError, StreamError
from .._events import ChoiceEnd, ReasoningDelta, RefusalDelta, StreamEvent, TextDelta
from .._kept import Kept
from .._merge import DELTA, OUTSIDE, Entries, Scope, merge_field, plain
from .._movable import Movable
from .._result import with_raw
from .._text import Text
from ._call import Call
from ._finish import CLOSING, shared_word
from ._parts import REASONING_FIELDS, REASONING_PLACES, reasoning_of, texts_of
from ._shared import Shared
from ._tool_calls import ToolCalls

CHOICE_FIELDS = frozenset(("index", "delta", "message", "finish_reason", "usage", "error"))
NEVER_EMPTY = frozenset(("content", "tool_calls", "function_call"))
NEVER_EMPTY_TEXT = frozenset(("tool_calls", "function_call"))
TYPED = frozenset(("content", "refusal", "tool_calls", "function_call", *REASONING_FIELDS))  # false means nothing here
MIRROR = Scope(frozenset(("text",)))  # Together, Hugging Face: a copy of each delta's content beside it

SPOKEN_ELSEWHERE = REASONING_PLACES | NEVER_EMPTY  # a `text` beside one of these is a copy
OBJECT = 128  # characters charged for a choice besides its texts: about the memory it needs


class ChoiceState(Movable):
    """The state of one choice while it arrives."""

    __slots__ = (
        "calls",
        "carried",
        "content",
        "ended",
        "fields",
        "finish_reason",
        "function",
        "index",
        "message",
        "reason_size",
        "reasoning",
        "refusal",
        "role",
        "sent_whole",
        "shared",
        "snapshot",
        "snapshot_size",
        "spoken",
        "unstreamed",
    )

    def __init__(self, index: int, shared: Shared) -> None:
        self.index = index
        self.shared = shared
        self.role: Any = None  # as received: text, or an unknown shape
        self.content: Text | Entries | None = None
        self.spoken = Text()  # the text of the TextDelta events: `content` itself, or the text of its parts
        self.refusal = Text()
        self.reasoning = Text()
        self.message: dict[str, Any] = {}  # other fields of the delta
        self.fields: dict[str, Any] = {}  # other fields of the choice
        self.calls = ToolCalls(index, shared, shared.max_tool_calls, [0])
        self.function: ToolCalls | None = None  # the legacy function_call: one call without an index
        self.finish_reason: Any = None  # as received: text, or an unknown shape
        self.reason_size = 0
        self.snapshot: dict[str, Any] | None = None
        self.snapshot_size = 0
        self.sent_whole: dict[str, Any] | None = None  # the full message, if no delta brought it
        self.unstreamed = False  # the full message is from a response that was not streamed
        self.carried = False  # a delta contained more than a role
        self.ended = False

    def add(self, entry: dict[str, Any], where: str, events: list[StreamEvent]) -> None:
        delta = entry.get("delta")
        if delta and not isinstance(delta, (dict, list)):
            self.shared.repair("text_delta")
            delta = {"content": delta}
        if delta:
            if not isinstance(delta, dict):
                raise ProtocolError(f"expected a delta object, got {type(delta).__name__}", where=f"{where}.delta")
            self.delta(delta, f"{where}.delta", events)
        if entry.get("text"):
            self._speak_instead(entry["text"], delta if isinstance(delta, dict) else {}, events)
        message = entry.get("message")
        if isinstance(message, dict) or self.snapshot is not None:
            self._keep_snapshot(message)
        for key, value in entry.items():
            if key not in CHOICE_FIELDS and not (value is None and key in self.fields):
                merge_field(self.fields, key, value, MIRROR if key == "text" else OUTSIDE, self.shared.kept)
        if entry.get("finish_reason"):
            self._finish_reason(entry["finish_reason"], f"{where}.finish_reason", events)

    def _keep_snapshot(self, message: Any) -> None:
        """Keep the last full message until a delta brings something."""
        kept, again = self.shared.kept, self.snapshot is not None
        if self.carried or isinstance(message, dict):
            kept.take_back(self.snapshot_size)
            self.snapshot, self.snapshot_size = None, 0
        if not self.carried and isinstance(message, dict):
            before = kept.size
            self.unstreamed = self.shared.unstreamed and not again
            self.snapshot = kept.copy(message)
            self.snapshot_size = kept.size - before

    def delta(self, delta: dict[str, Any], where: str, events: list[StreamEvent]) -> None:
        for key, value in delta.items():
            if key == "content" and type(value) is str:
                self._text(value, events)
            elif key == "role":
                if value and not self.role:
                    self.role = self._as_it_came(value, f"{where}.role")
            elif key == "index":
                continue  # some servers repeat the index of the choice here
            elif value is None or value == [] or value == {} or (value == "" and key in NEVER_EMPTY_TEXT):
                if key not in NEVER_EMPTY:
                    merge_field(self.message, key, value, DELTA, self.shared.kept)
            elif value is not False or key not in TYPED:
                self.carried = self.carried or value != ""
                self._field(key, value, f"{where}.{key}", events)
        self._reason(delta, events)
        if delta.get("text"):
            self._speak_instead(delta["text"], delta, events)

    def _field(self, key: str, value: Any, where: str, events: list[StreamEvent]) -> None:
        if key == "content":
            self._content(value, where, events)
        elif key == "tool_calls":
            self._tool_calls(self.calls, value, where, events)
        elif key == "function_call":
            self._function_call(value, where, events)
        elif key == "refusal":
            self._refuse(value, where, events)
        elif key in REASONING_FIELDS and not isinstance(value, (str, dict, list)):
            merge_field(self.message, key, self.shared.text_of(value, where), DELTA, self.shared.kept)
        else:
            merge_field(self.message, key, value, DELTA, self.shared.kept)

    def _content(self, value: Any, where: str, events: list[StreamEvent]) -> None:
        if not isinstance(value, (dict, list)):  # a subclass of str, or a number
            return self._text(str(self.shared.text_of(value, where)), events)
        parts = [value] if isinstance(value, dict) else value
        if not isinstance(self.content, Entries):
            text = self.content.plain() if self.content else ""
            self.content = Entries()
            if text:
                self.content.part({"type": "text", "text": text}, DELTA, self.shared.kept, 0)
        self.content.merge("content", parts, DELTA, self.shared.kept, 0)
        for text in texts_of(parts):
            self._speak(text, events)

    def _text(self, value: str, events: list[StreamEvent]) -> None:
        if self.content is not self.spoken:
            if not isinstance(self.content, Entries):
                self.content = self.spoken
            elif value:
                self.content.part({"type": "text", "text": value}, DELTA, self.shared.kept, 0)
        if value:
            self.carried = True
            self._speak(value, events)

    def _speak(self, value: str, events: list[StreamEvent]) -> None:
        if text := self._append(self.spoken, value):
            self._follow(text)
            events.append(TextDelta(text, self.index))

    def _follow(self, text: str) -> None:
        """Pass text on to the PartialJSON, if there is one: another thread may request it at any time."""
        if self.shared.followers and (follower := self.shared.followers.get(self.index)) is not None:
            follower.take(text, self.spoken, self.spoken.size)

    def _append(self, text: Text, value: str) -> str:
        shared = self.shared
        # A shorter value cannot repeat the text so far: skip the costly comparison.
        if shared.cumulative and 0 < text.size <= len(value) and value.startswith(so_far := text.whole()):
            value = value[len(so_far) :]
        shared.kept.add(len(value))
        return text.add(value)

    def _speak_instead(self, value: Any, beside: dict[str, Any], events: list[StreamEvent]) -> None:
        """Use the ``text`` of a chunk as its content, unless the delta has the content: then it is a copy."""
        if self.content is None and not any(beside.get(key) for key in SPOKEN_ELSEWHERE):
            for text in [value] if isinstance(value, str) else texts_of(value):
                self._speak(text, events)

    def _refuse(self, value: Any, where: str, events: list[StreamEvent]) -> None:
        if isinstance(value, (dict, list)):
            self.shared.repair("unknown_shape")
            if self.message.get("refusal") is not self.refusal:
                merge_field(self.message, "refusal", value, OUTSIDE, self.shared.kept)
        elif said := self.shared.text_of(value, where):
            self.message["refusal"] = self.refusal
            if text := self._append(self.refusal, said):
                events.append(RefusalDelta(text, self.index))

    def _as_it_came(self, value: Any, where: str) -> Any:
        """Copy a role or reason. One that is not text is stored too, and counted as a repair."""
        if isinstance(value, (dict, list)) or value is True:
            self.shared.repair("unknown_shape")
            return self.shared.kept.copy(value)
        return self.shared.kept.copy(self.shared.text_of(value, where))

    def _tool_calls(self, calls: ToolCalls, value: Any, where: str, events: list[StreamEvent]) -> None:
        for position, entry in enumerate(self.shared.list_of(value, where)):
            if entry is not None:
                at = f"{where}[{position}]"
                if not isinstance(entry, dict):
                    raise ProtocolError(f"expected a tool call object, got {type(entry).__name__}", where=at)
                calls.add(entry, at, events)

    def _function_call(self, value: Any, where: str, events: list[StreamEvent]) -> None:
        if self.function is None:
            self.function = ToolCalls(self.index, self.shared, 1, self.calls.ordinals)
        self._tool_calls(self.function, [{"index": 0, "function": value}], where, events)

    def _reason(self, delta: dict[str, Any], events: list[StreamEvent]) -> None:
        """Make one event for reasoning, even if it is sent under several names."""
        for text, kind in reasoning_of(delta):
            if told := self._append(self.reasoning, text):
                events.append(ReasoningDelta(told, self.index, kind))

    def _finish_reason(self, reason: Any, where: str, events: list[StreamEvent]) -> None:
        before = self.shared_reason()
        if before in (None, "stop", "other") or shared_word(reason) != "stop":
            self.shared.kept.take_back(self.reason_size)
            size = self.shared.kept.size
            self.finish_reason = self._as_it_came(reason, where)
            self.reason_size = self.shared.kept.size - size
        for calls in self._all_calls():
            calls.reason(self.shared_reason() in CLOSING, events)

    def _all_calls(self) -> list[ToolCalls]:
        return [self.calls] if self.function is None else [self.function, self.calls]

    def adopt_snapshot(self, events: list[StreamEvent]) -> None:
        """Use the full message of a choice that never had a delta; it is returned as received."""
        snapshot, self.snapshot = self.snapshot, None
        if snapshot is not None and not self.carried:
            if not self.unstreamed:
                self.shared.repair("message_instead_of_delta")
            self.sent_whole = snapshot
            self.delta(snapshot, f"$.choices[{self.index}].message", events)
            for calls in self._all_calls():
                calls.reason(self.shared_reason() in CLOSING, events)

    def finish(self, terminated: bool, events: list[StreamEvent]) -> None:
        reason = self.shared_reason()
        closed = terminated or reason is not None
        for text, kind in self._open_texts():
            if half := text.release():
                if kind is TextDelta:
                    self._follow(half)
                events.append(kind(half, self.index))
            text.whole()
        for calls in self._all_calls():
            calls.finish(reason in CLOSING, closed, terminated, events)
        if closed and not self.ended:
            self.ended = True
            if reason is None:
                self.shared.repair("missing_finish_reason")
            events.append(ChoiceEnd(self.index, reason, self._raw_reason()))

    def tool_call(self, ordinal: int) -> Call | None:
        """Find a call by the ordinal that its events have."""
        return next(filter(None, (calls.started(ordinal) for calls in self._all_calls())), None)

    def _open_texts(self) -> list[tuple[Text, type[TextDelta] | type[ReasoningDelta] | type[RefusalDelta]]]:
        return [(self.reasoning, ReasoningDelta), (self.spoken, TextDelta), (self.refusal, RefusalDelta)]

    def shared_reason(self) -> FinishReason | None:
        """The finish_reason in the words that all dialects share; None before the end."""
        return shared_word(self.finish_reason)

    def _raw_reason(self) -> str | None:
        reason = plain(self.finish_reason)
        return reason if reason is None or isinstance(reason, str) else json.dumps(reason, default=str)

    def _whole(self) -> ChoiceState:
        """This choice; if only a full message came, a new choice that was filled from it."""
        snapshot = self.snapshot
        if snapshot is None or self.carried:
            return self
        shared = self.shared
        kept = Kept(shared.kept.limit)
        kept.size = shared.kept.size
        whole = ChoiceState(self.index, Shared(kept, shared.max_tool_calls, shared.cumulative))
        whole.role, whole.finish_reason, whole.fields = self.role, self.finish_reason, self.fields
        whole.message = plain(self.message)
        whole.content = None if self.content is None else whole.spoken
        whole.snapshot, whole.snapshot_size, whole.unstreamed = snapshot, self.snapshot_size, self.unstreamed
        with contextlib.suppress(StreamError):
            whole.adopt_snapshot([])
        return whole

    def plain(self) -> dict[str, Any]:
        whole = self._whole()
        fields = plain(whole.fields)
        logprobs = fields.get("logprobs")
        if isinstance(logprobs, dict) and all(value is None for value in logprobs.values()):
            fields["logprobs"] = None
        return {
            "index": whole.index,
            "message": whole._message(),
            "finish_reason": plain(whole.finish_reason),
            **fields,
        }

    def _message(self) -> dict[str, Any]:
        if self.sent_whole is not None:
            return {"role": "assistant", **plain(self.sent_whole)}
        content = None if self.content is None else self.content.plain()
        message = {"role": plain(self.role) or "assistant", "content": content, **plain(self.message)}
        if self.function is not None and (function := self.function.real()):
            message["function_call"] = function[0].plain()["function"]
        if calls := self.calls.real():
            message["tool_calls"] = [call.plain() for call in calls]
        return message

    def view(self, raw: dict[str, Any]) -> Choice:
        """The choice as typed objects; ``raw`` is what `plain` returned."""
        said = raw["message"]
        whole = self._whole()
        calls: tuple[ToolCall, ...] = tuple(
            call.view() for calls in whole._all_calls() for call in calls.real() if not call.foreign
        )
        # Texts that are already joined in the message are not joined again. But a full message may hold more than the
        # events told, if an error or a limit ended the stream while it was processed.
        content, refusal = (said.get("content"), said.get("refusal")) if whole.sent_whole is None else (None, None)
        text = content if type(content) is str else whole.spoken.plain()
        texts = (text, whole.reasoning.plain(), refusal if type(refusal) is str else whole.refusal.plain())
        role = said["role"] if isinstance(said["role"], str) else "assistant"
        message = with_raw(Message(role, *texts, calls), said)
        return with_raw(Choice(self.index, message, whole.shared_reason(), whole._raw_reason()), raw)
