"""Copies of JSON."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._copied import copied

from .helpers import nested

VALUE = {"a": [1, {"b": [2, {}]}], "c": {"d": {"e": None}}}


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, VALUE, [[{"a": [1]}]]])
def test_a_copy_is_equal_and_shares_nothing(value: Any) -> None:
    copy = copied(value)
    assert copy == value
    before = repr(value)
    for inner in copy if isinstance(copy, list) else copy.values() if isinstance(copy, dict) else ():
        if isinstance(inner, (list, dict)):
            inner.clear()
    assert repr(value) == before


def test_a_copy_may_be_deep() -> None:
    deep = copied(nested(50_000))
    for _ in range(50_000):
        deep = deep[0]
    assert deep == 0
