"""Parses bytes into decoded payloads: from server-sent events, and from bodies that should have been some.

Unambiguous defects are repaired and counted in ``repairs``; everything else is reported as an error, in
stream order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from ._body import encoding_of
from ._errors import SsembleError, StreamError, UnknownDialect, fresh_copy
from ._event import ServerSentEvent, UnknownField
from ._event_reader import EventReader
from ._events import ErrorEvent, RawEvent
from ._glued import DONE
from ._limits import Limits, limit_or_max
from ._lines import BytesLike, as_bytes
from ._payloads import Decoded, Loads, Payloads
from ._pickling import Picklable
from ._stray import StrayLines


class ChunkParser(Picklable):
    """Parse fragments of bytes into the JSON payloads of their events.

    Args:
        loads: the JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, …
        errors: ``"raise"``: the first error ends the stream. ``"event"``: an `ErrorEvent` is returned
            in its place, the bad payload is skipped, and the stream continues.
        limits: ``max_event_size`` limits the bytes of one event, including its unfinished line.

    >>> chunks = ChunkParser()
    >>> chunks.feed(b'data: {"n":'), chunks.feed(b'1}\\n\\ndata: [DONE]\\n\\n'), chunks.ended
    ([], [{'n': 1}], True)
    """

    __slots__ = ("_events", "_finished", "_head", "_max", "_payloads", "_stray")
    _too_late: ClassVar[str] = "feed() after end(): make a new parser for a new stream"

    def __init__(
        self,
        *,
        loads: Loads = json.loads,
        errors: Literal["raise", "event"] = "raise",
        limits: Limits = Limits(),
    ) -> None:
        self._payloads = Payloads(loads, errors)
        self._max = limit_or_max(limits.max_event_size)
        self._events = EventReader(limits=limits)
        self._stray = StrayLines(self._payloads, self._max)
        self._head: bytes | None = b""  # the first bytes, until they show the encoding; then None
        self._finished = False

    def __repr__(self) -> str:
        state = "failed" if self._payloads.error is not None else "ended" if self.ended or self._finished else "open"
        return f"<{type(self).__name__} {state}, {self.chunk_count} chunks>"

    @property
    def ended(self) -> bool:
        """True after the terminator ``[DONE]``; later bytes are not read."""
        return self._payloads.done

    @property
    def chunk_count(self) -> int:
        """Payloads decoded so far."""
        return self._payloads.count

    @property
    def repairs(self) -> dict[str, int]:
        """The defects that were repaired, as codes with counts (a fresh `dict`); empty for a correct stream."""
        return dict(self._payloads.repairs)

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream (a fresh copy, to be raised), or None."""
        error = self._payloads.error
        return None if error is None else fresh_copy(error)

    def feed(self, data: BytesLike) -> list[Any]:
        """Take a fragment (bytes, split anywhere) and return the payloads that it completes.

        Returns:
            Decoded JSON (usually a `dict`), and with ``errors="event"`` each `ErrorEvent` in its place.

        Raises:
            InvalidJSON, ProviderError, LimitExceeded: the call that met the fault returned the
                payloads before it; every later call raises.
            TypeError: ``data`` is not bytes.
            RuntimeError: after `end`.
        """
        if self._payloads.error is not None:
            raise fresh_copy(self._payloads.error)
        items = [item for item in self._decode(data) if item is not None]
        return [item.data if type(item) is RawEvent else item for item in items]

    def end(self) -> list[Any]:
        """End the input; return the last payloads.

        Many servers omit the last blank line, so an unfinished event counts if it is complete JSON. If
        the bytes end inside a payload, `error` is an `IncompleteStream` afterwards. It never raises, and
        may be called again.
        """
        return [item.data if type(item) is RawEvent else item for item in self._finish()]

    def _decode(self, data: BytesLike) -> Iterator[RawEvent | ErrorEvent | None]:
        """Like `feed`, but yield each payload with its event's name, and only set `error`.

        Lazy: the data of events after the last one consumed is not decoded. None stands for the
        terminator, so that the caller can end the message before the bytes after it are checked.
        """
        if self._finished:
            raise RuntimeError(self._too_late)
        data = as_bytes(data)
        if self._head is not None and not self.ended:
            self._check_encoding(data)
        if self._payloads.error is not None or (self.ended and self._events.error is not None):
            return
        for item in self._events.feed(data):
            if self.ended:
                self._after_terminator(item)
                continue
            items: Decoded = []
            self._take(item, items)
            yield from items
            if self._payloads.error is not None:
                return
            if self.ended:
                yield None
        if not self.ended:
            self._payloads.error = self._events.error

    def _finish(self) -> Iterator[RawEvent | ErrorEvent]:
        """Like `end`, but yield each payload with its event's name."""
        finished, self._finished = self._finished, True
        if finished or self._payloads.error is not None or self._events.error is not None:
            return
        items: Decoded = []
        for item in self._events.end():
            if self.ended:
                self._after_terminator(item)
            elif self._payloads.error is None:
                self._take(item, items, last=True)
        if self._payloads.error is None:
            self._stray.finish(items)
        yield from items

    def _check_encoding(self, data: bytes) -> None:
        """Fail if the first bytes show that the body is compressed, binary or UTF-16."""
        self._head = (self._head or b"") + data[:4]
        name = encoding_of(self._head)
        if name is None:
            return
        self._head = None
        if name == "AWS event stream":
            message = "no known dialect: the body is an AWS event stream (binary frames), which is not supported"
            self._payloads.error = UnknownDialect(message, looks_like=name, offset=0)
        elif name:
            hint = "pass decoded bytes, as from iter_bytes(), or request the encoding identity"
            hint = hint if name != "UTF-16" else "write the file as UTF-8"
            self._payloads.error = StreamError(f"the body is {name}, not decoded: {hint}", offset=0)

    def _take(self, item: ServerSentEvent | UnknownField, items: Decoded, last: bool = False) -> None:
        if isinstance(item, UnknownField):
            self._stray.line(item, items, last)
            return
        name, text = self._stray.event(item, items)
        payloads = self._payloads
        payloads.events += 1
        payloads.bad = False
        if not payloads.over:
            payloads.event(name, text, item.offset, items, last)

    def _after_terminator(self, item: ServerSentEvent | UnknownField) -> None:
        """Count bytes after the terminator as a repair; a second terminator does not count."""
        repairs = self._payloads.repairs
        if "bytes_after_terminator" not in repairs and not (
            isinstance(item, ServerSentEvent) and item.data.strip() in ("", DONE)
        ):
            self._payloads.repair("bytes_after_terminator")
