"""Errors that a server reports inside the stream."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ssemble import ProviderError
from ssemble._inband import DEEPEST, from_value, reported_error

from .helpers import MOVES, WRONG, nested, replaced

# payload -> what the error holds, and its words
REPORTED: dict[str, tuple[str, Any, Any, str]] = {
    "object": ("message", {"error": {"message": "busy", "code": 5}}, {"message": "busy", "code": 5}, "busy"),
    "text": ("message", {"error": "busy"}, {"message": "busy"}, "busy"),
    "number": ("message", {"error": 5}, {"message": "5"}, "5"),
    "true": ("message", {"error": True}, {"message": "True"}, "True"),
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
    "MiniMax": (
        "message",
        {"base_resp": {"status_code": 1004, "status_msg": "busy"}, "choices": []},
        {"message": "busy", "code": 1004},
        "busy",
    ),
    "OpenRouter": (
        "message",
        {"choices": [None, {"delta": {}}, {"error": {"message": "busy"}}]},
        {"message": "busy"},
        "busy",
    ),
    "by the event's name": ("error", {"code": "E1"}, {"code": "E1"}, "E1"),
    "by name, with an error": ("error", {"error": {"message": "busy"}}, {"message": "busy"}, "busy"),
    "by name, choices": ("error", {"choices": [{"delta": {}}]}, {"choices": [{"delta": {}}]}, ""),
    "words inside words": (
        "message",
        {"error": {"message": {"message": "busy"}}},
        {"message": {"message": "busy"}},
        "busy",
    ),
    "no words": ("error", {"a": 1}, {"a": 1}, "the server reported an error: {'a': 1}"),
    "empty": ("error", {}, {}, "the server reported an error: {}"),
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
        {"base_resp": {"status_code": 0, "status_msg": "success"}},
        {"base_resp": None},
        {"base_resp": "error"},
        {"choices": [{"error": None}]},
        {"choices": {"error": "x"}},
        {"choices": ["error"]},
        {"message": "hello", "detail": "world"},
    ],
    ids=str,
)
def test_what_is_no_error(payload: dict[str, Any]) -> None:
    assert reported_error("message", payload) is None
    assert reported_error("ping", payload) is None


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


@pytest.mark.parametrize("name", ["vLLM", "MiniMax", "OpenRouter", "with a detail", "words inside words"])
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
    payload["error"]["more"][0]["a"].append(2)  # type: ignore[index]  # an object, as above
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
