"""Bodies that are no event stream."""

from __future__ import annotations

import pytest

from ssemble._body import PAGE, Body, Page, encoding_of, is_json_so_far, may_begin, title

HEADS: list[tuple[bytes, str | None]] = [
    (b"", None),
    (b"d", None),
    (b"da", ""),
    (b": ", ""),
    (b"\x1f", None),
    (b"\x1f\x8b", "gzip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5", None),
    (b"\x28\xb5\x2f", None),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x28\xb5xx", ""),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"d\0", "UTF-16"),
    (b"\0\0", "AWS event stream"),
    (b"\0d", ""),
    (b"\xef\xbb\xbf", ""),
]


@pytest.mark.parametrize(("head", "name"), HEADS)
def test_the_first_bytes_tell_an_encoding(head: bytes, name: str | None) -> None:
    assert encoding_of(head) == name
    if name is not None:
        assert encoding_of(head + b"\0\0") == name, "more bytes change nothing"


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("{", True),
        ('  {"a": 1}', True),
        ("{oh", True),
        ("{ [5 bytes data]", False),
        ("[", True),
        ("[1, 2", True),
        ("[INFO] x", False),
        ("[2026-11-25] x", False),
        ("<html>", True),
        ("<!DOCTYPE html>", True),
        (" <?xml", True),
        ("</p>", True),
        ("< HTTP/2 200", False),
        ("<", False),
        ("<5", False),
        ("data", False),
        ("", False),
    ],
)
def test_what_a_body_begins_with(line: str, begins: bool) -> None:
    assert may_begin(line) is begins


def test_a_text_that_can_still_become_json() -> None:
    assert is_json_so_far('{"a": [1')
    assert is_json_so_far("")
    assert not is_json_so_far("{a")


def test_a_body_gathers_lines() -> None:
    body = Body(7)
    assert not body
    body.line("{é")
    assert (bool(body), body.bytes, body.offset, body.is_page) == (True, 4, 7, False)
    assert body.texts(last=False).rest == "{é"
    page = Body()
    page.line("<p>")
    assert page.is_page


def test_of_an_array_that_was_cut_off_the_whole_elements_count() -> None:
    body = Body()
    body.line('[{"a": 1}, {"b"')
    assert body.texts(last=False).texts == []
    assert body.texts(last=True).texts == ['{"a": 1}']
    assert body.texts(last=True).rest == '{"b"'
    for line in ("[x {}", "[1,", "[[1], 2,"):
        other = Body()
        other.line(line)
        texts = ["[1]"] if "[1]" in line else []
        assert other.texts(last=True).texts == texts
        assert other.texts(last=True).rest == ("2," if texts else line)


def test_a_page_keeps_its_beginning() -> None:
    page = Page()
    assert (page.is_error, page.status) == (False, None)
    page.line("x" * (PAGE + 5))
    page.line("y")
    assert page.lines == ["x" * PAGE]
    assert (page.is_error, page.status) == (True, None)


@pytest.mark.parametrize(("line", "status", "error"), [("HTTP/2 200", 200, False), ("HTTP/1.1 503 Busy", 503, True)])
def test_headers_are_a_page_only_if_they_tell_of_an_error(line: str, status: int, error: bool) -> None:
    page = Page()
    page.line(line)
    assert (page.status, page.is_error) == (status, error)


@pytest.mark.parametrize(
    ("page", "found"),
    [("<title>a</title>", "a"), ("<TITLE lang=x> a\n</Title>", "a"), ("<title>a", ""), ("<title", ""), ("", "")],
)
def test_title(page: str, found: str) -> None:
    assert title(page) == found
