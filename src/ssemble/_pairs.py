"""Each chunk beside its events, for SDKs that hand out both."""

from __future__ import annotations

from typing import Any

from ._assembly import Assembly
from ._copied import copied
from ._errors import SsembleError
from ._model.events import StreamEvent
from ._payloads.templates import Binding

Pair = tuple[Any, list[StreamEvent]]


class Pairs:
    """A sink that hands everything on to an `Assembly`, and notes each payload with its events.

    Attributes:
        found: the payloads and their events; None in place of a payload for events that have none.
    """

    __slots__ = ("_assembly", "found")

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self.found: list[Pair] = []

    @property
    def open(self) -> bool:
        return self._assembly.open

    @property
    def error(self) -> SsembleError | None:
        return self._assembly.error

    @property
    def typed(self) -> bool:
        return self._assembly.typed

    def framed(self, framing: str) -> None:
        self._assembly.framed(framing)

    def add(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        events.clear()
        chunk = copied(payload)  # the reader may keep or change the payload itself
        merged = self._assembly.add(payload, name, events, size)
        self.found.append((chunk, events.copy()))
        return merged

    def bind(self, payload: Any, name: str) -> Binding | None:
        return None  # a payload that is not decoded could not be handed out

    def fault(self, error: SsembleError, events: list[Any]) -> None:
        events.clear()
        self._assembly.fault(error, events)
        self.alone(events)

    def fail(self, error: SsembleError, events: list[Any]) -> None:
        events.clear()
        self._assembly.fail(error, events)
        self.alone(events)

    def terminated(self, events: list[Any]) -> None:
        events.clear()
        self._assembly.terminated(events)
        self.alone(events)

    def alone(self, events: list[Any]) -> None:
        """Note events that belong to no payload."""
        if events:
            self.found.append((None, events.copy()))
