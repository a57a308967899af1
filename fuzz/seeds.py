"""Small bodies to start from, each with a detail that is easy to get wrong."""

from __future__ import annotations

import json
from typing import Any


def chunk(delta: Any, finish: str | None = None, **more: Any) -> bytes:
    """One chunk of a chat completion, as an event."""
    choice = {"index": more.pop("index", 0), "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "model": "m", "choices": [choice], **more}).encode() + b"\n\n"


def call(arguments: str, **more: Any) -> dict[str, Any]:
    """A delta with one fragment of one tool call."""
    name = {"name": more.pop("name")} if "name" in more else {}
    return {"tool_calls": [{**more, "function": {**name, "arguments": arguments}}]}


DONE = b"data: [DONE]\n\n"

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
]
