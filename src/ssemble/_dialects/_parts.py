"""What a delta says, where it says it in several ways."""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["text", "summary"]

REASONING_FIELDS = ("reasoning_content", "reasoning", "reasoning_text", "thinking")
REASONING_PLACES = frozenset(("reasoning_details", *REASONING_FIELDS, "thinking_blocks"))


def text_of(part: Any) -> str:
    """Return the text of a content part; "" if it is of another type."""
    text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
    return text if isinstance(text, str) else ""


def reasoning_of(delta: dict[str, Any]) -> list[tuple[str, Kind]]:
    """Find the reasoning that a delta brings: one of its names, the most detailed first."""
    found: list[tuple[str, Kind]] = []
    if type(delta.get("content")) is not list and REASONING_PLACES.isdisjoint(delta):
        return found
    details = delta.get("reasoning_details")
    for entry in details if isinstance(details, list) else ():
        if isinstance(entry, dict):
            _take(entry.get("text"), "text", found)
            _take(entry.get("summary"), "summary", found)
    for field in REASONING_FIELDS:
        if not found:
            _take(delta.get(field), "text", found)
    for field in ("thinking_blocks", "content"):
        parts = delta.get(field)
        if not found and isinstance(parts, list):
            for part in parts:
                if isinstance(part, dict):
                    _take_thinking(part.get("thinking"), found)
    return found


def _take(text: Any, kind: Kind, found: list[tuple[str, Kind]]) -> None:
    if isinstance(text, str) and text:
        found.append((text, kind))


def _take_thinking(thinking: Any, found: list[tuple[str, Kind]]) -> None:
    if isinstance(thinking, list):
        for part in thinking:
            if isinstance(part, dict):
                _take(part.get("text"), "text", found)
    else:
        _take(thinking, "text", found)
