"""The command: arguments, files, pipes, terminals and exit codes."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble
from ssemble._cli import main as _cli
from ssemble._cli import samples
from ssemble._dialects import WRITERS

from .command import DONE, HELLO, MODES, Gone, Source, Terminal, call, chunk, run, text


def test_several_files_return_the_worst_code(tmp_path: Path) -> None:
    files = {"complete": HELLO, "truncated": text("c"), "bad": b"data: {oops\n\n"}
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    complete, truncated, bad = (str(tmp_path / name) for name in files)
    result = run(truncated, complete)
    assert (result.code, result.out) == (3, "c\nHello\n")
    assert result.err.startswith(f"==> {truncated} <==\ntruncated")
    assert f"\n==> {complete} <==\ncomplete" in result.err
    assert "==>" not in run(complete).err
    assert "==>" not in run("-q", complete, truncated).err
    assert [
        run(*names).code for names in ((complete,), (bad, truncated), (truncated, bad), (bad, "missing", truncated))
    ] == [0, 1, 1, 2]


def test_dash_is_standard_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(text("a") + DONE)
    assert run("-", data=HELLO).out == "Hello\n"
    assert run(str(tmp_path / "file"), "-", data=HELLO).out == "a\nHello\n"


def test_missing_file() -> None:
    result = run("no/such/file")
    assert (result.code, result.out) == (2, "")
    assert result.err == f"ssemble: no/such/file: {os.strerror(errno.ENOENT)}\n"


def test_directory(tmp_path: Path) -> None:
    result = run(str(tmp_path), data=HELLO)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"ssemble: {tmp_path}: ")


@pytest.mark.parametrize("mode", [[], ["--json"], ["--arguments"]])
def test_unreadable_file_does_not_stop_others(mode: list[str], tmp_path: Path) -> None:
    (tmp_path / "complete").write_bytes(HELLO)
    complete = str(tmp_path / "complete")
    broken = Source(text("Hi"), OSError(errno.EIO, "broken"))
    result = run(*mode, "no/such/file", "-", str(tmp_path), complete, data=broken)
    assert result.code == 2
    assert result.err.count("\ncomplete") == 1
    assert "\nstopped    reading: broken\n" in result.err
    if mode == ["--json"]:
        assert [line["file"] for line in result.lines] == ["-", complete]
        assert result.lines[0]["error"] == {"class": "OSError", "message": "reading: broken"}
    elif not mode:
        assert result.out == "Hi\nHello\n"


def test_closed_output_stops_later_files(tmp_path: Path) -> None:
    (tmp_path / "later").write_bytes(HELLO)
    result = run("-", str(tmp_path / "later"), data=Source(text("a"), text("b")), out=Gone(errno.EPIPE, 1))
    assert (result.code, result.out) == (3, "a")
    assert "later" not in result.err


def test_closed_standard_input() -> None:
    assert run(data=None) == (2, "", "ssemble: -: standard input is closed\n")


def test_terminal_input_prints_help() -> None:
    result = run(data=Source(tty=True))
    assert (result.code, result.out) == (2, "")
    assert "exit codes" in result.err
    assert run("-", data=Source(HELLO, tty=True)).code == 0


USAGES: dict[str, tuple[list[str], str]] = {
    "demo with a file": (["demo", "x"], "demo takes no files"),
    "fast without demo": (["--fast"], "need the command demo"),
    "a seed without demo": (["--seed", "0"], "need the command demo"),
    "not a number": (["demo", "--seed", "x"], "invalid int value"),
    "two modes": (["--json", "--sse"], "not allowed with"),
    "an abbreviation": (["--js"], "unrecognized arguments"),
    "unknown dialect": (["--dialect", "morse"], "invalid choice"),
    "unknown errors= value": (["--errors", "ignore"], "invalid choice"),
}


@pytest.mark.parametrize(("argv", "words"), USAGES.values(), ids=list(USAGES))
def test_usage_errors(argv: Sequence[str], words: str) -> None:
    result = run(*argv, data=HELLO)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_file_named_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "demo").write_bytes(HELLO)
    monkeypatch.chdir(tmp_path)
    assert run("./demo").out == "Hello\n"


def test_help_and_version() -> None:
    assert run("--version") == (0, f"ssemble {ssemble.__version__}\n", "")
    result = run("--help")
    assert (result.code, result.err) == (0, "")
    for mode in MODES:
        assert mode in result.out


def test_arguments_default_to_sys_argv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ssemble", "--version"])
    monkeypatch.setattr(sys, "stdout", out := io.StringIO())
    assert _cli.main() == 0
    assert out.getvalue() == f"ssemble {ssemble.__version__}\n"


def test_demo() -> None:
    result = run("demo", "--fast", "--seed", "3")
    assert result.code == 0
    assert result.out == f"{samples.TEXT}\n\n[choice 1]\n{samples.SECOND}\n"
    assert result.err.startswith(f"{len(samples.body('openai-chat')):,} bytes of openai-chat, split at random into ")
    assert samples.REASONING in result.err
    assert "(complete)" in result.rows["call 1"]
    assert result.err.count("\nrepairs ") == 2


@pytest.mark.parametrize("dialect", ssemble.DIALECTS)
@pytest.mark.parametrize("mode", [[], ["--json"], ["--events"]], ids=str)
def test_demo_of_each_dialect(dialect: str, mode: list[str]) -> None:
    result = run("demo", "--fast", "--dialect", dialect, *mode)
    assert (result.code, result.rows.get("complete")) == (0, "")
    assert result.out
    assert result.err.count("\nrepairs ") == (0 if dialect in ("bedrock-converse", "ollama") else 2)


def test_demo_json_quiet() -> None:
    result = run("demo", "--fast", "--quiet", "--json")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == ssemble.assemble(samples.body("openai-chat")).to_dict()


@pytest.mark.parametrize("to", WRITERS)
def test_demo_written_in_another_dialect(to: str) -> None:
    result = run("demo", "--fast", "--to", to)
    assert result.code == 0
    assert result.out.encode() == b"".join(ssemble.transcode(samples.body("openai-chat"), to=to))
    assert ("losses" in result.rows) == (to in ("anthropic", "openai-responses", "vercel-ui"))


@pytest.mark.parametrize("argv", [[], ["--quiet"]], ids=str)
def test_demo_on_a_terminal_shows_what_is_read_beside_what_is_written(argv: list[str]) -> None:
    result = run("demo", "--fast", "--to", "gemini", *argv, err=Terminal(), env={"NO_COLOR": "1"})
    assert ("\n< " in result.err) != bool(argv)
    assert result.out.encode() == b"".join(ssemble.transcode(samples.body("openai-chat"), to="gemini"))


def test_ctrl_c_stops_later_files(tmp_path: Path) -> None:
    (tmp_path / "later").write_bytes(HELLO)
    result = run("-", str(tmp_path / "later"), data=Source(KeyboardInterrupt()))
    assert (result.code, result.out) == (3, "")
    assert "later" not in result.err


def test_ctrl_c_during_the_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(session: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_cli, "summarise", interrupted)
    assert run(data=HELLO).code == 3


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
def test_any_bytes_give_an_exit_code(body: bytes, mode: str, errors: str, tty: bool) -> None:
    result = run(mode, "--errors", errors, data=body, err=Terminal() if tty else None)
    assert result.code in (0, 1, 3)
    assert "stream" in result.err
    assert result.out == "" or result.out.endswith("\n")


# Tests that need a separate process.

ENV = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}  # it would hide a missing flush
START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
START += "from ssemble._cli.main import main; raise SystemExit(main())"


@contextmanager
def process(*argv: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command, and kill it if it hangs, so that the test fails instead of waiting."""
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


def test_text_is_printed_as_it_arrives() -> None:
    with process() as child:
        assert child.stdout is not None
        send(child, text("Hel"))
        assert child.stdout.read(3) == b"Hel"
        send(child, text("lo") + DONE)
        assert child.stdout.read(2) == b"lo"
        out, err = child.communicate()
    assert (child.returncode, out) == (0, os.linesep.encode())
    assert err.startswith(b"complete")


def test_closed_pipe_prints_no_traceback() -> None:
    with process("--events") as child:
        assert child.stdout is not None
        send(child, text("a"))
        assert child.stdout.readline().startswith(b'{"type": "message.start"')
        child.stdout.close()
        with suppress(BrokenPipeError):  # the command may have ended already
            send(child, text("b") * 2000)
        assert child.stderr is not None
        err = child.stderr.read().decode()
        assert child.wait() == 3
    assert err.startswith("truncated")
    assert "stream  " in err
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_help_to_closed_pipe() -> None:
    receiver, sender = os.pipe()
    os.close(receiver)
    with os.fdopen(sender, "wb") as out:
        command = [sys.executable, "-c", START, "--help"]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, env=ENV, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to one process there")
def test_sigint_prints_the_message_so_far() -> None:
    with process() as child:
        assert child.stdout is not None
        send(child, text("Hel"))
        assert child.stdout.read(3) == b"Hel"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
    assert (child.returncode, out) == (3, b"\n")
    assert err.decode().startswith("truncated  interrupted\nchoice 0   no finish_reason, 3 characters\n")


posix = pytest.mark.skipif(sys.platform in ("win32", "emscripten"), reason="pipes always block there, without a pty")


@posix
def test_read_nonblocking_pipe() -> None:
    receiver, sender = os.pipe()
    os.set_blocking(receiver, False)
    with subprocess.Popen([sys.executable, "-c", START], stdin=receiver, stdout=subprocess.PIPE, env=ENV) as child:
        watchdog = threading.Timer(60, child.kill)
        watchdog.start()
        os.close(receiver)
        assert child.stdout is not None
        for word in (b"Hel", b"lo"):
            os.write(sender, text(word.decode()))
            assert child.stdout.read(len(word)) == word
            assert select.select([child.stdout], [], [], 0.2)[0] == [], "no data yet was treated as the end"
        os.write(sender, DONE)
        os.close(sender)
        assert child.stdout.read() == os.linesep.encode()
        assert child.wait() == 0
        watchdog.cancel()


@posix
@pytest.mark.parametrize("argv", [[], ["--json"], ["--events"], ["--reasoning"]], ids=str)
def test_write_nonblocking_pipe(argv: list[str], tmp_path: Path) -> None:
    kind = "reasoning" if argv == ["--reasoning"] else "content"
    body = chunk({kind: "x" * 60_000}) * 10 + DONE
    (tmp_path / "body").write_bytes(body)
    command = [sys.executable, "-c", START, *argv, str(tmp_path / "body")]
    receiver, sender = os.pipe()
    os.set_blocking(sender, False)
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    streams["stderr" if argv == ["--reasoning"] else "stdout"] = sender
    with subprocess.Popen(command, env=ENV, **streams) as child, open(receiver, "rb") as found:  # type: ignore[call-overload]  # the streams come as a dict
        watchdog = threading.Timer(60, child.kill)
        watchdog.start()
        os.close(sender)
        with suppress(subprocess.TimeoutExpired):  # the pipe fills up much earlier
            child.wait(0.3)
        assert found.read().count(b"x") >= 600_000
        assert child.wait() == 0
        watchdog.cancel()


@posix
def test_demo_with_stderr_in_same_pipe() -> None:
    command = [sys.executable, "-c", START, "demo", "--fast", "--seed", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV, check=False, timeout=60)
    lines = done.stdout.decode().split("\n")
    for line in (samples.REASONING, *samples.TEXT.split("\n"), *samples.SECOND.split("\n"), "[choice 1]", "complete"):
        assert line in lines
    assert [line for line in lines if line.startswith("get_weather {")] == [
        f"{name} {json.dumps(arguments, ensure_ascii=False)}" for name, arguments in samples.CALLS
    ]


@posix
def test_terminal_output_is_escaped(tmp_path: Path) -> None:
    import pty

    (tmp_path / "body").write_bytes(text("a\u202eb\x1b[2J") + call(0, '{"a": 1}', "t\tn" * 50) + DONE)
    for argv in ([], ["--arguments"]):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-c", START, *argv, str(tmp_path / "body")],
            stdout=theirs,
            stderr=theirs,
            env={**ENV, "COLUMNS": "40", "TERM": "xterm"},
        ) as child:
            watchdog = threading.Timer(60, child.kill)
            watchdog.start()
            os.close(theirs)
            found = b""
            with suppress(OSError):  # EIO: the other side is closed
                while data := os.read(ours, 65536):
                    found += data
            os.close(ours)
            assert child.wait() == 0
            watchdog.cancel()
        shown = found.decode()
        assert "\u202e" not in shown
        assert "\x1b[2J" not in shown
        assert "\t" not in shown
        if argv:
            rows = [row for row in re.split("\r|\n|\x1b\\[2K", shown) if "t\\tn" in row]
            assert len(rows[0]) < 40
        else:
            assert "a\\u202eb\\u001b[2J\r\n" in shown


@pytest.mark.parametrize("argv", [[], ["--json"], ["--events"]])
def test_ascii_encoding_from_environment(argv: list[str]) -> None:
    with process(*argv, PYTHONIOENCODING="ascii") as child:
        out, err = child.communicate(text("é\ud83d.") + DONE)
    assert child.returncode == 0
    assert b"\\u00e9\\ud83d" in out
    assert err.startswith(b"complete")


def test_library_does_not_import_command() -> None:
    code = "import sys, ssemble; sys.exit('ssemble._cli' in sys.modules or 'argparse' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
