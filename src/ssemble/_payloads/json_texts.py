"""Finds the JSON texts in data that is not a single JSON text.

Servers and proxies mix up frames: two objects on one line, a truncated frame with the next one
after it, a duplicated ``data:`` prefix. Every complete object or array is returned; what is between
them is dropped only if it is not JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import NamedTuple

DONE = "[DONE]"
DATA = "data:"
# Allowed between two texts: white space, also as an escape; commas; field names; comments.
BETWEEN = r"[\s\x00,]+|\\[nr]|data:|(?:event|id|retry)?:[^\n{\[]*"
# This decoder finds where a text ends; the user's decoder parses it.
whole_text = JSONDecoder(strict=True).raw_decode


class Glued(NamedTuple):
    """The texts found in some data.

    Attributes:
        texts: complete JSON objects and arrays, and ``[DONE]``, in order.
        dropped: True if something that is not JSON came before one of them.
        rest: what comes after the last one and is not JSON.
    """

    texts: list[str]
    dropped: bool
    rest: str


def split(data: str) -> Glued:
    """Find every complete JSON text in the data, in one pass.

    After a text that does not decode, the search continues at the next ``data:``; without one, at the
    last line, if an object or array starts there (two writers mixed their lines).

    This is linear: a ``data:`` inside a string is tried as a start too, but there the quotes are the
    wrong way round, so the decoder fails after two more of them at most.
    """
    texts: list[str] = []
    skip = re.compile(BETWEEN).match  # compiled at the first defect: most streams have none
    dropped, start = False, 0
    while True:
        # One match at a time: a repeated group would need memory for each step.
        while between := skip(data, start):
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
    """Yield the texts in order and release each: a short one needs 25 times its length."""
    texts.reverse()
    while texts:
        yield texts.pop()


def _end(data: str, start: int) -> int:
    """Return the end of the text that starts here; 0 if there is none."""
    if data.startswith(DONE, start):
        return start + len(DONE)
    if data[start : start + 1] not in ("{", "["):
        return 0
    try:
        return whole_text(data, start)[1]
    except (ValueError, RecursionError):
        return 0


def _restart(data: str, start: int) -> int:
    """Return where a text may start after a broken one; 0 for nowhere."""
    found = data.find(DATA, start)
    if found >= 0:
        return found
    last = data.rfind("\n") + 1
    return last if last > start and data[last : last + 1] in ("{", "[") else 0


def without_prefixes(data: str) -> str:
    """Strip duplicated ``data:`` prefixes (seen behind proxies)."""
    at = 0
    while data.startswith(DATA, at):
        at += len(DATA)
        while data.startswith(" ", at):
            at += 1
    return data[at:]
