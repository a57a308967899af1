"""Hostile bodies end in a documented error or the right message, in bounded memory. Measured in full by `benchmarks.attacks`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.attack_bodies import MESSAGE_LIMIT, SMALL, Attack
from benchmarks.attack_limits import CALLS, CHOICES, EVENT, FRAGMENT, MESSAGE, PROMISED, VALUE
from benchmarks.attack_memory import CUTTINGS, SIZES, fill, recut, slope
from benchmarks.attack_smaller import ATTACKS
from benchmarks.attack_smaller_limits import FILLINGS
from benchmarks.attack_table import table
from benchmarks.attacks import cases, expected, filled, measured, strike
from ssemble import Limits

pytestmark = pytest.mark.usefixtures("frozen")

# One character that counts may stand for a dictionary of its own, or a list.
PER_CHARACTER = 100
# What the limits on choices, calls, counts and forms allow beside the characters.
BESIDE = 4_000_000
# What a stream takes beside what fills a small limit.
BESIDE_A_LIMIT = 50_000
# Sizes of the limits that are filled here.
FILLED = {EVENT: 2**13, MESSAGE: 2**12, CHOICES: 2**14, CALLS: 2**14, FRAGMENT: 2**13}

each = pytest.mark.parametrize(
    ("attack", "errors"), [pytest.param(attack, errors, id=f"{name}, {errors}") for name, errors, attack in cases("")]
)


@each
def test_outcome_and_memory(attack: Attack, errors: str) -> None:
    found = strike(attack, attack.small, errors, SMALL, memory=True)
    assert found.error.startswith(expected(attack, errors))
    assert bool(found.error) is bool(expected(attack, errors))
    limits = attack.options.get("limits", SMALL)
    allowed = (limits.max_event_size or found.size) + (limits.max_message_size or found.size)
    assert found.peak < PER_CHARACTER * allowed + BESIDE


@pytest.mark.parametrize("name", ["a line without end", "unknown keys without end", "a list that is new each time"])
def test_memory_is_that_of_the_limit_not_of_the_body(name: str) -> None:
    """Half the limit, half the memory, although the server sends the same."""
    attack = ATTACKS[name]
    half = Limits(max_event_size=2**14, max_message_size=2**14)
    peaks = [strike(attack, attack.small, "raise", limits, memory=True).peak for limits in (half, SMALL)]
    assert peaks[0] < 0.8 * peaks[1]


@pytest.mark.parametrize("name", FILLINGS)
def test_an_attack_fills_the_limit_that_it_names_and_takes_what_is_promised(name: str) -> None:
    filling = FILLINGS[name]
    size = FILLED[filling.fills]
    limits = filling.limits(size)
    events = list(recut(filling.body(limits), 1000, 700 * size)) if filling.endless else list(filling.body(limits))
    if filling.fills == EVENT and not filling.endless:
        longest = max(map(len, events)) - len(b"\n\n")
        assert 0.8 * size <= longest <= size
    fill(filling, size, 1000)  # what is compiled or stored at its first use is not the stream's
    small, large, whole = (fill(filling, size, cutting) for cutting in CUTTINGS.values())
    assert small.outcome == whole.outcome
    if filling.fills == MESSAGE:
        assert all(found.outcome.startswith(MESSAGE_LIMIT) for found in (small, large, whole))
    elif filling.fills == FRAGMENT:
        assert small.sent == large.sent == whole.largest == whole.allowed
    elif filling.fills in (CHOICES, CALLS):
        assert small.allowed == size // 256
    for found in (small, large, whole):
        assert found.peak <= filling.promised * found.allowed + BESIDE_A_LIMIT


def test_the_documents_promise_the_same() -> None:
    page = (Path(__file__).parents[1] / "benchmarks" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:byte|character|choice|call) .*", page, re.MULTILINE)
    figures = [PROMISED[EVENT], PROMISED[MESSAGE], VALUE, PROMISED[CHOICES], PROMISED[CALLS], PROMISED[FRAGMENT]]
    assert re.findall(r"\b\d[\d,]*", "".join(rows)) == [f"{figure:,}" for figure in figures]
    for figure in figures:
        assert f"{figure:,}" in str(Limits.__doc__)


def test_fragments_of_one_size_are_the_same_bytes() -> None:
    events = [b"ab", b"", b"cdefg", b"h"]
    assert list(recut(events, 3, 100)) == [b"abc", b"def", b"gh"]
    assert list(recut(events, 3, 7)) == [b"abc", b"def", b"g"]
    assert list(recut(events, 100, 100)) == [b"abcdefgh"]
    assert list(recut(events, 3, 6)) == [b"abc", b"def"]


def test_an_exponent_is_told_where_time_is_long_enough() -> None:
    assert slope([(1000, 1.0), (2000, 2.0), (4000, 4.0)]) == pytest.approx(1)
    assert slope([(1000, 0.001), (2000, 1.0), (4000, 4.0)]) == pytest.approx(2)
    assert slope([(1000, 1.0)]) is slope([(1000, 0.001), (2000, 0.002)]) is slope([(1000, 1.0), (1000, 1.0)]) is None


def test_the_table_has_a_row_for_each_attack(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, size in FILLED.items():
        monkeypatch.setitem(SIZES, limit, size)
    row: dict[str, Any] = filled("ids of one character", 1) | {"exponent in one fragment": 1.234}
    attack = ATTACKS["a line without end"]
    body = measured(attack._replace(size=attack.small), "raise")
    text = table({"limits": {"ids of one character": row}, "bodies": {"a line without end, errors=raise": body}}, 4)
    assert "| ids of one character | max_message_size | " in text
    assert " | 1.23 | LimitExceeded: message is larger than max_message_size (4096 characters)" in text
    assert "| a line without end | raise | " in text
