"""The writer of OpenAI chat completions.

Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from typing import ClassVar

from ..._model import events
from ..._model.tokens import Tokens
from ..frames import DONE, HOLE, Around, Fields, around, fill, frame, known
from ..writing import DialectWriter, Fault, Head, WrittenCall

DETAILS = {
    "text": ("reasoning.text", "text"),
    "summary": ("reasoning.summary", "summary"),
    "redacted": ("reasoning.encrypted", "data"),
}
"""For each kind of reasoning, the type of its entry in ``reasoning_details``, and the key of its text there."""


class ChatWriter(DialectWriter):
    """Writes chunks. Every event has its own place in them, so nothing waits."""

    __slots__ = ("_details", "_envelopes", "_named")

    dialect: ClassVar[str] = "openai-chat"
    message_id: ClassVar[str] = "chatcmpl-0"
    own_reasons: ClassVar[frozenset[str]] = frozenset(("stop", "length", "tool_calls", "content_filter"))
    reasons: ClassVar[dict[str, str]] = {word: word for word in own_reasons}

    def __init__(self, given: Head) -> None:
        super().__init__(given)
        self._named: set[int] = set()  # choices whose role was written
        self._envelopes: dict[tuple[str, int], Around] = {}  # by the key of the text and the choice
        self._details: dict[tuple[int, str, int], int] = {}  # index in reasoning_details, by choice, kind and block

    def start(self) -> bytes:
        return self._chunk(0, {})

    def text(self, event: events.TextDelta) -> bytes:
        return self._delta("content", event.choice, event.text)

    def refusal(self, event: events.RefusalDelta) -> bytes:
        return self._delta("refusal", event.choice, event.text)

    def reasoning(self, event: events.ReasoningDelta) -> bytes:
        if event.kind == "text" and not event.signature:
            return self._delta("reasoning_content", event.choice, event.text)
        kind, key = DETAILS[event.kind]
        index = self._details.get((event.choice, event.kind, event.part))
        if index is None:
            index = sum(choice == event.choice for choice, _, _ in self._details)
            self._details[event.choice, event.kind, event.part] = index
        entry: Fields = {"type": kind, "index": index}  # openai-python needs the index: it merges lists by it
        delta: Fields = {"reasoning_details": [entry]}
        if event.kind == "redacted":
            entry[key] = event.signature or event.text
            return self._chunk(event.choice, delta)
        if event.text:
            delta["reasoning_content"] = entry[key] = event.text
        if event.signature:
            entry["signature"] = event.signature
        return self._chunk(event.choice, delta)

    def call(self, call: WrittenCall, event: events.ToolCallStart) -> bytes:
        kind, key = ("custom", "input") if call.custom else ("function", "arguments")
        start = {"index": event.index, "id": call.id, "type": kind, kind: {"name": call.name, key: ""}}
        rest = {"index": event.index, kind: {key: HOLE}}
        call.envelope = around(self._fields(event.choice, {"tool_calls": [rest]}))
        return self._chunk(event.choice, {"tool_calls": [start]})

    def arguments(self, call: WrittenCall, text: str) -> bytes:
        return fill(call.envelope, text)

    def call_end(self, call: WrittenCall) -> bytes:
        return b"" if call.custom or call.given else fill(call.envelope, "{}")  # clients parse the text as JSON

    def end(self, event: events.ChoiceEnd) -> bytes:
        return self._chunk(event.choice, {}, self.word(event))

    def finish(self, usage: Fields | None) -> bytes:
        return (b"" if usage is None else frame({**self._head(), "choices": [], "usage": usage})) + DONE

    def fail(self, fault: Fault) -> bytes:
        return frame({"error": {"message": fault.message, "type": fault.type, "param": None, "code": fault.code}})

    def count(self, tokens: Tokens) -> Fields:
        counted, said, total = self.sums(tokens)
        cache = known({"cached_tokens": tokens.cached, "cache_write_tokens": tokens.cache_write})
        reasoning = known({"reasoning_tokens": tokens.reasoning})
        return {
            "prompt_tokens": counted, "completion_tokens": said, "total_tokens": total,
            **({"prompt_tokens_details": cache} if cache else {}),
            **({"completion_tokens_details": reasoning} if reasoning else {}),
        }  # fmt: skip

    def _delta(self, key: str, choice: int, text: str) -> bytes:
        """Write a text with a key of its own in the delta."""
        envelope = self._envelopes.get((key, choice))
        if envelope is None:
            if choice not in self._named:
                return self._chunk(choice, {key: text})
            envelope = self._envelopes[key, choice] = around(self._fields(choice, {key: HOLE}))
        return fill(envelope, text)

    def _chunk(self, choice: int, delta: Fields, reason: str | None = None) -> bytes:
        """Write a chunk; the first of each choice has the role."""
        if choice not in self._named:
            self._named.add(choice)
            delta = {"role": "assistant", **delta}
        return frame(self._fields(choice, delta, reason))

    def _fields(self, choice: int, delta: Fields, reason: str | None = None) -> Fields:
        return {**self._head(), "choices": [{"index": choice, "delta": delta, "finish_reason": reason}]}

    def _head(self) -> Fields:
        head = self.head
        return {"id": head.id, "object": "chat.completion.chunk", "created": head.created, "model": head.model}
