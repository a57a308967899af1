"""The provider's object while it arrives."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from ssemble import LimitExceeded
from ssemble._dialects.live_call import LiveCall
from ssemble._dialects.tree import UNKNOWN, Arguments, Blocks, Said, assign, fill, is_same, leaves, to_json
from ssemble._model.budget import SizeBudget
from ssemble._model.text import Text

from ..strategies import json_values


def said(text: str, kind: Any = "text") -> Said:
    made = Said(kind)
    made.add(text)
    return made


def blocks(*items: tuple[int, Any]) -> Blocks:
    made = Blocks()
    for index, item in items:
        made.add(index, item)
    return made


@given(json_values)
def test_plain_json_is_copied(value: Any) -> None:
    copied = to_json(value)
    assert json.dumps(copied) == json.dumps(value)
    assert copied is not value or not isinstance(value, (dict, list))


def test_leaves_become_json() -> None:
    text = Text()
    text.add("raw")
    tree: dict[str, Any] = {
        "a": said("x"),
        "b": [said("y", ""), {"c": text}],
        "d": blocks((1, {"n": 1}), (0, {"n": said("z")}), (1, {"n": 2})),
    }
    assert to_json(tree) == {"a": "x", "b": ["y", {"c": "raw"}], "d": [{"n": "z"}, {"n": 1}, {"n": 2}]}
    moved = pickle.loads(pickle.dumps(tree))
    copied = copy.deepcopy(tree)
    tree["a"].add("!")
    assert to_json(moved) == to_json(copied) == {**to_json(tree), "a": "x"}


def test_leaves_are_found_in_the_order_of_the_object() -> None:
    inner, raw = said("b"), Text()
    tree = {"a": [said("a")], "d": blocks((7, {"t": said("c")}), (3, {"t": inner})), "e": {"f": 5, "g": [1, raw]}}
    assert [leaf.to_json() for leaf, _ in leaves(tree)] == ["a", "b", "c"]
    assert [above for leaf, above in leaves(tree) if leaf is inner] == [(tree, {"t": inner})]


@pytest.mark.parametrize(
    ("given_before", "parsed", "text", "value"),
    [
        ({}, True, None, {}),
        ({"a": 1}, True, None, {"a": 1}),
        ({"a": 1}, True, '{"b": 2', {}),
        ("", False, None, ""),
        ("", False, '{"b', '{"b'),
        ('{"a": 1}', True, None, '{"a": 1}'),
        (None, True, None, None),
    ],
)
def test_arguments(given_before: Any, parsed: bool, text: str | None, value: Any) -> None:
    for call in (None, LiveCall(0, "t", "f", "function")):
        arguments = Arguments(call, given_before, parsed)
        if text is not None:
            arguments.streamed = True
            arguments.text.add(text)
        assert to_json({"x": arguments}) == {"x": value}
        assert call is None or call.arguments is arguments.text


def test_arguments_of_which_nothing_is_known_are_absent() -> None:
    arguments = Arguments(None, UNKNOWN, True)
    assert to_json({"x": arguments, "y": 1}) == {"y": 1}
    arguments.streamed = True
    assert to_json({"x": arguments}) == {"x": {}}


def test_an_index_is_a_key() -> None:
    many = blocks(*[(5, {"n": number}) for number in range(9)], (-1, {}))
    assert [block["n"] for block in many.at(5)] == [8, 7, 6, 5], "the newest first, and a few only"
    assert many.at(0) == []
    assert (5 in many, 0 in many, len(many)) == (True, False, 2)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("x", "x", True), ("x", "y", False), (1, 1, True), (1, True, False), (1, 1.0, False), (0.0, -0.0, False),
        (2.5, 2.5, True), (None, None, True), ([], [], False), ({"a": 1}, {"a": 1}, False),
    ],
)  # fmt: skip
def test_what_is_the_same(old: Any, new: Any, same: bool) -> None:
    assert is_same(old, new) == same


@pytest.mark.parametrize(
    ("old", "new", "kept", "changed"),
    [
        ("x", "y", "y", True), ("x", "x", "x", False), ("x", None, "x", False), ("x", "", "x", False),
        ([1], [], [1], False), ({"a": 1}, {}, {"a": 1}, False), (1, 0, 0, True), ("", "x", "x", True),
        ([1], [1], [1], True), (None, "x", "x", True),
    ],
)  # fmt: skip
def test_assigned_values(old: Any, new: Any, kept: Any, changed: bool) -> None:
    budget = SizeBudget(1000)
    fields = {"k": old}
    assign(fields, "k", new, budget)
    assert fields == {"k": kept}
    assert bool(budget.epoch) == changed


def test_assigned_values_are_copies_and_are_charged() -> None:
    budget = SizeBudget(200)
    value, fields = {"a": [1]}, dict[str, Any]()
    for _ in range(50):
        assign(fields, "k", value, budget)
    assert fields == {"k": value}
    assert fields["k"] is not value
    with pytest.raises(LimitExceeded):
        assign(fields, "l", "x" * 300, budget)
    with pytest.raises(LimitExceeded):
        fill(fields, dict.fromkeys(map(str, range(50))), budget)


def test_null_fills_what_is_missing() -> None:
    budget = SizeBudget(1000)
    fields: dict[str, Any] = {"a": 1}
    fill(fields, {"a": None, "b": None, "c": 5}, budget)
    assert (fields, budget.epoch) == ({"a": 1, "b": None}, 1)
