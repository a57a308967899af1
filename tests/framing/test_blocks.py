"""Blocks of lines to events, by a `BlockReader` alone."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from ssemble import Comment, ServerSentEvent
from ssemble._framing.blocks import BlockReader, may_be_field
from ssemble._framing.event import UnknownField

Event = ServerSentEvent


def reader(limit: int = 1000, last_event_id: str = "", comments: bool = True, unknown: bool = True) -> BlockReader:
    return BlockReader(last_event_id, limit, comments=comments, unknown=unknown)


@pytest.mark.parametrize(
    ("data", "items"),
    [
        (b"data: a\n\n", [Event("a")]),
        (b"data: a\ndata\ndata:  b\n\n", [Event("a\n\n b")]),
        (b"event: x\r\ndata: a\r\n\r\n", [Event("a", "x")]),
        (b"event: x\nevent\ndata: a\r\r", [Event("a")]),
        (b"id: 1\n\ndata: a\n\n", [Event("a", id="1")]),
        (b"id: 1\0\nid: 2\nid: 3\0\ndata: a\n\n", [Event("a", id="2")]),
        (b"retry: 010\nretry: x\ndata: a\n\n", [Event("a", retry=10)]),
        (b": hi\n:\ndata: a\n\n", [Comment(" hi"), Comment(""), Event("a")]),
        (b"data: a\nwhat: b\n\n", [UnknownField("what: b", 8, True), Event("a")]),
        (b"event: x\n\n", [UnknownField("event: x", 0)]),
        (b"data: \xff\n\n", [Event("\ufffd")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event("a")]),
        (b"\n\r\n\r", []),
    ],
)
def test_blocks_become_items(data: bytes, items: list[Any]) -> None:
    assert reader().feed(data) == items
    single = reader()
    assert [item for at in range(len(data)) for item in single.feed(data[at : at + 1])] == items
    wanted = [item for item in items if isinstance(item, ServerSentEvent)]
    assert reader(comments=False, unknown=False).feed(data) == wanted
    assert single.events == len(wanted)


def test_the_state_after_each_part_of_a_block() -> None:
    blocks = reader(last_event_id="7")
    assert (blocks.id, blocks.pending, blocks.offset, blocks.at_boundary) == ("7", 0, 0, False)
    blocks.begin(b"d")
    assert blocks.at_boundary
    blocks.feed(b"id: 8\nda")
    assert (blocks.id, blocks.last_event_id, blocks.pending, blocks.offset) == ("8", "7", 8, 6)
    assert not blocks.at_boundary
    blocks.feed(b"ta: a\n\n")
    assert (blocks.last_event_id, blocks.pending, blocks.offset, blocks.at_boundary) == ("8", 0, 15, True)
    blocks.feed(b"data: b\r\n\r")
    assert not blocks.at_boundary, "an LF after the CR is part of the line end"
    assert blocks.feed(b"\n") == []
    assert blocks.at_boundary


def test_blocks_that_were_read_elsewhere_are_counted() -> None:
    blocks = reader(limit=20)
    blocks.feed(b"data: a\n\n")
    blocks.advance(100, 3)
    (event,) = blocks.feed(b"data: b\n\n")
    assert isinstance(event, ServerSentEvent)
    assert (event.offset, blocks.events, blocks.offset) == (109, 5, 118)
    blocks.feed(b"data: " + b"x" * 30)
    assert blocks.error is not None
    assert (blocks.error.event, blocks.error.offset) == (6, 138)


@pytest.mark.parametrize("head", [b"\xef", b""])
def test_what_may_be_a_bom_is_waited_for(head: bytes) -> None:
    blocks = reader()
    blocks.begin(head)
    assert not blocks.at_boundary
    assert blocks.feed(b"\xef\xbb\xbfdata: a\n\n") == [Event("a")]


@pytest.mark.parametrize(
    ("data", "flushed"),
    [
        (b"data: a", [Event("a")]),
        (b"data: a\n", [Event("a")]),
        (b"event: x", [UnknownField("event: x", 0)]),
        (b"what", [UnknownField("what", 0)]),
        (b"data: a\n\n", []),
        (b"", []),
    ],
)
def test_the_end(data: bytes, flushed: list[Any]) -> None:
    for flush in (True, False):
        blocks = reader()
        blocks.feed(data)
        assert blocks.end(flush) == (flushed if flush else [])
        assert blocks.pending == 0


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"data: 2345\n", None),
        (b"data: 23456\n", 10),
        (b"data: 2345\ndata: 6", 17),
        (b"event: 89\ndata: 23456789\n", 18),
        (b"event: 12345678901234\n", 10),
        (b"retry: 12345678\n", 10),
    ],
)
def test_a_block_is_held_to_the_limit(data: bytes, offset: int | None) -> None:
    for cut in ([data], [data[at : at + 1] for at in range(len(data))]):
        blocks = reader(limit=10, comments=False, unknown=False)
        for fragment in cut:
            assert blocks.feed(fragment) == []
        assert (blocks.error and blocks.error.offset) == offset
        if blocks.error is not None:
            assert (blocks.feed(b"\n\ndata: a\n\n"), blocks.end(True)) == ([], [])


@pytest.mark.parametrize("line", [b": comment", b"what: else", b"datum"])
def test_a_line_that_is_not_wanted_takes_no_memory(line: bytes) -> None:
    blocks = reader(limit=10, comments=False, unknown=False)
    blocks.feed(line)
    before = len(pickle.dumps(blocks))
    for _ in range(100):
        blocks.feed(b"x" * 100)
    assert len(pickle.dumps(blocks)) <= before + 10
    assert (blocks.error, blocks.pending) == (None, len(line) + 10_000)
    assert blocks.feed(b"\ndata: a\n\n") == [Event("a")]
    for comments, unknown in ((True, False), (False, True)):
        wanted = reader(limit=10, comments=comments, unknown=unknown)
        wanted.feed(line + b"x" * 100)
        assert (wanted.error is not None) is (comments if line.startswith(b":") else unknown)


def test_a_copy_continues() -> None:
    data = b"id: 1\ndata: a\ndata: b\r\n\r\n: c\ndata: d\n\n"
    for at in range(len(data)):
        blocks = reader()
        before = blocks.feed(data[:at])
        for twin in (copy.deepcopy(blocks), pickle.loads(pickle.dumps(blocks))):
            assert before + twin.feed(data[at:]) == reader().feed(data)


@pytest.mark.parametrize(
    ("head", "may"),
    [(b"", True), (b"d", True), (b"data", True), (b"data:", True), (b"retry:", True), (b"date", False), (b"x", False)],
)
def test_what_may_be_a_field(head: bytes, may: bool) -> None:
    assert may_be_field(head) is may
