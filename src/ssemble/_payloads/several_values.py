"""Templates of several values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .templates import DIGITS, NUMBER, SKIP, SPACE, TEXT, WANTED, Slot, Template, number_of, padding_of, text_of

READ: dict[int, Callable[[bytes], Any]] = {TEXT: text_of, NUMBER: number_of, SKIP: padding_of, DIGITS: number_of}


class SeveralValues(Template):
    """A template of any texts and numbers."""

    __slots__ = ("parts", "spaces", "unpack")

    def __init__(self, literals: list[bytes], kinds: list[int], slots: tuple[Slot, ...], blank: bytes) -> None:
        super().__init__(literals, kinds, slots, blank)
        # Each kind, and the literal after it if that is not at the end.
        self.parts = list(zip(kinds[: len(slots)], [*literals[1 : len(slots)], b""], strict=True))
        self.spaces = SPACE in kinds
        self.unpack = [kind for kind in kinds if kind in WANTED] == [TEXT]

    def read(self, frame: bytes) -> Any:
        rest = frame.removeprefix(self.head).removesuffix(self.end)
        if len(frame) - len(rest) != self.size:
            return None
        if self.spaces:
            rest = self.without_spaces(rest)
        values: list[Any] = []
        for kind, joint in self.parts:
            # A literal after a text has more quotes than the first, and inside a text each would be escaped.
            value, found, rest = rest.partition(joint) if joint else (rest, joint, rest)
            one = READ[kind](value) if found or not joint else None
            if one is None:
                return None
            if kind == TEXT or kind == NUMBER:
                values.append(one)
        return values[0] if self.unpack else values
