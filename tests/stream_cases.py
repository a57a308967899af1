"""Bodies, and the events, messages and errors they come to."""

from __future__ import annotations

from typing import Any

from ssemble import (
    ChoiceEnd,
    IncompleteStream,
    InvalidJSON,
    MessageStart,
    ProtocolError,
    ProviderError,
    RawEvent,
    SsembleError,
    TextDelta,
    UsageUpdate,
)

from .helpers import call, chunk, sse

START, HI = MessageStart(None, None), TextDelta("Hi")
SAY, STOP = chunk({"content": "Hi"}), chunk({}, "stop")
END = ChoiceEnd(0, "stop", "stop")
CALLS = sse(call(id="1", name="f", arguments='{"a"'), call(arguments=': "é😀"}'), chunk({}, "tool_calls"), "[DONE]")

# bytes -> events; the message is complete
WHOLE: dict[str, tuple[bytes, list[Any]]] = {
    "stop and done": (sse(SAY, STOP, "[DONE]"), [START, HI, END]),
    "only stop": (sse(SAY, STOP), [START, HI, END]),
    "only done": (sse(SAY, "[DONE]"), [START, HI, ChoiceEnd(0, None, None)]),
    "done alone": (sse("[DONE]"), []),
    "usage behind stop": (sse(SAY, STOP, {"choices": [], "usage": {"a": 1}}), [START, HI, UsageUpdate({"a": 1}), END]),
    "no last blank line": (sse(SAY) + sse(STOP)[:-1], [START, HI, END]),
    "no last line end": (sse(SAY) + sse(STOP)[:-2], [START, HI, END]),
    "other payloads": (
        sse({"type": "ping"}, SAY, 5) + b"event: x\n" + sse({"a": 1}, STOP),
        [RawEvent("message", {"type": "ping"}), START, HI, RawEvent("message", 5), RawEvent("x", {"a": 1}), END],
    ),
    "nothing behind done": (sse(SAY, "[DONE]", SAY, "bad"), [START, HI, ChoiceEnd(0, None, None)]),
    "comments": (b": hi\n\n" + sse(SAY) + b": hi\n\n" + sse(STOP), [START, HI, END]),
}

# bytes -> events, the error, its words, the text so far
FAULTS: dict[str, tuple[bytes, list[Any], type[SsembleError], str, str]] = {
    "empty": (b"", [], IncompleteStream, "the stream ended before any message began", ""),
    "no stream at all": (b"Not Found\n", [], IncompleteStream, "the body begins with 'Not Found'", ""),
    "cut between events": (sse(SAY), [START, HI], IncompleteStream, "before the message was whole", "Hi"),
    "cut inside an event": (sse(SAY) + b'data: {"cho', [START, HI], IncompleteStream, "ends inside an event", "Hi"),
    "cut behind stop": (sse(SAY, STOP) + b'data: {"us', [START, HI, END], IncompleteStream, "ends inside an event", "Hi"),
    "other payloads only": (sse({"a": 1}), [RawEvent("message", {"a": 1})], IncompleteStream, "before the message was whole", ""),
    "one of two choices ended": (
        sse(SAY, chunk({}, "stop", index=1)),
        [START, HI, ChoiceEnd(1, "stop", "stop")],
        IncompleteStream,
        "before the message was whole",
        "Hi",
    ),
    "bad JSON": (sse(SAY, "{bad", STOP), [START, HI], InvalidJSON, "not JSON: '{bad'", "Hi"),
    "an error": (sse(SAY, {"error": "busy"}, "[DONE]"), [START, HI], ProviderError, "busy", "Hi"),
    "an error beside choices": (sse({**SAY, "error": "busy"}), [START, HI], ProviderError, "busy", "Hi"),
    "an error behind stop": (sse(SAY, STOP, {"error": "busy"}), [START, HI, END], ProviderError, "busy", "Hi"),
    "an error at the end": (sse(SAY) + b'data: {"error": "busy"}', [START, HI], ProviderError, "busy", "Hi"),
    "a wrong shape": (sse(SAY, {"choices": 5}, STOP), [START, HI], ProtocolError, "instead of a list", "Hi"),
    "a wrong shape behind events": (
        sse({"choices": [SAY["choices"][0], 5]}, STOP),
        [START, HI],
        ProtocolError,
        "instead of a choice",
        "Hi",
    ),
    "a whole message before a wrong shape": (
        sse({"choices": [{"message": {"content": "Hi"}}]}, {"choices": 5}),
        [START, HI],
        ProtocolError,
        "instead of a list",
        "Hi",
    ),
    "two faults": (sse(SAY, {"choices": 5}, "{bad"), [START, HI], ProtocolError, "instead of a list", "Hi"),
}  # fmt: skip
