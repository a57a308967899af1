"""Bytes to decoded payloads: server-sent events, and bodies that should have been some.

Defects whose meaning is certain are mended and counted in ``repairs``; everything else is reported
as an error, in stream order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from ._body import encoding_of
from ._errors import SsembleError, StreamError, UnknownDialect, again
from ._event import IgnoredLine, ServerSentEvent
from ._events import ErrorEvent, RawEvent
from ._glued import DONE
from ._limits import MAX_EVENT_SIZE, bound
from ._lines import BytesLike, as_bytes
from ._movable import Movable
from ._payloads import Decoded, Loads, Payloads
from ._sse import SSEParser
from ._stray import StrayLines


class ChunkParser(Movable):
    """Parse bytes, cut anywhere, into the JSON payloads of their events.

    Args:
        loads: the JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, …
        errors: ``"raise"``: the first error ends the stream. ``"event"``: an `ErrorEvent` stands
            in its place, what is bad is skipped, and the stream goes on.
        max_event_size: bytes of one event, its unfinished line included; None for no limit.
        shortcuts: enable the fast path. Results are the same without it.

    >>> chunks = ChunkParser()
    >>> chunks.feed(b'data: {"n":'), chunks.feed(b'1}\\n\\ndata: [DONE]\\n\\n'), chunks.done
    ([], [{'n': 1}], True)
    """

    __slots__ = ("_closed", "_head", "_max", "_payloads", "_sse", "_stray")

    def __init__(
        self,
        loads: Loads = json.loads,
        *,
        errors: Literal["raise", "event"] = "raise",
        max_event_size: int | None = MAX_EVENT_SIZE,
        shortcuts: bool = True,
    ) -> None:
        self._payloads = Payloads(loads, errors)
        self._max = bound("max_event_size", max_event_size)
        self._sse: SSEParser[Any] = SSEParser(max_event_size=max_event_size, ignored=True, shortcuts=shortcuts)
        self._stray = StrayLines(self._payloads, self._max)
        self._head: bytes | None = b""  # the first bytes, until they tell that the body was decoded
        self._closed = False

    @property
    def done(self) -> bool:
        """True if the terminator ``[DONE]`` has come; what follows it is not read."""
        return self._payloads.done

    @property
    def count(self) -> int:
        """Payloads decoded so far."""
        return self._payloads.count

    @property
    def repairs(self) -> dict[str, int]:
        """What was mended, as codes with counts (a fresh `dict`); empty for a correct stream."""
        return dict(self._payloads.repairs)

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, or None."""
        return self._payloads.error

    @property
    def last_line(self) -> str:
        """The last line that no rule knew; "" if there was none."""
        return self._stray.last

    @property
    def doubt(self) -> str:
        """The first line that held its data behind other text; "" if there was none."""
        return self._stray.doubt

    def feed(self, data: BytesLike) -> list[Any]:
        """Take a fragment (bytes, any cut) and return the payloads that it completes.

        Returns:
            Decoded JSON (mostly `dict`), and `ErrorEvent` in its place with ``errors="event"``.

        Raises:
            InvalidJSON, ProviderError, LimitExceeded: by the call after the one that returned the
                payloads before the fault, and by every later one.
            TypeError: ``data`` is not bytes.
            RuntimeError: the parser is closed.
        """
        if self.error is not None:
            raise again(self.error)
        items = [item for item in self.decode(data) if item is not None]
        return [item.data if type(item) is RawEvent else item for item in items]

    def close(self) -> list[Any]:
        """End the stream and return the payloads that were still waiting for their last line end.

        Many servers forget the last blank line, so an unfinished event is kept if it is whole
        JSON. If the end is at fault and payloads come before the fault, they are returned and the
        next ``close`` raises; else this one does.

        Raises:
            IncompleteStream: the bytes end inside a payload.
            InvalidJSON, ProviderError, LimitExceeded: as `feed`.
        """
        items = self.flush()
        if not items:
            self.check()
        return items

    def flush(self) -> list[Any]:
        """As `close`, but the error is left for `check`."""
        return [item.data if type(item) is RawEvent else item for item in self.finish()]

    def check(self) -> None:
        """Raise the error that ended the stream, if one did."""
        if self.error is not None:
            raise again(self.error)

    def decode(self, data: BytesLike) -> Iterator[RawEvent | ErrorEvent | None]:
        """As `feed`, but each payload with its event's name, and the error is left in ``error``.

        Lazy: events after the last one consumed are not parsed. None stands for the terminator, so
        that what it ends is ended before anything behind it is looked at.
        """
        if self._closed:
            raise RuntimeError("feed() after close(): make a new parser for a new stream")
        data = as_bytes(data)
        if self._head is not None and not self.done:
            self._look_at(data)
        if self.error is not None or (self.done and self._sse.error is not None):
            return
        for item in self._sse.feed(data):
            if self.done:
                self._after_the_end(item)
                continue
            items: Decoded = []
            self._take(item, items)
            yield from items
            if self.error is not None:
                return
            if self.done:
                yield None
        if not self.done:
            self._payloads.error = self._sse.error

    def finish(self) -> Iterator[RawEvent | ErrorEvent]:
        """As `close`, but each payload with its event's name, and the error is left in ``error``."""
        closed, self._closed = self._closed, True
        if closed or self.error is not None or self._sse.error is not None:
            return
        items: Decoded = []
        for item in self._sse.close(flush=True):
            if self.done:
                self._after_the_end(item)
            elif self.error is None:
                self._take(item, items, last=True)
        if self.error is None:
            self._stray.finish(items)
        yield from items

    @property
    def ended(self) -> bool:
        """True if the terminator has come."""
        return self._payloads.done

    @property
    def between(self) -> bool:
        """True between two events of a stream that goes on."""
        return self._sse.between and not self._payloads.over and self._head is None and not self._stray.open

    @property
    def in_first_line(self) -> bool:
        """True inside the first line of an event, with nothing else open."""
        return self._sse.in_first_line and not self._payloads.over and self._head is None and not self._stray.open

    @property
    def sse(self) -> SSEParser[Any]:
        """The layer below."""
        return self._sse

    @property
    def loads(self) -> Loads:
        """The JSON decoder."""
        return self._payloads.loads

    @property
    def room(self) -> int:
        """Bytes that may be added to the unfinished line without a look at them."""
        return self._sse.room if self._head is None else 0

    def begins_with(self, data: bytes) -> None:
        """Look ahead at the first bytes of the stream."""
        if encoding_of(data[:4]) == "":
            self._head = None
            self._sse.begins_with(data)

    def skip(self, size: int, events: int, done: bool = False) -> None:
        """Count whole events, of one payload each, that were read past this parser; the last may be the terminator."""
        self._sse.skip(size, events)
        payloads = self._payloads
        payloads.events += events
        payloads.count += events - done
        payloads.done = payloads.done or done

    def _look_at(self, data: bytes) -> None:
        """Tell from the first bytes whether the body was decoded before it was handed over."""
        self._head = (self._head or b"") + data[:4]
        name = encoding_of(self._head)
        if name is None:
            return
        self._head = None
        if name == "AWS event stream":
            message = "no known dialect: the body is an AWS event stream (binary frames), which is not read"
            self._payloads.error = UnknownDialect(message, looks_like=name, offset=0)
        elif name:
            hint = "hand over decoded bytes, as from iter_bytes(), or ask the server for identity"
            hint = hint if name != "UTF-16" else "write the file as UTF-8"
            self._payloads.error = StreamError(f"the body is {name}, not decoded: {hint}", offset=0)

    def _take(self, item: ServerSentEvent | IgnoredLine, items: Decoded, last: bool = False) -> None:
        if isinstance(item, IgnoredLine):
            self._stray.line(item, items, last)
            return
        name, text = self._stray.event(item, items)
        payloads = self._payloads
        payloads.events += 1
        payloads.bad = False
        if not payloads.over:
            payloads.event(name, text, item.offset, items, last)

    def _after_the_end(self, item: ServerSentEvent | IgnoredLine) -> None:
        """Tell of bytes after the terminator; a second terminator says nothing new."""
        repairs = self._payloads.repairs
        if "bytes_after_terminator" not in repairs and not (
            isinstance(item, ServerSentEvent) and item.data.strip() in ("", DONE)
        ):
            self._payloads.repair("bytes_after_terminator")
