"""Where payloads go: the interface between the payload room and what is above it."""

from __future__ import annotations

from typing import Any, Protocol

from .._errors import SsembleError
from .templates import Binding


class Sink(Protocol):
    """Takes what the payload room finds. It is handed over with each call and never stored: no cycle."""

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, or None."""

    @property
    def open(self) -> bool:
        """False when nothing more is wanted: after the terminator or an error."""

    @property
    def typed(self) -> bool:
        """True if the dialect is known, and each of its payloads has a type; see `reported_error`."""

    def framed(self, framing: str) -> None:
        """The bytes are no event stream, but have this framing; no payload came yet."""

    def add(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        """Take a payload; append its events.

        Args:
            payload: decoded JSON. It is given away: the sink may keep it.
            name: name of its event.
            size: bytes of its JSON text.

        Returns:
            True if it was merged into a message.
        """

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Say how another payload like the one that was just merged can be merged; None if that is not certain."""

    def fault(self, error: SsembleError, events: list[Any]) -> None:
        """Take an error in place of a payload: it ends the stream, or is reported and skipped."""

    def fail(self, error: SsembleError, events: list[Any]) -> None:
        """Take an error that always ends the stream."""

    def terminated(self, events: list[Any]) -> None:
        """The terminator came."""
