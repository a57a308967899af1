"""The summary of the command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import ssemble
from ssemble._cli import recording as _recording
from ssemble._cli import summary as _summary
from ssemble._cli.terminal import Output

from ..clients.official_wire import ANTHROPIC, ARGUMENTS, ARGUMENTS_TEXT, GEMINI, RESPONSES, Wire
from .command import DONE, HELLO, PLAIN, Result, Source, Terminal, call, chunk, run, text

# Rows of the summary between the verdict and the timing.
ROWS: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", {"hint": _summary.HINT_NO_DATA}),
    "id and model": (chunk(id="m1", model="demo"), {"message": "m1, demo", "choice 0": "no finish_reason, 0 characters"}),
    "only an id": (chunk(id="m1"), {"message": "m1", "choice 0": "no finish_reason, 0 characters"}),
    "only a model": (chunk(model="demo"), {"message": "demo", "choice 0": "no finish_reason, 0 characters"}),
    "text": (HELLO, {"choice 0": "stop, 5 characters"}),
    "much text": (text("x" * 1234) + DONE, {"choice 0": "no finish_reason, 1,234 characters", "repairs": f"missing_finish_reason 1: {_summary.REPAIRS['missing_finish_reason']}"}),
    "reasoning": (chunk({"reasoning": "Hmm"}) + HELLO, {"choice 0": "stop, 5 characters, 3 of reasoning"}),
    "a nonstandard finish_reason": (chunk({"content": "a"}, "eos"), {"choice 0": "stop (eos), 1 characters"}),
    "refusal and unknown finish_reason": (
        chunk({"refusal": "I\nwon't"}, "flagged"),
        {"choice 0": "other (flagged), 0 characters, refused: I\\nwon't"},
    ),
    "choices": (
        text("a", 1) + chunk({"content": "bc"}, "length"),
        {"choice 0": "length, 2 characters", "choice 1": "no finish_reason, 1 characters"},
    ),
    "one call that was not ended": (call(0, '{"a": 1}', "f"), {"choice 0": "no finish_reason, 0 characters", "call 0": 'f {"a": 1} (truncated)'}),
    "a complete and a truncated call": (
        call(0, '{"a": 1}', "f") + call(1, '{"b', "g"),
        {"choice 0": "no finish_reason, 0 characters", "call 0": 'f {"a": 1} (complete)', "call 1": 'g {"b (truncated)'},
    ),
    "a truncated call": (call(1, '{"b', "g"), {"choice 0": "no finish_reason, 0 characters", "call 0": 'g {"b (truncated)'}),
    "malformed arguments": (call(0, '{"b', "g") + chunk(choices=[{"index": 0, "finish_reason": "stop"}]) + DONE, {"choice 0": "stop, 0 characters", "call 0": 'g {"b (arguments are not JSON)'}),
    "long arguments": (
        call(0, "x" * 2500, "f"),
        {"choice 0": "no finish_reason, 0 characters", "call 0": f"f {'x' * 500}... and 2,000 characters more (truncated)"},
    ),
    "arguments of the maximum length": (
        call(0, "x" * 500, "f"),
        {"choice 0": "no finish_reason, 0 characters", "call 0": f"f {'x' * 500} (truncated)"},
    ),
    "usage": (
        HELLO[: -len(DONE)]
        + chunk(usage={"prompt_tokens": 1200, "cost": 0.5, "cached": True, "note": "x", "none": None, "zero": 0}),
        {"choice 0": "stop, 5 characters", "usage": "prompt_tokens 1,200, cost 0.5, zero 0"},
    ),
    "usage details, without zeros": (
        chunk(usage={"total": 1, "details": {"reasoning": 7, "audio": 0, "more": {"text": 2, "image": 0}}}),
        {"choice 0": "no finish_reason, 0 characters", "usage": "total 1, reasoning 7, text 2"},
    ),
    "repairs": (
        b"data: data: " + HELLO[6:] + b": ",
        {"choice 0": "stop, 5 characters", "repairs": "doubled_data_prefix 1: a data: prefix was duplicated"},
    ),
    "two kinds of repairs": (
        b"data: \n\n" * 2 + b"data: data: " + HELLO[6:],
        {"choice 0": "stop, 5 characters", "repairs": "doubled_data_prefix 1: a data: prefix was duplicated"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "rows"), ROWS.values(), ids=list(ROWS))
def test_rows(body: bytes, rows: dict[str, str]) -> None:
    found = list(run(data=body).rows.items())
    assert dict(found[1:-1]) == rows
    assert found[-1][0] == "stream"


@pytest.mark.parametrize("wire", [ANTHROPIC, RESPONSES, GEMINI], ids=lambda wire: wire.dialect)
def test_every_dialect_has_its_summary_and_its_arguments(wire: Wire) -> None:
    result = run("--dialect", wire.dialect, "--arguments", data=wire.body)
    assert result.code == 0
    assert result.rows["message"].endswith(", m-1")
    assert result.rows["choice 0"].startswith("tool_calls (")
    assert result.rows["call 0"] == f"weather {ARGUMENTS_TEXT} (complete)"
    assert all(f"{count}" in result.rows["usage"] for count in wire.usage.values() if isinstance(count, int))
    assert result.lines[-1]["arguments"] == ARGUMENTS
    assert json.loads(run("--dialect", wire.dialect, "--json", data=wire.body).out) == wire.message


def test_each_repair_is_explained_on_a_line() -> None:
    result = run(data=b"data: \n\n" * 1200 + b"data: data: " + HELLO[6:])
    assert (
        "\nrepairs    empty_data 1,200: an event without data was skipped\nrepairs    doubled_data_prefix 1: "
        in result.err
    )


def test_repair_without_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_summary, "REPAIRS", {})
    assert run(data=b"data: \n\n" + HELLO).rows["repairs"] == "empty_data 1"


def test_every_repair_has_an_explanation() -> None:
    sources = Path(ssemble.__file__).parent.rglob("*.py")
    texts = [file.read_text(encoding="utf-8") for file in sources]
    calls = [found for text in texts for found in re.findall(r'repair(?:ed)?\(("\w+"(?: if [^)]+ else "\w+")?)', text)]
    codes = {code for found in calls for code in re.findall(r'"(\w+)"', found)}
    assert len(codes) > 20
    assert codes - set(_summary.REPAIRS) == set()
    assert list(_summary.REPAIRS) == sorted(_summary.REPAIRS)


def test_hint_for_an_empty_pipe(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for mode in ([], ["--sse"], ["--chunks"]):
        assert run(*mode).rows["hint"] == _summary.HINT_NO_DATA
    assert "hint" not in run(str(tmp_path / "empty")).rows
    assert "hint" not in run(data=b": waiting\n").rows
    assert "hint" not in run(data=Source(KeyboardInterrupt())).rows


VERDICTS: dict[str, tuple[list[str], Any, str, str]] = {
    "complete": ([], HELLO, "complete", ""),
    "complete chunks": (["--chunks"], b'data: {"n": 1}\n\n' + DONE, "complete", ""),
    "chunks without a terminator": (["--chunks"], b'data: {"n": 1}\n\n', "ended", ""),
    "events": (["--sse"], b"data: a\n\n", "ended", ""),
    "an incomplete event": (
        ["--sse"],
        b"data: a\n\ndata: b\n",
        "truncated",
        "the last event has no blank line and was dropped: 'b'",
    ),
    "truncated": (
        [],
        text("a"),
        "truncated",
        "the stream ended before the message was complete: no terminator, and no finish_reason",
    ),
    "nothing": ([], b"", "truncated", "no data arrived"),
    "error": ([], b'data: {"error": "busy"}\n\n', "error", "ProviderError: busy"),
    "reported": (["--errors", "event"], b'data: {"error": "busy"}\n\n' + HELLO, "error", "the rest is complete"),
    "interrupted": ([], Source(text("a"), KeyboardInterrupt()), "truncated", "interrupted"),
    "interrupted, but complete": ([], Source(HELLO, KeyboardInterrupt()), "complete", "interrupted"),
}


@pytest.mark.parametrize(("argv", "data", "word", "why"), VERDICTS.values(), ids=list(VERDICTS))
def test_verdict(argv: list[str], data: Any, word: str, why: str) -> None:
    assert next(iter(run(*argv, data=data).rows.items())) == (word, why)


# The clock is read at the start, for each fragment, and at the end.
SPEEDS: dict[str, tuple[list[str], list[float], bytes, str]] = {
    "text": ([], [10.0, 10.5, 12.0], HELLO, "3 chunks, 5 characters in 2.00 s (2 a second), the first after 0.50 s"),
    "no text": ([], [1.0, 1.5, 2.0], chunk() + DONE, "1 chunks, 0 characters in 1.00 s"),
    "no time passed": ([], [1.0] * 3, HELLO, "3 chunks, 5 characters in 0.00 s (5,000 a second), the first after 0.00 s"),
    "chunks": (["--chunks"], [1.0, 1.5, 2.5], HELLO, "3 payloads in 1.50 s"),
    "events": (["--sse"], [1.0, 1.5, 2.5], HELLO, "4 events in 1.50 s"),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "times", "body", "speed"), SPEEDS.values(), ids=list(SPEEDS))
def test_speed(monkeypatch: pytest.MonkeyPatch, argv: list[str], times: list[float], body: bytes, speed: str) -> None:
    result = run_at(monkeypatch, times, *argv, data=Source(body))
    assert result.rows["stream"] == speed


def run_at(monkeypatch: pytest.MonkeyPatch, times: list[float], *argv: str, data: Source) -> Result:
    """Run the command with a clock that shows these times."""
    clock = iter(times)
    monkeypatch.setattr(_recording, "monotonic", lambda: next(clock))
    result = run(*argv, data=data)
    assert list(clock) == []
    return result


LS = call(0, "", "ls")
GAPS: dict[str, tuple[list[float], list[bytes | BaseException], str]] = {
    "in a call": ([0, 1, 2, 9, 10, 10], [text("a"), LS, call(0, '{"a": 1}'), DONE], "7.00 s in call 0 ls"),
    "in the text": ([0, 5, 5.5, 6], [text("a"), text("b")], "0.50 s in text"),
    "until the end": ([0, 1, 2, 60], [text("a"), b": ping\n\n"], "59.00 s in text"),
    "until Ctrl-C": ([0, 1, 31], [text("a"), KeyboardInterrupt()], "30.00 s in text"),
    "after the terminator": ([0, 1, 1, 59, 60], [text("a"), DONE, b": ping\n\n"], ""),
    "too short": ([0, 1, 1.001, 1.002], [text("a"), text("b")], ""),
    "without content": ([0, 1, 60], [chunk()], ""),
}


@pytest.mark.parametrize(("times", "fragments", "gap"), GAPS.values(), ids=list(GAPS))
def test_longest_gap(
    monkeypatch: pytest.MonkeyPatch, times: list[float], fragments: list[bytes | BaseException], gap: str
) -> None:
    stream = run_at(monkeypatch, times, data=Source(*fragments)).rows["stream"]
    assert stream.partition("; the longest gap: ")[2] == gap


@pytest.mark.parametrize(
    ("count", "listed", "last"), [(1, 1, "InvalidJSON"), (9, 9, "InvalidJSON"), (11, 10, "and 2 more")]
)
def test_listed_errors_are_limited(count: int, listed: int, last: str) -> None:
    result = run("--errors", "event", data=b"data: {oops\n\n" * count + HELLO)
    assert (result.code, result.out) == (1, "Hello\n")
    assert result.rows["error"] == "the rest is complete"
    assert result.err.count("\nreported ") == listed
    assert result.rows["reported"].startswith(last)


def test_long_error_is_shortened() -> None:
    body = b'data: {"error": "' + b"x" * 700 + b'"}\n\n'
    assert run(data=body).rows["error"] == f"ProviderError: {'x' * 500}... and 200 characters more"


def test_blank_line_after_text_on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Terminal()
    run(data=HELLO, out=both, err=both, env=PLAIN)
    assert both.getvalue().startswith("Hello\n\ncomplete\nchoice 0   stop, 5 characters\nstream     3 chunks")
    assert run(data=HELLO, err=Terminal(), env=PLAIN).err.startswith("complete\n")
    assert run(data=HELLO, out=Terminal()).err.startswith("complete\n")
    monkeypatch.setattr(Output, "shares", lambda output, other: True)
    assert run(data=HELLO).err.startswith("\ncomplete\n"), "both in one pipe"


@pytest.mark.parametrize(
    ("body", "colour"),
    [(HELLO, "32"), (text("a"), "33"), (b"data: {oops\n\n", "31")],
    ids=["complete", "truncated", "error"],
)
def test_colours(body: bytes, colour: str) -> None:
    err = run(data=body, err=Terminal()).err
    assert err.startswith(f"\x1b[{colour}m")
    assert "\n\x1b[1mstream\x1b[0m     " in err


@pytest.mark.parametrize(
    ("argv", "body", "line"),
    [
        ([], HELLO, ""),
        ([], b"", "ssemble: truncated: no data arrived\n"),
        ([], text("Hi"), "ssemble: truncated: the stream ended before the message was complete: no terminator, and no finish_reason\n"),
        ([], b'data: {"error": "busy"}\n\n', "ssemble: error: ProviderError: busy\n"),
        (["--errors", "event"], b'data: {"error": "busy"}\n\n' + HELLO, "ssemble: error: ProviderError: busy\n"),
        (["--errors", "event"], b'data: {"error": "busy"}\n\n' + text("Hi"), "ssemble: error: ProviderError: busy\n"),
    ],
    ids=["complete", "empty", "truncated", "error", "reported", "reported and truncated"],
)  # fmt: skip
def test_quiet(argv: list[str], body: bytes, line: str) -> None:
    for option in ("--quiet", "-q"):
        assert run(option, *argv, data=body).err == line
