"""Payloads of a form that came before: only what stands in the holes is decoded.

Most of a stream is the same envelope over and over. From one payload its form is learned: the
literal text around the values that change. A later payload with exactly that text, and JSON
strings in the holes, decodes to the same tree with these strings in it, because JSON decodes a
string on its own, wherever it stands.

What is learned is proven: every hole gets another value, and the whole must decode to the same
tree with just the leaves at the wanted paths changed. Duplicate keys, escaped keys and values that
look like keys fail the proof, and nothing is learned.
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
MOST_DIGITS = 18  # what every decoder takes for the same number
ZERO = ord("0")
SURROGATE = re.compile("[\ud800-\udfff]")
TRIES = 8
WINDOW = 8  # frames
# The scanner of strings behind json.loads: in C where there is one, and public by long use only.
scanstring: Callable[[str, int], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined]  # not in its stub


class Hole(NamedTuple):
    """A value that may change: its path, and whether its text is wanted or only passed over."""

    path: tuple[str | int, ...]
    wanted: bool = True


class Envelope:
    """The form of a frame: literal bytes, and holes between them."""

    __slots__ = ("head", "kinds", "least", "literals", "middles", "start", "tail", "tail_size", "wanted")

    def __init__(self, literals: list[bytes], wanted: list[bool | None]) -> None:
        self.literals = literals
        self.kinds = wanted
        self.head = literals[0]
        self.tail = literals[-1]
        self.middles = list(zip(literals[1:-1], wanted, strict=False))
        self.wanted = wanted[-1]  # of the last hole: None where it holds digits
        self.start = len(self.head)
        self.tail_size = len(self.tail)
        self.least = self.start + self.tail_size

    def followed_by(self, end: bytes) -> Envelope:
        """The same form with more literal text behind it."""
        return Envelope([*self.literals[:-1], self.tail + end], self.kinds)

    def read(self, frame: bytes, escapes: bool) -> list[str] | None:
        """Return the wanted texts of a frame of this form; None if it has another, or half a surrogate pair.

        Args:
            frame: one data line, its end included or not, as it was when this was learned.
            escapes: decode escapes too; otherwise a text with one is taken for another form.
        """
        if not frame.startswith(self.head) or not frame.endswith(self.tail):
            return None
        if self.middles:
            return self._read_holes(frame, escapes)
        try:
            text = frame[self.start : -self.tail_size].decode()
        except UnicodeDecodeError:
            return None  # the plain way puts U+FFFD in its place
        # isprintable() finds control characters at the speed of C; more fails it than must.
        if text.isprintable() and '"' not in text and "\\" not in text:
            # Where head and tail share bytes, nothing stands between them.
            return [text] if text or len(frame) >= self.least else None
        return _unescaped(text, escapes)

    def read_run(self, frames: Sequence[bytes], at: int, escapes: bool) -> list[str]:
        """Return the texts of the frames from ``at`` on, up to the first of another form.

        Only of forms that bring one text; an empty one or half a surrogate pair ends the run too.
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
        if self.wanted is False and hole.isalnum():  # padding, mostly
            return texts
        return texts if at <= end and _read_hole(hole, self.wanted, escapes, texts) else None


def _windows(frames: Sequence[bytes], at: int) -> Iterator[Sequence[bytes]]:
    """Cut what is at ``at`` and behind; a run that ends soon must not pay for all that is behind it."""
    size = WINDOW
    while window := frames[at : at + size]:
        yield window
        at += size
        size *= 2


def _unescaped(text: str, escapes: bool) -> list[str] | None:
    """Decode a text with escapes; None if it is no whole string, or holds half a surrogate pair."""
    if not escapes:
        return None
    try:
        value, end = scanstring(text + '"', 0)
    except JSONDecodeError:
        return None
    return [value] if end == len(text) + 1 and not SURROGATE.search(value) else None


def _read_hole(hole: bytes, wanted: bool | None, escapes: bool, texts: list[str]) -> bool:
    """Decode what stands in a hole, if it is one whole value of the hole's kind."""
    if wanted is None:
        return hole.isdigit() and hole[0] != ZERO and len(hole) <= MOST_DIGITS  # JSON has no leading zeros
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
    """Learn the form of a frame.

    Args:
        frame: one data line, its end included or not.
        payload: what it decodes to.
        holes: the leaves that may change: strings, or positive whole numbers that are not wanted.
        loads: the decoder that made the payload.

    Returns:
        The envelope, and which of the wanted ``holes`` each of its texts is; None if the proof fails.
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
    """Find where a leaf may stand: behind its key, with its value."""
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
    """Put another value into every hole, and see that just the wanted leaves change."""
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
