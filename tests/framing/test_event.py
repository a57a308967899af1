"""The server-sent event, and how it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import Comment, ServerSentEvent, SSEParser
from ssemble._framing.event import UnknownField

from ..helpers import MOVES, all_chunkings

Event = ServerSentEvent


@pytest.mark.parametrize(
    ("event", "wire"),
    [
        (Event(), b"data: \n\n"),
        (Event("a"), b"data: a\n\n"),
        (Event(" a "), b"data:  a \n\n"),
        (Event("a\n\nb\n"), b"data: a\ndata: \ndata: b\ndata: \n\n"),
        (Event(":a"), b"data: :a\n\n"),
        (Event("😀\u2028\0"), "data: 😀\u2028\0\n\n".encode()),
        (Event("a", " x:y ", " 7"), b"event:  x:y \nid:  7\ndata: a\n\n"),
        (Event("a", id=""), b"id: \ndata: a\n\n"),
        (Event("a", retry=0), b"retry: 0\ndata: a\n\n"),
        (Event("a", "x", "7", retry=1500), b"event: x\nid: 7\nretry: 1500\ndata: a\n\n"),
        (Event("a", retry=10**640 - 1), b"retry: " + b"9" * 640 + b"\ndata: a\n\n"),
    ],
    ids=str,
)
def test_what_is_written_reads_back(event: Event, wire: bytes) -> None:
    assert event.encode() == wire
    assert all_chunkings(SSEParser, wire) == ([event], None)


def test_line_ends_in_data_become_lf() -> None:
    assert Event("a\rb\r\nc\nd").encode() == b"data: a\ndata: b\ndata: c\ndata: d\n\n"
    assert Event("a", event="").encode() == b"data: a\n\n"


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Event(event="a\nb"), "event without a line end"),
        (Event(event="a\r"), "event without a line end"),
        (Event(id="a\n"), "id without a line end"),
        (Event(id="\rb"), "id without a line end"),
        (Event(id="a\0b"), "id without NUL"),
    ],
    ids=repr,
)
def test_fields_cannot_be_smuggled_in(event: Event, told: str) -> None:
    with pytest.raises(ValueError, match=rf"expected (an )?{told}: "):
        event.encode()


@pytest.mark.parametrize("retry", [-1, 10**640])
def test_a_retry_that_no_reader_takes_is_refused(retry: int) -> None:
    with pytest.raises(ValueError, match="expected a retry of 0 or more with at most 640 digits"):
        Event(retry=retry).encode()


@pytest.mark.parametrize(
    "events",
    [
        [Event("a", id="5"), Event("b", id="")],
        [Event("a", id="5"), Event("b", id=""), Event("c", id=""), Event("d", id="5")],
        [Event("a"), Event("b", id="5"), Event("c", id="5")],
        [Event("a", retry=5), Event("b"), Event("c", retry=7)],
    ],
    ids=repr,
)
def test_a_sequence_reads_back(events: list[Event]) -> None:
    assert all_chunkings(SSEParser, b"".join(event.encode() for event in events)) == (events, None)


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_an_id_that_was_taken_back_is_written_also_by_a_proxy(move: Any) -> None:
    body = b"data: a\n\nid: 5\nid\n\ndata: b\n\nid: 5\ndata: c\n\nid\ndata: d\n\n"
    events = [move(event) for event in SSEParser().feed(body)]
    assert [event.id for event in events] == ["", "", "5", ""]
    assert events[0].encode() == b"data: a\n\n", "no id was set yet"
    written = b"".join(event.encode() for event in events)
    assert SSEParser().feed(written) == events


def test_an_event_made_without_an_id_writes_none() -> None:
    assert Event("b") == Event("b", id="")
    assert hash(Event().id) == hash("")
    assert SSEParser("5").feed(Event("b").encode()) == [Event("b", id="5")]


@pytest.mark.parametrize("text", ["", " ok", "a\nb\r\nc\rd", "data: x\n\ndata: y"])
def test_a_comment_is_written_line_by_line(text: str) -> None:
    read: list[Any] = SSEParser(comments=True).feed(Comment(text).encode())
    assert [type(item) for item in read] == [Comment] * len(read)
    assert "\n".join(item.text for item in read) == text.replace("\r\n", "\n").replace("\r", "\n")


def test_json_is_decoded_by_the_decoder_asked_for() -> None:
    assert Event('{"a": 1}').json() == {"a": 1}
    assert Event("x").json(lambda text: [text]) == ["x"]
    with pytest.raises(json.JSONDecodeError):
        Event("x").json()


def test_where_an_event_stood_is_no_part_of_it() -> None:
    assert Event("a", offset=5) == Event("a", offset=7) == Event("a") != Event("b")
    assert UnknownField("a", 5) == UnknownField("a") != UnknownField("b")
    assert repr(Event("a", offset=5)) == "ServerSentEvent(data='a', event='message', id='')"
    assert repr(Event("a", retry=5)) == "ServerSentEvent(data='a', event='message', id='', retry=5)"
    assert Event("a", retry=5) != Event("a", retry=6)
    assert repr(UnknownField("a", 5)) == "UnknownField(text='a')"


@pytest.mark.parametrize("item", [Event("a", "x", "1", 5), Comment("a"), UnknownField("a", 5)], ids=repr)
@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_items_move(item: Any, move: Any) -> None:
    twin = move(item)
    assert twin == item
    assert getattr(twin, "offset", None) == getattr(item, "offset", None)


def test_events_and_comments_written_one_after_the_other_read_back_in_order() -> None:
    items: list[Any] = [Comment("a\nb"), Event("c", "x", "1"), Comment(""), Event("\n", id="1"), Event("{}", "y", "1")]
    read: list[Any] = SSEParser(comments=True).feed(b"".join(item.encode() for item in items))
    assert read == [Comment("a"), Comment("b"), *items[1:]]
