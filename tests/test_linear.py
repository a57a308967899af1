"""Work grows with the bytes: it is counted, not timed.

Counted are the opcodes of our own code, and the bytes that each of its lines allocates, so that a copy of a long buffer is
seen although it is one opcode. A search through a long buffer is neither: where valgrind is installed, the instructions
of `benchmarks.linear` count it.
"""

from __future__ import annotations

import math
import shutil
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

import ssemble
from benchmarks.attack_bodies import LIMITS
from benchmarks.attack_messages import ATTACKS
from benchmarks.attacks import strike
from benchmarks.contenders import events_and_completion
from benchmarks.linear import WORST, exponents
from benchmarks.shapes import CUTTINGS, SHAPES, frames

OURS = str(Path(ssemble.__file__).parent)
GROWTH = (1, 4)


class Count(NamedTuple):
    opcodes: int
    allocated: int


def counted(work: Callable[[], object], inside: str = OURS) -> Count:
    """Count opcodes in the files of a folder, and bytes newly allocated by each of its lines."""
    opcodes = allocated = before = 0

    def enter(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(inside):
            return None
        frame.f_trace_opcodes = True
        return step

    def step(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal opcodes, allocated, before
        if event == "opcode":
            opcodes += 1
            return step
        now, peak = tracemalloc.get_traced_memory()
        allocated += max(0, peak - before)
        tracemalloc.reset_peak()
        before = now
        return step

    other = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # in Python 3.12, what runs when the first frame asks for them tells none
    tracemalloc.start()
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(other)
        tracemalloc.stop()
    return Count(opcodes, allocated)


def growth(work: Callable[[int], tuple[int, Callable[[], object]]], inside: str = OURS) -> tuple[float, float]:
    """Exponents of opcodes and of bytes allocated over bytes fed."""
    points = []
    for factor in GROWTH:
        size, run = work(factor)
        points.append((size, counted(run, inside)))
    (small, low), (large, high) = points
    bytes_grew = math.log(large / small)
    return (
        math.log(high.opcodes / low.opcodes) / bytes_grew,
        math.log(high.allocated / low.allocated) / bytes_grew,
    )


@pytest.mark.parametrize("cutting", CUTTINGS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_linear(shape: str, cutting: str) -> None:
    start = 4 if cutting == "one byte" else 16
    if shape == "huge event":
        start = 1 if cutting == "one byte" else 20

    def work(factor: int) -> tuple[int, Callable[[], object]]:
        fragments = CUTTINGS[cutting](frames(shape, start * factor))
        return sum(map(len, fragments)), lambda: events_and_completion(fragments)

    allowed = 1.15 if cutting == "one byte" else 1.05
    opcodes, allocated = growth(work)
    assert opcodes <= allowed
    assert allocated <= allowed


@pytest.mark.parametrize("name", WORST)
def test_an_attack_is_linear(name: str) -> None:
    attack = ATTACKS[name]
    # Forms are found among at most 64, so that until there are as many, each is found later than the one before.
    start = 400 if name == "forms with one beginning" else max(1, min(attack.small // 8, 30))

    def work(factor: int) -> tuple[int, Callable[[], object]]:
        body = list(attack.body(start * factor))
        given = attack._replace(body=lambda count: body)
        return sum(map(len, body)), lambda: strike(given, 0, "raise", LIMITS)

    opcodes, allocated = growth(work)
    assert opcodes <= 1.05
    assert allocated <= 1.15


# What the counters must find, or they could not fail.


def joining(fragments: list[bytes]) -> None:
    held = b""
    for fragment in fragments:
        held = held + fragment


def looking_again(fragments: list[bytes]) -> None:
    held: list[bytes] = []
    for fragment in fragments:
        held.append(fragment)
        for line in held:
            assert line


def planted(work: Callable[[list[bytes]], None]) -> Callable[[int], tuple[int, Callable[[], object]]]:
    def make(factor: int) -> tuple[int, Callable[[], object]]:
        fragments = [b"x" * 1400] * (50 * factor)
        # From Python 3.13 on, the call of a function that first asks for its opcodes tells none.
        return 1400 * len(fragments), lambda: list(map(work, ([], fragments)))

    return make


def test_joining_the_buffer_at_every_feed_is_found_in_what_is_allocated() -> None:
    opcodes, allocated = growth(planted(joining), __file__)
    assert opcodes < 1.05
    assert allocated > 1.6


def test_looking_at_all_lines_at_every_feed_is_found_in_the_opcodes() -> None:
    assert growth(planted(looking_again), __file__)[0] > 1.6


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_searching_the_buffer_at_every_feed_is_found_in_the_instructions() -> None:
    found = exponents([("planted", "joining"), ("planted", "rescanning"), ("1,400 bytes", "huge event")])
    assert found[0] > 1.3
    assert found[1] > 1.3
    assert found[2] < 1.05
