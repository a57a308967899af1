"""The parser of payloads as the layer above uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import InvalidJSON, Limits, RawEvent
from ssemble._payload_reader import PayloadReader

from .chunk_cases import A
from .helpers import assert_sticky, sse


def reader(**options: Any) -> PayloadReader:
    return PayloadReader(json.loads, errors="raise", **options)


@pytest.mark.parametrize("payload", [{"n": 1}, 5, "x", [[1]]], ids=str)
def test_a_payload_comes_with_the_name_of_its_event(payload: Any) -> None:
    (event,) = reader().decode(b"event: x\n" + sse(payload if type(payload) is not str else json.dumps(payload)))
    assert isinstance(event, RawEvent)
    assert (event.event, event.data) == ("x", payload[0] if type(payload) is list else payload)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"event: x\ndata: data: 1\n\n", "x"),
        (b"event: x\ndata: 1\ndata: 2\n\n", "x"),
        (b'event: x\ndata: {"te data: {}\n\n', "x"),
        (b"event: x\ndata: 1", "x"),
        (b"event: x\ndata: 1\ndata: {", "x"),
        (b"data: 1\n\n", "message"),
        (b'{"n": 1}\n', "message"),
        (b'{\n"n": 1}\n', "message"),
    ],
)
def test_a_payload_that_is_put_right_comes_with_a_name_too(data: bytes, name: str) -> None:
    parser = reader()
    found = [*parser.decode(data), *parser.finish()]
    assert {event.event for event in found if isinstance(event, RawEvent)} == {name}


def test_the_last_unknown_line_is_kept_for_the_report() -> None:
    parser = reader()
    parser.feed(b"\nFile not found\nreally\n")
    assert (parser.last_line, parser.doubt) == ("really", "")
    parser.feed(b"10:00 data: {}\n11:00 data: {}\n")
    assert parser.doubt == "10:00 data: {}"


@pytest.mark.parametrize(
    ("data", "boundary", "first"),
    [
        (sse(A), True, False),
        (sse(A) + b"data", False, True),
        (sse(A) + b"data\ndata", False, False),
        (sse(A) + b"{\n\n", False, False),
        (sse(A) + b"{\n\ndata", False, False),
        (sse(A, "[DONE]"), False, False),
        (sse("bad"), False, False),
        (b"", False, False),
    ],
)
def test_a_boundary_between_two_payloads_or_inside_the_first_line(data: bytes, boundary: bool, first: bool) -> None:
    parser = reader()
    parser.feed(data)
    assert (parser.at_boundary, parser.in_first_line) == (boundary, first)


def test_payloads_read_past_it_are_counted() -> None:
    parser = reader()
    parser.feed(sse(A))
    parser.advance(100, events=3)
    assert (parser.chunk_count, parser.events.lines.offset, parser.loads) == (4, 116, json.loads)
    parser.feed(sse("bad"))
    fault = assert_sticky(parser, InvalidJSON)
    assert isinstance(fault, InvalidJSON)
    assert (fault.event, fault.offset) == (5, 116)


def test_a_terminator_read_past_it_ends_the_stream() -> None:
    parser = reader()
    parser.feed(sse(A))
    parser.advance(50, events=2, done=True)
    assert (parser.chunk_count, parser.ended, parser.feed(sse(A)), parser.end()) == (2, True, [], [])


@pytest.mark.parametrize(("head", "known"), [(b"data: 1", True), (b"d", False), (b"\x1f\x8b", False)])
def test_the_first_bytes_are_looked_at_before_any_way_is_short(head: bytes, known: bool) -> None:
    parser = reader(limits=Limits(max_event_size=100))
    parser.begins_with(head)
    assert parser.remaining == (100 if known else 0)
    assert parser.at_boundary is known
