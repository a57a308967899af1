"""Merging of token counts."""

from __future__ import annotations

from typing import Any

from ..._errors import ProtocolError
from ..._model.budget import LARGE, NUMBERS, SizeBudget, check_depth, key_length
from .merge import to_json

MAX_COUNTS = 256
ONLY_TEXT = frozenset((str,))
Zero = tuple[dict[str, Any], str, Any, str]  # the object with a zero, its key, the zero, the top-level key
COUNT = 4  # characters charged for each count that an update adds by repeating the others; it needs 100 bytes
GROUPS = {"prompt": "prompt", "input": "prompt", "cache": "prompt", "cached": "prompt"} | dict.fromkeys(
    ("completion", "output", "reasoning", "accepted", "rejected"), "completion"
)
"""Groups of counts that are reported together: the first word of a name that is listed here decides."""


def merge_usage(old: dict[str, Any] | None, update: dict[str, Any], budget: SizeBudget) -> dict[str, Any]:
    """Merge token counts. They are running totals: the last value of each key wins.

    An update is modified or kept only if it was given away.

    A null never replaces a count. A zero does not either, because a server that splits the counts
    over several chunks sends zeros for the others. A zero is a real count only if the same update
    repeats a positive count of the same group: ``cached_tokens: 0`` beside ``prompt_tokens: 9``.

    If a server splits the counts, each ``total_tokens`` covers a part only, so it is raised to
    prompt + completion (if that sum is below 2**53: Python may refuse to write a larger one).

    Each update is passed on with all counts so far. So their number is limited (the largest recorded
    usage has about 40), and the counts that an update did not repeat are charged to the message.

    Returns:
        The counts so far; ``old`` itself if the update changes nothing.
    """
    counts = _leaves(update, budget, 0)
    if old is None:
        merged, leaves = update if budget.owns else to_json(update), counts
    else:
        zeros: list[Zero] = []
        merged = _last_counts(old, update, "", zeros)
        groups = _restated(old, update) if zeros else set()
        for place, name, zero, top in zeros:
            if _group(top) in groups:
                place[name] = zero
        leaves = _leaves(merged, None, 0)
    if leaves - 1 > MAX_COUNTS:
        raise ProtocolError(f"expected at most {MAX_COUNTS} counts in usage, got more", where="$.usage")
    prompt, completion = merged.get("prompt_tokens"), merged.get("completion_tokens")
    total = merged.get("total_tokens")
    if type(prompt) is int and type(completion) is int and type(total) is int:
        if total < prompt + completion < LARGE and not (
            update.get("prompt_tokens") and update.get("completion_tokens")
        ):
            merged["total_tokens"] = prompt + completion
    if old is not None and old == merged and _same(old, merged):
        return old
    budget.charge(COUNT * max(0, leaves - counts))
    return merged


def usage_shape(usage: dict[str, Any]) -> list[Any]:
    """Return the keys of the counts, and which of them are above zero."""
    return [(key, usage_shape(value) if isinstance(value, dict) else bool(value)) for key, value in usage.items()]


def _leaves(value: Any, budget: SizeBudget | None, depth: int) -> int:
    """Count the leaves, and check how deep they are. Unusually long names and texts are charged to the message."""
    if isinstance(value, dict):
        check_depth(depth)
        leaves = 1 + len(value)
        if not ONLY_TEXT.issuperset(map(type, value)) or max(map(len, value), default=0) > MAX_COUNTS:
            for name in value:
                size = key_length(name)
                if budget is not None and (type(name) is not str or size > MAX_COUNTS):
                    budget.charge(size)
        if not NUMBERS.issuperset(map(type, value.values())):
            for item in value.values():
                if type(item) not in NUMBERS:
                    leaves += _leaves(item, budget, depth + 1) - 1
        return leaves
    if isinstance(value, list):
        check_depth(depth)
        return 1 + sum(_leaves(item, budget, depth + 1) for item in value)
    if isinstance(value, str) and len(value) > MAX_COUNTS and budget is not None:
        budget.charge(len(value))
    return 1


def _group(name: str) -> str:
    key_length(name)
    return next((GROUPS[word] for word in name.split("_") if word in GROUPS), name)


def _restated(old: dict[str, Any], update: dict[str, Any]) -> set[str]:
    """Return the groups of which the update repeats a positive count."""
    return {_group(key) for key, value in update.items() if _says_again(old.get(key), value)}


def _says_again(before: Any, value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(before, dict) and any(_says_again(before.get(key), item) for key, item in value.items())
    return _is_count(before) and _is_count(value) and before > 0 and value > 0


def _is_count(value: Any) -> bool:
    return type(value) in (int, float)


def _last_counts(old: dict[str, Any], update: dict[str, Any], top: str, zeros: list[Zero]) -> dict[str, Any]:
    """Merge counts key by key. A zero does not replace a count; it is added to ``zeros``."""
    merged = old.copy()
    for key, value in update.items():
        before = merged.get(key)
        if type(value) in NUMBERS:
            if value or before is None:
                merged[key] = value
            elif before and _is_count(value) and _is_count(before):
                zeros.append((merged, key, value, top or key))
        elif isinstance(value, dict) and (value or before is None):
            inner = before if isinstance(before, dict) else {}
            merged[key] = _last_counts(inner, value, top or key, zeros)
        elif value or before is None:
            merged[key] = to_json(value)
    return merged


def _same(one: Any, other: Any) -> bool:
    """True if two values are equal and of the same types: 1, 1.0 and true differ."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
