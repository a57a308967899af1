"""One row for each captured body, made by one process or by several."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

import ssemble
from ssemble._cli import rows as _rows
from ssemble._cli.bodies import Found

from .. import poison, rows
from ..needed import needed
from .command import HELLO, Gone, Source, Terminal, run, text

MANY = 40


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Poison, and more than one batch of it."""
    monkeypatch.chdir(tmp_path)
    bodies = [body for body in poison.POISON.values() if body is not None]
    for number in range(MANY):
        (tmp_path / f"{number:03}").write_bytes(bodies[number % len(bodies)])
    return tmp_path


def test_a_row_for_each_file(folder: Path) -> None:
    result = run("--row", ".")
    assert len(result.lines) == MANY
    for number, line in enumerate(result.lines):
        source = line.pop("source")
        assert source == f"./{number:03}"
        assert rows.check(line) == ssemble.row(Path(source).read_bytes())
    assert (result.code, len(result.rows)) == (1, 1)


@pytest.mark.parametrize("jobs", ["2", "3"])
def test_the_same_output_from_any_number_of_processes(folder: Path, jobs: str) -> None:
    Path("log").write_bytes(b"".join(json.dumps({"b": text(str(n)).decode()}).encode() + b"\n" for n in range(MANY)))
    for argv in (["000", ".", "missing", "-"], ["--field", "b", "log", "missing", "001"]):
        assert run("--row", "-j", jobs, *argv, data=b"001\n") == run("--row", *argv, data=b"001\n")


def test_a_process_of_its_own(folder: Path) -> None:
    """Workers start anew: they find the command as their parent was started."""
    command = [sys.executable, "-m", "ssemble", "--row", "-q", "."]
    alone, several = (subprocess.run([*command, "-j", jobs], capture_output=True) for jobs in ("1", "2"))
    assert (several.stdout, several.stderr, several.returncode) == (alone.stdout, alone.stderr, alone.returncode)
    assert several.stdout.count(b"\n") == MANY


CODES: dict[str, tuple[bytes | None, int, str]] = {
    "whole": (HELLO, 0, "complete   1 rows: 1 whole"),
    "cut": (text("a"), 3, "truncated  1 rows: 1 cut"),
    "error": (b"<html>busy", 1, "error      1 rows: 1 error"),
    "unrecognised": (b'{"a": 1}', 1, "error      1 rows: 1 unrecognised"),
    "missing": (None, 2, "stopped    1 rows: 1 error"),
}


@pytest.mark.parametrize(("body", "code", "line"), CODES.values(), ids=list(CODES))
def test_exit_code_and_summary(tmp_path: Path, body: bytes | None, code: int, line: str) -> None:
    path = tmp_path / "body"
    if body is not None:
        path.write_bytes(body)
    result = run("--row", str(path))
    assert (result.code, result.err) == (code, line + "\n")
    quiet = run("--row", "-q", str(path))
    assert (quiet.code, quiet.out) == (code, result.out)
    assert quiet.err == (f"ssemble: {line.replace('  ', ' ', 1).split(' ', 1)[0]}: {line[11:]}\n" if code else "")


def test_the_worst_row_gives_the_code(tmp_path: Path) -> None:
    for name, (body, *_) in CODES.items():
        if body is not None:
            (tmp_path / name).write_bytes(body)
    names = [str(tmp_path / name) for name in CODES]
    assert [run("--row", *names[: count + 1]).code for count in range(len(names))] == [0, 3, 1, 1, 2]
    result = run("--row", *names)
    assert result.err == "stopped    5 rows: 1 whole, 1 cut, 1 unrecognised, 2 error\n"
    assert result.lines[-1]["error"] == "FileNotFoundError"
    assert run("--row", *reversed(names)).code == 2


def test_no_bodies(tmp_path: Path) -> None:
    assert run("--row", str(tmp_path)) == (0, "", "complete   0 rows\n")
    assert run("--row", data=b"") == (0, "", "complete   0 rows\n")


def test_source_is_valid_text(tmp_path: Path) -> None:
    missing = run("--row", str(tmp_path / os.fsdecode(b"\xff")))
    assert missing.lines[0]["source"].endswith("\ufffd")
    rows.check({name: missing.lines[0][name] for name in ssemble.ROW_COLUMNS})


def test_bad_lines_of_a_log_are_rows(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b'{"b": "x"}\n{oops\n{"c": 1}\n{"b": null}\n')
    result = run("--row", "--field", "b", str(tmp_path / "log"))
    assert [line["status"] for line in result.lines] == ["error", "error", "error", "cut"]
    assert [line["error"] for line in result.lines[1:3]] == ["JSONDecodeError", "LookupError"]
    assert result.code == 1


def test_dialect(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(HELLO)
    result = run("--row", "--dialect", "anthropic", str(tmp_path))
    assert result.lines[0]["status"] == "unrecognised"


USAGES: dict[str, tuple[list[str], str]] = {
    "jobs without rows": (["-j", "2"], "need --row"),
    "a field without rows": (["--field", "a"], "need --row"),
    "no jobs": (["--row", "-j", "0"], "expected at least 1"),
    "jobs that are no number": (["--row", "-j", "x"], "invalid"),
    "rows of the demo": (["--row", "demo"], "it takes neither demo"),
    "recording rows": (["--row", "--record", "x"], "nor --record"),
    "recording two": (["--record", "x", "a", "b"], "--record takes one input"),
    "a negative speed": (["--replay-speed", "-1"], "expected 0 or more"),
    "an endless speed": (["--replay-speed", "inf"], "expected 0 or more"),
}


@pytest.mark.parametrize(("argv", "words"), USAGES.values(), ids=list(USAGES))
def test_usage_errors(argv: list[str], words: str) -> None:
    result = run(*argv, data=HELLO)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


# Interruptions.


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("error", "code"), [(errno.EPIPE, 3), (errno.ENOSPC, 2)])
def test_output_closed(folder: Path, jobs: str, error: int, code: int) -> None:
    result = run("--row", "-j", jobs, ".", out=Gone(error, after=2))
    assert (result.code, len(result.lines)) == (code, 2)
    assert f"; standard output: {os.strerror(error)}\n" in result.err


def test_ctrl_c(folder: Path) -> None:
    result = run("--row", "-", data=Source(b"000\n001\n", KeyboardInterrupt()))
    assert (result.code, len(result.lines)) == (3, 2)
    assert result.err.endswith("; interrupted\n")


class Pool:
    """A pool whose processes end."""

    def __init__(self, jobs: int) -> None:
        assert jobs == 2

    def submit(self, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("a process died"))
        return future

    def shutdown(self, **options: Any) -> None:
        pass


def test_a_process_that_dies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows, "_pool", Pool)
    result = run("--row", "-j", "2", ".")
    assert (result.code, result.out) == (2, "")
    assert "-j 1 shows at which body" in result.err


@pytest.mark.parametrize("error", [ImportError, NotImplementedError, PermissionError])
def test_where_there_are_no_processes(folder: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def missing(*args: Any, **options: Any) -> None:
        raise error("this platform has no semaphores")

    expected = run("--row", ".")
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", missing)
    assert run("--row", "-j", "2", ".") == expected


def test_where_there_is_no_module_for_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run("--row", ".")
    monkeypatch.delattr("concurrent.futures.ProcessPoolExecutor")
    monkeypatch.setitem(sys.modules, "concurrent.futures.process", None)
    assert run("--row", "-j", "2", ".") == expected


def test_few_batches_wait(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with the number of bodies."""
    monkeypatch.setattr(_rows, "BATCH", 1)
    taken: list[int] = []

    def counted(names: list[str], field: str | None) -> Any:
        for number in range(MANY):
            taken.append(number)
            yield Found(f"{number:03}", f"{number:03}")

    monkeypatch.setattr(_rows, "find", counted)
    out = Gone(errno.EPIPE, after=1)
    assert run("--row", "-j", "2", "-", out=out).code == 3
    assert len(taken) <= 2 * _rows.AHEAD + 2


# Progress.


def test_progress_on_a_terminal_only(folder: Path) -> None:
    needed("tqdm", "progress")
    shown = run("--row", ".", err=Terminal())
    assert f"/{MANY}" in shown.err
    assert shown.out == run("--row", ".").out
    assert f"/{MANY}" not in run("--row", "-", data=b"000\n", err=Terminal()).err, "its length is not known"
    for quiet in (
        run("--row", "-q", ".", err=Terminal()),
        run("--row", ".", err=Terminal(), out=Terminal()),
        run("--row", ".", err=Terminal(), env={"TERM": "dumb"}),
        run("--row", "."),
    ):
        assert f"/{MANY}" not in quiet.err


def test_without_tqdm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    result = run("--row", ".", err=Terminal())
    assert len(result.lines) == MANY
    assert len(result.err.splitlines()) == 1
