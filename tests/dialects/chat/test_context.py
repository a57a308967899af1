"""What the choices of one message share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ssemble import ProtocolError
from ssemble._dialects.chat.context import MessageContext
from ssemble._errors import safe_repr
from ssemble._model.budget import SizeBudget

from ...helpers import nested


@pytest.fixture
def context() -> MessageContext:
    return MessageContext(SizeBudget(100), 1, cumulative=False)


def test_what_is_shared() -> None:
    budget = SizeBudget(5)
    context = MessageContext(budget, 3, cumulative=True)
    assert context.budget is budget
    assert (context.max_tool_calls, context.cumulative, context.repairs, context.partial_feeds) == (3, True, {}, {})


def test_repairs_are_counted(context: MessageContext) -> None:
    for code in ("a", "b", "a"):
        context.repair(code)
    assert context.repairs == {"a": 2, "b": 1}


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
def test_lists(context: MessageContext, value: Any, items: list[Any], repairs: dict[str, int]) -> None:
    assert context.list_of(value, "$.x") == items
    assert context.repairs == repairs


@pytest.mark.parametrize("value", ["", "x", 0, 1.5, True], ids=repr)
def test_what_is_no_list(context: MessageContext, value: Any) -> None:
    with pytest.raises(ProtocolError, match=f"expected a list, got {type(value).__name__}") as caught:
        context.list_of(value, "$.x")
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
def test_indexes(context: MessageContext, value: Any, index: int | None, repairs: dict[str, int]) -> None:
    assert context.index_of(value, "$.i") == index
    assert context.repairs == repairs


@pytest.mark.parametrize(
    "value",
    [True, 0.5, float("inf"), float("nan"), 1e300, "", "x", "-1", "1.0", "²", "9" * 20, [], [0], {}, "x" * 10_000],
    ids=lambda v: repr(v)[:20],
)
def test_what_is_no_index(context: MessageContext, value: Any) -> None:
    with pytest.raises(ProtocolError, match=r"expected an integer index, got") as caught:
        context.index_of(value, "$.i")
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
def test_texts(context: MessageContext, value: Any, text: str, repairs: dict[str, int]) -> None:
    assert context.text_of(value, "$.t") == text
    assert context.repairs == repairs


@pytest.mark.parametrize(
    "value",
    [10**5000, [], ["x"], {}, nested(100_000)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_text(context: MessageContext, value: Any) -> None:
    with pytest.raises(ProtocolError, match="expected text, got") as caught:
        context.text_of(value, "$.t")
    assert caught.value.where == "$.t"
    got = str(caught.value).removeprefix("expected text, got ")
    assert got.startswith((safe_repr(value), f"a {type(value).__name__} too large"))
    assert len(str(caught.value)) < 120
    assert context.repairs in ({}, {"number_as_text": 1})


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
def test_words(context: MessageContext, value: Any, word: str, repairs: dict[str, int]) -> None:
    assert context.word(value) == word
    assert context.repairs == repairs
