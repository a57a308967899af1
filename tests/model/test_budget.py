"""What a message keeps, copied and counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssemble import LimitExceeded, ProtocolError
from ssemble._model.budget import (
    MAX_DEPTH,
    RESERVE,
    SizeBudget,
    check_depth,
    check_tree,
    key_length,
    scalar_text,
    size_of,
)

from ..helpers import nested

LARGE = 2**53  # as is said of numbers in RFC 8259, section 6
# what holds a number, and what that itself counts
AROUND: list[tuple[Callable[[int], Any], int]] = [
    (lambda number: number, 0), (lambda number: [number], 16), (lambda number: {"a": number}, 16 + 17),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, 1),
        (True, 1),
        (256, 1),
        (-5, 1),
        (257, 3),
        (-6, 3),
        (0.5, 3),
        (10**15, 3),
        (10**5000, (10**5000).bit_length() // 8),
        ("", 16),
        ("abc", 19),
        ([], 16),
        ([1, None, "ab", 0.5], 16 + 1 + 1 + 18 + 3),
        ({}, 16),
        ({"key": "ab", "": [1, [2]]}, 16 + 19 + 18 + 16 + 16 + 1 + 16 + 1),
        ({"a": 1, "b": 2.5}, 16 + 17 + 1 + 17 + 3),
        (Decimal("1.50"), 16),
        *((make(number), more + 3) for make, more in AROUND for number in (LARGE - 1, 1 - LARGE)),
        *((make(number), more + 6) for make, more in AROUND for number in (LARGE, -LARGE)),
    ],
    ids=lambda value: str(value)[:20] if type(value) is not int else type(value).__name__,
)
def test_a_copy_is_counted_and_shares_nothing(value: Any, size: int) -> None:
    budget = SizeBudget(size)
    assert budget.copy(value) == value
    assert budget.size == size
    with pytest.raises(LimitExceeded, match=rf"max_message_size \({size} characters?\)"):
        budget.copy(value)


def test_a_copy_goes_on_by_itself() -> None:
    source: Any = {"a": [{"b": [1]}]}
    copied = SizeBudget(10**9).copy(source)
    source["a"][0]["b"].append(2)
    source["a"].append(3)
    assert copied == {"a": [{"b": [1]}]}


class Row(list[Any]):
    """A list of a class of its own."""


class Word(str):
    """A text of a class of its own."""


def test_values_of_a_class_of_their_own_become_plain_json() -> None:
    copied = SizeBudget(10**9).copy(OrderedDict(a=Row([OrderedDict(b=1), Word("c")])))
    assert copied == {"a": [{"b": 1}, "c"]}
    assert [type(copied), type(copied["a"]), *map(type, copied["a"])] == [dict, list, dict, str]


def test_what_is_taken_back_counts_no_more() -> None:
    budget = SizeBudget(5)
    budget.charge(5)
    budget.refund(3)
    budget.charge(3)
    with pytest.raises(LimitExceeded):
        budget.charge(1)


def test_how_deep_is_too_deep() -> None:
    check_depth(MAX_DEPTH)
    for key in ("", "x"):
        deepest = nested(MAX_DEPTH + 1, key=key)
        assert SizeBudget(10**9).copy(deepest) == deepest
        check_tree(deepest, -1)
        for check in (SizeBudget(10**9).copy, lambda value: check_tree(value, -1)):
            with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
                check(nested(MAX_DEPTH + 3, key=key))


@pytest.mark.parametrize(
    ("value", "size"), [(None, 0), ("ab", 18), (True, 1), (7, 1), (1.5, 3), (10**6, 3), (Decimal(1), 16)]
)
def test_what_a_scalar_counts(value: Any, size: int) -> None:
    assert size_of(value) == size


@pytest.mark.parametrize("key", [1, None, (1,), b"a"], ids=str)
def test_keys_are_text(key: Any) -> None:
    assert key_length(Word("abc")) == 3
    for check in (key_length, lambda key: SizeBudget(99).copy({key: 1}), lambda key: check_tree([{key: 1}], 0)):
        with pytest.raises(ProtocolError, match=f"expected a key of type str, got {type(key).__name__}"):
            check(key)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (-1.5, "-1.5"), (True, "true"), (float("nan"), "NaN"), (Decimal("1.50"), "1.50")],
    ids=str,
)
def test_scalars_as_text(value: Any, text: str) -> None:
    assert scalar_text(value) == text


def test_a_number_too_long_to_write_is_no_text() -> None:
    with pytest.raises(ProtocolError, match="expected text, got") as caught:
        scalar_text(10**5000, "$.x")
    assert caught.value.where == "$.x"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-300, 300)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.just(10**30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
@example([257, 256, -5, -6, {"a": 257, "b": -6}], True)
@example(nested(MAX_DEPTH + 1), True)
@example(nested(MAX_DEPTH + 1, key="a"), True)
def test_what_is_ours_is_kept_and_counted_as_a_copy_is(value: Any, owns: bool) -> None:
    copying, keeping = SizeBudget(10**6), SizeBudget(10**6)
    keeping.owns = owns
    copy, kept = copying.copy(value), keeping.keep(value)
    assert (kept, keeping.size) == (copy, copying.size) == (value, copying.size)
    assert not owns or kept is value


@pytest.mark.parametrize("value", [[(1,)], {"a": OrderedDict(b=1)}, [OrderedDict()], [Decimal(1)], {"a": [Decimal(1)]}])
def test_what_no_decoder_of_json_gives_is_copied(value: Any) -> None:
    copying, keeping = SizeBudget(10**6), SizeBudget(10**6)
    keeping.owns = True
    assert keeping.keep(value) == copying.copy(value)
    assert keeping.size == copying.size


def test_keys_that_are_no_text_and_depth_are_refused_too() -> None:
    budget = SizeBudget(10**6)
    assert budget.keep(value := [[1]]) is not value, "it is not ours unless it is said to be"
    budget.owns = True
    for wrong in ({1: 2}, nested(MAX_DEPTH + 1), nested(MAX_DEPTH + 1, key="a"), {"a": nested(MAX_DEPTH + 1)}):
        with pytest.raises(ProtocolError):
            budget.keep([wrong])


def test_a_value_that_replaces_another_counts_instead_of_it() -> None:
    budget = SizeBudget(10**6)
    old = budget.copy({"a": "xyz"})
    new = {"a": [1, 2]}
    assert budget.replace(old, new) == new
    alone = SizeBudget(10**6)
    alone.copy(new)
    assert budget.size == alone.size


def test_a_number_that_replaces_another_counts_the_difference() -> None:
    budget = SizeBudget(10**6)
    assert budget.replace(budget.copy(3), 1000) == 1000
    assert budget.size == 3


@pytest.mark.parametrize(
    ("value", "size"),
    [(5, 1), (None, 1), (2**40, 3), (1.5, 3), ("ab", 18), ([5, "a", 2**40], 37), ({"a": 5, "b": "cd"}, 69), ([{}], 32)],
    ids=str,
)
def test_what_is_kept_without_a_copy(value: Any, size: int) -> None:
    budget = SizeBudget(10**6)
    budget.owns = True
    assert budget.keep(value) is value
    assert budget.size == size


def test_a_full_budget_has_room_for_the_end() -> None:
    budget = SizeBudget(5)
    with pytest.raises(LimitExceeded):
        budget.charge(8)
    for _ in range(2):
        budget.fill()
        assert (budget.full, budget.epoch, budget.limit) == (True, 1, 8 + RESERVE)
    budget.charge(RESERVE)
    with pytest.raises(LimitExceeded):
        budget.charge(1)
