"""The JSON texts in data that is not one JSON text.

Servers and proxies write frames into each other: two objects on one line, a frame that was cut off
with the next one behind it, a ``data:`` prefix too many. Every whole object or array counts;
what stands between them is dropped only where it is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import NamedTuple

DONE = "[DONE]"
DATA = "data:"
# What may stand between two texts: white space, also written as an escape; commas; field names; comments.
BETWEEN = re.compile(r"[\s\x00,]+|\\[nr]|data:|(?:event|id|retry)?:[^\n{\[]*")
SPACES = re.compile(" *")
# The decoder finds where a text ends; the caller's own decoder reads it.
whole_text = JSONDecoder(strict=True).raw_decode


class Glued(NamedTuple):
    """The texts found in some data.

    Attributes:
        texts: whole JSON objects and arrays, and ``[DONE]``, in order.
        dropped: True if something that is no JSON stood before one of them.
        rest: what stands behind the last one and is no JSON.
    """

    texts: list[str]
    dropped: bool
    rest: str


def split(data: str) -> Glued:
    """Find every whole JSON text in the data, in one pass.

    A text that does not decode ends at the next ``data:``; without one, at the last line, if that is
    a text: two writers tore a frame. A text inside a string begins at a ``data:`` too, but a decoder that
    starts there stops two of them later at most: quotes open where they should close. So this is linear.
    """
    texts: list[str] = []
    dropped, start = False, 0
    while True:
        # One by one: a pattern that repeats itself remembers every step.
        while between := BETWEEN.match(data, start):
            start = between.end()
        end = _end(data, start)
        if end:
            texts.append(data[start:end])
        else:
            end = _restart(data, start)
            if not end:
                return Glued(texts, dropped, data[start:])
            dropped = True
        start = end


def taken(texts: list[str]) -> Iterator[str]:
    """Hand out texts in order and let go of each, since a short one takes 25 times its length."""
    texts.reverse()
    while texts:
        yield texts.pop()


def _end(data: str, start: int) -> int:
    """Return where the text that begins here ends; 0 if none does."""
    if data.startswith(DONE, start):
        return start + len(DONE)
    if data[start : start + 1] not in ("{", "["):
        return 0
    try:
        return whole_text(data, start)[1]
    except (ValueError, RecursionError):
        return 0


def _restart(data: str, start: int) -> int:
    """Return where a text may begin behind one that is torn; 0 for nowhere."""
    found = data.find(DATA, start)
    if found >= 0:
        return found
    last = data.rfind("\n") + 1
    return last if last > start and data[last : last + 1] in ("{", "[") else 0


def without_prefixes(data: str) -> str:
    """Strip the ``data:`` prefixes that a proxy wrote once too often."""
    at = 0
    while data.startswith(DATA, at):
        at = SPACES.match(data, at + len(DATA)).end()  # type: ignore[union-attr]  # it matches nothing, too
    return data[at:]
