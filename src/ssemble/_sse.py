"""Parses lines into server-sent events.

WHATWG HTML, section 9.2.6, "Interpreting an event stream". Lines are bytes. Each value is decoded when
its line is complete, with U+FFFD for bytes that are not UTF-8. This equals decoding the entire stream
first, and fragments may split a character.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar, Union, overload

from ._errors import LimitExceeded, fresh_copy
from ._event import NO_ID, RETRY_DIGITS, Comment, ServerSentEvent, UnknownField
from ._limits import Limits, limit_or_max
from ._lines import COLON, CR, LF, BytesLike, LineSplitter, as_bytes
from ._pickling import Picklable

FIELDS = (b"data:", b"event:", b"id:", b"retry:")
LONGEST_FIELD = max(map(len, FIELDS))  # so many bytes of a line decide whether it is one of these


def _may_be_field(head: bytes) -> bool:
    """True if a line with this beginning is, or may become, a field of the specification."""
    return head.startswith(FIELDS) or any(field.startswith(head) for field in FIELDS)


def split_frames(data: bytes, blank: bytes) -> tuple[list[bytes], bytes]:
    """Split a fragment after each blank line; return the complete frames and the rest."""
    if blank == b"\n\n":
        # Searching for one byte is five times as fast as for two.
        lines = data.split(b"\n")
        frames = lines[::2]
        if not any(lines[1::2]):
            rest = frames.pop()
            return frames, rest if len(lines) % 2 else rest + b"\n"
    *frames, rest = data.split(blank)
    return frames, rest


def _decode(value: bytes | bytearray) -> str:
    return str(value, "utf-8", "replace")


SSEItem = TypeVar("SSEItem", bound=Union[ServerSentEvent, Comment, UnknownField])


class SSEParser(Picklable, Generic[SSEItem]):
    """Parse fragments of bytes into server-sent events.

    Args:
        last_event_id: the last event ID to start with, for example after a reconnection.
        limits: ``max_event_size`` limits the bytes of one event, including its unfinished line. A
            comment of any length is skipped, unless ``comments`` is true.
        comments: return `Comment` items too, in order.
        flush: at the end, dispatch the unfinished event as if its blank line had arrived. Without it
            the event is discarded: "Once the end of the file is reached, any pending data must be
            discarded."

    Attributes:
        last_event_id: the current last event ID; it may change without an event.
        retry: reconnection time in milliseconds, or None if the stream has not set one.

    Source: WHATWG HTML, section 9.2.6, "Interpreting an event stream".

    >>> parser = SSEParser()
    >>> parser.feed(b"id: 7\\ndata: he"), parser.feed(b"llo\\n\\n")
    ([], [ServerSentEvent(data='hello', event='message', id='7')])
    """

    __slots__ = (
        "_at_boundary",
        "_comments",
        "_data",
        "_ended",
        "_error",
        "_event",
        "_events",
        "_flush",
        "_id",
        "_ignored",
        "_lines",
        "_max",
        "_retry",
        "_shortcuts",
        "_size",
        "_start",
        "last_event_id",
        "retry",
    )

    last_event_id: str
    retry: int | None

    @overload
    def __init__(
        self: SSEParser[ServerSentEvent],
        last_event_id: str = "",
        *,
        limits: Limits = Limits(),
        comments: Literal[False] = False,
        flush: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self: SSEParser[Union[ServerSentEvent, Comment]],
        last_event_id: str = "",
        *,
        limits: Limits = Limits(),
        comments: bool = False,
        flush: bool = False,
    ) -> None: ...

    def __init__(
        self,
        last_event_id: str = "",
        *,
        limits: Limits = Limits(),
        comments: bool = False,
        flush: bool = False,
    ) -> None:
        self.last_event_id = last_event_id
        self.retry = None
        self._lines = LineSplitter(keepends=True)
        self._max = limit_or_max(limits.max_event_size)
        self._comments = comments
        self._flush = flush
        self._ignored = False  # return UnknownField items; only `EventReader` does
        self._shortcuts = True
        self._id = last_event_id or NO_ID  # "last event ID buffer"; a blank line makes it the last event ID
        self._retry: int | None = None  # of the unfinished event
        self._event = b""
        self._data: bytes | bytearray | None = None
        self._size = 0  # bytes stored for the fields of the unfinished event
        self._at_boundary = False
        self._start: int | None = None  # offset of the unfinished event
        self._events = 0
        self._error: LimitExceeded | None = None
        self._ended = False

    def __repr__(self) -> str:
        state = "failed" if self._error is not None else "ended" if self._ended else "open"
        return f"<{type(self).__name__} {state}, {self._events} events, {self._lines.offset} bytes>"

    @property
    def pending(self) -> int:
        """Bytes of the unfinished event; 0 between events."""
        lines = self._lines
        if self._start is None:
            return lines.pending_size
        return lines.offset + lines.pending_size - self._start

    @property
    def error(self) -> LimitExceeded | None:
        """The error that ended the stream (a fresh copy, to be raised), or None."""
        return None if self._error is None else fresh_copy(self._error)

    def feed(self, data: BytesLike) -> list[SSEItem]:
        """Take a fragment (bytes, split anywhere) and return the events that it completes.

        Raises:
            LimitExceeded: an event is larger than ``max_event_size``. The call that met it returned
                the events before it; every later call raises.
            TypeError: ``data`` is not bytes.
            RuntimeError: after `end`.
        """
        if self._error is not None:
            raise fresh_copy(self._error)
        if self._ended:
            raise RuntimeError("feed() after end(): make a new parser for a new stream")
        if type(data) is not bytes:
            data = as_bytes(data)
        items: list[Any] = []
        if self._shortcuts:
            size = len(data)
            # Most servers flush after each event, so a fragment is often exactly one data line.
            if self._at_boundary and data[:6] == b"data: " and data[-1] == LF and data.index(LF) == size - 2:
                if CR not in data and size <= self._max:
                    return [self._one(data)]
            elif (line := self._lines.buffer) and LF not in data and CR not in data:
                if len(line) + size <= self._max - self._size:
                    line += data
                    if len(line) - size < LONGEST_FIELD:
                        self._skip_unwanted()
                    return items
            data = self._frames(data, items)
        if data and self._error is None:
            self._read(data, items)
        return items

    def _read(self, data: bytes, items: list[Any]) -> None:
        """Read a fragment line by line."""
        lines = self._lines.feed(data)
        self._take(lines, self._lines.offset - sum(map(len, lines)), items)
        # Bytes that may still become a BOM are not part of the line yet.
        line, room = self._lines.buffer, self._max - self._size
        if line and self._error is None:
            if len(line) > room and self._wanted(line[: room + 1]):
                self._too_large(self._lines.offset + room)
            else:
                self._skip_unwanted()
        self._at_boundary = self._start is None and self._lines.at_boundary

    def _wanted(self, head: bytes | bytearray) -> bool:
        """True if a line with this beginning is needed when it is complete."""
        if head[0] == COLON:
            return self._comments
        return self._ignored or _may_be_field(bytes(head[:LONGEST_FIELD]))

    def _skip_unwanted(self) -> None:
        """Skip the unfinished line once it is known that it is not needed, so that it takes no memory."""
        lines = self._lines
        if not self._wanted(lines.buffer):
            if self._start is None:
                self._start = lines.offset
            lines.skip_line()

    def _one(self, frame: bytes) -> Any:
        """Return the event of a frame that is one ``data`` line."""
        lines = self._lines
        offset = lines.offset
        lines.offset = offset + len(frame)
        self._events += 1
        try:
            data = frame[6:-2].decode()
        except UnicodeDecodeError:
            data = _decode(frame[6:-2])
        return ServerSentEvent(data, "message", self._id, offset)

    def _frames(self, data: bytes, items: list[Any]) -> bytes:
        """Parse the leading frames that are one ``data`` line each; return the rest."""
        if not self._at_boundary:
            end = data.find(b"\n\n") + 2 if LF in data else 1
            if end < 2:
                return data
            self._read(data[:end], items)
            data = data[end:]
            if not self._at_boundary or self._error is not None:
                return data
        size, lines = len(data), self._lines
        if CR in data or size > self._max or LF not in data:
            return data
        offset, event_id, before = lines.offset, self._id, len(items)
        frames, rest = split_frames(data, b"\n\n")
        for number, frame in enumerate(frames):
            if not frame.startswith(b"data: ") or LF in frame:
                rest = b"\n\n".join([*frames[number:], rest])
                break
            items.append(ServerSentEvent(str(frame[6:], "utf-8", "replace"), "message", event_id, offset))
            offset += len(frame) + 2
        self._events += len(items) - before
        lines.offset = offset
        return rest

    def end(self) -> list[SSEItem]:
        """End the input; return the event that ``flush`` dispatches. It never raises, and may be called again."""
        items: list[Any] = []
        if self._error is None and not self._ended:
            start = self._lines.offset
            tail = self._lines.end(self._flush)
            if self._flush:
                self._take([*tail, b"\n"], start, items)
            self._data, self._event, self._size, self._start = None, b"", 0, None
        self._ended = True
        return items

    def _take(self, lines: list[bytes], offset: int, items: list[Any]) -> None:
        for raw in lines:
            line = raw.rstrip(b"\r\n")
            if not line:
                self._dispatch(items)
            else:
                if self._start is None:
                    self._start = offset
                room = self._max - self._size
                if len(line) <= room:
                    self._field(line, offset, items)
                elif self._wanted(line[: room + 1]):
                    return self._too_large(offset + room)
            offset += len(raw)

    def _field(self, line: bytes, offset: int, items: list[Any]) -> None:
        # "Collect the characters on the line before the first U+003A COLON character (:) … after
        # the first, and let value be that string. If value starts with a U+0020 SPACE character,
        # remove it from value." Field names are compared literally, with no case folding.
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"data":
            self._append(value)
        elif name == b"event":
            self._size += len(value) - len(self._event)
            self._event = value
        elif name == b"id":
            # "If the field value does not contain U+0000 NULL, then set the last event ID buffer
            # to the field value. Otherwise, ignore the field."
            if b"\0" not in value:
                self._id = _decode(value)
        elif name == b"retry":
            # "If the field value consists of only ASCII digits …" bytes.isdigit() means just these.
            digits = value.lstrip(b"0") or b"0"
            if value.isdigit() and len(digits) <= RETRY_DIGITS:
                self.retry = self._retry = int(digits)
        elif not name:
            if self._comments:
                items.append(Comment(_decode(line[1:])))
        elif self._ignored:
            items.append(UnknownField(_decode(line), offset, self._data is not None))

    def _append(self, value: bytes) -> None:
        if self._data is None:
            self._data = value
            self._size += len(value)
            return
        if type(self._data) is bytes:
            self._data = bytearray(self._data)
        self._data += b"\n"
        self._data += value
        self._size += 1 + len(value)

    def _dispatch(self, items: list[Any]) -> None:
        # "Set the last event ID string of the event source to the value of the last event ID
        # buffer." Also if nothing is dispatched.
        self.last_event_id = self._id
        if self._data is not None:
            self._events += 1
            event = _decode(self._event) if self._event else "message"
            items.append(ServerSentEvent(_decode(self._data), event, self._id, self._start, self._retry))
            self._data = None
        elif self._event and self._ignored:
            items.append(UnknownField(f"event: {_decode(self._event)}", self._start))
        # "If the data buffer is an empty string, set the data buffer and the event type buffer
        # to the empty string and return."
        self._event = b""
        self._size = 0
        self._start = self._retry = None

    def _too_large(self, offset: int) -> None:
        self._error = LimitExceeded._over("max_event_size", self._max, offset=offset, event=self._events + 1)
