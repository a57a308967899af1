"""Parses lines into server-sent events.

WHATWG HTML, section 9.2.6, "Interpreting an event stream". Lines are bytes. Each value is decoded when
its line is complete, with U+FFFD for bytes that are not UTF-8. This equals decoding the entire stream
first, and fragments may split a character.
"""

from __future__ import annotations

from .._errors import LimitExceeded
from .._pickling import Picklable
from .event import NO_ID, RETRY_DIGITS, Comment, ServerSentEvent, UnknownField
from .lines import COLON, LineSplitter

FIELDS = (b"data:", b"event:", b"id:", b"retry:")
LONGEST_FIELD = max(map(len, FIELDS))  # so many bytes of a line decide whether it is one of these

EventItem = ServerSentEvent | Comment | UnknownField


def decoded(value: bytes | bytearray) -> str:
    return str(value, "utf-8", "replace")


class BlockReader(Picklable):
    """Reads blocks of lines, split anywhere, into events.

    Args:
        limit: bytes of one event, including its unfinished line.
        comments: return comments too.
        unknown: return lines that are no field of an event stream too.

    Attributes:
        last_event_id: the last event ID.
        retry: the reconnection time in milliseconds, or None.
        events: number of events so far.
        error: the error that ended the stream, or None.
        at_boundary: True between two blocks, with nothing left to decide about what came before.
    """

    __slots__ = (
        "_comments",
        "_data",
        "_event",
        "_id",
        "_limit",
        "_lines",
        "_retry",
        "_size",
        "_start",
        "_unknown",
        "at_boundary",
        "error",
        "events",
        "last_event_id",
        "retry",
    )  # fmt: skip

    def __init__(self, last_event_id: str, limit: int, *, comments: bool, unknown: bool) -> None:
        self.last_event_id = last_event_id
        self.retry: int | None = None
        self.events = 0
        self.error: LimitExceeded | None = None
        self.at_boundary = False
        self._lines = LineSplitter(keepends=True)
        self._limit = limit
        self._comments = comments
        self._unknown = unknown
        self._id = last_event_id or NO_ID  # the buffer; a blank line makes it the last event ID
        self._retry: int | None = None  # of the open block
        self._event = b""
        self._data: bytes | bytearray | None = None
        self._size = 0  # bytes stored for the fields of the open block
        self._start: int | None = None  # where the open block began

    @property
    def id(self) -> str:
        """The last event ID that the next event gets, unless it names another."""
        return self._id

    @property
    def offset(self) -> int:
        """Bytes from the start of the stream to the start of the unfinished line."""
        return self._lines.offset

    @property
    def pending(self) -> int:
        """Bytes of the unfinished block."""
        lines = self._lines
        if self._start is None:
            return lines.pending_size
        return lines.offset + lines.pending_size - self._start

    def begin(self, data: bytes) -> None:
        """Look at the first bytes of the stream: what does not begin as a BOM does needs no waiting."""
        self._lines.begins_with(data)
        self.at_boundary = self._start is None and self._lines.at_boundary

    def advance(self, size: int, events: int) -> None:
        """Count blocks that were read without this reader."""
        self._lines.advance(size)
        self.events += events

    def feed(self, data: bytes) -> list[EventItem]:
        """Take a fragment and return the items that it completes."""
        items: list[EventItem] = []
        if self.error is None:
            self._read(data, items)
        return items

    def end(self, flush: bool) -> list[EventItem]:
        """No more bytes; ``flush`` dispatches the unfinished event."""
        items: list[EventItem] = []
        if self.error is None:
            start = self._lines.offset
            tail = self._lines.end(flush)
            if flush:
                self._take([*tail, b"\n"], start, items)
            self._data, self._event, self._size, self._start = None, b"", 0, None
        return items

    def _read(self, data: bytes, items: list[EventItem]) -> None:
        """Read a fragment line by line."""
        lines = self._lines.feed(data)
        self._take(lines, self._lines.offset - sum(map(len, lines)), items)
        # Bytes that may still become a BOM are not part of the line yet.
        line, room = self._lines.buffer, self._limit - self._size
        if line and self.error is None:
            if len(line) > room and self._wanted(line[: room + 1]):
                self._too_large(self._lines.offset + room)
            else:
                self._skip_unwanted()
        self.at_boundary = self._start is None and self._lines.at_boundary

    def _wanted(self, head: bytes | bytearray) -> bool:
        """True if a line with this beginning is needed when it is complete."""
        if head[0] == COLON:
            return self._comments
        return self._unknown or may_be_field(bytes(head[:LONGEST_FIELD]))

    def _skip_unwanted(self) -> None:
        """Skip the unfinished line once it is known that it is not needed, so that it takes no memory."""
        lines = self._lines
        if not self._wanted(lines.buffer):
            if self._start is None:
                self._start = lines.offset
            lines.skip_line()

    def _take(self, lines: list[bytes], offset: int, items: list[EventItem]) -> None:
        for raw in lines:
            line = raw.rstrip(b"\r\n")
            if not line:
                self._dispatch(items)
            else:
                if self._start is None:
                    self._start = offset
                room = self._limit - self._size
                if len(line) <= room:
                    self._field(line, offset, items)
                elif self._wanted(line[: room + 1]):
                    return self._too_large(offset + room)
            offset += len(raw)

    def _field(self, line: bytes, offset: int, items: list[EventItem]) -> None:
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
                self._id = decoded(value)
        elif name == b"retry":
            # "If the field value consists of only ASCII digits …" bytes.isdigit() means just these.
            digits = value.lstrip(b"0") or b"0"
            if value.isdigit() and len(digits) <= RETRY_DIGITS:
                self.retry = self._retry = int(digits)
        elif not name:
            if self._comments:
                items.append(Comment(decoded(line[1:])))
        elif self._unknown:
            items.append(UnknownField(decoded(line), offset, self._data is not None))

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

    def _dispatch(self, items: list[EventItem]) -> None:
        # "Set the last event ID string of the event source to the value of the last event ID
        # buffer." Also if nothing is dispatched.
        self.last_event_id = self._id
        if self._data is not None:
            self.events += 1
            event = decoded(self._event) if self._event else "message"
            items.append(ServerSentEvent(decoded(self._data), event, self._id, self._start, self._retry))
            self._data = None
        elif self._event and self._unknown:
            items.append(UnknownField(f"event: {decoded(self._event)}", self._start))
        # "If the data buffer is an empty string, set the data buffer and the event type buffer
        # to the empty string and return."
        self._event = b""
        self._size = 0
        self._start = self._retry = None

    def _too_large(self, offset: int) -> None:
        self.error = LimitExceeded._over("max_event_size", self._limit, offset=offset, event=self.events + 1)


def may_be_field(head: bytes) -> bool:
    """True if a line with this beginning is, or may become, a field of the specification."""
    return head.startswith(FIELDS) or any(field.startswith(head) for field in FIELDS)
