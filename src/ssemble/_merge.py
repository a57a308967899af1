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
                    thinking, and entries with streamed text and no index
other list          a snapshot: equal, keep; longer by a tail, take the tail; else what is new
==================  ==========================================================================

Text outside a delta is never streamed. Nothing handed in is changed or kept by reference.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from ._errors import LimitExceeded, ProtocolError
from ._movable import Movable

STREAMED = frozenset(
    "content refusal reasoning reasoning_content reasoning_text thinking "
    "arguments input text summary transcript".split()
)
CONSTANT = frozenset("id type role name object model format signature status finish_reason channel phase".split())
PARTS = frozenset(("content", "thinking", "thinking_blocks"))
WHOLE = frozenset(("images",))
MAX_DEPTH = 100


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


class Text(Movable):
    """Streamed text: pieces, joined when asked, since ``+=`` on an attribute copies it all.

    Half a surrogate pair at the end of a fragment is held until the other half can join it.
    """

    __slots__ = ("held", "pieces", "size")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0
        self.held = ""

    def add(self, text: str) -> str:
        """Append a fragment; return the part of it that is certain."""
        if self.held and text:
            high, self.held = self.held, ""
            text = _joined(high, text)
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.held = text[:-1], text[-1]
        self.pieces.append(text)
        self.size += len(text)
        return text

    def release(self) -> str:
        """Give up waiting; return the half that was held."""
        half, self.held = self.held, ""
        self.pieces.append(half)
        self.size += len(half)
        return half

    def plain(self) -> str:
        if len(self.pieces) > 1:
            self.pieces[:] = ["".join(self.pieces)]
        return (self.pieces[0] if self.pieces else "") + self.held


def _joined(high: str, text: str) -> str:
    if "\udc00" <= text[0] <= "\udfff":
        return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(text[0]) - 0xDC00) + text[1:]
    return high + text


class Guess(Text):
    """Text nobody named: the values of a constant are all the same, those of a text are not."""

    __slots__ = ("constant",)

    def __init__(self) -> None:
        super().__init__()
        self.constant: str | None = None

    def add(self, text: str) -> str:
        if self.constant is None and not self.pieces:
            self.constant = text
        elif text != self.constant:
            self.constant = None
        return super().add(text)

    def plain(self) -> str:
        # The pieces of a constant are all the same, so joining them loses nothing that is shown.
        return super().plain() if self.constant is None else self.constant


class Base64(Text):
    """Streamed base64. A server that encodes each fragment alone pads in the middle."""

    __slots__ = ("groups",)

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[str] = []

    def add(self, text: str) -> str:
        if self.pieces and self.pieces[-1].endswith("="):
            self.groups.append(super().plain())
            self.pieces.clear()
        return super().add(text)

    def plain(self) -> str:
        groups = [*self.groups, super().plain()]
        if len(groups) > 1:
            try:
                groups = [base64.b64encode(b"".join(map(base64.b64decode, groups))).decode()]
            except (binascii.Error, ValueError):
                pass  # not base64: joined as it came
        return "".join(groups)


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

    def copy(self, value: Any, depth: int = 0) -> Any:
        """Copy JSON all the way down, and count it."""
        if isinstance(value, str):
            self.add(len(value) + 1)
            return value
        self.add(1)
        if isinstance(value, dict):
            _check_depth(depth)
            copied = {}
            for key, item in value.items():
                self.add(len(key))
                copied[key] = self.copy(item, depth + 1)
            return copied
        if isinstance(value, list):
            _check_depth(depth)
            return [self.copy(item, depth + 1) for item in value]
        return value


class Entries(Movable):
    """A list that is being merged."""

    __slots__ = ("at", "items", "last", "seen")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.at: dict[tuple[Any, int], dict[str, Any]] = {}  # by type and index
        self.last: dict[int, dict[str, Any]] = {}  # by index
        self.seen: set[str] | None = None

    def plain(self) -> list[Any]:
        return [plain(item) for item in self.items]

    def merge(self, key: str, values: list[Any], scope: Scope, kept: Kept, depth: int) -> None:
        if scope.extend or all(type(value) in (int, float) for value in values):
            self.items += kept.copy(values, depth)
        elif key in PARTS and scope.streamed:
            for value in values:
                self.part(value, scope, kept, depth)
        elif key not in WHOLE and any(_index(value) is not None or _streams(value, scope) for value in values):
            for value in values:
                if _index(value) is not None:
                    self._indexed(value, scope, kept, depth)
                elif _streams(value, scope):
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
            self.items.append(last)
        merge_fields(last, value, INSIDE, kept, depth + 1)  # type: ignore[arg-type]  # a dict by now

    def _indexed(self, value: dict[str, Any], scope: Scope, kept: Kept, depth: int) -> None:
        index, kind = value["index"], value.get("type")
        entry = self.last.get(index) if kind is None else self.at.get((kind, index))
        if entry is None and kind is not None and index in self.last:
            other = self.last[index]
            if other.get("name") and other["name"] == value.get("name"):
                entry, scope = other, OUTSIDE
        if entry is None or not _same_id(entry, value):
            entry = {}
            self.items.append(entry)
        merge_fields(entry, value, INSIDE if scope.streamed else OUTSIDE, kept, depth + 1)
        self.last[index] = entry
        self.at[entry.get("type"), index] = entry

    def _snapshot(self, values: list[Any], kept: Kept, depth: int) -> None:
        have = len(self.items)
        if len(values) >= have and values[:have] == self.items:
            for value in values[have:]:
                self._append(value, kept, depth)
        else:
            for value in values:
                self._new(value, kept, depth)

    def _new(self, value: Any, kept: Kept, depth: int) -> None:
        _check_tree(value, depth)
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
    _check_depth(depth)
    for key, value in update.items():
        merge_field(fields, key, value, scope, kept, depth)


def merge_field(fields: dict[str, Any], key: str, value: Any, scope: Scope, kept: Kept, depth: int = 0) -> None:
    """Merge one field by the table above."""
    if key not in fields:
        kept.add(len(key))
    old = fields.get(key)
    if value is None or value == "" or value == [] or value == {}:
        if key not in fields or (old is None and value is not None):
            fields[key] = kept.copy(value)
    elif isinstance(value, str):
        _merge_text(fields, key, value, scope, kept)
    elif isinstance(value, dict):
        inner = _inner(key, scope)
        if not isinstance(old, dict):
            old = fields[key] = {}
        merge_fields(old, value, inner, kept, depth + 1)
    elif isinstance(value, list):
        if not isinstance(old, Entries):
            old = fields[key] = Entries()
        old.merge(key, value, scope, kept, depth)
    else:
        _assign(fields, key, value, kept)


def _merge_text(fields: dict[str, Any], key: str, value: str, scope: Scope, kept: Kept) -> None:
    if key in scope.streamed:
        kind: type[Text] = Base64 if key == "data" else Text
    elif scope.guess and key not in CONSTANT:
        kind = Guess
    else:
        return _assign(fields, key, value, kept)
    kept.add(len(value))
    old = fields.get(key)
    if type(old) is not kind:
        old = fields[key] = kind()
    old.add(value)


def _assign(fields: dict[str, Any], key: str, value: Any, kept: Kept) -> None:
    """Let the last scalar win; what it replaces is no longer kept, so that repeating it costs nothing."""
    kept.add(_size(value) - _size(fields.get(key)))
    fields[key] = value


def _size(value: Any) -> int:
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


def _index(value: Any) -> int | None:
    index = value.get("index") if isinstance(value, dict) else None
    return index if type(index) is int else None


def _same_id(entry: dict[str, Any], value: dict[str, Any]) -> bool:
    return not entry.get("id") or not value.get("id") or entry["id"] == value["id"]


def _fingerprint(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ProtocolError(f"nested deeper than {MAX_DEPTH} levels: no message is")


def _check_tree(value: Any, depth: int) -> None:
    _check_depth(depth)
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            _check_tree(item, depth + 1)


def plain(value: Any) -> Any:
    """Turn what was gathered into fresh JSON."""
    if isinstance(value, (Text, Entries)):
        return value.plain()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def merge_usage(old: dict[str, Any] | None, update: dict[str, Any]) -> dict[str, Any]:
    """Merge token counts, a running total: the last one wins, key by key; neither side is changed.

    A zero or null takes nothing back. Where a server splits the counts over chunks, its total is
    that of a part, so it is raised to prompt + completion.
    """
    merged = _last_counts(old or {}, update, 0)
    prompt, completion, total = (merged.get(key) for key in ("prompt_tokens", "completion_tokens", "total_tokens"))
    if type(prompt) is int and type(completion) is int and type(total) is int:
        if total < prompt + completion and not (update.get("prompt_tokens") and update.get("completion_tokens")):
            merged["total_tokens"] = prompt + completion
    return merged


def _last_counts(old: dict[str, Any], update: dict[str, Any], depth: int) -> dict[str, Any]:
    _check_depth(depth)
    merged = dict(old)
    for key, value in update.items():
        before = merged.get(key)
        if isinstance(value, dict):
            merged[key] = _last_counts(before if isinstance(before, dict) else {}, value, depth + 1)
        elif value or before is None:
            _check_tree(value, depth)
            merged[key] = plain(value)
    return merged
