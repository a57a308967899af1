"""The text and the reasoning of a delta, which servers send in several shapes."""

from __future__ import annotations

from typing import Any, Literal

from ..._model.budget import scalar_text
from ..answer import ReasoningKind
from .names import entry_index

Thought = tuple[str, ReasoningKind, int]
"""A text, its kind, and the number of its block."""
Mark = tuple[str, Literal["text", "redacted"], int]
"""A signature or opaque data, the kind of its reasoning, and the number of its block."""

# Names of reasoning texts. Some servers send the same text under two names: OpenRouter and Vercel's
# gateway fill `reasoning` and `reasoning_details`.
#   reasoning_content  DeepSeek, Z.ai, Alibaba, xAI, Baseten, Xiaomi, Kimi, llama.cpp
#   reasoning          OpenRouter, Groq, Together, Cerebras, Ollama, Vercel's gateway
#   reasoning_text, thinking    accepted, but in no recording
#   reasoning_details  a list of parts: OpenRouter, Vercel's gateway, Avian, Doubleword, Snowflake
#   thinking_blocks    a list of parts: LiteLLM
# Mistral has parts of type "thinking" in `content`. `<think>` inside the text (Perplexity, Hugging
# Face) stays text.
REASONING_FIELDS = ("reasoning_content", "reasoning", "reasoning_text", "thinking")
REASONING_PLACES = frozenset(("reasoning_details", *REASONING_FIELDS, "thinking_blocks"))
REASONING_TYPES = ("reasoning", "thinking", "summary")  # prefixes of the types of reasoning parts
PART_TEXTS = ("thinking", "reasoning", "text", "content")  # a part has its text in one of these
DEEPEST = 4  # levels of parts inside parts; the deepest recorded part has 2


def texts_of(content: Any) -> list[str]:
    """Return the texts of a content part or a list of parts, of any type except reasoning."""
    parts = [content] if isinstance(content, dict) else content
    found = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and not is_reasoning(part) and (text := _scalar(part.get("text"))):
            found.append(text)
        elif isinstance(part, str) and part:
            found.append(part)
    return found


def is_reasoning(part: dict[str, Any]) -> bool:
    """True if a content part is reasoning."""
    kind = part.get("type")
    return "thinking" in part or (isinstance(kind, str) and kind.startswith(REASONING_TYPES))


def reasoning_of(delta: dict[str, Any]) -> list[Thought]:
    """Return the reasoning in a delta, from the first of its places that has any, most detailed first."""
    found: list[Thought] = []
    content = delta.get("content")
    if type(content) is not list and type(content) is not dict and REASONING_PLACES.isdisjoint(delta):
        return found
    _take_all(delta.get("reasoning_details"), found)
    for field in REASONING_FIELDS:
        if not found:
            _take(delta.get(field), "text", found, 0, 0)
    if not found:
        _take_all(delta.get("thinking_blocks"), found)
    if not found:
        parts = [content] if isinstance(content, dict) else content if isinstance(content, list) else []
        _take_all([part for part in parts if isinstance(part, dict) and is_reasoning(part)], found)
    return found


def marks_of(delta: dict[str, Any]) -> list[Mark]:
    """Return the signatures and the opaque reasoning in a delta, from the first of its places that has any."""
    for place in ("reasoning_details", "thinking_blocks"):
        parts = delta.get(place)
        found: list[Mark] = []
        for entry in parts if isinstance(parts, list) else ():
            if not isinstance(entry, dict):
                continue
            data, signature = entry.get("data"), entry.get("signature")
            if isinstance(data, str) and data:  # OpenRouter's "reasoning.encrypted", LiteLLM's "redacted_thinking"
                found.append((data, "redacted", block_of(entry)))
            elif isinstance(signature, str) and signature:
                found.append((signature, "text", block_of(entry)))
        if found:
            return found
    return []


def block_of(entry: dict[str, Any]) -> int:
    """Return the number of the block that an entry of a list of parts belongs to."""
    return max(entry_index(entry) or 0, 0)


def _take_all(parts: Any, found: list[Thought]) -> None:
    if isinstance(parts, list):
        for entry in parts:
            if isinstance(entry, dict):
                _take(entry, "text", found, block_of(entry), 1)
    elif isinstance(parts, dict):
        _take(parts, "text", found, block_of(parts), 0)


def _take(value: Any, kind: ReasoningKind, found: list[Thought], block: int, depth: int) -> None:
    """Collect the texts of a value: a text, a part, or a list of parts."""
    if isinstance(value, dict):
        text = next((value[key] for key in PART_TEXTS if value.get(key)), None)
        if depth < DEEPEST:
            _take(text, kind, found, block, depth + 1)
            _take(value.get("summary"), "summary", found, block, depth + 1)
    elif isinstance(value, list):
        for item in value:
            if depth < DEEPEST and isinstance(item, dict):
                _take(item, kind, found, block, depth + 1)
    elif said := _scalar(value):
        found.append((said, kind, block))


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value is False or isinstance(value, (dict, list)) else scalar_text(value)
