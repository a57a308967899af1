"""Templates of frames: a frame that matches one is not decoded, only the texts in its holes are.

Most frames of a stream differ in one text only. A template (`Envelope`) is the literal bytes of one
frame, with holes for the values that change:

    data: {"choices":[{"index":0,"delta":{"content":"`hole`"}}]}

`learn` makes a template from a frame and its payload, and proves it. `Envelope.read` matches a later
frame. What is done with the texts is decided elsewhere: see `_dialects/_straight`.

What is proven
    The value of each hole in the learned frame is replaced by another one, and the frame is decoded
    by the user's decoder. The result must be the payload with exactly these leaves changed. Repeated
    keys, escaped keys and texts that look like keys fail this proof; then nothing is learned.

Why that is enough
    A frame matches only if all literal bytes are the same and each hole holds a complete JSON string
    (or a positive integer, if it was one). JSON strings are decoded on their own: no text inside the
    quotes can change how the rest is read. So what was proven for one other value holds for all. This
    needs a decoder that decodes each string on its own: see `_forms.decodes_apart`.

What does not match
    Everything else, such as invalid UTF-8, half a surrogate pair, or another key order. `read`
    returns None, and the frame is decoded as usual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, product
from json import JSONDecodeError, decoder
from typing import Any, NamedTuple

PREFIX = b"data: "
COLON = re.compile(r"[ \t]*:[ \t]*")
DIGITS = re.compile(r"[1-9][0-9]*(?=[ \t]*[,}])")
MOST_DIGITS = 18  # every decoder reads such an integer exactly
ZERO = ord("0")
SURROGATE = re.compile("[\ud800-\udfff]")
TRIES = 8
WINDOW = 8  # frames
# The string scanner of json.loads, in C if available. It is not documented, but widely used.
scanstring: Callable[[str, int], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined]  # not in its stub


class Hole(NamedTuple):
    """A value that may change: its path, and whether its text is wanted or skipped."""

    path: tuple[str | int, ...]
    wanted: bool = True


class Envelope:
    """The template of a frame: literal bytes, and holes between them."""

    __slots__ = ("head", "kinds", "least", "literals", "middles", "start", "tail", "tail_size", "wanted")

    def __init__(self, literals: list[bytes], wanted: list[bool | None]) -> None:
        self.literals = literals
        self.kinds = wanted
        self.head = literals[0]
        self.tail = literals[-1]
        self.middles = list(zip(literals[1:-1], wanted, strict=False))
        self.wanted = wanted[-1]  # of the last hole: None for digits
        self.start = len(self.head)
        self.tail_size = len(self.tail)
        self.least = self.start + self.tail_size

    def followed_by(self, end: bytes) -> Envelope:
        """The same template with more literal bytes at its end."""
        return Envelope([*self.literals[:-1], self.tail + end], self.kinds)

    def read(self, frame: bytes, escapes: bool) -> list[str] | None:
        """Return the wanted texts of a frame; None if it does not match, or has half a surrogate pair.

        Args:
            frame: one data line, with or without its line end like the learned frame.
            escapes: decode escapes too; otherwise a text with escapes does not match.
        """
        if not frame.startswith(self.head) or not frame.endswith(self.tail):
            return None
        if self.middles:
            return self._read_holes(frame, escapes)
        try:
            text = frame[self.start : -self.tail_size].decode()
        except UnicodeDecodeError:
            return None  # the slow path replaces it by U+FFFD
        # isprintable() finds control characters quickly; it also fails for some valid texts.
        if text.isprintable() and '"' not in text and "\\" not in text:
            # If head and tail overlap, the frame is shorter than both.
            return [text] if text or len(frame) >= self.least else None
        return _unescaped(text, escapes)

    def read_run(self, frames: Sequence[bytes], at: int, escapes: bool) -> list[str]:
        """Return the texts of the frames from ``at`` on, up to the first that does not match.

        Only for templates with one wanted text. An empty text or half a surrogate pair ends the run too.
        """
        if self.middles:
            return self._read_run_of_holes(frames, at, escapes)
        head, tail, least = self.head, self.tail, self.least
        start, stop = self.start, -self.tail_size
        texts: list[str] = []
        for frame in chain.from_iterable(_windows(frames, at)):
            if not frame.startswith(head) or not frame.endswith(tail) or len(frame) <= least:
                break
            try:
                text = frame[start:stop].decode()
            except UnicodeDecodeError:
                break
            if not text.isprintable() or '"' in text or "\\" in text:
                found = _unescaped(text, escapes)
                if not found:
                    break
                text = found[0]
            texts.append(text)
        return texts

    def _read_run_of_holes(self, frames: Sequence[bytes], at: int, escapes: bool) -> list[str]:
        texts: list[str] = []
        if self.kinds.count(True) == 1:
            for frame in chain.from_iterable(_windows(frames, at)):
                found = self.read(frame, escapes)
                if not found or not found[0]:
                    break
                texts.append(found[0])
        return texts

    def _read_holes(self, frame: bytes, escapes: bool) -> list[str] | None:
        texts: list[str] = []
        at = self.start
        for literal, wanted in self.middles:
            end = frame.find(literal, at)
            if end < 0 or not _read_hole(frame[at:end], wanted, escapes, texts):
                return None
            at = end + len(literal)
        end = len(frame) - self.tail_size
        hole = frame[at:end]
        if self.wanted is False and hole.isalnum():  # usually padding
            return texts
        return texts if at <= end and _read_hole(hole, self.wanted, escapes, texts) else None


def _windows(frames: Sequence[bytes], at: int) -> Iterator[Sequence[bytes]]:
    """Yield slices from ``at`` on, growing in size: a run that ends soon must not copy the whole list."""
    size = WINDOW
    while window := frames[at : at + size]:
        yield window
        at += size
        size *= 2


def _unescaped(text: str, escapes: bool) -> list[str] | None:
    """Decode a text with escapes; None if it is not one complete string, or has half a surrogate pair."""
    if not escapes:
        return None
    try:
        value, end = scanstring(text + '"', 0)
    except JSONDecodeError:
        return None
    return [value] if end == len(text) + 1 and not SURROGATE.search(value) else None


def _read_hole(hole: bytes, wanted: bool | None, escapes: bool, texts: list[str]) -> bool:
    """Check and decode the bytes in a hole; False if they are not one complete value of its kind."""
    if wanted is None:
        return hole.isdigit() and hole[0] != ZERO and len(hole) <= MOST_DIGITS  # JSON allows no leading zeros
    try:
        text = hole.decode()
    except UnicodeDecodeError:
        return False
    if not text.isprintable() or '"' in text or "\\" in text:
        found = _unescaped(text, escapes)
        if found is None:
            return False
        text = found[0]
    if wanted:
        texts.append(text)
    return True


def learn(
    frame: bytes, payload: Any, holes: Sequence[Hole], loads: Callable[[str], Any]
) -> tuple[Envelope, list[int]] | None:
    """Learn and prove the template of a frame; the module docstring explains the proof.

    Args:
        frame: one data line, with or without its line end.
        payload: the decoded frame.
        holes: the leaves that may change: strings, or positive integers that are not wanted.
        loads: the decoder that made the payload.

    Returns:
        The template, and for each of its texts the number of the wanted hole; None if the proof fails.
    """
    try:
        line = frame.decode()
    except UnicodeDecodeError:
        return None
    end = len(line.rstrip("\n"))
    places = [list(islice(_spans(line, end, hole, _leaf(payload, hole.path)), TRIES)) for hole in holes]
    for spans in islice(product(*places), TRIES):
        order = sorted(range(len(holes)), key=lambda i: spans[i])
        if _proven(line[:end], payload, holes, spans, order, loads):
            bounds = [0, *(bound for i in order for bound in spans[i]), len(line)]
            literals = [line[a:b].encode() for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
            kinds = [holes[i].wanted if isinstance(_leaf(payload, holes[i].path), str) else None for i in order]
            numbers = {i: n for n, i in enumerate(i for i, hole in enumerate(holes) if hole.wanted)}
            return Envelope(literals, kinds), [numbers[i] for i in order if holes[i].wanted]
    return None


def _spans(line: str, end: int, hole: Hole, leaf: Any) -> Iterator[tuple[int, int]]:
    """Yield the possible positions of a leaf: after its key, with its value."""
    key = f'"{next(step for step in reversed(hole.path) if isinstance(step, str))}"'
    at = line.find(key)
    while 0 <= at < end:
        colon = COLON.match(line, at + len(key))
        if colon is not None:
            start = colon.end()
            if isinstance(leaf, str) and line[start] == '"':
                text, stop = scanstring(line, start + 1)
                if text == leaf:
                    yield start + 1, stop - 1
            elif not isinstance(leaf, str) and (digits := DIGITS.match(line, start)) and int(digits[0]) == leaf:
                yield digits.span()
        at = line.find(key, at + 1)


def _proven(
    line: str, payload: Any, holes: Sequence[Hole], spans: Sequence[tuple[int, int]], order: list[int], loads: Any
) -> bool:
    """Put another value into every hole, and check that exactly these leaves change."""
    pieces, at = [], len(PREFIX)
    for i in order:
        stop = spans[i][1]
        pieces.append(line[at:stop] + ("~" if isinstance(_leaf(payload, holes[i].path), str) else "7"))
        at = stop
    try:
        other = loads("".join(pieces) + line[at:])
        for hole in holes:
            leaf = _leaf(payload, hole.path)
            changed = leaf + "~" if isinstance(leaf, str) else int(f"{leaf}7")
            *path, last = hole.path
            owner = _leaf(other, path)
            if owner[last] != changed:
                return False
            owner[last] = leaf
    except (ValueError, KeyError, IndexError, TypeError):
        return False
    return bool(other == payload)


def _leaf(tree: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        tree = tree[step]
    return tree
