"""Errors that a server reports inside the stream."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ssemble import ProviderError
from ssemble._payloads.server_errors import (
    DEEPEST,
    from_page,
    from_value,
    is_error_name,
    is_merged,
    reported_error,
    unescaped_error,
)

from ..helpers import MOVES, WRONG, nested, replaced

# payload -> what the error holds, and its words
REPORTED: dict[str, tuple[str, Any, Any, str]] = {
    "object": ("message", {"error": {"message": "busy", "code": 5}}, {"message": "busy", "code": 5}, "busy"),
    "text": ("message", {"error": "busy"}, {"message": "busy"}, "busy"),
    "text, with a status_code": (
        "message",
        {"error": "busy", "status_code": 400, "status": 500},
        {"message": "busy", "code": 400},
        "busy",
    ),
    "text, with a status": ("message", {"error": "busy", "status": 429}, {"message": "busy", "code": 429}, "busy"),
    "text, with a status in words": ("message", {"error": "busy", "status": "x"}, {"message": "busy"}, "busy"),
    "object, with a status": ("message", {"error": {"message": "busy"}, "status": 429}, {"message": "busy"}, "busy"),
    "event_type": ("message", {"event_type": "error", "id": 1}, {"event_type": "error", "id": 1}, "error"),
    "number": ("message", {"error": 5}, {"message": "5"}, "5"),
    "true": ("message", {"error": True}, {"error": True}, "error"),
    "true, beside an answer": ("message", {"error": True, "choices": [], "model": "m"}, {"error": True}, "error"),
    "true, with words": ("message", {"error": True, "message": "busy"}, {"error": True, "message": "busy"}, "busy"),
    "true, by name": ("error", {"error": True}, {"error": True}, "error"),
    "nothing but null": ("message", {"type": "error", "error": {"message": None}}, {"message": None}, "error"),
    "list": ("message", {"error": ["busy"]}, {"message": "['busy']"}, "['busy']"),
    "beside choices": ("message", {"choices": [], "error": {"msg": "busy"}}, {"msg": "busy"}, "busy"),
    "with a detail": (
        "message",
        {"error": {"type": "t"}, "detail": "busy"},
        {"type": "t", "detail": "busy"},
        "busy",
    ),
    "its own detail stays": ("message", {"error": {"detail": "in"}, "detail": "out"}, {"detail": "in"}, "in"),
    "nothing in the detail": ("message", {"error": {"type": "t"}, "detail": ""}, {"type": "t"}, "t"),
    "vLLM": ("message", {"object": "error", "message": "busy", "code": 4}, {"message": "busy", "code": 4}, "busy"),
    "vLLM, no known field": ("message", {"object": "error", "id": "busy"}, {"id": "busy"}, ""),
    "type, no known field": ("message", {"type": "error", "id": "busy"}, {"type": "error", "id": "busy"}, ""),
    "type": ("message", {"type": "error", "code": 4}, {"type": "error", "code": 4}, "error"),
    "type, with an error": ("message", {"type": "error", "error": {"message": "busy"}}, {"message": "busy"}, "busy"),
    "type, nothing in the error": ("ping", {"type": "error", "error": {}}, {"type": "error", "error": {}}, "error"),
    "JSON in a text": ("message", {"error": ' {"code": 5, "message": "m"}'}, {"code": 5, "message": "m"}, "m"),
    "JSON with an error in a text": ("message", {"error": '{"error": {"code": 5}}'}, {"code": 5}, "5"),
    "JSON with words in a text": ("message", {"error": '{"error": "busy"}'}, {"message": "busy"}, "busy"),
    "nearly JSON in a text": ("message", {"error": "{busy}"}, {"message": "{busy}"}, "{busy}"),
    "code 0": ("message", {"error": {"code": 0}}, {"code": 0}, "the server reported an error: {'code': 0}"),
    "by the event's name": ("error", {"code": "E1"}, {"code": "E1"}, "E1"),
    "by name, with an error": ("error", {"error": {"message": "busy"}}, {"message": "busy"}, "busy"),
    "by name, choices": ("error", {"choices": [{"delta": {}}]}, {"choices": [{"delta": {}}]}, ""),
    "words inside words": (
        "message",
        {"error": {"message": {"message": "busy"}}},
        {"message": {"message": "busy"}},
        "busy",
    ),
    "no words": ("server_error", {"a": 1}, {"a": 1}, "server_error"),
    "empty": ("error", {}, {}, "error"),
    "no words and no name": ("message", {"error": {"a": 1}}, {"a": 1}, "the server reported an error: {'a': 1}"),
}


@pytest.mark.parametrize(("event", "payload", "raw", "words"), REPORTED.values(), ids=list(REPORTED))
def test_every_form_is_found(event: str, payload: dict[str, Any], raw: Any, words: str) -> None:
    given = copy.deepcopy(payload)
    error = reported_error(event, payload)
    assert type(error) is ProviderError
    assert error.raw == raw
    assert error.message == words or not words
    assert payload == given


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"error": None},
        {"error": ""},
        {"error": {}},
        {"error": []},
        {"error": False},
        {"error": 0},
        {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "error"}}]},
        {"type": "tool-output-error", "errorText": "x"},
        {"type": "errors", "object": "errors"},
        {"choices": [{"error": "the chat reader's"}]},
        {"message": "hello"},
        {"msg": "hello", "code": 0},
        {"message": "ok", "code": "Success"},
        {"message": "hello", "code": 200},
        {"message": {"content": "hi"}, "code": 5},
        {"detail": "thinking", "type": "status"},
        {"status": 200, "message": "hello"},
        {"status": "done", "message": "hello"},
        {"errors": []},
        {"success": True, "errors": None},
        {"error_message": ""},
        {"Response": {"Text": "hi"}},
        {"choices": [{"delta": {}}], "code": 5, "message": "x", "error_message": "x"},
    ],
    ids=str,
)
def test_what_is_no_error(payload: dict[str, Any]) -> None:
    assert reported_error("message", payload) is None
    assert reported_error("ping", payload) is None


# payload -> its code, its words
WORDS: dict[str, tuple[dict[str, Any], Any, str]] = {
    "error_message": ({"choices": None, "error_type": "Bad", "error_message": "too long"}, None, "too long"),
    "error_msg": ({"error_code": 6, "error_msg": "no permission"}, None, "no permission"),
    "errorMessage": ({"errorType": "Runtime", "errorMessage": "it broke"}, None, "it broke"),
    "errorText": ({"errorText": "it broke"}, None, "it broke"),
    "Error": ({"Error": {"Code": "Auth", "Message": "no"}}, "Auth", "no"),
    "Response.Error": ({"Response": {"Error": {"Code": "Auth", "Message": "no"}}}, "Auth", "no"),
    "errors": ({"success": False, "errors": [{"code": 7, "message": "busy"}]}, 7, "busy"),
    "errors of words": ({"errors": ["busy"]}, None, "busy"),
    "errors as an object": ({"errors": {"message": "busy"}}, None, "busy"),
    "success": ({"success": False, "msg": "busy"}, None, "busy"),
    "code and message": ({"code": "Throttling.RateQuota", "message": "slow down"}, "Throttling.RateQuota", "slow down"),
    "code and msg": ({"code": 401, "msg": "no key", "choices": []}, 401, "no key"),
    "status": ({"status": 401, "title": "Unauthorized"}, None, "Unauthorized"),
    "statusCode": ({"statusCode": 503, "message": "busy"}, None, "busy"),
    "status in words": ({"status": "error", "message": "busy"}, None, "busy"),
    "detail": ({"detail": "Not Found"}, None, "Not Found"),
    "detail of an object": ({"detail": {"message": "busy"}}, None, "busy"),
}


@pytest.mark.parametrize(("payload", "code", "words"), WORDS.values(), ids=list(WORDS))
def test_an_object_without_choices_is_searched_for_words(payload: dict[str, Any], code: Any, words: str) -> None:
    for bare in (False, True):
        error = reported_error("message", payload, bare)
        assert error is not None
        assert (error.code, error.message) == (code, words)
    if not payload.get("choices"):
        assert reported_error("message", {**payload, "choices": [{"index": 0}]}) is None


def test_a_bare_text_is_an_error_and_a_bare_message_is_none() -> None:
    assert reported_error("message", {"message": "no key"}) is None
    assert reported_error("message", {"message": "no key"}, bare=True) is not None
    assert reported_error("message", {"detail": "x", "type": "t"}, bare=True) is not None
    assert reported_error("message", {"message": {"role": "assistant"}}, bare=True) is None
    assert reported_error("message", {"message": "hi", "choices": []}, bare=True) is None


@pytest.mark.parametrize(
    ("name", "known"),
    [("error", True), ("Error", True), ("stream.error", True), ("internalServerException", True), ("errors", True),
     ("message", False), ("terror", False), ("exceptional", False), ("error.none", False), ("", False)],
)  # fmt: skip
def test_names_of_events_that_are_errors(name: str, known: bool) -> None:
    assert is_error_name(name) is known
    assert (reported_error(name, {"reason": 1}) is not None) is known


@pytest.mark.parametrize("bare", [False, True])
def test_a_payload_of_a_known_shape_is_its_readers(bare: bool) -> None:
    def known(payload: Any, event: str) -> str:
        return "a shape" if "shape" in payload or event == "shape" else ""

    plain: list[dict[str, Any]] = [
        {"message": "m"}, {"detail": "d"}, {"message": "m", "code": 5}, {"status": 500, "message": "m"},
    ]  # fmt: skip
    for payload in plain:
        assert reported_error("message", {**payload, "shape": 1}, bare, known) is None
        assert reported_error("shape", payload, bare, known) is None
        assert reported_error("message", payload, True, known) is not None
    for payload in ({"error": "e"}, {"error_message": "e"}, {"success": False}, {"errors": ["e"]}):
        assert reported_error("message", {**payload, "shape": 1}, bare, known) is not None
        assert reported_error("message", {**payload, "shape": 1, "type": "t"}, bare, known) is None, "it has a type"
    assert reported_error("message", {"shape": 1, "object": "response", "error": "e"}, bare, known) is None
    assert reported_error("message", {"object": "response", "error": "e"}, bare, known) is not None
    assert reported_error("message", {"shape": 1, "type": "response.error"}, bare, known) is not None
    assert reported_error("error", {"shape": 1, "type": "t"}, bare, known) is None
    assert reported_error("error", {"shape": 1}, bare, known) is not None
    assert reported_error("message", {"shape": 1, "type": "error"}, bare, known) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"error": "a "quoted" word"}', 'a "quoted" word'),
        ('{"error": "two\nlines"}', "two\nlines"),
        (' { "error" : "cut o', "cut o"),
        ('{"error": "no brace"', "no brace"),
        ('{"error": 5', None),
        ('{"message": "x', None),
    ],
)
def test_words_that_were_not_escaped(text: str, words: str | None) -> None:
    error = unescaped_error(text)
    assert (error and error.message) == words


def test_a_page_of_text_is_kept() -> None:
    error = from_page("Bad Gateway\n", 502)
    assert (error.code, error.raw["body"]) == (502, "Bad Gateway\n")
    assert "'Bad Gateway'" in error.message
    assert "code" not in from_page("x").raw


def test_words_come_from_the_best_field() -> None:
    fields: dict[str, Any] = {"message": "1", "msg": "2", "detail": "3", "status": "4", "type": "5", "code": "6"}
    for best in list(fields):
        assert from_value(dict(reversed(fields.items()))).message == fields[best]
        del fields[best]


def test_the_error_is_a_copy() -> None:
    payload: dict[str, Any] = {"message": "busy"}
    error = from_value(payload)
    error.raw["more"] = "words"
    assert payload == {"message": "busy"}


def test_a_long_text_is_not_quoted_whole() -> None:
    assert len(from_value({"a": "x" * 10_000}).message) < 200


@pytest.mark.parametrize("name", ["vLLM", "type", "JSON in a text", "with a detail", "words inside words"])
def test_wrong_values_in_every_place(name: str) -> None:
    for event in ("message", "error"):
        for payload in replaced(REPORTED[name][1]):
            if isinstance(payload, dict):
                error = reported_error(event, payload)
                assert error is None or isinstance(error.message, str)
                assert error is not None or event == "message"


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_any_value_makes_an_error_of_words(value: Any) -> None:
    error = from_value(value)
    assert isinstance(error.message, str)
    assert isinstance(error.raw, dict)
    assert isinstance(str(error), str)


def test_an_error_shares_nothing_with_its_payload() -> None:
    payload = {"error": {"message": "busy", "more": [{"a": [1]}]}}
    error = reported_error("message", payload)
    assert error is not None
    payload["error"]["more"][0]["a"].append(2)  # type: ignore[index]  # error is an object
    assert error.raw == {"message": "busy", "more": [{"a": [1]}]}


@pytest.mark.parametrize("key", ["", "a"], ids=["lists", "objects"])
@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_a_deep_error_can_be_moved(move: Any, key: str) -> None:
    for depth in (DEEPEST, DEEPEST + 1, 400, 900):
        error = from_value({"message": "busy", "x": nested(depth, key=key)})
        assert (move(error).raw, str(error)) == (error.raw, "busy")
        assert (str(error.raw["x"]) == str(nested(DEEPEST, key=key))) is (depth == DEEPEST)


def test_how_deep_an_error_is_kept() -> None:
    def kept(value: Any) -> Any:
        return from_value({"message": "m", "x": value}).raw["x"]

    assert kept(nested(100, 7)) == nested(100, 7)
    assert kept(nested(101, 7)) == nested(100, "[7]")


@pytest.mark.parametrize("choices", [[{"index": 0}, {"index": 1}], [7, {"error": None}], []])
def test_choices_without_an_error_report_none(choices: Any) -> None:
    assert reported_error("message", {"choices": choices}) is None


def test_an_object_that_says_it_is_an_error_is_one() -> None:
    assert isinstance(reported_error("message", {"object": "error"}), ProviderError)


@pytest.mark.parametrize(
    ("event", "payload", "words"),
    [
        ("message", {"type": "vendor.debug", "error": {"message": "inside"}}, None),
        ("message", {"type": "vendor.debug", "success": False, "message": "inside"}, None),
        ("vendor.debug", {"type": "vendor.debug", "code": "late", "message": "inside"}, None),
        ("error", {"type": "vendor.debug", "message": "busy"}, "busy"),
        ("message", {"type": "vendor_error", "error": {"message": "busy"}}, "busy"),
        ("message", {"type": "error", "error": {"message": "busy"}}, "busy"),
        ("message", {"object": "error", "type": "vendor.debug", "message": "busy"}, "busy"),
        ("message", {"type": "", "error": {"message": "busy"}}, "busy"),
        ("message", {"type": 5, "error": {"message": "busy"}}, "busy"),
        ("message", {"error": {"message": "busy"}}, "busy"),
    ],
)
def test_where_payloads_have_types_one_of_an_unknown_type_is_no_error(
    event: str, payload: dict[str, Any], words: str | None
) -> None:
    """It is one if its type, its object or the name of its event says so; and everywhere else."""
    found = reported_error(event, payload, typed=True)
    assert (found and found.message) == words
    other = reported_error(event, payload)
    assert other is not None
    assert other.message == words or words is None


@pytest.mark.parametrize("payload", [{"error": "busy"}, {"error": "busy", "choices": []}, {"choices": []}])
def test_what_is_merged_beside_an_error(payload: dict[str, Any]) -> None:
    assert is_merged(payload, reported_error("message", payload)) is ("choices" in payload)
