"""The parser of payloads as the layer above uses it."""

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
    """A `ChunkParser` that gives each payload with its event's name, and that bytes may pass by.

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
        """The last line that no rule knew; "" if there was none."""
        return self._stray.last

    @property
    def doubt(self) -> str:
        """The first line that held its data behind other text; "" if there was none."""
        return self._stray.doubt

    @property
    def events(self) -> EventReader:
        """The layer below."""
        return self._events

    @property
    def loads(self) -> Loads:
        """The JSON decoder."""
        return self._payloads.loads

    def decode(self, data: BytesLike) -> Iterator[RawEvent | ErrorEvent | None]:
        """Take a fragment; give each payload as it is decoded, None for the terminator; leave the error in `error`."""
        return self._decode(data)

    def finish(self) -> Iterator[RawEvent | ErrorEvent]:
        """No more bytes; give the payloads that waited. The error is left in `error`."""
        return self._finish()

    @property
    def at_boundary(self) -> bool:
        """True between two events of a stream that goes on."""
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
        """Bytes that may be added to the unfinished line without a look at them."""
        return self._events.remaining if self._head is None else 0

    def begins_with(self, data: bytes) -> None:
        """Look ahead at the first bytes of the stream."""
        if encoding_of(data[:4]) == "":
            self._head = None
            self._events.begins_with(data)

    def advance(self, size: int, events: int, done: bool = False) -> None:
        """Count whole events, of one payload each, that were read past this parser; the last may be the terminator."""
        self._events.advance(size, events)
        payloads = self._payloads
        payloads.events += events
        payloads.count += events - done
        payloads.done = payloads.done or done
