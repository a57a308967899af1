"""The parser of server-sent events, with what the layer above needs."""

from __future__ import annotations

from typing import Any

from ._limits import Limits
from ._lines import LineSplitter
from ._sse import SSEParser


class EventReader(SSEParser[Any]):
    """An `SSEParser` that also returns unknown lines, and that the fast path can advance.

    Args:
        ignored: return `UnknownField` items too, in order.
        shortcuts: enable the fast path. Results are the same without it.
    """

    __slots__ = ()

    def __init__(
        self,
        last_event_id: str = "",
        *,
        limits: Limits = Limits(),
        comments: bool = False,
        flush: bool = True,
        ignored: bool = True,
        shortcuts: bool = True,
    ) -> None:
        super().__init__(last_event_id, limits=limits, comments=comments, flush=flush)
        self._ignored = ignored
        self._shortcuts = shortcuts

    @property
    def at_boundary(self) -> bool:
        """True at an event boundary."""
        return self._at_boundary

    @property
    def in_first_line(self) -> bool:
        """True inside the first line of an event."""
        return self._start is None and bool(self._lines.buffer)

    @property
    def lines(self) -> LineSplitter:
        """The line splitter."""
        return self._lines

    @property
    def remaining(self) -> int:
        """Bytes that the unfinished line may have within the limit."""
        return self._max - self._size

    def begins_with(self, data: bytes) -> None:
        """Look at the first bytes of the stream; see `LineSplitter.begins_with`."""
        self._lines.begins_with(data)
        self._at_boundary = self._start is None and self._lines.at_boundary

    def begin_line(self, data: bytes) -> None:
        """Take the first bytes of a line, at an event boundary; without a line end, and within the limit."""
        line = self._lines.buffer
        line += data
        self._at_boundary = False
        self._skip_unwanted()

    def advance(self, size: int, events: int) -> None:
        """Count complete events that were read without this parser."""
        self._lines.advance(size)
        self._events += events
