"""The first bytes tell the framing, once."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import ssemble
from ssemble._framing.detect import LONGEST_VALUE, MODULES, Beginning, by_text, encoding_of, make

from .suite import bytewise, parser, read

BOM = b"\xef\xbb\xbf"
FIRST = {
    b"data: x\n\n": "sse",
    b": ping\n\n": "sse",
    b"event: x\n": "sse",
    b"id: 1\n": "sse",
    b"retry: 1\n": "sse",
    b"<html>": "sse",
    b"HTTP/1.1 200 OK\n\n{}": "sse",
    b"HTTP": "sse",
    b"5": "sse",
    b"\xe2\x82\xac": "sse",
    b"{": "json-lines",
    b"{}": "json-lines",
    b"{oh": "json-lines",
    b"[": "json-array",
    b"[]": "json-array",
    b"[ {": "json-array",
    b"[[": "json-array",
    b'["x"]': "json-array",
    b"[,": "json-array",
    b"[1]": "json-array",
    b"[-1.5e3 , 2]": "json-array",
    b"[true]": "json-array",
    b"[null\n,": "json-array",
    b"[2026": "json-array",
    b"[" + b"\n" * 99 + b"{}]": "json-array",
    b"[" + b" " * 60 + b"1, 2]": "json-array",
    b"[" + b" " * 70 + b"INFO": "json-array",
    b"[1E5]": "json-array",
    b"[-0,": "json-array",
    b"[false\t]": "json-array",
    b"[true": "json-array",
    b"[t": "json-array",
    b"[-": "json-array",
    b"[" + b"1" * 62 + b"]": "json-array",
    b"[" + b" " * 61 + b"[": "json-array",
    b"[" + b" " * 63 + b"INFO": "json-array",
    b"[" + b" " * 62 + b"INFO": "sse",
    b"[" + b"1" * 63 + b"]": "sse",
    b"[TRUE]": "sse",
    b"[1;2]": "sse",
    b"[\x0b1]": "sse",
    b"\x0b": "sse",
    b"\x0c{}": "sse",
    b"\x0b[]": "sse",
    b"[INFO] start\n": "sse",
    b"[DONE]": "sse",
    b"[2026-11-25 10:00] start\n": "sse",
    b"[true story]": "sse",
    b"[" + b"1" * 99 + b"]": "sse",
    b"\0\0\0\x10": "aws",
    b"\1\0\0\0": "aws",
    b"\0": "aws",
}


@pytest.mark.parametrize("body", FIRST)
@pytest.mark.parametrize("before", [b"", BOM, b" ", b"\n\r\n\t ", BOM + b"\r\n\r\n"])
def test_what_the_first_byte_tells(body: bytes, before: bytes) -> None:
    if FIRST[body] == "aws" and before:
        return
    for fragments in ([before + body], bytewise(before + body), [before, body]):
        chunks = parser("event")
        assert chunks.framing is None
        read(fragments, chunks)
        assert chunks.framing == FIRST[body]


@pytest.mark.parametrize("body", [b"", b" \r\n\t\n", BOM, BOM + b"\n"])
def test_blanks_tell_nothing(body: bytes) -> None:
    for fragments in ([body], bytewise(body)):
        chunks = parser("raise")
        assert read(fragments, chunks) == ([], [], None)
        assert (chunks.framing, chunks.repairs) == (None, {})


def test_a_cut_bom_is_read() -> None:
    chunks = parser("event")
    read([BOM[:2]], chunks)
    assert chunks.framing == "sse"


@pytest.mark.parametrize(
    ("body", "payloads"),
    [
        (b'[INFO] up\ndata: {"n": 1}\n\n', [{"n": 1}]),
        (b'\n\n\r\n  \ndata: {"n": 1}\n\n', [{"n": 1}]),
        (BOM + b'\n\ndata: {"n": 1}\n\n', [{"n": 1}]),
        (BOM + b'\n\n{"n": 1}\n', [{"n": 1}]),
        (b' {"n": 1}', [{"n": 1}]),
        (BOM + b'[INFO] up\n\ndata: {"n": 1}\n\n', [{"n": 1}]),
        (BOM + b'data: {"n": 1}\n\n', [{"n": 1}]),
    ],
)
def test_what_is_held_is_read(body: bytes, payloads: list[Any]) -> None:
    for fragments in ([body], bytewise(body), *([body[:at], body[at:]] for at in range(len(body)))):
        assert read(fragments, parser("raise")).payloads == payloads
        assert read(fragments, parser("raise"), pickled=True).payloads == payloads


def test_offsets_count_what_was_skipped() -> None:
    for body, offset in ((b"\n\noh", None), (BOM + b" {}\n{oh\n", 7), (BOM + b" [{oh}]", 5), (BOM + b"\n [1]", 6)):
        for fragments in ([body], bytewise(body)):
            error = read(fragments, parser("raise")).error
            assert error is not None
            assert getattr(error, "offset", None) == offset


@pytest.mark.parametrize("framing", ssemble.FRAMINGS)
def test_a_name_decides(framing: str) -> None:
    for first in (b"data", b"{", b"[", b"\0", b"\n\n"):
        for fragments in ([first], bytewise(first)):
            chunks = parser("event", framing=framing)
            read(fragments, chunks)
            assert chunks.framing == framing
    stream = ssemble.MessageStream(framing=framing)
    assert stream.framing == framing
    assert list(ssemble.iter_chunks(b"", framing=framing)) == []
    assert type(make(framing, ssemble.Limits())).__name__ == MODULES[framing][1]


def test_an_event_stream_by_name_may_begin_with_json() -> None:
    body = b'{"n": 1}\ndata: {"n": 2}\n\n'
    chunks = parser("raise", framing="sse")
    assert read([body], chunks).payloads == [{"n": 1}, {"n": 2}]
    assert read(bytewise(body), parser("raise", framing="sse")).payloads == [{"n": 1}, {"n": 2}]


def test_names() -> None:
    assert ssemble.FRAMINGS == ("sse", "json-lines", "json-array", "aws")
    with pytest.raises(
        ValueError, match="unknown framing 'xml': expected one of sse, json-lines, json-array, aws, or None"
    ):
        ssemble.MessageStream(framing="xml")
    with pytest.raises(ValueError, match="unknown framing"):
        ssemble.ChunkParser(framing="SSE")


def test_more_blanks_than_the_limit_are_an_event_stream() -> None:
    limit = 20
    for blanks, framing in ((limit + 3, "json-lines"), (limit + 4, "sse")):
        body = b"\n" * blanks + b"{}\n"
        for fragments in ([body], bytewise(body), [body[:10], body[10:]]):
            chunks = parser("event", limit)
            assert read(fragments, chunks).payloads == [{}]
            assert chunks.framing == framing


def test_what_is_held_is_bounded() -> None:
    beginning = Beginning(None, ssemble.Limits(max_event_size=50))
    given = [beginning.feed(b"\r\n") for _ in range(40)]
    assert max(len(each) for each in given if each is not None) <= 60
    assert beginning.name == "sse"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"),
        (b"d\0", "UTF-16"), (b"", None), (b"d", None), (b"\x1f", None), (b"\x28\xb5\x2f", None), (b"da", ""), (b"\x28d", ""),
    ],
)  # fmt: skip
def test_encodings(head: bytes, name: str | None) -> None:
    assert encoding_of(head) == name
    if name:
        remedy = "hand over decoded bytes, as from iter_bytes(), or ask the server for identity"
        remedy = "write the file as UTF-8" if name == "UTF-16" else remedy
        beginning = Beginning(None, ssemble.Limits())
        assert [beginning.feed(head[:-1]), beginning.feed(head[-1:] + b"xyz")] == [None, b""]
        assert str(beginning.error) == f"the body is {name}, not decoded: {remedy} (byte 0)"
        for framing in (None, "sse", "json-lines", "json-array"):
            for fragments in ([head + b"xyz"], bytewise(head + b"xyz")):
                found = read(fragments, parser("event", framing=framing))
                assert type(found.error) is ssemble.StreamError
                assert found.error.offset == 0
                assert name in str(found.error)


def test_a_short_text_that_begins_as_an_encoding() -> None:
    for body in (b"\x28", b"\x28\xb5", b"x"):
        chunks = parser("event")
        read([body], chunks)
        assert chunks.framing == "sse"


def test_a_text_is_told_by_its_beginning_alone() -> None:
    """More bytes never change what is told."""
    for body in FIRST:
        if body[:1] in (b"\0", b"\1"):
            continue
        told = [by_text(body[:end]) for end in range(1, min(len(body), LONGEST_VALUE) + 1)]
        known = [each for each in told if each is not None]
        assert len(set(known)) <= 1
        assert told == [None] * (len(told) - len(known)) + known


def test_a_beginning_moves() -> None:
    beginning = Beginning(None, ssemble.Limits())
    assert beginning.feed(b"\n [") is None
    again = pickle.loads(pickle.dumps(beginning))
    assert (beginning.feed(b"{"), again.feed(b"I")) == (b"\n [{", b"\n [I")
    assert (beginning.name, again.name) == ("json-array", "sse")
