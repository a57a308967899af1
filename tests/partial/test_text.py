"""JSON that a model wrote: the arguments of a call, or a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from ssemble import IncompleteJSON, JSONTextError, MalformedJSON, Message, ToolCall

Reader = Callable[..., Any]


def arguments(text: str, *args: Any, **kwargs: Any) -> Any:
    return ToolCall("c1", "function", "f", text).parse_arguments(*args, **kwargs)


def cut_arguments(text: str, *args: Any, **kwargs: Any) -> Any:
    return ToolCall("c1", "function", "f", text, closed=False).parse_arguments(*args, **kwargs)


def message(text: str, *args: Any, **kwargs: Any) -> Any:
    return Message(text=text).parse_json(*args, **kwargs)


@pytest.fixture(params=[arguments, message], ids=lambda reader: reader.__name__)
def parse(request: pytest.FixtureRequest) -> Reader:
    reader: Reader = request.param
    return reader


VALUES = [('{"a": 1}', {"a": 1}), (" [1]\n", [1]), ("null", None), ("1", 1), ('{"e": "é\\ud83d"}', {"e": "é\ud83d"})]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_json_is_decoded(parse: Reader, text: str, value: object) -> None:
    assert parse(text) == parse(text, json.loads) == parse(text, strict=True) == value


@pytest.mark.parametrize(
    ("text", "kind", "pos", "words"),
    [
        ('{"a": ', IncompleteJSON, 6, "cut short at character 6: '{\"a\": '"),
        ("{", IncompleteJSON, 1, "cut short at character 1: '{'"),
        ('{"a": 12', IncompleteJSON, 8, "cut short at character 8: '{\"a\": 12'"),
        ("x", MalformedJSON, 0, "not JSON at character 0: 'x'"),
        ("{}{}", MalformedJSON, 2, "not JSON at character 2: '{}{}'"),
        ('{"a": tru}', MalformedJSON, 9, "not JSON at character 9: '{\"a\": tru}'"),
    ],
)
@pytest.mark.parametrize("loads", [None, json.loads], ids=["", "json.loads"])
@pytest.mark.parametrize("parse", [arguments, cut_arguments, message])
def test_bad_text_is_never_guessed(
    parse: Reader, loads: Any, text: str, kind: type[JSONTextError], pos: int, words: str
) -> None:
    with pytest.raises(kind) as caught:
        parse(text, loads)
    what = "the text is" if parse is message else "the arguments of 'f' are"
    assert str(caught.value) == f"{what} {words}; ask the model again"
    assert caught.value.pos == pos
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)


@pytest.mark.parametrize("loads", [None, json.loads, lambda text: 5], ids=["", "json", "lenient"])
def test_whole_arguments_of_an_open_call_are_no_value(loads: Any) -> None:
    """More may have been to come: by SPEC section 9.2, only a closed call may be run."""
    for text in ('{"a": 1}', "[]", "5"):
        with pytest.raises(
            IncompleteJSON, match="'f' are whole so far, but the provider did not close the call"
        ) as caught:
            cut_arguments(text, loads)
        assert caught.value.pos == len(text)
        call = ToolCall("c1", "function", "f", text, closed=False)
        assert (call.complete, call.arguments_or_text()) == (False, json.loads(text))


@pytest.mark.parametrize("text", ["", " ", "\n"])
@pytest.mark.parametrize("loads", [None, json.loads, str.strip, lambda text: {}], ids=["", "json", "strip", "lenient"])
@pytest.mark.parametrize("parse", [cut_arguments, message])
def test_a_blank_text_is_no_value(parse: Reader, text: str, loads: Any) -> None:
    with pytest.raises(IncompleteJSON) as caught:
        parse(text, loads)
    assert caught.value.pos == len(text)


RAW = '{"text": "two\nlines\tand a \x01"}'
"""Raw control characters in a string, which RFC 8259 forbids and models write."""


def test_raw_control_characters_in_strings_are_read_unless_strict(parse: Reader) -> None:
    assert parse(RAW) == parse(RAW, strict=False) == {"text": "two\nlines\tand a \x01"}
    with pytest.raises(MalformedJSON) as caught:
        parse(RAW, strict=True)
    assert caught.value.pos == RAW.index("\n")
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)


@pytest.mark.parametrize("text", [RAW[:20], '{"a": "\n', "{\n", '{"a": "x\n", "b'])
@pytest.mark.parametrize("loads", [None, json.loads, orjson.loads], ids=["", "json", "orjson"])
def test_text_cut_after_a_raw_line_end_is_incomplete(parse: Reader, text: str, loads: Any) -> None:
    with pytest.raises(IncompleteJSON):
        parse(text, loads)


def test_another_decoder_decides_for_itself_what_it_takes(parse: Reader) -> None:
    assert parse(RAW, lambda text: ("decoded", text), strict=True) == ("decoded", RAW)
    for strict in (False, True):
        with pytest.raises(MalformedJSON) as caught:
            parse(RAW, orjson.loads, strict=strict)
        assert isinstance(caught.value.__cause__, orjson.JSONDecodeError)


def test_what_only_another_decoder_refuses(parse: Reader) -> None:
    """The text is complete JSON to `json.loads`; the decoder's own place is given where it has one."""
    text = '{"a": NaN}'
    assert str(parse(text)) == "{'a': nan}"
    with pytest.raises(MalformedJSON) as caught:
        parse(text, orjson.loads)
    assert caught.value.pos == caught.value.__cause__.pos  # type: ignore[union-attr]  # a JSONDecodeError
    with pytest.raises(MalformedJSON) as caught:
        parse(text, int)
    assert (caught.value.pos, type(caught.value.__cause__)) == (0, ValueError)


def test_the_fault_itself_is_pointed_at(parse: Reader) -> None:
    """The decoder points at the beginning of the value."""
    with pytest.raises(MalformedJSON) as caught:
        parse('{"a": tru}')
    assert caught.value.pos == 9
    assert caught.value.__cause__.pos == 6  # type: ignore[union-attr]  # a JSONDecodeError


@pytest.mark.parametrize(
    ("pos", "told"), [(None, 0), ("3", 0), (-1, 0), (2.0, 0), (True, 0), (0, 0), (3, 3), (8, 8), (9, 0), (10**30, 0)]
)
def test_a_place_that_a_decoder_gives_is_used_only_if_it_is_one(parse: Reader, pos: object, told: int) -> None:
    class Odd(Exception):
        def __init__(self, one: object, two: object) -> None:
            super().__init__(one, two)
            self.pos = pos

    def refuses(text: str) -> Any:
        raise Odd(1, 2)

    with pytest.raises(MalformedJSON) as caught:
        parse('{"a": 1}', refuses)
    assert (caught.value.pos, type(caught.value.__cause__)) == (told, Odd)


@pytest.mark.parametrize("wrong", ["[" * 100_000, "1" * 10_000, '"\ud83d', "\0"], ids=["deep", "huge", "half", "nul"])
def test_hostile_text_raises_nothing_but_json_text_errors(parse: Reader, wrong: str) -> None:
    with pytest.raises(JSONTextError) as caught:
        parse(wrong)
    assert len(str(caught.value)) < 200


def test_a_decoder_that_is_wrong_in_itself_is_not_hidden(parse: Reader) -> None:
    with pytest.raises(AttributeError):
        parse("{}", json.load)
