"""What the taught model answers, and how an answer is asked for: streamed and unstreamed."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import ssemble
from tests.trace import Trace, events_match_result, trace

from .differences import chunks_of, explain
from .llama import LlamaServer

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "array", "items": {"type": "integer"}}}, "required": ["city"]}  # fmt: skip

# What the model learned to answer to each message, when it is given the tools.
TAUGHT = {
    "hello": ["text"],
    "story": ["text"],
    "emoji": ["text"],
    "think": ["reasoning", "text"],
    "think only": ["reasoning"],
    "call": ["get_weather"],
    "two calls": ["get_weather", "ping"],
    "text call": ["text", "get_weather"],
    "think call": ["reasoning", "get_weather"],
    "no args": ["ping"],
    "bad call": ["get_weather"],
    "json": ["text"],
    "code": ["text"],
}

# A call that the request itself began: what the model adds to it is streamed, or no call at all.
BEGUN = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Łódź", "days": [1, 2, 3'
WHOLE = '<tool_call>\n{"name": "ping", "arguments": {}}\n</tool_call>'
UNKNOWN = '<tool_call>\n{"name": "nobody", "arguments": {}}\n</tool_call>'


class Answer(NamedTuple):
    """The streamed answer to a request, and the unstreamed one."""

    status: int
    streamed: Trace
    unstreamed_status: int
    unstreamed: Any
    differences: set[str]


def ask_twice(server: LlamaServer, path: str, request: dict[str, Any], **streamed_only: Any) -> Answer:
    """Ask twice; the stream comes to the same however it is cut, and whichever way it takes through the layers."""
    asked = {**request, **streamed_only}
    with server.stream(path, asked) as (status, pieces):
        fragments = list(pieces)
    streamed = trace(fragments)
    body = b"".join(fragments)
    assert trace([body]) == trace([body], templates=False) == streamed
    assert trace(body[at : at + 1] for at in range(len(body))) == streamed
    events_match_result(streamed.events, streamed.completion)
    unstreamed_status, unstreamed = server.ask(path, request)
    if unstreamed_status == 200:
        assert trace([json.dumps(unstreamed).encode()]).result == unstreamed
    named, unexplained = explain("llamacpp-taught", asked, chunks_of(body), streamed.result, unstreamed)
    if streamed.error is None:
        assert unexplained == []
    return Answer(status, streamed, unstreamed_status, unstreamed, named)


def assert_whole(got: Answer) -> Answer:
    """Assert that the server answered, and that the stream is whole."""
    assert (got.status, got.unstreamed_status) == (200, 200)
    assert got.streamed.error is None
    assert got.streamed.completion.complete
    return got


def said(message: ssemble.Message) -> list[str]:
    """What a message holds: its reasoning and its text, by these words, and its calls by their names."""
    parts = [word for word in ("reasoning", "text") if getattr(message, word)]
    return parts + [call.name for call in message.tool_calls]
