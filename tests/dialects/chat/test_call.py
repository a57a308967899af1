"""One tool call while it arrives."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._dialects.chat.call import Call, is_object
from ssemble._dialects.chat.object_scanner import UNREAD
from ssemble._model.text import JOIN_EVERY


def call(*texts: str, name: str = "f", **fields: Any) -> Call:
    made = Call(0)
    made.name = name
    for key, value in fields.items():
        setattr(made, key, value)
    for text in texts:
        made.append(text)
    return made


@pytest.mark.parametrize(
    ("text", "whole"),
    [("{}", True), (' {"a": {}} ', True), ("{", False), ("", False), ("{}{}", False), ("[1]", False), ('{"}"}', True)],
)
def test_one_closed_object(text: str, whole: bool) -> None:
    assert is_object(text) is whole
    assert call(text).is_complete() is whole


@pytest.mark.parametrize(
    ("texts", "placeholder"),
    [
        (["{}"], True),
        (["{ }"], True),
        ([" {\n} "], True),
        (["{", "}"], False),
        (["{}", " "], False),
        (['{"a": 1}'], False),
        (["[]"], False),
        ([], False),
    ],
    ids=str,
)
def test_what_may_stand_for_arguments_to_come(texts: list[str], placeholder: bool) -> None:
    found = call(*texts)
    assert found.placeholder is found.uncertain is placeholder
    assert not call(*texts, custom=True).placeholder
    found.take_pending()
    assert not found.placeholder, "what was told is not replaced"


@pytest.mark.parametrize(
    ("texts", "restated", "whole"),
    [
        (['{"a"'], False, False),
        (['{"a"', '{"a": 1'], True, False),
        (['{"a"', '{"a": 1}'], True, True),
        (['{"a"', '{"a": 1}', '{"a": 1}'], True, True),
        (['{"a"', '{"a": 1}', "}"], False, False),
        (['{"a"', ": 1}", '{"a": 1}'], False, False),
        (["[1", "[1]"], False, False),
    ],
    ids=str,
)
def test_fragments_that_begin_with_the_one_before(texts: list[str], restated: bool, whole: bool) -> None:
    found = call(*texts)
    assert (found.restated, found.newest_is_complete(), found.newest_is_complete()) == (restated, whole, whole)
    assert found.arguments.to_json() == "".join(texts), "till the end, nobody knows"
    assert not call(*texts, custom=True).restated


@pytest.mark.parametrize("told", [False, True])
def test_the_last_of_them_is_taken(told: bool) -> None:
    found = call('{"a"')
    before = found.take_pending() if told else ""
    found.append('{"a": 1}')
    assert found.take_newest() == len('{"a"')
    assert before + found.take_pending() == found.arguments.to_json() == '{"a": 1}'
    assert found.scanner.is_closed()
    assert not found.restated


def test_fragments_are_read_before_they_are_too_many() -> None:
    assert len(call(*["x"] * (UNREAD - 1)).scanner.unread) == UNREAD - 1
    assert call(*["x"] * UNREAD).scanner.unread == []


def test_what_is_held_is_packed_and_told_once() -> None:
    found = call(*["x"] * (JOIN_EVERY + 5))
    assert (found.joined_count, len(found.pending)) == (1, 6)
    assert found.take_pending() == "x" * (JOIN_EVERY + 5)
    assert (found.take_pending(), found.joined_count, found.pending) == ("", 0, [])


def test_a_view_has_what_was_told() -> None:
    found = call("[1", ", 2")
    assert found.partial_json().raw == ""
    found.take_pending()
    assert found.partial_json().raw == "[1, 2"
    found.append("]")
    found.take_pending()
    assert found.partial_json().value == [1, 2]
    late = call("[1")
    late.take_pending()
    assert late.partial_json().raw == "[1"


def test_what_is_forgotten() -> None:
    found = call("{}")
    found.clear()
    found.append("[1")
    assert (found.arguments.to_json(), found.take_pending(), found.is_complete()) == ("[1", "[1", False)


# what the call has, the name and arguments that come
@pytest.mark.parametrize(
    ("texts", "name", "arguments", "begins"),
    [
        (['{"a": 1}'], "g", '{"b"', True),
        (['{"a": 1}'], "g", "", True),
        (['{"a": 1}'], "g", " ", False),
        (['{"a": 1}'], "f", '{"b": 2}', False),
        (['{"a"', '{"a": 1}'], "g", '{"a": 1}', False),
        (['{"a"', '{"a": 1}'], "g", '{"b": 1}', True),
    ],
    ids=str,
)
def test_whether_one_id_is_of_two_calls(texts: list[str], name: str, arguments: str, begins: bool) -> None:
    assert call(*texts).another_begins(name, arguments) is begins


@pytest.mark.parametrize(
    ("texts", "own", "id", "name", "arguments", "announced", "begins"),
    [
        (['{"a": 1}'], None, "", "f", '{"b"', True, True),
        (['{"a": 1}'], None, "1", "f", '{"b"', True, False),
        (['{"a": 1}'], None, "1", "g", '{"b"', True, True),
        (['{"a": 1}'], None, "", "g", "", True, False),
        (['{"a"'], None, "", "g", "", True, False),
        ([], None, "", "g", "", True, True),
        ([], None, "", "g", "", False, False),
        ([], None, "", "fg", "", True, False),
        ([], "1", "", "g", "", True, False),
        (['{"a"', '{"a": 1}'], None, "", "f", '{"a": 1}', True, False),
        (['{"a"', '{"a": 1}'], None, "", "f", '{"b": 1}', True, True),
    ],
    ids=str,
)
def test_whether_the_next_call_begins_at_one_index(
    texts: list[str], own: str | None, id: str, name: str, arguments: str, announced: bool, begins: bool
) -> None:
    assert call(*texts, id=own).next_begins(id, name, arguments, announced) is begins
    assert not call(name="").next_begins(id, name, arguments, announced)


@pytest.mark.parametrize(
    ("fields", "foreign", "real", "plain"),
    [
        ({}, False, False, {"id": None, "type": "function", "function": {"name": "", "arguments": ""}}),
        ({"id": "1"}, False, True, {"id": "1", "type": "function", "function": {"name": "", "arguments": ""}}),
        ({"type": "t"}, True, False, {"id": None, "type": "t"}),
        ({"type": "t", "id": "1"}, True, True, {"id": "1", "type": "t"}),
        ({"type": "t", "extras": {"t": {"q": 1}}}, True, True, {"id": None, "type": "t", "t": {"q": 1}}),
        ({"type": "t", "name": "f"}, False, True, {"id": None, "type": "t", "function": {"name": "f", "arguments": ""}}),
        ({"type": "t", "inner": {"x": 1}}, False, False, {"id": None, "type": "t", "function": {"name": "", "arguments": "", "x": 1}}),
        ({"custom": True}, False, True, {"id": None, "type": "custom", "custom": {"name": "", "input": ""}}),
    ],
    ids=str,
)  # fmt: skip
def test_shapes(fields: dict[str, Any], foreign: bool, real: bool, plain: dict[str, Any]) -> None:
    found = call(**{"name": "", **fields})
    assert (found.foreign, found.real, found.to_json()) == (foreign, real, plain)
    assert found.view().to_dict() == plain
    assert (found.view().index, found.view().closed) == (0, False)
