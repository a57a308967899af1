"""JSON read piece by piece: the machine behind `PartialJSON`.

RFC 8259, and what `json.loads` reads beyond it: NaN, Infinity and -Infinity. A generator is the
machine: it rests at a ``yield`` where text runs out, and goes on from that very place. What it
shows never depends on the cuts:

- A container appears when it is opened, a key with the start of its value.
- A string grows by certain characters: a cut escape is held, and so is the escape of a high
  surrogate whose other half may follow.
- A number appears when the character behind it proves it whole, a literal with its last letter.
- At a fault it shows what it showed before the faulty character.

Whole values are left to the C scanner of `json`; they come out the same, only sooner.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from itertools import accumulate
from json.decoder import scanstring
from typing import Any

Container = Any  # list or dict; told apart at run time
Place = tuple[Container, Any]
"""Where a value that is still open lives: its container, and its key or index in there."""

SCANNERS = {strict: json.JSONDecoder(strict=strict).scan_once for strict in (True, False)}  # type: ignore[attr-defined]  # not in its stub
WHITE = " \t\n\r"
WORDS = {
    "t": ("true", True),
    "f": ("false", False),
    "n": ("null", None),
    "N": ("NaN", float("nan")),
    "I": ("Infinity", float("inf")),
}
WHOLE_WORDS = {**dict(WORDS.values()), "-Infinity": float("-inf")}

# Below this, trying a container whole costs more than it saves.
WORTHWHILE = 64  # characters
# A try that fails has read up to the end of the text, so only a few are made for each text.
TRIES = 8
# Below this, a run of numbers is hardly one.
MANY_NUMBERS = 12  # characters
# Levels of containers that most documents do not have.
FLAT = 8
# Digits that are known to be good are not read again.
LONG = 32  # characters


def _beginning(word: str) -> str:
    """Write a pattern of every beginning of a word."""
    pattern = ""
    for letter in reversed(word):
        pattern = f"{letter}(?:{pattern})?" if pattern else letter
    return pattern


_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_HEX = "[0-9a-fA-F]"
_HIGH = rf"\\u[dD][89abAB]{_HEX}{{2}}"

after_space = re.compile(r"[ \t\n\r]*").match
number = re.compile(_NUMBER).fullmatch
numbers = re.compile(rf"{_NUMBER}(?:[ \t\n\r]*,[ \t\n\r]*{_NUMBER}){{1,200}}(?=[ \t\n\r,\]])").match
digits = re.compile(r"[0-9]{2,}").sub
scalar_so_far = re.compile(
    rf"-?{_beginning('Infinity')}|{'|'.join(map(_beginning, ('true', 'false', 'null', 'NaN')))}"
    r"|-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:(?<=[0-9])[eE][-+]?[0-9]*)?)?"
).match
escape_so_far = re.compile(rf"(?:{_HIGH})?(?:\\(?:u{_HEX}{{0,3}})?)?").match
certain = {
    strict: re.compile(
        rf'(?:[^"\\{control}]+|\\["\\/bfnrt]|(?!{_HIGH})\\u{_HEX}{{4}}'
        rf'|{_HIGH}(?=[^\\{control}]|\\["\\/bfnrt]|\\u{_HEX}{{4}}))*'
    ).match
    for strict, control in ((True, r"\x00-\x1f"), (False, ""))
}
in_quotes = re.compile(b'"[^"]*"').sub

OPEN: Any = object()  # instead of a value that is not whole
STOPS = {"": WHITE, "]": f",]{WHITE}", "}": f",}}{WHITE}"}
VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, BEHIND = range(6)
EXPECTED = {
    VALUE: "a value",
    VALUE_OR_END: "a value or ']'",
    KEY: "a key in quotes",
    KEY_OR_END: "a key in quotes or '}'",
}
NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
BAD_ESCAPE = "an escape that JSON does not have"
BAD_CHARACTER = "a control character in a string, which strict=False allows"


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


def deeper(text: str, start: int, end: int, limit: int) -> bool:
    """Tell whether valid JSON nests its containers deeper than a limit."""
    if text.count("[", start, end) + text.count("{", start, end) <= limit:
        return False
    code = text[start:end].encode("utf-8", "surrogatepass")
    code = code.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, NO_BRACKETS)
    brackets = in_quotes(b"", code.replace(b'""', b""))
    # What holds no other container vanishes, level by level: mostly nothing is left after a few.
    left = brackets
    for level in range(FLAT + 1):
        if len(left) <= 2 * (limit - level):
            return False
        left = left.replace(b"[]", b"").replace(b"{}", b"")
    return max(accumulate(map(STEPS.__getitem__, brackets))) > limit


def read(top: list[Any], opened: list[Place], strict: bool, max_depth: int) -> Generator[None, str, None]:
    """Read one document into ``top``, a list for it alone.

    Args:
        top: where the document is put as its only item, and grows.
        opened: kept as the places of all that is open, from the outermost inwards.
        strict: no raw control characters in strings.
        max_depth: containers in containers, at most.

    Raises:
        Fault: at the first character that no JSON has there.
    """
    # One long function: its state is in local variables, the fastest there are.
    scan_once = SCANNERS[strict]
    into: Container = top
    closer = ""  # of the container that is read; the document itself has none
    want = VALUE
    key: Any = None
    text, at, size = "", 0, 0
    tried, tries = "", 0
    while True:
        if at >= size:
            text = yield
            at, size = 0, len(text)
            continue
        char = text[at]
        if char in WHITE:
            at += 1
            if text[at : at + 1] in WHITE:
                at = after_space(text, at).end()
            continue

        if want == BEHIND:
            if char == closer:
                into = opened.pop()[0]
                closer = ("}" if type(into) is dict else "]") if opened else ""
            elif char == "," and closer:
                want = KEY if closer == "}" else VALUE
            else:
                raise Fault(f"expected ',' or '{closer}'" if closer else "text behind the document", size - at)
            at += 1
            continue

        if want == COLON:
            if char != ":":
                raise Fault("expected ':'", size - at)
            at += 1
            want = VALUE
            continue

        if want >= KEY:
            if char == '"':
                at += 1
                if text.find('"', at) >= 0:
                    try:
                        key, at = scanstring(text, at, strict)
                        want = COLON
                        continue
                    except ValueError:
                        pass  # the quote is escaped, or there is a fault
                elif size - at < LONG and "\\" not in text[at:] and text[at:].isprintable():
                    text = text[at - 1 :] + (yield)
                    at, size = 0, len(text)
                    continue
                scratch = [""]
                text, at = yield from string(text, at, scratch, 0, strict)
                key, size = scratch[0], len(text)
                want = COLON
            elif char == "}" and want == KEY_OR_END:
                want = BEHIND
            else:
                raise Fault(f"expected {EXPECTED[want]}", size - at)
            continue

        if char == '"':
            at += 1
            value = OPEN
            if text.find('"', at) >= 0:
                try:
                    value, at = scanstring(text, at, strict)
                except ValueError:
                    pass  # the quote is escaped, or there is a fault
            if value is OPEN:
                place = key if closer == "}" else len(into)
                if closer == "}":
                    into[key] = ""
                else:
                    into.append("")
                opened.append((into, place))
                text, at = yield from string(text, at, into, place, strict)
                size = len(text)
                opened.pop()
                want = BEHIND
                continue
        elif char == "{" or char == "[":
            if len(opened) >= max_depth:
                raise Fault(f"deeper than max_depth, {max_depth}", size - at, own=True)
            value = OPEN
            if size - at >= WORTHWHILE:
                if text is not tried:
                    tried, tries = text, TRIES
                if tries:
                    value, end = whole_container(text, at, scan_once, max_depth - len(opened))
                    tries -= value is OPEN
            if value is OPEN:
                at += 1
                value = {} if char == "{" else []
                if closer == "}":
                    opened.append((into, key))
                    into[key] = value
                else:
                    opened.append((into, len(into)))
                    into.append(value)
                into = value
                closer, want = ("}", KEY_OR_END) if char == "{" else ("]", VALUE_OR_END)
                continue
            at = end
        elif char in WORDS and text.startswith(WORDS[char][0], at):
            word, value = WORDS[char]
            at += len(word)
        elif char in "-0123456789tfnNI":
            if closer == "]" and size - at >= MANY_NUMBERS and (run := numbers(text, at)):
                try:
                    into += scan_once(f"[{run[0]}]", 0)[0]
                except ValueError:
                    pass  # too many digits in one of them
                else:
                    at = run.end()
                    want = BEHIND
                    continue
            stops = STOPS[closer]
            value = OPEN
            try:
                value, end = scan_once(text, at)
            except (StopIteration, ValueError):
                pass  # a beginning, a fault, or too many digits
            else:
                if end == size or text[end] not in stops:
                    value = OPEN
            if value is not OPEN:
                at = end
            elif size - at < LONG and scalar_so_far(text, at).end() == size and text[at : at + 2] != "-I":
                text = text[at:] + (yield)
                at, size = 0, len(text)
                continue
            else:
                value, text, at = yield from scalar(text, at, stops)
                size = len(text)
        elif char == "]" and want == VALUE_OR_END:
            want = BEHIND
            continue
        else:
            raise Fault(f"expected {EXPECTED[want]}", size - at)
        if closer == "}":
            into[key] = value
        else:
            into.append(value)
        want = BEHIND


def whole_container(text: str, at: int, scan_once: Any, depth: int) -> tuple[Any, int]:
    """Read a container that ends in this text; ``OPEN`` if it does not, or is faulty or too deep."""
    if text.find("}" if text[at] == "{" else "]", at) >= 0:
        try:
            value, end = scan_once(text, at)
        except (StopIteration, ValueError, RecursionError):
            return OPEN, at
        if not deeper(text, at, end, depth):
            return value, end
    return OPEN, at


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
        end = 0
        if "\\" not in text and '"' not in text and (text.isprintable() or not strict):
            piece, held = text, ""
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
