"""The state of one tool call while it arrives, where the wire says which call a fragment belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .._model.message import ToolCall
from .._model.text import Text
from .partial_feed import FedCall

if TYPE_CHECKING:
    from .._partial.json import PartialJSON

ToolType = Literal["function", "custom"]


class LiveCall(FedCall):
    """One call.

    Attributes:
        id: the provider's id.
        name: name of the tool.
        type: ``"function"`` or ``"custom"``.
        ordinal: index of the call in its events.
        arguments: the text of the arguments so far.
        ended: the wire closed it.
    """

    __slots__ = ("arguments", "ended", "id", "name", "ordinal", "type")

    def __init__(self, ordinal: int, call_id: str | None, name: str, type: ToolType) -> None:
        super().__init__()
        self.ordinal: int | None = ordinal
        self.id = call_id
        self.name = name
        self.type: ToolType = type
        self.arguments = Text()
        self.ended = False

    def append(self, text: str) -> str:
        """Append a fragment of the arguments; return what is certain, without half a surrogate pair at its end."""
        return self._fed(self.arguments.add(text))

    def release(self) -> str:
        """Append and return half a surrogate pair that was held back."""
        return self._fed(self.arguments.release())

    def _fed(self, text: str) -> str:
        if text and self.feed is not None:
            self.feed.take(text, self.arguments, self.arguments.size)
        return text

    def partial_json(self) -> PartialJSON:
        """The arguments as a value so far."""
        feed = self.requested()
        feed.catch_up(self.arguments, self.arguments.size)
        return feed.partial

    def view(self) -> ToolCall:
        """The call so far as a result."""
        text = self.arguments.to_json()
        return ToolCall(self.id, self.type, self.name, text, self.ordinal or 0, self.ended)
