"""Fields of JSON objects."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from ssemble import ProtocolError
from ssemble._dialects.fields import (
    MODULUS,
    LargeIndex,
    check_object,
    ensure_list,
    erases,
    index_or,
    keep_known,
    list_in,
    object_in,
    replace_field,
    text_in,
    text_of,
    text_or_none,
    text_or_repr,
)
from ssemble._model.budget import CONTAINER, SizeBudget


@pytest.mark.parametrize(("holder", "found"), [({"a": "x"}, "x"), ({"a": None}, ""), ({}, ""), ({"a": ""}, "")])
def test_texts(holder: dict[str, Any], found: str) -> None:
    assert text_in(holder, "a", "$") == found


@pytest.mark.parametrize(("holder", "found"), [({"a": [1]}, [1]), ({"a": None}, []), ({}, []), ({"a": []}, [])])
def test_lists(holder: dict[str, Any], found: list[Any]) -> None:
    assert list_in(holder, "a", "$") == found


@pytest.mark.parametrize("value", [5, True, {}])
def test_another_type_is_an_error_that_says_where(value: Any) -> None:
    for take, expected in ((text_in, "text"), (list_in, "a list")):
        with pytest.raises(ProtocolError, match=f"expected {expected}, got {type(value).__name__}") as caught:
            take({"a": value}, "a", "$.b")
        assert caught.value.where == "$.b.a"


@pytest.mark.parametrize("value", [5, None, "x", []])
def test_an_object_is_expected(value: Any) -> None:
    with pytest.raises(ProtocolError, match=f"expected an object, got {type(value).__name__}") as caught:
        check_object(value, "$.b")
    assert caught.value.where == "$.b"
    assert check_object({"a": 1}, "$.b") == {"a": 1}


@pytest.mark.parametrize("holder", [{}, {"a": None}, {"a": "x"}, {"a": {}}])
def test_a_list_is_made(holder: dict[str, Any]) -> None:
    ensure_list(holder, "a").append(1)
    ensure_list(holder, "a").append(2)
    assert holder == {"a": [1, 2]}


def test_objects() -> None:
    assert object_in({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}
    assert object_in({"a": {"b": 5}}, "a", "b") == {}
    assert object_in({"a": 1}) == {"a": 1}


def test_a_text_or_none() -> None:
    assert [text_or_none(value) for value in ("x", "", None, 5)] == ["x", "", None, None]


def test_a_text_or_what_it_looks_like() -> None:
    assert [text_or_repr(value) for value in ("x", "", None, 5)] == ["x", "", None, "5"]


def test_a_field_is_charged_once() -> None:
    budget = SizeBudget(1000)
    fields: dict[str, Any] = {}
    for value in ([1], "xy", None, [1]):
        fields["key"] = replace_field(fields, "key", value, budget)
        assert fields == {"key": value}
    whole = SizeBudget(1000)
    whole.copy({"key": [1]})
    whole.refund(CONTAINER)  # of the object itself
    assert budget.size == whole.size


def test_large_indexes_do_not_have_one_hash() -> None:
    """Otherwise each would be looked for among all others."""
    numbers = [sign * MODULUS * number for number in range(1, 50) for sign in (1, -1)]
    indexes = [index_or(number, 0) for number in numbers]
    assert indexes == numbers
    assert len({hash(index) for index in indexes}) == len(numbers)
    assert all(type(index_or(index, 0)) is LargeIndex for index in indexes)
    assert hash(pickle.loads(pickle.dumps(indexes[0]))) == hash(indexes[0])


@pytest.mark.parametrize(("value", "index"), [(3, 3), (-1, -1), (True, 7), (None, 7), ("3", 7), (1.0, 7)])
def test_indexes(value: Any, index: int) -> None:
    assert index_or(value, 7) == index


def test_ids_of_any_type_and_depth() -> None:
    deep: Any = []
    for _ in range(10**5):
        deep = [deep]
    assert (text_of("a"), text_of(None), text_of([1])) == ("a", "None", "[1]")
    # Where recursion has no bound, as in Pyodide, it is shown in part.
    assert text_of(deep) in ("a list too large to show", "[" * 79 + "…")
    assert text_of(10**5000) == "a int too large to show"
    while deep:
        deep = deep.pop()


@pytest.mark.parametrize("known", ["a", ["a"], {"a": 1}, 5, True])
def test_null_and_what_is_empty_erase_nothing(known: Any) -> None:
    values: list[Any] = [None, "", [], {}, 0, False, "b", 6]
    assert [new for new in values if not erases(known, new)] == [0, False, "b", 6]


@pytest.mark.parametrize("known", ["", [], {}, 0, False])
def test_nothing_but_null_erases_an_empty_value(known: Any) -> None:
    values: list[Any] = [None, "", [], {}, 0, "b"]
    assert [new for new in values if erases(known, new)] == [None]
    assert not erases(None, None)
    assert not erases(None, "")


def test_a_later_object_keeps_what_it_does_not_say() -> None:
    new: dict[str, Any] = {"b": None, "c": "", "d": 2, "e": [], "g": 7}
    keep_known({"a": 1, "b": 2, "c": "x", "d": 1, "e": "", "f": None}, new)
    assert new == {"a": 1, "b": 2, "c": "x", "d": 2, "e": [], "f": None, "g": 7}
