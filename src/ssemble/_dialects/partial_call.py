"""`PartialToolCall`: a live view of a tool call that is still arriving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .._model.message import ToolCall
from .._model.text import Text
from .._pickling import Picklable

if TYPE_CHECKING:
    from .._partial.json import PartialJSON


class CallState(Protocol):
    """What a dialect knows of a call that is still arriving.

    Attributes:
        id: the provider's id.
        name: name of the tool.
        arguments: the text of the arguments.
        ordinal: index of the call in its events; None before they begin.
        ended: the server ended the call.
    """

    id: str | None
    name: str
    arguments: Text
    ordinal: int | None
    ended: bool

    def partial_json(self) -> PartialJSON:
        """The arguments as a value so far."""

    def view(self) -> ToolCall:
        """The call so far as a result."""


class PartialToolCall(Picklable):
    """A live view of a tool call; it is updated while the stream is fed.

    Created by `MessageStream.tool_call`. Its values are computed when they are read.

    >>> import json
    >>> from ssemble import MessageStream
    >>> def chunk(arguments, **head):
    ...     call = {"index": 0, **head, "function": {"name": "order", "arguments": arguments}}
    ...     return b"data: " + json.dumps({"choices": [{"delta": {"tool_calls": [call]}}]}).encode() + b"\\n\\n"
    >>> stream = MessageStream()
    >>> _ = stream.feed(chunk('{"items": ["tea", "mi', id="c1"))
    >>> call = stream.tool_call()
    >>> call.name, call.partial_arguments.value
    ('order', {'items': ['tea', 'mi']})
    >>> _ = stream.feed(chunk('lk"]}'))
    >>> call.partial_arguments.value, call.complete
    ({'items': ['tea', 'milk']}, False)
    """

    __slots__ = ("_call",)

    def __init__(self, call: CallState) -> None:
        self._call = call

    def __repr__(self) -> str:
        return f"<PartialToolCall {self.name!r}, {self._call.arguments.size} characters, closed={self.closed}>"

    @property
    def id(self) -> str | None:
        """The provider's id; None if there is none yet."""
        return self._call.id

    @property
    def name(self) -> str:
        """Name of the tool."""
        return self._call.name

    @property
    def index(self) -> int:
        """Index of the call within its choice, as in its events."""
        return self._call.ordinal or 0

    @property
    def arguments(self) -> str:
        """The text of the arguments so far. Each read joins it, so do not read it after every fragment."""
        return self._call.arguments.to_json()

    @property
    def partial_arguments(self) -> PartialJSON:
        """The arguments so far as a value: always the same `PartialJSON`, fed by the stream.

        It gets the text of the `ToolCallDelta` events. Do not feed or close it: the result comes
        from ``ToolCallEnd.tool_call.parse_arguments()``.
        """
        return self._call.partial_json()

    @property
    def closed(self) -> bool:
        """True if the server ended the call."""
        return self._call.ended

    @property
    def complete(self) -> bool:
        """True if the server ended the call and its arguments can be parsed; see `ToolCall.complete`."""
        return self.closed and self.view().complete

    def view(self) -> ToolCall:
        """Return the call so far as a `ToolCall`, which does not change afterwards."""
        return self._call.view()
