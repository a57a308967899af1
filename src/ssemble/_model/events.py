"""The eleven typed events. They are the same for every dialect, and each has only what is new.

They are dataclasses with slots; events of different classes are never equal. They are not frozen,
since that makes creating them three times as slow. The stream does not use an event after it returned
it, so changing one is safe. Match them by keyword, as in ``case TextDelta(text=text)``: the order of
the fields is not guaranteed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from .._copied import copied
from .._errors import InvalidJSON, ProtocolError, ProviderError, error_to_dict
from .._record import Record
from .completion import FinishReason
from .message import ToolCall


class Event(Record):
    """Base class of the events.

    Attributes:
        type: name of the kind of event, such as ``"text.delta"``; a constant of the class.
    """

    __slots__ = ()
    _usual = (("created", None), ("part", 0), ("signature", None), ("tool_type", "function"))
    type: ClassVar[Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON, for a browser, a queue or a log.

        Returns:
            A fresh `dict` of the type and the fields. The error of an `ErrorEvent` and the call of a
            `ToolCallEnd` become JSON too.

        >>> TextDelta("Hi").to_dict()
        {'type': 'text.delta', 'text': 'Hi', 'choice': 0, 'part': 0}
        """
        return {"type": self.type, **{name: copied(getattr(self, name)) for name in self.__match_args__}}


@dataclass(slots=True, eq=False, repr=False)
class MessageStart(Event):
    """The message started.

    Attributes:
        id: the provider's id, or None if the first chunk has none.
        model: the model that answers, or None if the first chunk does not name it.
        created: seconds since 1970, or None.

    >>> MessageStart("chatcmpl-1", "model-1")
    MessageStart(id='chatcmpl-1', model='model-1')
    """

    type: ClassVar[Literal["message.start"]] = "message.start"
    id: str | None
    model: str | None
    created: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class TextDelta(Event):
    """New text of a choice.

    Attributes:
        text: the new text.
        choice: the wire's index of the choice.
        part: number of the block that it belongs to, counted from 0 in its choice.

    >>> match TextDelta("Hi"):
    ...     case TextDelta(text=text):
    ...         print(text)
    Hi
    """

    type: ClassVar[Literal["text.delta"]] = "text.delta"
    text: str
    choice: int = 0
    part: int = 0


@dataclass(slots=True, eq=False, repr=False)
class ReasoningDelta(Event):
    """New reasoning of a choice.

    Attributes:
        text: the new text.
        choice: the wire's index of the choice.
        kind: ``"text"``, ``"summary"`` for a summary of the reasoning, or ``"redacted"``: then there is no
            text, and the signature is the opaque data.
        part: number of the block that it belongs to, counted from 0 in its choice; -1 for a signature
            that is not of reasoning, but of the call after it or the text before it.
        signature: the provider's signature of the reasoning so far, or None; such an event may have
            no text. A client sends it back, so a gateway passes it on.

    >>> ReasoningDelta("The user greets me.")
    ReasoningDelta(text='The user greets me.', choice=0, kind='text')
    """

    type: ClassVar[Literal["reasoning.delta"]] = "reasoning.delta"
    text: str
    choice: int = 0
    kind: Literal["text", "summary", "redacted"] = "text"
    part: int = 0
    signature: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class RefusalDelta(Event):
    """New text of a refusal.

    Attributes:
        text: the new text.
        choice: the wire's index of the choice.
        part: number of the block that it belongs to, counted from 0 in its choice.

    >>> RefusalDelta("I cannot help with that.")
    RefusalDelta(text='I cannot help with that.', choice=0)
    """

    type: ClassVar[Literal["refusal.delta"]] = "refusal.delta"
    text: str
    choice: int = 0
    part: int = 0


@dataclass(slots=True, eq=False, repr=False)
class ToolCallStart(Event):
    """A tool call started.

    Attributes:
        choice: the wire's index of the choice.
        index: number of the call in its choice, counted from 0; the wire's own numbers may differ.
        id: the provider's id, or None if none was sent.
        name: name of the tool.
        tool_type: ``"function"``, or ``"custom"`` for a tool whose input is free text.

    >>> ToolCallStart(0, 0, "call_1", "get_weather")
    ToolCallStart(choice=0, index=0, id='call_1', name='get_weather')
    """

    type: ClassVar[Literal["tool_call.start"]] = "tool_call.start"
    choice: int
    index: int
    id: str | None
    name: str
    tool_type: Literal["function", "custom"] = "function"


@dataclass(slots=True, eq=False, repr=False)
class ToolCallDelta(Event):
    """New text of a call's arguments. Joined, these texts are the final arguments.

    Attributes:
        choice: the wire's index of the choice.
        index: the number of the call, as in its `ToolCallStart`.
        arguments: the new text.

    >>> ToolCallDelta(0, 0, '{"city": ')
    ToolCallDelta(choice=0, index=0, arguments='{"city": ')
    """

    type: ClassVar[Literal["tool_call.delta"]] = "tool_call.delta"
    choice: int
    index: int
    arguments: str


@dataclass(slots=True, eq=False, repr=False)
class ToolCallEnd(Event):
    """The wire closed a call. There is no such event for a call that was truncated.

    Attributes:
        choice: the wire's index of the choice.
        index: the number of the call, as in its `ToolCallStart`.
        tool_call: the finished call.

    >>> match ToolCallEnd(0, 0, ToolCall("call_1", "function", "get_weather", '{"city": "Paris"}')):
    ...     case ToolCallEnd(tool_call=call):
    ...         print(call.name, call.parse_arguments())
    get_weather {'city': 'Paris'}
    """

    type: ClassVar[Literal["tool_call.end"]] = "tool_call.end"
    choice: int
    index: int
    tool_call: ToolCall

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON, with the call in the provider's own shape and whether it is complete.

        >>> ToolCallEnd(0, 0, ToolCall("c1", "function", "add", "{}")).to_dict()["tool_call"]
        {'id': 'c1', 'type': 'function', 'function': {'name': 'add', 'arguments': '{}'}}
        """
        call = self.tool_call
        return {**Event.to_dict(self), "tool_call": call.to_dict(), "complete": call.complete}


@dataclass(slots=True, eq=False, repr=False)
class ChoiceEnd(Event):
    """A choice ended, after all its other events.

    Attributes:
        choice: the wire's index of the choice.
        finish_reason: why it ended, a `FinishReason`; None if only the terminator ended it.
        raw_finish_reason: the provider's own word.

    >>> ChoiceEnd(0, "stop", "end_turn")
    ChoiceEnd(choice=0, finish_reason='stop', raw_finish_reason='end_turn')
    """

    type: ClassVar[Literal["choice.end"]] = "choice.end"
    choice: int
    finish_reason: FinishReason | None
    raw_finish_reason: str | None


@dataclass(slots=True, eq=False, repr=False)
class UsageUpdate(Event):
    """Token counts so far; the last event of this kind is final.

    Attributes:
        usage: the counts, cumulative, under the provider's own names.

    >>> UsageUpdate({"prompt_tokens": 5, "completion_tokens": 2}).usage["prompt_tokens"]
    5
    """

    type: ClassVar[Literal["usage"]] = "usage"
    usage: dict[str, Any]


@dataclass(slots=True, eq=False, repr=False)
class ErrorEvent(Event):
    """An error that was reported and skipped; only with ``errors="event"``.

    Attributes:
        error: the error.

    >>> from ssemble import MessageStream
    >>> stream = MessageStream(errors="event")
    >>> stream.feed(b'data: {"error": {"message": "Overloaded"}}\\n\\n')[0].error.message
    'Overloaded'
    """

    type: ClassVar[Literal["error"]] = "error"
    error: ProviderError | InvalidJSON | ProtocolError

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON, with the error's class, message and attributes.

        >>> ErrorEvent(ProtocolError("no index", where="$.choices[0]", event=2)).to_dict()["error"]["where"]
        '$.choices[0]'
        """
        return {"type": self.type, "error": copied(error_to_dict(self.error))}


@dataclass(slots=True, eq=False, repr=False)
class RawEvent(Event):
    """A payload that no typed event stands for.

    Attributes:
        event: name of the server-sent event.
        data: the decoded data.

    >>> RawEvent("ping", {"type": "ping"})
    RawEvent(event='ping', data={'type': 'ping'})
    """

    type: ClassVar[Literal["raw"]] = "raw"
    event: str
    data: Any


StreamEvent = (
    MessageStart
    | TextDelta
    | ReasoningDelta
    | RefusalDelta
    | ToolCallStart
    | ToolCallDelta
    | ToolCallEnd
    | ChoiceEnd
    | UsageUpdate
    | ErrorEvent
    | RawEvent
)
"""Any of the eleven events.

Each has a ``type`` such as ``"text.delta"``, a constant of its class, and ``to_dict()``, which returns the event
as JSON: a fresh `dict` of the type and the fields.

>>> def show(event: StreamEvent) -> str:
...     return f"{event.type} {event.to_dict()}"
>>> show(TextDelta("Hi"))
"text.delta {'type': 'text.delta', 'text': 'Hi', 'choice': 0, 'part': 0}"
"""
