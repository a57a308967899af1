"""The writer of Anthropic Messages.

Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

import json
from typing import ClassVar

from ..._model import events
from ..._model.tokens import Tokens
from ..frames import HOLE, Fields, around, frame, known
from ..sequence import SequenceWriter
from ..writing import Block, Fault, Head, WrittenCall

TEXT = ({"type": "text", "text": ""}, {"type": "text_delta", "text": HOLE})
BLOCKS: dict[str, tuple[Fields, Fields]] = {
    "text": TEXT,
    "refusal": TEXT,
    "reasoning": ({"type": "thinking", "thinking": "", "signature": ""}, {"type": "thinking_delta", "thinking": HOLE}),
    "call": ({"type": "tool_use", "input": {}}, {"type": "input_json_delta", "partial_json": HOLE}),
}
"""The start of each kind of block, and its delta."""
ERRORS = frozenset(
    "invalid_request_error authentication_error billing_error permission_error not_found_error request_too_large "
    "rate_limit_error timeout_error api_error overloaded_error".split()
)


class AnthropicWriter(SequenceWriter):
    """Writes one content block after the other."""

    __slots__ = ("_index", "_reason")

    dialect: ClassVar[str] = "anthropic"
    message_id: ClassVar[str] = "msg_0"
    own_reasons: ClassVar[frozenset[str]] = frozenset(
        "end_turn max_tokens stop_sequence tool_use pause_turn refusal compaction model_context_window_exceeded".split()
    )
    reasons: ClassVar[dict[str, str]] = {
        "stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal",
        "pause": "pause_turn",
    }  # fmt: skip

    def __init__(self, given: Head) -> None:
        super().__init__(given)
        self._index = -1  # of the open block
        self._reason = ""

    def start(self) -> bytes:
        message: Fields = {
            "id": self.head.id, "type": "message", "role": "assistant", "model": self.head.model, "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 0, "output_tokens": 0},
        }  # fmt: skip
        return _frame({"type": "message_start", "message": message})

    def refusal(self, event: events.RefusalDelta) -> bytes:
        self.lose("refusal_as_text", once=True)
        return super().refusal(event)

    def arguments(self, call: WrittenCall, text: str) -> bytes:
        if call.custom:
            call.pieces.append(text)
            return b""
        return super().arguments(call, text)

    def call_end(self, call: WrittenCall) -> bytes:
        # There is no other input here than JSON.
        return (super().arguments(call, self._as_json(call)) if call.custom else b"") + super().call_end(call)

    def end(self, event: events.ChoiceEnd) -> bytes:
        self._reason = self.word(event)
        if self._reason == "end_turn" and "refusal_as_text" in self.losses:
            self._reason = "refusal"
        return super().end(event)

    def finish(self, usage: Fields | None) -> bytes:
        delta = {"stop_reason": self._reason, "stop_sequence": None}
        counts = {"output_tokens": 0, **(usage or {})}
        return _frame({"type": "message_delta", "delta": delta, "usage": counts}) + _frame({"type": "message_stop"})

    def fail(self, fault: Fault) -> bytes:
        other = "rate_limit_error" if fault.is_rate_limit else "api_error"
        kind = fault.type if fault.type in ERRORS and fault.type != "api_error" else other
        return _frame({"type": "error", "error": {"type": kind, "message": fault.message}})

    def count(self, tokens: Tokens) -> Fields:
        cache = (tokens.cached or 0) + (tokens.cache_write or 0)
        thinking = None if tokens.reasoning is None else {"thinking_tokens": tokens.reasoning}
        return known({
            "input_tokens": None if tokens.input is None else max(0, tokens.input - cache),
            "cache_read_input_tokens": tokens.cached, "cache_creation_input_tokens": tokens.cache_write,
            "output_tokens": tokens.output, "output_tokens_details": thinking,
        })  # fmt: skip

    def open_block(self, block: Block) -> bytes:
        self._index += 1
        if block.kind == "redacted":
            return b""  # its start has its data
        start, delta = BLOCKS[block.kind]
        self.envelope = around(self._delta(delta), "content_block_delta")
        return self._start({**start, "id": block.id, "name": block.name} if isinstance(block, WrittenCall) else start)

    def write_redacted(self, data: str) -> bytes:
        return self._start({"type": "redacted_thinking", "data": data})

    def write_signature(self, signature: str) -> bytes:
        return _frame(self._delta({"type": "signature_delta", "signature": signature}))

    def close_block(self, block: Block, last: bool) -> bytes:
        out = b""
        if isinstance(block, WrittenCall) and not block.ended:
            self.lose("call_cut")
            if block.custom:
                out = self.write_text(self._as_json(block)[:-2])  # without its end, as it was cut
            elif not block.given and not last:
                out = self.write_text("{")  # nothing at all would be a call without arguments
            if last:
                return out  # as Anthropic's own: without a stop, nobody takes it for a whole one
        return out + _frame({"type": "content_block_stop", "index": self._index})

    def _as_json(self, call: WrittenCall) -> str:
        self.lose("custom_as_json")
        return json.dumps({"input": call.take()})

    def _start(self, block: Fields) -> bytes:
        return _frame({"type": "content_block_start", "index": self._index, "content_block": block})

    def _delta(self, delta: Fields) -> Fields:
        return {"type": "content_block_delta", "index": self._index, "delta": delta}


def _frame(data: Fields) -> bytes:
    """Return an event; its name is its type. Official clients skip events without a name."""
    return frame(data, data["type"])
