"""Work grows with the bytes: it is counted, not timed.

`tests.counting` counts, and `test_counting` shows what it finds. `benchmarks.linear` counts the instructions.
"""

from __future__ import annotations

import pytest

from benchmarks.attack_bodies import LIMITS
from benchmarks.attack_smaller import ATTACKS
from benchmarks.attacks import strike
from benchmarks.contenders import events_and_completion
from benchmarks.linear import WORST
from benchmarks.shapes import CUTTINGS, SHAPES, frames

from .counting import Work, growth

BYTE_BY_BYTE = "one byte"
# The other cuttings take fewer steps through the same code, and these three shapes take the most different ways.
CASES = [
    *((BYTE_BY_BYTE, shape) for shape in SHAPES),
    *(
        (cutting, shape)
        for cutting in CUTTINGS
        if cutting != BYTE_BY_BYTE
        for shape in ("text", "logprobs", "huge event")
    ),
]
# Forms, and items of one index, are found among at most 64: until there are as many, each is found later than the last.
AMONG_64 = ("forms with one beginning", "responses: items of many types at one index")


@pytest.mark.parametrize(("cutting", "shape"), CASES)
def test_a_shape_is_linear(cutting: str, shape: str) -> None:
    start = 1 if shape == "huge event" else 4
    if cutting != BYTE_BY_BYTE:
        start = {"text": 100, "logprobs": 50, "huge event": 60}[shape]

    def work(factor: int) -> tuple[int, Work]:
        fragments = CUTTINGS[cutting](frames(shape, start * factor))
        return sum(map(len, fragments)), lambda: events_and_completion(fragments)

    found = growth(work)
    assert max(found) <= 1.1, found


@pytest.mark.parametrize("name", WORST)
def test_an_attack_is_linear(name: str) -> None:
    attack = ATTACKS[name]
    start = 400 if name in AMONG_64 else max(1, min(attack.small // 8, 60))

    def work(factor: int) -> tuple[int, Work]:
        body = list(attack.body(start * factor))
        given = attack._replace(body=lambda count: body)
        return sum(map(len, body)), lambda: strike(given, 0, "raise", LIMITS)

    found = growth(work)
    assert max(found) <= 1.1, found
