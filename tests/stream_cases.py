"""Bodies, and the events, messages and errors they come to."""

from __future__ import annotations

from typing import Any

from ssemble import (
    DIALECTS,
    ChoiceEnd,
    IncompleteStream,
    InvalidJSON,
    MessageStart,
    ProtocolError,
    ProviderError,
    RawEvent,
    SsembleError,
    StreamError,
    TextDelta,
    UnknownDialect,
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
    "usage behind stop": (sse(SAY, STOP, {"choices": [], "usage": {"a": 1}}), [START, HI, UsageUpdate({"a": 1}), END]),
    "no last blank line": (sse(SAY) + sse(STOP)[:-1], [START, HI, END]),
    "no last line end": (sse(SAY) + sse(STOP)[:-2], [START, HI, END]),
    "other payloads": (
        sse({"type": "ping"}, SAY, 5) + b"event: x\n" + sse({"a": 1}, STOP),
        [RawEvent("message", {"type": "ping"}), START, HI, RawEvent("message", 5), RawEvent("x", {"a": 1}), END],
    ),
    "bytes after done": (sse(SAY, "[DONE]", SAY, "bad"), [START, HI, ChoiceEnd(0, None, None)]),
    "bad JSON behind stop": (sse(SAY, STOP, "{bad", "[DONE]"), [START, HI, END]),
    "a whole chunk before another": (sse(SAY)[:-2] + sse(STOP), [START, HI, END]),
    "comments": (b": hi\n\n" + sse(SAY) + b": hi\n\n" + sse(STOP), [START, HI, END]),
}

# bytes -> events, the error, its words, the text so far
FAULTS: dict[str, tuple[bytes, list[Any], type[SsembleError], str, str]] = {
    "empty": (b"", [], IncompleteStream, "the stream ended before any message began", ""),
    "done alone": (b": hi\n\n" + sse("[DONE]"), [], IncompleteStream, "before any message began", ""),
    "done after no choice": (sse({"choices": []}, "[DONE]"), [], IncompleteStream, "before any choice began", ""),
    "a page of text": (b"Not Found\n", [], ProviderError, "a page of text, not an event stream: 'Not Found'", ""),
    "a page of HTML": (b"<h1>oh</h1>", [], ProviderError, "a page of HTML", ""),
    "a dialect that nobody knows": (
        sse({"a": 1}, "[DONE]"),
        [RawEvent("message", {"a": 1})],
        UnknownDialect,
        f"""no known dialect; the first is "{{'a': 1}}"; known are: {', '.join(DIALECTS)}""",
        "",
    ),
    "a dialect that is not read": (
        b"event: ping\n" + sse(5, {"event_type": "text-generation", "text": "Hi"}),
        [RawEvent("ping", 5), RawEvent("message", {"event_type": "text-generation", "text": "Hi"})],
        UnknownDialect,
        "the payloads look like Cohere's older API; the first is '5'",
        "",
    ),
    "lines that are not read": (
        b'{"token": {"text": "Hi"}, "generated_text": null}\n',
        [RawEvent("message", {"token": {"text": "Hi"}, "generated_text": None})],
        UnknownDialect,
        "Hugging Face text generation",
        "",
    ),
    "data behind a time": (b"10:00 " + sse(SAY, STOP, "[DONE]"), [START, HI, END], StreamError, "'10:00 data: {", "Hi"),
    "words at the end": (sse(SAY) + b"upstream timed out\n", [START, HI], IncompleteStream, "unrecognised line: 'upstream", "Hi"),
    "cut between events": (sse(SAY), [START, HI], IncompleteStream, "before the message was complete", "Hi"),
    "cut inside an event": (sse(SAY) + b'data: {"cho', [START, HI], IncompleteStream, "ends inside an event", "Hi"),
    "cut behind stop": (sse(SAY, STOP) + b'data: {"us', [START, HI, END], IncompleteStream, "ends inside an event", "Hi"),
    "one of two choices ended": (
        sse(SAY, chunk({}, "stop", index=1)),
        [START, HI, ChoiceEnd(1, "stop", "stop")],
        IncompleteStream,
        "before the message was complete",
        "Hi",
    ),
    "bad JSON": (sse(SAY, "{bad", STOP), [START, HI], InvalidJSON, "not JSON: '{bad'", "Hi"),
    "an error": (sse(SAY, {"error": "busy"}, "[DONE]"), [START, HI], ProviderError, "busy", "Hi"),
    "an error beside choices": (sse({**SAY, "error": "busy"}), [START, HI], ProviderError, "busy", "Hi"),
    "an error behind stop": (sse(SAY, STOP, {"error": "busy"}), [START, HI, END], ProviderError, "busy", "Hi"),
    "an error at the end": (sse(SAY) + b'data: {"error": "busy"}', [START, HI], ProviderError, "busy", "Hi"),
    "a wrong shape": (sse(SAY, {"choices": 5}, STOP), [START, HI], ProtocolError, "expected a list", "Hi"),
    "a wrong shape behind events": (
        sse({"choices": [SAY["choices"][0], 5]}, STOP),
        [START, HI],
        ProtocolError,
        "expected a choice object",
        "Hi",
    ),
    "a whole message before a wrong shape": (
        sse({"choices": [{"message": {"content": "Hi"}}]}, {"choices": 5}),
        [START, HI],
        ProtocolError,
        "expected a list",
        "Hi",
    ),
    "two faults": (sse(SAY, {"choices": 5}, "{bad"), [START, HI], ProtocolError, "expected a list", "Hi"),
}  # fmt: skip
