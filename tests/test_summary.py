"""How a stream went, in a few lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import ssemble
from ssemble import _session, _summary
from ssemble._terminal import Output

from .command import DONE, HELLO, PLAIN, Source, Terminal, call, chunk, run, text

# The rows that tell of the message, without the verdict and the speed.
ROWS: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", {"hint": _summary.NOTHING}),
    "id and model": (chunk(id="m1", model="demo"), {"message": "m1, demo", "choice 0": "no finish_reason, 0 characters"}),
    "only an id": (chunk(id="m1"), {"message": "m1", "choice 0": "no finish_reason, 0 characters"}),
    "only a model": (chunk(model="demo"), {"message": "demo", "choice 0": "no finish_reason, 0 characters"}),
    "text": (HELLO, {"choice 0": "stop, 5 characters"}),
    "much text": (text("x" * 1234) + DONE, {"choice 0": "no finish_reason, 1,234 characters", "repairs": f"missing_finish_reason 1: {_summary.REPAIRS['missing_finish_reason']}"}),
    "reasoning": (chunk({"reasoning": "Hmm"}) + HELLO, {"choice 0": "stop, 5 characters, 3 of reasoning"}),
    "another word for the reason": (chunk({"content": "a"}, "eos"), {"choice 0": "stop (eos), 1 characters"}),
    "refusal and a foreign reason": (
        chunk({"refusal": "I\nwon't"}, "flagged"),
        {"choice 0": "other (flagged), 0 characters, refused: I\\nwon't"},
    ),
    "choices": (
        text("a", 1) + chunk({"content": "bc"}, "length"),
        {"choice 0": "length, 2 characters", "choice 1": "no finish_reason, 1 characters"},
    ),
    "a whole call, with no other behind it": (call(0, '{"a": 1}', "f"), {"choice 0": "no finish_reason, 0 characters", "call 0": 'f {"a": 1} (cut short)'}),
    "a whole call and half of one": (
        call(0, '{"a": 1}', "f") + call(1, '{"b', "g"),
        {"choice 0": "no finish_reason, 0 characters", "call 0": 'f {"a": 1} (complete)', "call 1": 'g {"b (cut short)'},
    ),
    "a call cut short": (call(1, '{"b', "g"), {"choice 0": "no finish_reason, 0 characters", "call 0": 'g {"b (cut short)'}),
    "a bad call": (call(0, '{"b', "g") + chunk(choices=[{"index": 0, "finish_reason": "stop"}]) + DONE, {"choice 0": "stop, 0 characters", "call 0": 'g {"b (arguments are not JSON)'}),
    "long arguments": (
        call(0, "x" * 2500, "f"),
        {"choice 0": "no finish_reason, 0 characters", "call 0": f"f {'x' * 500}... and 2,000 characters more (cut short)"},
    ),
    "arguments just not too long": (
        call(0, "x" * 500, "f"),
        {"choice 0": "no finish_reason, 0 characters", "call 0": f"f {'x' * 500} (cut short)"},
    ),
    "usage": (
        HELLO[: -len(DONE)]
        + chunk(usage={"prompt_tokens": 1200, "cost": 0.5, "cached": True, "note": "x", "none": None, "zero": 0}),
        {"choice 0": "stop, 5 characters", "usage": "prompt_tokens 1,200, cost 0.5, zero 0"},
    ),
    "usage in detail, without its zeros": (
        chunk(usage={"total": 1, "details": {"reasoning": 7, "audio": 0, "more": {"text": 2, "image": 0}}}),
        {"choice 0": "no finish_reason, 0 characters", "usage": "total 1, reasoning 7, text 2"},
    ),
    "repairs": (
        b"data: data: " + HELLO[6:] + b": ",
        {"choice 0": "stop, 5 characters", "repairs": "doubled_data_prefix 1: data: stood twice before a payload"},
    ),
    "two kinds of repairs": (
        b"data: \n\n" * 2 + b"data: data: " + HELLO[6:],
        {"choice 0": "stop, 5 characters", "repairs": "doubled_data_prefix 1: data: stood twice before a payload"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "rows"), ROWS.values(), ids=list(ROWS))
def test_rows(body: bytes, rows: dict[str, str]) -> None:
    found = list(run(data=body).rows.items())
    assert dict(found[1:-1]) == rows
    assert found[-1][0] == "stream"


def test_repairs_are_a_line_each_in_words() -> None:
    result = run(data=b"data: \n\n" * 1200 + b"data: data: " + HELLO[6:])
    assert (
        "\nrepairs    empty_data 1,200: an event without data, skipped\nrepairs    doubled_data_prefix 1: "
        in result.err
    )


def test_a_repair_without_words_is_told_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_summary, "REPAIRS", {})
    assert run(data=b"data: \n\n" + HELLO).rows["repairs"] == "empty_data 1"


def test_every_repair_of_the_library_has_words() -> None:
    sources = Path(ssemble.__file__).parent.rglob("*.py")
    codes = {
        code for file in sources for code in re.findall(r'repair(?:ed)?\("(\w+)"', file.read_text(encoding="utf-8"))
    }
    assert len(codes) > 20
    assert codes - set(_summary.REPAIRS) == set()
    assert list(_summary.REPAIRS) == sorted(_summary.REPAIRS)


def test_a_hint_where_nothing_arrived_is_for_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for mode in ([], ["--sse"], ["--chunks"]):
        assert run(*mode).rows["hint"] == _summary.NOTHING
    assert "hint" not in run(str(tmp_path / "empty")).rows
    assert "hint" not in run(data=b": waiting\n").rows
    assert "hint" not in run(data=Source(KeyboardInterrupt())).rows


VERDICTS: dict[str, tuple[list[str], Any, str, str]] = {
    "whole": ([], HELLO, "whole", ""),
    "whole chunks": (["--chunks"], b'data: {"n": 1}\n\n' + DONE, "whole", ""),
    "chunks without a terminator": (["--chunks"], b'data: {"n": 1}\n\n', "ended", ""),
    "events": (["--sse"], b"data: a\n\n", "ended", ""),
    "half an event": (
        ["--sse"],
        b"data: a\n\ndata: b\n",
        "cut short",
        "the last event has no blank line, and is left out: 'b'",
    ),
    "cut short": (
        [],
        text("a"),
        "cut short",
        "the stream ended before the message was complete: no terminator, and no finish_reason",
    ),
    "nothing": ([], b"", "cut short", "nothing arrived, not a single byte"),
    "error": ([], b'data: {"error": "busy"}\n\n', "error", "ProviderError: busy"),
    "reported": (["--errors", "event"], b'data: {"error": "busy"}\n\n' + HELLO, "error", "the rest is whole"),
    "interrupted": ([], Source(text("a"), KeyboardInterrupt()), "cut short", "interrupted"),
    "interrupted, but whole": ([], Source(HELLO, KeyboardInterrupt()), "whole", "interrupted"),
}


@pytest.mark.parametrize(("argv", "data", "word", "why"), VERDICTS.values(), ids=list(VERDICTS))
def test_verdict(argv: list[str], data: Any, word: str, why: str) -> None:
    assert next(iter(run(*argv, data=data).rows.items())) == (word, why)


SPEEDS: dict[str, tuple[list[str], list[float], bytes, str]] = {
    "text": ([], [10.0, 10.5, 12.0], HELLO, "3 chunks, 5 characters in 2.00 s (2 a second), the first after 0.50 s"),
    "no text": ([], [1.0, 2.0], chunk() + DONE, "1 chunks, 0 characters in 1.00 s"),
    "a clock that stands still": ([], [1.0] * 4, HELLO, "3 chunks, 5 characters in 0.00 s (5,000 a second), the first after 0.00 s"),
    "chunks": (["--chunks"], [1.0, 2.5], HELLO, "3 payloads in 1.50 s"),
    "events": (["--sse"], [1.0, 2.5], HELLO, "4 events in 1.50 s"),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "times", "body", "speed"), SPEEDS.values(), ids=list(SPEEDS))
def test_speed(monkeypatch: pytest.MonkeyPatch, argv: list[str], times: list[float], body: bytes, speed: str) -> None:
    clock = iter(times)
    monkeypatch.setattr(_session, "monotonic", lambda: next(clock))
    assert run(*argv, data=body).rows["stream"] == speed


@pytest.mark.parametrize(
    ("faults", "listed", "last"), [(1, 1, "InvalidJSON"), (9, 9, "InvalidJSON"), (11, 10, "and 2 more")]
)
def test_reported_errors_are_listed_up_to_a_number(faults: int, listed: int, last: str) -> None:
    result = run("--errors", "event", data=b"data: {oops\n\n" * faults + HELLO)
    assert (result.code, result.out) == (1, "Hello\n")
    assert result.rows["error"] == "the rest is whole"
    assert result.err.count("\nreported ") == listed
    assert result.rows["reported"].startswith(last)


def test_a_long_error_is_shortened() -> None:
    body = b'data: {"error": "' + b"x" * 700 + b'"}\n\n'
    assert run(data=body).rows["error"] == f"ProviderError: {'x' * 500}... and 200 characters more"


def test_a_blank_line_before_it_where_the_text_is_on_the_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Terminal()
    run(data=HELLO, out=both, err=both, env=PLAIN)
    assert both.getvalue().startswith("Hello\n\nwhole\nchoice 0   stop, 5 characters\nstream     3 chunks")
    assert run(data=HELLO, err=Terminal(), env=PLAIN).err.startswith("whole\n")
    assert run(data=HELLO, out=Terminal()).err.startswith("whole\n")
    monkeypatch.setattr(Output, "shares", lambda output, other: True)
    assert run(data=HELLO).err.startswith("\nwhole\n"), "or in one pipe with it"


@pytest.mark.parametrize(
    ("body", "colour"),
    [(HELLO, "32"), (text("a"), "33"), (b"data: {oops\n\n", "31")],
    ids=["whole", "cut short", "error"],
)
def test_the_verdict_has_its_colour_and_the_labels_are_bold(body: bytes, colour: str) -> None:
    err = run(data=body, err=Terminal()).err
    assert err.startswith(f"\x1b[{colour}m")
    assert "\n\x1b[1mstream\x1b[0m     " in err


@pytest.mark.parametrize(
    ("argv", "body", "line"),
    [
        ([], HELLO, ""),
        ([], b"", "ssemble: cut short: nothing arrived, not a single byte\n"),
        ([], text("Hi"), "ssemble: cut short: the stream ended before the message was complete: no terminator, and no finish_reason\n"),
        ([], b'data: {"error": "busy"}\n\n', "ssemble: error: ProviderError: busy\n"),
        (["--errors", "event"], b'data: {"error": "busy"}\n\n' + HELLO, "ssemble: error: ProviderError: busy\n"),
        (["--errors", "event"], b'data: {"error": "busy"}\n\n' + text("Hi"), "ssemble: error: ProviderError: busy\n"),
    ],
    ids=["whole", "nothing", "cut short", "error", "reported", "reported and cut short"],
)  # fmt: skip
def test_quiet_is_one_line_and_only_if_something_is_wrong(argv: list[str], body: bytes, line: str) -> None:
    for option in ("--quiet", "-q"):
        assert run(option, *argv, data=body).err == line
