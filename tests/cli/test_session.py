"""One input of the command: output modes, errors and exit codes."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

import ssemble
from ssemble._cli import session as _session

from ..helpers import memory
from .command import DONE, HELLO, MODES, Gone, Source, call, chunk, run, text


def test_json() -> None:
    result = run("--json", data=HELLO)
    assert json.loads(result.out) == ssemble.assemble(HELLO).to_dict()
    assert result.out.startswith('{\n  "object"')
    assert result.out.count("\n}\n") == 1, "printed once"


@pytest.mark.parametrize(
    ("body", "code"), [(text("Hel"), 3), (text("Hel") + b"data: {oops\n\n", 1)], ids=["truncated", "bad"]
)
def test_json_of_a_partial_message(body: bytes, code: int) -> None:
    result = run("--json", data=body)
    assert result.code == code
    assert json.loads(result.out)["choices"][0]["message"]["content"] == "Hel"


def test_events() -> None:
    result = run("--events", data=text("é") + call(0, "{}", "f") + chunk(finish_reason="tool_calls") + DONE)
    assert '"é"' in result.out
    assert result.lines[0] == {"type": "message.start", "id": None, "model": None, "created": None}
    assert result.lines[1] == {"type": "text.delta", "text": "é", "choice": 0, "part": 0}
    tool_call = {"id": "c0", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    end = {"type": "tool_call.end", "choice": 0, "index": 0, "tool_call": tool_call, "complete": True}
    assert result.lines[-2] == end


def test_events_of_errors() -> None:
    body = b'data: {oops\n\ndata: {"error": {"message": "slow", "code": 429}}\n\n' + HELLO
    result = run("--events", "--errors", "event", data=body)
    bad, reported = (line["error"] for line in result.lines[:2])
    assert (bad["class"], bad["offset"], bad["event"]) == ("InvalidJSON", 0, 1)
    assert "partial" not in bad
    raw = {"message": "slow", "code": 429}
    assert reported == {"class": "ProviderError", "message": "slow", "code": 429, "type": None, "raw": raw}
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
def test_sse_reports_incomplete_last_event(tail: bytes) -> None:
    result = run("--sse", data=b"data: a\n\n" + tail)
    assert (result.code, len(result.lines)) == (3, 1)
    assert "has no blank line" in result.rows["truncated"]


@pytest.mark.parametrize("tail", [b": x", b"id: 5\n", b"event: x\n", b"\n"], ids=ascii)
def test_sse_without_incomplete_event(tail: bytes) -> None:
    assert run("--sse", data=b"data: a\n\n" + tail).code == 0


def test_dialect_option() -> None:
    body = b'data: {"id": "x"}\n\n'  # not a payload of any known dialect
    assert run("--events", data=body).lines[0] == {"type": "raw", "event": "message", "data": {"id": "x"}}
    assert run("--dialect", "openai-chat", "--events", data=body).lines == run("--events", data=body).lines
    assert run("--dialect", "openai-chat", "--events", data=HELLO).lines == run("--events", data=HELLO).lines


# Errors as data.

PROVIDER = {"class": "ProviderError", "message": "busy", "code": 503, "type": "overloaded"}
BUSY = b'data: {"error": {"message": "busy", "code": 503, "type": "overloaded"}}\n\n'
FAILURES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "an event": ([text("Hi"), BUSY], PROVIDER),
    "a body": ([BUSY[6:]], PROVIDER),
    "a bad payload": ([text("Hi"), b"data: {oops\n\n"], {"class": "InvalidJSON", "event": 2}),
    "a malformed chunk": ([text("Hi"), b'data: {"choices": [7]}\n\n'], {"class": "ProtocolError"}),
    "truncated": ([text("Hi")], {"class": "IncompleteStream"}),
    "nothing": ([], {"class": "IncompleteStream", "message": "no data arrived"}),
    "Ctrl-C": ([text("Hi"), KeyboardInterrupt()], {"class": "KeyboardInterrupt", "message": "interrupted"}),
    "reading": ([text("Hi"), OSError(5, "broken")], {"class": "OSError", "message": "reading: broken"}),
}


@pytest.mark.parametrize(("fragments", "facts"), FAILURES.values(), ids=list(FAILURES))
def test_final_error_is_in_the_output(fragments: list[Any], facts: dict[str, Any]) -> None:
    result = run("--json", data=Source(*fragments))
    found = json.loads(result.out)
    assert result.code
    assert facts.items() <= found["error"].items()
    assert "partial" not in found["error"]
    assert [choice["message"]["content"] for choice in found.get("choices", [])] == ["Hi"] * (text("Hi") in fragments)
    lines = run("--events", data=Source(*fragments)).lines
    assert lines[-1] == {"type": "error", "error": found["error"]}
    assert [line["type"] for line in lines].count("error") == 1


def test_reported_errors_are_not_repeated() -> None:
    lines = run("--events", "--errors", "event", data=text("Hi") + BUSY + b"data: {oops\n\n").lines
    classes = [line["error"]["class"] for line in lines if line["type"] == "error"]
    assert classes == ["ProviderError", "InvalidJSON", "IncompleteStream"]
    assert lines[-1]["type"] == "error"


@pytest.mark.parametrize("rest", [HELLO, text("Hello")], ids=["complete", "truncated"])
def test_json_has_first_reported_error(rest: bytes) -> None:
    result = run("--json", "--errors", "event", data=BUSY + b"data: {oops\n\n" + rest)
    found = json.loads(result.out)
    assert (result.code, found["error"]["class"]) == (1, "ProviderError")
    assert found["choices"][0]["message"]["content"] == "Hello"


@pytest.mark.parametrize("more", [[], [KeyboardInterrupt()]], ids=["complete", "interrupted afterwards"])
@pytest.mark.parametrize("mode", ["--json", "--events"])
def test_complete_message_has_no_error(mode: str, more: list[BaseException]) -> None:
    result = run(mode, data=Source(HELLO, *more))
    assert result.code == 0
    assert '"error"' not in result.out


@pytest.mark.parametrize("mode", MODES)
def test_nan_and_infinity_are_null(mode: str) -> None:
    number = b'{"a": [1e999, -1e999, NaN, Infinity, -Infinity]}'
    body = chunk({"content": "x"}, "stop")[:-3] + b', "x": ' + number + b"}\n\n"
    result = run(mode, data=body + DONE)
    assert result.code == 0

    def refused(word: str) -> None:
        raise AssertionError(word)

    documents = [result.out] if mode == "--json" else result.out.splitlines()
    values = [json.loads(document, parse_constant=refused) for document in documents]
    if mode in ("--json", "--chunks"):
        assert values[0]["x"] == {"a": [None] * 5}


def test_deep_payload() -> None:
    deep = b"[" * 500 + b"]" * 500
    result = run("--chunks", data=b'data: {"a": ' + deep + b"}\n\n")
    assert result.out == '{"a": ' + deep.decode() + "}\n"


# Several files.


def test_several_files_name_the_file_per_line(tmp_path: Path) -> None:
    bodies = {"complete": HELLO, "truncated": text("c")}
    names = [str(tmp_path / name) for name in bodies]
    for name, body in zip(names, bodies.values(), strict=True):
        Path(name).write_bytes(body)
    complete, truncated = run("--json", *names).lines
    assert complete == {"file": names[0], **ssemble.assemble(HELLO).to_dict()}
    assert (truncated["file"], truncated["choices"][0]["message"]["content"]) == (names[1], "c")
    assert truncated["error"]["class"] == "IncompleteStream"
    for mode in ("--events", "--sse"):
        lines = run(mode, *names).lines
        assert [{**line, "file": None} for line in lines] == [
            {**line, "file": None} for name in names for line in run(mode, name).lines
        ]
        assert {line["file"] for line in lines} == set(names)
    assert run("--chunks", *names).out == "".join(run("--chunks", name).out for name in names)


# Exit codes.

CODES: dict[str, tuple[bytes, int, str]] = {
    "complete": (HELLO, 0, "complete"),
    "no final line end": (HELLO[:-1], 0, "complete"),
    "truncated inside an event": (HELLO[:80], 3, "truncated"),
    "bad bytes after the end": (HELLO + b"data: {oops\n\n", 0, "complete"),
    "bad bytes": (text("Hi") + b"data: {oops\n\n", 1, "error"),
    "a server error": (text("Hi") + b'data: {"error": "busy"}\n\n', 1, "error"),
    "an HTML page": (b"<html><title>502</title>", 1, "error"),
    "empty": (b"", 3, "truncated"),
}


@pytest.mark.parametrize(("body", "code", "word"), CODES.values(), ids=list(CODES))
@pytest.mark.parametrize("mode", ["--reasoning", "--arguments", *MODES[:3]])
def test_exit_code(mode: str, body: bytes, code: int, word: str) -> None:
    result = run(mode, data=body)
    assert (result.code, next(iter(result.rows))) == (code, word)


def test_sse_of_empty_input() -> None:
    result = run("--sse")
    assert (result.code, result.rows["truncated"]) == (3, "no data arrived")
    assert run("--sse", data=b"\n").code == 0


ERRORS = [
    kind
    for kind in vars(ssemble).values()
    if isinstance(kind, type) and issubclass(kind, ssemble.SsembleError) and kind is not ssemble.IncompleteStream
]


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("mode", ["--reasoning", "--json", "--events"])
def test_other_errors_are_code_1(kind: type[ssemble.SsembleError], mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssemble.MessageStream, "error", property(lambda stream: kind("some error")))
    result = run(mode, data=text("Hi"))
    assert result.code == 1
    assert result.rows["error"] == f"{kind.__name__}: some error"


def test_malformed_chunk() -> None:
    assert run(data=b'data: {"choices": [7]}\n\n').code == 1


def test_error_is_reported_at_once() -> None:
    assert run(data=Source(b'data: {"error": "busy"}\n\n', AssertionError("read on"))).code == 1


def test_event_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Small(ssemble.SSEParser[ssemble.ServerSentEvent]):
        def __init__(self, flush: bool) -> None:
            super().__init__(limits=ssemble.Limits(max_event_size=4), flush=flush)

    monkeypatch.setattr(_session, "SSEParser", Small)
    result = run("--sse", data=b"data: hello\n\n")
    assert (result.code, result.out) == (1, "")
    assert result.rows["error"].startswith("LimitExceeded: ")


# Interruptions, and errors of reading and writing.


def test_ctrl_c_prints_the_message_so_far() -> None:
    result = run(data=Source(text("Hi"), text("x", 1), KeyboardInterrupt()))
    assert (result.code, result.out) == (3, "Hi\n\n[choice 1]\nx\n")
    assert result.rows["truncated"] == "interrupted"
    assert result.rows["choice 0"] == "no finish_reason, 2 characters"


@pytest.mark.parametrize("mode", ["--reasoning", *MODES])
def test_ctrl_c_after_complete_message(mode: str) -> None:
    result = run(mode, data=Source(HELLO, KeyboardInterrupt()))
    assert result.code == (3 if mode == "--sse" else 0), "server-sent events have no terminator"
    assert "interrupted" in result.rows.values()


def test_ctrl_c_with_json() -> None:
    result = run("--json", data=Source(text("Hi"), KeyboardInterrupt()))
    assert result.code == 3
    assert json.loads(result.out)["choices"][0]["message"]["content"] == "Hi"


def test_read_error() -> None:
    result = run(data=Source(text("Hi"), OSError(errno.EIO, "Input/output error")))
    assert (result.code, result.out) == (2, "Hi\n")
    assert result.rows["stopped"] == "reading: Input/output error"
    complete = run(data=Source(HELLO, OSError("no errno")))
    assert (complete.code, complete.rows["complete"]) == (0, "reading: no errno")


def test_output_closed() -> None:
    result = run(data=Source(text("a"), text("b"), AssertionError("read on")), out=Gone(errno.EPIPE, 1))
    assert (result.code, result.out) == (3, "a")
    assert result.rows["truncated"] == f"standard output: {os.strerror(errno.EPIPE)}"
    assert result.rows["choice 0"] == "no finish_reason, 2 characters"


@pytest.mark.parametrize(("mode", "printed_at_end"), [("--json", True), ("--events", False)])
def test_output_closed_before_first_line(mode: str, printed_at_end: bool) -> None:
    result = run(mode, data=Source(HELLO), out=Gone(errno.EPIPE))
    assert result.code == 0, "the message was read completely"
    partial = run(mode, data=Source(text("a"), HELLO), out=Gone(errno.EPIPE))
    assert partial.code == (0 if printed_at_end else 3)


@pytest.mark.parametrize("mode", ["--reasoning", *MODES])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_write_error(mode: str, code: int) -> None:
    result = run(mode, data=HELLO, out=Gone(code))
    assert (result.code, result.rows["stopped"]) == (2, f"standard output: {os.strerror(code)}")


def test_standard_error_closed() -> None:
    assert run(data=HELLO, err=Gone(errno.EPIPE)) == (0, "Hello\n", "")


# Events and payloads as JSON.

ITEMS: dict[str, tuple[Any, Any]] = {
    "a payload": ({"a": [1, None]}, {"a": [1, None]}),
    "a scalar": (7, 7),
    "an event": (ssemble.TextDelta("a"), {"type": "text.delta", "text": "a", "choice": 0, "part": 0}),
    "a server-sent event": (ssemble.ServerSentEvent("a", offset=5), {"data": "a", "event": "message", "id": ""}),
    "an error event": (
        ssemble.ErrorEvent(ssemble.ProviderError("busy", raw={"code": 1})),
        {"type": "error", "error": {"class": "ProviderError", "message": "busy", "code": 1, "type": None, "raw": {"code": 1}}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("item", "expected"), ITEMS.values(), ids=list(ITEMS))
def test_item_to_json(item: Any, expected: Any) -> None:
    assert _session.item_to_json(item) == expected
    json.dumps(_session.item_to_json(item))


def test_arguments() -> None:
    result = run("--arguments", data=text("Hi") + call(0, '{"a": [1, 2]', "f"))
    assert result.lines[:2] == [
        {"choice": 0, "index": 0, "name": "f", "path": ["a", 0], "value": 1},
        {"choice": 0, "index": 0, "name": "f", "path": ["a", 1], "value": 2},
    ]
    assert result.lines[2] == {"choice": 0, "index": 0, "name": "f", "arguments": '{"a": [1, 2]', "complete": False}
    assert result.code == 3


def test_memory_of_many_reported_errors() -> None:
    fault = b'data: {"error": "' + b"x" * 1000 + b'"}\n\n'
    assert memory(lambda: run("--errors", "event", "-q", data=Source(*[fault] * 3000))) < 1_000_000


@pytest.mark.parametrize("dialect", ["anthropic", "gemini", "openai-chat", "openai-responses"])
def test_another_wire_format(dialect: str) -> None:
    result = run("--to", dialect, data=HELLO)
    assert result.code == 0
    assert ssemble.assemble(result.out.encode(), dialect).text == "Hello"
    assert result.out.encode() == b"".join(ssemble.transcode(HELLO, to=dialect))
    assert "losses" not in result.rows


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (text("Hel"), 3, "the stream ended"),
        (text("Hel") + b'data: {"error": {"message": "slow", "code": 429}}\n\n', 1, "slow"),
        (b"", 3, "no data arrived"),
        (b'data: {"promptFeedback": {"blockReason": "SAFETY"}}\n\n', 3, "the stream ended"),
    ],
    ids=["truncated", "error", "empty", "blocked"],
)
def test_an_error_is_told_in_the_wire_format(body: bytes, code: int, message: str) -> None:
    result = run("--to", "anthropic", data=body)
    assert result.code == code
    assert "message_stop" not in result.out
    with pytest.raises(ssemble.ProviderError, match=message):
        ssemble.assemble(result.out.encode(), "anthropic")


def test_what_a_wire_format_cannot_say_is_in_the_summary() -> None:
    body = text("A") + text("B", 1) + chunk({"refusal": "No"}, "stop") + DONE
    result = run("--to", "anthropic", data=body)
    assert result.rows["losses"] == "refusal_as_text 1: a refusal was written as text"
    assert "losses     choice 1: all choices but the first were left out" in result.err
    assert run("-q", "--to", "anthropic", data=body).err == ""
