"""The interface of the accumulators of all wire shapes."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from .._completion import Completion
from .._errors import StreamError
from .._events import StreamEvent
from .._partial import PartialJSON
from ._partial_call import PartialToolCall


class Accumulator(Protocol):
    """Merges the payloads of one wire shape into a message; created by `accumulator`.

    Attributes:
        dialect: the name of the wire shape.
        error: the error that ended the message, or None.
    """

    dialect: ClassVar[str]
    error: StreamError | None

    @property
    def repairs(self) -> dict[str, int]:
        """The defects that were repaired, as codes with counts (a fresh `dict`)."""

    @property
    def complete(self) -> bool:
        """True if every choice seen has ended."""

    def add(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        """Merge a decoded payload; it is neither changed nor stored.

        Returns:
            The new events.

        Raises:
            ProtocolError, LimitExceeded: the payload cannot be merged. If there are events before
                the fault, they are returned and the next call raises; else this call raises.
            TypeError: ``chunk`` is not a `dict`.
        """

    def end(self) -> list[StreamEvent]:
        """End the message; return text that was held back, and the end events.

        An accumulator does not see the terminator, so only choices with a finish_reason end.
        """

    def completion(self) -> Completion:
        """Return the message so far."""


class Reader(Accumulator, Protocol):
    """An accumulator, with what `MessageStream` needs."""

    @staticmethod
    def recognises(payload: Any) -> bool:
        """True if the payload belongs to this wire shape."""

    @staticmethod
    def begins(payload: Any) -> bool:
        """True if the payload can be the first of this wire shape."""

    @property
    def begun(self) -> bool:
        """True if a choice started."""

    def finish(self, terminated: bool | None) -> list[StreamEvent]:
        """End the message; ``terminated`` says whether the terminator came, None if that is unknown."""

    def completion(self, complete: bool | None = None) -> Completion:
        """Return the message so far; ``complete`` overrides what the choices say."""

    def tool_call(self, choice: int, index: int) -> PartialToolCall:
        """Return a live view of a call; LookupError if there is none yet."""

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON` too."""
