"""What the choices of one message share."""

from __future__ import annotations

from typing import Any

from .._errors import ProtocolError, shown
from .._merge import Kept
from .._movable import Movable
from ._follower import Follower


class Shared(Movable):
    """The limits, what is kept, what was put right."""

    __slots__ = ("cumulative", "followers", "kept", "max_tool_calls", "repairs")

    def __init__(self, kept: Kept, max_tool_calls: int, cumulative: bool) -> None:
        self.kept = kept
        self.max_tool_calls = max_tool_calls
        self.cumulative = cumulative
        self.repairs: dict[str, int] = {}
        self.followers: dict[int, Follower] = {}  # of the texts of the choices, also of such as have not begun

    def repair(self, code: str) -> None:
        self.repairs[code] = self.repairs.get(code, 0) + 1

    def list_of(self, value: Any, where: str) -> list[Any]:
        """Take a list; a lone object is a list of one."""
        if isinstance(value, list):
            return value
        if value is None:
            return []
        if isinstance(value, dict):
            self.repair("object_instead_of_list")
            return [value]
        raise ProtocolError(f"a {type(value).__name__} instead of a list", where=where)

    def index_of(self, value: Any, where: str) -> int | None:
        """Take an index; digits in a text are meant as a number."""
        if value is None or type(value) is int:
            return value
        if isinstance(value, str) and value.isdecimal() and len(value) < 20:
            self.repair("text_index")
            return int(value)
        raise ProtocolError(f"{shown(value)} is no index", where=where)

    def text_of(self, value: Any, where: str) -> str:
        """Take a name, an id or a reason; a number stands for its digits, nothing for ""."""
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if type(value) in (int, float) and abs(value) < 10**18:
            self.repair("number_as_text")
            return str(value)
        raise ProtocolError(f"{shown(value)} instead of text", where=where)
