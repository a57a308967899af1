"""Fragments to frames: the framing of server-sent events.

Almost every frame of an LLM stream is one ``data:`` line, or an ``event:`` line and a ``data:`` line,
and a blank line. Such frames are handed out as raw bytes, for whoever knows what stands in them. All
others are read line by line, by the rules of the specification, and handed out as items.
"""

from __future__ import annotations

from typing import ClassVar

from .._errors import LimitExceeded
from .._limits import Limits, limit_or_max
from .._pickling import Picklable
from .base import Frames, Item, Run
from .blocks import BlockReader, decoded
from .lines import BOM, CR, LF

LF_LF, CRLF_CRLF = b"\n\n", b"\r\n\r\n"
HELD_FIELDS = (b"data:", b"event:", b"id:")
MAX_HELD = 4  # line ends in an unfinished frame that is kept as raw bytes: each copies it once


class SSEFraming(Picklable):
    """Splits the bytes of an event stream into frames.

    Whoever takes a raw frame counts it with `advance`, or hands it to `read`, before the next is taken.

    Args:
        comments: hand out comments too.
        unknown: hand out lines that are no field of an event stream too.

    Attributes:
        rest: the raw bytes of an unfinished frame. Bytes without a line end may be appended to it, as
            long as it has more than `HEAD` bytes and stays within the limit.
        at_boundary: True between two frames, with nothing left to decide about what came before.
    """

    __slots__ = (
        "_begun", "_blocks", "_comments", "_events", "_last_event_id", "_limit", "_offset", "_unknown", "at_boundary",
        "rest",
    )  # fmt: skip
    blank: ClassVar[bytes] = LF_LF
    bare: ClassVar[bool] = False

    def __init__(
        self, last_event_id: str = "", *, limits: Limits = Limits(), comments: bool = False, unknown: bool = False
    ) -> None:
        self._limit = limit_or_max(limits.max_event_size)
        self._last_event_id = last_event_id
        self._comments = comments
        self._unknown = unknown
        self._blocks: BlockReader | None = None  # made when it is needed: most streams have raw frames only
        self._offset = self._events = 0  # before it is made
        self._begun = False
        self.rest = bytearray()
        self.at_boundary = False

    @property
    def blocks(self) -> BlockReader:
        """The reader of what is not a raw frame; it knows the last event ID."""
        if self._blocks is None:
            self._blocks = BlockReader(self._last_event_id, self._limit, comments=self._comments, unknown=self._unknown)
            if self.at_boundary or self.rest:
                self._blocks.begin(b"d")
            self._blocks.advance(self._offset, self._events)
        return self._blocks

    @property
    def offset(self) -> int:
        """Bytes from the start of the stream to the frame that comes next."""
        return self._offset if self._blocks is None else self._blocks.offset

    @property
    def pending(self) -> int:
        """Bytes of the unfinished frame."""
        return len(self.rest) if self._blocks is None else self._blocks.pending + len(self.rest)

    @property
    def error(self) -> LimitExceeded | None:
        """The error that ended the stream, or None."""
        return None if self._blocks is None else self._blocks.error

    def advance(self, size: int, frames: int) -> None:
        """Count raw frames, with their blank lines."""
        if self._blocks is None:
            self._offset += size
            self._events += frames
        else:
            self._blocks.advance(size, frames)

    def read(self, frame: bytes) -> list[Item]:
        """Read a raw frame, with its blank line, by the rules of the specification."""
        return [*self.blocks.feed(frame)]

    def begin(self, data: bytes) -> None:
        """Look at the first bytes of the stream, which may be a BOM."""
        self._begun = True
        if BOM.startswith(data[:1]):
            self.blocks.begin(data)
        else:
            self.at_boundary = True

    def feed(self, data: bytes) -> Frames:
        """Take a fragment; give the frames in it, one after the other."""
        if not data:
            return
        if not self._begun:
            self.begin(data)
        blocks = self._blocks
        if blocks is not None and not blocks.at_boundary:
            blank = _blank(data)
            end = data.find(blank) + len(blank) if blank else len(data)
            self.at_boundary = False
            yield from blocks.feed(data[:end])
            data = data[end:]
            if not blocks.at_boundary:
                yield from blocks.feed(data)
                self.at_boundary = blocks.at_boundary
                return
        if self.rest:
            data = bytes(self.rest) + data
            self.rest.clear()
        self.at_boundary = True
        frames, blank, tail = split(data)
        if frames:
            yield Run(frames, blank)
        if tail:
            if self._may_hold(tail):
                self.rest += tail
            else:
                yield from self.blocks.feed(tail)
            self.at_boundary = not self.rest and (self._blocks is None or self._blocks.at_boundary)

    def end(self, flush: bool) -> list[Item]:
        """No more bytes; ``flush`` dispatches the unfinished event."""
        items: list[Item] = [*self.blocks.feed(bytes(self.rest))] if self.rest else []
        self.rest.clear()
        self.at_boundary = False
        return [*items, *self.blocks.end(flush)]

    def text_in(self, frame: bytes) -> tuple[str, int] | None:
        """Return the name of the event in a raw frame and the index of its data; None if it must be read.

        A frame of more than one data line, or with other fields, must be read.
        """
        if frame.startswith(b"data: "):
            return None if LF in frame or CR in frame else ("message", 6)
        if frame.startswith(b"event: "):
            head, found, text = frame.partition(b"\ndata: ")
            name = head[7:]
            if CR in frame:
                name = name.removesuffix(b"\r")
                if CR in name or CR in text:
                    return None
            if found and LF not in name and LF not in text:
                return decoded(name) or "message", len(head) + 7
        return None

    def _may_hold(self, tail: bytes) -> bool:
        """True if an unfinished frame can wait as raw bytes: nothing in it can be handed out yet."""
        if CR in tail or len(tail) > self._limit:
            return False
        *lines, last = tail.split(b"\n")
        if len(lines) > MAX_HELD or not all(line.startswith(HELD_FIELDS) for line in lines):
            return False
        return last.startswith(HELD_FIELDS) or any(field.startswith(last) for field in HELD_FIELDS)


def split(data: bytes) -> tuple[list[bytes], bytes, bytes]:
    """Split a fragment at its blank lines; return the frames, their blank line, and the rest."""
    if CR not in data:
        # One byte is found five times as fast as two.
        lines = data.split(b"\n")
        frames = lines[::2]
        if not any(lines[1::2]):
            rest = frames.pop()
            return frames, LF_LF, rest if len(lines) % 2 else rest + b"\n"
    blank = _blank(data) or LF_LF
    *frames, rest = data.split(blank)
    return frames, blank, rest


def _blank(data: bytes) -> bytes:
    """Return the kind of blank line in a fragment; b"" for none."""
    if CR not in data:
        return LF_LF if LF in data and LF_LF in data else b""
    return LF_LF if LF_LF in data else CRLF_CRLF if CRLF_CRLF in data else b""
