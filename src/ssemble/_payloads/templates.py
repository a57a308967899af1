"""Templates of frames: a frame that matches one is not decoded, only the values in its slots are.

Most frames of a stream differ in one text only. A `Template` is the literal bytes of one frame, with
slots for the values that change:

    data: {"choices":[{"index":0,"delta":{"content":"<slot>"}}]}

A reader says which values of a payload may change (`Slot`), and where they go (`Binding`); it knows
nothing of bytes. `learning` finds the values in the frame and proves the template.

What does not match
    Everything else, such as invalid UTF-8, half a surrogate pair, or another order of keys. It is
    decoded as usual.

Runs
    Frames of one template that follow each other are decoded together: their texts are joined to one
    JSON array, with a raw line feed between the items. A line feed is invalid inside a JSON string, so
    no text can hide or forge a border: if the array has as many items as there are frames, each item is
    the text of its frame.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from json import JSONDecodeError, JSONDecoder, decoder
from types import BuiltinFunctionType
from typing import Any, NamedTuple, Protocol

from .._model.events import StreamEvent

TEXT, NUMBER, SKIP, DIGITS, SPACE = range(5)
"""Kinds of slots: a text and a positive integer that are wanted; a text and a positive integer that
are skipped; and spaces before the last bracket, which servers add as padding against traffic analysis."""
WANTED = frozenset((TEXT, NUMBER))

SURROGATE = re.compile("[\ud800-\udfff]")
# The values in slots. Characters of a text never match what ends it, so that a match takes linear time. A text that
# is skipped must be ASCII without escapes: anything else is decoded as usual.
VALUES = {
    TEXT: rb'([^"\\\x00-\x1f]*(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*)*)',
    NUMBER: rb"([1-9][0-9]{0,17})",
    SKIP: rb'[^"\\\x00-\x1f\x80-\xff]*',
    DIGITS: rb"[1-9][0-9]{0,17}",
    SPACE: rb" *",
}
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

    The values are the text itself if exactly one text is wanted, else a list. Both methods return
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


class Template:
    """The literal bytes of a frame, and the kinds of the values between them.

    Attributes:
        binding: where the values go.
        then: number of the template that followed this one last: choices may take turns. It is a
            number because templates that refer to each other would be a cycle.
    """

    __slots__ = (
        "binding", "end", "head", "joint", "kinds", "literals", "number", "numbers", "pattern", "runs", "single",
        "slots", "start", "stop", "tail", "texts", "then", "unpack", "used", "whole_stop",
    )  # fmt: skip

    def __init__(self, literals: list[bytes], kinds: list[int], slots: tuple[Slot, ...], blank: bytes) -> None:
        self.literals = literals
        self.kinds = kinds
        self.slots = slots
        self.head = literals[0]
        self.tail = literals[-1]
        self.end = self.tail + blank  # of a fragment that is the frame and its blank line
        self.start = len(self.head)
        self.stop = -len(self.tail)
        self.whole_stop = -len(self.end)
        self.single = kinds == [TEXT]
        self.unpack = kinds.count(TEXT) == 1 and NUMBER not in kinds
        wanted = [kind for kind in kinds if kind in WANTED]
        self.texts = [at for at, kind in enumerate(wanted) if kind == TEXT]
        self.numbers = [at for at, kind in enumerate(wanted) if kind == NUMBER]
        self.pattern: re.Pattern[bytes] | None = None  # compiled when a frame is first compared with it
        # Frames with one or two texts can be read as a run; with more, their order would not be certain.
        self.runs = len(kinds) <= 2 and {TEXT, SKIP}.issuperset(kinds)
        self.joint = literals[1]
        self.binding: Binding | None = None
        self.number = self.then = 0
        self.used = False

    def read(self, frame: bytes, stop: int) -> Any:
        """Return the wanted values of a frame that begins and ends as this template; None if it does not match.

        Args:
            frame: with or without its blank line.
            stop: index of the end of the last slot, from the end: `stop` or `whole_stop`.
        """
        if not self.single:
            pattern = self.pattern or self._compiled()
            found = pattern.fullmatch(frame, self.start, len(frame) + stop)
            if found is None:
                return None
            values: list[Any] = list(found.groups())
            for at in self.numbers:
                values[at] = int(values[at])
            for at in self.texts:
                if (one := decoded_text(values[at])) is None:
                    return None
                values[at] = one
            return values[0] if self.unpack else values
        try:
            text = frame[self.start : stop].decode()
        except UnicodeDecodeError:
            return None  # the usual way replaces it by U+FFFD
        # isprintable() finds control characters quickly; it also fails for some valid texts.
        # If head and tail overlap, the text is empty, and no binding takes an empty text.
        if text.isprintable() and '"' not in text and "\\" not in text:
            return text
        return unescaped(text)

    def _compiled(self) -> re.Pattern[bytes]:
        """Compile what is between head and tail: the values, and the literals between them."""
        between = [*map(re.escape, self.literals[1:-1]), b""]
        values = [VALUES[kind] for kind in self.kinds]
        self.pattern = re.compile(b"".join(map(b"".join, zip(values, between, strict=True))))
        return self.pattern

    def read_run(self, frames: Sequence[bytes]) -> list[Any]:
        """Return the values of each of these frames, which have no blank line; [] if one does not match."""
        if not self.runs:
            return []
        head, tail, start, stop = self.head, self.tail, self.start, self.stop
        # What is sorted between two texts with a prefix has the prefix too.
        if not (min(frames).startswith(head) and max(frames).startswith(head)):
            return []
        if not all([frame.endswith(tail) for frame in frames]):
            return []
        texts = [frame[start:stop] for frame in frames]
        width = len(self.kinds)
        if width > 1:
            if any([text.count(self.joint) != 1 for text in texts]):
                return []
            texts = [text.replace(self.joint, b'"\n,"') for text in texts]
        try:
            array = (b'["' + b'"\n,"'.join(texts) + b'"]').decode()
            texts_found, end = scan_once(array, 0)
            found: list[str] = texts_found
        except (ValueError, StopIteration):  # not UTF-8, or not JSON
            return []
        if end != len(array) or len(found) != width * len(frames):
            return []
        if "\\u" in array and any(map(SURROGATE.search, found)):
            return []
        if self.unpack:
            return found if width == 1 else found[self.kinds.index(TEXT) :: 2]
        return list(map(list, zip(found[::2], found[1::2], strict=True)))


def decoded_text(value: bytes) -> str | None:
    """Decode the bytes of a text; None if it is not UTF-8, not one complete string, or has half a surrogate pair."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return unescaped(text) if "\\" in text else text


def unescaped(text: str) -> str | None:
    """Decode a text with escapes; None if it is not one complete string, or has half a surrogate pair."""
    try:
        value, end = scanstring(text + '"', 0)
    except JSONDecodeError:
        return None
    return value if end == len(text) + 1 and not SURROGATE.search(value) else None


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
