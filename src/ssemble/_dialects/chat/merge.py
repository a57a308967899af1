"""How the fields of a streamed message are merged. All rules are in this table.

==================  ==========================================================================
value               how it is merged into the value so far
==================  ==========================================================================
null, "", [], {}    changes nothing; stored only if the field has no value yet
streamed text       is concatenated: `STREAMED` in `names`, and in ``audio`` also ``data`` (base64)
unknown text        directly in a delta: kept once if every chunk repeats it, else concatenated
other text          the last value wins: ids, types, names, signatures are never concatenated
number, boolean     the last value wins; numbers are never added
object              merges field by field
another type        replaces; but in a streamed text, a number or true is text and false is ignored
list under logprobs is extended, also by equal entries and nulls
list of numbers     is extended
list with `index`   an entry is merged into the last entry at its index if that has the same type,
                    no signature and no other id; an entry without a type is too; another type
                    with the same name is the same entry, announced again
list of parts       a part extends the last part if the type is the same and it has no signature
                    yet; a part with a signature and no text signs the last part. These are content,
                    thinking, lists inside a part, and reasoning_details entries without an index
other list          a snapshot: if it starts with the list so far, append the rest; else append
                    the entries that are new
==================  ==========================================================================

Text outside a delta is never concatenated. The arguments are never modified or kept by reference.
"""

from __future__ import annotations

import json
from typing import Any

from ..._errors import ProtocolError
from ..._model.budget import (
    CONTAINER,
    LEAVES,
    NUMBERS,
    SizeBudget,
    check_depth,
    check_tree,
    key_length,
    scalar_text,
    size_of,
)
from ..._model.flat import flatten, unflatten
from ..._model.text import Base64, MaybeConstantText, Text
from ..._pickling import Picklable
from .names import AUDIO, CHUNK, CONSTANT, FRAGMENTS, LOGPROBS, NESTED, PARTS, WHOLE, MergeRules, entry_index

REPEATED = frozenset((str, type(None)))  # a streamed text is a Text
NO_NUMBERS = (str, dict, list, bool, type(None))  # anything else is a number: a custom decoder may return Decimal


class MergedList(Picklable):
    """A list that is being merged."""

    __slots__ = ("items", "last", "seen")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.last: dict[int, dict[str, Any]] = {}  # the last entry at each index
        self.seen: set[str] | None = None

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        version, fields = super().__getstate__()
        return version, {"flat": flatten(fields, MergedList)}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        super().__setstate__((version, unflatten(fields["flat"], MergedList)))

    def to_json(self) -> list[Any]:
        return [to_json(item) for item in self.items.copy()]

    def merge(self, key: str, values: list[Any], scope: MergeRules, budget: SizeBudget, depth: int) -> None:
        if scope.extend or not any(isinstance(value, NO_NUMBERS) for value in values):
            self.items += budget.keep(values, depth)
        elif key in PARTS and scope.streamed:
            for value in values:
                self.part(value, scope, budget, depth)
        elif _has_entries(key, values):
            for value in values:
                if entry_index(value) is not None:
                    self._indexed(value, scope, budget, depth)
                elif key in FRAGMENTS and (_streams(value, scope) or _only_signs(value, scope)):
                    self.part(value, scope, budget, depth)
                else:
                    self._new(value, budget, depth)
        else:
            self._snapshot(values, budget, depth)

    def part(self, value: Any, scope: MergeRules, budget: SizeBudget, depth: int) -> None:
        """Extend the last part, or start a new one."""
        last = self.items[-1] if self.items else None
        if _only_signs(value, scope):
            if isinstance(last, dict) and _kind(value) in (None, _kind(last)) and _same_id(last, value):
                _extend(last, value, scope, budget, depth)
            else:
                self.items.append(budget.copy(value, depth))
                budget.epoch += 1
            return
        if not _streams(value, scope):
            self.items.append(budget.copy(value, depth))
            budget.epoch += 1
            return
        same = isinstance(last, dict) and last.get("type") == value.get("type") and not _is_over(last, value)
        if not (same and _same_id(last, value)):  # type: ignore[arg-type]  # a dict: checked on the line above
            if not any(item for field, item in value.items() if field != "type"):
                return  # an end marker
            last = {}
            budget.epoch += 1
            budget.charge(CONTAINER)
            self.items.append(last)
        _extend(last, value, scope, budget, depth)  # type: ignore[arg-type]  # a dict by now

    def _indexed(self, value: dict[str, Any], scope: MergeRules, budget: SizeBudget, depth: int) -> None:
        index, kind = int(value["index"]), _kind(value)
        entry = self.last.get(index)
        if entry is not None and kind is not None and kind != _kind(entry):
            if entry.get("name") and entry["name"] == value.get("name"):
                scope = CHUNK
            else:
                entry = None
        over = entry is not None and _brings_text(value, scope) and _is_over(entry, value)
        if entry is None or over or not _same_id(entry, value):
            entry = {}
            budget.epoch += 1
            budget.charge(CONTAINER)
            self.items.append(entry)
        _extend(entry, value, scope, budget, depth)
        self.last[index] = entry

    def _snapshot(self, values: list[Any], budget: SizeBudget, depth: int) -> None:
        have = len(self.items)
        if len(values) >= have and values[:have] == self.items:
            for value in values[have:]:
                self._append(value, budget, depth)
        else:
            for value in values:
                self._new(value, budget, depth)

    def _new(self, value: Any, budget: SizeBudget, depth: int) -> None:
        check_tree(value, depth)
        if self.seen is None:
            self.seen = {_fingerprint(to_json(item)) for item in self.items}
        if _fingerprint(value) not in self.seen:
            self._append(value, budget, depth)

    def _append(self, value: Any, budget: SizeBudget, depth: int) -> None:
        self.items.append(budget.copy(value, depth))
        budget.epoch += 1
        if self.seen is not None:
            self.seen.add(_fingerprint(value))


def merge_fields(
    fields: dict[str, Any], update: dict[str, Any], scope: MergeRules, budget: SizeBudget, depth: int = 0
) -> None:
    """Merge an object into the fields so far."""
    check_depth(depth)
    for key, value in update.items():
        merge_field(fields, key, value, scope, budget, depth)


def merge_field(
    fields: dict[str, Any], key: str, value: Any, scope: MergeRules, budget: SizeBudget, depth: int = 0
) -> None:
    """Merge one field by the table above."""
    if type(key) is not str:
        key_length(key)
    old = fields.get(key)
    if old is not None or key in fields:
        if type(old) in REPEATED and type(value) is type(old) and value == old:
            return
        new = False
    else:
        new = True
        budget.epoch += 1
        if type(value) in NUMBERS:
            budget.charge(CONTAINER + len(key) + (size_of(value) or 1))
            fields[key] = value
            return
        if type(value) is str and value and not scope.streamed:
            budget.charge(CONTAINER + len(key) + CONTAINER + len(value))
            fields[key] = value
            return
        budget.charge(CONTAINER + len(key))
    if not value and (value is None or value == "" or value == [] or value == {}):
        if new or (old is None and value is not None):
            budget.epoch += 1
            fields[key] = budget.copy(value)
    elif isinstance(value, str):
        _merge_text(fields, key, value, scope, budget)
    elif isinstance(value, dict):
        inner = _inner(key, scope)
        if not isinstance(old, dict):
            budget.epoch += 1
            if not inner.streamed and LEAVES.issuperset(map(type, value.values())):
                fields[key] = budget.copy(value, depth + 1)  # what merging them one by one into nothing makes
                return
            budget.charge(CONTAINER)
            old = fields[key] = {}
        merge_fields(old, value, inner, budget, depth + 1)
    elif isinstance(value, list):
        if not isinstance(old, MergedList):
            budget.epoch += 1
            budget.charge(CONTAINER)
            old = fields[key] = MergedList()
        old.merge(key, value, scope, budget, depth + 1)
    elif key in scope.streamed and isinstance(old, Text):
        if value is not False:
            _merge_text(fields, key, scalar_text(value), scope, budget)
    else:
        _assign(fields, key, value, budget)


def _merge_text(fields: dict[str, Any], key: str, value: str, scope: MergeRules, budget: SizeBudget) -> None:
    if key in scope.streamed:
        kind: type[Text] = Base64 if key == "data" else Text
    elif scope.guess and key not in CONSTANT:
        kind = MaybeConstantText
    else:
        return _assign(fields, key, value, budget)
    old = fields.get(key)
    if type(old) is not kind:
        budget.epoch += 1
        budget.charge(CONTAINER)
        if key in scope.streamed and _is_scalar(old):
            value = scalar_text(old) + value
        old = fields[key] = kind()
    budget.charge(len(value))
    old.add(value)
    if old.pending_surrogate:
        budget.epoch += 1


def _assign(fields: dict[str, Any], key: str, value: Any, budget: SizeBudget) -> None:
    """Replace the value, and refund the size of the old one, so that repeating a value costs nothing."""
    old = fields.get(key)
    budget.charge(size_of(value) - (0 if isinstance(old, (dict, Text, MergedList)) else size_of(old)))
    if type(old) is not type(value) or old != value or (type(value) is float and repr(old) != repr(value)):
        budget.epoch += 1  # 0.0 and -0.0 are equal, but not the same
    fields[key] = value


def _is_scalar(value: Any) -> bool:
    """True for a number or true."""
    return value is not None and value is not False and not isinstance(value, (str, dict, list, Text, MergedList))


def _inner(key: str, scope: MergeRules) -> MergeRules:
    if key == "logprobs":
        return LOGPROBS
    if scope.streamed:
        return AUDIO if key == "audio" else NESTED
    return scope


def _streams(value: Any, scope: MergeRules) -> bool:
    if not isinstance(value, dict):
        return False
    return any(isinstance(value[key], (str, list)) or _is_scalar(value[key]) for key in scope.streamed & value.keys())


def _brings_text(value: dict[str, Any], scope: MergeRules) -> bool:
    return any(value[key] for key in scope.streamed & value.keys())


def _only_signs(value: Any, scope: MergeRules) -> bool:
    """True for an object with a signature and no text."""
    if not isinstance(value, dict) or not value.get("signature") or not isinstance(value["signature"], str):
        return False
    return bool(scope.streamed) and not _brings_text(value, scope)


def _is_over(entry: dict[str, Any], value: dict[str, Any]) -> bool:
    """True if the entry has a signature, and ``value`` does not repeat the same one."""
    signature = entry.get("signature")
    return bool(signature) and not _is_text(signature, value.get("signature"))


def _is_text(old: Any, new: Any) -> bool:
    if isinstance(old, Text) and isinstance(new, str):
        return old.size == len(new) and old.to_json() == new
    return bool(old == new)


def _extend(entry: dict[str, Any], value: dict[str, Any], scope: MergeRules, budget: SizeBudget, depth: int) -> None:
    """Merge into an entry. A signature may come in several pieces, after the text."""
    if isinstance(entry.get("signature"), (str, Text)) and entry["signature"] and _only_signs(value, scope):
        _extend_signature(entry, value["signature"], budget)
        value = {key: item for key, item in value.items() if key != "signature"}
    merge_fields(entry, value, NESTED if scope.streamed else CHUNK, budget, depth + 1)


def _extend_signature(entry: dict[str, Any], piece: str, budget: SizeBudget) -> None:
    old = entry["signature"]
    if isinstance(old, Text):
        if len(piece) >= old.size and piece.startswith(old.to_json()):
            piece = piece[old.size :]
    else:
        if piece.startswith(old):
            piece = piece[len(old) :]
        entry["signature"] = Text()
        budget.epoch += 1
        entry["signature"].add(old)
    budget.charge(len(piece))
    entry["signature"].add(piece)


def is_snapshot(key: str, values: list[Any]) -> bool:
    """True for a list outside a delta that brings nothing if it is merged once more: its entries are known then."""
    return any(isinstance(value, NO_NUMBERS) for value in values) and not _has_entries(key, values)


def _has_entries(key: str, values: list[Any]) -> bool:
    """True if a list has entries that are continued one by one."""
    return key in FRAGMENTS or (key not in WHOLE and any(entry_index(value) is not None for value in values))


def _kind(value: dict[str, Any]) -> str | None:
    kind = value.get("type")
    return kind if isinstance(kind, str) else None


def _same_id(entry: dict[str, Any], value: dict[str, Any]) -> bool:
    return not entry.get("id") or not value.get("id") or entry["id"] == value["id"]


def _fingerprint(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, default=repr)
    except ValueError as error:  # an int with more digits than str() may write
        raise ProtocolError(
            f"expected a list entry that can be compared, got {type(value).__name__}: {error}"
        ) from error.with_traceback(None)


def to_json(value: Any) -> Any:
    """Return the merged value as new JSON. Each container is copied first: another thread may be merging."""
    kind = type(value)
    if kind in LEAVES:
        return value
    if kind is dict:
        fields = value.copy()
        if not LEAVES.issuperset(map(type, fields.values())):
            for key, item in fields.items():
                if type(item) not in LEAVES:
                    fields[key] = to_json(item)
        return fields
    if kind is list:
        return [item if type(item) in LEAVES else to_json(item) for item in value]
    if isinstance(value, (Text, MergedList)):
        return value.to_json()
    if isinstance(value, dict):
        return to_json(dict(value))
    return to_json(list(value)) if isinstance(value, list) else value
