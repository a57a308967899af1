"""What a framing has read, to payloads: the way with all repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._framing.base import Fault, Item, JSONText
from .._framing.event import ServerSentEvent, UnknownField
from .._model.events import ErrorEvent
from .._pickling import Picklable
from .decoder import Decoded, Decoder
from .json_texts import DONE

if TYPE_CHECKING:
    from .sink import Sink
    from .stray import StrayLines


class Items(Picklable):
    """Decodes the items of a framing, and hands their payloads and errors to a sink.

    Args:
        decoder: decodes and repairs; it is shared with the caller.
        limit: bytes of a body among the lines that are no fields.
    """

    __slots__ = ("_decoder", "_limit", "_stray")

    def __init__(self, decoder: Decoder, limit: int) -> None:
        self._decoder = decoder
        self._limit = limit
        self._stray: StrayLines | None = None  # made when a line comes that is no field

    @property
    def has_lines(self) -> bool:
        """True if a line came that is no field."""
        return self._stray is not None

    @property
    def open(self) -> bool:
        """True if the next item may belong to earlier lines."""
        return self._stray is not None and self._stray.open

    @property
    def last_line(self) -> str:
        """The last line that no rule knew; "" if there was none."""
        return "" if self._stray is None else self._stray.last

    @property
    def doubt(self) -> str:
        """The first line that had data after other text; "" if there was none."""
        return "" if self._stray is None else self._stray.doubt

    def take(self, item: Item, bare: bool, events: list[Any], sink: Sink, *, last: bool = False) -> None:
        """Take an item.

        Args:
            item: what the framing has read.
            bare: as the framing's: a payload may be the body of an error response.
            events: the sink appends its events.
            last: it may be truncated by the end of the bytes.
        """
        if sink.error is not None:
            return
        decoder = self._decoder
        if decoder.done:
            self._after_the_end(item)
            return
        decoder.typed = sink.typed
        items: Decoded = []
        text = ""
        if isinstance(item, UnknownField):
            if self._stray is None:
                from .stray import StrayLines  # not at the top: most streams have no such line

                self._stray = StrayLines(decoder, self._limit)
            self._stray.line(item, items, last)
        elif isinstance(item, ServerSentEvent):
            name, text = (item.event, item.data) if self._stray is None else self._stray.event(item, items)
            decoder.begin()
            if not decoder.over:
                decoder.event(name, text, item.offset, items, last)
        elif isinstance(item, JSONText):
            text = item.data
            decoder.begin()
            decoder.text(item, items, bare, last)
        else:
            assert isinstance(item, Fault)  # comments are not asked for
            decoder.begin()
            items.append(ErrorEvent(item.error))
        self._deliver(items, events, sink, text)

    def finish(self, events: list[Any], sink: Sink) -> None:
        """Hand over what was waiting for the end of the bytes."""
        items: Decoded = []
        if self._stray is not None:
            self._stray.finish(items)
        self._deliver(items, events, sink, "")

    def _deliver(self, items: Decoded, events: list[Any], sink: Sink, text: str) -> None:
        """Hand what was decoded to the sink, and how it ended."""
        decoder, size = self._decoder, 0
        if items and text:
            size = len(text.encode("utf-8", "surrogatepass"))
        for item in items:
            if sink.error is not None:
                return
            if isinstance(item, ErrorEvent):
                sink.fault(item.error, events)
            else:
                sink.add(item.data, item.event, events, size)
                decoder.done |= not sink.open and sink.error is None  # the payload was the terminator
        if sink.open and decoder.error is not None:
            sink.fail(decoder.error, events)
        elif sink.open and decoder.done:
            sink.terminated(events)

    def _after_the_end(self, item: Item) -> None:
        """Report bytes after the terminator; a second terminator says nothing new."""
        decoder = self._decoder
        if "bytes_after_terminator" not in decoder.repairs and not (
            isinstance(item, (ServerSentEvent, JSONText)) and item.data.strip() in ("", DONE)
        ):
            decoder.repair("bytes_after_terminator")
