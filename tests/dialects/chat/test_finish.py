"""The words that servers have for why a choice ended."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._dialects.anthropic.results import FINISH_WORDS as ANTHROPIC
from ssemble._dialects.bedrock_converse import ConverseReader
from ssemble._dialects.chat.finish import CLOSING, FINISH_WORDS, shared_word
from ssemble._dialects.cohere import CohereReader
from ssemble._dialects.gemini.candidate import FINISH_REASONS as GEMINI
from ssemble._dialects.gemini_interactions import InteractionsReader
from ssemble._dialects.responses.response import FINISH as RESPONSES

SHARED = {"stop", "length", "tool_calls", "pause", "content_filter", "error", "other"}
OWN = {
    "anthropic": ANTHROPIC, "responses": RESPONSES, "gemini": GEMINI, "converse": ConverseReader.reasons,
    "cohere": CohereReader.reasons, "interactions": InteractionsReader.reasons,
}  # fmt: skip


@pytest.mark.parametrize("dialect", OWN)
def test_a_gateway_may_use_the_words_of_another_dialect(dialect: str) -> None:
    assert {word: shared_word(word) for word in OWN[dialect]} == OWN[dialect]


@pytest.mark.parametrize("word", FINISH_WORDS)
def test_words_are_compared_without_case(word: str) -> None:
    found = FINISH_WORDS[word]
    assert found in SHARED
    for written in (word, word.upper(), word.title(), word.replace("_", "-"), {"type": word.upper()}):
        assert shared_word(written) == found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("stop eos eos_token end_turn stop_sequence complete STOP", "stop"),
        ("length max_tokens MAX_TOKENS max_output_tokens model_length", "length"),
        ("tool_calls tool_use function_call TOOL_CALL tool-calls", "tool_calls"),
        ("content_filter SAFETY sensitive content-filter", "content_filter"),
        ("error network_error insufficient_system_resource abort cancelled", "error"),
        ("repetition weird end finish stop_", "other"),
    ],
)
def test_what_they_mean(words: str, expected: str) -> None:
    assert {shared_word(word) for word in words.split()} == {expected}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, None),
        ("", None),
        (False, None),
        ({}, None),
        ([], None),
        (5, "other"),
        (True, "other"),
        (["stop"], "other"),
        ({"type": "stop"}, "stop"),
        ({"type": None}, "other"),
        ({"type": ["stop"]}, "other"),
        ({"reason": "stop"}, "other"),
    ],
    ids=str,
)
def test_other_shapes(raw: Any, expected: str | None) -> None:
    assert shared_word(raw) == expected


def test_which_close_a_call_that_is_not_whole() -> None:
    assert {"stop", "tool_calls"} == CLOSING
