"""Copies of JSON values, and their size counted against max_message_size."""

from __future__ import annotations

import json
from typing import Any

from .._errors import LimitExceeded, ProtocolError, safe_repr
from .._pickling import Picklable

MAX_DEPTH = 32  # levels; the deepest recorded message has 11
CONTAINER = 16  # characters charged for an object, list, text or key, besides its text: about the memory it needs
NUMBERS = frozenset((int, float, bool, type(None)))
LEAVES = NUMBERS | {str}  # types of JSON values that hold no others
LARGE = 2**53  # larger ints need more memory
SMALL = 257  # CPython shares smaller ints
RESERVE = 2**16  # characters for the end and the token counts of a message that is full


class SizeBudget(Picklable):
    """The size of one message in characters, and its limit.

    Attributes:
        epoch: increased by every change of the message except appending to a streamed text and counting
            tokens: where a template is bound is certain for one epoch only.
        owns: the payloads are given away, so that parts of them may be kept without a copy.
        full: see `fill`.
    """

    __slots__ = ("epoch", "full", "limit", "owns", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.epoch = 0
        self.owns = False
        self.full = False

    def fill(self) -> None:
        """Take no more text: only the end of the message and its token counts come now.

        What is missing then may belong to any call that is open, so the end closes none of them.
        """
        if not self.full:
            self.full = True
            self.epoch += 1
            self.limit = self.size + RESERVE

    def charge(self, size: int) -> None:
        self.size += size
        if self.size > self.limit:
            raise LimitExceeded._over("max_message_size", self.limit)

    def refund(self, size: int) -> None:
        """Refund characters that are no longer stored."""
        self.size -= size

    def keep(self, value: Any, depth: int = 0) -> Any:
        """Charge JSON that is kept; it is copied only if it is not ours."""
        size = plain_size(value, depth) if self.owns else -1
        if size < 0:
            return self.copy(value, depth)
        self.charge(size)
        return value

    def copy(self, value: Any, depth: int = 0) -> Any:
        """Make a deep copy of JSON and charge its size."""
        kind = type(value)
        if kind is str:
            size = len(value) + CONTAINER
        elif kind in NUMBERS:
            size = size_of(value) or 1
        else:
            value, size = _copy(value, depth)
        self.size += size
        if self.size > self.limit:
            raise LimitExceeded._over("max_message_size", self.limit)
        return value

    def replace(self, old: Any, new: Any) -> Any:
        """Make a deep copy of JSON that replaces a value, and charge the difference."""
        if type(old) is int and type(new) is int:
            self.charge(size_of(new) - size_of(old))
            return new
        copied = self.copy(new)
        self.refund(_copy(old, 0)[1])
        return copied


def plain_size(value: Any, depth: int) -> int:
    """Return the size that `_copy` charges; -1 for types that JSON does not have, which must be copied."""
    kind = type(value)
    if kind is str:
        return len(value) + CONTAINER
    if kind is int and -6 < value < SMALL:
        return 1
    if kind in NUMBERS:
        return size_of(value) or 1
    size = CONTAINER
    if kind is list:
        check_depth(depth)
        for item in value:
            if type(item) is int and -6 < item < SMALL:  # the bytes of a token
                size += 1
                continue
            more = plain_size(item, depth + 1)
            if more < 0:
                return more
            size += more
        return size
    if kind is not dict:
        return -1
    check_depth(depth)
    for key, item in value.items():
        if type(key) is not str:
            return -1
        if type(item) is str:
            size += 2 * CONTAINER + len(key) + len(item)
            continue
        more = plain_size(item, depth + 1)
        if more < 0:
            return more
        size += CONTAINER + len(key) + more
    return size


def _copy(value: Any, depth: int) -> tuple[Any, int]:
    kind = type(value)
    if kind is str:
        return value, len(value) + CONTAINER
    if kind in NUMBERS:
        return value, size_of(value) or 1
    if kind is dict:
        check_depth(depth)
        fields, size = value.copy(), CONTAINER
        for key, item in value.items():
            size += CONTAINER + (len(key) if type(key) is str else key_length(key))
            kind = type(item)
            if kind is str:
                size += len(item) + CONTAINER
            elif item is None or (kind is int and -6 < item < SMALL):
                size += 1
            elif kind in NUMBERS:
                size += size_of(item) or 1
            else:
                fields[key], more = _copy(item, depth + 1)
                size += more
        return fields, size
    if kind is list:
        check_depth(depth)
        items, size = [], CONTAINER
        for item in value:
            if type(item) is int and -6 < item < SMALL:  # the bytes of a token
                items.append(item)
                size += 1
            else:
                copied, more = _copy(item, depth + 1)
                items.append(copied)
                size += more
        return items, size
    base = next((base for base in (dict, list, str) if isinstance(value, base)), None)
    if base is not None:  # a subclass, from a custom decoder
        return _copy(base(value), depth)
    return value, CONTAINER


def size_of(value: Any) -> int:
    """Return the size charged for a scalar, in characters."""
    if type(value) is int:
        return 1 if -6 < value < SMALL else 3 if -LARGE < value < LARGE else value.bit_length() // 8
    if isinstance(value, str):
        return len(value) + CONTAINER
    if value is None:
        return 0
    return 1 if type(value) is bool else 3 if type(value) is float else CONTAINER


def key_length(key: Any) -> int:
    """Return the length of a key, after checking that it is a str: a custom decoder may return other keys."""
    if isinstance(key, str):
        return len(key)
    raise ProtocolError(f"expected a key of type str, got {type(key).__name__}: use a decoder that returns JSON")


def scalar_text(value: Any, where: str = "") -> str:
    """Return a number or boolean as JSON text, for a field where a text was expected."""
    try:
        return json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)
    except ValueError as error:  # an int with more digits than str() may write
        raise ProtocolError(f"expected text, got {safe_repr(value)}", where=where) from error.with_traceback(None)


def check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ProtocolError(f"expected at most {MAX_DEPTH} levels of nesting, got more")


def check_tree(value: Any, depth: int) -> None:
    check_depth(depth)
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            check_tree(item, depth + 1)
        if isinstance(value, dict):
            for key in value:
                key_length(key)
