"""Fragments to frames: which are raw, and that raw frames change nothing."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import Limits, ServerSentEvent
from ssemble._framing.base import Run
from ssemble._framing.sse import MAX_HELD, SSEFraming, split

from ..strategies import cut_sse_bytes, cuttings
from .framed import Framed
from .sse_cases import CASES, FRAGMENTS, LIMITED

LF, CRLF = b"\n\n", b"\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "frames", "blank", "rest"),
    [
        (b"a\n\nb\n\n", [b"a", b"b"], LF, b""),
        (b"a\n\nb", [b"a"], LF, b"b"),
        (b"a\n\nb\n", [b"a"], LF, b"b\n"),
        (b"a\nb\n\nc", [b"a\nb"], LF, b"c"),
        (b"\na\n\n\n", [b"\na"], LF, b"\n"),
        (b"a", [], LF, b"a"),
        (b"a\n", [], LF, b"a\n"),
        (b"", [], LF, b""),
        (b"\n\n", [b""], LF, b""),
        (b"\n\n\n\n", [b"", b""], LF, b""),
        (b"a\r\n\r\nb\r\n", [b"a"], CRLF, b"b\r\n"),
        (b"a\r\n\r\nb\n\nc", [b"a\r\n\r\nb"], LF, b"c"),
        (b"a\rb", [], LF, b"a\rb"),
    ],
    ids=repr,
)
def test_a_fragment_is_split_at_its_blank_lines(data: bytes, frames: list[bytes], blank: bytes, rest: bytes) -> None:
    found = split(data)
    assert (found[0], found[2]) == (frames, rest)
    assert not frames or found[1] == blank
    assert b"".join(frame + found[1] for frame in found[0]) + found[2] == data


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (b"data: a", ("message", 6)),
        (b"data: ", ("message", 6)),
        (b"event: x\ndata: a", ("x", 15)),
        (b"event: x\r\ndata: a", ("x", 16)),
        (b"event: \ndata: a", ("message", 14)),
        (b"event: \xff\ndata: a", ("\ufffd", 15)),
        (b"data:a", None),
        (b"data: a\ndata: b", None),
        (b"data: a\rdata: b", None),
        (b"event: x\ndata: a\ndata: b", None),
        (b"event: x\nid: 1", None),
        (b"event: x\ndata: a\r", None),
        (b"event: x\rdata: z\ndata: a", None),
        (b"event: x", None),
        (b"event:x\ndata: a", None),
        (b"id: 1\ndata: a", None),
        (b": hi", None),
        (b"", None),
    ],
    ids=repr,
)
def test_where_the_data_is_in_a_raw_frame(frame: bytes, found: Any) -> None:
    assert SSEFraming().text_in(frame) == found
    if found is not None:
        (event,) = SSEFraming().read(frame + b"\n\n")
        assert isinstance(event, ServerSentEvent)
        assert (event.event, event.data.encode()) == (found[0], frame[found[1] :])


def raw(fragments: list[bytes], **options: Any) -> list[Any]:
    """The parts of fragments: raw frames are taken, and items are described by their type."""
    framing, found = SSEFraming(**options), list[Any]()
    for fragment in fragments:
        for part in framing.feed(fragment):
            if isinstance(part, Run):
                found += part.frames
                framing.advance(sum(map(len, part.frames)) + len(part.blank) * len(part.frames), len(part.frames))
            else:
                found.append(type(part).__name__)
    return found


def test_frames_stay_raw_wherever_they_are_cut() -> None:
    for body in (b"data: a\n\nevent: x\ndata: b\n\nid: 1\ndata: c\n\n", b"data: a\r\n\r\ndata: b\r\n\r\n"):
        whole = raw([body])
        assert all(isinstance(part, bytes) for part in whole)
        for at in range(1, len(body)):
            assert all(isinstance(part, bytes) for part in raw([body[:at], body[at:]])) or b"\r" in body


def test_what_is_not_held_raw_is_read_line_by_line() -> None:
    lines = b"data: a\n" * (MAX_HELD + 1)
    assert raw([lines, b"\n"]) == ["ServerSentEvent"]
    assert raw([b"data: a\r\n", b"\r\n"]) == ["ServerSentEvent"]
    assert raw([b"what\n", b"data: a\n\n"], unknown=True) == ["UnknownField", "ServerSentEvent"]
    assert raw([b"data: " + b"x" * 30, b"\n\n"], limits=Limits(max_event_size=20)) == []
    assert raw([b"data: a\n" * 5, b"\ndata: b\n\n", b"data: c\n\n"]) == [
        "ServerSentEvent",
        "ServerSentEvent",
        b"data: c",
    ]


@pytest.mark.parametrize(
    "fragments",
    [[case[0]] for case in CASES.values()] + [[case[0]] for case in LIMITED.values()] + list(FRAGMENTS.values()),
)
@pytest.mark.parametrize("limit", [10, None])
def test_raw_frames_change_nothing(fragments: list[bytes], limit: int | None) -> None:
    body = b"".join(fragments)
    options: dict[str, Any] = {"limits": Limits(max_event_size=limit), "comments": True}
    for size in (1, 2, 5, len(body) + 1):
        one, other = Framed("0", **options), Framed("0", **options, raw=False)
        items: tuple[list[Any], list[Any]] = ([], [])
        for at in range(0, len(body), size):
            for layer, found in zip((one, other), items, strict=True):
                if layer.error is None:
                    found += layer.feed(body[at : at + size])
        assert items[0] == items[1]
        assert [getattr(item, "offset", None) for item in items[0]] == [getattr(i, "offset", None) for i in items[1]]
        assert one.state() == other.state()
        assert one.end() == other.end()


@given(cut_sse_bytes(), st.data(), st.none() | st.integers(1, 30))
def test_any_bytes(body: tuple[bytes, list[bytes]], data: st.DataObject, limit: int | None) -> None:
    whole, fragments = body
    found = []
    for cut, is_raw in ((fragments, True), (data.draw(cuttings(whole)), True), ([whole], False)):
        layer = Framed(limits=Limits(max_event_size=limit), comments=True, raw=is_raw)
        items: list[Any] = []
        for fragment in cut:
            if layer.error is None:
                items += layer.feed(fragment)
        state = layer.state()
        state.pop("boundary", None)
        found.append((items, [getattr(item, "offset", None) for item in items], state, layer.end()))
    assert found[0] == found[1] == found[2]


def test_an_empty_fragment_before_a_bom_changes_nothing() -> None:
    layer = Framed()
    assert layer.feed(b"") == []
    assert layer.feed(b"\xef\xbb\xbfdata: a\n\n") == [ServerSentEvent("a")]


def test_looking_at_it_inside_a_frame_changes_nothing() -> None:
    for held in (b"", b"d", b"data: a\n", b"event: x\nda"):
        framing = SSEFraming()
        first, *_ = framing.feed(b"data: 0\n\n" + held)
        assert first == Run([b"data: 0"], LF)
        framing.advance(9, 1)
        assert framing.blocks.last_event_id == ""
        assert (framing.pending, framing.offset) == (len(held), 9)
        rest = b"data: a\n\n" if held in (b"", b"event: x\nda") else (b"data: a\n\n").removeprefix(held)
        rest = b"ta: a\n\n" if held == b"event: x\nda" else rest
        assert [type(part) for part in framing.feed(rest)] == [Run]


def test_offsets_count_raw_frames_and_read_ones() -> None:
    framing = SSEFraming()
    for _ in framing.feed(b"data: a\n\n"):
        framing.advance(9, 1)
    assert (framing.offset, framing.error, framing.pending) == (9, None, 0)
    (event,) = framing.read(b"data: b\n\n")
    assert isinstance(event, ServerSentEvent)
    assert (event.offset, framing.offset) == (9, 18)
    framing.advance(9, 1)
    assert framing.offset == 27


@pytest.mark.parametrize("move", [copy.deepcopy, lambda framing: pickle.loads(pickle.dumps(framing))])
def test_a_copy_continues(move: Any) -> None:
    data = b"id: 1\ndata: a\n\ndata: b\ndata: c\r\n\r\n: c\ndata: d\n\n"
    whole = Framed().feed(data)
    for at in range(len(data)):
        layer = Framed()
        before = layer.feed(data[:at])
        twin = move(layer)
        assert before + twin.feed(data[at:]) == whole == before + layer.feed(data[at:])
