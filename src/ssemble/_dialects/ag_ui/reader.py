"""AG-UI, the protocol between agents and user interfaces.

Source: https://docs.ag-ui.com/concepts/events
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..._limits import Limits
from ..._model.completion import FinishReason
from ..._model.events import StreamEvent
from ..fields import Fields, text_in, text_of
from ..tree import Arguments, Kind, Said, assign
from ..tree_answer import LEAF_COST
from ..tree_reader import TreeReader
from . import snapshot
from .messages import Messages

KINDS: dict[str, Kind] = {"assistant": "text", "reasoning": "reasoning"}
"""The roles whose messages are the answer."""
COPIED = ("name", "subagentRunId")  # fields of an event that its message has too
FRAMES = frozenset(("REASONING_START", "REASONING_END"))


class RunReader(TreeReader):
    """Merge the events of a run into its messages.

    Attributes:
        messages: the messages so far.

    >>> run = RunReader()
    >>> run.add({"type": "RUN_STARTED", "threadId": "t", "runId": "r"})
    [MessageStart(id='r', model=None)]
    >>> run.add({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Hi"})
    [TextDelta(text='Hi', choice=0)]
    >>> run.completion().to_dict()
    {'threadId': 't', 'runId': 'r', 'messages': [{'id': 'm', 'role': 'assistant', 'content': 'Hi'}]}
    """

    __slots__ = ("_chunk", "messages")

    dialect: ClassVar[str] = "ag-ui"
    typed: ClassVar[bool] = True
    ignored: ClassVar[frozenset[str]] = frozenset(("timestamp",))
    levels: ClassVar[int] = 2
    ends: ClassVar[frozenset[str]] = frozenset(("RUN_FINISHED", "RUN_ERROR"))
    reasons: ClassVar[dict[str, FinishReason]] = {"success": "stop", "interrupt": "pause", "cancelled": "error"}

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self.messages = Messages()
        self._chunk: tuple[str, str] | None = None  # type and id of what chunks opened

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge an event."""
        if kind == "RUN_ERROR":
            raise self.coded_error(payload, kind)
        if kind not in CHUNKS:
            self._end_chunk(events)
        if kind not in EVENTS:
            return kind in FRAMES
        if not self._begun and kind != "RUN_STARTED":
            self.repair("missing_start")
        self.begin(payload.get("runId"), None, events)
        return EVENTS[kind](self, kind, payload, events)

    def _start(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        for key in ("threadId", "runId"):
            assign(self.fields, key, payload.get(key), self.budget)
        return True

    def _finish(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        for key in ("threadId", "runId", "result", "outcome", "usage"):
            assign(self.fields, key, payload.get(key), self.budget)
        outcome = self.fields.get("outcome")
        raw = outcome.get("type") if isinstance(outcome, dict) else outcome
        reason = self.reasons.get(text_of(raw or "success"), "other")
        if reason == "stop" and not self.messages.calls.keys() <= self.messages.answered:
            reason = "tool_calls"
        self.ended = True
        self.end_answer(raw, events, reason)
        return True

    def _message(self, kind: str, payload: Fields) -> Fields:
        """Return the message of an event; a new one if there is none."""
        message_id = payload.get("messageId")
        message = self.messages.by_id.get(text_of(message_id))
        if message is None:
            role = "reasoning" if kind.startswith("REASONING_") else payload.get("role") or "assistant"
            message = self.new_message(message_id, role)
        for key in COPIED:
            assign(message, key, payload.get(key), self.budget)
        self._metadata(message, payload)
        return message

    def new_message(self, message_id: Any, role: Any) -> Fields:
        """Append a message."""
        self.answer.changed()
        self.budget.charge(LEAF_COST)
        head = {} if message_id is None else {"id": message_id}
        return self.messages.add(self.budget.copy({**head, "role": role}))

    def _metadata(self, fields: Fields, payload: Fields) -> None:
        """Lay the metadata of an event over that of its message or call."""
        update = payload.get("metadata")
        if isinstance(update, dict) and update:
            self.answer.changed()
            if not isinstance(fields.get("metadata"), dict):
                fields["metadata"] = {}
            fields["metadata"].update(self.budget.copy(update))

    def _text_start(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        return bool(self._content(self._message(kind, payload)).kind)

    def _content(self, message: Fields) -> Said:
        """Return the text of a message."""
        if not isinstance(message.get("content"), Said):
            message["content"] = self.start_text(self.kind_of(message))
        said: Said = message["content"]
        return said

    def kind_of(self, message: Fields) -> Kind:
        """Return the kind of the text of a message; "" if it is no part of the answer."""
        return KINDS.get(text_of(message.get("role")), "")

    def _text_content(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        text = text_in(payload, "delta", "$")
        if text_of(payload.get("messageId")) not in self.messages.by_id:
            self.repair("unknown_index")
        said = self._content(self._message(kind, payload))
        self.say(said, text, ("delta",), events)
        return bool(said.kind)

    def _text_end(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        message = self.messages.by_id.get(text_of(payload.get("messageId")))
        if message is None:
            self.repair("stop_without_start")
        else:
            self._metadata(message, payload)
        return True

    def _call_start(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        call_id, name = payload.get("toolCallId"), payload.get("toolCallName")
        entry = self.messages.calls.get(text_of(call_id))
        if entry is not None:
            self.repair("duplicate_call_id")
            return False
        parent_id = payload.get("parentMessageId")
        parent = self.messages.by_id.get(text_of(parent_id))
        if parent is None or parent.get("role") != "assistant":
            parent = self.new_message(call_id if parent_id is None or parent is not None else parent_id, "assistant")
        entry = self.budget.copy({"id": call_id, "type": "function", "function": {"name": name}})
        entry["function"]["arguments"] = self.start_call(call_id, name, "", False, events)
        self._metadata(entry, payload)
        self.messages.add_call(parent, entry)
        return True

    def arguments_of(self, payload: Fields) -> tuple[Fields, Arguments] | None:
        """Return the entry of a call and its arguments."""
        entry = self.messages.calls.get(text_of(payload.get("toolCallId")))
        return None if entry is None else (entry, entry["function"]["arguments"])

    def _call_args(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        text, found = text_in(payload, "delta", "$"), self.arguments_of(payload)
        if found is None or not found[1].open:
            self.repair("unknown_index" if found is None else "late_delta")
            return False
        self._metadata(found[0], payload)
        return self.argue(found[1], text, ("delta",), events)

    def _call_end(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        found = self.arguments_of(payload)
        if found is None:
            self.repair("stop_without_start")
        else:
            self._metadata(found[0], payload)
            self.close(found[1], events)
        return True

    def _call_result(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        self.answer.changed()
        message = {"id": payload.get("messageId"), "toolCallId": payload.get("toolCallId"),
                   "role": payload.get("role") or "tool", "content": payload.get("content")}  # fmt: skip
        stored: Fields = self.budget.copy({key: value for key, value in message.items() if value is not None})
        for key in COPIED:
            assign(stored, key, payload.get(key), self.budget)
        self._metadata(stored, payload)
        self.messages.add_result(stored)
        return False

    def _encrypted(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        known = self.messages.calls if payload.get("subtype") == "tool-call" else self.messages.by_id
        entry = known.get(text_of(payload.get("entityId")))
        if entry is None:
            self.repair("unknown_index")
        else:
            assign(entry, "encryptedValue", payload.get("encryptedValue"), self.budget)
        return False

    def _snapshot(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        snapshot.take(self, payload, events)
        return False

    def _take_chunk(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        """Take a chunk: it opens what it names, and goes on with what is open if it names nothing."""
        start, content, key = CHUNKS[kind]
        named = payload.get(key)
        if self._chunk is not None and (self._chunk[0] != kind or named not in (None, self._chunk[1])):
            self._end_chunk(events)
        if self._chunk is None and named is None and kind == "TOOL_CALL_CHUNK":
            self.repair("unknown_index")  # of no call: it would be run without a name
            return False
        if self._chunk is None:
            self._chunk = kind, text_of(named)
            self.answer.changed()
            start(self, kind, payload, events)
        if payload.get("delta") is None:
            return True
        return content(self, kind, {**payload, key: self._chunk[1]}, events)

    def _end_chunk(self, events: list[StreamEvent]) -> None:
        """End what chunks opened: another event came."""
        chunk, self._chunk = self._chunk, None
        if chunk is not None:
            self.answer.changed()
            if chunk[0] == "TOOL_CALL_CHUNK":
                self._call_end("", {"toolCallId": chunk[1]}, events)

    def tree(self) -> Fields:
        """Return the object in the provider's shape."""
        return {**self.fields, "messages": self.messages}

    def head(self, tree: Fields) -> Fields:
        """Return id and model: a run has no model."""
        return {"id": super().head({"id": tree.get("runId")})["id"]}


Handler = Callable[[RunReader, str, Fields, list[StreamEvent]], bool]
CHUNKS: dict[str, tuple[Handler, Handler, str]] = {
    "TEXT_MESSAGE_CHUNK": (RunReader._text_start, RunReader._text_content, "messageId"),
    "REASONING_MESSAGE_CHUNK": (RunReader._text_start, RunReader._text_content, "messageId"),
    "TOOL_CALL_CHUNK": (RunReader._call_start, RunReader._call_args, "toolCallId"),
}
EVENTS: dict[str, Handler] = {
    "RUN_STARTED": RunReader._start,
    "RUN_FINISHED": RunReader._finish,
    **{f"{name}_START": RunReader._text_start for name in ("TEXT_MESSAGE", "REASONING_MESSAGE")},
    **{f"{name}_CONTENT": RunReader._text_content for name in ("TEXT_MESSAGE", "REASONING_MESSAGE")},
    **{f"{name}_END": RunReader._text_end for name in ("TEXT_MESSAGE", "REASONING_MESSAGE")},
    "TOOL_CALL_START": RunReader._call_start,
    "TOOL_CALL_ARGS": RunReader._call_args,
    "TOOL_CALL_END": RunReader._call_end,
    "TOOL_CALL_RESULT": RunReader._call_result,
    "REASONING_ENCRYPTED_VALUE": RunReader._encrypted,
    "MESSAGES_SNAPSHOT": RunReader._snapshot,
    **dict.fromkeys(CHUNKS, RunReader._take_chunk),
}
