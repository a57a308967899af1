"""Token counts, merged."""

from __future__ import annotations

from typing import Any

from ._errors import ProtocolError
from ._kept import LARGE, NUMBERS, Kept, check_depth, check_tree, key_length
from ._merge import plain

MAX_COUNTS = 256
Zero = tuple[dict[str, Any], str, Any, str]  # where a zero stands, its name, it, and the name at the top above it
COUNT = 4  # characters that a count is taken for, in a copy of all counts for an update of a few: it takes 100 bytes
GROUPS = {"prompt": "prompt", "input": "prompt", "cache": "prompt", "cached": "prompt"} | dict.fromkeys(
    ("completion", "output", "reasoning", "accepted", "rejected"), "completion"
)
"""Counts that are reported together, by the first word of their names that tells."""


def merge_usage(old: dict[str, Any] | None, update: dict[str, Any], kept: Kept) -> dict[str, Any]:
    """Merge token counts, a running total: the last one wins, key by key; neither side is changed.

    A null takes nothing back, and nor does a zero, since a server that splits the counts over
    chunks sends zeros for the others; but a zero is a count where the update says a positive count
    of the same group again, as the ``prompt_tokens`` beside ``cached_tokens``. Where a server
    splits the counts, its total is that of a part, so it is raised to prompt + completion (if that
    is a count: the sum of two huge numbers may have more digits than Python writes). Every update
    is handed out whole, so the number of counts is bounded: the most on record is some 40. What an
    update that says less than all is longer when handed out counts against the message's size.

    Returns:
        The counts so far; ``old`` itself if the update says nothing new.
    """
    before = old or {}
    zeros: list[Zero] = []
    merged = _last_counts(before, update, 0, "", zeros)
    if zeros:
        groups = _restated(before, update)
        for place, name, zero, top in zeros:
            if _group(top) in groups:
                place[name] = zero
    counts, leaves = _leaves(update, kept), _leaves(merged, None)
    if leaves - 1 > MAX_COUNTS:
        raise ProtocolError(f"usage with more than {MAX_COUNTS} counts: no provider has so many", where="$.usage")
    prompt, completion, total = (merged.get(key) for key in ("prompt_tokens", "completion_tokens", "total_tokens"))
    if type(prompt) is int and type(completion) is int and type(total) is int:
        if total < prompt + completion < LARGE and not (
            update.get("prompt_tokens") and update.get("completion_tokens")
        ):
            merged["total_tokens"] = prompt + completion
    if old is not None and old == merged and _same(old, merged):
        return old
    kept.add(COUNT * max(0, leaves - counts))
    return merged


def _leaves(value: Any, kept: Kept | None) -> int:
    """Count what is in the counts; names and texts longer than any count against the message's size."""
    if isinstance(value, dict):
        leaves = 1 + len(value)
        for name, item in value.items():
            if type(name) is not str or len(name) > MAX_COUNTS:
                size = key_length(name)
                if kept is not None:
                    kept.add(size)
            if type(item) not in NUMBERS:
                leaves += _leaves(item, kept) - 1
        return leaves
    if isinstance(value, list):
        return 1 + sum(_leaves(item, kept) for item in value)
    if isinstance(value, str) and len(value) > MAX_COUNTS and kept is not None:
        kept.add(len(value))
    return 1


def _group(name: str) -> str:
    key_length(name)
    return next((GROUPS[word] for word in name.split("_") if word in GROUPS), name)


def _restated(old: dict[str, Any], update: dict[str, Any]) -> set[str]:
    """Name the groups of which a positive count is said again."""
    return {_group(key) for key, value in update.items() if _says_again(old.get(key), value)}


def _says_again(before: Any, value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(before, dict) and any(_says_again(before.get(key), item) for key, item in value.items())
    return _is_count(before) and _is_count(value) and before > 0 and value > 0


def _is_count(value: Any) -> bool:
    return type(value) in (int, float)


def _last_counts(
    old: dict[str, Any], update: dict[str, Any], depth: int, top: str, zeros: list[Zero]
) -> dict[str, Any]:
    """Merge counts key by key; where a zero meets a count, the count stays, and the zero is noted."""
    check_depth(depth)
    merged = dict(old)
    for key, value in update.items():
        before = merged.get(key)
        if type(value) in NUMBERS:
            if value or before is None:
                merged[key] = value
            elif before and _is_count(value) and _is_count(before):
                zeros.append((merged, key, value, top or key))
        elif isinstance(value, dict) and (value or before is None):
            inner = before if isinstance(before, dict) else {}
            merged[key] = _last_counts(inner, value, depth + 1, top or key, zeros)
        elif value or before is None:
            check_tree(value, depth)
            merged[key] = plain(value)
    return merged


def _same(one: Any, other: Any) -> bool:
    """True if two values are equal in type too: 1, 1.0 and true are not the same."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
