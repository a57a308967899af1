"""Strings, numbers and literals of JSON that are cut, and where they are faulty."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Generator
from json import decoder
from typing import Any


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, if no key of it comes twice."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("equal keys")
    return value


scanstring: Any = decoder.scanstring  # type: ignore[attr-defined]  # not in its stub
SCANNERS = {strict: json.JSONDecoder(strict=strict).scan_once for strict in (True, False)}  # type: ignore[attr-defined]  # not in its stub
CAREFUL_SCANNERS = {
    strict: json.JSONDecoder(strict=strict, object_pairs_hook=_distinct).scan_once  # type: ignore[attr-defined]  # not in its stub
    for strict in (True, False)
}
WHITE = " \t\n\r"
WORDS = {
    "t": ("true", True),
    "f": ("false", False),
    "n": ("null", None),
    "N": ("NaN", math.nan),
    "I": ("Infinity", math.inf),
}
WHOLE_WORDS = {**dict(WORDS.values()), "-Infinity": -math.inf}

Container = Any  # list or dict; told apart at run time

# Digits that are known to be good are not read again.
LONG = 32  # characters


STOPS = {"": WHITE, "]": f",]{WHITE}", "}": f",}}{WHITE}"}

BAD_ESCAPE = "an escape that JSON does not have"
BAD_CHARACTER = "a control character in a string, which strict=False allows"


def _beginning(word: str) -> str:
    """Write a pattern of every beginning of a word."""
    pattern = ""
    for letter in reversed(word):
        pattern = f"{letter}(?:{pattern})?"
    return pattern


NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_HEX = "[0-9a-fA-F]"
_HIGH = rf"\\u[dD][89abAB]{_HEX}{{2}}"

number = re.compile(NUMBER).fullmatch
digits = re.compile(r"[0-9]{2,}").sub
# These three match anywhere, if only nothing.
scalar_so_far: Any = re.compile(
    rf"-?{_beginning('Infinity')}|{'|'.join(map(_beginning, ('true', 'false', 'null', 'NaN')))}"
    r"|-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:(?<=[0-9])[eE][-+]?[0-9]*)?)?"
).match
escape_so_far: Any = re.compile(rf"(?:{_HIGH})?(?:\\(?:u{_HEX}{{0,3}})?)?").match
certain: dict[bool, Any] = {
    strict: re.compile(
        rf'(?:[^"\\{control}]+|\\["\\/bfnrt]|(?!{_HIGH})\\u{_HEX}{{4}}'
        rf'|{_HIGH}(?=[^\\{control}]|\\["\\/bfnrt]|\\u{_HEX}{{4}}))*'
    ).match
    for strict, control in ((True, r"\x00-\x1f"), (False, ""))
}


class Fault(Exception):
    """No JSON goes on like this.

    Attributes:
        reason: what is wrong, or what is expected instead.
        left: characters of the text from the fault to its end.
        cause: the error behind it, where it is known.
        own: it is a fault here only, not to `json.loads`.
    """

    def __init__(self, reason: str, left: int, cause: Exception | None = None, own: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.left = left
        self.cause = cause
        self.own = own


def string(text: str, at: int, into: Container, place: Any, strict: bool) -> Generator[None, str, tuple[str, int]]:
    """Grow a string in its place to its closing quote; return the text and the place behind that.

    Args:
        text: where the string begins; it does not end in there, or is faulty.
        at: the place behind the opening quote.
    """
    grown = held = ""
    text = text[at:]
    while True:
        text = held + text
        if "\\" not in text and '"' not in text and (text.isprintable() or not strict):
            piece, held, end = text, "", 0
        else:
            piece, held, end = certainly(text, strict)
        # Without the reference of its container it has one alone, and grows where it is.
        into[place] = None
        grown += piece
        into[place] = grown
        if end:
            return text, end
        if held:
            good = escape_so_far(held).end()
            if good < len(held):
                between_escapes = good in (0, len(r"\ud83d"))
                raise Fault(BAD_CHARACTER if between_escapes else BAD_ESCAPE, len(held) - good)
        text = yield


def certainly(text: str, strict: bool) -> tuple[str, str, int]:
    """Decode what is certain of a string; give also the rest, and the end of the string or 0."""
    if "\\u" not in text:
        # Half a short escape is the commonest cut, and a raised error takes the longest.
        cut = text[-1] == "\\" and (len(text) - len(text.rstrip("\\"))) % 2
        body = text[:-1] if cut else text
        try:
            piece, end = scanstring(body + '"', 0, strict)
        except ValueError:
            pass
        else:
            return (piece, "", end) if end <= len(body) else (piece, text[len(body) :], 0)
    sure = certain[strict](text).end()
    piece = scanstring(text[:sure] + '"', 0, strict)[0]
    return (piece, "", sure + 1) if text[sure : sure + 1] == '"' else (piece, text[sure:], 0)


def scalar(text: str, at: int, stops: str) -> Generator[None, str, tuple[Any, str, int]]:
    """Read a number or a literal to its end; return the value, the text and the place behind it.

    Args:
        text: where it begins; it does not end in there, or is faulty.
        stops: what may stand behind it.
    """
    parts: list[str] = []
    text = text[at:]
    known = ""  # what was read, or a shorter beginning that can go on alike
    while True:
        size = len(known)
        known += text
        end = scalar_so_far(known).end()
        if known[:end] in WHOLE_WORDS:
            return WHOLE_WORDS[known[:end]], known, end
        if end < len(known):
            break
        parts.append(text)
        if end > LONG:
            known = digits("1", known)
        text = yield
    if known[end] not in stops or number(known, 0, end) is None:
        raise Fault("no number or literal goes on like this", len(known) - end)
    parts.append(known[size:end])
    written = "".join(parts)
    try:
        return SCANNERS[True](written, 0)[0], known, end
    except ValueError as error:  # more digits than int() may read
        raise Fault("more digits than int() may read", len(known) - end + len(written), error) from error
