"""One answer per dialect, as its provider streams it, with a text, a call, token counts, and the error of a busy server."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

TEXT = 'Zürich \u2028 漢 "\U0001f600"'
ARGUMENTS = {"city": "Zürich", "days": [1, 2]}
ARGUMENTS_TEXT = '{"city": "Zürich", "days": [1, 2]}'
BUSY = "Too many requests at once"


def encode(payload: Any, line_end: str = "\n") -> bytes:
    """A payload as an event, named by its type if it has one."""
    name = f"event: {payload['type']}{line_end}" if isinstance(payload, dict) and "type" in payload else ""
    text = f"{name}data: {json.dumps(payload, ensure_ascii=False)}{line_end * 2}"
    return text.encode("utf-8", "surrogatepass")


class Wire(NamedTuple):
    """Payloads of a stream, what they add up to, and an error that may come in the middle."""

    dialect: str
    payloads: list[dict[str, Any]]
    message: dict[str, Any]  # what the provider returns without streaming
    usage: dict[str, Any]
    call_id: str | None
    error: dict[str, Any]
    error_type: str | None
    line_end: str = "\n"

    def encoded(self, payloads: list[dict[str, Any]]) -> bytes:
        return b"".join(encode(payload, self.line_end) for payload in payloads)

    @property
    def body(self) -> bytes:
        return self.encoded(self.payloads)

    @property
    def broken_body(self) -> bytes:
        """The error comes after all that precedes the call."""
        middle = next(at for at, payload in enumerate(self.payloads) if "weather" in json.dumps(payload))
        return self.encoded([*self.payloads[:middle], self.error])


ANTHROPIC_USAGE = {"input_tokens": 9, "cache_read_input_tokens": 2, "output_tokens": 12}
ANTHROPIC = Wire(
    "anthropic",
    [
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m-1",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 9, "cache_read_input_tokens": 2, "output_tokens": 1},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            for text in (TEXT[:4], TEXT[4:])
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}},
        },
        *(
            {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": text}}
            for text in ("", ARGUMENTS_TEXT[:12], ARGUMENTS_TEXT[12:])
        ),
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": 12},
        },
        {"type": "message_stop"},
    ],
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m-1",
        "content": [
            {"type": "text", "text": TEXT},
            {"type": "tool_use", "id": "call_1", "name": "weather", "input": ARGUMENTS},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": ANTHROPIC_USAGE,
    },
    ANTHROPIC_USAGE,
    "call_1",
    {"type": "error", "error": {"type": "overloaded_error", "message": BUSY}},
    "overloaded_error",
)

MESSAGE_PART = {"type": "output_text", "text": TEXT, "annotations": [], "logprobs": []}
MESSAGE_ITEM = {
    "id": "item_1",
    "type": "message",
    "status": "completed",
    "role": "assistant",
    "content": [MESSAGE_PART],
}
CALL_ITEM = {
    "id": "item_2",
    "type": "function_call",
    "status": "completed",
    "call_id": "call_1",
    "name": "weather",
    "arguments": ARGUMENTS_TEXT,
}
RESPONSES_USAGE = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 2},
    "output_tokens": 12,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 21,
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1700000000,
    "status": "in_progress",
    "model": "m-1",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": None,
}
RESPONSES_MESSAGE = {
    **RESPONSE,
    "status": "completed",
    "output": [MESSAGE_ITEM, CALL_ITEM],
    "usage": RESPONSES_USAGE,
}
_PART = {"item_id": "item_1", "output_index": 0, "content_index": 0}
_CALL = {"item_id": "item_2", "output_index": 1}
RESPONSES_EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("created", {"response": RESPONSE}),
    ("in_progress", {"response": RESPONSE}),
    ("output_item.added", {"output_index": 0, "item": {**MESSAGE_ITEM, "status": "in_progress", "content": []}}),
    ("content_part.added", {**_PART, "part": {**MESSAGE_PART, "text": ""}}),
    ("output_text.delta", {**_PART, "delta": TEXT[:4], "logprobs": [], "obfuscation": "xk2"}),
    ("output_text.delta", {**_PART, "delta": TEXT[4:], "logprobs": [], "obfuscation": "p"}),
    ("output_text.done", {**_PART, "text": TEXT, "logprobs": []}),
    ("content_part.done", {**_PART, "part": MESSAGE_PART}),
    ("output_item.done", {"output_index": 0, "item": MESSAGE_ITEM}),
    ("output_item.added", {"output_index": 1, "item": {**CALL_ITEM, "status": "in_progress", "arguments": ""}}),
    ("function_call_arguments.delta", {**_CALL, "delta": ARGUMENTS_TEXT[:12]}),
    ("function_call_arguments.delta", {**_CALL, "delta": ARGUMENTS_TEXT[12:]}),
    ("function_call_arguments.done", {**_CALL, "name": "weather", "arguments": ARGUMENTS_TEXT}),
    ("output_item.done", {"output_index": 1, "item": CALL_ITEM}),
    ("completed", {"response": RESPONSES_MESSAGE}),
]
RESPONSES = Wire(
    "openai-responses",
    [
        {"type": f"response.{name}", "sequence_number": number, **payload}
        for number, (name, payload) in enumerate(RESPONSES_EVENTS)
    ],
    RESPONSES_MESSAGE,
    RESPONSES_USAGE,
    "call_1",
    {"type": "error", "error": {"type": "server_error", "code": "busy", "message": BUSY, "param": None}},
    "server_error",
)


def _candidate(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"content": {"parts": list(parts), "role": "model"}, "index": 0, **more}


GEMINI_USAGE = {"promptTokenCount": 9, "candidatesTokenCount": 12, "totalTokenCount": 21}
GEMINI_CALL = {"functionCall": {"name": "weather", "args": ARGUMENTS}, "thoughtSignature": "c2ln"}
GEMINI_HEAD = {"modelVersion": "m-1", "responseId": "g_1"}
GEMINI = Wire(
    "gemini",
    [
        {
            "candidates": [_candidate({"text": TEXT[:4]})],
            "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9},
            **GEMINI_HEAD,
        },
        {
            "candidates": [_candidate({"text": TEXT[4:]})],
            "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9},
            **GEMINI_HEAD,
        },
        {"candidates": [_candidate(GEMINI_CALL)], **GEMINI_HEAD},
        {"candidates": [_candidate({"text": ""}, finishReason="STOP")], "usageMetadata": GEMINI_USAGE, **GEMINI_HEAD},
    ],
    {
        "candidates": [_candidate({"text": TEXT}, GEMINI_CALL, finishReason="STOP")],
        "usageMetadata": GEMINI_USAGE,
        **GEMINI_HEAD,
    },
    GEMINI_USAGE,
    None,
    {"error": {"code": 503, "message": BUSY, "status": "UNAVAILABLE"}},
    "UNAVAILABLE",
    "\r\n",
)
