"""Finds captured bodies: in files, in folders, and in the lines of logs."""

from __future__ import annotations

import gzip
import json
import os
import sys
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from .._framing.lines import LineSplitter
from .descriptors import fragments
from .recording import is_recording, recorded

GZIP = b"\x1f\x8b"


class Found(NamedTuple):
    """A body that was found, but not read.

    Attributes:
        source: names it in the output.
        path: its file, if it has one of its own.
        line: the line of a log that holds it.
        error: why it cannot be read.
    """

    source: str
    path: str = ""
    line: bytes = b""
    error: Exception | None = None


def find(names: list[str], field: str | None) -> Iterator[Found]:
    """Yield the bodies in their order; those of a folder in the order of their names.

    Args:
        names: files and folders; - stands for a list of them on standard input.
        field: every file holds JSON lines with a body in this field; None if every file is a body.
    """
    for name in names:
        if name != "-":
            yield from _find(name, field)
        elif sys.stdin is None:
            yield Found(name, error=OSError(0, "standard input is closed"))
        else:
            for listed in _listed():
                yield from _find(listed, field)


def read(found: Found, field: str | None) -> Iterator[Any]:
    """Yield the fragments of a body, as `row` takes them; those of a recording have their times.

    Raises:
        OSError: it cannot be read.
        ValueError, LookupError: its line is not JSON, or does not have the field.
    """
    if found.error is not None:
        raise found.error
    if found.path:
        with open(found.path, "rb", buffering=0) as file:
            yield from recorded(found.path) if is_recording(file) else fragments(file)
    else:
        yield from _in_field(json.loads(found.line), field or "")


def _find(path: str, field: str | None) -> Iterator[Found]:
    if os.path.isdir(path):
        try:
            names = sorted(os.listdir(path))
        except OSError as error:
            yield Found(path, error=error)
            return
        for name in names:
            inner = os.path.join(path, name)
            # A link to a folder may lead back to this one, and a pipe has no end.
            if os.path.isfile(inner) or (os.path.isdir(inner) and not os.path.islink(inner)):
                yield from _find(inner, field)
    elif field is None:
        yield Found(path, path)
    else:
        yield from _lines(path)


def _lines(path: str) -> Iterator[Found]:
    """Yield the lines of a log that are not blank."""
    number = 0
    try:
        with open(path, "rb") as file:
            log: Any = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == GZIP else file
            for number, line in enumerate(log, 1):
                if line.strip():
                    yield Found(f"{path}:{number}", line=line)
    except (OSError, EOFError, zlib.error) as error:  # the last two are of a damaged gzip file
        yield Found(f"{path}:{number + 1}" if number else path, error=error)


def _listed() -> Iterator[str]:
    lines = LineSplitter()
    for data in fragments(sys.stdin):
        yield from map(os.fsdecode, filter(None, lines.feed(data)))
    if lines.pending:
        yield os.fsdecode(lines.pending)


def _in_field(value: Any, field: str) -> Iterator[str]:
    """Yield the body in a field: text, a list of its fragments, or what was JSON before it was logged."""
    for key in field.split("."):
        if isinstance(value, list) and key.isdecimal():
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            raise LookupError(f"there is no field {field!r} in this line")
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield from value
    elif value is not None:
        yield json.dumps(value)
