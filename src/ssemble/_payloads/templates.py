"""Templates of frames: a frame that matches one is not decoded, only the values in its slots are.

Most frames of a stream differ in one text only. A `Template` is the literal bytes of one frame, with
slots for the values that change:

    data: {"choices":[{"index":0,"delta":{"content":"<slot>"}}]}

A reader says which values of a payload may change (`Slot`), and where they go (`Binding`); it knows
nothing of bytes. `learning` finds the values in the frame and proves the template.

What does not match
    Everything else, such as invalid UTF-8, half a surrogate pair, or another order of keys. It is
    decoded as usual.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from json import JSONDecoder, decoder
from types import BuiltinFunctionType
from typing import Any, NamedTuple, Protocol

from .._model.events import StreamEvent

TEXT, NUMBER, SKIP, DIGITS, SPACE, LIST = range(6)
"""Kinds of slots: a text and a positive integer that are wanted; a text and a positive integer that
are skipped; spaces before the last bracket, which servers add as padding against traffic analysis; and
a list that is wanted, with whatever is in it: log probabilities, the ids of tokens."""
WANTED = frozenset((TEXT, NUMBER, LIST))

NUMBER_TEXT = re.compile(rb"[1-9][0-9]{0,17}")
# A text that is skipped and is ASCII without escapes need not be decoded.
PADDING = re.compile(rb'[^"\\\x00-\x1f\x80-\xff]*')
MOST_DIGITS = 18
LARGEST = 10**MOST_DIGITS - 1  # of a number in a slot
ZERO = ord("0")
NO_VALUE = b"\xff"  # of no kind: it is not UTF-8
WINDOW = 8  # frames of the first try of a run
# The scanners of json.loads, in C if available. They are not documented, but widely used.
scanstring: Callable[[str, int], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined]  # not in its stub
scan_once: Callable[[str, int], tuple[Any, int]] = JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub


class Slot(NamedTuple):
    """A value that may change from frame to frame: its path in the payload, and its kind."""

    path: tuple[str | int, ...]
    kind: int = TEXT


class Binding(Protocol):
    """Where the values of a template go: what merging such a payload again would do, and no more.

    The values are the text itself if exactly one text is wanted, else a list or a tuple. Both methods return
    False without having changed anything if the binding does not hold any more, or if the values
    need the usual way, as at a limit.

    Attributes:
        slots: the values that may change, in the order of the document.
    """

    slots: tuple[Slot, ...]

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        """Merge the values of one frame."""

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        """Merge the values of several frames."""


class Unbound:
    """The binding of a template that has none: each of its frames needs the usual way."""

    slots: tuple[Slot, ...] = ()

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        return False

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        return False


UNBOUND = Unbound()


class Template:
    """The literal bytes of a frame, and the kinds of the values between them.

    Attributes:
        head: the first literal.
        between: the literals between two values.
        end: the last literal and the blank line.
        size: bytes of these two.
        binding: where the values go.
        then: number of the template that followed this one last: choices may take turns. It is a
            number because templates that refer to each other would be a cycle.
        turns: that is another one.
        sought: a frame is compared with it even if another one is expected.
        used: a frame was merged by it.
    """

    __slots__ = (
        "between", "binding", "blank", "end", "head", "kinds", "number", "size", "slots", "sought", "then", "turns",
        "used",
    )  # fmt: skip

    def __init__(self, literals: list[bytes], kinds: list[int], slots: tuple[Slot, ...], blank: bytes) -> None:
        self.kinds = tuple(kinds)
        self.slots = slots
        self.blank = blank
        self.head, *between, tail = literals
        self.between = tuple(between)
        self.end = tail + blank
        self.size = len(self.head) + len(self.end)
        self.binding: Binding = UNBOUND
        self.number = self.then = 0
        self.turns = False
        self.sought = True
        self.used = False

    @property
    def literals(self) -> tuple[bytes, ...]:
        """All bytes that must be the same: one literal more than there are values."""
        return self.head, *self.between, self.tail

    @property
    def tail(self) -> bytes:
        """The last literal."""
        return self.end.removesuffix(self.blank)

    def lead_to(self, template: Template) -> None:
        """Note the template of the next frame."""
        self.then = template.number
        self.turns = template is not self

    def read(self, frame: bytes) -> Any:
        """Return the wanted values of a frame, which has its blank line; None if it does not match."""

    def without_spaces(self, rest: bytes) -> bytes:
        """Return what is before the literal and the spaces at its end; `NO_VALUE` if they are not there."""
        padded = rest.rstrip(b" ")
        rest = padded.removesuffix(self.between[-1])
        return rest if len(rest) < len(padded) else NO_VALUE

    def read_run(self, frames: Sequence[bytes], joined: bytes) -> list[Any]:
        """Return the values of each of these frames; [] if one does not match, or they are not read at once.

        Args:
            frames: without their blank lines.
            joined: the same, one after the other.
        """
        return []


def text_of(value: bytes) -> str | None:
    """Decode the bytes of a text; None if it is not UTF-8, not one complete string, or has half a surrogate pair."""
    try:
        text = value.decode()
        # isprintable() finds control characters quickly; it also fails for some valid texts.
        if "\\" not in text and '"' not in text and text.isprintable():
            return text
        found, end = scanstring(text + '"', 0)
    except ValueError:  # the usual way replaces what is not UTF-8 by U+FFFD, and reports what is not JSON
        return None
    whole = end > len(text)
    return found if whole and (found.isascii() or "\\u" not in text or can_be_encoded(found)) else None


def number_of(value: bytes) -> int | None:
    """Decode the bytes of a positive number; None if it is another value, or too large."""
    return int(value) if value.isdigit() and len(value) <= MOST_DIGITS and value[0] != ZERO else None


def padding_of(value: bytes) -> bytes | None:
    """Return the bytes of a text that is skipped; None if they need the usual way."""
    return value if value.isalnum() or PADDING.fullmatch(value) or text_of(value) is not None else None


def is_number(value: object) -> bool:
    """True for a number that a slot may hold."""
    return type(value) is int and 0 < value <= LARGEST


def can_be_encoded(text: str) -> bool:
    """True if a text has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def leaf(tree: Any, path: Sequence[str | int]) -> Any:
    """Return the value at a path."""
    for step in path:
        tree = tree[step]
    return tree


def decodes_apart(loads: Callable[[str], Any]) -> bool:
    """True if a decoder is known to decode each value on its own; of a custom one, that is not known."""
    if loads is json.loads:
        return True
    # A wrapper made by functools.wraps or lru_cache has the same __module__, so check the type too.
    module = (getattr(loads, "__module__", None) or "").partition(".")[0]
    return module in ("orjson", "msgspec") and isinstance(loads, BuiltinFunctionType)
