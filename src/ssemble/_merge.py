"""The one policy for merging the fields of a streamed message.

==================  ==========================================================================
value               how it merges with what is there
==================  ==========================================================================
null, "", [], {}    changes nothing; an unknown field that holds nothing else keeps it
streamed text       is concatenated: `STREAMED`, and in ``audio`` also ``data`` (base64)
unknown text        directly in a delta: a constant if every value is the same, else concatenated
other text          the last one wins: ids, types, names, signatures are never concatenated
number, boolean     the last one wins, and is never added
object              merges field by field
another type        replaces; but a number or true among streamed texts is text, and false nothing
list under logprobs extends, equal entries and nulls included
list of numbers     extends
list with `index`   an entry merges with the last one at its index, if that is of the same type,
                    is not signed, and not both have ids that differ; an entry without a type
                    does too; another type under the same name announces the same entry again
list of parts       a part extends the last one of its type until that is signed, and one that
                    brings a signature alone signs that: content, thinking, lists inside a part,
                    and entries of reasoning_details without an index
other list          a snapshot: equal, keep; longer by a tail, take the tail; else what is new
==================  ==========================================================================

Text outside a delta is never streamed. Nothing handed in is changed or kept by reference.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ._errors import ProtocolError
from ._flat import flatten, unflatten
from ._kept import (
    CONTAINER,
    NUMBERS,
    Kept,
    check_depth,
    check_tree,
    key_length,
    scalar_text,
    size_of,
)
from ._movable import Movable
from ._text import Base64, Guess, Text

STREAMED = frozenset(
    "content refusal reasoning reasoning_content reasoning_text thinking "
    "arguments input text summary transcript".split()
)
CONSTANT = frozenset(
    "id type role name object model format signature status finish_reason channel phase "
    "reasoning_opaque encrypted_content thought_signature".split()
)
PARTS = frozenset("content thinking thinking_blocks summary text reasoning reasoning_content reasoning_text".split())
FRAGMENTS = frozenset(("reasoning_details",))
WHOLE = frozenset(("images",))
NO_NUMBERS = (str, dict, list, bool, type(None))  # a decoder of the caller's choice may have others, as Decimal
LEAVES = NUMBERS | {str}
LARGEST_INDEX = 2**31 - 2  # larger ones can be chosen so that all have one hash, where Python is one of 32 bits


class Scope(NamedTuple):
    """What a place in the payload decides: which texts stream, and whether its lists only grow."""

    streamed: frozenset[str] = frozenset()
    guess: bool = False
    extend: bool = False


OUTSIDE = Scope()
DELTA = Scope(STREAMED, guess=True)
INSIDE = Scope(STREAMED)
AUDIO = Scope(frozenset(("data", "transcript")))
LOGPROBS = Scope(extend=True)


class Entries(Movable):
    """A list that is being merged."""

    __slots__ = ("items", "last", "seen")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.last: dict[int, dict[str, Any]] = {}  # the last entry at each index
        self.seen: set[str] | None = None

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        version, fields = super().__getstate__()
        return version, {"flat": flatten(fields, Entries)}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        super().__setstate__((version, unflatten(fields["flat"], Entries)))

    def plain(self) -> list[Any]:
        return [plain(item) for item in self.items.copy()]

    def merge(self, key: str, values: list[Any], scope: Scope, kept: Kept, depth: int) -> None:
        if scope.extend or not any(isinstance(value, NO_NUMBERS) for value in values):
            self.items += kept.copy(values, depth)
        elif key in PARTS and scope.streamed:
            for value in values:
                self.part(value, scope, kept, depth)
        elif key in FRAGMENTS or (key not in WHOLE and any(entry_index(value) is not None for value in values)):
            for value in values:
                if entry_index(value) is not None:
                    self._indexed(value, scope, kept, depth)
                elif key in FRAGMENTS and (_streams(value, scope) or _only_signs(value, scope)):
                    self.part(value, scope, kept, depth)
                else:
                    self._new(value, kept, depth)
        else:
            self._snapshot(values, kept, depth)

    def part(self, value: Any, scope: Scope, kept: Kept, depth: int) -> None:
        """Extend the last part, or begin another."""
        last = self.items[-1] if self.items else None
        if _only_signs(value, scope):
            if isinstance(last, dict) and _kind(value) in (None, _kind(last)) and _same_id(last, value):
                _extend(last, value, scope, kept, depth)
            else:
                self.items.append(kept.copy(value, depth))
            return
        if not _streams(value, scope):
            self.items.append(kept.copy(value, depth))
            return
        same = isinstance(last, dict) and last.get("type") == value.get("type") and not _is_over(last, value)
        if not (same and _same_id(last, value)):  # type: ignore[arg-type]  # a dict, by the line above
            if not any(item for field, item in value.items() if field != "type"):
                return  # an end marker
            last = {}
            kept.add(CONTAINER)
            self.items.append(last)
        _extend(last, value, scope, kept, depth)  # type: ignore[arg-type]  # a dict by now

    def _indexed(self, value: dict[str, Any], scope: Scope, kept: Kept, depth: int) -> None:
        index, kind = int(value["index"]), _kind(value)
        entry = self.last.get(index)
        if entry is not None and kind is not None and kind != _kind(entry):
            if entry.get("name") and entry["name"] == value.get("name"):
                scope = OUTSIDE
            else:
                entry = None
        over = entry is not None and _brings_text(value, scope) and _is_over(entry, value)
        if entry is None or over or not _same_id(entry, value):
            entry = {}
            kept.add(CONTAINER)
            self.items.append(entry)
        _extend(entry, value, scope, kept, depth)
        self.last[index] = entry

    def _snapshot(self, values: list[Any], kept: Kept, depth: int) -> None:
        have = len(self.items)
        if len(values) >= have and values[:have] == self.items:
            for value in values[have:]:
                self._append(value, kept, depth)
        else:
            for value in values:
                self._new(value, kept, depth)

    def _new(self, value: Any, kept: Kept, depth: int) -> None:
        check_tree(value, depth)
        if self.seen is None:
            self.seen = {_fingerprint(plain(item)) for item in self.items}
        if _fingerprint(value) not in self.seen:
            self._append(value, kept, depth)

    def _append(self, value: Any, kept: Kept, depth: int) -> None:
        self.items.append(kept.copy(value, depth))
        if self.seen is not None:
            self.seen.add(_fingerprint(value))


def merge_fields(fields: dict[str, Any], update: dict[str, Any], scope: Scope, kept: Kept, depth: int = 0) -> None:
    """Merge an object into the fields gathered so far."""
    check_depth(depth)
    for key, value in update.items():
        merge_field(fields, key, value, scope, kept, depth)


def merge_field(fields: dict[str, Any], key: str, value: Any, scope: Scope, kept: Kept, depth: int = 0) -> None:
    """Merge one field by the table above."""
    if type(key) is not str:
        key_length(key)
    old = fields.get(key)
    if type(old) is str and old == value and type(value) is str:
        return  # it says again what was said; a streamed text is no str here
    new = old is None and key not in fields
    if new:
        kept.add(CONTAINER + len(key))
    if not value and (value is None or value == "" or value == [] or value == {}):
        if new or (old is None and value is not None):
            fields[key] = kept.copy(value)
    elif isinstance(value, str):
        _merge_text(fields, key, value, scope, kept)
    elif isinstance(value, dict):
        inner = _inner(key, scope)
        if not isinstance(old, dict):
            kept.add(CONTAINER)
            old = fields[key] = {}
        merge_fields(old, value, inner, kept, depth + 1)
    elif isinstance(value, list):
        if not isinstance(old, Entries):
            kept.add(CONTAINER)
            old = fields[key] = Entries()
        old.merge(key, value, scope, kept, depth + 1)
    elif key in scope.streamed and isinstance(old, Text):
        if value is not False:
            _merge_text(fields, key, scalar_text(value), scope, kept)
    else:
        _assign(fields, key, value, kept)


def _merge_text(fields: dict[str, Any], key: str, value: str, scope: Scope, kept: Kept) -> None:
    if key in scope.streamed:
        kind: type[Text] = Base64 if key == "data" else Text
    elif scope.guess and key not in CONSTANT:
        kind = Guess
    else:
        return _assign(fields, key, value, kept)
    old = fields.get(key)
    if type(old) is not kind:
        kept.add(CONTAINER)
        if key in scope.streamed and _is_scalar(old):
            value = scalar_text(old) + value
        old = fields[key] = kind()
    kept.add(len(value))
    old.add(value)


def _assign(fields: dict[str, Any], key: str, value: Any, kept: Kept) -> None:
    """Let the last scalar win; what it replaces is no longer kept, so that repeating it costs nothing."""
    old = fields.get(key)
    kept.add(size_of(value) - (0 if isinstance(old, (dict, Text, Entries)) else size_of(old)))
    fields[key] = value


def _is_scalar(value: Any) -> bool:
    """True for a number or true."""
    return value is not None and value is not False and not isinstance(value, (str, dict, list, Text, Entries))


def _inner(key: str, scope: Scope) -> Scope:
    if key == "logprobs":
        return LOGPROBS
    if scope.streamed:
        return AUDIO if key == "audio" else INSIDE
    return scope


def _streams(value: Any, scope: Scope) -> bool:
    if not isinstance(value, dict):
        return False
    return any(isinstance(value[key], (str, list)) or _is_scalar(value[key]) for key in scope.streamed & value.keys())


def _brings_text(value: dict[str, Any], scope: Scope) -> bool:
    return any(value[key] for key in scope.streamed & value.keys())


def _only_signs(value: Any, scope: Scope) -> bool:
    """True for an object that brings a signature and no text."""
    if not isinstance(value, dict) or not value.get("signature") or not isinstance(value["signature"], str):
        return False
    return bool(scope.streamed) and not _brings_text(value, scope)


def _is_over(entry: dict[str, Any], value: dict[str, Any]) -> bool:
    """True if an entry is signed, and not by the same signature as what may continue it."""
    signature = entry.get("signature")
    return bool(signature) and not _is_text(signature, value.get("signature"))


def _is_text(old: Any, new: Any) -> bool:
    if isinstance(old, Text) and isinstance(new, str):
        return old.size == len(new) and old.plain() == new
    return bool(old == new)


def _extend(entry: dict[str, Any], value: dict[str, Any], scope: Scope, kept: Kept, depth: int) -> None:
    """Merge into an entry; a signature may come in pieces, behind the text."""
    if isinstance(entry.get("signature"), (str, Text)) and entry["signature"] and _only_signs(value, scope):
        _extend_signature(entry, value["signature"], kept)
        value = {key: item for key, item in value.items() if key != "signature"}
    merge_fields(entry, value, INSIDE if scope.streamed else OUTSIDE, kept, depth + 1)


def _extend_signature(entry: dict[str, Any], piece: str, kept: Kept) -> None:
    old = entry["signature"]
    if isinstance(old, Text):
        if len(piece) >= old.size and piece.startswith(old.plain()):
            piece = piece[old.size :]
    else:
        if piece.startswith(old):
            piece = piece[len(old) :]
        entry["signature"] = Text()
        entry["signature"].add(old)
    kept.add(len(piece))
    entry["signature"].add(piece)


def entry_index(value: Any) -> int | None:
    """Return the number that an entry of a list has; None if it has none that means a place."""
    index = value.get("index") if isinstance(value, dict) else None
    if type(index) is float and index.is_integer():
        index = int(index)
    return index if type(index) is int and abs(index) <= LARGEST_INDEX else None


def _kind(value: dict[str, Any]) -> str | None:
    kind = value.get("type")
    return kind if isinstance(kind, str) else None


def _same_id(entry: dict[str, Any], value: dict[str, Any]) -> bool:
    return not entry.get("id") or not value.get("id") or entry["id"] == value["id"]


def _fingerprint(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, default=repr)
    except ValueError as error:  # a number of more digits than may be written
        raise ProtocolError(f"a list holds {error}") from error.with_traceback(None)


def plain(value: Any) -> Any:
    """Turn what was gathered into fresh JSON; another thread may be adding to it, so what is walked is copied first."""
    kind = type(value)
    if kind in LEAVES:
        return value
    if kind is dict:
        return {key: item if type(item) in LEAVES else plain(item) for key, item in value.copy().items()}
    if kind is list:
        return [item if type(item) in LEAVES else plain(item) for item in value]
    if isinstance(value, (Text, Entries)):
        return value.plain()
    if isinstance(value, dict):
        return plain(dict(value))
    return plain(list(value)) if isinstance(value, list) else value
