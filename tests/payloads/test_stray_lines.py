"""What comes of lines that are no fields, in every field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import ErrorEvent, ProviderError, RawEvent
from ssemble._framing.event import UnknownField
from ssemble._payloads.decoder import Decoder
from ssemble._payloads.stray import StrayLines

from .told import All, said

N = [("message", {"n": 1})]
BAD = "the data is not JSON: "
HTML = "the body is a page of HTML, not an event stream: "
TEXT = "the body is a page of text, not an event stream: "
EARLY = "the body is JSON that ends too early: "
NAMELESS = "the server reported an error and gave no reason: an event without data"
OVER = "event is larger than max_event_size (2000 bytes); raise the limit, or pass None to disable it"
LONG = "x" * 999


def read(lines: list[str], count: int = 0, events: int = 2) -> tuple[Decoder, StrayLines, list[RawEvent | ErrorEvent]]:
    """Read lines to the end of the bytes, after some events and payloads."""
    decoder, items = Decoder(json.loads), list[RawEvent | ErrorEvent]()
    stray = StrayLines(decoder, 2000)
    decoder.events, decoder.count = events, count
    for number, line in enumerate(lines):
        stray.line(UnknownField(line, 7 + number), items, last=False)
    stray.finish(items)
    decoder.count -= count
    return decoder, stray, items


@pytest.mark.parametrize(
    ("lines", "wanted", "last", "doubt"),
    [
        (["error: busy"], All(["busy"], {"error_field": 1}), "", ""),
        ([" ERROR:a: b "], All(["a: b"], {"error_field": 1}), "", ""),
        (['error: {"message": "busy", "code": 5}'], All(["busy (5)"], {"error_field": 1}), "", ""),
        (["[DONE] "], All([], done=True), "", ""),
        (["[DONE]", "{}", "oh"], All([], done=True), "", ""),
        (['{"n": 1}'], All(N, {"bare_json": 1}), "", ""),
        (['[{"n": 1}]'], All(N, {"bare_json": 1}), "", ""),
        (['{"message": "busy"}'], All(["busy"], {"bare_json": 1}), "", ""),
        (["{", '"n": 1}'], All(N, {"bare_json": 1}), "", ""),
        (['{"message":', '"busy"}'], All(["busy"], {"bare_json": 1}), "", ""),
        (['{"n":', '1}{"n":1}'], All(N + N, {"bare_json": 2}), "", ""),
        (['{"n":', "1}", "200 0.1s"], All(N, {"bare_json": 1, "ignored_line": 1}), "200 0.1s", ""),
        (['{"n":', "1}", LONG + "yz"], All(N, {"bare_json": 1, "ignored_line": 1}), LONG + "y", ""),
        (['{"n":', "1}", "{x"], All([*N, f"{BAD}'{{x' (event 2, byte 7)"], {"bare_json": 1}), "", ""),
        (["{oh"], All([f"{BAD}'{{oh' (event 2, byte 7)"]), "", ""),
        (["{oh", "error: busy"], All([f"{BAD}'{{oh' (event 2, byte 7)", "busy"], {"error_field": 1}), "", ""),
        (["a", '{"n"'], All([], {"ignored_line": 1, "truncated_tail": 1}, EARLY + "'{\"n\"' (event 3, byte 8)"), "a", ""),
        (["{x", 'data: {"n": 1}'], All(N, {"truncated_frame": 1, "bare_json": 1}), "", ""),
        (['[{"n": 1},', '{"n"'], All(N, {"bare_json": 1, "truncated_tail": 1}, EARLY + "'{\"n\"' (event 3, byte 7)"), "", ""),
        (["<p>", "oh"], All([HTML + r"'<p>\noh'"]), "", ""),
        (["<p>", "<title> Bad </title>"], All([HTML + "'Bad'"]), "", ""),
        (["oh", " ", "no"], All([TEXT + r"'oh\nno'"], {"ignored_line": 2}), "no", ""),
        (["\ufeff \t"], All([]), "", ""),
        (["HTTP/2 503", "x: y"], All([TEXT + r"'HTTP/2 503\nx: y' (503)"], {"ignored_line": 2}), "x: y", ""),
        (["HTTP/2 200", "x: y"], All([], {"ignored_line": 2}), "x: y", ""),
        (["HTTP/2 200", LONG + "yz"], All([], {"ignored_line": 2}), LONG + "y", ""),
        (["event: x"], All([]), "", ""),
        (["event: error"], All([NAMELESS]), "", ""),
        (['\ufeff data: {"n": 1}'], All(N, {"indented_data_line": 1}), "", ""),
        (["x DATA:[DONE]"], All([], {"data_behind_text": 1}, done=True), "", "x DATA:[DONE]"),
        (["data: oh"], All([TEXT + "'data: oh'"], {"ignored_line": 1}), "data: oh", ""),
        (["[INFO] data: {oh"], All([TEXT + "'[INFO] data: {oh'"], {"ignored_line": 1}), "[INFO] data: {oh", ""),
        ([f'{LONG} data: {{"n": 1}}', 'z data: {"n": 1}'], All(N + N, {"data_behind_text": 2}), "", f"{LONG} "),
    ],
)  # fmt: skip
def test_lines_to_the_end(lines: list[str], wanted: All, last: str, doubt: str) -> None:
    decoder, stray, items = read(lines)
    assert (said(decoder, items), stray.last, stray.doubt) == (wanted, last, doubt)
    assert not stray.open


@pytest.mark.parametrize("size", [1999, 2000])
def test_a_body_is_held_to_the_limit_in_bytes(size: int) -> None:
    decoder, items = Decoder(json.loads), list[Any]()
    stray = StrayLines(decoder, 2000)
    stray.line(UnknownField("{" + "é" * 500, 7), items, last=False)
    stray.line(UnknownField("x" * (size - 1002 - 1), 50), items, last=False)
    assert decoder.error is None
    stray.line(UnknownField("", 60), items, last=False)
    assert (decoder.error is None) is (size == 1999)
    assert size == 1999 or str(decoder.error) == f"{OVER} (event 1, byte 7)"


def test_a_page_is_in_its_error() -> None:
    for lines, count in ((["<p>", "oh"], 0), (["HTTP/2 503"], 0), (["oh"], 0), (["oh"], 1)):
        items = read(lines, count)[2]
        errors = [item.error for item in items if isinstance(item, ErrorEvent)]
        assert len(errors) == 1 - count
        for error in errors:
            assert isinstance(error, ProviderError)
            code = {"code": 503} if "HTTP" in lines[0] else {}
            assert error.raw == {"message": error.message, "body": "\n".join(lines), **code}


def test_a_body_alone_is_no_repair() -> None:
    decoder, _, items = read(['{"n": 1}'], events=0)
    assert said(decoder, items) == All(N)
