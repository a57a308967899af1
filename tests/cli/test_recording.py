"""Fragments with their times: recorded, and replayed."""

from __future__ import annotations

import base64
import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble._cli import recording as _recording
from ssemble._cli.recording import Live, Recording, Replay, is_recording, recorded

from .command import DONE, HELLO, Source, chunk, run, text

FRAGMENTS = [text("Hel")[:20], text("Hel")[20:], text("lo"), chunk(finish_reason="stop") + DONE]


class Clock:
    """A clock that goes on only while somebody sleeps, or by one step for each fragment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.sleeps: list[float] = []
        monkeypatch.setattr(_recording, "monotonic", lambda: self.now)
        monkeypatch.setattr(_recording, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def pass_between(self, fragments: list[bytes], seconds: float) -> Iterator[bytes]:
        for data in fragments:
            self.now += seconds
            yield data


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def entries(path: Path) -> list[tuple[float, bytes]]:
    lines = map(json.loads, path.read_text().splitlines())
    return [(line["at"], base64.b64decode(line["b"])) for line in lines]


def record(path: Path, clock: Clock, fragments: list[bytes], seconds: float = 0.25) -> list[tuple[float, bytes]]:
    live = Live(clock.pass_between(fragments, seconds))
    with open(path, "wb", buffering=0) as file:
        return list(Recording(live, str(path), file))


def replay(path: Path, speed: float = 1.0) -> list[tuple[float, bytes]]:
    with open(path, "rb", buffering=0) as file:
        assert is_recording(file)
    return list(Replay(recorded(str(path)), speed))


def test_a_replay_has_the_fragments_at_their_times(tmp_path: Path, clock: Clock) -> None:
    passed = record(tmp_path / "rec", clock, FRAGMENTS)
    assert passed == [(0.25 * number, data) for number, data in enumerate(FRAGMENTS, 1)]
    assert entries(tmp_path / "rec") == passed
    for speed, wait in ((1.0, 0.25), (2.0, 0.125), (0.5, 0.5)):
        clock.sleeps.clear()
        assert replay(tmp_path / "rec", speed) == passed
        assert clock.sleeps == [wait] * 4
    clock.sleeps.clear()
    assert replay(tmp_path / "rec", 0) == passed
    assert clock.sleeps == []


def test_a_late_replay_catches_up(tmp_path: Path, clock: Clock) -> None:
    record(tmp_path / "rec", clock, FRAGMENTS)
    start = clock.now
    for at, _ in Replay(recorded(str(tmp_path / "rec")), 1.0):
        assert clock.now == start + max(at, 0.75 if at > 0.25 else 0)
        clock.now += 0.5 if at == 0.25 else 0
    assert clock.sleeps == [0.25, 0.25]


REPLAYED = """
import sys
from ssemble._cli import main, recording

imported = []
recording.sleep = lambda seconds: imported.append(set(sys.modules))
main.main(["--events", "--quiet", sys.argv[1]])
sys.exit(", ".join(imported[-1] - imported[0]) or None)
"""


def test_a_replay_imports_nothing_on_its_way(tmp_path: Path, clock: Clock) -> None:
    record(tmp_path / "rec", clock, [text(f"{number}") for number in range(20)], seconds=5.0)
    subprocess.run([sys.executable, "-c", REPLAYED, str(tmp_path / "rec")], check=True, stdout=subprocess.DEVNULL)


def test_time_that_passed(clock: Clock) -> None:
    live = Live([])
    clock.now += 2
    assert live.elapsed() == 2
    replayed = Replay([(0.5, b"a"), (7.5, b"b")], 0)
    assert (list(replayed), replayed.elapsed()) == ([(0.5, b"a"), (7.5, b"b")], 7.5)
    with open(os.devnull, "wb", buffering=0) as file:
        assert Recording(live, "name", file).elapsed() == 2


@given(st.lists(st.tuples(st.floats(0, 1e6), st.binary(max_size=50)), min_size=1, max_size=5))
def test_any_fragments_come_back(fragments: list[tuple[float, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rec")
        with open(path, "wb", buffering=0) as file:
            assert list(Recording(Replay(fragments, 0), str(path), file)) == fragments
        assert entries(path) == [(round(at, 6), data) for at, data in fragments]
        assert replay(path, 0) == entries(path)


@pytest.mark.parametrize(
    "head", [b"", b"{", HELLO, b'{"at": 1}', b'{"at": "x", "b": ""}', b'{"at": 1.5, "c": "', b'\n{"at": 1.5, "b": "']
)
def test_other_files_are_no_recordings(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "file").write_bytes(head)
    with open(tmp_path / "file", "rb", buffering=0) as file:
        assert not is_recording(file)
        assert file.read() == head


def test_a_pipe_is_no_recording() -> None:
    read, write = os.pipe()
    os.close(write)
    with open(read, "rb", buffering=0) as file:
        assert not is_recording(file)


# The command.


def test_record_and_replay(tmp_path: Path, clock: Clock) -> None:
    path, copy = tmp_path / "rec", tmp_path / "copy"
    live = run("--events", "--record", str(path), data=Source(*clock.pass_between(FRAGMENTS, 0)))
    assert [data for _, data in entries(path)] == FRAGMENTS
    replayed = run("--events", "--record", str(copy), str(path))
    assert (replayed.out, replayed.code) == (live.out, live.code)
    assert copy.read_bytes() == path.read_bytes()
    assert run("--json", str(path), "--replay-speed", "0").out == run("--json", data=HELLO).out


def test_the_summary_of_a_replay_has_the_recorded_times(tmp_path: Path, clock: Clock) -> None:
    record(tmp_path / "rec", clock, FRAGMENTS, 1.5)
    for speed in ("1", "0", "30"):
        rows = run(str(tmp_path / "rec"), "--replay-speed", speed).rows
        assert rows["stream"] == (
            "3 chunks, 5 characters in 6.00 s (1 a second), the first after 3.00 s; the longest gap: 1.50 s in text"
        )


def test_a_recording_that_is_interrupted_is_kept(tmp_path: Path) -> None:
    result = run("--record", str(tmp_path / "rec"), data=Source(text("Hi"), KeyboardInterrupt()))
    assert result.code == 3
    assert [data for _, data in entries(tmp_path / "rec")] == [text("Hi")]


@pytest.mark.parametrize(
    "line", [b"{", b"7", b"{}", b'{"at": 2}', b'{"at": null, "b": ""}', b'{"at": 2, "b": "*"}', b'{"at": 2, "b": 7}']
)
def test_a_damaged_line(tmp_path: Path, line: bytes) -> None:
    entry = {"at": 0.0, "b": base64.b64encode(text("Hi")).decode()}
    (tmp_path / "rec").write_bytes(json.dumps(entry).encode() + b"\n" + line + b"\n")
    result = run(str(tmp_path / "rec"))
    assert (result.code, result.out) == (2, "Hi\n")
    assert result.rows["stopped"].startswith("reading: line 2 of the recording is damaged: ")


def test_a_recording_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rec").write_bytes(HELLO)
    result = run("--record", str(tmp_path / "rec"), "rec")
    assert result.code == 2
    assert "would write over its input" in result.err
    assert Path("rec").read_bytes() == HELLO


def test_a_recording_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = str(tmp_path / "no" / "rec")
    result = run("--record", name, data=HELLO)
    assert result == (2, "", f"ssemble: {name}: {os.strerror(errno.ENOENT)}\n")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(_recording, "write_all", full)
    result = run("--record", str(tmp_path / "rec"), data=HELLO)
    assert (result.code, result.out) == (2, "")
    assert result.rows["stopped"] == f"{tmp_path / 'rec'}: {os.strerror(errno.ENOSPC)}"
