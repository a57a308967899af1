"""Hostile bodies end in a documented error or the right message, in bounded memory. Measured in full by `benchmarks.attacks`."""

from __future__ import annotations

import pytest

from benchmarks.attack_bodies import SMALL, Attack
from benchmarks.attack_messages import ATTACKS
from benchmarks.attacks import cases, expected, strike
from ssemble import Limits

# One character that counts may stand for a dictionary of its own, or a list.
PER_CHARACTER = 100
# What the limits on choices, calls, counts and forms allow beside the characters.
BESIDE = 4_000_000

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


@each
def test_shortcuts_change_no_outcome(attack: Attack, errors: str) -> None:
    plainly = attack._replace(options={**attack.options, "shortcuts": False})
    count = min(attack.small, 300)
    assert strike(plainly, count, errors, SMALL).error == strike(attack, count, errors, SMALL).error


@pytest.mark.parametrize("name", ["a line without end", "unknown keys without end", "a list that is new each time"])
def test_memory_is_that_of_the_limit_not_of_the_body(name: str) -> None:
    """Half the limit, half the memory, although the server sends the same."""
    attack = ATTACKS[name]
    half = Limits(max_event_size=2**14, max_message_size=2**14)
    peaks = [strike(attack, attack.small, "raise", limits, memory=True).peak for limits in (half, SMALL)]
    assert peaks[0] < 0.8 * peaks[1]
