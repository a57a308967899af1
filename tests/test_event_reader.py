"""The parser of server-sent events as the layer above uses it."""

from __future__ import annotations

import pytest

from ssemble import Comment, LimitExceeded, Limits, ServerSentEvent
from ssemble._event import UnknownField
from ssemble._event_reader import EventReader

from .helpers import all_chunkings, assert_sticky, run

Event = ServerSentEvent


def test_comments_and_ignored_lines_come_in_order_when_asked_for() -> None:
    data = b": x\ndata: a\n:y\nsorry: b\n\n<html>\n:\n"
    events = [Comment(" x"), Comment("y"), UnknownField("sorry: b"), Event("a"), UnknownField("<html>"), Comment("")]
    assert all_chunkings(lambda: EventReader(comments=True), data) == (events, None)
    assert run(EventReader(comments=True, ignored=False), [data])[0] == [
        item for item in events if type(item) is not UnknownField
    ]
    assert run(EventReader(), [data])[0] == [item for item in events if type(item) is not Comment]


def test_a_comment_begun_past_it_is_skipped() -> None:
    parser = EventReader()
    parser.feed(b"data: a\n\n")
    parser.begin_line(b": x")
    assert (parser.at_boundary, parser.in_first_line, parser.pending, len(parser.lines.buffer)) == (False, False, 3, 0)
    assert [event.offset for event in parser.feed(b"y\n\ndata: b\n\n")] == [9 + 6]


@pytest.mark.parametrize(
    ("data", "boundary", "first"),
    [
        (b"x\n\n", True, False),
        (b"x\n\nda", False, True),
        (b"x\n\ndata: a\n", False, False),
        (b"x\n\ndata: a\nda", False, False),
        (b"x\n\ndata: a\n\n", True, False),
        (b"x\n\ndata: a\r\r", False, False),
    ],
)
def test_a_boundary_between_two_events_or_inside_the_first_line(data: bytes, boundary: bool, first: bool) -> None:
    parser = EventReader()
    parser.feed(data)
    assert (parser.at_boundary, parser.in_first_line) == (boundary, first)


def test_events_read_past_it_are_counted() -> None:
    parser = EventReader(limits=Limits(max_event_size=10))
    assert [event.offset for event in parser.feed(b"data: a\n\n")] == [0]
    parser.advance(100, events=3)
    assert parser.lines.offset == 109
    assert [event.offset for event in parser.feed(b"data: a\n\ndata: 1\n")] == [109]
    assert parser.remaining == 9
    parser.feed(b"data: 12345")
    assert parser.error is not None
    assert (parser.error.event, parser.error.offset) == (6, 135)


@pytest.mark.parametrize("ahead", [b"data: a\n\n", b"\n", b"x"])
def test_first_bytes_that_begin_no_bom_need_no_waiting(ahead: bytes) -> None:
    parser = EventReader()
    assert parser.at_boundary is False
    parser.begins_with(ahead)
    assert parser.at_boundary
    assert parser.feed(b"data: a\n\n") == [Event("a")]


@pytest.mark.parametrize(("fed", "ahead"), [(b"", b"\xef"), (b"", b""), (b"\xef", b"data"), (b"da", b"data")])
def test_first_bytes_that_may_begin_one_are_waited_for(fed: bytes, ahead: bytes) -> None:
    parser = EventReader()
    parser.feed(fed)
    parser.begins_with(ahead)
    assert not parser.at_boundary


def test_a_line_begun_past_it_is_gone_on_with() -> None:
    parser = EventReader(limits=Limits(max_event_size=10))
    parser.feed(b"data: a\n\n")
    parser.begin_line(b"data: ")
    assert (parser.at_boundary, parser.in_first_line, parser.pending) == (False, True, 6)
    assert [(event.data, event.offset) for event in parser.feed(b"b\n\n")] == [("b", 9)]
    parser.begin_line(b"data: 1234")
    assert parser.feed(b"\n\n") == [Event("1234")]
    parser.begin_line(b"data: 1234")
    parser.feed(b"5")
    fault = assert_sticky(parser, LimitExceeded)
    assert isinstance(fault, LimitExceeded)
    assert (fault.event, fault.offset) == (4, 9 + 9 + 12 + 10)
