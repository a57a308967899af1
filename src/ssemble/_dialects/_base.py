"""What every accumulator offers, whatever the wire shape."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from .._completion import Completion
from .._errors import StreamError
from .._events import StreamEvent
from .._partial import PartialJSON
from ._partial_call import PartialToolCall


class Accumulator(Protocol):
    """Merges the payloads of one wire shape into a message."""

    dialect: ClassVar[str]
    error: StreamError | None

    @property
    def repairs(self) -> dict[str, int]:
        """What was put right, as codes with counts."""

    @staticmethod
    def recognises(payload: Any) -> bool:
        """True if the payload belongs to this wire shape."""

    @staticmethod
    def begins(payload: Any) -> bool:
        """True if the payload can be the first of this wire shape."""

    @property
    def begun(self) -> bool:
        """True if a choice has begun."""

    @property
    def complete(self) -> bool:
        """True if every choice seen has ended."""

    def add(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        """Merge a payload; return what is new."""

    def finish(self, terminated: bool) -> list[StreamEvent]:
        """End the message; return what was held back, and the ends of what the wire closed."""

    def result(self) -> dict[str, Any]:
        """The message so far, in the provider's own non-streaming shape."""

    def completion(self, complete: bool) -> Completion:
        """The message so far, as a typed view."""

    def tool_call(self, choice: int, index: int) -> PartialToolCall:
        """A call so far; LookupError if there is none."""

    def follow(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON` too."""
