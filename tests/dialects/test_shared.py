"""What the choices of one message share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ssemble import ProtocolError
from ssemble._dialects._shared import Shared
from ssemble._errors import shown
from ssemble._kept import Kept

from ..helpers import nested


@pytest.fixture
def shared() -> Shared:
    return Shared(Kept(100), 1, cumulative=False)


def test_what_is_shared() -> None:
    kept = Kept(5)
    shared = Shared(kept, 3, cumulative=True)
    assert shared.kept is kept
    assert (shared.max_tool_calls, shared.cumulative, shared.repairs, shared.followers) == (3, True, {}, {})


def test_repairs_are_counted(shared: Shared) -> None:
    for code in ("a", "b", "a"):
        shared.repair(code)
    assert shared.repairs == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("value", "items", "repairs"),
    [
        ([1, 2], [1, 2], {}),
        ([], [], {}),
        (None, [], {}),
        (False, [], {}),
        ({"a": 1}, [{"a": 1}], {"object_instead_of_list": 1}),
        ({}, [{}], {"object_instead_of_list": 1}),
    ],
    ids=str,
)
def test_lists(shared: Shared, value: Any, items: list[Any], repairs: dict[str, int]) -> None:
    assert shared.list_of(value, "$.x") == items
    assert shared.repairs == repairs


@pytest.mark.parametrize("value", ["", "x", 0, 1.5, True], ids=repr)
def test_what_is_no_list(shared: Shared, value: Any) -> None:
    with pytest.raises(ProtocolError, match=f"expected a list, got {type(value).__name__}") as caught:
        shared.list_of(value, "$.x")
    assert caught.value.where == "$.x"


@pytest.mark.parametrize(
    ("value", "index", "repairs"),
    [
        (0, 0, {}),
        (7, 7, {}),
        (-1, -1, {}),
        (10**30, 10**30, {}),
        (None, None, {}),
        (False, None, {}),
        (0.0, 0, {"fraction_as_index": 1}),
        (12.0, 12, {"fraction_as_index": 1}),
        ("0", 0, {"text_index": 1}),
        ("12", 12, {"text_index": 1}),
        ("9" * 19, int("9" * 19), {"text_index": 1}),
    ],
    ids=str,
)
def test_indexes(shared: Shared, value: Any, index: int | None, repairs: dict[str, int]) -> None:
    assert shared.index_of(value, "$.i") == index
    assert shared.repairs == repairs


@pytest.mark.parametrize(
    "value",
    [True, 0.5, float("inf"), float("nan"), 1e300, "", "x", "-1", "1.0", "²", "9" * 20, [], [0], {}, "x" * 10_000],
    ids=lambda v: repr(v)[:20],
)
def test_what_is_no_index(shared: Shared, value: Any) -> None:
    with pytest.raises(ProtocolError, match=r"expected an integer index, got") as caught:
        shared.index_of(value, "$.i")
    assert caught.value.where == "$.i"
    assert str(caught.value).startswith(f"expected an integer index, got {repr(value)[:20]}")
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("value", "text", "repairs"),
    [
        ("a", "a", {}),
        ("", "", {}),
        (None, "", {}),
        (0, "0", {"number_as_text": 1}),
        (-5, "-5", {"number_as_text": 1}),
        (1.5, "1.5", {"number_as_text": 1}),
        (10**18, "1" + "0" * 18, {"number_as_text": 1}),
        (True, "true", {"number_as_text": 1}),
        (False, "", {}),
        (float("inf"), "Infinity", {"number_as_text": 1}),
        (Decimal("1.50"), "1.50", {"number_as_text": 1}),
    ],
    ids=str,
)
def test_texts(shared: Shared, value: Any, text: str, repairs: dict[str, int]) -> None:
    assert shared.text_of(value, "$.t") == text
    assert shared.repairs == repairs


@pytest.mark.parametrize(
    "value",
    [10**5000, [], ["x"], {}, nested(100_000)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_text(shared: Shared, value: Any) -> None:
    with pytest.raises(ProtocolError, match="expected text, got") as caught:
        shared.text_of(value, "$.t")
    assert caught.value.where == "$.t"
    got = str(caught.value).removeprefix("expected text, got ")
    assert got.startswith((shown(value), f"a {type(value).__name__} too large"))
    assert len(str(caught.value)) < 120
    assert shared.repairs in ({}, {"number_as_text": 1})


@pytest.mark.parametrize(
    ("value", "word", "repairs"),
    [
        ("a", "a", {}),
        (None, "", {}),
        (False, "", {}),
        (7, "7", {"number_as_text": 1}),
        ([], "", {"unknown_shape": 1}),
        ({"a": 1}, "", {"unknown_shape": 1}),
        (nested(100_000), "", {"unknown_shape": 1}),
    ],
    ids=lambda value: str(value)[:20] if not isinstance(value, list) else "list",
)
def test_words(shared: Shared, value: Any, word: str, repairs: dict[str, int]) -> None:
    assert shared.word(value) == word
    assert shared.repairs == repairs
