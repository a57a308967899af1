"""Incremental parsing of JSON strings, numbers and literals, and their syntax errors."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Generator
from json import decoder
from typing import Any


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a dict; raise ValueError if a key is repeated."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("repeated key")
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

# Longer texts are scanned piece by piece: valid digits are not scanned again.
LONG = 32  # characters

STOPS = {"": WHITE, "]": f",]{WHITE}", "}": f",}}{WHITE}"}

BAD_ESCAPE = "invalid escape"
BAD_CHARACTER = "control character in a string (strict=False allows it)"


def _beginning(word: str) -> str:
    """Return a pattern for every non-empty prefix of a word."""
    pattern = ""
    for letter in reversed(word):
        pattern = f"{letter}(?:{pattern})?"
    return pattern


NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_HEX = "[0-9a-fA-F]"
_HIGH = rf"\\u[dD][89abAB]{_HEX}{{2}}"

number = re.compile(NUMBER).fullmatch
digits = re.compile(r"[0-9]{2,}").sub
# These three always match, possibly the empty string.
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
    """A syntax error.

    Attributes:
        reason: what is wrong, or what was expected.
        left: number of characters from the error to the end of the text.
        cause: the original exception, if there is one.
        own: `json.loads` accepts this text; only a limit of `PartialJSON` does not.
    """

    def __init__(
        self, reason: str, remaining: int, cause: Exception | None = None, not_in_json_loads: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remaining = remaining
        self.cause = cause
        self.not_in_json_loads = not_in_json_loads


def string(text: str, at: int, container: Container, place: Any, strict: bool) -> Generator[None, str, tuple[str, int]]:
    """Parse a string into its container up to its closing quote; return the text and the index after it.

    Args:
        text: contains the start of the string; the string does not end in it, or is invalid.
        at: index after the opening quote.
    """
    grown = held = ""
    text = text[at:]
    while True:
        text = held + text
        if "\\" not in text and '"' not in text and (text.isprintable() or not strict):
            piece, held, end = text, "", 0
        else:
            piece, held, end = certainly(text, strict)
        # With a single reference, CPython extends a string in place. So remove it from the container first.
        container[place] = None
        grown += piece
        container[place] = grown
        if end:
            return text, end
        if held:
            good = escape_so_far(held).end()
            if good < len(held):
                between_escapes = good in (0, len(r"\ud83d"))
                raise Fault(BAD_CHARACTER if between_escapes else BAD_ESCAPE, len(held) - good)
        text = yield


def certainly(text: str, strict: bool) -> tuple[str, str, int]:
    """Decode the complete characters of a string; return them, the rest, and the end of the string or 0."""
    if "\\u" not in text:
        # Half a short escape is the most common split, and raising an exception is slow.
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
    """Parse a number or literal to its end; return the value, the text and the index after it.

    Args:
        text: contains its start; it does not end in this text, or is invalid.
        stops: the characters that may follow it.
    """
    parts: list[str] = []
    text = text[at:]
    known = ""  # the text so far, or a shorter prefix with the same continuations
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
        raise Fault("invalid number or literal", len(known) - end)
    parts.append(known[size:end])
    written = "".join(parts)
    try:
        return SCANNERS[True](written, 0)[0], known, end
    except ValueError as error:  # sys.set_int_max_str_digits()
        raise Fault("more digits than int() accepts", len(known) - end + len(written), error) from error
