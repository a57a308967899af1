"""What a delta says, where it says it in several ways."""

from __future__ import annotations

from typing import Any, Literal

from .._kept import scalar_text

Kind = Literal["text", "summary"]

REASONING_FIELDS = ("reasoning_content", "reasoning", "reasoning_text", "thinking")
REASONING_PLACES = frozenset(("reasoning_details", *REASONING_FIELDS, "thinking_blocks"))
REASONING_TYPES = ("reasoning", "thinking", "summary")  # how the types of reasoning parts begin
PART_TEXTS = ("thinking", "reasoning", "text", "content")  # where a part has its text, in one of them
DEEPEST = 4  # levels of parts inside parts; the deepest on record has 2


def texts_of(content: Any) -> list[str]:
    """Return the texts of a content that is a part or a list of parts, whatever their type; those of reasoning not."""
    parts = [content] if isinstance(content, dict) else content
    found = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and not is_reasoning(part) and (text := _scalar(part.get("text"))):
            found.append(text)
        elif isinstance(part, str) and part:
            found.append(part)
    return found


def is_reasoning(part: dict[str, Any]) -> bool:
    """True if a content part is one of reasoning."""
    kind = part.get("type")
    return "thinking" in part or (isinstance(kind, str) and kind.startswith(REASONING_TYPES))


def reasoning_of(delta: dict[str, Any]) -> list[tuple[str, Kind]]:
    """Find the reasoning that a delta brings: one of its names, the most detailed first."""
    found: list[tuple[str, Kind]] = []
    content = delta.get("content")
    if type(content) is not list and type(content) is not dict and REASONING_PLACES.isdisjoint(delta):
        return found
    _take_all(delta.get("reasoning_details"), found)
    for field in REASONING_FIELDS:
        if not found:
            _take(delta.get(field), "text", found, 0)
    if not found:
        _take_all(delta.get("thinking_blocks"), found)
    if not found:
        parts = [content] if isinstance(content, dict) else content if isinstance(content, list) else []
        _take_all([part for part in parts if isinstance(part, dict) and is_reasoning(part)], found)
    return found


def _take_all(parts: Any, found: list[tuple[str, Kind]]) -> None:
    if isinstance(parts, (dict, list)):
        _take(parts, "text", found, 0)


def _take(value: Any, kind: Kind, found: list[tuple[str, Kind]], depth: int) -> None:
    """Take the texts of a value: itself, those of a part, or those of a list of parts."""
    if isinstance(value, dict):
        text = next((value[key] for key in PART_TEXTS if value.get(key)), None)
        if depth < DEEPEST:
            _take(text, kind, found, depth + 1)
            _take(value.get("summary"), "summary", found, depth + 1)
    elif isinstance(value, list):
        for item in value:
            if depth < DEEPEST and isinstance(item, dict):
                _take(item, kind, found, depth + 1)
    elif said := _scalar(value):
        found.append((said, kind))


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value is False or isinstance(value, (dict, list)) else scalar_text(value)
