"""Turn fuzzer input into choices: any bytes give a scenario, and a seed gives the bytes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
ENOUGH = 1500  # bytes per seed, more than most scenarios read


class Choices:
    """Numbers from bytes, one byte each. After the last byte, every number is 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def below(self, count: int) -> int:
        """A number from 0 to ``count - 1``."""
        size = 1 if count <= 256 else 2
        number = int.from_bytes(self._data[self._at : self._at + size], "big")
        self._at += size
        return number % count

    def one_in(self, count: int) -> bool:
        """True once in ``count`` times; False after the last byte."""
        return self.below(count) == count - 1

    def of(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]


def of_seed(seed: int) -> bytes:
    """Return the fuzzer input for a seed."""
    return random.Random(seed).randbytes(ENOUGH)
