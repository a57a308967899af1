"""The typed events: the same eleven for every dialect, each carrying only what is new.

Plain slots dataclasses: matching works, and different kinds never compare equal. They are not
frozen, since that triples the cost of making one; nothing here is kept, so a change hurts nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Union

from ._completion import ToolCall
from ._errors import InvalidJSON, ProtocolError, ProviderError


class Event:
    """What all events share: one way to compare and to show them, since making both for each class slows the import."""

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]]
    __hash__ = None  # type: ignore[assignment]  # an event may be changed

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__match_args__)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"


@dataclass(slots=True, eq=False, repr=False)
class MessageStart(Event):
    """The message began. ``id`` and ``model`` are None where the first chunk does not tell."""

    type: ClassVar[str] = "message.start"
    id: str | None
    model: str | None


@dataclass(slots=True, eq=False, repr=False)
class TextDelta(Event):
    """New text of a choice."""

    type: ClassVar[str] = "text.delta"
    text: str
    choice: int = 0


@dataclass(slots=True, eq=False, repr=False)
class ReasoningDelta(Event):
    """New reasoning of a choice; ``kind`` is ``"text"`` or ``"summary"``."""

    type: ClassVar[str] = "reasoning.delta"
    text: str
    choice: int = 0
    kind: str = "text"


@dataclass(slots=True, eq=False, repr=False)
class RefusalDelta(Event):
    """New text of a refusal."""

    type: ClassVar[str] = "refusal.delta"
    text: str
    choice: int = 0


@dataclass(slots=True, eq=False, repr=False)
class ToolCallStart(Event):
    """A call began. ``index`` counts the calls of a choice from 0, whatever the wire's numbers."""

    type: ClassVar[str] = "tool_call.start"
    choice: int
    index: int
    id: str | None
    name: str


@dataclass(slots=True, eq=False, repr=False)
class ToolCallDelta(Event):
    """New text of a call's arguments; all of them joined are the call's final arguments."""

    type: ClassVar[str] = "tool_call.delta"
    choice: int
    index: int
    arguments: str


@dataclass(slots=True, eq=False, repr=False)
class ToolCallEnd(Event):
    """The wire closed a call. Never sent where the stream was cut inside one."""

    type: ClassVar[str] = "tool_call.end"
    choice: int
    index: int
    tool_call: ToolCall


@dataclass(slots=True, eq=False, repr=False)
class ChoiceEnd(Event):
    """A choice ended, after all its other events; see `Choice` for the two reasons."""

    type: ClassVar[str] = "choice.end"
    choice: int
    finish_reason: str | None
    raw_finish_reason: str | None


@dataclass(slots=True, eq=False, repr=False)
class UsageUpdate(Event):
    """Token counts so far, in the provider's own words; the last one is final."""

    type: ClassVar[str] = "usage"
    usage: dict[str, Any]


@dataclass(slots=True, eq=False, repr=False)
class ErrorEvent(Event):
    """An error that was reported and skipped; only with ``errors="event"``."""

    type: ClassVar[str] = "error"
    error: ProviderError | InvalidJSON | ProtocolError


@dataclass(slots=True, eq=False, repr=False)
class RawEvent(Event):
    """A payload with no typed meaning: the name of its server-sent event and its decoded data."""

    type: ClassVar[str] = "raw"
    event: str
    data: Any


StreamEvent = Union[
    MessageStart,
    TextDelta,
    ReasoningDelta,
    RefusalDelta,
    ToolCallStart,
    ToolCallDelta,
    ToolCallEnd,
    ChoiceEnd,
    UsageUpdate,
    ErrorEvent,
    RawEvent,
]
"""Any of the eleven."""
