"""The command, from its arguments to its exit code."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ssemble
from ssemble import _cli, _demo, _session
from ssemble._cli import main

MODES = ("--json", "--events", "--chunks", "--sse")
DONE = b"data: [DONE]\n\n"


def chunk(delta: dict[str, Any] | None = None, finish_reason: str | None = None, choice: int = 0, **more: Any) -> bytes:
    entry = {"index": choice, "delta": delta or {}, "finish_reason": finish_reason}
    return b"data: " + json.dumps({"choices": [entry], **more}).encode() + b"\n\n"


def text(content: str, choice: int = 0) -> bytes:
    return chunk({"content": content}, choice=choice)


def call(index: int, arguments: str, name: str | None = None) -> bytes:
    function = {"arguments": arguments, **({"name": name} if name else {})}
    return chunk({"tool_calls": [{"index": index, **({"id": f"c{index}"} if name else {}), "function": function}]})


HELLO = text("Hel") + text("lo") + chunk(finish_reason="stop") + DONE


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A standard output that fails from the given write on."""

    def __init__(self, error: int, after: int = 0) -> None:
        super().__init__()
        self.error = error
        self.left = after

    def write(self, s: str) -> int:
        if not self.left:
            raise OSError(self.error, os.strerror(self.error))
        self.left -= 1
        return super().write(s)


class Source:
    """Standard input: these fragments, then an exception, or the end."""

    def __init__(self, *fragments: bytes | BaseException, tty: bool = False) -> None:
        self.fragments = iter(fragments)
        self.tty = tty
        self.buffer = self

    def isatty(self) -> bool:
        return self.tty

    def read1(self, size: int) -> bytes:
        item = next(self.fragments, b"")
        if isinstance(item, BaseException):
            raise item
        return item


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def rows(self) -> dict[str, str]:
        """The summary, by label."""
        return {line[:11].strip(): line[11:] for line in self.err.splitlines()}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def run(*argv: str, data: Any = b"", out: io.StringIO | None = None, err: io.StringIO | None = None) -> Result:
        out, err = out or io.StringIO(), err or io.StringIO()
        monkeypatch.setattr(sys, "stdin", Source(data) if isinstance(data, bytes) else data)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        return Result(main(argv), out.getvalue(), err.getvalue())

    return run


class TestText:
    def test_text_goes_to_stdout_and_ends_with_a_line_end(self, run: Any) -> None:
        result = run(data=HELLO)
        assert (result.code, result.out) == (0, "Hello\n")

    def test_a_line_end_of_its_own_is_enough(self, run: Any) -> None:
        assert run(data=text("Hi\n") + DONE).out == "Hi\n"

    def test_every_event_is_written_and_flushed_before_more_is_read(self, run: Any) -> None:
        out = io.StringIO()
        seen = []

        class Watching(Source):
            def read1(self, size: int) -> bytes:
                seen.append(out.getvalue())
                return super().read1(size)

        run(data=Watching(text("a"), text("b"), DONE), out=out)
        assert seen == ["", "a", "ab", "ab"]

    def test_other_choices_come_after_the_first_to_speak(self, run: Any) -> None:
        body = text("a", 1) + text("x", 2) + text("b", 1) + text("y", 0) + text("z\n", 2) + DONE
        assert run(data=body).out == "ab\n\n[choice 0]\ny\n\n[choice 2]\nxz\n"

    def test_what_comes_beside_the_text_is_left_out_where_no_terminal_is(self, run: Any) -> None:
        body = chunk({"reasoning_content": "Hmm"}) + HELLO
        assert "Hmm" not in run(data=body).err
        assert "Hmm" not in run("--quiet", "--reasoning", data=body, err=Terminal()).err
        assert run("--reasoning", data=body).err.startswith("Hmm\nwhole")

    def test_reasoning_refusal_and_calls_have_lines_of_their_own(self, run: Any) -> None:
        body = chunk({"reasoning_content": "Hm"}) + chunk({"reasoning_content": "m"})
        body += chunk({"reasoning_content": "other"}, choice=1)
        body += text("a") + call(0, '{"x"', "f") + call(0, ": 1}") + call(1, "{}", "g") + chunk({"refusal": "no"})
        result = run("--reasoning", data=body + DONE)
        assert result.out == "a\n"
        assert result.err.startswith('Hmm\nf {"x": 1}\ng \nno\ng {}\nwhole')

    def test_on_a_terminal_text_is_ended_before_a_call_begins(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        both = Terminal()
        run(data=text("a") + call(0, '{"x"}', "f") + text("b") + DONE, out=both, err=both)
        assert both.getvalue().startswith('a\nf {"x"}\nb\n\nwhole')

    def test_elsewhere_the_text_stays_as_it_came(self, run: Any) -> None:
        body = text("a") + chunk({"reasoning_content": "Hmm"}) + text("b") + DONE
        assert run("--reasoning", data=body).out == "ab\n"

    @pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "xterm")])
    def test_colours(self, run: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        result = run(data=HELLO, err=Terminal())
        assert ("\x1b[32mwhole\x1b[0m" in result.err) is (value == "xterm")
        assert "\x1b" not in run(data=HELLO).err

    def test_a_server_cannot_drive_the_terminal(self, run: Any) -> None:
        body = text("a\x1b[2J\x9b1m\tb\r\nc") + DONE
        assert run(data=body, out=Terminal()).out == "a\\u001b[2J\\u009b1m\tb\nc\n"
        assert run(data=body).out == "a\x1b[2J\x9b1m\tb\r\nc\n"
        bad = run(data=b'data: {"error": "\\u001b[2J\\nwhole"}\n\n')
        assert bad.rows["error"] == "ProviderError: \\u001b[2J\\nwhole"


class TestModes:
    def test_json(self, run: Any) -> None:
        result = run("--json", data=HELLO)
        assert json.loads(result.out) == ssemble.assemble(HELLO).to_dict()
        assert result.out.startswith('{\n  "id"')

    def test_json_of_a_partial_message(self, run: Any) -> None:
        result = run("--json", data=text("Hel"))
        assert result.code == 3
        assert json.loads(result.out)["choices"][0]["message"]["content"] == "Hel"

    def test_events(self, run: Any) -> None:
        result = run("--events", data=text("é") + call(0, "{}", "f") + chunk(finish_reason="tool_calls") + DONE)
        assert '"é"' in result.out
        assert result.lines[0] == {"type": "message.start", "id": None, "model": None}
        assert result.lines[1] == {"type": "text.delta", "text": "é", "choice": 0}
        tool_call = {"id": "c0", "type": "function", "name": "f", "arguments": "{}", "index": 0, "closed": True}
        assert result.lines[-2] == {"type": "tool_call.end", "choice": 0, "index": 0, "tool_call": tool_call}

    def test_events_of_errors(self, run: Any) -> None:
        body = b'data: {oops\n\ndata: {"error": {"message": "slow", "code": 429}}\n\n' + HELLO
        result = run("--events", "--errors", "event", data=body)
        bad, told = (line["error"] for line in result.lines[:2])
        assert (bad["class"], bad["offset"], bad["event"]) == ("InvalidJSON", 0, 1)
        assert told == {"class": "ProviderError", "message": "slow (429)", "raw": {"message": "slow", "code": 429}}
        assert (result.code, result.lines[-1]["type"]) == (1, "choice.end")

    def test_chunks(self, run: Any) -> None:
        result = run("--chunks", data=b'data: {"n": 1}\n\ndata: [2]\n\n' + DONE)
        assert (result.code, result.lines) == (0, [{"n": 1}, 2])
        assert result.rows["whole"] == ""
        assert result.rows["repairs"] == "array_of_payloads 1"
        assert result.rows["stream"].startswith("2 payloads in ")

    def test_chunks_without_a_terminator_have_just_ended(self, run: Any) -> None:
        result = run("--chunks", data=b'data: {"n": 1}\n\n')
        assert (result.code, "ended" in result.rows) == (0, True)

    def test_sse(self, run: Any) -> None:
        result = run("--sse", data=b"event: x\nid: 7\ndata: a\n\ndata: b\n\n")
        assert (result.code, "ended" in result.rows) == (0, True)
        assert result.lines == [{"event": "x", "data": "a", "id": "7"}, {"event": "message", "data": "b", "id": "7"}]
        assert result.rows["stream"].startswith("2 events in ")

    def test_sse_says_what_the_specification_throws_away(self, run: Any) -> None:
        result = run("--sse", data=b"data: a\n\ndata: b\n")
        assert (result.code, len(result.lines)) == (3, 1)
        assert result.rows["cut short"] == "the last event has no blank line, and is left out: 'b'"

    def test_a_dialect_can_be_named(self, run: Any) -> None:
        assert run("--dialect", "openai-chat", "--json", data=b"").code == 3
        assert run("--dialect", "morse").code == 2


class TestSummary:
    def test_whole(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = iter([10.0, 10.5, 12.0])
        monkeypatch.setattr(_session, "monotonic", lambda: next(clock))
        usage = {"prompt_tokens": 1200, "cost": 0.5, "cached": True, "details": {"reasoning_tokens": 7, "audio": 0}}
        body = chunk({"reasoning_content": "Hmm"}, id="m1", model="demo") + HELLO[: -len(DONE)]
        body += chunk(choice=0, usage=usage) + DONE
        result = run(data=body)
        assert result.rows == {
            "whole": "",
            "message": "m1, demo",
            "choice 0": "stop, 5 characters, 3 of reasoning",
            "usage": "prompt_tokens 1,200, cost 0.5, reasoning_tokens 7",
            "stream": "5 chunks, 5 characters in 2.00 s (2 a second), the first after 0.50 s",
        }

    def test_a_clock_that_stands_still(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_session, "monotonic", lambda: 1.0)
        assert run(data=HELLO).rows["stream"].startswith("3 chunks, 5 characters in 0.00 s")

    def test_calls(self, run: Any) -> None:
        body = call(0, '{"a": 1}', "f") + call(1, '{"b', "g")
        cut = run(data=body)
        assert cut.rows["choice 0"] == "no finish_reason, 0 characters"
        assert cut.rows["call 0"] == 'f {"a": 1} (complete)'
        assert cut.rows["call 1"] == 'g {"b (cut short)'
        assert run(data=body + DONE).rows["call 1"] == 'g {"b (arguments are not JSON)'

    def test_long_values_are_shortened(self, run: Any) -> None:
        assert (
            run(data=call(0, "x" * 2500, "f")).rows["call 0"]
            == "f " + "x" * 500 + "... and 2,000 characters more (cut short)"
        )

    def test_refusal_and_foreign_reason(self, run: Any) -> None:
        rows = run(data=chunk({"refusal": "I\nwon't"}, "flagged") + DONE).rows
        assert rows["choice 0"] == "other (flagged), 0 characters, refused: I\\nwon't"

    def test_repairs(self, run: Any) -> None:
        assert run(data=b"data: data: " + HELLO[6:]).rows["repairs"] == "doubled_data_prefix 1"

    def test_reported_errors_are_listed_up_to_a_number(self, run: Any) -> None:
        result = run("--errors", "event", data=b"data: {oops\n\n" * 11 + HELLO)
        assert (result.code, result.out) == (1, "Hello\n")
        assert result.rows["error"] == "the rest is whole"
        assert result.err.count("\nreported ") == 10
        assert result.rows["reported"] == "and 2 more"

    def test_quiet(self, run: Any) -> None:
        assert run("--quiet", data=HELLO) == (0, "Hello\n", "")
        cut = run("-q", data=text("Hi"))
        assert (cut.code, cut.out) == (3, "Hi\n")
        assert cut.err.startswith("ssemble: cut short: the stream ended before the message was whole")
        assert cut.err.count("\n") == 1


class TestExitCodes:
    @pytest.mark.parametrize("mode", ["--reasoning", *MODES[:3]])
    @pytest.mark.parametrize(
        ("body", "code", "word"),
        [
            (HELLO, 0, "whole"),
            (HELLO[:-1], 0, "whole"),
            (HELLO[:80], 3, "cut short"),
            (HELLO + b"data: {oops\n\n", 0, "whole"),
            (text("Hi") + b"data: {oops\n\n", 1, "error"),
            (text("Hi") + b'data: {"error": "busy"}\n\n', 1, "error"),
            (b"<html><title>502</title>", 1, "error"),
        ],
    )
    def test_of_a_stream(self, run: Any, mode: str, body: bytes, code: int, word: str) -> None:
        result = run(mode, data=body)
        assert (result.code, word in result.rows) == (code, True)

    def test_a_shape_that_cannot_be_merged(self, run: Any) -> None:
        assert run(data=b'data: {"choices": [7]}\n\n').code == 1

    def test_an_error_is_told_before_the_end_of_the_bytes(self, run: Any) -> None:
        stuck = Source(b'data: {"error": "busy"}\n\n', AssertionError("read on"))
        assert run(data=stuck).code == 1

    def test_an_event_over_the_limit(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        class Small(ssemble.SSEParser[ssemble.ServerSentEvent]):
            def __init__(self) -> None:
                super().__init__(max_event_size=4)

        monkeypatch.setattr(_cli, "SSEParser", Small)
        assert run("--sse", data=b"data: hello\n\n").code == 1


class TestFiles:
    def test_each_is_a_stream_and_the_worst_code_wins(self, run: Any, tmp_path: Path) -> None:
        files = {"whole": HELLO, "cut": text("c"), "bad": b"data: {oops\n\n"}
        for name, body in files.items():
            (tmp_path / name).write_bytes(body)
        whole, cut, bad = (str(tmp_path / name) for name in files)
        result = run(cut, whole)
        assert (result.code, result.out) == (3, "c\nHello\n")
        assert result.err.startswith(f"==> {cut} <==\ncut short")
        assert "==>" not in run(whole).err
        assert "==>" not in run("-q", whole, cut).err
        assert [run(*names).code for names in ((whole,), (bad, cut), (cut, bad), (bad, "missing", cut))] == [0, 1, 1, 2]

    def test_a_dash_is_standard_input(self, run: Any) -> None:
        assert run("-", data=HELLO).out == "Hello\n"

    def test_a_file_that_is_not_there(self, run: Any) -> None:
        result = run("no/such/file")
        assert (result.code, result.out) == (2, "")
        assert result.err == f"ssemble: no/such/file: {os.strerror(errno.ENOENT)}\n"

    def test_standard_input_was_closed(self, run: Any) -> None:
        assert run(data=None).err == "ssemble: -: standard input is closed\n"

    def test_a_terminal_to_read_from_gets_the_help(self, run: Any) -> None:
        result = run(data=Source(tty=True))
        assert (result.code, result.out) == (2, "")
        assert "exit codes" in result.err
        assert run("-", data=Source(HELLO, tty=True)).code == 0

    @pytest.mark.parametrize("argv", [["demo", "x"], ["--fast"], ["--seed", "1"], ["--json", "--sse"], ["--js"]])
    def test_usage(self, run: Any, argv: Sequence[str]) -> None:
        assert run(*argv).code == 2

    def test_help_and_version(self, run: Any) -> None:
        assert run("--version") == (0, f"ssemble {ssemble.__version__}\n", "")
        result = run("--help")
        assert (result.code, result.err) == (0, "")
        for mode in MODES:
            assert mode in result.out


class TestDemo:
    def test_fast(self, run: Any) -> None:
        result = run("demo", "--fast", "--seed", "3")
        assert result.code == 0
        assert result.out == f"{_demo.TEXT}\n\n[choice 1]\n{_demo.SECOND}\n"
        assert result.err.startswith(f"{len(_demo.body()):,} bytes, cut at random into ")
        assert _demo.REASONING in result.err
        assert "(complete)" in result.rows["call 1"]

    def test_quiet_json(self, run: Any) -> None:
        result = run("demo", "--fast", "--quiet", "--json")
        assert (result.code, result.err) == (0, "")
        assert json.loads(result.out) == ssemble.assemble(_demo.body()).to_dict()


class TestInterruptions:
    def test_ctrl_c_leaves_the_message_so_far(self, run: Any) -> None:
        result = run(data=Source(text("Hi"), text("x", 1), KeyboardInterrupt()))
        assert (result.code, result.out) == (3, "Hi\n\n[choice 1]\nx\n")
        assert result.rows["cut short"] == "interrupted"
        assert result.rows["choice 0"] == "no finish_reason, 2 characters"

    def test_ctrl_c_after_the_whole_message(self, run: Any) -> None:
        result = run(data=Source(HELLO, KeyboardInterrupt()))
        assert (result.code, result.rows["whole"]) == (0, "interrupted")

    def test_ctrl_c_ends_plain_events_early(self, run: Any) -> None:
        assert run("--sse", data=Source(HELLO, KeyboardInterrupt())).code == 3

    def test_ctrl_c_leaves_later_files_alone(self, run: Any, tmp_path: Path) -> None:
        (tmp_path / "later").write_bytes(HELLO)
        assert run("-", str(tmp_path / "later"), data=Source(KeyboardInterrupt())).out == ""

    def test_ctrl_c_during_the_summary(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(session: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(_cli, "summarise", interrupted)
        assert run(data=HELLO).code == 3

    def test_reading_fails(self, run: Any) -> None:
        result = run(data=Source(text("Hi"), OSError(errno.EIO, "Input/output error")))
        assert (result.code, result.out) == (3, "Hi\n")
        assert result.rows["cut short"] == "reading: Input/output error"

    def test_the_reader_of_the_output_left(self, run: Any) -> None:
        result = run(data=Source(text("a"), text("b"), AssertionError("read on")), out=Gone(errno.EPIPE, 1))
        assert (result.code, result.out) == (3, "a")
        assert result.rows["cut short"] == f"standard output: {os.strerror(errno.EPIPE)}"
        assert result.rows["choice 0"] == "no finish_reason, 2 characters"

    def test_the_reader_left_after_the_whole_message(self, run: Any) -> None:
        assert run("--json", data=HELLO, out=Gone(errno.EPIPE)).code == 0

    def test_the_disk_is_full(self, run: Any) -> None:
        result = run(data=HELLO, out=Gone(errno.ENOSPC))
        assert (result.code, result.rows["stopped"]) == (2, f"standard output: {os.strerror(errno.ENOSPC)}")

    def test_standard_error_may_be_gone_too(self, run: Any) -> None:
        assert run(data=HELLO, err=Gone(errno.EPIPE)) == (0, "Hello\n", "")

    def test_no_standard_output_and_error_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", Source(HELLO))
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "stderr", None)
        assert main([]) == 0

    def test_what_was_buffered_goes_nowhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        receiver, sender = os.pipe()
        os.close(receiver)
        with os.fdopen(sender, "w", encoding="utf-8") as out:
            monkeypatch.setattr(sys, "stdin", Source(text("a")))
            monkeypatch.setattr(sys, "stdout", out)
            monkeypatch.setattr(sys, "stderr", io.StringIO())
            assert main([]) == 3
        # Leaving the block has flushed again, and no error came of it.


ENCODINGS = [("utf-8", "é\\ud83d😀"), ("ascii", "\\u00e9\\ud83d\\ud83d\\ude00"), ("latin-1", "é\\ud83d\\ud83d\\ude00")]


@pytest.mark.parametrize(("encoding", "shown"), ENCODINGS)
def test_text_that_an_encoding_lacks_is_escaped_as_in_json(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
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


PIECES = [
    text("é"),
    call(0, "{", "f"),
    chunk(finish_reason="stop"),
    DONE,
    b"data: {oops\n\n",
    b"data: ",
    b"{}\n\n",
    b'data: {"error": 1}\n\n',
    b'{"choices":[',
    b"<html>",
    b"data: [[[[[]]]]]\n\n",
    b"\xff\x00\r",
    b"event: error\n",
]
DEPTHS = st.integers(1, 1200)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join),
    DEPTHS.map(lambda depth: b"data: " + b"[" * depth + b"]" * depth + b"\n\n"),
    DEPTHS.map(lambda depth: b'data: {"x": ' + b"[" * depth + b"]" * depth + b"}\n\n"),
)


@given(BODIES, st.sampled_from(["--reasoning", *MODES]), st.sampled_from(["raise", "event"]), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_in_any_mode_end_in_a_code(run: Any, body: bytes, mode: str, errors: str, tty: bool) -> None:
    result = run(mode, "--errors", errors, data=body, err=Terminal() if tty else io.StringIO())
    assert result.code in (0, 1, 3)
    assert "stream" in result.err
    assert result.out == "" or result.out.endswith("\n")


# What only a process of its own can show.

ENV = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}  # it would flush for us
START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
START += "from ssemble._cli import main; raise SystemExit(main())"


@contextmanager
def process(*argv: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command; one that hangs is killed, so that what is read ends and the test fails."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", START, *argv], stdin=pipe, stdout=pipe, stderr=pipe, env={**ENV, **env}
    ) as child:
        watchdog = threading.Timer(60, child.kill)
        watchdog.start()
        try:
            yield child
        finally:
            watchdog.cancel()
            child.kill()


def send(child: subprocess.Popen[bytes], data: bytes) -> None:
    assert child.stdin is not None
    child.stdin.write(data)
    child.stdin.flush()


def test_text_is_there_before_the_pipe_ends() -> None:
    with process() as child:
        assert child.stdout is not None
        send(child, text("Hel"))
        assert child.stdout.read(3) == b"Hel"
        send(child, text("lo") + DONE)
        assert child.stdout.read(2) == b"lo"
        out, err = child.communicate()
    assert (child.returncode, out) == (0, os.linesep.encode())
    assert err.startswith(b"whole")


def test_a_closed_pipe_is_no_noise() -> None:
    with process("--events") as child:
        assert child.stdout is not None
        send(child, text("a"))
        assert child.stdout.readline().startswith(b'{"type": "message.start"')
        child.stdout.close()
        with suppress(BrokenPipeError):  # it may have left already
            send(child, text("b") * 2000)
        assert child.stderr is not None
        err = child.stderr.read().decode()
        assert child.wait() == 3
    assert err.startswith("cut short")
    assert "stream  " in err
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_help_for_a_reader_that_left_is_no_noise() -> None:
    receiver, sender = os.pipe()
    os.close(receiver)
    with os.fdopen(sender, "wb") as out:
        command = [sys.executable, "-c", START, "--help"]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, env=ENV, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to one process there")
def test_sigint_ends_with_the_message_so_far() -> None:
    with process() as child:
        assert child.stdout is not None
        send(child, text("Hel"))
        assert child.stdout.read(3) == b"Hel"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
    assert (child.returncode, out) == (3, b"\n")
    assert err.decode().startswith("cut short  interrupted\nchoice 0   no finish_reason, 3 characters\n")


@pytest.mark.parametrize("argv", [[], ["--json"], ["--events"]])
def test_an_encoding_of_the_environment_breaks_nothing(argv: list[str]) -> None:
    with process(*argv, PYTHONIOENCODING="ascii") as child:
        out, err = child.communicate(text("é\ud83d.") + DONE)
    assert child.returncode == 0
    assert b"\\u00e9\\ud83d" in out
    assert err.startswith(b"whole")


def test_the_library_does_not_load_the_command() -> None:
    code = "import sys, ssemble; sys.exit('ssemble._cli' in sys.modules or 'argparse' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
