"""The framing with someone who takes its frames, as a layer of its own."""

from __future__ import annotations

from typing import Any

from ssemble import LimitExceeded, Limits, ServerSentEvent
from ssemble._errors import fresh_copy
from ssemble._framing.base import Item, Run
from ssemble._framing.blocks import BlockReader, decoded
from ssemble._framing.sse import SSEFraming
from ssemble._limits import limit_or_max
from ssemble._pickling import Picklable


class Framed(Picklable):
    """Gives the items of an event stream; raw frames are taken as raw bytes where that is possible.

    Args:
        raw: without it, every byte is read line by line, by a `BlockReader` alone.
    """

    __slots__ = ("flush", "framing", "limit", "reader")

    def __init__(
        self,
        last_event_id: str = "",
        *,
        limits: Limits = Limits(),
        comments: bool = False,
        unknown: bool = True,
        flush: bool = True,
        raw: bool = True,
    ) -> None:
        self.flush = flush
        self.limit = limit_or_max(limits.max_event_size)
        self.framing = SSEFraming(last_event_id, limits=limits, comments=comments, unknown=unknown)
        self.reader = None if raw else BlockReader(last_event_id, self.limit, comments=comments, unknown=unknown)

    def feed(self, data: bytes) -> list[Item]:
        if self.error is not None:
            raise fresh_copy(self.error)
        if self.reader is not None:
            return list(self.reader.feed(data))
        items: list[Item] = []
        for part in self.framing.feed(data):
            if not isinstance(part, Run):
                items.append(part)
                continue
            for frame in part.frames:
                if self.error is None:
                    items += self.take(frame, part.blank)
        return items

    def take(self, frame: bytes, blank: bytes) -> list[Item]:
        size = len(frame) + len(blank)
        found = self.framing.text_in(frame) if size <= self.limit else None
        if found is None:
            return self.framing.read(frame + blank)
        name, start = found
        event = ServerSentEvent(decoded(frame[start:]), name, self.blocks.id, self.framing.offset)
        self.framing.advance(size, 1)
        return [event]

    def end(self) -> list[Item]:
        return self.framing.end(self.flush) if self.reader is None else list(self.reader.end(self.flush))

    @property
    def blocks(self) -> BlockReader:
        return self.reader or self.framing.blocks

    @property
    def error(self) -> LimitExceeded | None:
        return self.framing.error if self.reader is None else self.reader.error

    @property
    def pending(self) -> int:
        return self.framing.pending if self.reader is None else self.reader.pending

    @property
    def at_boundary(self) -> bool:
        return self.framing.at_boundary if self.reader is None else self.reader.at_boundary

    def state(self) -> dict[str, Any]:
        """All that the layer above may ask for."""
        told: dict[str, Any] = {"error": str(self.error), "id": self.blocks.last_event_id, "retry": self.blocks.retry}
        if self.error is None:
            told |= {"pending": self.pending, "boundary": self.at_boundary, "events": self.blocks.events}
        return told
