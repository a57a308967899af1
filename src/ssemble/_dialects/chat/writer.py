"""The writer of OpenAI chat completions.

Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from typing import ClassVar

from ..._model import events
from ..._model.tokens import Tokens
from ..frames import DONE, HOLE, Around, Fields, around, fill, frame, known
from ..writing import DialectWriter, Fault, Head, WrittenCall

DETAILS = {"text": "reasoning.text", "summary": "reasoning.summary", "redacted": "reasoning.encrypted"}
"""For each kind of reasoning, the type of its entry in ``reasoning_details``."""


class ChatWriter(DialectWriter):
    """Writes chunks. Every event has its own place in them, so nothing waits."""

    __slots__ = ("_details", "_envelopes", "_named")

    always_counts: ClassVar[bool] = False
    dialect: ClassVar[str] = "openai-chat"
    message_id: ClassVar[str] = "chatcmpl-0"
    own_reasons: ClassVar[frozenset[str]] = frozenset(("stop", "length", "tool_calls", "content_filter"))
    reasons: ClassVar[dict[str, str]] = {word: word for word in own_reasons}

    def __init__(self, given: Head) -> None:
        super().__init__(given)
        self._named: set[int] = set()  # choices whose role was written
        self._envelopes: dict[tuple[str, int], Around] = {}  # by the key of the text and the choice
        self._details: dict[int, dict[tuple[str, int], int]] = {}  # index in reasoning_details, by kind and block

    def start(self) -> bytes:
        return self._chunk(0, {})

    def text(self, event: events.TextDelta) -> bytes:
        return self._delta("content", event.choice, event.text)

    def refusal(self, event: events.RefusalDelta) -> bytes:
        return self._delta("refusal", event.choice, event.text)

    def reasoning(self, event: events.ReasoningDelta) -> bytes:
        if event.kind == "text" and not event.signature:
            return self._delta("reasoning_content", event.choice, event.text)
        text, signature = event.text or None, event.signature or None
        detail = self._detail(event, known({event.kind: text, "signature": signature}))
        return self._chunk(event.choice, {**detail, **known({"reasoning_content": text})})

    def redacted(self, event: events.ReasoningDelta, data: str) -> bytes:
        return self._chunk(event.choice, self._detail(event, {"data": data}))

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

    def _detail(self, event: events.ReasoningDelta, fields: Fields) -> Fields:
        """Return an entry of ``reasoning_details``, as a delta."""
        places = self._details.setdefault(event.choice, {})
        index = places.setdefault((event.kind, event.part), len(places))
        # openai-python needs the index: it merges lists by it.
        return {"reasoning_details": [{"type": DETAILS[event.kind], "index": index, **fields}]}

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
