"""Bodies that are no event stream."""

from __future__ import annotations

import pytest

from ssemble._payloads.body import PAGE, Body, Page, is_json_so_far, may_begin, title


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
    lines = Page()
    for _ in range(PAGE):
        lines.line("123")
    assert (len(lines.lines), lines.size) == (PAGE // 4, PAGE), "each with its line end"


@pytest.mark.parametrize(("line", "status", "error"), [("HTTP/2 200", 200, False), ("HTTP/1.1 503 Busy", 503, True)])
def test_headers_are_a_page_only_if_they_tell_of_an_error(line: str, status: int, error: bool) -> None:
    page = Page()
    page.line(line)
    assert (page.status, page.is_error) == (status, error)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<title>a</title>", "a"),
        ("<TITLE lang=x> a\n</Title>", "a"),
        ("<title>a", ""),
        ("<title", ""),
        ("a</title>", ""),
        ("</title><title>a", ""),
        ("x<title>a</title>b</title>", "a"),
        ("", ""),
    ],
)
def test_title(page: str, found: str) -> None:
    assert title(page) == found
