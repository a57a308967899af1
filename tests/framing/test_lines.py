"""Bytes to lines."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ssemble._framing.lines import LineSplitter

from ..helpers import MOVES, cuts

CASES: dict[str, tuple[bytes, list[bytes], bytes]] = {
    "nothing": (b"", [], b""),
    "unfinished": (b"ab", [], b"ab"),
    "lf": (b"a\nb\n", [b"a", b"b"], b""),
    "cr": (b"a\rb\r", [b"a", b"b"], b""),
    "crlf": (b"a\r\nb\r\n", [b"a", b"b"], b""),
    "lf cr are two": (b"a\n\rb\n", [b"a", b"", b"b"], b""),
    "cr cr lf are two": (b"a\r\r\nb", [b"a", b""], b"b"),
    "cr lf lf are two": (b"a\r\n\nb", [b"a", b""], b"b"),
    "blank lines": (b"\n\n\r\r\r\n", [b""] * 5, b""),
    "only an lf": (b"\n", [b""], b""),
    "tail": (b"a\nb", [b"a"], b"b"),
    "tail after crlf": (b"a\r\nbc", [b"a"], b"bc"),
    "no other line ends": (
        "a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b\n".encode(),
        ["a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b".encode()],
        b"",
    ),
    "latin NEL byte": (b"a\x85b\n", [b"a\x85b"], b""),
    "NUL": (b"a\0b\n", [b"a\0b"], b""),
    "bom": (b"\xef\xbb\xbfa\n", [b"a"], b""),
    "bom alone": (b"\xef\xbb\xbf", [], b""),
    "bom and a line end": (b"\xef\xbb\xbf\r\n", [b""], b""),
    "second bom": (b"\xef\xbb\xbf\xef\xbb\xbfa\n", [b"\xef\xbb\xbfa"], b""),
    "bom later": (b"a\n\xef\xbb\xbfb\n", [b"a", b"\xef\xbb\xbfb"], b""),
    "half a bom": (b"\xef\xbb", [], b"\xef\xbb"),
    "half a bom and text": (b"\xef\xbba\n", [b"\xef\xbba"], b""),
    "half a bom and a line end": (b"\xef\n\xbb", [b"\xef"], b"\xbb"),
    "utf-16 bom": (b"\xff\xfea\n", [b"\xff\xfea"], b""),
}
each_case = pytest.mark.parametrize(("data", "lines", "pending"), CASES.values(), ids=list(CASES))


@each_case
def test_lines_however_cut(data: bytes, lines: list[bytes], pending: bytes) -> None:
    for fragments in cuts(data):
        splitter = LineSplitter()
        assert [line for fragment in fragments for line in splitter.feed(fragment)] == lines
        assert splitter.pending == pending
        assert splitter.pending_size == len(pending)
        assert splitter.end(flush=True) == ([pending] if pending else [])
        assert splitter.pending == b""


@each_case
def test_lines_whatever_follows(data: bytes, lines: list[bytes], pending: bytes) -> None:
    for trailing in (b"x", b"\nx\n", b"\r\n", b"\xef\xbb\xbfx\n"):
        whole = LineSplitter().feed(data + trailing)
        for fragments in cuts(data + trailing):
            splitter = LineSplitter()
            assert [line for fragment in fragments for line in splitter.feed(fragment)] == whole
        assert whole[: len(lines)] == lines


@each_case
def test_the_offset_is_the_start_of_the_unfinished_line(data: bytes, lines: list[bytes], pending: bytes) -> None:
    for fragments in cuts(data):
        splitter = LineSplitter()
        for fragment in fragments:
            splitter.feed(fragment)
        assert data[splitter.offset :] == pending


@each_case
def test_kept_ends_give_the_bytes_back(data: bytes, lines: list[bytes], pending: bytes) -> None:
    kept = LineSplitter(keepends=True).feed(data)
    assert [re.sub(rb"[\r\n]+\Z", b"", line) for line in kept] == lines
    assert b"".join(kept) + pending == data.removeprefix(b"\xef\xbb\xbf")


def test_of_a_crlf_cut_in_two_the_cr_is_kept() -> None:
    splitter = LineSplitter(keepends=True)
    assert [splitter.feed(fragment) for fragment in (b"a\r", b"", b"\nb\n")] == [[b"a\r"], [], [b"b\n"]]
    assert splitter.offset == 5


def test_a_cr_ends_its_line_at_once() -> None:
    splitter = LineSplitter()
    assert [splitter.feed(byte) for byte in (b"a", b"\r", b"", b"\n", b"\n")] == [[], [b"a"], [], [], [b""]]


@pytest.mark.parametrize("flush", [False, True])
def test_what_comes_after_the_end_is_misuse(flush: bool) -> None:
    splitter = LineSplitter()
    splitter.feed(b"a")
    splitter.end(flush)
    for data in (b"", b"b\n"):
        with pytest.raises(RuntimeError, match=r"after end.*new splitter"):
            splitter.feed(data)
    wrong: Any = "b\n"
    with pytest.raises(TypeError, match="takes bytes"):
        splitter.feed(wrong)


def test_the_end_discards_unless_told_otherwise() -> None:
    for flush, last in ((False, []), (True, [b"b"])):
        splitter = LineSplitter()
        splitter.feed(b"a\nb")
        assert splitter.end(flush) == last
        assert splitter.end(flush) == []
        assert splitter.at_boundary, "nothing is left to decide"
    splitter = LineSplitter()
    splitter.feed(b"a")
    assert splitter.end() == []


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_every_kind(kind: Any) -> None:
    splitter = LineSplitter()
    assert splitter.feed(kind(b"a\nb")) == [b"a"]
    assert splitter.feed(kind(b"\n")) == [b"b"]


def test_a_buffer_that_changes_later_does_no_harm() -> None:
    buffer = bytearray(b"a\nb")
    splitter = LineSplitter()
    lines = splitter.feed(buffer)
    buffer[:] = b"xyz"
    assert (lines, splitter.pending) == ([b"a"], b"b")


@pytest.mark.parametrize("wrong", ["text", None, 5, [1, 2], {"a": 1}], ids=lambda wrong: type(wrong).__name__)
def test_what_is_not_bytes_is_refused_with_a_hint(wrong: Any) -> None:
    splitter = LineSplitter()
    splitter.feed(b"a")
    with pytest.raises(TypeError, match=rf"takes bytes, not {type(wrong).__name__}: .*iter_bytes\(\)"):
        splitter.feed(wrong)
    assert splitter.feed(b"b\n") == [b"ab"], "nothing was lost"


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
@each_case
def test_it_moves_at_every_byte(data: bytes, lines: list[bytes], pending: bytes, move: Any) -> None:
    for at in range(len(data) + 1):
        splitter = LineSplitter()
        before = splitter.feed(data[:at])
        twin = move(splitter)
        assert before + twin.feed(data[at:]) == lines
        assert (twin.pending, twin.offset) == (pending, len(data) - len(pending))
        assert before + splitter.feed(data[at:]) == lines, "the original goes on too"


@pytest.mark.parametrize(
    ("data", "boundary"),
    [
        (b"", False),
        (b"\xef", False),
        (b"a", False),
        (b"a\n", True),
        (b"a\r", False),
        (b"a\r\n", True),
        (b"a\n\n", True),
    ],
)
def test_a_boundary_between_two_lines_with_nothing_left_to_decide(data: bytes, boundary: bool) -> None:
    splitter = LineSplitter()
    splitter.feed(data)
    assert splitter.at_boundary is boundary


def test_bytes_read_past_it_are_counted() -> None:
    splitter = LineSplitter()
    splitter.feed(b"a\n")
    splitter.advance(10)
    splitter.feed(b"b")
    splitter.buffer.extend(b"cd")
    assert (splitter.pending, splitter.offset) == (b"bcd", 12)
    assert splitter.feed(b"\n") == [b"bcd"]
    assert splitter.offset == 16


@pytest.mark.parametrize(
    ("fed", "ahead", "boundary"),
    [
        (b"", b"data", True),
        (b"", b"", False),
        (b"", b"\xef", False),
        (b"\xef", b"data", False),
        (b"a\n", b"\xef", True),
    ],
    ids=repr,
)
def test_first_bytes_that_begin_no_bom_need_no_waiting(fed: bytes, ahead: bytes, boundary: bool) -> None:
    splitter = LineSplitter()
    splitter.feed(fed)
    splitter.begins_with(ahead)
    assert splitter.at_boundary is boundary
    assert splitter.feed(b"x\n") == [fed.rpartition(b"\n")[2] + b"x"]


@pytest.mark.parametrize("keepends", [False, True])
@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("rest", [b"", b"bc"])
def test_a_line_that_is_skipped_is_not_returned(end: bytes, rest: bytes, keepends: bool) -> None:
    data = rest + end + b"d\n\ne"
    for fragments in cuts(data):
        splitter = LineSplitter(keepends=keepends)
        splitter.feed(b"x\na")
        splitter.skip_line()
        assert (splitter.pending, splitter.pending_size, splitter.offset, splitter.at_boundary) == (b"", 0, 3, False)
        lines = [line for fragment in fragments for line in splitter.feed(fragment)]
        assert lines == ([b"d\n", b"\n"] if keepends else [b"d", b""])
        assert (splitter.pending, splitter.offset) == (b"e", 3 + len(data) - 1)


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_it_moves_while_a_line_is_skipped(move: Any) -> None:
    splitter = LineSplitter()
    splitter.feed(b"a")
    splitter.skip_line()
    for each in (move(splitter), splitter):
        assert [each.feed(data) for data in (b"b", b"c\r", b"\nd\n")] == [[], [], [b"d"]]


@pytest.mark.parametrize("flush", [False, True])
def test_of_a_line_that_is_skipped_nothing_is_left_at_the_end(flush: bool) -> None:
    splitter = LineSplitter()
    splitter.feed(b"x\na")
    splitter.skip_line()
    splitter.feed(b"b")
    assert splitter.end(flush) == []
    assert splitter.at_boundary


def test_a_cr_that_ends_what_is_skipped_ends_it_at_once() -> None:
    splitter = LineSplitter()
    splitter.feed(b"a")
    splitter.skip_line()
    assert splitter.feed(b"\r") == []
    assert not splitter.at_boundary, "an LF may follow"
    assert splitter.feed(b"b\n") == [b"b"]
    assert splitter.at_boundary
