"""The bounds on what a stream may hold."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import pytest

from ssemble import Limits
from ssemble._limits import check_limit

NAMES = [field.name for field in dataclasses.fields(Limits)]


def test_the_names_are_pinned() -> None:
    assert NAMES == ["max_event_size", "max_message_size", "max_choices", "max_tool_calls"]


def test_the_defaults_are_on_and_generous() -> None:
    limits = Limits()
    assert limits.max_event_size == 33_554_432
    assert limits.max_message_size == 268_435_456
    assert (limits.max_choices, limits.max_tool_calls) == (1024, 1024)


@pytest.mark.parametrize("name", NAMES)
def test_none_lifts_a_limit(name: str) -> None:
    assert getattr(Limits(**{name: None}), name) is None
    assert check_limit(name, None) == sys.maxsize


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_limit_is_one(name: str) -> None:
    assert getattr(Limits(**{name: 1}), name) == check_limit(name, 1) == 1


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("name", NAMES)
def test_below_one_is_refused_by_name(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}: .* None"):
        Limits(**{name: value})


def test_frozen_keyword_only_and_equal_by_value() -> None:
    limits = Limits(max_choices=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.max_choices = 4  # type: ignore[misc]  # frozen, as the test says
    positional: Any = Limits
    with pytest.raises(TypeError):
        positional(1)
    assert limits == Limits(max_choices=3) != Limits()
    assert len({limits, Limits(max_choices=3), Limits()}) == 2
