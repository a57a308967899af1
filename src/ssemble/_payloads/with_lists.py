"""Templates with lists: their values are decoded one after the other, as the decoder does it."""

from __future__ import annotations

from typing import Any

from .nesting import MAY_NEST, is_deep
from .templates import LIST, SKIP, TEXT, WANTED, Slot, Template, can_be_encoded, is_number, scan_once, scanstring


class ListTemplate(Template):
    """A template in which a value may be a list.

    Where a list ends is known only when it was decoded. So each value is decoded where it begins, and
    must end where its literal goes on.
    """

    __slots__ = ("texts",)

    def __init__(self, literals: list[bytes], kinds: list[int], slots: tuple[Slot, ...], blank: bytes) -> None:
        super().__init__(literals, kinds, slots, blank)
        # Each kind, and the literal after it.
        self.texts = list(zip(kinds, [literal.decode() for literal in [*literals[1:-1], self.end]], strict=True))

    def read(self, frame: bytes) -> Any:
        if not frame.startswith(self.head) or not frame.endswith(self.end):
            return None
        if len(frame) > MAY_NEST and is_deep(frame):
            return None
        values: list[Any] = []
        try:
            text = frame[len(self.head) :].decode()
            end = 0
            for kind, joint in self.texts:
                if kind == TEXT or kind == SKIP:
                    value, end = scanstring(text, end)
                    end -= 1  # the quote is in the literal
                else:
                    value, end = scan_once(text, end)
                if not text.startswith(joint, end) or not _is_of(kind, value):
                    return None
                end += len(joint)
                if kind in WANTED:
                    values.append(value)
        except (ValueError, StopIteration, RecursionError):  # not UTF-8, or not JSON
            return None
        if end != len(text) or ("\\u" in text and not all(can_be_encoded(v) for v in values if type(v) is str)):
            return None
        return values


def _is_of(kind: int, value: Any) -> bool:
    """True if a value is of the kind of a slot."""
    if kind == TEXT or kind == SKIP:
        return True
    return type(value) is list if kind == LIST else is_number(value)
