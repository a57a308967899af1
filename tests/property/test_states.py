"""Every state meets every kind of input, in each layer: what comes of it does not depend on the cut between them."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

import ssemble
from ssemble._framing.lines import LineSplitter
from tests.framing.whatwg import interpret
from tests.helpers import call, chunk, sse
from tests.property.test_sse import read
from tests.trace import chunk_trace, trace

# Bytes after which the framing stands in another state; each is made of those that it needs.
FRAMING: dict[str, bytes] = {
    "the start": b"",
    "one byte of a BOM": b"\xef",
    "two bytes of a BOM": b"\xef\xbb",
    "behind a BOM": b"\xef\xbb\xbf",
    "behind two BOMs": b"\xef\xbb\xbf" * 2,
    "between events": b"data: 1\n\n",
    "between events, behind a CR": b"data: 1\r\r",
    "between events, behind a CRLF": b"data: 1\r\n\r\n",
    "in a field name": b"dat",
    "behind a field name": b"data",
    "behind the colon": b"data:",
    "behind the space": b"data: ",
    "in a value": b"data: x",
    "in a character": b"data: \xe4\xb8",
    "behind a value's CR": b"data: x\r",
    "behind a value's LF": b"data: x\n",
    "behind two values": b"data: x\ndata: y\n",
    "in a second value": b"data: x\ndata: y",
    "behind an empty value": b"data\n",
    "in an event's name": b"event: na",
    "behind an event's name": b"event: name\n",
    "behind a name and a value": b"event: name\ndata: x\n",
    "in an id": b"id: 4",
    "behind an id": b"id: 4\n",
    "behind an id with NUL": b"id: 4\0\n",
    "in a retry": b"retry: 1",
    "behind a retry": b"retry: 1\n",
    "in a comment": b": x",
    "behind a comment": b": x\n",
    "in a line that is no field": b"hello",
    "behind a line that is no field": b"hello\n",
}
INPUTS: dict[str, bytes] = {
    "nothing": b"",
    "LF": b"\n",
    "CR": b"\r",
    "CRLF": b"\r\n",
    "a blank line": b"\n\n",
    "two blank lines in CRLF": b"\r\n\r\n\r\n",
    "a colon": b":",
    "a space": b" ",
    "a letter": b"a",
    "a digit": b"7",
    "NUL": b"\0",
    "no UTF-8": b"\xff",
    "the rest of a character": b"\x96",
    "a BOM": b"\xef\xbb\xbf",
    "the rest of a BOM": b"\xbb\xbf",
    "LINE SEPARATOR": "\u2028".encode(),
    "NEL": "\x85".encode(),
    "a value": b"data: z\n",
    "an event": b"data: z\n\n",
    "an event in CRLF": b"data: z\r\n\r\n",
    "a name": b"event: e\n",
    "an id": b"id: 9\n",
    "no id": b"id\n",
    "a retry": b"retry: 30\n",
    "no retry": b"retry: 3x\n",
    "a comment": b": c\n",
    "an unknown field": b"dat: a\n",
    "a field in capitals": b"Data: a\n",
}
ENDS = (b"", b"\n\n", b"data: end\n\n")

states = pytest.mark.parametrize("state", FRAMING.values(), ids=list(FRAMING))


@states
def test_lines(state: bytes) -> None:
    for (name, given), end in itertools.product(INPUTS.items(), ENDS):
        body = state + given + end
        *expected, tail = re.split(b"\r\n|\r|\n", body.removeprefix(b"\xef\xbb\xbf"))
        lines = LineSplitter()
        found = [line for piece in (state, given, end) for line in lines.feed(piece)]
        assert (found + lines.end(flush=True)) == expected + [tail] * bool(tail), name


@states
def test_server_sent_events(state: bytes) -> None:
    for (name, given), end in itertools.product(INPUTS.items(), ENDS):
        expected = interpret(state + given + end)
        for cut in ([state, given, end], [state + given, end], [state, given + end]):
            assert read(cut) == expected, (name, cut)


A, B = json.dumps(chunk({"content": "a"})), json.dumps(chunk({"content": "b"}))
# Bytes after which the decoder, or the message, stands in another state.
PAYLOADS: dict[str, bytes] = {
    "between payloads": sse(A),
    "in a payload": sse(A) + b'data: {"choices": [',
    "behind a payload's line": sse(A) + f"data: {B}\n".encode(),
    "behind half a payload's line": sse(A) + b'data: {"choices":\n',
    "in a body of JSON": b'{\n"choices": [',
    "behind a line of such a body": b'{\n"choices": [],\n',
    "in a body of HTML": b"<html>\n<title>5",
    "behind a bare payload": A.encode() + b"\n",
    "in an error's field": b'error: {"message": ',
    "in an error's event": b"event: error\ndata: ",
    "behind an error's name": b"event: error\n",
    "behind an error": sse(A, '{"error": {"message": "no"}}'),
    "behind bad JSON": sse(A, "{bad"),
    "in a terminator": sse(A) + b"data: [DO",
    "behind a terminator's line": sse(A) + b"data: [DONE]\n",
    "behind the terminator": sse(A, "[DONE]"),
    "behind one of another shape": sse('{"type": "ping"}'),
}
MESSAGES: dict[str, bytes] = {
    "a role": sse(chunk({"role": "assistant"})),
    "text": sse(chunk({"content": "a"}), chunk({"content": "b"})),
    "half a pair": sse(json.dumps(chunk({"content": "a\ud83d"}))),
    "parts": sse(chunk({"content": [{"type": "text", "text": "a"}]})),
    "reasoning": sse(chunk({"reasoning": "a"})),
    "a call without a name": sse(call(0, id="x")),
    "a call": sse(call(0, id="x", name="f", arguments="")),
    "arguments": sse(call(0, id="x", name="f", arguments='{"a":')),
    "whole arguments": sse(call(0, id="x", name="f", arguments="{}")),
    "two calls": sse(call(0, id="x", name="f", arguments="{}"), call(1, id="y", name="g", arguments="")),
    "a finish": sse(chunk({"content": "a"}, "stop")),
    "a call and a finish": sse(call(0, id="x", name="f", arguments="{}"), chunk({}, "tool_calls")),
    "two choices": sse(chunk({"content": "a"}), chunk({"content": "b"}, index=1)),
    "a snapshot": sse({"choices": [{"index": 0, "message": {"content": "a"}}]}),
    "usage": sse({"choices": [], "usage": {"total_tokens": 3}}),
}
LINES: dict[str, bytes] = {
    "nothing": b"",
    "LF": b"\n",
    "a blank line": b"\n\n",
    "a brace": b"}",
    "brackets": b"]}\n\n",
    "a payload": sse(B),
    "a payload in CRLF": f"data: {B}\r\n\r\n".encode(),
    "two payloads": sse(B, B),
    "payloads without a blank line": f"data: {A}\ndata: {B}\n\n".encode(),
    "a bare payload": f"{B}\n".encode(),
    "a list of payloads": sse(f"[{A}, {B}]"),
    "null": sse("null"),
    "a number": sse("7"),
    "bad JSON": sse("{bad"),
    "no data": b"data\n\n",
    "a comment": b": ping\n\n",
    "a terminator": sse("[DONE]"),
    "the rest of a terminator": b"NE]\n\n",
    "a terminator as text": sse('"[DONE]"'),
    "an error": sse('{"error": "no"}'),
    "an error's event": b"event: error\n" + sse("no"),
    "an error's field": b"error: no\n",
    "text": sse(chunk({"content": "c"})),
    "the other half of a pair": sse(json.dumps(chunk({"content": "\ude00"}))),
    "no text": sse(chunk({"content": ""}), chunk({"content": None}), chunk({})),
    "parts": sse(chunk({"content": [{"type": "text", "text": "c"}]})),
    "refusal": sse(chunk({"refusal": "c"})),
    "reasoning under two names": sse(chunk({"reasoning": "c", "reasoning_content": "c"})),
    "a name": sse(call(0, name="f")),
    "arguments": sse(call(0, arguments=" 1}")),
    "arguments without an index": sse(call(None, arguments="{}")),
    "a call": sse(call(1, id="z", name="h", arguments="{}")),
    "a call at the same index": sse(call(0, id="z", name="h", arguments="{")),
    "a function call": sse(chunk({"function_call": {"name": "f", "arguments": "{}"}})),
    "a finish": sse(chunk({}, "stop")),
    "another finish": sse(chunk({}, "length")),
    "another choice": sse(chunk({"content": "c"}, index=3)),
    "a snapshot": sse({"choices": [{"index": 0, "message": {"content": "c"}}]}),
    "usage": sse({"choices": [], "usage": {"prompt_tokens": 1}}),
    "choices that are none": sse('{"choices": 7}'),
    "a delta that is none": sse(chunk(7)),
}
DONE = (b"", sse("[DONE]"))


@pytest.mark.parametrize("state", (PAYLOADS | MESSAGES).values(), ids=list(PAYLOADS | MESSAGES))
def test_payloads_and_messages(state: bytes) -> None:
    modes: tuple[Any, ...] = ("raise", "event")
    for (name, given), end, mode in itertools.product(LINES.items(), DONE, modes):
        body = state + given + end
        payloads, message = chunk_trace([body], mode), trace([body], errors=mode)
        for cut in ([state, given, end], [state + given, end], [body[:1], body[1:-1], body[-1:]]):
            assert chunk_trace(cut, mode) == payloads, (name, cut)
            assert trace(cut, errors=mode) == message == trace(cut, errors=mode, templates=False), (name, cut)


TEXTS = [
    '{"a',
    '": ',
    "[",
    "1",
    "2",
    ", ",
    "]",
    "}",
    '"',
    "\\",
    "n",
    "\\u00",
    "e9",
    "tr",
    "ue",
    "-",
    ".5",
    " ",
    "x",
    "",
]


def test_partial_json() -> None:
    """Every text of three pieces: the value does not depend on where they are cut, or when one looks."""
    for first in TEXTS:
        for second in TEXTS:
            for third in TEXTS:
                whole, looked = ssemble.PartialJSON(), ssemble.PartialJSON()
                whole.feed(first + second + third)
                for piece in (first, second, third):
                    looked.feed(piece)
                    looked.value  # noqa: B018  # a look is what may change it
                assert (whole.value, whole.open_path, whole.complete) == (
                    looked.value,
                    looked.open_path,
                    looked.complete,
                )
                assert str(whole.error) == str(looked.error)
