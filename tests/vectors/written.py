"""Messages as events, for the tests of the writers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import ssemble
from ssemble import (
    ChoiceEnd,
    MessageStart,
    MessageStream,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)

START = MessageStart("m1", "model-1", 1767225600)
USAGE = UsageUpdate(
    {
        "prompt_tokens": 30,
        "completion_tokens": 12,
        "total_tokens": 42,
        "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
)
STOP = ChoiceEnd(0, "stop", None)
CALLS = ChoiceEnd(0, "tool_calls", None)


def begin(index: int, name: str = "order", id: str | None = None, custom: bool = False) -> ToolCallStart:
    return ToolCallStart(0, index, f"call_{index}" if id is None else id, name, "custom" if custom else "function")


def args(index: int, text: str) -> ToolCallDelta:
    return ToolCallDelta(0, index, text)


def over(index: int, text: str = "{}") -> ToolCallEnd:
    return ToolCallEnd(0, index, ToolCall(f"call_{index}", "function", "order", text, index))


def signed(signature: str, part: int = 0, **more: Any) -> ReasoningDelta:
    return ReasoningDelta("", 0, more.get("kind", "text"), part, signature)


MESSAGES: dict[str, list[StreamEvent]] = {
    "text": [START, TextDelta("Hel"), TextDelta('lo \u2028 "é" \ud83d'), STOP, USAGE],
    "nothing": [START, STOP],
    "no start": [TextDelta("Hi"), STOP],
    "two parts": [START, TextDelta("One."), TextDelta("Two.", 0, 1), STOP],
    "reasoning": [START, ReasoningDelta("Hm"), ReasoningDelta("m."), TextDelta("A"), STOP],
    "signed": [START, ReasoningDelta("Hm."), signed("c2ln"), TextDelta("A"), STOP],
    "signed twice": [START, ReasoningDelta("A."), signed("czE"), ReasoningDelta("B.", part=1), signed("czI", 1), STOP],
    "summaries": [START, ReasoningDelta("A.", 0, "summary"), ReasoningDelta("B.", 0, "summary", 1), STOP],
    "redacted": [START, signed("b3A", kind="redacted"), TextDelta("A"), STOP],
    "signature of a call": [START, signed("c2ln", -1), begin(0), args(0, "{}"), over(0), CALLS],
    "call": [START, begin(0), args(0, '{"a"'), args(0, ":1}"), over(0, '{"a":1}'), CALLS, USAGE],
    "call without arguments": [START, begin(0), over(0, ""), CALLS],
    "text and calls": [
        START,
        TextDelta("Look."),
        begin(0),
        args(0, "{}"),
        over(0),
        begin(1),
        args(1, "{}"),
        over(1),
        CALLS,
    ],
    "interleaved": [
        *(START, begin(0), args(0, '{"a"'), begin(1), args(1, '{"b"'), args(0, ":1}"), args(1, ":2}")),
        *(over(1, '{"b":2}'), over(0, '{"a":1}'), CALLS),
    ],
    "text in a call": [START, begin(0), args(0, "{"), TextDelta("Wait"), TextDelta("."), args(0, "}"), over(0), CALLS],
    "text after a call": [START, begin(0), args(0, "{}"), over(0), TextDelta("Done."), CALLS],
    "custom call": [START, begin(0, custom=True), args(0, "print("), args(0, "'ü')"), over(0), CALLS],
    "cut call": [START, TextDelta("A"), begin(0), args(0, '{"a'), ChoiceEnd(0, "length", "length")],
    "cut calls": [START, begin(0), args(0, '{"a'), begin(1, custom=True), args(1, "x"), ChoiceEnd(0, "length", None)],
    "cut text": [START, TextDelta("A"), ChoiceEnd(0, "length", "length")],
    "no JSON": [START, begin(0), args(0, "{'a': 1}"), over(0, "{'a': 1}"), CALLS],
    "refusal": [START, TextDelta("Well. "), RefusalDelta("I can"), RefusalDelta("not."), STOP],
    "filtered": [START, TextDelta("A"), ChoiceEnd(0, "content_filter", None)],
}
"""Legal events of a choice. The unusual ones are in the tests of `MessageWriter`."""


def frames(data: bytes) -> list[tuple[str, Any]]:
    """The events in the bytes of a writer: name, and decoded data."""
    found = list(ssemble.iter_sse(data))
    assert data == b"" or data.endswith(b"\n\n")
    assert data.count(b"\n\n") == len(found)
    assert data.isascii()
    return [(each.event, each.data if each.data == "[DONE]" else json.loads(each.data)) for each in found]


def written(dialect: str, events: Sequence[Any], **options: Any) -> tuple[list[list[Any]], dict[str, int]]:
    """The payloads of each event and of the end, and the losses."""
    writer = ssemble.MessageWriter(dialect, **options)
    outputs = [*(writer.write(event) for event in events), writer.close()]
    return [[payload for _, payload in frames(output)] for output in outputs], writer.losses


def body(dialect: str, events: Sequence[Any]) -> bytes:
    return b"".join(ssemble.write_events(events, to=dialect))


def read(dialect: str, data: bytes) -> MessageStream:
    """Read the bytes of a writer; an error is in the stream."""
    stream = MessageStream(dialect)
    stream.feed(data)
    stream.end()
    return stream
