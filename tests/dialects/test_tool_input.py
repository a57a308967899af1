"""The arguments of calls that arrive as JSON text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble._dialects.tool_input import as_text, is_whole, parse_input, says


@pytest.mark.parametrize(
    ("json_text", "value"),
    [
        ('{"a": "x"}', {"a": "x"}),
        ('{"a": "x", "b": "y', {"a": "x"}),
        ('{"a": ["x", "y', {"a": ["x"]}),
        ('{"a": {"b": 12', {"a": {}}),
        ('{"a": 1, "b": tru', {"a": 1}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": "x\\u22co"}', {}),
        ('{"a": "x\ny"}', {}),
        ("{}{}", {}),
        ("[1", {}),
        ('"x', {}),
        ("", {}),
        ('{"a":' + "[" * 200 + "]" * 200 + "}", {}),
        ('{"a":' + "[" * 200, {}),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", {}),
    ],
)
def test_input_so_far(json_text: str, value: Any) -> None:
    assert parse_input(json_text) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_input_is_read_back(value: Any) -> None:
    assert parse_input(as_text({"a": value})) == {"a": value}


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text()), max_size=3), st.data())
def test_every_prefix_of_an_input_is_an_object(value: Any, data: Any) -> None:
    whole = json.dumps(value)
    cut = data.draw(st.integers(0, len(whole)))
    so_far = parse_input(whole[:cut])
    for key, item in so_far.items():
        assert item == value[key] or (isinstance(item, list) and item == value[key][: len(item)])


@pytest.mark.parametrize(
    ("json_text", "whole"), [("{}", True), ("[1]", True), ('{"a', False), ("", False), ("[" * 100_000, False)]
)
def test_whole_text(json_text: str, whole: bool) -> None:
    assert is_whole(json_text) == whole


def test_arguments_that_came_as_text_are_not_written_again() -> None:
    assert as_text('{"a":1}') == '{"a":1}'
    assert json.loads(as_text({"a": {1, 2}}))["a"]


@pytest.mark.parametrize(
    ("json_text", "value", "same"),
    [('{"a": 1}', {"a": 1}, True), ('{"a": 2}', {"a": 1}, False), ('{"a', {}, False), ("[" * 100_000, [], False)],
)
def test_what_a_text_says(json_text: str, value: Any, same: bool) -> None:
    assert says(json_text, value) == same
