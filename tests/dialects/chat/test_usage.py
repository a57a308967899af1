"""Token counts, merged."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ssemble import LimitExceeded, ProtocolError
from ssemble._dialects.chat.usage import MAX_COUNTS, merge_usage
from ssemble._model.budget import MAX_DEPTH, SizeBudget

from ...helpers import WRONG, nested, replaced


def merged(*updates: Any, limit: int = 10**9) -> dict[str, Any] | None:
    """Merge updates one after the other; nothing handed in is changed."""
    budget = SizeBudget(limit)
    total: dict[str, Any] | None = None
    for update in updates:
        before = copy.deepcopy((total, update))
        after = merge_usage(total, update, budget)
        assert repr((total, update)) == repr(before)
        total = after
    return total


USAGE: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "the last wins": ([{"total_tokens": 1}, {"total_tokens": 3}], {"total_tokens": 3}),
    "key by key": ([{"a": 1, "b": 1}, {"b": 2}], {"a": 1, "b": 2}),
    "zero takes nothing back": ([{"a": 1}, {"a": 0}], {"a": 1}),
    "zeros take nothing back": ([{"a": 1, "b": {"c": 2}}, {"a": 0, "b": {"c": 0}}], {"a": 1, "b": {"c": 2}}),
    "a zero beside a count that is said again": (
        [
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 0, "written": 8}},
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 8, "written": 0}},
        ],
        {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 8, "written": 0}},
    ),
    "a zero beside a count of its own object": (
        [{"d": {"a": 9, "b": 2}}, {"d": {"a": 9, "b": 0}}],
        {"d": {"a": 9, "b": 0}},
    ),
    "a zero beside a count said again under another name": (
        [{"input_tokens": 9, "cache_read_input_tokens": 7}, {"input_tokens": 9, "cache_read_input_tokens": 0}],
        {"input_tokens": 9, "cache_read_input_tokens": 0},
    ),
    "a zero beside a count of another group": (
        [{"prompt_tokens": 9, "completion_tokens": 1}, {"prompt_tokens": 0, "completion_tokens": 7}],
        {"prompt_tokens": 9, "completion_tokens": 7},
    ),
    "zeros of one group beside another": (
        [
            {"prompt_tokens": 9, "completion_tokens": 4, "completion_tokens_details": {"reasoning_tokens": 3}},
            {"prompt_tokens": 9, "completion_tokens": 0, "completion_tokens_details": {"reasoning_tokens": 0}},
        ],
        {"prompt_tokens": 9, "completion_tokens": 4, "completion_tokens_details": {"reasoning_tokens": 3}},
    ),
    "a fall back to another provider": (
        [
            {"prompt_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 900}},
            {"prompt_tokens": 1002, "prompt_tokens_details": {"cached_tokens": 0}},
        ],
        {"prompt_tokens": 1002, "prompt_tokens_details": {"cached_tokens": 0}},
    ),
    "false and null are no counts": (
        [{"prompt_tokens": 9, "prompt_x": 2, "prompt_y": 2}, {"prompt_tokens": 9, "prompt_x": False, "prompt_y": None}],
        {"prompt_tokens": 9, "prompt_x": 2, "prompt_y": 2},
    ),
    "a zero where an object was": ([{"d": {"a": 9}, "e": 1}, {"d": 0, "e": 1}], {"d": {"a": 9}, "e": 1}),
    "null takes nothing back": ([{"a": {"b": 1}}, {"a": None}], {"a": {"b": 1}}),
    "zero is kept": ([{"a": 0, "b": None}], {"a": 0, "b": None}),
    "null gives way to zero": ([{"a": None}, {"a": 0}], {"a": 0}),
    "nested": ([{"a": {"b": 1, "c": 1}}, {"a": {"c": 2}}], {"a": {"b": 1, "c": 2}}),
    "object over number": ([{"a": 1}, {"a": {"b": 2}}], {"a": {"b": 2}}),
    "number over object": ([{"a": {"b": 2}}, {"a": 1}], {"a": 1}),
    "split over chunks": (
        [{"prompt_tokens": 5, "total_tokens": 5}, {"completion_tokens": 3, "total_tokens": 3}],
        {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8},
    ),
    "a total that is told stays": (
        [{"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 2}],
        {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 2},
    ),
    "a larger total stays": (
        [{"prompt_tokens": 5, "total_tokens": 90}, {"completion_tokens": 3}],
        {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 90},
    ),
    "no numbers": (
        [{"prompt_tokens": "5", "completion_tokens": 3, "total_tokens": 3}, {"x": True}],
        {"prompt_tokens": "5", "completion_tokens": 3, "total_tokens": 3, "x": True},
    ),
}


@pytest.mark.parametrize(("updates", "usage"), USAGE.values(), ids=list(USAGE))
def test_usage(updates: list[dict[str, Any]], usage: dict[str, Any]) -> None:
    assert merged(*updates) == usage


def test_what_was_handed_in_is_not_kept() -> None:
    source: dict[str, Any] = {"a": {"b": [1, {"c": 2}]}}
    usage = merge_usage(None, source, SizeBudget(100))
    source["a"]["b"][1]["c"] = 3
    assert usage == {"a": {"b": [1, {"c": 2}]}}


def test_depth_is_bounded() -> None:
    merged({"a": nested(MAX_DEPTH - 5, key="a")}, {"a": nested(MAX_DEPTH - 5)})
    for depth in (500, 100_000):
        for deep in (nested(depth, key="a"), {"a": nested(depth)}, {"a": [1, {"b": nested(depth)}]}):
            with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
                merge_usage({"a": {"b": 1}}, deep, SizeBudget(10**9))


@pytest.mark.parametrize(
    ("usage", "deepest"),
    [
        (lambda depth: nested(depth, key="a"), MAX_DEPTH + 1),
        (lambda depth: {"a": nested(depth)}, MAX_DEPTH),
        (lambda depth: {"a": [1, {"b": nested(depth)}]}, MAX_DEPTH - 2),
    ],
    ids=["objects", "lists", "objects in lists"],
)
def test_so_deep_and_no_deeper(usage: Any, deepest: int) -> None:
    merge_usage({"a": {"b": 1}}, usage(deepest), SizeBudget(10**9))
    with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
        merge_usage({"a": {"b": 1}}, usage(deepest + 1), SizeBudget(10**9))


def flat(update: dict[str, int]) -> list[dict[str, Any]]:
    return [update]


def one_by_one(update: dict[str, int]) -> list[dict[str, Any]]:
    return [{key: value} for key, value in update.items()]


def inside(update: dict[str, int]) -> list[dict[str, Any]]:
    return [{"details": update}]


def listed(update: dict[str, int]) -> list[dict[str, Any]]:
    return [{"details": list(update.values())}]


@pytest.mark.parametrize("shape", [flat, one_by_one, inside, listed])
def test_the_number_of_counts_is_bounded(shape: Any) -> None:
    counts = {f"k{number}": 1 for number in range(MAX_COUNTS + 1)}
    few = dict(list(counts.items())[: MAX_COUNTS - 5])
    assert merged(*shape(few)) is not None
    with pytest.raises(ProtocolError, match=f"expected at most {MAX_COUNTS} counts in usage, got more") as caught:
        merged(*shape(counts))
    assert caught.value.where == "$.usage"


@pytest.mark.parametrize(
    "place", [lambda text: {"a": text}, lambda text: {"a": {"b": text}}, lambda text: {"a": [text]}]
)
def test_long_texts_count(place: Any) -> None:
    merged(place("x" * MAX_COUNTS), place("x" * MAX_COUNTS), limit=10)
    merged(place("x" * 5000), limit=5000)
    with pytest.raises(LimitExceeded) as caught:
        merged(place("x" * 5001), limit=5000)
    assert (caught.value.what, caught.value.limit) == ("max_message_size", 5000)


def test_long_names_count() -> None:
    merged({"x" * MAX_COUNTS: 1}, limit=1)
    merged({"x" * 5000: 1}, limit=5000)
    merged({"x" * 5000: 1}, {"a": 1}, limit=5010)  # once
    with pytest.raises(LimitExceeded):
        merged({"x" * 5000: 1}, limit=4999)


def test_wrong_values_in_every_place() -> None:
    sound = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8, "details": {"cached": 1, "by": [1]}}
    for broken in replaced(sound, WRONG):
        if isinstance(broken, dict):
            merged(broken, sound, broken)
            merged(sound, broken, sound)


def test_so_many_counts_and_no_more() -> None:
    names = {f"k{number}": 1 for number in range(256)}
    assert merged(names) == names
    with pytest.raises(ProtocolError, match="expected at most 256 counts in usage, got more"):
        merged(names, {"one more": 1})
    assert merged({"by": [0] * 255})
    with pytest.raises(ProtocolError, match="expected at most 256 counts in usage, got more"):
        merged({"by": [0] * 256})


@pytest.mark.parametrize("empty", ["", [], {}], ids=repr)
def test_what_is_empty_is_there_but_takes_nothing_back(empty: Any) -> None:
    assert merged({"x": empty}) == {"x": empty}
    assert merged({"x": "a"}, {"x": empty}) == {"x": "a"}
    assert merged({"x": {"a": 1}}, {"x": empty}) == {"x": {"a": 1}}


def test_no_number_comes_out_that_is_longer_than_those_that_came_in() -> None:
    counts = {"prompt_tokens": 10**4300 - 1, "completion_tokens": 10**4300 - 1, "total_tokens": 1}
    for update in flat(counts), one_by_one(counts):
        assert json.dumps(merged(*update)) == json.dumps(counts)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({"a": 1, "b": {"c": 2}}, {"a": 1}),
        ({"a": 1, "b": {"c": 2}}, {"b": {"c": 2}, "a": 0}),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}),
        ({"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}, {"total_tokens": 3}),
    ],
    ids=str,
)
def test_what_is_said_again_is_the_same(first: dict[str, Any], again: dict[str, Any]) -> None:
    budget = SizeBudget(10**9)
    usage = merge_usage(None, first, budget)
    before = budget.size
    assert merge_usage(usage, again, budget) is usage
    assert budget.size == before


@pytest.mark.parametrize(
    "other", [{"a": True}, {"a": 1.0}, {"a": [1]}, {"a": 2}, {"a": 1, "b": 1}, {"a": {"b": 1}}], ids=str
)
def test_what_is_equal_but_not_the_same_is_new(other: dict[str, Any]) -> None:
    usage = merge_usage(None, {"a": 1}, SizeBudget(10**9))
    assert repr(merge_usage(usage, other, SizeBudget(10**9))) == repr(other)
    for one, two in ((0.5, -0.5), ([1, 2], [1, True]), ([1, 2], [1]), ({"b": 1}, {"c": 1})):
        usage = merge_usage(None, {"a": one}, SizeBudget(10**9))
        assert merge_usage(usage, {"a": two}, SizeBudget(10**9)) is not usage


def test_an_update_of_a_few_counts_what_is_handed_out_with_it() -> None:
    """Each update is handed out whole: one of 200 counts for each of a few bytes."""
    budget = SizeBudget(10**9)
    usage = merge_usage(None, {f"k{number}": 1 for number in range(200)}, budget)
    for number in range(2, 5):
        before = budget.size
        usage = merge_usage(usage, {"k0": number}, budget)
        assert budget.size == before + 4 * 199
    whole = dict.fromkeys(usage, 9)
    before = budget.size
    assert merge_usage(usage, whole, budget) == whole
    assert budget.size == before


def test_keys_are_text() -> None:
    for update in ({1: 2}, {"a": {1: 2}}, {"a": [{1: 2}]}):
        with pytest.raises(ProtocolError, match="expected a key of type str"):
            merge_usage(None, update, SizeBudget(10**9))  # type: ignore[arg-type]  # that is the point


WORDS = {
    "prompt": ("prompt", "input", "cache", "cached"),
    "completion": ("completion", "output", "reasoning", "accepted", "rejected"),
}


@pytest.mark.parametrize(("group", "word"), [(group, word) for group, words in WORDS.items() for word in words])
def test_a_zero_counts_beside_what_is_counted_with_it(group: str, word: str) -> None:
    for other in WORDS:
        old = {f"{word}_a": 5, f"{other}_b": 7}
        merged = merge_usage(old, {f"{word}_a": 0, f"{other}_b": 8}, SizeBudget(1000))
        assert merged == {f"{word}_a": 0 if other == group else 5, f"{other}_b": 8}


def test_a_zero_of_an_unknown_name_counts_only_beside_itself() -> None:
    old = {"odd_a": {"x": 5, "y": 6}, "prompt_tokens": 7}
    assert merge_usage(old, {"odd_a": {"x": 0}, "prompt_tokens": 8}, SizeBudget(1000))["odd_a"] == {"x": 5, "y": 6}
    assert merge_usage(old, {"odd_a": {"x": 0, "y": 1}}, SizeBudget(1000))["odd_a"] == {"x": 0, "y": 1}


class Name(str):
    """As another decoder may make them."""

    __slots__ = ()


@pytest.mark.parametrize(("name", "charged"), [("n" * 256, 0), ("n" * 257, 257), (Name("ab"), 2)])
def test_an_unusual_name_is_charged(name: str, charged: int) -> None:
    budget = SizeBudget(1000)
    merge_usage(None, {"a": {name: 1, "b": 2}}, budget)
    assert budget.size == charged
