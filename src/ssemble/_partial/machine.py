"""The incremental JSON parser behind `PartialJSON`.

It reads RFC 8259 and what `json.loads` accepts in addition: NaN, Infinity and -Infinity. The parser
is a generator: it stops at a ``yield`` when the text runs out, and continues there with the next
piece. The value so far does not depend on where the text is split:

- A container appears when it is opened, a key together with the start of its value.
- A string grows by complete characters: a truncated escape is held back, and so is the escape of a
  high surrogate whose other half may follow.
- A number appears when the character after it shows its end, a literal with its last letter.
- A syntax error changes nothing: the value stays as it was before the invalid character.

Values that are complete in one piece are parsed by the C scanner of `json`. The result is the same,
only faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from itertools import accumulate
from typing import Any

from .tokens import (
    CAREFUL_SCANNERS,
    LONG,
    NUMBER,
    SCANNERS,
    STOPS,
    WHITE,
    WORDS,
    Container,
    Fault,
    scalar,
    scalar_so_far,
    scanstring,
    string,
)

Place = tuple[Container, Any]
"""The position of an open value: its container, and its key or index in it."""

Watches = Sequence[Callable[[], Any]]
"""Weak references to objects with a method ``note(top, opened)``, called when values are complete."""

# Trying to parse a shorter container in one step costs more than it saves.
WORTHWHILE = 64  # characters
# A failed try has read to the end of the text, so there are only a few for each text.
TRIES = 8
# A shorter text hardly holds a run of numbers.
MANY_NUMBERS = 32  # characters
# Levels of nesting that most documents do not reach.
FLAT = 10
after_space: Any = re.compile(r"[ \t\n\r]+").match
numbers = re.compile(rf"{NUMBER}(?:[ \t\n\r]*,[ \t\n\r]*{NUMBER}){{1,200}}(?=[ \t\n\r,\]])").match
in_quotes = re.compile(b'"[^"]*"').sub

VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, AFTER_VALUE = range(6)
EXPECTED = {
    VALUE: "a value",
    VALUE_OR_END: "a value or ']'",
    KEY: "a key in quotes",
    KEY_OR_END: "a key in quotes or '}'",
}
NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def deeper(text: str, limit: int, start: int = 0, end: int | None = None) -> bool:
    """Tell whether valid JSON, in a text or a part of it, is nested deeper than a limit."""
    if text.count("[", start, end) + text.count("{", start, end) <= limit:
        return False
    code = text[start:end].encode("utf-8", "surrogatepass")
    code = code.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, NO_BRACKETS)
    brackets = in_quotes(b"", code.replace(b'""', b""))
    # Remove empty brackets, level by level: usually nothing is left after a few rounds.
    remaining = brackets
    for vanished in range(0, FLAT, 2):  # at most two levels each: a list in an object
        if len(remaining) <= 2 * (limit - vanished):
            return False
        remaining = remaining.replace(b"[]", b"").replace(b"{}", b"")
    return max(accumulate(map(STEPS.__getitem__, brackets))) > limit


def read(
    top: list[Any], opened: list[Place], strict: bool, max_depth: int, watches: Watches = ()
) -> Generator[None, str, None]:
    """Parse one document into ``top``, an empty list.

    Args:
        top: the document becomes its only item, and grows there.
        opened: updated to the positions of all open values, outermost first.
        strict: no raw control characters in strings.
        max_depth: maximum nesting of containers.
        watches: notified before a repeated key replaces a value; otherwise it would depend on
            the splitting of the text whether they see the first value.

    Raises:
        Fault: at the first invalid character.
    """
    # One long function: local variables are the fastest state in Python.
    scan_once = SCANNERS[strict]
    container: Container = top
    closer = ""  # the closing bracket of the current container; "" for the document
    expect = VALUE
    key: Any
    tried, tries = "", 0
    text = yield
    at, size = 0, len(text)
    while True:
        if at >= size:
            text = yield
            at, size = 0, len(text)
            continue
        char = text[at]
        if char <= " ":
            if char == " ":  # usually a single one
                at += 1
                continue
            if char in WHITE:
                at = after_space(text, at).end()
                continue

        if expect == AFTER_VALUE:
            if char == closer:
                container = opened.pop()[0]
                closer = ("}" if type(container) is dict else "]") if opened else ""
            elif char == "," and closer:
                expect = KEY if closer == "}" else VALUE
            else:
                raise Fault(f"expected ',' or '{closer}'" if closer else "extra data after the document", size - at)
            at += 1
            continue

        if expect == COLON:
            if char != ":":
                raise Fault("expected ':'", size - at)
            at += 1
            expect = VALUE
            continue

        if expect >= KEY:
            if char == '"':
                at += 1
                if text.find('"', at) >= 0:
                    try:
                        key, at = scanstring(text, at, strict)
                        expect = COLON
                        if watches and key in container:
                            tell(watches, top, opened)
                        if at < size and text[at] == ":":  # the usual case
                            at += 1
                            expect = VALUE
                        continue
                    except ValueError:
                        pass  # the quote is escaped, or there is a syntax error
                elif size - at < LONG and "\\" not in text[at:] and text[at:].isprintable():
                    text = text[at - 1 :] + (yield)
                    at, size = 0, len(text)
                    continue
                scratch: Container = {}
                text, at = yield from string(text, at, scratch, 0, strict)
                key, size = scratch[0], len(text)
                expect = COLON
                if watches and key in container:
                    tell(watches, top, opened)
            elif char == "}" and expect == KEY_OR_END:
                expect = AFTER_VALUE
            else:
                raise Fault(f"expected {EXPECTED[expect]}", size - at)
            continue

        if char == '"':
            at += 1
            value = None  # a complete string is never None
            if text.find('"', at) >= 0:
                try:
                    value, at = scanstring(text, at, strict)
                except ValueError:
                    pass  # the quote is escaped, or there is a syntax error
            if value is None:
                place = key if closer == "}" else len(container)
                if closer != "}":
                    container.append(None)
                opened.append((container, place))
                text, at = yield from string(text, at, container, place, strict)
                size = len(text)
                opened.pop()
                expect = AFTER_VALUE
                continue
        elif char == "{" or char == "[":
            if len(opened) >= max_depth:
                raise Fault(f"nested deeper than max_depth={max_depth}", size - at, not_in_json_loads=True)
            value = None  # a complete container is never None
            if size - at >= WORTHWHILE:
                if text is not tried:
                    tried, tries = text, TRIES
                if tries:
                    scan = CAREFUL_SCANNERS[strict] if watches else scan_once
                    value, end = whole_container(text, at, scan, max_depth - len(opened))
                    tries -= value is None
            if value is None:
                at += 1
                value = {} if char == "{" else []
                if closer == "}":
                    opened.append((container, key))
                    container[key] = value
                else:
                    opened.append((container, len(container)))
                    container.append(value)
                container = value
                closer, expect = ("}", KEY_OR_END) if char == "{" else ("]", VALUE_OR_END)
                continue
            at = end
        elif char in WORDS and text.startswith(WORDS[char][0], at):
            word, value = WORDS[char]
            at += len(word)
        elif char in "-0123456789tfnNI":
            if closer == "]" and size - at >= MANY_NUMBERS and (run := numbers(text, at)):
                try:
                    container += scan_once(f"[{run[0]}]", 0)[0]
                except ValueError:
                    pass  # one of them has too many digits
                else:
                    at = run.end()
                    expect = AFTER_VALUE
                    continue
            stops = STOPS[closer]
            try:
                value, end = scan_once(text, at)
            except (StopIteration, ValueError):
                end = at  # truncated, invalid or too many digits: the checks below decide
            if end < size and text[end] in stops:
                at = end
            elif (
                size - at < LONG
                and (end == size or scalar_so_far(text, at).end() == size)
                and not text.startswith("-I", at)
            ):
                text = text[at:] + (yield)
                at, size = 0, len(text)
                continue
            else:
                value, text, at = yield from scalar(text, at, stops)
                size = len(text)
        elif char == "]" and expect == VALUE_OR_END:
            expect = AFTER_VALUE
            continue
        else:
            raise Fault(f"expected {EXPECTED[expect]}", size - at)
        if closer == "}":
            container[key] = value
        else:
            container.append(value)
        expect = AFTER_VALUE


def tell(watches: Watches, top: list[Any], opened: list[Place]) -> None:
    """Notify all watches that still exist of the values that are complete now."""
    for reference in watches:
        watch = reference()
        if watch is not None:
            watch._note(top, opened)


def whole_container(text: str, at: int, scan_once: Any, depth: int) -> tuple[Any, int]:
    """Parse a container that ends in this text; None if it does not end, or is invalid or too deep."""
    if text.find("}" if text[at] == "{" else "]", at) >= 0:
        try:
            value, end = scan_once(text, at)
        except (StopIteration, ValueError, RecursionError):
            return None, at
        if not deeper(text, depth, at, end):
            return value, end
    return None, at
