"""Fragments with their times: of a live stream, and of a recording of one.

A recording is a file of JSON lines, one for each fragment: ``{"at": 0.25, "b": "ZGF0YTog"}``. ``at`` is the
time in seconds since the command was started, and ``b`` is the fragment in base64.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator
from time import monotonic, sleep
from typing import Protocol

from .descriptors import write_all
from .terminal import OutputClosed

# No provider sends a payload that begins like this.
HEAD = re.compile(rb'\{"at": [0-9.e+-]{1,25}, "b": "')
LONGEST_HEAD = 64  # bytes


class Timed(Protocol):
    """Fragments, each with its time in seconds since the start."""

    def __iter__(self) -> Iterator[tuple[float, bytes]]: ...

    def elapsed(self) -> float:
        """Return the seconds since the start."""


class Live:
    """Fragments as they arrive."""

    def __init__(self, fragments: Iterable[bytes]) -> None:
        self.fragments = fragments
        self.start = monotonic()

    def elapsed(self) -> float:
        return monotonic() - self.start

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        for data in self.fragments:
            yield self.elapsed(), data


class Replay:
    """Fragments of a recording, at their times. The time that they tell is the recorded one.

    Args:
        recorded: the fragments, with their times.
        speed: 2 replays in half the time; 0 does not wait.
    """

    def __init__(self, recorded: Iterable[tuple[float, bytes]], speed: float) -> None:
        self.recorded = recorded
        self.speed = speed
        self.at = 0.0

    def elapsed(self) -> float:
        return self.at

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        start = monotonic()
        for at, data in self.recorded:
            # Waiting for a point in time, since waits would add up their delays.
            if self.speed and (left := start + at / self.speed - monotonic()) > 0:
                sleep(left)
            self.at = at
            yield at, data


class Recording:
    """Fragments that are also written to a file, each before it is passed on."""

    def __init__(self, timed: Timed, name: str, file: io.RawIOBase) -> None:
        self.timed = timed
        self.name = name
        self.file = file

    def elapsed(self) -> float:
        return self.timed.elapsed()

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        """Raises OutputClosed if the file cannot be written."""
        for at, data in self.timed:
            line = json.dumps({"at": round(at, 6), "b": base64.b64encode(data).decode()})
            try:
                write_all(self.file, line.encode() + b"\n")
            except OSError as error:
                raise OutputClosed(f"{self.name}: {error.strerror or error}") from error
            yield at, data


def is_recording(file: io.RawIOBase) -> bool:
    """Tell whether a file that was just opened is a recording."""
    if not file.seekable():
        return False
    head = file.read(LONGEST_HEAD) or b""
    file.seek(0)
    return HEAD.match(head) is not None


def recorded(name: str) -> Iterator[tuple[float, bytes]]:
    """Yield the fragments of a recording, each with its time.

    Args:
        name: its file.

    Raises:
        OSError: the file cannot be read, or a line of it is damaged.
    """
    with open(name, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                entry = json.loads(line)
                fragment = float(entry["at"]), base64.b64decode(entry["b"], validate=True)
            except (ValueError, TypeError, LookupError) as error:
                raise OSError(0, f"line {number} of the recording is damaged: {error}") from error
            yield fragment
