"""Output to terminals and pipes, and the live text view."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO
from unicodedata import category

import pytest

from ssemble._cli.main import main
from ssemble._cli.terminal import JOIN_EVERY, BufferedText, Output, OutputClosed, escaped

from ..helpers import memory
from .command import DONE, HELLO, PLAIN, Gone, Source, Terminal, call, chunk, run, text

# Bodies, and what standard output holds if it is not a terminal.
SHOWN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", ""),
    "only a call": (call(0, "{1}", "f") + DONE, ""),
    "text": (HELLO, "Hello\n"),
    "text that ends with a line end": (text("Hi\n") + DONE, "Hi\n"),
    "only a line end": (text("\n") + DONE, "\n"),
    "lines": (text("a\n") + text("\n") + text("b") + DONE, "a\n\nb\n"),
    "text around a call": (text("a") + call(0, "{1}", "f") + text("b") + DONE, "ab\n"),
    "choices: the first one live, then the others by number": (
        text("a", 1) + text("x", 2) + text("b", 1) + text("y", 0) + text("z\n", 2) + DONE,
        "ab\n\n[choice 0]\ny\n\n[choice 2]\nxz\n",
    ),
    "another choice without text": (text("a") + chunk({"reasoning": "hm"}, choice=1) + DONE, "a\n"),
    "control characters, unchanged": (text("a\x1b[2J\x9b1m\tb\r\nc") + DONE, "a\x1b[2J\x9b1m\tb\r\nc\n"),
}


@pytest.mark.parametrize(("body", "shown"), SHOWN.values(), ids=list(SHOWN))
@pytest.mark.parametrize("argv", [[], ["--reasoning"], ["--quiet"]], ids=["alone", "reasoning", "quiet"])
def test_standard_output_is_only_text(body: bytes, shown: str, argv: list[str]) -> None:
    assert run(*argv, data=body).out == shown


def test_output_is_flushed_before_next_read() -> None:
    seen = []

    class Buffering(io.StringIO):
        flushed = ""

        def flush(self) -> None:
            self.flushed = self.getvalue()

    class Watching(Source):
        def read1(self, size: int) -> bytes:
            seen.append(out.flushed)
            return super().read1(size)

    out = Buffering()
    run(data=Watching(text("a"), text("b"), DONE), out=out)
    assert seen == ["", "a", "ab", "ab"]


# Reasoning, refusals and tool calls.

THOUGHT = chunk({"reasoning_content": "Hmm"}) + HELLO


@pytest.mark.parametrize(
    ("argv", "terminal", "shown"),
    [
        ([], False, False),
        ([], True, True),
        (["--reasoning"], False, True),
        (["--quiet"], True, False),
        (["--quiet", "--reasoning"], True, False),
    ],
)
def test_when_reasoning_is_shown(argv: list[str], terminal: bool, shown: bool) -> None:
    err = run(*argv, data=THOUGHT, err=Terminal() if terminal else None, env=PLAIN).err
    assert err.startswith("Hmm\ncomplete" if shown else "" if "--quiet" in argv else "complete")
    assert ("Hmm" in err) is shown


def test_details_are_on_separate_lines() -> None:
    body = chunk({"reasoning_content": "Hm"}) + chunk({"reasoning_content": "m"})
    body += chunk({"reasoning_content": "other"}, choice=1)
    body += text("a") + call(0, '{"x"', "f") + call(0, ": 1}") + call(1, "{}", "g") + chunk({"refusal": "no"})
    result = run("--reasoning", data=body + DONE)
    assert result.out == "a\n"
    assert result.err.startswith('Hmm\nf {"x": 1}\ng \nno\ng {}\ncomplete')


def test_resumed_call_is_named_again() -> None:
    body = call(0, '{"x"', "f") + call(1, '{"y"', "g") + call(0, ": 1}") + call(1, ": 2}")
    assert run("--reasoning", data=body + DONE).err.startswith('f {"x"\ng {"y"\nf : 1}\ng : 2}\ncomplete')


def test_call_begins_a_line_on_terminal() -> None:
    both = Terminal()
    run(data=text("a") + call(0, '{"x"}', "f") + text("b") + DONE, out=both, err=both, env=PLAIN)
    assert both.getvalue().startswith('a\nf {"x"}\nb\n\ncomplete')


def test_text_in_a_pipe_is_unchanged() -> None:
    assert run("--reasoning", data=text("a") + chunk({"reasoning": "Hmm"}) + text("b") + DONE).out == "ab\n"


def test_details_begin_a_line_in_shared_output(monkeypatch: pytest.MonkeyPatch) -> None:
    body = chunk({"reasoning": "Hmm"}) + text("a\nb") + call(0, "{1}", "f") + call(1, "[]", "g") + text("c\n")
    body += chunk({"refusal": "no"}) + text("d") + DONE
    shown = "Hmm\na\nb\nf {1}\ng []\nc\nno\nd\n"
    both = io.StringIO()
    monkeypatch.setattr(Output, "shares", lambda output, other: True)
    run("--reasoning", data=body, out=both, err=both)
    assert both.getvalue().startswith(shown)
    monkeypatch.undo()
    out = io.StringIO()
    result = run("--reasoning", data=body, out=out, err=Terminal(), env=PLAIN)
    assert (out.getvalue(), result.err[:19]) == ("a\nbc\nd\n", "Hmm\n\nf {1}\ng []\nno\n")
    assert run("--reasoning", data=body).err.startswith("Hmm\nf {1}\ng []\nno\ncomplete"), "separate outputs"


def test_shares(tmp_path: Path) -> None:
    def both(one: TextIO | None, other: TextIO | None) -> bool:
        return Output(one, required=True).shares(Output(other, required=False))

    with open(tmp_path / "a", "w", encoding="utf-8") as a, open(tmp_path / "b", "w", encoding="utf-8") as b:
        with os.fdopen(os.dup(a.fileno()), "w", encoding="utf-8") as copy:
            assert both(a, copy)
        assert not both(a, b)
        assert not both(a, Terminal())
        assert not both(a, io.StringIO())
        assert not both(None, b)
    assert both(Terminal(), Terminal())


def test_buffered_text_is_joined_on_the_way() -> None:
    waiting, told = BufferedText(), ""
    for number in range(2 * JOIN_EVERY + 1):
        waiting.add(f"{number} ")
        told += f"{number} "
        if number % 333 == 0:
            assert waiting.text() == told
    assert waiting.text() == told


@pytest.mark.parametrize("piece", ["字", "x", "ab"])
def test_memory_of_buffered_text(piece: str) -> None:
    count = 200_000
    waiting = BufferedText()

    def fill() -> None:
        for at in range(count):
            waiting.add(piece[: at % 3 + 1])

    assert memory(fill) < 2.5 * len(piece) * count + 200_000
    assert waiting.text() == "".join(piece[: at % 3 + 1] for at in range(count))


# Colours and control characters.


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
    ids=lambda value: str(value),
)
def test_colours(env: dict[str, str], coloured: bool) -> None:
    assert ("\x1b[32mcomplete\x1b[0m" in run(data=HELLO, err=Terminal(), env=env).err) is coloured
    assert "\x1b" not in run(data=HELLO, env=env).err


def test_control_characters_in_text() -> None:
    body = text("a\x1b[2J\x9b1m\tb\r\nc\x7f\r") + DONE
    assert run(data=body, out=Terminal()).out == "a\\u001b[2J\\u009b1m\tb\nc\\u007f\\u000d\n"
    bad = run(data=b'data: {"error": "\\u001b[2J\\ncomplete"}\n\n')
    assert bad.rows["error"] == "ProviderError: \\u001b[2J\\ncomplete"


def test_control_characters_in_details() -> None:
    body = chunk({"reasoning": "\x1b[2J"}) + call(0, "\x1b[3J", "\x1b[4J") + text("\x1b[5J", 0) + text("\x1b[6J", 1)
    both = Terminal()
    run(data=body + DONE, out=both, err=both, env=PLAIN)
    assert "\x1b" not in both.getvalue()
    for number in range(2, 7):
        assert f"\\u001b[{number}J" in both.getvalue()


# Format characters in Unicode that are visible, such as signs before Arabic, Syriac and Kaithi numbers.
VISIBLE = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
INVISIBLE = [
    chr(code)
    for code in range(0x110000)
    if category(chr(code)) in ("Cc", "Cf", "Zl", "Zp") and code not in (*VISIBLE, 9, 10, 0x200C, 0x200D)
]


@pytest.mark.parametrize("before", ["a", "字", " ", "👩"])
def test_invisible_characters_are_escaped(before: str) -> None:
    for character in INVISIBLE:
        shown = escaped(f"{before}{character}b")
        assert shown.isprintable()
        assert json.loads(f'"{shown}"') == f"{before}{character}b"


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200b", "\u200f", "\u2028", "\ufeff", "\U000e0041"], ids=ascii
)
def test_invisible_characters_in_every_field(character: str) -> None:
    word = f"x{character}y"
    body = chunk({"reasoning": word}) + text(word) + call(0, word, word) + text(word, 1)
    body += (
        chunk({"refusal": word}, id=word, model=word, usage={word: 1})
        + b'data: {"error": "'
        + word.encode()
        + b'"}\n\n'
    )
    both = Terminal()
    run(data=body, out=both, err=both, env=PLAIN)
    assert character not in both.getvalue()
    assert both.getvalue().count(json.dumps(word)[1:-1]) >= 10
    assert character in run(data=body).out, "text in a pipe is unchanged"


JOINED: dict[str, tuple[str, str]] = {
    "an emoji of three": ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
    "an emoji with a selector": ("❤️\u200d🔥", "❤️\u200d🔥"),
    "Persian": ("می\u200cخواهم", "می\u200cخواهم"),
    "Devanagari": ("क्\u200dष", "क्\u200dष"),
    "hidden in a word": ("ad\u200dmin", "ad\\u200dmin"),
    "hidden in a Latin word": ("é\u200cé", "é\\u200cé"),
    "two": ("字\u200d\u200d字", "字\u200d\\u200d字"),
    "at the start": ("\u200c字", "\\u200c字"),
    "after a space": ("字 \u200d字", "字 \\u200d字"),
}


@pytest.mark.parametrize(("sent", "shown"), JOINED.values(), ids=list(JOINED))
def test_joiners(sent: str, shown: str) -> None:
    assert run(data=text(sent) + DONE, out=Terminal()).out == shown + "\n"
    pieces = b"".join(map(text, sent))
    assert run(data=pieces + DONE, out=Terminal()).out == shown + "\n"


# Encodings.

ENCODINGS = {
    "utf-8": "é\\ud83d😀",
    "ascii": "\\u00e9\\ud83d\\ud83d\\ude00",
    "latin-1": "é\\ud83d\\ud83d\\ude00",
    "utf-16": "é\\ud83d😀",
}


@pytest.mark.parametrize(("encoding", "shown"), ENCODINGS.items(), ids=list(ENCODINGS))
def test_unencodable_text_is_escaped(monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str) -> None:
    body = text("é") + text("\ud83d") + text("😀") + DONE
    for argv in ([], ["--json"], ["--events"]):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
        monkeypatch.setattr(sys, "stdin", Source(body))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        assert main(argv) == 0
        written = out.buffer.getvalue().decode(encoding)
        if argv == ["--json"]:
            assert shown in written
            assert json.loads(written)["choices"][0]["message"]["content"].startswith("é\ud83d")
        elif argv:
            assert "".join(json.loads(line)["text"] for line in written.splitlines()[1:-1]) == "é\ud83d😀"
        else:
            assert written == shown + "\n"


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-8-sig"])
def test_write_to_file_with_encoding(encoding: str, tmp_path: Path) -> None:
    pieces = ["é\n", "a", "\ud83d", "😀\n"]
    with open(tmp_path / "raw", "w", encoding=encoding) as file:
        file.write("before\n")
        output = Output(file, required=True)
        assert output.raw is not None
        for piece in pieces:
            output.write(piece)
    found = (tmp_path / "raw").read_text(encoding=encoding).removeprefix("before\n").removeprefix("\ufeff")
    shown = ENCODINGS.get(encoding, ENCODINGS["utf-8"])
    assert found == shown[: shown.index("\\ud83d")] + "\na" + shown[shown.index("\\ud83d") :] + "\n"


# Missing and failing streams.


def gone_pipe() -> Any:
    """A standard output whose reader has closed it before anything was written."""
    receiver, sender = os.pipe()
    os.close(receiver)
    return os.fdopen(sender, "w", encoding="utf-8")


def test_missing_stream_ignores_output() -> None:
    output = Output(None, required=True)
    output.write("a")
    output.end_line()
    output.discard()
    assert (output.tty, output.colour, output.open) == (False, False, False)


@pytest.mark.parametrize("code", [errno.EPIPE, errno.ENOSPC, errno.EIO])
def test_required_stream_raises_once(code: int) -> None:
    output = Output(Gone(code, after=1), required=True)
    output.write("a")
    with pytest.raises(OutputClosed, match=os.strerror(code)) as closed:
        output.write("b")
    assert isinstance(closed.value.__cause__, OSError)
    assert closed.value.__cause__.errno == code
    output.write("c")


def test_optional_stream_ignores_errors() -> None:
    stream = Gone(errno.EPIPE, after=1)
    output = Output(stream, required=False)
    for word in "abc":
        output.write(word)
    assert stream.getvalue() == "a"


def test_closed_pipe_at_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    with gone_pipe() as out:
        monkeypatch.setattr(sys, "stdin", Source(text("a")))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        assert main([]) == 3
    # Leaving the block flushes again, without an error.


def test_no_standard_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Source(HELLO))
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main([]) == 0


def test_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "33")
    stream = Terminal()
    output = Output(stream, required=True)
    for line in ("one", "a\nb\x1b[2J"):
        output.redraw(line)
    output.end_line()
    output.end_line()
    assert stream.getvalue() == "\r\x1b[2Kone\r\x1b[2Ka\\nb\\u001b[2J\n"
    assert (output.columns, output.draws) == (33, True)
    nowhere = Output(None, required=False)
    nowhere.redraw("one")
    assert not nowhere.draws
