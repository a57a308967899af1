"""A tool call while it arrives, as a view."""

from __future__ import annotations

from .._completion import ToolCall
from .._movable import Movable
from .._partial import PartialJSON
from ._call import Call


class PartialToolCall(Movable):
    """A tool call so far; it stays up to date while the stream is fed.

    Made by `MessageStream.tool_call`. Nothing is joined or read before it is asked for.

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

    def __init__(self, call: Call) -> None:
        self._call = call

    def __repr__(self) -> str:
        return f"<PartialToolCall {self.name!r}, {self._call.arguments.size} characters, closed={self.closed}>"

    @property
    def id(self) -> str | None:
        """The provider's id, None if none has come."""
        return self._call.id

    @property
    def name(self) -> str:
        """Name of the tool."""
        return self._call.name

    @property
    def index(self) -> int:
        """Ordinal of the call within its choice, as in its events."""
        return self._call.ordinal or 0

    @property
    def arguments(self) -> str:
        """All text of the arguments so far; it is joined when asked for, so not after every fragment."""
        return self._call.arguments.plain()

    @property
    def partial_arguments(self) -> PartialJSON:
        """The arguments so far as a value: the same `PartialJSON` each time, fed by the stream.

        It holds what the `ToolCallDelta` events told, and is not for you to feed or to close:
        ``ToolCallEnd.tool_call.parse_arguments()`` is the strict way to the result.
        """
        return self._call.followed()

    @property
    def closed(self) -> bool:
        """True if the wire said that the call is over."""
        return self._call.ended

    @property
    def complete(self) -> bool:
        """True if the wire closed the call and its arguments can be parsed; see `ToolCall.complete`."""
        return self.closed and self.view().complete

    def view(self) -> ToolCall:
        """Return the call so far as an ordinary `ToolCall`, which does not change any more."""
        return self._call.view()
