"""The wire shapes that are known."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ChoiceEnd, LimitExceeded, Limits, TextDelta
from ssemble._dialects import DIALECTS, READERS, accumulator, check_dialect, recognise
from ssemble._dialects.openai_chat import ChatCompletionAccumulator

from ..helpers import WRONG, chunk


def test_the_dialects_are_pinned() -> None:
    assert DIALECTS == ("openai-chat",)
    assert READERS == {"openai-chat": ChatCompletionAccumulator}


@pytest.mark.parametrize(
    ("payload", "dialect"),
    [
        ({"object": "chat.completion.chunk"}, "openai-chat"),
        ({"choices": []}, "openai-chat"),
        ({"type": "message_start", "message": {}}, None),
        ({"type": "response.created", "response": {}}, None),
        ({"candidates": []}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_payload_names_its_dialect(payload: Any, dialect: str | None) -> None:
    assert recognise(payload) == dialect


@pytest.mark.parametrize("payload", WRONG, ids=repr)
def test_any_value_is_looked_at(payload: Any) -> None:
    assert recognise(payload) is None
    assert recognise({"object": payload, "usage": payload, "type": payload}) is None


@pytest.mark.parametrize("name", DIALECTS)
def test_an_accumulator_is_made_by_the_name_of_its_dialect(name: str) -> None:
    chat = accumulator(name)
    assert chat.dialect == name
    assert type(chat) is READERS[name]
    check_dialect(name)


@pytest.mark.parametrize("name", ["x", "", "OpenAI-Chat"])
def test_another_name_is_refused(name: str) -> None:
    for refuse in (accumulator, check_dialect):
        with pytest.raises(ValueError, match=f"unknown dialect '{name}': expected one of openai-chat, or None"):
            refuse(name)


def test_options_reach_the_accumulator() -> None:
    texts = [chunk({"content": "a"}), chunk({"content": "ab"}, index=3)]

    def told(**options: Any) -> list[tuple[int, str]]:
        chat = accumulator("openai-chat", **options)
        for each in texts:
            chat.add(each)
        assert chat.error is None
        return [(choice.index, choice.message.text) for choice in chat.completion().choices]

    assert told() == [(0, "a"), (3, "ab")]
    assert told(n=1) == [(0, "aab")]
    assert told(n=1, cumulative=True) == [(0, "ab")]
    with pytest.raises(LimitExceeded, match=r"max_choices \(1\)"):
        told(limits=Limits(max_choices=1))


@pytest.mark.parametrize(
    ("reason", "ended"), [("stop", [ChoiceEnd(0, "stop", "stop")]), (None, [])], ids=["finished", "open"]
)
def test_the_end_ends_what_a_finish_reason_ended(reason: str | None, ended: list[Any]) -> None:
    chat = accumulator("openai-chat")
    assert TextDelta("Hi") in chat.add(chunk({"content": "Hi"}, reason))
    assert chat.end() == ended
    assert chat.end() == []
    assert chat.complete is chat.completion().complete is (reason is not None)
