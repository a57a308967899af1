"""The writer of Gemini generateContent.

Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from ..._errors import JSONTextError
from ..._model import events
from ..._model.message import ToolCall
from ..._model.tokens import Tokens
from ..frames import HOLE, Around, Fields, around, fill, frame, known
from ..writing import DialectWriter, Fault, Head, WrittenCall
from .candidate import FINISH_REASONS

STATUSES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
"""Google's word for each code of an error; ``INTERNAL`` is for every other."""


class GeminiWriter(DialectWriter):
    """Writes chunks of one part each. A call has no deltas here, so it is written at its end."""

    __slots__ = ("_envelopes", "_reasons", "_signatures", "_unreadable")

    dialect: ClassVar[str] = "gemini"
    message_id: ClassVar[str] = "response_0"
    own_reasons: ClassVar[frozenset[str]] = frozenset((*FINISH_REASONS, "OTHER"))
    reasons: ClassVar[dict[str, str]] = {
        "stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY", "other": "OTHER",
        "error": "OTHER",
    }  # fmt: skip

    def __init__(self, given: Head) -> None:
        super().__init__(given)
        self._envelopes: dict[tuple[bool, int], Around] = {}  # by whether it is a thought, and the choice
        self._reasons: dict[int, str] = {}  # of the choices that have ended
        self._signatures: dict[int, str] = {}  # for each choice, one that belongs to its next call
        self._unreadable: set[int] = set()  # choices with a call whose arguments are no object

    def text(self, event: events.TextDelta) -> bytes:
        return self._text(False, event.choice, event.text)

    def refusal(self, event: events.RefusalDelta) -> bytes:
        self.lose("refusal_as_text", once=True)
        return self._text(False, event.choice, event.text)

    def reasoning(self, event: events.ReasoningDelta) -> bytes:
        if not event.signature:
            return self._text(True, event.choice, event.text)
        if event.part < 0:
            out = self._flush(event.choice)
            self._signatures[event.choice] = event.signature
            return out
        return self._part(event.choice, {"text": event.text, "thought": True, "thoughtSignature": event.signature})

    def call(self, call: WrittenCall, event: events.ToolCallStart) -> bytes:
        call.signature = self._signatures.pop(event.choice, "")
        return b""

    def arguments(self, call: WrittenCall, text: str) -> bytes:
        call.pieces.append(text)
        return b""

    def call_end(self, call: WrittenCall) -> bytes:
        text, choice = call.take(), call.choice
        args: Any = None
        with suppress(JSONTextError):
            args = {"input": text} if call.custom else ToolCall(None, "function", call.name, text).parse_arguments()
        if not isinstance(args, dict) or not call.name:  # an entry without a name would continue another call
            self.lose("malformed_arguments" if call.name else "nameless_call")
            self._unreadable.add(choice)
            return b""
        part = {"functionCall": {"id": call.id, "name": call.name, "args": args}}
        return self._part(choice, {**part, **known({"thoughtSignature": call.signature or None})})

    def end(self, event: events.ChoiceEnd) -> bytes:
        self.lose_cut_calls(event.choice)
        unreadable = event.choice in self._unreadable
        self._reasons[event.choice] = "MALFORMED_FUNCTION_CALL" if unreadable else self.word(event)
        return self._flush(event.choice)

    def finish(self, usage: Fields | None) -> bytes:
        ends = [
            {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": reason, "index": choice}
            for choice, reason in sorted(self._reasons.items())
        ]
        return frame({**self._head(), "candidates": ends, **known({"usageMetadata": usage})})

    def fail(self, fault: Fault) -> bytes:
        code = fault.code if isinstance(fault.code, int) else 429 if fault.is_rate_limit else 500
        return frame({"error": {"code": code, "message": fault.message, "status": STATUSES.get(code, "INTERNAL")}})

    def count(self, tokens: Tokens) -> Fields:
        counted, said, total = self.sums(tokens)
        return known({
            "promptTokenCount": counted, "candidatesTokenCount": max(0, said - (tokens.reasoning or 0)),
            "thoughtsTokenCount": tokens.reasoning, "cachedContentTokenCount": tokens.cached, "totalTokenCount": total,
        })  # fmt: skip

    def _text(self, thought: bool, choice: int, text: str) -> bytes:
        envelope = self._envelopes.get((thought, choice))
        if envelope is None:
            part = {"thought": True, "text": HOLE} if thought else {"text": HOLE}
            envelope = self._envelopes[thought, choice] = around(self._fields(choice, part))
        return self._flush(choice) + fill(envelope, text)

    def _flush(self, choice: int) -> bytes:
        """Write a signature that belongs to no call."""
        signature = self._signatures.pop(choice, "") if self._signatures else ""
        return self._part(choice, {"text": "", "thoughtSignature": signature}) if signature else b""

    def _part(self, choice: int, part: Fields) -> bytes:
        return self._flush(choice) + frame(self._fields(choice, part))

    def _fields(self, choice: int, part: Fields) -> Fields:
        return {**self._head(), "candidates": [{"index": choice, "content": {"role": "model", "parts": [part]}}]}

    def _head(self) -> Fields:
        return {"responseId": self.head.id, "modelVersion": self.head.model}
