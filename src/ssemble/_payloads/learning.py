"""Learns the template of a frame, and proves it.

What is proven
    Every slot gets another value, and the frame is decoded by the user's decoder. The result must be
    the payload with exactly these leaves changed. Repeated keys, escaped keys and texts that look like
    keys fail this proof; then nothing is learned.

Why that is enough
    A frame matches only if all literal bytes are the same and each slot holds one complete value of
    its kind. JSON strings, numbers and lists are decoded on their own: no text inside quotes can change
    how the rest is read. So what was proven for one other value holds for all. This needs a decoder that
    decodes each value on its own: see `decodes_apart`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from json import JSONDecodeError
from typing import Any

from .one_text import NumberedText, OneText, is_numbered, is_one_text
from .several_values import SeveralValues
from .templates import LIST, SPACE, Slot, Template, leaf, scan_once, scanstring
from .with_lists import ListTemplate

COLON = re.compile(r"[ \t]*:[ \t]*")
NUMBER_END = re.compile(r"[ \t]*[,}\]]")
TRIES = 8  # places of a key that are tried


def learn(
    frame: bytes, start: int, blank: bytes, payload: Any, slots: Sequence[Slot], loads: Callable[[str], Any]
) -> Template | None:
    """Learn and prove the template of a frame; the module docstring explains the proof.

    Args:
        frame: without its blank line.
        start: index of its JSON text.
        blank: its blank line.
        payload: the decoded frame.
        slots: the values that may change, in the order of the document.
        loads: the decoder that made the payload.

    Returns:
        The template, without a binding; None if the proof fails.
    """
    try:
        line = frame.decode()
    except UnicodeDecodeError:
        return None
    values = [leaf(payload, slot.path) for slot in slots]
    kinds = [slot.kind for slot in slots]
    if LIST in kinds and loads is not json.loads:
        return None  # another decoder may refuse what is in a list, such as NaN
    at = start
    for _ in range(TRIES):
        spans = _places(line, at, slots, values)
        if not spans:
            return None
        at = spans[0][0]
        if LIST not in kinds and (padding := _padding(line)) is not None:
            spans.append(padding)
            kinds = [*kinds[: len(slots)], SPACE]
        if _proven(line, start, payload, slots, values, spans, loads):
            literals, end = [], 0
            for begin, stop in spans:
                literals.append(line[end:begin].encode())
                end = stop
            literals.append(line[end:].encode())
            if is_numbered(kinds):
                return NumberedText(literals, kinds, tuple(slots), blank, values[0])
            kind = ListTemplate if LIST in kinds else OneText if is_one_text(kinds) else SeveralValues
            return kind(literals, kinds, tuple(slots), blank)
    return None


def _padding(line: str) -> tuple[int, int] | None:
    """Return where the spaces before the last bracket are, if there are two or more."""
    end = len(line.removesuffix("\r")) - 1
    start = len(line[:end].rstrip(" "))
    return (start, end) if line.startswith("}", end) and end - start > 1 else None


def _places(line: str, at: int, slots: Sequence[Slot], values: Sequence[Any]) -> list[tuple[int, int]]:
    """Return the first places of these values, each after the one before; [] if there are none."""
    spans = []
    for slot, value in zip(slots, values, strict=True):
        key = f'"{slot.path[-1]}"'
        span = None
        while span is None:
            at = line.find(key, at)
            if at < 0:
                return []
            at += len(key)
            colon = COLON.match(line, at)
            span = None if colon is None else _value(line, colon.end(), value)
        spans.append(span)
        at = span[1]
    return spans


def _value(line: str, start: int, value: Any) -> tuple[int, int] | None:
    """Return where a text (without its quotes), a list or a number is, if it begins here."""
    if isinstance(value, str):
        if line[start : start + 1] != '"':
            return None
        try:
            text, end = scanstring(line, start + 1)
        except JSONDecodeError:
            return None
        return (start + 1, end - 1) if text == value else None
    if isinstance(value, list):
        try:
            found, end = scan_once(line, start)
        except (StopIteration, ValueError):
            return None
        return (start, end) if found == value else None
    end = start + len(str(value))
    return (start, end) if line[start:end] == str(value) and NUMBER_END.match(line, end) else None


def _proven(
    line: str,
    start: int,
    payload: Any,
    slots: Sequence[Slot],
    values: Sequence[Any],
    spans: Sequence[tuple[int, int]],
    loads: Callable[[str], Any],
) -> bool:
    """Put another value into every slot, and check that exactly these leaves change."""
    pieces, at = [], start
    for n, (begin, stop) in enumerate(spans):
        pieces.append(line[at:begin])
        pieces.append(_longer(line[begin:stop], values[n] if n < len(values) else None))
        at = stop
    changed = "".join(pieces) + line[at:]
    try:
        other = scan_once(changed, 0)[0] if loads is json.loads else loads(changed)
        for slot, value in zip(slots, values, strict=True):
            owner, last = leaf(other, slot.path[:-1]), slot.path[-1]
            if owner[last] != _other(value):
                return False
            owner[last] = value
    except (ValueError, KeyError, IndexError, TypeError):
        return False
    return bool(other == payload)


def _longer(text: str, value: Any) -> str:
    """Return the JSON text of another value: a text, a list or a number with more in it; or more spaces."""
    if isinstance(value, list):
        return text[:-1] + ",7]"
    return text + (" " if value is None else "~" if isinstance(value, str) else "7")


def _other(value: Any) -> Any:
    """Return the value that `_longer` writes."""
    if isinstance(value, list):
        return [*value, 7]
    return f"{value}~" if isinstance(value, str) else int(f"{value}7")
