"""State that all choices of one message share."""

from __future__ import annotations

from typing import Any

from ..._errors import ProtocolError, safe_repr
from ..._model.budget import SizeBudget, scalar_text
from ..._pickling import Picklable
from ..partial_feed import PartialFeed


class MessageContext(Picklable):
    """The limits, the size of the message, and the repairs."""

    __slots__ = ("budget", "cumulative", "max_tool_calls", "partial_feeds", "repairs", "unstreamed")

    def __init__(self, budget: SizeBudget, max_tool_calls: int, cumulative: bool) -> None:
        self.budget = budget
        self.max_tool_calls = max_tool_calls
        self.cumulative = cumulative
        self.unstreamed = False  # the current payload is a response that was not streamed
        self.repairs: dict[str, int] = {}
        self.partial_feeds: dict[int, PartialFeed] = {}  # by choice, also for choices that have not started

    def repair(self, code: str) -> None:
        self.repairs[code] = self.repairs.get(code, 0) + 1

    def list_of(self, value: Any, where: str) -> list[Any]:
        """Return a list. A single object becomes a list of one, null and false an empty list."""
        if isinstance(value, list):
            return value
        if value is None or value is False:
            return []
        if isinstance(value, dict):
            self.repair("object_instead_of_list")
            return [value]
        raise ProtocolError(f"expected a list, got {type(value).__name__}", where=where)

    def index_of(self, value: Any, where: str) -> int | None:
        """Return an index. Text of digits and floats like 1.0 are converted; null and false are None."""
        if value is None or value is False:
            return None
        if type(value) is int:
            return value
        if type(value) is float and value.is_integer() and abs(value) < 10**18:
            self.repair("fraction_as_index")
            return int(value)
        if isinstance(value, str) and value.isdecimal() and len(value) < 20:
            self.repair("text_index")
            return int(value)
        raise ProtocolError(f"expected an integer index, got {safe_repr(value)}", where=where)

    def text_of(self, value: Any, where: str) -> str:
        """Return text. A number or ``true`` becomes its JSON text, ``false`` and null an empty text."""
        if isinstance(value, str):
            return value
        if value is None or value is False:
            return ""
        if isinstance(value, (dict, list)):
            raise ProtocolError(f"expected text, got {safe_repr(value)}", where=where)
        self.repair("number_as_text")
        return scalar_text(value, where)

    def word(self, value: Any) -> str:
        """Return an id. One that is not text is ignored and counted: an id must not end the stream."""
        try:
            return self.text_of(value, "")
        except ProtocolError:
            self.repair("unknown_shape")
            return ""
