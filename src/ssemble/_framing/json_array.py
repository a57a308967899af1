"""The framing of a JSON array that comes in pieces: its elements are the payloads.

Source: Gemini and Vertex AI without ``alt=sse``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from json import JSONDecoder
from typing import Any, ClassVar

from .._errors import IncompleteStream, InvalidJSON, LimitExceeded, StreamError, quote
from .._limits import Limits, limit_or_max
from .._pickling import Picklable
from .base import Frames, Item, JSONText
from .blocks import decoded
from .brackets import Brackets

SPACE = re.compile(rb"[ \t\r\n]*")
scan_once: Callable[[str, int], tuple[Any, int]] = JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub


class Place(IntEnum):
    """Where in the array the next byte is."""

    BEFORE = 0
    FIRST = 1  # after the opening bracket
    ELEMENT = 2
    BEHIND = 3  # after an element
    NEXT = 4  # after a comma
    AFTER = 5  # after the closing bracket


WANTED = {
    Place.BEFORE: "a JSON array",
    Place.FIRST: "an object or the end of the array",
    Place.BEHIND: "a comma or the end of the array",
    Place.NEXT: "an object",
    Place.AFTER: "nothing after the array",
}
# What a byte between two elements means at its place.
STEPS = {
    (Place.BEFORE, b"["): Place.FIRST,
    (Place.FIRST, b"{"): Place.ELEMENT,
    (Place.FIRST, b"]"): Place.AFTER,
    (Place.BEHIND, b","): Place.NEXT,
    (Place.BEHIND, b"]"): Place.AFTER,
    (Place.NEXT, b"{"): Place.ELEMENT,
}


class JSONArray(Picklable):
    """Splits one JSON array of objects into its elements. An element is handed out when its bracket closes."""

    __slots__ = ("_brackets", "_count", "_element", "_limit", "_offset", "_place", "error", "rest")
    blank: ClassVar[bytes] = b""
    bare: ClassVar[bool] = True
    at_boundary: ClassVar[bool] = False  # there are no raw frames

    def __init__(self, *, limits: Limits = Limits()) -> None:
        self.rest = bytearray()  # always empty
        self.error: StreamError | None = None
        self._limit = limit_or_max(limits.max_event_size)
        self._offset = 0  # of the next fragment
        self._count = 0
        self._place = Place.BEFORE
        self._element = bytearray()  # the unfinished element
        self._brackets = Brackets()

    def advance(self, size: int, frames: int) -> None:
        """Count bytes that were skipped."""
        self._offset += size

    def feed(self, data: bytes) -> Frames:
        """Take a fragment; give the elements that it completes."""
        at, start = 0, self._offset
        text = ""
        self._offset += len(data)
        while self.error is None and at < len(data):
            if self._place != Place.ELEMENT:
                at = self._between(data, at, start)
                continue
            end = -1
            if not self._element and len(data) - at <= self._limit:
                text = text or data.decode("latin-1")  # one character for each byte, and JSON's own are ASCII
                end = end_of_json(text, at)
            if end < 0:
                end = self._brackets.close(data, at)
            piece = data[at:end] if end >= 0 else data[at:]
            at += len(piece)
            begun = start + at - len(piece) - len(self._element)
            if len(self._element) + len(piece) > self._limit:
                self.error = LimitExceeded._over(
                    "max_event_size", self._limit, offset=begun + self._limit, event=self._count + 1
                )
            elif end < 0:
                self._element += piece
            else:
                element = decoded(self._element + piece if self._element else piece)
                self._element.clear()
                self._place = Place.BEHIND
                self._count += 1
                yield JSONText(element, begun)

    def _between(self, data: bytes, at: int, start: int) -> int:
        """Read one byte between elements; return the index of the next."""
        at = SPACE.match(data, at).end()  # type: ignore[union-attr]  # it always matches
        byte = data[at : at + 1]
        if not byte:
            return at
        place = STEPS.get((self._place, byte))
        if place is None:
            wanted = WANTED[self._place]
            message = f"the body is no JSON array of objects: expected {wanted}, got {quote(decoded(byte))}"
            self.error = InvalidJSON(message, offset=start + at, event=self._count + 1)
            return at
        self._place = place
        return at if place == Place.ELEMENT else at + 1

    def read(self, frame: bytes) -> list[Item]:
        """Read a raw frame: there are none."""
        return []

    def text_in(self, frame: bytes) -> tuple[str, int] | None:
        """Return where the data of a raw frame is: there are none."""
        return None

    def end(self, flush: bool) -> list[Item]:
        """No more bytes: the array must be over."""
        if self.error is None and self._place not in (Place.BEFORE, Place.AFTER):
            where = "inside an element" if self._place == Place.ELEMENT else "before its closing bracket"
            message = f"the body is a JSON array that ends too early: {where}"
            self.error = IncompleteStream(message, offset=self._offset, event=self._count + 1)
        self._element.clear()
        return []


def end_of_json(text: str, at: int) -> int:
    """Return the index after a JSON text; -1 if it is unfinished or not JSON.

    The decoder finds it several times as fast as `Brackets`, which reads what the decoder does not.
    """
    try:
        return scan_once(text, at)[1]
    except (StopIteration, ValueError, RecursionError):
        return -1
