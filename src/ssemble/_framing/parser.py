"""`SSEParser`: the framing of server-sent events on its own."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar, overload

from .._errors import LimitExceeded, fresh_copy
from .._limits import Limits, limit_or_max
from .._pickling import Picklable
from .base import HEAD, Run
from .blocks import decoded
from .event import Comment, ServerSentEvent
from .lines import CR, LF, BytesLike, as_bytes
from .sse import SSEFraming

SSEItem = TypeVar("SSEItem", bound=ServerSentEvent | Comment)


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

    Source: WHATWG HTML, section 9.2.6, "Interpreting an event stream".

    >>> parser = SSEParser()
    >>> parser.feed(b"id: 7\\ndata: he"), parser.feed(b"llo\\n\\n")
    ([], [ServerSentEvent(data='hello', event='message', id='7')])
    """

    __slots__ = ("_ended", "_flush", "_framing", "_limit")

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
        self: SSEParser[ServerSentEvent | Comment],
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
        self._framing = SSEFraming(last_event_id, limits=limits, comments=comments)
        self._limit = limit_or_max(limits.max_event_size)
        self._flush = flush
        self._ended = False

    def __repr__(self) -> str:
        state = "failed" if self._framing.error is not None else "ended" if self._ended else "open"
        blocks = self._framing.blocks
        return f"<{type(self).__name__} {state}, {blocks.events} events, {blocks.offset} bytes>"

    @property
    def last_event_id(self) -> str:
        """The current last event ID; it may change without an event."""
        return self._framing.blocks.last_event_id

    @property
    def retry(self) -> int | None:
        """The reconnection time in milliseconds, or None if the stream has not set one."""
        return self._framing.blocks.retry

    @property
    def pending(self) -> int:
        """Bytes of the unfinished event; 0 between events."""
        return self._framing.pending

    @property
    def error(self) -> LimitExceeded | None:
        """The error that ended the stream (a fresh copy, to be raised), or None."""
        error = self._framing.error
        return None if error is None else fresh_copy(error)

    def feed(self, data: BytesLike) -> list[SSEItem]:
        """Take a fragment (bytes, split anywhere) and return the events that it completes.

        Raises:
            LimitExceeded: an event is larger than ``max_event_size``. The call that met it returned
                the events before it; every later call raises.
            TypeError: ``data`` is not bytes.
            RuntimeError: after `end`.
        """
        framing = self._framing
        if framing.error is not None:
            raise fresh_copy(framing.error)
        if self._ended:
            raise RuntimeError("feed() after end(): make a new parser for a new stream")
        if type(data) is not bytes:
            data = as_bytes(data)
        size = len(data)
        # Most servers flush after each event, so a fragment is often exactly one data line.
        if framing.at_boundary and data[:6] == b"data: " and data[-1] == LF and data.index(LF) == size - 2:
            if CR not in data and size <= self._limit:
                return [self._event(data[6:-2], size)]
        elif len(rest := framing.rest) > HEAD and LF not in data and CR not in data and len(rest) + size <= self._limit:
            rest += data
            return []
        items: list[Any] = []
        for part in framing.feed(data):
            if type(part) is Run:
                self._run(part, items)
            else:
                items.append(part)
        return items

    def _event(self, data: bytes, size: int) -> Any:
        """Make the event of a raw frame of one data line."""
        blocks = self._framing.blocks
        offset = blocks.offset
        blocks.advance(size, 1)
        return ServerSentEvent(decoded(data), "message", blocks.id, offset)

    def _run(self, run: Run, items: list[Any]) -> None:
        framing, blank = self._framing, run.blank
        for frame in run.frames:
            if frame.startswith(b"data: ") and LF not in frame and CR not in frame and len(frame) <= self._limit:
                items.append(self._event(frame[6:], len(frame) + len(blank)))
            else:
                items += framing.read(frame + blank)
                if framing.error is not None:
                    break

    def end(self) -> list[SSEItem]:
        """End the input; return the event that ``flush`` dispatches. It never raises, and may be called again."""
        items: list[Any] = []
        if self._framing.error is None and not self._ended:
            items += self._framing.end(self._flush)
        self._ended = True
        return items
