"""Reading and writing without Python's buffers."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ssemble._cli.descriptors import fragments, unbuffered, write_all

nonblocking = pytest.mark.skipif(sys.platform in ("win32", "emscripten"), reason="pipes always, or never, block there")


class Pipe:
    """Both ends of a non-blocking pipe."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self.read = io.FileIO(read, "r")
        self.write = io.FileIO(write, "w")
        for end in (self.read, self.write):
            os.set_blocking(end.fileno(), False)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    found = Pipe()
    yield found
    found.read.close()
    found.write.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Steps for successive calls of select(); the test must use all of them."""
    steps: list[Any] = []

    def waited(*files: list[int]) -> None:
        steps.pop(0)()

    monkeypatch.setattr(select, "select", waited)
    yield steps
    assert steps == []


@nonblocking
def test_no_data_yet_is_not_the_end(pipe: Pipe, waits: list[Any]) -> None:
    waits += [lambda: None, lambda: pipe.write.write(b"a"), lambda: pipe.write.write(b"bc"), pipe.write.close]
    assert list(fragments(pipe.read)) == [b"a", b"bc"]


@nonblocking
def test_write_waits_while_pipe_is_full(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(range(256)) * 4096
    taken: list[bytes] = []

    def take(*files: list[int]) -> None:
        assert files == ([], [pipe.write.fileno()], [])
        taken.append(pipe.read.read(50_000) or b"")

    monkeypatch.setattr(select, "select", take)
    write_all(pipe.write, data)
    pipe.write.close()
    assert b"".join([*taken, pipe.read.readall()]) == data
    assert len(taken) > 5


@nonblocking
def test_read_waits_in_select(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[int], list[int], list[int]]] = []
    real = select.select

    def waited(*files: list[int]) -> object:
        asked.append(files)  # type: ignore[arg-type]  # select takes anything with a descriptor
        return real(*files)  # type: ignore[arg-type]  # three lists and no timeout

    monkeypatch.setattr(select, "select", waited)
    timer = threading.Timer(0.05, pipe.write.close)
    timer.start()
    assert list(fragments(pipe.read)) == []
    timer.join()
    assert asked == [([pipe.read.fileno()], [], [])]


@nonblocking
def test_fragments_arrive_unbuffered() -> None:
    read, write = os.pipe()
    with open(read, encoding="utf-8") as text, open(write, "wb", buffering=0) as sender:
        found = fragments(text)
        for data in (b"a", b"bc"):
            sender.write(data)
            assert next(found) == data
        sender.close()
        assert list(found) == []


def test_stream_without_raw_file() -> None:
    text = io.TextIOWrapper(io.BytesIO(b"abc"))
    assert unbuffered(text) is None
    assert list(fragments(text)) == [b"abc"]
    assert list(fragments(io.BytesIO(b"abc"))) == [b"abc"]
    assert unbuffered(None) is None


def test_unbuffered() -> None:
    with open(os.devnull, encoding="utf-8") as text:
        raw = text.buffer.raw  # type: ignore[attr-defined]  # of a BufferedReader
        assert isinstance(raw, io.FileIO)
        assert [unbuffered(stream) for stream in (text, text.buffer, raw)] == [raw] * 3


def test_read_error() -> None:
    class Broken(io.RawIOBase):
        def readinto(self, buffer: object) -> int:
            raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken"):
        list(fragments(Broken()))
