"""Token counts in words that all dialects share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token counts of a message. A count that the provider did not send is None.

    Attributes:
        input: tokens of the request, with those that were read from or written to a cache.
        cached: those of ``input`` that were read from a cache.
        cache_write: those of ``input`` that were written to a cache.
        output: tokens of the answer, with its reasoning.
        reasoning: those of ``output`` that are reasoning.
        total: the provider's own total; ``input + output`` if it sends none.

    >>> from ssemble import Completion
    >>> Completion(usage={"prompt_tokens": 5, "completion_tokens": 2}).tokens
    Tokens(input=5, cached=None, cache_write=None, output=2, reasoning=None, total=7)
    """

    input: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    total: int | None = None


class Words(NamedTuple):
    """Where a dialect has each count.

    Terms separated by spaces are added. ``a.b`` is a key of an object in the usage. Of alternatives
    separated by ``|``, the first that was sent counts.
    """

    input: str
    cached: str
    cache_write: str
    output: str
    reasoning: str
    total: str = "total_tokens"


CHAT = Words(
    input="prompt_tokens",
    # Moonshot and DeepSeek have words of their own for it.
    cached="prompt_tokens_details.cached_tokens|cached_tokens|prompt_cache_hit_tokens",
    cache_write="prompt_tokens_details.cache_write_tokens",
    output="completion_tokens",
    reasoning="completion_tokens_details.reasoning_tokens",
)
WORDS = {
    "openai-chat": CHAT,
    "anthropic": Words(
        input="input_tokens cache_read_input_tokens cache_creation_input_tokens",  # input_tokens excludes the cache
        cached="cache_read_input_tokens",
        cache_write="cache_creation_input_tokens",
        output="output_tokens",
        reasoning="output_tokens_details.thinking_tokens",
        total="",
    ),
    "openai-responses": Words(
        input="input_tokens",
        cached="input_tokens_details.cached_tokens",
        cache_write="input_tokens_details.cache_write_tokens",
        output="output_tokens",
        reasoning="output_tokens_details.reasoning_tokens",
    ),
    "gemini": Words(
        input="promptTokenCount toolUsePromptTokenCount",
        cached="cachedContentTokenCount",
        cache_write="",
        output="candidatesTokenCount thoughtsTokenCount",  # candidatesTokenCount excludes the thoughts
        reasoning="thoughtsTokenCount",
        total="totalTokenCount",
    ),
    "gemini-interactions": Words(
        input="total_input_tokens",
        cached="total_cached_tokens",
        cache_write="",
        output="total_output_tokens total_thought_tokens",  # total_output_tokens excludes the thoughts
        reasoning="total_thought_tokens",
    ),
    "bedrock-converse": Words(
        input="inputTokens",
        cached="cacheReadInputTokens",
        cache_write="cacheWriteInputTokens",
        output="outputTokens",
        reasoning="",
        total="totalTokens",
    ),
    "cohere": Words(
        input="tokens.input_tokens",
        cached="cached_tokens",
        cache_write="",
        output="tokens.output_tokens",
        reasoning="",
        total="",
    ),
    "ollama": Words(input="prompt_eval_count", cached="", cache_write="", output="eval_count", reasoning="", total=""),
    "openai-transcription": Words(
        input="input_tokens", cached="", cache_write="", output="output_tokens", reasoning=""
    ),
}
"""The words of each dialect. Any other has those of chat completions."""
INCLUSIVE = frozenset(("input_tokens_details", "total_tokens"))
"""Responses have Anthropic's ``input_tokens``, but with the cache, and one of these."""


def dialect_of(usage: dict[str, Any]) -> str:
    """Return the dialect in whose words token counts are; chat completions if they are in no known ones.

    >>> dialect_of({"promptTokenCount": 5})
    'gemini'
    """
    if INCLUSIVE.isdisjoint(usage):
        for dialect, words in WORDS.items():
            if any(_count(usage, term) is not None for term in f"{words.input} {words.output}".split()):
                return dialect
    elif "input_tokens" in usage or "output_tokens" in usage:
        return "openai-responses"
    return "openai-chat"


def tokens_of(usage: dict[str, Any] | None, dialect: str | None) -> Tokens:
    """Translate the provider's own counts.

    Args:
        usage: the counts under the provider's names.
        dialect: whose words they are.

    >>> tokens_of({"promptTokenCount": 5, "candidatesTokenCount": 2, "thoughtsTokenCount": 3}, "gemini")
    Tokens(input=5, cached=None, cache_write=None, output=5, reasoning=3, total=10)
    """
    counts = [_sum(usage or {}, terms) for terms in WORDS.get(dialect or "", CHAT)]
    tokens = Tokens(*counts)
    if tokens.total is None and tokens.input is not None and tokens.output is not None:
        return replace(tokens, total=tokens.input + tokens.output)
    return tokens


def _sum(usage: dict[str, Any], terms: str) -> int | None:
    found = [count for term in terms.split() if (count := _count(usage, term)) is not None]
    return sum(found) if found else None


def _count(usage: dict[str, Any], term: str) -> int | None:
    for path in term.split("|"):
        value: Any = usage
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if type(value) is int:
            return value
    return None
