"""The wire shapes that are known."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ChatCompletionAccumulator
from ssemble._dialects import DIALECTS, recognise

from ..helpers import WRONG


def test_the_dialects_are_pinned() -> None:
    assert DIALECTS == {"openai-chat": ChatCompletionAccumulator}


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
