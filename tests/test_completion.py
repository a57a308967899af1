"""The typed views of the finished message."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from ssemble import Choice, Completion, IncompleteJSON, JSONTextError, MalformedJSON, Message, MessageStream, ToolCall
from ssemble._completion import copy_json

from .helpers import sse

CALL = ToolCall("c1", "function", "add", '{"a": 1}', _raw={"id": "c1", "function": {"name": "add"}})
SAID = Message(text="t", reasoning="r", refusal="f", tool_calls=(CALL,), _raw={"content": "t", "x": [{"y": 1}]})
WHOLE = Completion(choices=(Choice(2, SAID, "stop", "eos"), Choice(3)), _raw={"choices": [{"index": 2}]})


def test_the_shortcuts_are_those_of_the_first_choice() -> None:
    assert WHOLE.message is SAID
    assert (WHOLE.text, WHOLE.reasoning, WHOLE.refusal, WHOLE.tool_calls) == ("t", "r", "f", (CALL,))
    assert WHOLE.finish_reason == "stop"


def test_an_empty_completion_has_empty_shortcuts() -> None:
    empty = Completion()
    assert (empty.text, empty.reasoning, empty.refusal, empty.tool_calls, empty.finish_reason) == ("", "", "", (), None)
    assert empty.message == Message()
    assert empty.message.role == "assistant"
    assert (empty.complete, empty.dialect, empty.usage, empty.to_dict()) == (False, None, None, {})


@pytest.mark.parametrize("view", [CALL, SAID, WHOLE], ids=lambda view: type(view).__name__)
def test_to_dict_is_fresh_all_the_way_down(view: Any) -> None:
    first = view.to_dict()
    kept = copy.deepcopy(first)
    for value in first.values():
        if isinstance(value, list):
            value[0].clear()
        elif isinstance(value, dict):
            value.clear()
    first["new"] = 1
    assert view.to_dict() == kept


@pytest.mark.parametrize("view", [CALL, SAID, WHOLE, WHOLE.choices[0]], ids=lambda view: type(view).__name__)
def test_views_are_read_only_and_move(view: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(view, dataclasses.fields(view)[0].name, "other")
    for twin in (pickle.loads(pickle.dumps(view)), copy.deepcopy(view)):
        assert twin == view
    assert "_raw" not in repr(view)


@pytest.mark.parametrize("view", [CALL, SAID, WHOLE], ids=lambda view: type(view).__name__)
def test_what_is_compared_is_what_was_said(view: Any) -> None:
    assert dataclasses.replace(view, _raw={"other": 1}) == view
    assert dataclasses.replace(SAID, text="u") != SAID


def test_what_is_not_given_is_empty() -> None:
    call = ToolCall(None, "function", "f", "")
    assert (call.index, call.closed, call.to_dict()) == (0, True, {})
    assert dataclasses.astuple(Choice()) == (0, ("assistant", "", "", "", (), {}), None, None)
    assert dataclasses.astuple(Completion()) == (None, None, None, (), None, None, False, {})


def test_the_fault_itself_is_pointed_at() -> None:
    """The decoder points at the beginning of the value."""
    with pytest.raises(MalformedJSON) as caught:
        ToolCall("c1", "function", "f", '{"a": tru}').parse_arguments()
    assert caught.value.pos == 9
    assert caught.value.__cause__.pos == 6  # type: ignore[union-attr]  # a JSONDecodeError


@pytest.mark.parametrize(
    ("value", "arguments"),
    [
        ({}, ""),
        ({}, " \n"),
        ({"a": 1}, '{"a": 1}'),
        ([1], "[1]"),
        (None, "null"),
        ({"e": "é\ud83d"}, '{"e": "é\\ud83d"}'),
    ],
)
def test_arguments_are_parsed(value: object, arguments: str) -> None:
    call = dataclasses.replace(CALL, arguments=arguments)
    assert call.parse_arguments() == value
    assert call.complete


@pytest.mark.parametrize(
    ("arguments", "kind", "pos", "name", "message"),
    [
        ('{"a": ', IncompleteJSON, 6, "add", "the arguments of 'add' were cut short at character 6: '{\"a\": '"),
        ("{", IncompleteJSON, 1, "f" * 1000, f"the arguments of '{'f' * 79}…' were cut short at character 1: '{{'"),
        ('{"a": 12', IncompleteJSON, 8, "", "the arguments of 'a call' were cut short at character 8: '{\"a\": 12'"),
        ("x", MalformedJSON, 0, "", "the arguments of 'a call' are not JSON at character 0: 'x'"),
        ("{}{}", MalformedJSON, 2, "add", "the arguments of 'add' are not JSON at character 2: '{}{}'"),
    ],
)
@pytest.mark.parametrize("closed", [True, False])
def test_bad_arguments_are_never_guessed(
    arguments: str, kind: type[MalformedJSON], pos: int, name: str, message: str, closed: bool
) -> None:
    call = ToolCall("c1", "function", name, arguments, closed=closed)
    with pytest.raises(kind) as caught:
        call.parse_arguments()
    assert str(caught.value) == f"{message}; ask for them again"
    assert caught.value.pos == pos
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)
    assert not call.complete


def test_what_only_another_decoder_refuses() -> None:
    """The text is whole JSON to `json.loads`; the decoder's own place is told where it has one."""
    call = ToolCall("c1", "function", "f", '{"a": NaN}')
    assert str(call.parse_arguments()) == "{'a': nan}"
    with pytest.raises(MalformedJSON) as caught:
        call.parse_arguments(orjson.loads)
    assert caught.value.pos == caught.value.__cause__.pos  # type: ignore[union-attr]  # a JSONDecodeError
    with pytest.raises(MalformedJSON) as caught:
        call.parse_arguments(int)
    assert (caught.value.pos, type(caught.value.__cause__)) == (0, ValueError)


RAW = '{"text": "two\nlines\tand a \x01"}'
"""Raw control characters in a string, which RFC 8259 forbids and models write."""


def test_raw_control_characters_in_strings_are_read_unless_strict() -> None:
    call = ToolCall("c1", "function", "f", RAW)
    assert call.parse_arguments() == call.parse_arguments(strict=False) == {"text": "two\nlines\tand a \x01"}
    assert call.complete
    with pytest.raises(MalformedJSON) as caught:
        call.parse_arguments(strict=True)
    assert caught.value.pos == RAW.index("\n")
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)


@pytest.mark.parametrize("arguments", [RAW[:20], '{"a": "\n', "{\n", '{"a": "x\n", "b'])
def test_arguments_that_are_cut_behind_a_raw_line_end_are_cut(arguments: str) -> None:
    call = ToolCall("c1", "function", "f", arguments)
    assert not call.complete
    for loads in (None, json.loads, orjson.loads):
        with pytest.raises(IncompleteJSON):
            call.parse_arguments(loads)


def test_another_decoder_decides_for_itself_what_it_takes() -> None:
    call = ToolCall("c1", "function", "f", RAW)
    assert call.parse_arguments(lambda text: ("decoded", text), strict=True) == ("decoded", RAW)
    for strict in (False, True):
        with pytest.raises(MalformedJSON) as caught:
            call.parse_arguments(orjson.loads, strict=strict)
        assert isinstance(caught.value.__cause__, orjson.JSONDecodeError)


@pytest.mark.parametrize("arguments", [RAW, '{"a": 1}', "[", '{"a": "\n', "{}{}", '"\ud83d', "1" * 10_000, "\0", "nul"])
@pytest.mark.parametrize("closed", [True, False])
def test_complete_arguments_are_those_that_can_be_parsed(arguments: str, closed: bool) -> None:
    call = ToolCall("c1", "function", "f", arguments, closed=closed)
    try:
        call.parse_arguments()
    except JSONTextError:
        assert not call.complete
    else:
        assert call.complete is closed


def test_the_value_that_grows_is_the_one_that_is_parsed() -> None:
    stream = MessageStream()
    function = {"name": "f", "arguments": RAW}
    call = {"index": 0, "id": "c1", "type": "function", "function": function}
    stream.feed(sse({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}))
    partial = stream.tool_call(0).partial_arguments
    assert partial.value == partial.close() == json.loads(RAW, strict=False)


@pytest.mark.parametrize("arguments", ["", " \n"])
@pytest.mark.parametrize("loads", [None, json.loads, str.strip])
def test_arguments_that_have_not_begun_when_the_stream_is_cut_are_not_empty(arguments: str, loads: Any) -> None:
    call = ToolCall("c1", "function", "f", arguments, closed=False)
    with pytest.raises(IncompleteJSON):
        call.parse_arguments(loads)
    assert dataclasses.replace(call, closed=True).parse_arguments(loads) == {}


@pytest.mark.parametrize(
    ("pos", "told"), [(None, 0), ("3", 0), (-1, 0), (2.0, 0), (True, 0), (0, 0), (3, 3), (8, 8), (9, 0), (10**30, 0)]
)
def test_a_place_that_a_decoder_tells_is_believed_only_if_it_is_one(pos: object, told: int) -> None:
    class Odd(Exception):
        def __init__(self, one: object, two: object) -> None:
            super().__init__(one, two)
            self.pos = pos

    def refuses(text: str) -> Any:
        raise Odd(1, 2)

    with pytest.raises(MalformedJSON) as caught:
        CALL.parse_arguments(refuses)
    assert (caught.value.pos, type(caught.value.__cause__)) == (told, Odd)


def test_a_long_payload_is_not_quoted_whole() -> None:
    with pytest.raises(JSONTextError) as caught:
        ToolCall("c1", "function", "f", "{" + "x" * 10_000).parse_arguments()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("wrong", ["[" * 100_000, "1" * 10_000, '"\ud83d', "\0"], ids=["deep", "huge", "half", "nul"])
def test_hostile_arguments_raise_only_invalid_json(wrong: str) -> None:
    with pytest.raises(JSONTextError):
        ToolCall("c1", "function", "f", wrong).parse_arguments()


def test_a_decoder_of_the_callers_choice() -> None:
    def refuses(text: str) -> Any:
        raise LookupError(text)

    assert CALL.parse_arguments(lambda text: ("decoded", text)) == ("decoded", '{"a": 1}')
    with pytest.raises(JSONTextError) as caught:
        CALL.parse_arguments(refuses)
    assert isinstance(caught.value.__cause__, LookupError)


@pytest.mark.parametrize(
    ("kind", "arguments", "closed", "complete"),
    [
        ("function", '{"a": 1}', True, True),
        ("function", '{"a": 1}', False, False),
        ("function", '{"a": ', True, False),
        ("function", "", True, True),
        ("custom", "free text {", True, True),
        ("custom", "free text", False, False),
    ],
)
def test_complete_needs_both_the_wire_and_the_text(kind: str, arguments: str, closed: bool, complete: bool) -> None:
    assert ToolCall("c1", kind, "f", arguments, closed=closed).complete is complete


def test_copy_json_shares_nothing_that_can_change() -> None:
    source: Any = {"a": [1, {"b": [None, "x"]}], "c": {}}
    copied = copy_json(source)
    assert copied == source
    source["a"][1]["b"].append(2)
    source["c"]["d"] = 1
    assert copied == {"a": [1, {"b": [None, "x"]}], "c": {}}


@pytest.mark.parametrize("arguments", ["", " ", "\n"])
def test_nothing_is_no_arguments_unless_the_call_was_closed(arguments: str) -> None:
    """A call that was cut behind its name must not be run with ``{}``."""
    call = ToolCall("1", "function", "rm", arguments, closed=False)
    decoders: tuple[Callable[[str], Any], ...] = (json.loads, lambda text: {})
    for loads in decoders:
        with pytest.raises(IncompleteJSON, match="the arguments of 'rm' were cut short"):
            call.parse_arguments(loads)
    assert not call.complete
    assert ToolCall("1", "function", "rm", arguments).parse_arguments() == {}


def test_a_decoder_that_is_wrong_in_itself_is_not_hidden() -> None:
    wrong: Any = json.load
    with pytest.raises(AttributeError):
        ToolCall("c", "function", "f", "{}").parse_arguments(wrong)
