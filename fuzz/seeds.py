"""Small bodies to start from, each with a detail that is easy to get wrong."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from zlib import crc32


def chunk(delta: Any, finish: str | None = None, **more: Any) -> bytes:
    """One chunk of a chat completion, as an event."""
    choice = {"index": more.pop("index", 0), "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "model": "m", "choices": [choice], **more}).encode() + b"\n\n"


def call(arguments: str, **more: Any) -> dict[str, Any]:
    """A delta with one fragment of one tool call."""
    name = {"name": more.pop("name")} if "name" in more else {}
    return {"tool_calls": [{**more, "function": {**name, "arguments": arguments}}]}


def named(*payloads: dict[str, Any]) -> bytes:
    """Events that are named after the types of their payloads."""
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (each["type"].encode(), json.dumps(each).encode()) for each in payloads
    )


def frame(name: str, payload: Any) -> bytes:
    """A frame of an AWS event stream."""
    headers = b"".join(
        bytes([len(key)]) + key + b"\x07" + len(value).to_bytes(2, "big") + value
        for key, value in ((b":message-type", b"event"), (b":event-type", name.encode()))
    )
    body = json.dumps(payload).encode()
    made = (len(headers) + len(body) + 16).to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    made += crc32(made).to_bytes(4, "big") + headers + body
    return made + crc32(made).to_bytes(4, "big")


DONE = b"data: [DONE]\n\n"

ANTHROPIC: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "m", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}},
    },
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"x":'}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "1}"}},
    {"type": "content_block_stop", "index": 1},
    {"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "a\ud83d"}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "\ude00b"}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
]
RESPONSES: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"id": "r", "object": "response", "model": "m", "output": []}},
    {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "i", "content": []}},
    {
        "type": "response.content_part.added", "output_index": 0, "content_index": 0,
        "part": {"type": "output_text", "text": "", "annotations": []},
    },
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "a"},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "b"},
    {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "abc"},
    {
        "type": "response.output_item.added", "output_index": 1,
        "item": {"type": "function_call", "id": "j", "call_id": "c", "name": "f", "arguments": ""},
    },
    {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"x":'},
    {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "1}"},
    {
        "type": "response.output_item.done", "output_index": 1,
        "item": {"type": "function_call", "id": "j", "call_id": "c", "name": "f", "arguments": '{"x":1}'},
    },
    {
        "type": "response.completed",
        "response": {"id": "r", "object": "response", "status": "completed", "output": [], "usage": {"a": 3}},
    },
]  # fmt: skip
GEMINI: list[dict[str, Any]] = [
    {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}], "role": "model"}}], "responseId": "g"},
    {"candidates": [{"content": {"parts": [{"text": "a"}]}}]},
    {"candidates": [{"content": {"parts": [{"text": "b", "thoughtSignature": "s"}]}}]},
    {
        "candidates": [
            {"content": {"parts": [{"functionCall": {"name": "f", "args": {"x": 1}}}]}, "finishReason": "STOP"}
        ]
    },
    {"usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 5}},
]

SEEDS: list[bytes] = [
    b"",
    b"\xef\xbb\xbfdata: a\ndata: b\n\nid: 7\nevent: x\nretry: 10\ndata\n\n: c\r\rdata:d\r\n\r\n",
    chunk({"role": "assistant", "content": ""}) + chunk({"content": "Héllo"}) + chunk({}, "stop") + DONE,
    chunk(call("", index=0, id="a", name="f"))
    + chunk(call('{"x":', index=0))
    + chunk(call("1}", index=0), "tool_calls"),
    chunk(call("{}", id="a", name="f")) + chunk(call('{"y":2}', id="b", name="g"), "tool_calls") + DONE,
    chunk({"reasoning_content": "hm"})
    + chunk({"content": "a", "refusal": "no"}, index=1)
    + chunk({}, "length", index=1),
    chunk({"content": "\ud83d"}) + chunk({"content": "\ude00"}, "stop", usage={"total_tokens": 3}),
    chunk(
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}, {"type": "text", "text": "b"}]}
    ),
    chunk({"content": "a"}) + b'data: {"error": {"message": "no", "code": 5}}\n\n' + DONE,
    chunk({"content": "a"}) + b"event: error\ndata: oops\n\n" + chunk({"content": "b"}) + DONE,
    b'{"object": "chat.completion", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}',
    b'error: {"message": "full"}\n\n' + DONE,
    b'{"choices": [{"delta": {"content": "a"}}]}\n{"choices":\n[]}{"choices": [{"delta"\ndata:[DONE]\n',
    b"<html><title>502</title></html>",
    chunk({"content": "a"})[:-1] + chunk({"content": "b"})[:-1] + DONE,
    b"data: data: " + chunk({"content": "a"})[6:] + b"data: : ping\n\ndata:\n\ndata: null\n\n",
    chunk({"content": "a"})[:40] + chunk({"content": "b"}) + b"data: {",
    rb'{"a": ["x\u00e9\ud83d\ude00\n", -1.5e+3, 0, true, NaN, {"b": {}, "a": null}], "a": "\"", "c": [1, 2, 3]} ',
    rb'[[{"deep": [[[]]], "text": "and so on until it is long enough to be read whole, is it?"}], "\ud83d", -Infinity]',
    b'{"type": "message", "role": "assistant", "content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn"}',
    b'{"object": "response", "status": "completed", "output": [{"type": "function_call", "call_id": "c"}]}',
    named(*ANTHROPIC),
    named(*ANTHROPIC[:7], {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    named(*RESPONSES),
    named(
        *RESPONSES[:5], {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "no"}}}
    ),
    b"".join(b"data: %b\r\n\r\n" % json.dumps(each).encode() for each in GEMINI),
    json.dumps(GEMINI, indent=2).replace("\n", "\r\n").encode(),
    b"".join(json.dumps(each).encode() + b"\n" for each in ANTHROPIC),
    b"".join(
        frame("chunk", {"bytes": b64encode(json.dumps(each).encode()).decode(), "p": "abc"}) for each in ANTHROPIC[-5:]
    ),
    frame("messageStart", {"role": "assistant"}) + frame("contentBlockDelta", {"delta": {"text": "a"}}),
]
