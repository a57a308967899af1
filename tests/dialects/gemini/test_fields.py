"""Gemini: how the fields are merged that are neither texts nor calls."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest

from ssemble import ProtocolError, accumulator
from ssemble._dialects.gemini.fields import (
    COMPACT,
    MERGES,
    Entries,
    assign,
    fresh,
    json_text,
    overlay,
)
from ssemble._dialects.tree import to_json
from ssemble._model.budget import CONTAINER, SizeBudget
from ssemble._model.text import Text

A1, A2, B, C = {"category": "A", "p": 1}, {"category": "A", "p": 2}, {"category": "B"}, {"category": 5}


# For each field: the values that come, whether each changes something, and what is kept.
SEQUENCES: list[tuple[str, list[tuple[Any, bool]], Any]] = [
    ("other", [(None, False), ("a", True), ("a", False), ("", False), ("b", True), (None, False)], "b"),
    ("other", [(5, True), (5.0, True), (True, True), (0, True), ("", True), ("a", True)], "a"),
    ("other", [({"a": [1]}, True), ({"a": [1]}, False), ({}, True), ([], True)], []),
    ("groundingMetadata", [({"a": [1], "b": "x"}, True), ({"a": [], "b": "", "c": None}, False)], {"a": [1], "b": "x"}),
    ("groundingMetadata", [({}, True), ({"a": {}}, True), ({"a": {"b": 1}}, True), ({"a": {}}, False)], {"a": {"b": 1}}),
    ("groundingMetadata", [({"a": 1}, True), ("x", True), ({"b": 2}, True)], {"b": 2}),
    ("urlContextMetadata", [({"a": 1}, True), ({"b": 2}, True), ({"a": 1}, False), ({"a": 1.0}, True)], {"a": 1.0, "b": 2}),
    ("promptFeedback", [({"a": 0}, True), ({"a": ""}, True), ({"b": [2]}, True)], {"a": "", "b": [2]}),
    ("safetyRatings", [([A1, B], True), ([A2], True), ([A2, B], False), ([], False)], [A2, B]),
    ("safetyRatings", [([C, 5], True), ([5, C], False), ([{"x": 1}, C], True)], [C, 5, {"x": 1}]),
    ("safetyRatings", [([], True), ("x", True), ([A1], True)], [A1]),
    ("citationMetadata", [({"c": [A1], "n": 1}, True), ({"c": [A1, B]}, True), ({"c": [B]}, False)], {"c": [A1, B], "n": 1}),
    ("citationMetadata", [({}, True), ({"c": "x"}, True), ({"c": [1]}, True), ({"c": [1, 1.0]}, True)], {"c": [1, 1.0]}),
    ("citationMetadata", [("x", True), ({"c": [1]}, True), ("y", True)], "y"),
    ("logprobsResult", [({"c": [1], "n": 1}, True), ({"c": [1], "n": 2}, True), ({}, False)], {"c": [1, 1], "n": 2}),
    ("logprobsResult", [({"c": [1]}, True), ({"c": []}, True), ({"c": "x"}, True), ({"c": [2]}, True)], {"c": [2]}),
    ("logprobsResult", [("x", True), ({"c": [1]}, True)], {"c": [1]}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "values", "kept"), SEQUENCES)
def test_what_is_kept_of_values_that_follow_each_other(key: str, values: list[tuple[Any, bool]], kept: Any) -> None:
    fields: dict[str, Any] = {"before": 1}
    budget = SizeBudget(10**6)
    for value, changes in values:
        epoch, size, given = budget.epoch, budget.size, copy.deepcopy(value)
        MERGES.get(key, assign)(fields, key, value, budget)
        assert (budget.epoch > epoch) is changes, value
        assert budget.epoch >= epoch
        assert changes or budget.size == size, value
        assert value == given
    shown = to_json(fields)
    assert json.dumps(shown) == json.dumps({"before": 1, key: kept}), "types and order too"
    if isinstance(kept, (dict, list)) and kept:
        shown[key].clear()
        assert to_json(fields)[key] == kept
    assert budget.size >= len(json.dumps(kept)) // 2


def test_numbers_that_change_are_charged_once() -> None:
    budget, usage = SizeBudget(10**6), dict[str, Any]()
    usage = overlay(usage, {"a": 1, "b": 2.5, "c": "x"}, budget)
    size = budget.size
    assert size > 0
    for number in range(2, 50):
        usage = overlay(usage, {"a": number, "b": number / 3}, budget)
        assert budget.size == size
    assert overlay(usage, {"a": 49}, budget) is usage
    overlay(usage, {"c": "y" * 99}, budget)
    assert budget.size >= size + 99


def test_texts_that_change_are_charged_once() -> None:
    budget, fields = SizeBudget(10**6), dict[str, Any]()
    assign(fields, "a", "x" * 50, budget)
    size = budget.size
    for word in "abcdef":
        assign(fields, "a", word * 50, budget)
        assert budget.size == size
    assign(fields, "b", [], budget)
    assert budget.size > size


def test_an_object_that_grows_has_a_limit() -> None:
    budget = SizeBudget(10**9)
    largest = {str(number): number for number in range(256)}
    assert overlay({}, largest, budget) == largest
    with pytest.raises(ProtocolError, match="at most 256 keys in an object that grows, got more"):
        overlay(largest, {"one more": 1}, budget)


@pytest.mark.parametrize(
    ("usage", "weight"),
    [
        ({}, 0), ({"a": 1}, 4), ({"a": "xy"}, 6), ({"a": True, "b": 2.5}, 8), ({"a": []}, 4),
        ({"a": [1, "x"], "b": {"c": 2}}, 4 + 4 + 5 + 4 + 4),
    ],
)  # fmt: skip
def test_an_event_that_repeats_counts_is_charged_for_them(usage: Any, weight: int) -> None:
    reader: Any = accumulator("gemini")
    reader.add({"usageMetadata": usage})
    for update, new in (({"n": 1}, 2 * CONTAINER + 1), ({"n": 2}, 0), ({**usage, "n": 3}, -weight)):
        size = reader.budget.size
        reader.add({"usageMetadata": update})
        assert reader.budget.size == size + weight + new


@pytest.mark.parametrize(
    ("values", "sizes"),
    [
        (["ab", "abc", ""], [CONTAINER + 2, CONTAINER + 3, CONTAINER + 3]),
        (["ab", 5, True, 1000], [CONTAINER + 2, 1, 1, 3]),
        (["a" * 100, {"b": 1}], [CONTAINER + 100, CONTAINER + CONTAINER + 1 + 1]),
    ],
    ids=["texts", "numbers", "an object for a text"],
)
def test_a_field_is_charged_with_its_key_and_what_it_holds_now(values: list[Any], sizes: list[int]) -> None:
    largest = CONTAINER + len("key") + max(sizes)
    fields, budget = dict[str, Any](), SizeBudget(largest)
    for value, size in zip(values, sizes, strict=True):
        assign(fields, "key", value, budget)
        assert budget.size == CONTAINER + len("key") + size


def test_an_entry_is_charged_with_what_identifies_it() -> None:
    ratings: list[dict[str, Any]] = [{"category": "A"}, {"category": "BCD"}]
    sizes = []
    for given in ([], ratings[:1], ratings):
        fields, budget = dict[str, Any](), SizeBudget(10_000)
        MERGES["safetyRatings"](fields, "safetyRatings", given, budget)
        sizes.append(budget.size)
    for before, after, rating in zip(sizes, sizes[1:], ratings, strict=False):
        copied = SizeBudget(10_000)
        copied.copy(rating)
        assert after - before == CONTAINER + len(rating["category"]) + copied.size


def test_copies_are_new_and_hold_texts() -> None:
    text, entries = Text(), Entries()
    text.add("a")
    entries.by["x"] = {"t": text}
    value = {"l": [text, {"d": [1]}], "e": entries}
    assert to_json(value) == {"l": ["a", {"d": [1]}], "e": [{"t": "a"}]}
    usage: dict[str, Any] = {"n": 1, "l": [{"m": [2]}]}
    made = fresh(usage)
    assert made == usage
    made["l"][0]["m"].append(3)
    assert usage["l"] == [{"m": [2]}]


def test_what_cannot_be_written_is_an_error() -> None:
    assert json_text({"é": [1, 2]}) == '{"é": [1, 2]}'
    assert json_text({"é": [1, 2]}, COMPACT) == '{"é":[1,2]}'
    with pytest.raises(ProtocolError, match=r"expected JSON, got \[Decimal\('1.5'\)\]: Object of type Decimal"):
        json_text([Decimal("1.5")])
