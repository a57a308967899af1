"""Bodies as a log of many streams has them, each of which stops a job that expects only good ones."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from .helpers import call, chunk, sse

DONE = "[DONE]"
HELLO = sse(chunk({"content": "Hel"}), chunk({"content": "lo"}, "stop"), DONE)


def _ended(**more: Any) -> bytes:
    return sse(chunk({"content": "Hi"}, "stop", **more), DONE)


def _with(number: str) -> bytes:
    """A body with a number that `json.dumps` does not write."""
    return _ended(usage={"total_tokens": "NUMBER"}, x=["NUMBER"]).replace(b'"NUMBER"', number.encode())


POISON: dict[str, bytes | None] = {
    "null": None,
    "empty": b"",
    "blank lines": b"\n\n\n",
    "a heartbeat": b": keep-alive\n\n",
    "cut in the first event": HELLO[:30],
    "cut in an event": HELLO[:-60],
    "HTML": b"<html><body>502 Bad Gateway</body></html>",
    "text": b"upstream connect error or disconnect/reset before headers",
    "random bytes": bytes(range(256)) * 3,
    "gzip": gzip.compress(HELLO, mtime=0),
    "base64": base64.b64encode(HELLO),
    "a Python literal": repr(HELLO).encode(),
    "a log prefix": HELLO.replace(b"data:", b"2026-01-01T00:00:00Z INFO data:"),
    "half a pair": sse(chunk({"content": "a\ud83d"}, "stop", model="m\ude00"), DONE),
    "half a pair in a key": _ended(x={"\ud83d": "\ude00"}),
    "half a pair in a call": sse(call(0, id="c\ud83d", name="f\ude00", arguments='{"\ud83d": 1}'), DONE),
    "a NUL": _ended(model="a\0b"),
    "bad UTF-8": HELLO.replace(b"Hel", b"\xff\xfe\xc0"),
    "a count of 40 digits": _with("1" * 40),
    "a count of 6,000 digits": _with("1" * 6000),
    "a negative count": _with("-1"),
    "a count that is a fraction": _with("7.0"),
    "a count that is a bool": _with("true"),
    "a count that is text": _with('"7"'),
    "NaN": _with("NaN"),
    "Infinity": _with("-Infinity"),
    "1e400": _with("1e400"),
    "created in the far future": _ended(created=10**30),
    "created: 1e400": _ended(created="X").replace(b'"X"', b"1e400"),
    "a model that is an object": _ended(model={"name": "m"}),
    "an id that is a number": _ended(id=7),
    "5,000 brackets": _ended(x="X").replace(b'"X"', b"[" * 5000 + b"]" * 5000),
    "900 brackets": _ended(x="X").replace(b'"X"', b"[" * 900 + b"]" * 900),
    "a line of 1 MB": sse(chunk({"content": "x" * 1_000_000}, "stop"), DONE),
    "a finish_reason that is a list": sse(chunk({"content": "Hi"}, ["stop"]), DONE),
    "arguments that are cut": sse(call(0, id="c", name="f", arguments='{"a'), chunk({}, "length"), DONE),
    "a bad chunk between": sse(chunk({"content": "a"}), {"choices": [7]}, chunk({"content": "b"}, "stop"), DONE),
    "JSON cut between": sse(chunk({"content": "a"}), '{"choices": [', chunk({"content": "b"}, "stop"), DONE),
    "an error after text": sse(chunk({"content": "a"}), {"error": {"message": "slow", "type": "x", "code": 429}}),
    "an error with a code of 40 digits": sse({"error": {"message": "slow\ud83d", "code": 10**40}}),
    "an error response": json.dumps({"error": {"message": "slow", "code": "rate_limit"}}).encode(),
    "a response that was not streamed": json.dumps(
        {
            "object": "chat.completion",
            "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
        }
    ).encode(),
    "a dialect that is not known": sse(
        {"event_type": "text-generation", "text": "a"}, {"event_type": "stream-end"}, DONE
    ),
    "another JSON": b'{"a": 1}',
    "two responses": HELLO + HELLO,
    "headers before it": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + HELLO,
}
"""Named bodies."""
