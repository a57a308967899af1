"""What is nested, written as a list without nesting."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._model.flat import flatten, unflatten

from ..helpers import nested


class Node:
    """A machine that holds others."""

    __slots__ = ("inner", "name")

    def __init__(self, inner: Any = None, name: str = "") -> None:
        self.inner = inner
        self.name = name


def depth(value: Any) -> int:
    if not isinstance(value, (dict, list, tuple)):
        return 0
    return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)


@pytest.mark.parametrize("key", ["", "a"])
def test_nothing_is_nested_any_more(key: str) -> None:
    tree = {"x": nested(50, key=key), "y": [1, "a", None, {"b": 2.5}]}
    flat = flatten(tree, Node)
    assert depth(flat) == 4, "the list, its rows, what one holds, and the places in that"
    assert unflatten(flat, Node) == tree


def test_machines_are_made_again() -> None:
    tree = {"x": [Node({"y": Node([1], "deep")}, "top")]}
    (top,) = unflatten(flatten(tree, Node), Node)["x"]
    assert (type(top), top.name) == (Node, "top")
    assert (top.inner["y"].name, top.inner["y"].inner) == ("deep", [1])


def test_what_is_shared_stays_shared() -> None:
    entry: dict[str, Any] = {"a": [1]}
    tree = unflatten(flatten({"items": [entry, entry], "last": {0: entry}}, Node), Node)
    tree["items"][0]["b"] = 2
    assert tree == {"items": [{"a": [1], "b": 2}] * 2, "last": {0: {"a": [1], "b": 2}}}


def test_both_sides_go_on_by_themselves() -> None:
    tree: dict[str, Any] = {"x": [{"y": [1]}]}
    twin = unflatten(flatten(tree, Node), Node)
    twin["x"][0]["y"].append(2)
    assert tree == {"x": [{"y": [1]}]}


def test_other_values_are_left_as_they_are() -> None:
    odd = object()
    assert unflatten(flatten({"x": odd, "y": {1}}, Node), Node) == {"x": odd, "y": {1}}
