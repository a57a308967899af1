"""The parser of payloads, with what the layer above needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ._body import encoding_of
from ._chunks import ChunkParser
from ._event_reader import EventReader
from ._events import ErrorEvent, RawEvent
from ._limits import Limits
from ._lines import BytesLike
from ._payloads import Loads


class PayloadReader(ChunkParser):
    """A `ChunkParser` that yields each payload with its event's name, and that the fast path can advance.

    Args:
        shortcuts: enable the fast path of the layer below. Results are the same without it.
    """

    __slots__ = ()
    _too_late = "feed() after end() or close(): use a new MessageStream"

    def __init__(
        self, loads: Loads, *, errors: Literal["raise", "event"], limits: Limits = Limits(), shortcuts: bool = True
    ) -> None:
        super().__init__(loads=loads, errors=errors, limits=limits)
        self._events = EventReader(limits=limits, shortcuts=shortcuts)

    @property
    def last_line(self) -> str:
        """The last unrecognised line; "" if there was none."""
        return self._stray.last

    @property
    def doubt(self) -> str:
        """The first line with data after other text; "" if there was none."""
        return self._stray.doubt

    @property
    def events(self) -> EventReader:
        """The parser of server-sent events."""
        return self._events

    @property
    def loads(self) -> Loads:
        """The JSON decoder."""
        return self._payloads.loads

    def decode(self, data: BytesLike) -> Iterator[RawEvent | ErrorEvent | None]:
        """Take a fragment; yield each payload when it is decoded, and None for the terminator; set `error`."""
        return self._decode(data)

    def finish(self) -> Iterator[RawEvent | ErrorEvent]:
        """End the input; yield the last payloads; set `error`."""
        return self._finish()

    @property
    def at_boundary(self) -> bool:
        """True at an event boundary of an open stream."""
        return self._events.at_boundary and self._is_plain

    @property
    def in_first_line(self) -> bool:
        """True inside the first line of an event, with nothing else open."""
        return self._events.in_first_line and self._is_plain

    @property
    def _is_plain(self) -> bool:
        return not self._payloads.over and self._head is None and not self._stray.open

    @property
    def remaining(self) -> int:
        """Bytes that may be added to the unfinished line without looking at them."""
        return self._events.remaining if self._head is None else 0

    def begins_with(self, data: bytes) -> None:
        """Look at the first bytes of the stream; see `LineSplitter.begins_with`."""
        if encoding_of(data[:4]) == "":
            self._head = None
            self._events.begins_with(data)

    def advance(self, size: int, events: int, done: bool = False) -> None:
        """Count complete events with one payload each that were read without this parser.

        Args:
            done: the last of them is the terminator.
        """
        self._events.advance(size, events)
        payloads = self._payloads
        payloads.events += events
        payloads.count += events - done
        payloads.done = payloads.done or done
