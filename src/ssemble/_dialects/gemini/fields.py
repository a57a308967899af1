"""How the fields of a Gemini response are merged that are neither texts nor calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..._copied import CONTAINERS, copied
from ..._errors import ProtocolError, safe_repr
from ..._model.budget import CONTAINER, NUMBERS, SizeBudget, check_tree, key_length, size_of
from ..counts import check_keys
from ..fields import EMPTY, Fields
from ..tree import Live, to_json

SPACED = json.JSONEncoder(ensure_ascii=False).encode
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
SORTED = json.JSONEncoder(sort_keys=True).encode


class Entries(Live):
    """A list without repetitions: the entries by what identifies them, in the order of their arrival."""

    __slots__ = ("by",)

    def __init__(self) -> None:
        self.by: dict[str, Any] = {}

    def to_json(self) -> list[Any]:
        return [to_json(entry) for entry in self.by.copy().values()]


def is_same(old: Any, value: Any) -> bool:
    return type(value) is type(old) and bool(value == old)


def overlay(old: Fields, update: Fields, budget: SizeBudget) -> Fields:
    """Lay an object over another: null never erases, and an empty value never erases a filled one.

    Numbers are charged with their key only, so that counts that change cost nothing.

    Returns:
        A new object; ``old`` itself if nothing changes.
    """
    changed: Fields = {}
    size = 0
    for key, value in update.items():
        if value is None:
            continue
        before = old.get(key)
        if before is None:
            size += 2 * CONTAINER + key_length(key)
        elif (before and value in EMPTY) or is_same(before, value):
            continue
        changed[key] = value if type(value) in NUMBERS else budget.copy(value)
    if not changed:
        return old
    budget.charge(size)
    return check_keys({**old, **changed} if old else changed)


def assign(fields: Fields, key: str, value: Any, budget: SizeBudget) -> None:
    """Store the last value that is not null; an empty text never erases a known one."""
    if value is None:
        return
    old = fields.get(key)
    size = 0
    if old is None:
        size = CONTAINER + key_length(key)
    elif (old and value == "") or is_same(old, value):
        return
    elif not isinstance(old, (dict, list, Entries)):
        size = -size_of(old)
    budget.epoch += 1
    is_text = type(value) is str
    budget.charge(size + size_of(value) if is_text else size)
    fields[key] = value if is_text else budget.copy(value)


def lay_over(fields: Fields, key: str, value: Any, budget: SizeBudget) -> None:
    """Metadata that comes in parts: lay the object over the one so far."""
    old = fields.get(key)
    if not isinstance(value, dict) or not isinstance(old, dict):
        return assign(fields, key, value, budget)
    merged = overlay(old, value, budget)
    if merged is not old:
        budget.epoch += 1
        fields[key] = merged
    return None


def by_category(fields: Fields, key: str, value: Any, budget: SizeBudget) -> None:
    """Safety ratings: the last of each category counts."""
    if not isinstance(value, list):
        return assign(fields, key, value, budget)
    entries = _entries(fields, key, budget)
    for entry in value:
        category = entry.get("category") if isinstance(entry, dict) else None
        _keep(entries, category if isinstance(category, str) else fingerprint(entry), entry, budget)
    return None


def united(fields: Fields, key: str, value: Any, budget: SizeBudget) -> None:
    """Citations: the union of its lists."""
    for name, entries in _inner(fields, key, value, budget):
        if isinstance(entries, list):
            known = _entries(fields[key], name, budget)
            for entry in entries:
                _keep(known, fingerprint(entry), entry, budget)
        else:
            assign(fields[key], name, entries, budget)


def joined(fields: Fields, key: str, value: Any, budget: SizeBudget) -> None:
    """Log probabilities: its lists are joined."""
    for name, entries in _inner(fields, key, value, budget):
        known = fields[key].get(name)
        if isinstance(entries, list) and isinstance(known, list):
            budget.epoch += 1
            known += budget.copy(entries)
        else:
            assign(fields[key], name, entries, budget)


MERGES: dict[str, Callable[[Fields, str, Any, SizeBudget], None]] = {
    "groundingMetadata": lay_over,
    "urlContextMetadata": lay_over,
    "promptFeedback": lay_over,
    "safetyRatings": by_category,
    "citationMetadata": united,
    "logprobsResult": joined,
}
"""The fields that are not simply assigned."""


def _inner(fields: Fields, key: str, value: Any, budget: SizeBudget) -> list[tuple[str, Any]]:
    """Return the items of an object that is merged by its own keys."""
    if not isinstance(value, dict):
        assign(fields, key, value, budget)
        return []
    if not isinstance(fields.get(key), dict):
        assign(fields, key, {}, budget)
    return list(value.items())


def _entries(fields: Fields, key: str, budget: SizeBudget) -> Entries:
    entries = fields.get(key)
    if not isinstance(entries, Entries):
        assign(fields, key, [], budget)
        entries = fields[key] = Entries()
    return entries


def _keep(entries: Entries, key: str, entry: Any, budget: SizeBudget) -> None:
    if not is_same(entries.by.get(key), entry):
        budget.epoch += 1
        budget.charge(CONTAINER + len(key))
        entries.by[key] = budget.copy(entry)


def fingerprint(value: Any) -> str:
    check_tree(value, 0)
    return json_text(value, SORTED)


def json_text(value: Any, encode: Callable[[Any], str] = SPACED) -> str:
    """Write JSON; the texts of a model are easier to read without escapes."""
    try:
        return encode(value)
    except (ValueError, TypeError) as error:  # of a custom decoder: a very large int, or an object of its own
        raise ProtocolError(f"expected JSON, got {safe_repr(value)}: {error}") from error.with_traceback(None)


def fresh(value: Fields) -> Fields:
    """Copy an object whose values are mostly numbers."""
    return {key: copied(item) if type(item) in CONTAINERS else item for key, item in value.items()}
