"""One stream of the command, from its first byte to its exit code."""

from __future__ import annotations

import errno
import json
import os
from typing import Any

import pytest

import ssemble
from ssemble import _session

from .command import DONE, HELLO, MODES, Gone, Source, call, chunk, run, text
from .helpers import memory


def test_json() -> None:
    result = run("--json", data=HELLO)
    assert json.loads(result.out) == ssemble.assemble(HELLO).to_dict()
    assert result.out.startswith('{\n  "id"')
    assert result.out.count("\n}\n") == 1, "once, at the end"


@pytest.mark.parametrize(
    ("body", "code"), [(text("Hel"), 3), (text("Hel") + b"data: {oops\n\n", 1)], ids=["cut short", "bad"]
)
def test_json_of_a_partial_message(body: bytes, code: int) -> None:
    result = run("--json", data=body)
    assert result.code == code
    assert json.loads(result.out)["choices"][0]["message"]["content"] == "Hel"


def test_events() -> None:
    result = run("--events", data=text("é") + call(0, "{}", "f") + chunk(finish_reason="tool_calls") + DONE)
    assert '"é"' in result.out
    assert result.lines[0] == {"type": "message.start", "id": None, "model": None}
    assert result.lines[1] == {"type": "text.delta", "text": "é", "choice": 0}
    tool_call = {"id": "c0", "type": "function", "name": "f", "arguments": "{}", "index": 0, "closed": True}
    assert result.lines[-2] == {"type": "tool_call.end", "choice": 0, "index": 0, "tool_call": tool_call}


def test_events_of_errors() -> None:
    body = b'data: {oops\n\ndata: {"error": {"message": "slow", "code": 429}}\n\n' + HELLO
    result = run("--events", "--errors", "event", data=body)
    bad, told = (line["error"] for line in result.lines[:2])
    assert (bad["class"], bad["offset"], bad["event"]) == ("InvalidJSON", 0, 1)
    assert "partial" not in bad
    assert told == {"class": "ProviderError", "message": "slow (429)", "raw": {"message": "slow", "code": 429}}
    assert (result.code, result.lines[-1]["type"]) == (1, "choice.end")


def test_chunks() -> None:
    result = run("--chunks", data=b'data: {"n": 1}\n\ndata: [2, "\xc3\xa9"]\n\n' + DONE)
    assert (result.code, result.lines) == (0, [{"n": 1}, 2, "é"])
    assert '"é"' in result.out


def test_chunks_with_errors_between() -> None:
    body = b'data: {oops\n\ndata: {"n": 1}\n\n'
    result = run("--chunks", "--errors", "event", data=body)
    assert (result.code, len(result.lines), result.lines[1]) == (1, 2, {"n": 1})
    assert result.lines[0]["error"]["class"] == "InvalidJSON"
    assert run("--chunks", data=body).lines == []


def test_sse() -> None:
    result = run("--sse", data=b"event: x\nid: 7\ndata: a\n\ndata: b\n\n")
    assert result.code == 0
    assert result.lines == [{"event": "x", "data": "a", "id": "7"}, {"event": "message", "data": "b", "id": "7"}]


@pytest.mark.parametrize("tail", [b"data: b\n", b"data: b", b"data:", b"data"], ids=ascii)
def test_sse_says_what_the_specification_throws_away(tail: bytes) -> None:
    result = run("--sse", data=b"data: a\n\n" + tail)
    assert (result.code, len(result.lines)) == (3, 1)
    assert "has no blank line" in result.rows["cut short"]


@pytest.mark.parametrize("tail", [b": x", b"id: 5\n", b"event: x\n", b"\n"], ids=ascii)
def test_sse_misses_no_event_where_none_was_begun(tail: bytes) -> None:
    assert run("--sse", data=b"data: a\n\n" + tail).code == 0


def test_a_dialect_can_be_named() -> None:
    body = b'data: {"id": "x"}\n\n'  # a payload that nobody would take for a message
    assert run("--events", data=body).lines == [{"type": "raw", "event": "message", "data": {"id": "x"}}]
    assert run("--dialect", "openai-chat", "--events", data=body).lines == run("--events", data=body).lines
    assert run("--dialect", "openai-chat", "--events", data=HELLO).lines == run("--events", data=HELLO).lines


# Exit codes.

CODES: dict[str, tuple[bytes, int, str]] = {
    "whole": (HELLO, 0, "whole"),
    "no last line end": (HELLO[:-1], 0, "whole"),
    "cut inside an event": (HELLO[:80], 3, "cut short"),
    "bad bytes behind the end": (HELLO + b"data: {oops\n\n", 0, "whole"),
    "bad bytes": (text("Hi") + b"data: {oops\n\n", 1, "error"),
    "an error of the server": (text("Hi") + b'data: {"error": "busy"}\n\n', 1, "error"),
    "a page of HTML": (b"<html><title>502</title>", 1, "error"),
}


@pytest.mark.parametrize(("body", "code", "word"), CODES.values(), ids=list(CODES))
@pytest.mark.parametrize("mode", ["--reasoning", *MODES[:3]])
def test_code(mode: str, body: bytes, code: int, word: str) -> None:
    result = run(mode, data=body)
    assert (result.code, next(iter(result.rows))) == (code, word)


def test_a_shape_that_cannot_be_merged() -> None:
    assert run(data=b'data: {"choices": [7]}\n\n').code == 1


def test_an_error_is_told_before_the_end_of_the_bytes() -> None:
    assert run(data=Source(b'data: {"error": "busy"}\n\n', AssertionError("read on"))).code == 1


def test_an_event_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Small(ssemble.SSEParser[ssemble.ServerSentEvent]):
        def __init__(self) -> None:
            super().__init__(max_event_size=4)

    monkeypatch.setattr(_session, "SSEParser", Small)
    result = run("--sse", data=b"data: hello\n\n")
    assert (result.code, result.out) == (1, "")
    assert result.rows["error"].startswith("LimitExceeded: ")


# What stops it.


def test_ctrl_c_leaves_the_message_so_far() -> None:
    result = run(data=Source(text("Hi"), text("x", 1), KeyboardInterrupt()))
    assert (result.code, result.out) == (3, "Hi\n\n[choice 1]\nx\n")
    assert result.rows["cut short"] == "interrupted"
    assert result.rows["choice 0"] == "no finish_reason, 2 characters"


@pytest.mark.parametrize("mode", ["--reasoning", *MODES])
def test_ctrl_c_after_the_whole_message(mode: str) -> None:
    result = run(mode, data=Source(HELLO, KeyboardInterrupt()))
    assert result.code == (3 if mode == "--sse" else 0), "plain events never say that they are all"
    assert "interrupted" in result.rows.values()


def test_ctrl_c_still_gives_the_json_of_what_came() -> None:
    result = run("--json", data=Source(text("Hi"), KeyboardInterrupt()))
    assert result.code == 3
    assert json.loads(result.out)["choices"][0]["message"]["content"] == "Hi"


def test_reading_fails() -> None:
    result = run(data=Source(text("Hi"), OSError(errno.EIO, "Input/output error")))
    assert (result.code, result.out) == (3, "Hi\n")
    assert result.rows["cut short"] == "reading: Input/output error"


def test_the_reader_of_the_output_left() -> None:
    result = run(data=Source(text("a"), text("b"), AssertionError("read on")), out=Gone(errno.EPIPE, 1))
    assert (result.code, result.out) == (3, "a")
    assert result.rows["cut short"] == f"standard output: {os.strerror(errno.EPIPE)}"
    assert result.rows["choice 0"] == "no finish_reason, 2 characters"


@pytest.mark.parametrize(("mode", "whole"), [("--json", True), ("--events", False)])
def test_the_reader_left_before_the_first_line(mode: str, whole: bool) -> None:
    result = run(mode, data=Source(HELLO), out=Gone(errno.EPIPE))
    assert result.code == 0, "what was read by then was all of it"
    partial = run(mode, data=Source(text("a"), HELLO), out=Gone(errno.EPIPE))
    assert partial.code == (0 if whole else 3)


@pytest.mark.parametrize("mode", ["--reasoning", *MODES])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_output_that_cannot_be_written(mode: str, code: int) -> None:
    result = run(mode, data=HELLO, out=Gone(code))
    assert (result.code, result.rows["stopped"]) == (2, f"standard output: {os.strerror(code)}")


def test_standard_error_may_be_gone_too() -> None:
    assert run(data=HELLO, err=Gone(errno.EPIPE)) == (0, "Hello\n", "")


# JSON of items.

ITEMS: dict[str, tuple[Any, Any]] = {
    "a payload": ({"a": [1, None]}, {"a": [1, None]}),
    "a scalar": (7, 7),
    "an event": (ssemble.TextDelta("a"), {"type": "text.delta", "text": "a", "choice": 0}),
    "a plain event": (ssemble.ServerSentEvent("a", offset=5), {"data": "a", "event": "message", "id": ""}),
    "an error": (
        ssemble.InvalidJSON("bad", offset=3, event=1),
        {"class": "InvalidJSON", "offset": 3, "event": 1, "message": str(ssemble.InvalidJSON("bad", offset=3, event=1))},
    ),
    "an event of an error": (
        ssemble.ErrorEvent(ssemble.ProviderError("busy", raw={"code": 1})),
        {"type": "error", "error": {"class": "ProviderError", "raw": {"code": 1}, "message": str(ssemble.ProviderError("busy", raw={"code": 1}))}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("item", "plain"), ITEMS.values(), ids=list(ITEMS))
def test_plain_item(item: Any, plain: Any) -> None:
    assert _session.plain_item(item) == plain
    json.dumps(_session.plain_item(item))


def test_arguments() -> None:
    result = run("--arguments", data=text("Hi") + call(0, '{"a": [1, 2]', "f"))
    assert result.lines[:2] == [
        {"choice": 0, "index": 0, "name": "f", "path": ["a", 0], "value": 1},
        {"choice": 0, "index": 0, "name": "f", "path": ["a", 1], "value": 2},
    ]
    assert result.lines[2] == {"choice": 0, "index": 0, "name": "f", "arguments": '{"a": [1, 2]', "complete": False}
    assert result.code == 3


def test_reported_errors_are_not_kept_beyond_those_that_are_told() -> None:
    fault = b'data: {"error": "' + b"x" * 1000 + b'"}\n\n'
    assert memory(lambda: run("--errors", "event", "-q", data=Source(*[fault] * 3000))) < 1_000_000
