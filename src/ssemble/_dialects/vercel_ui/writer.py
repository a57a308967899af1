"""The writer of the Vercel AI SDK's UI message stream.

Its response needs the header ``x-vercel-ai-ui-message-stream: v1``.

Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol#data-stream-protocol
"""

from __future__ import annotations

from typing import ClassVar

from ..._errors import JSONTextError
from ..._model import events
from ..._model.message import ToolCall
from ..._model.tokens import Tokens
from ..frames import DONE, HOLE, Around, Fields, around, fill, frame, known
from ..writing import DialectWriter, Fault, Head, WrittenCall


class VercelUIWriter(DialectWriter):
    """Writes chunks. Parts and calls have ids, so that calls may interleave."""

    __slots__ = ("_count", "_envelope", "_kind", "_place", "_reason")

    several_choices: ClassVar[bool] = False
    always_counts: ClassVar[bool] = False
    dialect: ClassVar[str] = "vercel-ui"
    message_id: ClassVar[str] = "msg_0"
    own_reasons: ClassVar[frozenset[str]] = frozenset("stop length content-filter tool-calls error other".split())
    reasons: ClassVar[dict[str, str]] = {
        "stop": "stop", "length": "length", "tool_calls": "tool-calls", "content_filter": "content-filter",
        "error": "error", "other": "other", "pause": "other",
    }  # fmt: skip

    def __init__(self, given: Head) -> None:
        super().__init__(given)
        self._count = 0  # of the parts
        self._kind = ""  # of the open part: "text" or "reasoning"
        self._place: object = None  # what identifies it
        self._envelope: Around = (b"", b"")
        self._reason = ""

    def start(self) -> bytes:
        return frame({"type": "start", "messageId": self.head.id}) + frame({"type": "start-step"})

    def text(self, event: events.TextDelta) -> bytes:
        return self._delta("text", ("text", event.part), event.text)

    def refusal(self, event: events.RefusalDelta) -> bytes:
        self.lose("refusal_as_text", once=True)
        return self._delta("text", ("refusal", event.part), event.text)

    def reasoning(self, event: events.ReasoningDelta) -> bytes:
        out = self._delta("reasoning", ("reasoning", event.kind, event.part), event.text)
        if event.signature:
            out += self._close(providerMetadata={"ssemble": {"signature": event.signature}})
        return out

    def call(self, call: WrittenCall, event: events.ToolCallStart) -> bytes:
        call.envelope = around({"type": "tool-input-delta", "toolCallId": call.id, "inputTextDelta": HOLE})
        return self._close() + frame({"type": "tool-input-start", **_named(call)})

    def arguments(self, call: WrittenCall, text: str) -> bytes:
        call.pieces.append(text)
        return fill(call.envelope, text)

    def call_end(self, call: WrittenCall) -> bytes:
        text = call.take()
        try:
            value = text if call.custom else ToolCall(None, "function", call.name, text).parse_arguments()
        except JSONTextError as error:
            self.lose("malformed_arguments")
            return frame({"type": "tool-input-error", **_named(call), "input": text, "errorText": str(error)})
        return frame({"type": "tool-input-available", **_named(call), "input": value})

    def end(self, event: events.ChoiceEnd) -> bytes:
        self._reason = self.word(event)
        self.lose_cut_calls(event.choice)
        return self._close()

    def finish(self, usage: Fields | None) -> bytes:
        facts = known({"messageMetadata": usage and {"usage": usage}})
        return frame({"type": "finish-step"}) + frame({"type": "finish", "finishReason": self._reason, **facts}) + DONE

    def fail(self, fault: Fault) -> bytes:
        return frame({"type": "error", "errorText": fault.message})

    def count(self, tokens: Tokens) -> Fields:
        return known({
            "inputTokens": tokens.input, "outputTokens": tokens.output, "totalTokens": tokens.total,
            "reasoningTokens": tokens.reasoning, "cachedInputTokens": tokens.cached,
        })  # fmt: skip

    def _delta(self, kind: str, place: object, text: str) -> bytes:
        out = b""
        if self._place != place:
            out = self._close()
            self._kind, self._place, part = kind, place, f"{kind}-{self._count}"
            out += frame({"type": f"{kind}-start", "id": part})
            self._envelope = around({"type": f"{kind}-delta", "id": part, "delta": HOLE})
        return out + fill(self._envelope, text) if text else out

    def _close(self, **facts: Fields) -> bytes:
        """End the open part: another one begins, or it was signed."""
        if self._place is None:
            return b""
        self._place = None
        self._count += 1
        return frame({"type": f"{self._kind}-end", "id": f"{self._kind}-{self._count - 1}", **facts})


def _named(call: WrittenCall) -> Fields:
    return {"toolCallId": call.id, "toolName": call.name, "dynamic": True}
