"""What the choices of one message share."""

from __future__ import annotations

from typing import Any

from .._errors import ProtocolError, shown
from .._kept import Kept, scalar_text
from .._movable import Movable
from ._follower import Follower


class Shared(Movable):
    """The limits, what is kept, what was put right."""

    __slots__ = ("cumulative", "followers", "kept", "max_tool_calls", "repairs", "unstreamed")

    def __init__(self, kept: Kept, max_tool_calls: int, cumulative: bool) -> None:
        self.kept = kept
        self.max_tool_calls = max_tool_calls
        self.cumulative = cumulative
        self.unstreamed = False  # what is being merged is an answer that was not streamed
        self.repairs: dict[str, int] = {}
        self.followers: dict[int, Follower] = {}  # of the texts of the choices, also of such as have not begun

    def repair(self, code: str) -> None:
        self.repairs[code] = self.repairs.get(code, 0) + 1

    def list_of(self, value: Any, where: str) -> list[Any]:
        """Take a list; a lone object is a list of one."""
        if isinstance(value, list):
            return value
        if value is None or value is False:
            return []
        if isinstance(value, dict):
            self.repair("object_instead_of_list")
            return [value]
        raise ProtocolError(f"a {type(value).__name__} instead of a list", where=where)

    def index_of(self, value: Any, where: str) -> int | None:
        """Take an index; digits in a text and a whole fraction are meant as a number, ``false`` as none."""
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
        raise ProtocolError(f"{shown(value)} is no index", where=where)

    def text_of(self, value: Any, where: str) -> str:
        """Take text; a number or ``true`` stands for its JSON text, ``false`` and null for nothing."""
        if isinstance(value, str):
            return value
        if value is None or value is False:
            return ""
        if isinstance(value, (dict, list)):
            raise ProtocolError(f"{shown(value)} instead of text", where=where)
        self.repair("number_as_text")
        return scalar_text(value, where)

    def word(self, value: Any) -> str:
        """Take an id: what cannot be one is left out and counted, since a field beside the content ends no stream."""
        try:
            return self.text_of(value, "")
        except ProtocolError:
            self.repair("unknown_shape")
            return ""
