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
another type        replaces
list under logprobs extends, equal entries and nulls included
list of numbers     extends
list with `index`   an entry merges with that of the same type and index, unless both have ids
                    and these differ; an entry without a type continues the last at its index;
                    another type under the same name announces the same entry again
list of parts       a part extends the last one of its type until that is signed: content,
                    thinking, and entries of reasoning_details without an index
other list          a snapshot: equal, keep; longer by a tail, take the tail; else what is new
==================  ==========================================================================

Text outside a delta is never streamed. Nothing handed in is changed or kept by reference.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ._errors import LimitExceeded, ProtocolError
from ._movable import Movable
from ._text import Base64, Guess, Text

STREAMED = frozenset(
    "content refusal reasoning reasoning_content reasoning_text thinking "
    "arguments input text summary transcript".split()
)
CONSTANT = frozenset("id type role name object model format signature status finish_reason channel phase".split())
PARTS = frozenset(("content", "thinking", "thinking_blocks"))
FRAGMENTS = frozenset(("reasoning_details",))
WHOLE = frozenset(("images",))
MAX_DEPTH = 100
CONTAINER = 16  # characters that an object, a list or a text that may grow counts as: an empty one takes as much
NUMBERS = frozenset((int, float, bool, type(None)))
NO_NUMBERS = (str, dict, list, bool, type(None))  # a decoder of the caller's choice may have others, as Decimal
LEAVES = NUMBERS | {str}
LARGE = 2**53  # such numbers take more than one place
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


class Kept(Movable):
    """Characters kept in one message, against its limit."""

    __slots__ = ("limit", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0

    def add(self, size: int) -> None:
        self.size += size
        if self.size > self.limit:
            raise LimitExceeded.over("max_message_size", self.limit, "characters")

    def take_back(self, size: int) -> None:
        """Forget characters that are no longer kept."""
        self.size -= size

    def copy(self, value: Any, depth: int = 0) -> Any:
        """Copy JSON all the way down, and count it."""
        copied, size = _copy(value, depth)
        self.add(size)
        return copied


def _copy(value: Any, depth: int) -> tuple[Any, int]:
    kind = type(value)
    if kind is str:
        return value, len(value) + 1
    if kind in NUMBERS:
        return value, _size(value) if kind is int else 1
    if kind is dict:
        check_depth(depth)
        fields, size = {}, CONTAINER
        for key, item in value.items():
            size += len(key)
            if type(item) in NUMBERS:
                fields[key] = item
                size += 1 if type(item) is not int or -LARGE < item < LARGE else _size(item)
            else:
                fields[key], more = _copy(item, depth + 1)
                size += more
        return fields, size
    if kind is list:
        check_depth(depth)
        items, size = [], CONTAINER
        for item in value:
            if type(item) in NUMBERS:
                items.append(item)
                size += 1 if type(item) is not int or -LARGE < item < LARGE else _size(item)
            else:
                copied, more = _copy(item, depth + 1)
                items.append(copied)
                size += more
        return items, size
    plain_kind = next((plain_kind for plain_kind in (dict, list, str) if isinstance(value, plain_kind)), None)
    if plain_kind is not None:  # of a class of its own, from a decoder of the caller's choice
        return _copy(plain_kind(value), depth)
    return value, 1


class Entries(Movable):
    """A list that is being merged."""

    __slots__ = ("at", "items", "last", "seen")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.at: dict[tuple[Any, int], dict[str, Any]] = {}  # by type and index
        self.last: dict[int, dict[str, Any]] = {}  # by index
        self.seen: set[str] | None = None

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
                elif key in FRAGMENTS and _streams(value, scope):
                    self.part(value, scope, kept, depth)
                else:
                    self._new(value, kept, depth)
        else:
            self._snapshot(values, kept, depth)

    def part(self, value: Any, scope: Scope, kept: Kept, depth: int) -> None:
        """Extend the last part, or begin another."""
        if not _streams(value, scope):
            self.items.append(kept.copy(value, depth))
            return
        last = self.items[-1] if self.items else None
        same = isinstance(last, dict) and last.get("type") == value.get("type") and not last.get("signature")
        if not (same and _same_id(last, value)):  # type: ignore[arg-type]  # a dict, by the line above
            if not any(item for field, item in value.items() if field != "type"):
                return  # an end marker
            last = {}
            kept.add(CONTAINER)
            self.items.append(last)
        merge_fields(last, value, INSIDE, kept, depth + 1)  # type: ignore[arg-type]  # a dict by now

    def _indexed(self, value: dict[str, Any], scope: Scope, kept: Kept, depth: int) -> None:
        index, kind = value["index"], _kind(value)
        entry = self.last.get(index) if kind is None else self.at.get((kind, index))
        if entry is None and kind is not None and index in self.last:
            other = self.last[index]
            if other.get("name") and other["name"] == value.get("name"):
                entry, scope = other, OUTSIDE
        if entry is None or not _same_id(entry, value):
            entry = {}
            kept.add(CONTAINER)
            self.items.append(entry)
        merge_fields(entry, value, INSIDE if scope.streamed else OUTSIDE, kept, depth + 1)
        self.last[index] = entry
        self.at[_kind(entry), index] = entry

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
    old = fields.get(key)
    if type(old) is str and old == value and type(value) is str:
        return  # it says again what was said; a streamed text is no str here
    new = old is None and key not in fields
    if new:
        kept.add(len(key))
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
        old = fields[key] = kind()
    kept.add(len(value))
    old.add(value)


def _assign(fields: dict[str, Any], key: str, value: Any, kept: Kept) -> None:
    """Let the last scalar win; what it replaces is no longer kept, so that repeating it costs nothing."""
    kept.add(_size(value) - _size(fields.get(key)))
    fields[key] = value


def _size(value: Any) -> int:
    if type(value) is int:
        return 1 if -LARGE < value < LARGE else value.bit_length() // 8
    if isinstance(value, str):
        return len(value) + 1
    return 0 if value is None or isinstance(value, (dict, Text, Entries)) else 1


def _inner(key: str, scope: Scope) -> Scope:
    if key == "logprobs":
        return LOGPROBS
    if scope.streamed:
        return AUDIO if key == "audio" else INSIDE
    return scope


def _streams(value: Any, scope: Scope) -> bool:
    if not isinstance(value, dict):
        return False
    return any(isinstance(value[key], (str, list)) for key in scope.streamed & value.keys())


def entry_index(value: Any) -> int | None:
    """Return the number that an entry of a list has; None if it has none that means a place."""
    index = value.get("index") if isinstance(value, dict) else None
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


def check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ProtocolError(f"nested deeper than {MAX_DEPTH} levels: no message is")


def check_tree(value: Any, depth: int) -> None:
    check_depth(depth)
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            check_tree(item, depth + 1)


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
