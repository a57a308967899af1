"""Splits for which other parsers take quadratic time, in ns per byte, with their floors."""

from __future__ import annotations

import json
from functools import partial

from benchmarks import contenders as c
from benchmarks.shapes import CUTTINGS, body_of_lines, chunks, frames, sized
from benchmarks.timing import Work, least

HUGE = 8000  # the shape makes this many kB
LINES = 100_000


class Bare:
    def feed(self, data: bytes) -> None:
        pass


def calls(fragments: list[bytes]) -> None:
    bare = Bare()
    for fragment in fragments:
        bare.feed(fragment)


def joined(fragments: list[bytes]) -> list[bytes]:
    """The payloads, looked for when all bytes are there."""
    body, payloads, start = b"".join(fragments), [], 0
    while (end := body.find(b"\n\n", start)) >= 0:
        payloads.append(body[start + 6 : end])
        start = end + 2
    return payloads


def joined_and_loaded(fragments: list[bytes]) -> int:
    return c.json_loads([payload for payload in joined(fragments) if payload != b"[DONE]"])


def lines_joined(fragments: list[bytes]) -> bytes:
    body = b"".join(fragments)
    return b"\n".join([line[6:] for line in body[:-2].split(b"\n")])


def lines_joined_and_loaded(fragments: list[bytes]) -> int:
    return len(json.loads(lines_joined(fragments)))


def one_byte() -> tuple[list[bytes], dict[str, Work]]:
    events = frames("text", 300)
    fragments = CUTTINGS["one byte"](events)
    assert c.sse_parser(fragments) == [event[6:-2].decode() for event in events]
    assert c.events_and_completion(fragments) == c.plainly(events)
    return fragments, {
        "floor: a bare method call": partial(calls, fragments),
        "ssemble: SSEParser": partial(c.sse_parser, fragments),
        "ssemble: events and completion": partial(c.events_and_completion, fragments),
    }


def one_line() -> tuple[list[bytes], dict[str, Work]]:
    fragments = CUTTINGS["1,400 bytes"](frames("huge event", HUGE))
    assert [data.encode() for data in c.sse_parser(fragments)] == joined(fragments)
    assert c.put_together(fragments).to_dict() == c.merged(chunks("huge event", HUGE)).to_dict()
    return fragments, {
        "floor: bytes.join and find": partial(joined, fragments),
        "floor: the same, json.loads(bytes)": partial(joined_and_loaded, fragments),
        "ssemble: SSEParser": partial(c.sse_parser, fragments),
        "ssemble: events and completion": partial(c.events_and_completion, fragments),
    }


def short_lines() -> tuple[list[bytes], dict[str, Work]]:
    fragments = sized(body_of_lines(LINES - 2), 1400)
    assert c.sse_parser(fragments) == [lines_joined(fragments).decode()]
    assert c.values(fragments) == [1] * lines_joined_and_loaded(fragments)
    return fragments, {
        "floor: bytes.join and split": partial(lines_joined, fragments),
        "floor: the same, json.loads(bytes)": partial(lines_joined_and_loaded, fragments),
        "ssemble: SSEParser": partial(c.sse_parser, fragments),
        "ssemble: ChunkParser": partial(c.values, fragments),
    }


WORST = {
    "one byte a fragment": one_byte,
    "one line of 8 MB in fragments of 1,400 bytes": one_line,
    f"one event of {LINES:,} short lines in fragments of 1,400 bytes": short_lines,
}


def cuttings(rounds: int) -> dict[str, dict[str, float]]:
    found = {}
    for name, prepare in WORST.items():
        fragments, work = prepare()
        size = sum(map(len, fragments))
        found[name] = {what: 1e9 * seconds / size for what, seconds in least(work, rounds).items()}
    return found
