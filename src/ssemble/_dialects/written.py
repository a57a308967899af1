"""All text of an answer, in the order of its events."""

from __future__ import annotations

from .._model.text import Text
from .._pickling import Picklable


class Written(Picklable):
    """The text of an answer as stretches of the texts of its blocks, so that no text is stored twice.

    A new stretch begins when text goes to another block than before. One thread appends while others
    may read: a stretch is added in one step, and never changes.
    """

    __slots__ = ("_stretches",)

    def __init__(self) -> None:
        # Of each: its position in all text, the text of its block, and its position there.
        self._stretches: list[tuple[int, Text, int]] = [(0, Text(), 0)]

    @property
    def size(self) -> int:
        """Characters so far."""
        at, block, start = self._stretches[-1]
        return at + block.size - start

    def grows_with(self, block: Text) -> bool:
        """True if what is appended to this block is the next text of the answer."""
        return self._stretches[-1][1] is block

    def begin(self, block: Text) -> None:
        """Begin a stretch: what is appended to a block from now on."""
        self._stretches.append((self.size, block, block.size))

    def slice(self, start: int, end: int) -> str:
        """Return the characters from ``start`` to ``end``, as far as they have arrived."""
        stretches = self._stretches.copy()
        ends = [at for at, _, _ in stretches[1:]] + [end]
        return "".join(
            [
                block.slice(first + max(start - at, 0), first + min(stop, end) - at)
                for (at, block, first), stop in zip(stretches, ends, strict=True)
                if start < stop and at < end
            ]
        )
