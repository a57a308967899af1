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

import re
from collections.abc import Callable, Generator, Sequence
from itertools import accumulate
from typing import Any

from ._partial_tokens import (
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
"""Where a value that is still open lives: its container, and its key or index in there."""

Watches = Sequence[Callable[[], Any]]
"""References to what sees the values as they are finished: each has a method ``note(top, opened)``."""

# Below this, trying a container whole costs more than it saves.
WORTHWHILE = 64  # characters
# A try that fails has read up to the end of the text, so only a few are made for each text.
TRIES = 8
# Below this, a run of numbers is hardly one.
MANY_NUMBERS = 32  # characters
# Levels of containers that most documents do not reach.
FLAT = 10
after_space: Any = re.compile(r"[ \t\n\r]+").match
numbers = re.compile(rf"{NUMBER}(?:[ \t\n\r]*,[ \t\n\r]*{NUMBER}){{1,200}}(?=[ \t\n\r,\]])").match
in_quotes = re.compile(b'"[^"]*"').sub

VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, BEHIND = range(6)
EXPECTED = {
    VALUE: "a value",
    VALUE_OR_END: "a value or ']'",
    KEY: "a key in quotes",
    KEY_OR_END: "a key in quotes or '}'",
}
NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def deeper(text: str, limit: int, start: int = 0, end: int | None = None) -> bool:
    """Tell whether valid JSON, a whole text or a part of it, nests its containers deeper than a limit."""
    if text.count("[", start, end) + text.count("{", start, end) <= limit:
        return False
    code = text[start:end].encode("utf-8", "surrogatepass")
    code = code.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, NO_BRACKETS)
    brackets = in_quotes(b"", code.replace(b'""', b""))
    # What holds no other container vanishes, level by level: mostly nothing is left after a few.
    left = brackets
    for vanished in range(0, FLAT, 2):  # levels at most, as of lists in objects
        if len(left) <= 2 * (limit - vanished):
            return False
        left = left.replace(b"[]", b"").replace(b"{}", b"")
    return max(accumulate(map(STEPS.__getitem__, brackets))) > limit


def read(
    top: list[Any], opened: list[Place], strict: bool, max_depth: int, watches: Watches = ()
) -> Generator[None, str, None]:
    """Read one document into ``top``, a list for it alone.

    Args:
        top: where the document is put as its only item, and grows.
        opened: kept as the places of all that is open, from the outermost inwards.
        strict: no raw control characters in strings.
        max_depth: containers in containers, at most.
        watches: told before a value is replaced by that of an equal key, or it would depend on
            the cuts whether they see it.

    Raises:
        Fault: at the first character that no JSON has there.
    """
    # One long function: its state is in local variables, the fastest there are.
    scan_once = SCANNERS[strict]
    into: Container = top
    closer = ""  # of the container that is read; the document itself has none
    want = VALUE
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
            if char == " ":  # mostly one alone
                at += 1
                continue
            if char in WHITE:
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
                        if watches and key in into:
                            tell(watches, top, opened)
                        if at < size and text[at] == ":":  # as it mostly is
                            at += 1
                            want = VALUE
                        continue
                    except ValueError:
                        pass  # the quote is escaped, or there is a fault
                elif size - at < LONG and "\\" not in text[at:] and text[at:].isprintable():
                    text = text[at - 1 :] + (yield)
                    at, size = 0, len(text)
                    continue
                scratch: Container = {}
                text, at = yield from string(text, at, scratch, 0, strict)
                key, size = scratch[0], len(text)
                want = COLON
                if watches and key in into:
                    tell(watches, top, opened)
            elif char == "}" and want == KEY_OR_END:
                want = BEHIND
            else:
                raise Fault(f"expected {EXPECTED[want]}", size - at)
            continue

        if char == '"':
            at += 1
            value = None  # of a string that is whole, never
            if text.find('"', at) >= 0:
                try:
                    value, at = scanstring(text, at, strict)
                except ValueError:
                    pass  # the quote is escaped, or there is a fault
            if value is None:
                place = key if closer == "}" else len(into)
                if closer != "}":
                    into.append(None)
                opened.append((into, place))
                text, at = yield from string(text, at, into, place, strict)
                size = len(text)
                opened.pop()
                want = BEHIND
                continue
        elif char == "{" or char == "[":
            if len(opened) >= max_depth:
                raise Fault(f"deeper than max_depth, {max_depth}", size - at, own=True)
            value = None  # of a container that is whole, never
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
            try:
                value, end = scan_once(text, at)
            except (StopIteration, ValueError):
                end = at  # a beginning, a fault, or too many digits: none of them is a stop
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


def tell(watches: Watches, top: list[Any], opened: list[Place]) -> None:
    """Let all watches that are still there note what is finished now."""
    for reference in watches:
        watch = reference()
        if watch is not None:
            watch.note(top, opened)


def whole_container(text: str, at: int, scan_once: Any, depth: int) -> tuple[Any, int]:
    """Read a container that ends in this text; None if it does not, or is faulty or too deep."""
    if text.find("}" if text[at] == "{" else "]", at) >= 0:
        try:
            value, end = scan_once(text, at)
        except (StopIteration, ValueError, RecursionError):
            return None, at
        if not deeper(text, depth, at, end):
            return value, end
    return None, at
