"""Token counts, merged."""

from __future__ import annotations

from typing import Any

from ._errors import ProtocolError
from ._merge import LARGE, NUMBERS, Kept, check_depth, check_tree, plain

MAX_COUNTS = 256


def merge_usage(old: dict[str, Any] | None, update: dict[str, Any], kept: Kept) -> dict[str, Any]:
    """Merge token counts, a running total: the last one wins, key by key; neither side is changed.

    A zero or null takes nothing back. Where a server splits the counts over chunks, its total is
    that of a part, so it is raised to prompt + completion (if that is a count: the sum of two huge
    numbers may have more digits than Python writes). Every update is handed out whole, so their
    number is bounded: the most on record is some 40.
    """
    merged = _last_counts(old or {}, update, 0)
    if _leaves(merged, kept) - 1 > MAX_COUNTS:
        raise ProtocolError(f"usage with more than {MAX_COUNTS} counts: no provider has so many", where="$.usage")
    prompt, completion, total = (merged.get(key) for key in ("prompt_tokens", "completion_tokens", "total_tokens"))
    if type(prompt) is int and type(completion) is int and type(total) is int:
        if total < prompt + completion < LARGE and not (
            update.get("prompt_tokens") and update.get("completion_tokens")
        ):
            merged["total_tokens"] = prompt + completion
    return merged


def _leaves(value: Any, kept: Kept) -> int:
    """Count what is in the counts; names and texts longer than any count against the message's size."""
    if isinstance(value, dict):
        leaves = 1
        for name, item in value.items():
            leaves += 1 if type(item) in NUMBERS else _leaves(item, kept)
            if len(name) > MAX_COUNTS:
                kept.add(len(name))
        return leaves
    if isinstance(value, list):
        return 1 + sum(_leaves(item, kept) for item in value)
    if isinstance(value, str) and len(value) > MAX_COUNTS:
        kept.add(len(value))
    return 1


def _last_counts(old: dict[str, Any], update: dict[str, Any], depth: int) -> dict[str, Any]:
    check_depth(depth)
    merged = dict(old)
    for key, value in update.items():
        before = merged.get(key)
        if type(value) in NUMBERS:
            if value or before is None:
                merged[key] = value
        elif isinstance(value, dict) and (value or before is None):
            merged[key] = _last_counts(before if isinstance(before, dict) else {}, value, depth + 1)
        elif value or before is None:
            check_tree(value, depth)
            merged[key] = plain(value)
    return merged
