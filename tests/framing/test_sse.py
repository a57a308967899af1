"""Lines to server-sent events."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import pytest

from ssemble import LimitExceeded, Limits, ServerSentEvent, SSEParser
from ssemble._framing.event import RETRY_DIGITS

from ..helpers import all_chunkings, assert_movable, assert_same_error, assert_sticky, cuts
from .framed import Framed
from .sse_cases import CASES, FRAGMENTS, LIMITED

Event = ServerSentEvent

each_case = pytest.mark.parametrize(("data", "events"), CASES.values(), ids=list(CASES))


@each_case
def test_events_however_cut(data: bytes, events: list[Event]) -> None:
    assert all_chunkings(SSEParser, data) == (events, None)


@each_case
def test_it_moves_at_every_byte(data: bytes, events: list[Event]) -> None:
    assert_movable(SSEParser, data)


def test_an_event_is_given_with_the_byte_that_ends_it() -> None:
    parser = SSEParser()
    given = [
        (at, event.data) for at in range(26) for event in parser.feed(b"data: a\r\rdata: b\r\n\r\ndata"[at : at + 1])
    ]
    assert given == [(8, "a"), (18, "b")]


def test_offsets_are_those_of_the_first_line_of_an_event() -> None:
    data = b"\xef\xbb\xbf\n: c\nid: 1\n\nevent: x\r\ndata: a\r\n\r\nzap\ndata: b\n\n"
    for fragments in cuts(data):
        parser = Framed()
        offsets = [getattr(item, "offset", None) for fragment in fragments for item in parser.feed(fragment)]
        assert offsets == [data.index(b"event"), data.index(b"zap"), data.index(b"zap")]


@pytest.mark.parametrize(
    ("value", "retry"),
    [
        (b"0", 0),
        (b"1500", 1500),
        (b"007", 7),
        (b"9" * RETRY_DIGITS, int("9" * RETRY_DIGITS)),
        (b"0" * 5000 + b"5", 5),
        (b"9" * (RETRY_DIGITS + 1), 3),
        (b"", 3),
        (b" 5", 3),
        (b"5 ", 3),
        (b"+5", 3),
        (b"-5", 3),
        (b"1.5", 3),
        (b"1_000", 3),
        ("٣".encode(), 3),
        (b"5\0", 3),
    ],
    ids=lambda value: str(value)[:12],
)
def test_retry_is_ascii_digits_only(value: bytes, retry: int) -> None:
    parser = SSEParser()
    assert parser.retry is None
    parser.feed(b"retry: 3\nretry: " + value)
    assert parser.retry == 3
    parser.feed(b"\n")
    assert parser.retry == retry


def test_retry_takes_as_many_digits_as_int_does_under_every_setting() -> None:
    assert getattr(sys.int_info, "str_digits_check_threshold", 640) == RETRY_DIGITS


def test_the_last_event_id_changes_at_the_blank_line() -> None:
    parser = SSEParser("start")
    assert parser.last_event_id == "start"
    parser.feed(b"data: a\n\nid: 1\n")
    assert parser.last_event_id == "start"
    parser.feed(b"\n")
    assert parser.last_event_id == "1"
    parser.feed(b"id\n\n")
    assert parser.last_event_id == ""


def test_a_stream_that_was_ended_takes_no_more() -> None:
    parser = SSEParser()
    parser.feed(b"data: a")
    assert parser.end() == []
    with pytest.raises(RuntimeError, match="after end"):
        parser.feed(b"\n\n")


def test_the_first_events_carry_the_id_given() -> None:
    assert SSEParser("start").feed(b"data: a\n\n") == [Event("a", id="start")]


@pytest.mark.parametrize(
    ("data", "pending"),
    [
        (b"", 0),
        (b"da", 2),
        (b"data: a\n", 8),
        (b"data: a\nda", 10),
        (b"x\n\ndata: a\nda", 10),
        (b"data: a\n\n", 0),
        (b"x\n\ndata: a\n\n:c", 2),
        (b"\xef\xbb", 2),
    ],
)
def test_pending_is_the_unfinished_block(data: bytes, pending: int) -> None:
    parser = SSEParser()
    parser.feed(data)
    assert parser.pending == pending


@pytest.mark.parametrize(
    ("data", "flushed"),
    [
        (b"data: a\n\n", []),
        (b"data: a\n", [Event("a")]),
        (b"data: a\r", [Event("a")]),
        (b"data: a", [Event("a")]),
        (b"data: a\nevent: x\nid: 1", [Event("a", "x", "1")]),
        (b"event: x", []),
        (b"data", [Event("")]),
        (b"dat", []),
        (b"", []),
    ],
)
def test_the_end_discards_the_unfinished_block_unless_flushed(data: bytes, flushed: list[Event]) -> None:
    for fragments in cuts(data):
        for flush, given in ((False, []), (True, flushed)):
            parser = SSEParser(flush=flush)
            for fragment in fragments:
                parser.feed(fragment)
            assert parser.end() == given
            assert parser.pending == 0
            assert parser.end() == []
            with pytest.raises(RuntimeError, match=r"after end.*new parser"):
                parser.feed(b"")


@pytest.mark.parametrize(("data", "events", "offset"), LIMITED.values(), ids=list(LIMITED))
def test_max_event_size(data: bytes, events: list[Event], offset: int | None) -> None:
    def make(flush: bool = False) -> SSEParser[Event]:
        return SSEParser(limits=Limits(max_event_size=10), flush=flush)

    found, error = all_chunkings(make, data)
    assert found == events
    assert_movable(make, data)
    if offset is None:
        assert error is None
        return
    parser = make()
    assert parser.feed(data) == events
    fault = assert_sticky(parser, LimitExceeded)
    assert isinstance(fault, LimitExceeded)
    assert (fault.what, fault.limit) == ("max_event_size", 10)
    assert "10 bytes" in str(fault)
    assert (fault.offset, fault.event) == (offset, len(events) + 1)
    assert parser.error is not None
    assert_same_error(fault, parser.error)
    parser = make(flush=True)
    assert (parser.feed(data), parser.end(), parser.end()) == (events, [], [])
    assert_sticky(parser, LimitExceeded)


def test_no_limit_and_no_nonsense_limit() -> None:
    assert SSEParser(limits=Limits(max_event_size=None)).feed(b"data: " + b"x" * 10**6 + b"\n\n") == [
        Event("x" * 10**6)
    ]
    with pytest.raises(ValueError, match="max_event_size is 0"):
        SSEParser(limits=Limits(max_event_size=0))


UNWANTED = [
    b":",
    b": x",
    b"x",
    b"dax",
    b"datax: ",
    b"dat ",
    b"ids",
    b"Data:",
    b"\xef\xbb\xbf:",
    b"\xef\xbbx",
    b" data:",
]
WANTED = [b"data:", b"event:", b"id:", b"retry:", b"\xef\xbb\xbfdata:"]


@pytest.mark.parametrize("limit", [10, None])
@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("line", UNWANTED)
def test_a_line_that_nobody_wants_is_skipped_whatever_its_length(line: bytes, end: bytes, limit: int | None) -> None:
    data = line + b"y" * 30 + end + b"data: a" + end + line + b"z" * 30 + end + b"data:b" + end + end + line + b"z" * 20
    assert all_chunkings(lambda: SSEParser(limits=Limits(max_event_size=limit)), data, end + end) == (
        [Event("a\nb")],
        None,
    )


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("limit", [1000, None])
@pytest.mark.parametrize("line", UNWANTED)
def test_a_line_that_nobody_wants_takes_no_memory(line: bytes, limit: int | None, size: int) -> None:
    parser = Framed(limits=Limits(max_event_size=limit), unknown=False, raw=False)
    parser.feed(b"data: a\n\n" if not line.startswith(b"\xef") else b"")
    before = len(pickle.dumps(parser))
    for at in range(len(line)):
        parser.feed(line[at : at + 1])
    for _ in range(5_000 // size):
        parser.feed(b"y" * size)
    written = (0 if line.startswith(b"\xef") else 9) + len(line) + 5_000
    assert len(pickle.dumps(parser)) < before + 50
    assert parser.pending == 5_000 + len(line.removeprefix(b"\xef\xbb\xbf"))
    assert (parser.error, parser.at_boundary) == (None, False)
    start = written - parser.pending
    assert [getattr(item, "offset", None) for item in parser.feed(b"\ndata: b\n\n")] == [start]


@pytest.mark.parametrize("size", [1, 700])
@pytest.mark.parametrize("line", UNWANTED)
def test_where_frames_stay_raw_it_takes_no_more_than_the_limit(line: bytes, size: int) -> None:
    parser = SSEParser(limits=Limits(max_event_size=1000))
    parser.feed(line)
    most = 0
    for _ in range(10_000 // size):
        parser.feed(b"y" * size)
        most = max(most, len(pickle.dumps(parser)))
    assert most < 3000
    assert parser.feed(b"\ndata: b\n\n") == [Event("b")]


@pytest.mark.parametrize("line", WANTED)
def test_a_line_that_is_wanted_is_held_to_the_limit(line: bytes) -> None:
    found, error = all_chunkings(
        lambda: SSEParser(limits=Limits(max_event_size=10)), line + b"y" * 30 + b"\ndata: a\n\n"
    )
    assert found == []
    assert error is not None
    assert "LimitExceeded" in error


@pytest.mark.parametrize(
    ("line", "comments", "ignored", "held"),
    [
        (b":23456789XY", False, True, False),
        (b":23456789XY", True, False, True),
        (b"x23456789XY", True, False, False),
        (b"x23456789XY", False, True, True),
    ],
)
def test_what_is_asked_for_is_held_to_the_limit(line: bytes, comments: bool, ignored: bool, held: bool) -> None:
    def make() -> Framed:
        return Framed(limits=Limits(max_event_size=10), comments=comments, unknown=ignored, flush=False)

    found, error = all_chunkings(make, b"data:1\n\n" + line + b"\ndata:2\n\n")
    assert (len(found), error is not None) == ((1, True) if held else (2, False))
    assert_movable(make, b"data:1\n\n" + line + b"\ndata:2\n\n")


@pytest.mark.parametrize(
    ("line", "offset"),
    [(b"retrXYZ", 22), (b"retXYZ", None), (b"datXYZ", None), (b"ret", None), (b"retr", 22), (b"data", 22)],
)
def test_the_bytes_that_fit_must_tell_that_nobody_wants_a_line(line: bytes, offset: int | None) -> None:
    """Or it would depend on the cut."""
    data = b"data:12\ndata:\ndata\n" + line + b"\n\n"  # three bytes are left
    _, error = all_chunkings(lambda: SSEParser(limits=Limits(max_event_size=7)), data)
    parser = SSEParser(limits=Limits(max_event_size=7))
    parser.feed(data)
    assert (error is None) is (offset is None)
    assert (parser.error and parser.error.offset) == offset


def test_retry_is_told_of_the_event_whose_block_sets_it() -> None:
    data = b"retry: 1\n\ndata: a\n\nretry: 2\ndata: b\nretry: 3\nretry: x\n\ndata: c\n\ndata: d\nretry: 4\n\n"
    events = [Event("a"), Event("b", retry=3), Event("c"), Event("d", retry=4)]
    assert all_chunkings(SSEParser, data) == (events, None)
    assert_movable(SSEParser, data)
    parser = SSEParser()
    parser.feed(data + b"retry: 5\n\nretry: 6")
    assert parser.retry == 5


def test_a_bom_is_no_part_of_an_event() -> None:
    all_chunkings(lambda: SSEParser(limits=Limits(max_event_size=1)), b"\xef\xbb\xbf\n")


def test_a_wrong_type_changes_nothing() -> None:
    parser = SSEParser()
    parser.feed(b"data: a")
    wrong: Any = "data: b"
    with pytest.raises(TypeError, match="takes bytes, not str"):
        parser.feed(wrong)
    assert parser.feed(b"\n\n") == [Event("a")]


def test_what_was_given_is_not_changed_by_what_comes() -> None:
    parser = SSEParser()
    first = parser.feed(b"id: 1\ndata: a\n\ndata: b\ndata: ")
    parser.feed(b"c\n\nid: 2\n\n")
    assert first == [Event("a", id="1")]


@pytest.mark.parametrize("limit", [10, 40, None])
@pytest.mark.parametrize("fragments", FRAGMENTS.values(), ids=list(FRAGMENTS))
def test_raw_frames_are_invisible(fragments: list[bytes], limit: int | None) -> None:
    limits = Limits(max_event_size=limit)
    raw = Framed("0", limits=limits, comments=True)
    plain = Framed("0", limits=limits, comments=True, raw=False)
    for fragment in [*fragments, b"data: z"]:
        if plain.error is not None:
            break
        told, expected = raw.feed(fragment), plain.feed(fragment)
        assert told == expected
        assert [getattr(item, "offset", None) for item in told] == [getattr(item, "offset", None) for item in expected]
        assert raw.state() == plain.state()


@each_case
def test_events_line_by_line(data: bytes, events: list[Event]) -> None:
    assert all_chunkings(lambda: Framed(unknown=False, flush=False, raw=False), data) == (events, None)


def test_the_name_of_an_event_without_data_is_told_with_ignored_lines() -> None:
    data = b"event: x\n\nevent: y\ndata: 1\n\nevent: z\n"
    parser = Framed()
    assert [getattr(item, "text", item) for item in parser.feed(data)] == ["event: x", ServerSentEvent("1", "y")]
    assert SSEParser().feed(data) == [ServerSentEvent("1", "y")]


@pytest.mark.parametrize(
    ("data", "end", "shown"),
    [
        (b"", False, "<SSEParser open, 0 events, 0 bytes>"),
        (b"data: a\n\ndata: b\n\nda", False, "<SSEParser open, 2 events, 18 bytes>"),
        (b"data: a\n\n", True, "<SSEParser ended, 1 events, 9 bytes>"),
        (b"data: a\n\ndata: 12345678\n", True, "<SSEParser failed, 1 events, 24 bytes>"),
    ],
)
def test_it_shows_how_far_it_is(data: bytes, end: bool, shown: str) -> None:
    parser = SSEParser(limits=Limits(max_event_size=10))
    parser.feed(data)
    if end:
        parser.end()
    assert repr(parser) == shown
