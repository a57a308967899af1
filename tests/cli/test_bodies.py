"""Where captured bodies are found."""

from __future__ import annotations

import errno
import gzip
import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

import ssemble
from ssemble._cli.bodies import Found, find, read

from .command import HELLO, Source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.sse", "a/2.sse", "a/1.sse", "a.sse", "c/d/e.sse"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(HELLO)
    return tmp_path


def sources(*names: str, field: str | None = None) -> list[str]:
    return [found.source for found in find(list(names), field)]


def listed(monkeypatch: pytest.MonkeyPatch, *fragments: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", Source(*fragments))


def body(line: Any, field: str) -> bytes:
    found = Found("log:1", line=line if isinstance(line, bytes) else json.dumps(line).encode())
    return b"".join(each.encode() for each in read(found, field) if isinstance(each, str))


def test_files_as_given_and_folders_by_name(folder: Path) -> None:
    assert sources("b.sse", "a", "missing", "b.sse") == ["b.sse", "a/1.sse", "a/2.sse", "missing", "b.sse"]
    assert sources(".") == [f"./{name}" for name in ("a/1.sse", "a/2.sse", "a.sse", "b.sse", "c/d/e.sse")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_links_and_pipes_in_a_folder(folder: Path) -> None:
    Path("c/up").symlink_to(folder)
    Path("c/file").symlink_to(folder / "a.sse")
    Path("c/broken").symlink_to(folder / "nothing")
    os.mkfifo("c/pipe")
    assert sources("c") == ["c/d/e.sse", "c/file"]


def test_a_folder_that_cannot_be_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str) -> list[str]:
        raise PermissionError(errno.EACCES, "no", path)

    monkeypatch.setattr(os, "listdir", denied)
    (found,) = find(["a"], None)
    assert found.source == "a"
    with pytest.raises(PermissionError):
        list(read(found, None))


def test_a_list_on_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, b"b.sse\n\na", b"\r\nmis", b"sing")
    assert sources("a.sse", "-") == ["a.sse", "b.sse", "a/1.sse", "a/2.sse", "missing"]
    listed(monkeypatch, b"b.sse\n")
    assert sources("-") == ["b.sse"]
    monkeypatch.setattr(sys, "stdin", None)
    (found,) = find(["-"], None)
    assert (found.source, str(found.error)) == ("-", "[Errno 0] standard input is closed")


def test_a_name_that_is_not_utf8(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, b"a/\xff\n")
    (found,) = find(["-"], None)
    assert found.path == os.fsdecode(b"a/\xff")


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_json_lines(folder: Path, compress: Any) -> None:
    lines = [json.dumps({"body": f"data: {number}\n\n"}).encode() for number in range(3)]
    Path("log").write_bytes(compress(b"\n".join([lines[0], b"", b" ", lines[1], lines[2]])))
    found = list(find(["log"], "body"))
    assert [each.source for each in found] == ["log:1", "log:4", "log:5"]
    assert ["".join(map(str, read(each, "body"))) for each in found] == [f"data: {n}\n\n" for n in range(3)]


def test_logs_that_cannot_be_read(folder: Path) -> None:
    packed = gzip.compress(b'{"body": ""}\n' * 50, mtime=0)
    Path("cut").write_bytes(packed[:-9])
    Path("bad").write_bytes(packed[:20] + b"\xff" * 9 + packed[29:])
    Path("empty").write_bytes(b"")
    assert sources("missing", "empty", field="body") == ["missing"]
    for name in ("cut", "bad", "missing"):
        *whole, last = find([name], "body")
        assert last.source == (f"{name}:{len(whole) + 1}" if whole else name)
        with pytest.raises((OSError, EOFError, zlib.error)):
            list(read(last, "body"))


FIELDS: dict[str, tuple[Any, str, str]] = {
    "text": ({"body": "data: a"}, "body", "data: a"),
    "nested": ({"a": {"b": "data: a"}}, "a.b", "data: a"),
    "in a list": ({"a": [{}, {"b": "data: a"}]}, "a.1.b", "data: a"),
    "null": ({"body": None}, "body", ""),
    "fragments": ({"body": ["data: ", "a"]}, "body", "data: a"),
    "an object": ({"body": {"error": {"code": 429}}}, "body", '{"error": {"code": 429}}'),
    "a list of chunks": ({"body": [{"n": 1}]}, "body", '[{"n": 1}]'),
    "a number": ({"body": 7}, "body", "7"),
}


@pytest.mark.parametrize(("line", "field", "expected"), FIELDS.values(), ids=list(FIELDS))
def test_a_field(line: Any, field: str, expected: str) -> None:
    assert body(line, field) == expected.encode()


@pytest.mark.parametrize(
    ("line", "kind"),
    [(b"{", ValueError), (b"\xff", ValueError), ({}, LookupError), ([], LookupError), ({"a": [1]}, LookupError)],
)
def test_a_line_without_the_field(line: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        body(line, "a.5")


def test_a_recording_has_times(tmp_path: Path) -> None:
    (tmp_path / "rec").write_text('{"at": 1.5, "b": "ZGF0YQ=="}\n')
    (found,) = find([str(tmp_path)], None)
    assert list(read(found, None)) == [(1.5, b"data")]
    assert ssemble.row(read(found, None), start=0.0)["first_byte"] == 1.5
