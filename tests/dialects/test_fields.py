"""The fields of a payload."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ProtocolError
from ssemble._dialects.fields import list_in, object_in, text_in, text_or_none


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


def test_objects() -> None:
    assert object_in({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}
    assert object_in({"a": {"b": 5}}, "a", "b") == {}
    assert object_in({"a": 1}) == {"a": 1}


def test_a_text_or_none() -> None:
    assert [text_or_none(value) for value in ("x", "", None, 5)] == ["x", "", None, None]
