"""Which fields of a message are texts, constants and lists: the names that the merge goes by.

`merge` says what is done with each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

# Texts that arrive in pieces and are concatenated, with the servers that send them:
#   content            every server
#   refusal            OpenAI, Snowflake
#   reasoning          OpenRouter, Groq, Together, Cerebras, Ollama, Vercel's gateway
#   reasoning_content  DeepSeek, Z.ai, Alibaba, xAI, Baseten, Xiaomi, llama.cpp
#   reasoning_text     accepted, but in no recording
#   thinking           Mistral (content parts), LiteLLM (thinking_blocks)
#   arguments, input   tool calls everywhere; OpenAI's custom tools
#   text, summary      content parts (Mistral); reasoning_details (OpenRouter, Vercel's gateway)
#   transcript         OpenAI's audio
STREAMED = frozenset(
    "content refusal reasoning reasoning_content reasoning_text thinking "
    "arguments input text summary transcript".split()
)
# Texts that are repeated, not continued: the last value wins. OpenRouter repeats `role`, and `format`
# in each entry of reasoning_details; Groq sends `channel`, the Cline gateway `phase`, LiteLLM
# `signature`, Google's compatible endpoint `thought_signature`. Concatenation gave real users
# "assistantassistant" and "unknownunknown".
CONSTANT = frozenset(
    "id type role name object model format signature status finish_reason channel phase "
    "reasoning_opaque encrypted_content thought_signature".split()
)
# Lists of content parts, without an index: `content` with `thinking` inside it (Mistral),
# `thinking_blocks` (LiteLLM), `summary` and the rest as lists inside a part.
PARTS = frozenset("content thinking thinking_blocks summary text reasoning reasoning_content reasoning_text".split())
# Lists whose entries are continued with and without an index: OpenRouter, Vercel's gateway, Avian,
# Doubleword, Snowflake.
FRAGMENTS = frozenset(("reasoning_details",))
# Lists whose entries are complete, although they have an index: generated images (OpenRouter, Gemini).
WHOLE = frozenset(("images",))
LARGEST_INDEX = 2**31 - 2  # on 32-bit builds, larger ints can be crafted to collide as keys


class MergeRules(NamedTuple):
    """The rules for one place in the payload.

    Attributes:
        streamed: names of the texts that are concatenated.
        guess: unknown texts are concatenated too, unless every chunk repeats the same value.
        extend: lists are always extended.
    """

    streamed: frozenset[str] = frozenset()
    guess: bool = False
    extend: bool = False


CHUNK = MergeRules()
DELTA = MergeRules(STREAMED, guess=True)
NESTED = MergeRules(STREAMED)
AUDIO = MergeRules(frozenset(("data", "transcript")))
LOGPROBS = MergeRules(extend=True)


def entry_index(value: Any) -> int | None:
    """Return the ``index`` of a list entry; None if it has no usable one."""
    index = value.get("index") if isinstance(value, dict) else None
    if type(index) is float and index.is_integer():
        index = int(index)
    return index if type(index) is int and abs(index) <= LARGEST_INDEX else None
