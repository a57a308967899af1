"""Bodies to serve, and the places where a cut hurts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

DONE = b"data: [DONE]\n\n"


def event(payload: Any) -> bytes:
    """A payload as the event that servers make of it."""
    return b"data: " + json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def chunk(
    content: str | None = None, *, index: int = 0, finish: str | None = None, model: str = "m-1", **delta: Any
) -> dict[str, Any]:
    """A chunk of a chat completion with one choice."""
    if content is not None:
        delta["content"] = content
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": model,
        "choices": [choice],
    }


def usage(prompt: int, completion: int, **extra: Any) -> dict[str, Any]:
    """The last chunk of a stream that tells token counts."""
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {**chunk(), "choices": [], "usage": {**counts, **extra}}


def story(*pieces: str, finish: str = "stop", model: str = "m-1") -> list[bytes]:
    """A whole message, an event to a fragment: the role, each piece of text, the reason, the terminator."""
    role = chunk("", role="assistant", model=model)
    texts = [chunk(piece, model=model) for piece in pieces]
    return [*map(event, [role, *texts, chunk(finish=finish, model=model)]), DONE]


def one_event_each(*pieces: str) -> list[bytes]:
    """Text, cut so that every fragment ends one event and brings the first bytes of the next."""
    whole = [event(chunk(piece)) for piece in pieces]
    heads = [b"", *(one[:3] for one in whole[1:])]
    return [
        one[len(head) :] + following for one, head, following in zip(whole, heads, [*heads[1:], b"dat"], strict=True)
    ]


def cut(body: bytes, marks: Sequence[bytes]) -> list[bytes]:
    """Cut the body inside each of the marks, wherever they occur."""
    places = {0, len(body)}
    for mark in marks:
        place = body.find(mark)
        assert place >= 0, f"{mark!r} is not in the body"
        while place >= 0:
            places.add(place + (len(mark) + 1) // 2)
            place = body.find(mark, place + 1)
    ordered = sorted(places)
    return [body[start:end] for start, end in pairwise(ordered)]


# The message that every client must read: text of all kinds, two calls, token counts.
TEXT = 'Ünï 漢字 \U0001f600 "quoted" \\ line\nline\u2028separator, \u0085 too'
BODY = b"".join(
    (
        "\ufeff: keep-alive\n\n".encode(),
        event(chunk("", role="assistant")),
        event(chunk('Ünï 漢字 \U0001f600 "quoted"')).replace(b"\n\n", b"\r\n\r\n"),
        b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":" \\\\ line\\u000aline"}}]}\r\r',
        event(chunk("\u2028separator, \u0085 too")),
        event(chunk(tool_calls=[{"index": 0, "id": "c1", "type": "function", "function": {"name": "weather"}}])),
        event(chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"city": "Zü'}}])),
        event(chunk(tool_calls=[{"index": 0, "function": {"arguments": 'rich"}'}}])),
        event(chunk(tool_calls=[{"index": 1, "id": "c2", "function": {"name": "time", "arguments": "{}"}}])),
        event(chunk(finish="tool_calls")),
        event(usage(9, 12)),
        DONE,
    )
)
FRAGMENTS = cut(
    BODY,
    [
        "\ufeff".encode(),
        "ü".encode(),
        "漢".encode(),
        "\U0001f600".encode(),
        "\u2028".encode(),
        b"data: ",
        b"\r\n",
        b"\r\n\r\n",
        b"\n\n",
        b"\r\r",
        b"\\u000a",
        b'\\"',
        b"\\\\",
        b"DONE",
    ],
)
WHOLE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "m-1",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": TEXT,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city": "Zürich"}'},
                    },
                    {"id": "c2", "type": "function", "function": {"name": "time", "arguments": "{}"}},
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
}
