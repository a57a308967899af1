"""What every accumulator offers, whatever the wire shape."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from .._completion import Completion
from .._errors import StreamError
from .._events import StreamEvent
from .._partial import PartialJSON
from ._partial_call import PartialToolCall


class Accumulator(Protocol):
    """Merges the payloads of one wire shape into a message; made by `accumulator`.

    Attributes:
        dialect: the name of the wire shape.
        error: the error that ended the message, or None.
    """

    dialect: ClassVar[str]
    error: StreamError | None

    @property
    def repairs(self) -> dict[str, int]:
        """What was put right, as codes with counts (a fresh `dict`)."""

    @property
    def complete(self) -> bool:
        """True if every choice seen has ended."""

    def add(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        """Merge a decoded payload; it is neither changed nor kept.

        Returns:
            The events of what is new.

        Raises:
            ProtocolError, LimitExceeded: the payload cannot be merged. If events came before the
                fault, they are returned and the next call raises; else this one does.
            TypeError: ``chunk`` is not a `dict`.
        """

    def end(self) -> list[StreamEvent]:
        """No more payloads: return what was held back, and the ends of what the wire closed.

        Nobody can know here whether the terminator came, so only what a finish_reason ended ends.
        """

    def completion(self) -> Completion:
        """Return the message so far."""


class Reader(Accumulator, Protocol):
    """An accumulator as a stream uses it."""

    @staticmethod
    def recognises(payload: Any) -> bool:
        """True if the payload belongs to this wire shape."""

    @staticmethod
    def begins(payload: Any) -> bool:
        """True if the payload can be the first of this wire shape."""

    @property
    def begun(self) -> bool:
        """True if a choice has begun."""

    def finish(self, terminated: bool | None) -> list[StreamEvent]:
        """End the message, where it is known whether the terminator came."""

    def completion(self, complete: bool | None = None) -> Completion:
        """The message so far; ``complete`` overrides what the choices say."""

    def tool_call(self, choice: int, index: int) -> PartialToolCall:
        """A call so far; LookupError if there is none."""

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON` too."""
