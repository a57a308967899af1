"""Token counts in words that all dialects share."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, astuple
from typing import Any

import pytest

from ssemble import Completion, Tokens
from ssemble._model.tokens import dialect_of

CASES: dict[str, tuple[str | None, dict[str, Any] | None, Tokens]] = {
    "no counts": ("gemini", None, Tokens()),
    "no known words": ("anthropic", {"credits": 4}, Tokens()),
    "chat": (
        "openai-chat",
        {
            "prompt_tokens": 30,
            "completion_tokens": 12,
            "total_tokens": 42,
            "prompt_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 6},
            "completion_tokens_details": {"reasoning_tokens": 8},
        },
        Tokens(30, 20, 6, 12, 8, 42),
    ),
    "chat without a total": ("openai-chat", {"prompt_tokens": 3, "completion_tokens": 4}, Tokens(3, output=4, total=7)),
    "chat with one count": ("openai-chat", {"completion_tokens": 4}, Tokens(output=4)),
    "chat: DeepSeek's word": ("openai-chat", {"prompt_cache_hit_tokens": 64}, Tokens(cached=64)),
    "chat: Moonshot's word": ("openai-chat", {"cached_tokens": 0}, Tokens(cached=0)),
    "chat: null details": ("openai-chat", {"prompt_tokens": 3, "prompt_tokens_details": None}, Tokens(3)),
    "made by hand": (None, {"prompt_tokens": 3}, Tokens(3)),
    "a dialect without a row": ("openai-completions", {"prompt_tokens": 3}, Tokens(3)),
    "anthropic: the cache is not in input_tokens": (
        "anthropic",
        {
            "input_tokens": 5,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 20,
            "output_tokens": 9,
            "output_tokens_details": {"thinking_tokens": 4},
        },
        Tokens(125, 100, 20, 9, 4, 134),
    ),
    "anthropic without a cache": ("anthropic", {"input_tokens": 5, "output_tokens": 0}, Tokens(5, output=0, total=5)),
    "responses": (
        "openai-responses",
        {
            "input_tokens": 50,
            "input_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 0},
            "output_tokens": 10,
            "output_tokens_details": {"reasoning_tokens": 7},
            "total_tokens": 60,
        },
        Tokens(50, 40, 0, 10, 7, 60),
    ),
    "gemini: thoughts and tool prompts are counted apart": (
        "gemini",
        {
            "promptTokenCount": 10,
            "toolUsePromptTokenCount": 6,
            "cachedContentTokenCount": 8,
            "candidatesTokenCount": 3,
            "thoughtsTokenCount": 4,
            "totalTokenCount": 23,
        },
        Tokens(16, 8, None, 7, 4, 23),
    ),
    "gemini: thoughts only": ("gemini", {"thoughtsTokenCount": 4}, Tokens(output=4, reasoning=4)),
    "no number": (
        "gemini",
        {"promptTokenCount": "10", "candidatesTokenCount": True, "totalTokenCount": 1.5},
        Tokens(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_counts(name: str) -> None:
    dialect, usage, expected = CASES[name]
    assert Completion(usage=usage, dialect=dialect).tokens == expected


def test_it_is_a_value() -> None:
    tokens = Tokens(1, 2, 3, 4, 5, 6)
    assert pickle.loads(pickle.dumps(tokens)) == tokens
    assert len({tokens, Tokens(*astuple(tokens))}) == 1
    with pytest.raises(FrozenInstanceError):
        tokens.input = 7  # type: ignore[misc]  # frozen, as the test says


@pytest.mark.parametrize(
    ("usage", "dialect"),
    [
        ({"prompt_tokens": 1, "total_tokens": 1}, "openai-chat"),
        ({"completion_tokens": 1}, "openai-chat"),
        ({"credits": 1}, "openai-chat"),
        ({}, "openai-chat"),
        ({"input_tokens": 1, "output_tokens": 1}, "anthropic"),
        ({"input_tokens": 1, "cache_read_input_tokens": 1}, "anthropic"),
        ({"input_tokens": 1, "input_tokens_details": {}}, "openai-responses"),
        ({"output_tokens": 1, "total_tokens": 1}, "openai-responses"),
        ({"candidatesTokenCount": 1}, "gemini"),
        ({"toolUsePromptTokenCount": 1}, "gemini"),
    ],
)
def test_the_words_tell_the_dialect(usage: dict[str, Any], dialect: str) -> None:
    assert dialect_of(usage) == dialect
