"""Bodies that a hostile server could send, each of any size and made fragment by fragment.

A table maps the name of an attack to its body, its full size, its size in the tests, and what must come of it: the
name of an error, or "" for a message. `benchmarks/attacks.py` measures them, `tests/test_attacks.py` tests them.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ssemble import Limits

Body = Callable[[int], Iterable[bytes]]
DONE = b"data: [DONE]\n\n"
LIMITS = Limits(max_event_size=2**20, max_message_size=2**19)
SMALL = Limits(max_event_size=2**15, max_message_size=2**15)
ROOMY = {"limits": Limits(max_event_size=2**15, max_message_size=2**19)}  # for a thousand choices, calls or counts
NONE = Limits(max_event_size=None, max_message_size=None)


class Attack(NamedTuple):
    body: Body
    size: int
    small: int
    raised: str = ""  # the error with errors="raise", as it begins
    reported: str | None = None  # the same with errors="event", where that makes a difference
    options: dict[str, Any] = {}


def event(text: str) -> bytes:
    return f"data: {text}\n\n".encode()


def delta(fields: str, index: object = 0, more: str = "") -> bytes:
    return event(f'{{"id":"c","choices":[{{"index":{index},"delta":{{{fields}}}}}]{more}}}')


def call(fields: str, function: str = "") -> bytes:
    return delta(f'"tool_calls":[{{{fields},"function":{{{function}}}}}]')


FIRST = call('"index":0,"id":"a"', '"name":"f","arguments":"{"')
OPEN = delta('"tool_calls":[' + ",".join(f'{{"index":{i},"function":{{"name":"f"}}}}' for i in range(600)) + "]")
PIECE = call('"index":0', '"arguments":"ab"')
TEXT = delta('"content":"ab"')


def repeated(*fragments: bytes, first: bytes = b"", last: bytes = DONE) -> Body:
    return lambda n: itertools.chain((first,), itertools.islice(itertools.cycle(fragments), n), (last,))


def each(make: Callable[[int], bytes], first: bytes = b"", last: bytes = DONE) -> Body:
    return lambda n: itertools.chain((first,), map(make, range(n)), (last,))


def packed(body: Body, size: int = 16384) -> Body:
    """The same bytes in fragments of about one size."""

    def fragments(n: int) -> Iterator[bytes]:
        held = bytearray()
        for fragment in body(n):
            held += fragment
            if len(held) >= size:
                yield bytes(held)
                held.clear()
        yield bytes(held)

    return fragments


def whole(body: Body) -> Body:
    return lambda n: (b"".join(body(n)),)


def by_byte(body: Body) -> Body:
    return lambda n: (bytes((byte,)) for fragment in body(n) for byte in fragment)


def one_event(before: str, repeated: str, after: str = "", terminated: bool = True) -> Body:
    """One line of n repetitions, 1,000 to a fragment."""

    def fragments(n: int) -> Iterator[bytes]:
        yield b"data: " + before.encode()
        for _ in range(n // 1000):
            yield (repeated * 1000).encode()
        yield (repeated * (n % 1000) + after).encode() + b"\n\n"
        if terminated:
            yield DONE

    return fragments


EVENT_LIMIT = "LimitExceeded: event is larger than max_event_size"
MESSAGE_LIMIT = "LimitExceeded: message is larger than max_message_size"
CHOICE_LIMIT = "LimitExceeded: message has more choices than max_choices"
CALL_LIMIT = "LimitExceeded: choice has more tool calls than max_tool_calls"
NESTING = "ProtocolError: expected at most 32 levels of nesting, got more"
NOTHING = "IncompleteStream: the stream ended before any message began"
NO_CHOICE = "IncompleteStream: the stream ended before any choice began"
FAULTY = "IncompleteStream: the stream ended before the message was complete: an error came before the terminator"
UNKNOWN = "UnknownDialect: no known dialect; the first is '{}'"
TEXT_PAGE = "ProviderError: the body is a page of text, not an event stream"

FRAMING: dict[str, Attack] = {
    "a line without end": Attack(repeated(b"x" * 1000, first=b"data: "), 5000, 100, EVENT_LIMIT),
    "an event of data lines without end": Attack(repeated(b"data: x\n" * 100), 10_000, 1000, EVENT_LIMIT),
    "an event of empty data lines without end": Attack(repeated(b"data\n" * 100), 20_000, 1000, EVENT_LIMIT),
    "comments without end": Attack(repeated(b": keep\n" * 100), 10_000, 100, NOTHING),
    "comments between blank lines": Attack(repeated(b":\n\n" * 100), 3000, 100, NOTHING),
    "unknown fields without end": Attack(repeated(b"x: y\n" * 100), 2000, 50, TEXT_PAGE, NOTHING),
    "a million blank lines": Attack(repeated(b"\n" * 1000, last=b""), 1000, 10, NOTHING),
    "a million blank lines, CR": Attack(repeated(b"\r" * 1000, last=b""), 1000, 10, NOTHING),
    "a million tiny events": Attack(packed(repeated(b"data\n\n")), 1_000_000, 10_000, NOTHING),
    "a million empty objects": Attack(packed(repeated(b"data: {}\n\n")), 300_000, 4000, UNKNOWN),
    "event ids that grow": Attack(each(lambda i: b"id: " + b"x" * i + b"\ndata: {}\n\n"), 2000, 300, UNKNOWN),
    "event names that grow": Attack(each(lambda i: b"event: " + b"x" * i + b"\ndata: {}\n\n"), 2000, 300, UNKNOWN),
    "many names in one event": Attack(repeated(b"event: " + b"x" * 1000 + b"\nid: y\n"), 10_000, 500, NOTHING),
    "retry of 100,000 digits": Attack(lambda n: (b"retry: " + b"9" * n + b"\n\n", TEXT, DONE), 100_000, 10_000),
    "line ends of CR only": Attack(packed(repeated(TEXT.replace(b"\n", b"\r"))), 50_000, 1000),
    "line ends of CRLF, cut in two": Attack(
        repeated(b'data: {"choices":[]}\r', b"\n", b"\r", b"\n", last=b""), 200_000, 4000, NO_CHOICE
    ),
    "byte order marks everywhere": Attack(
        repeated(b"\xef\xbb\xbf", TEXT, b"\xef\xbb\xbf\n\n"), 60_000, 1500
    ),
    "text, one byte at a time": Attack(by_byte(repeated(TEXT)), 10_000, 300),
    "blank lines, one byte at a time": Attack(by_byte(repeated(b"\n", last=b"")), 300_000, 5000, NOTHING),
    "64 MB in one line, limits lifted": Attack(
        one_event('{"choices":[{"index":0,"delta":{"content":"', "x" * 64, '"}}]}'), 1_000_000, 10_000,
        options={"limits": NONE},
    ),
    "64 MB in one line": Attack(
        one_event('{"choices":[{"index":0,"delta":{"content":"', "x" * 64, '"}}]}'), 1_000_000, 10_000, EVENT_LIMIT
    ),
}  # fmt: skip

BAD, HTML = "InvalidJSON: the data is not JSON", "ProviderError: the body is a page of HTML"
PAYLOADS: dict[str, Attack] = {
    "a page of HTML without end": Attack(repeated(b"<p>oh</p>\n" * 100), 5000, 500, EVENT_LIMIT),
    "a page of very short lines": Attack(
        repeated(b"ab\n" * 100, first=b"<html>\n", last=b""), 3000, 100, HTML, NOTHING
    ),
    "a page of lines of one ideograph": Attack(
        repeated("字\n".encode() * 100, first=b"<html>\n", last=b""), 2500, 75, HTML, NOTHING
    ),
    "blanks behind a title": Attack(
        repeated(b" " * 1000, first=b"<html><title>", last=b""), 900, 30, HTML, NOTHING
    ),
    "titles without end": Attack(
        repeated(b"<title " * 100, first=b"<html>", last=b""), 1400, 40, HTML, NOTHING
    ),
    "bare JSON without end": Attack(
        repeated(b"1,\n" * 100, first=b'[{"a":[\n', last=b""), 3000, 100, "IncompleteStream: the "
    ),
    "bare JSON, and more of it": Attack(repeated(b"{\n" * 100, first=b"[\n"), 10_000, 500, EVENT_LIMIT),
    "bare errors": Attack(
        repeated(b'{"error":"busy"}\n'), 30_000, 1000, "ProviderError: busy", NOTHING
    ),
    "doubled data prefixes": Attack(one_event("", "data: ", "{}"), 170_000, 5000, UNKNOWN),
    "100,000 brackets": Attack(one_event("", "[", terminated=False), 100_000, 10_000, BAD, NOTHING),
    "100,000 brackets, closed": Attack(
        lambda n: (event('{"x":' + "[" * n + "]" * n + "}"), DONE), 100_000, 10_000, BAD
    ),
    "31 levels in an unknown field": Attack(
        repeated(delta("", more=',"x":' + "[" * 31 + "]" * 31)), 4000, 100
    ),
    "900 levels in each field": Attack(
        each(lambda i: delta('"content":"ab"', more=f',"x{i}":' + "[" * 900 + "]" * 900)), 1000, 50,
        NESTING, FAULTY,
    ),
    "a content of 900 levels": Attack(
        repeated(delta('"content":' + "[" * 900 + "]" * 900)), 1000, 50, NESTING, FAULTY
    ),
    "a number of a million digits": Attack(
        lambda n: (event('{"choices":[],"x":' + "9" * n + "}"), DONE), 1_000_000, 20_000, BAD, NOTHING
    ),
    "a fraction of a million digits": Attack(
        lambda n: (event('{"choices":[],"x":0.' + "9" * n + "}"), DONE), 1_000_000, 20_000, NO_CHOICE
    ),
    "numbers of 4,300 digits": Attack(
        repeated(delta('"x":[' + "9" * 4300 + "]")), 3000, 300, MESSAGE_LIMIT
    ),
    "NaN and Infinity": Attack(repeated(delta('"x":[NaN,Infinity,-Infinity]')), 20_000, 500),
    "duplicate keys": Attack(one_event("{", '"x":1,', '"choices":[]}'), 150_000, 4000, NO_CHOICE),
    "escaped texts": Attack(repeated(delta(r'"content":"\u00e9\n\"\\\t"')), 60_000, 1000),
    "arrays of empty objects": Attack(one_event("[", "{},", "{}]"), 200_000, 9000, UNKNOWN),
    "arrays of empty lists": Attack(one_event("[", "[],", "[]]"), 200_000, 9000, UNKNOWN.replace("{}", "[]")),
    "errors": Attack(
        packed(repeated(event('{"error":{"message":"busy"}}'))), 100_000, 2000, "ProviderError: busy", NOTHING
    ),
    "payloads that are not JSON": Attack(packed(repeated(event("{"))), 50_000, 1000, BAD, NOTHING),
}  # fmt: skip

NO_INDEX = "ProtocolError: expected an integer index, got {}"
NO_CHOICE_INDEX = "ProtocolError: expected a choice index of 0 or more, got -1"
CHOICES: dict[str, Attack] = {
    f"choice index {index:.20}": Attack(
        repeated(delta('"content":"ab"', index)), 20_000, 500, raised, NO_CHOICE if raised else None
    )
    for index, raised in {
        "1" + "0" * 18: "", "-1": NO_CHOICE_INDEX, "true": NO_INDEX.format("True"), "1.5": NO_INDEX.format(1.5),
        '"7"': "", '"x"': NO_INDEX.format("'x'"), "null": "", "[]": NO_INDEX.format("[]"),
    }.items()
} | {
    "a million choices": Attack(
        each(lambda i: delta("", i)), 1_000_000, 3000, CHOICE_LIMIT, options=ROOMY
    ),
    "choices of colliding hash": Attack(
        each(lambda i: delta("", (i % 1000) * sys.hash_info.modulus)), 30_000, 1000, options=ROOMY
    ),
}  # fmt: skip

CALLS: dict[str, Attack] = {
    "a million calls": Attack(
        each(lambda i: call(f'"index":{i}', '"name":"f"')), 1_000_000, 3000,
        CALL_LIMIT, options=ROOMY,
    ),
    "a million calls without a name": Attack(
        each(lambda i: call(f'"index":{i}')), 1_000_000, 3000, CALL_LIMIT, options=ROOMY,
    ),
    "a call at 10**18": Attack(
        repeated(call('"index":1000000000000000000', '"arguments":"ab"')), 20_000, 500
    ),
    "ids without end, with a name": Attack(
        each(lambda i: call(f'"index":0,"id":"{i}"', '"name":"f","arguments":"{}"')),
        1_000_000, 3000, CALL_LIMIT, options=ROOMY,
    ),
    "ids without end, without one": Attack(
        each(lambda i: call(f'"index":0,"id":"c{i:09}"')), 1_000_000, 20_000, MESSAGE_LIMIT
    ),
    "names in pieces without end": Attack(repeated(call('"index":0', '"name":"ab"')), 50_000, 1000),
    "names that grow": Attack(
        each(lambda i: call('"index":0', f'"name":"{"n" * i}"')), 900, 200
    ),
    "arguments of one ideograph, without a name": Attack(
        repeated(call('"index":0', '"arguments":"字"'), first=call('"index":0,"id":"a"')), 60_000, 1500
    ),
    "arguments by one character, with braces": Attack(
        repeated(*(call('"index":0', f'"arguments":"{c}"') for c in "{}[]ab"), first=FIRST), 60_000, 1500
    ),
    "the same, in one fragment": Attack(
        whole(repeated(*[PIECE] * 999, call('"index":0', '"arguments":"{"'), first=FIRST)),
        30_000, 1500,
    ),
    "no index, and braces": Attack(
        repeated(delta('"tool_calls":[{"function":{"arguments":"{"}}]'), first=FIRST), 40_000, 1000
    ),
    "reasons for 600 open calls": Attack(
        repeated(event('{"choices":[{"index":0,"finish_reason":"length"}]}'), first=OPEN), 32_000, 100, options=ROOMY
    ),
}  # fmt: skip
