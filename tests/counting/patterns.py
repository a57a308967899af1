"""What a regular expression costs: a plain backtracking matcher that counts its steps.

The matcher of `re` takes the same ways in the same order, so that a search that is quadratic there is so here.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

if sys.version_info >= (3, 11):
    from re import _constants as codes  # type: ignore[attr-defined]  # not in its stub
    from re import _parser as parser  # type: ignore[attr-defined]  # not in its stub
else:  # pragma: no cover  # an older Python
    import sre_constants as codes
    import sre_parse as parser

SEARCHES = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
CATEGORIES = {
    codes.CATEGORY_DIGIT: re.compile(r"\d"), codes.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    codes.CATEGORY_SPACE: re.compile(r"\s"), codes.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    codes.CATEGORY_WORD: re.compile(r"\w"), codes.CATEGORY_NOT_WORD: re.compile(r"\W"),
}  # fmt: skip
ONE = (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN)
DEEP = 100_000

Matcher = Callable[[int], int]
"""From a place to the place behind the match, or -1."""


def pattern_cost(pattern: re.Pattern[Any], method: str, given: tuple[Any, ...]) -> int:
    """Count the steps that a method of a pattern takes through a text, from a place on."""
    text = given[0]
    start, end, _ = slice(*(*given[1:], None, None)[:2]).indices(len(text))
    tree = parsed(pattern)
    if method in ("search", "match", "fullmatch") and all(op in ONE for op, _ in tree):
        found = getattr(pattern, method)(*given)
        return 1 if method != "search" else (found.end() if found else end) - start + 1
    run = Run(text if isinstance(text, str) else bytes(text).decode("latin-1"), end, pattern.flags)
    with deep():
        run.through(tree, method, start)
    return run.steps


@functools.cache
def parsed(pattern: re.Pattern[Any]) -> Any:
    written = pattern.pattern
    if isinstance(written, bytes):
        return parser.parse(written.decode("latin-1"), pattern.flags | re.ASCII)
    return parser.parse(written, pattern.flags & ~re.UNICODE)


@contextmanager
def deep() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEP)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


class Run:
    """One call of a method of a pattern."""

    def __init__(self, text: str, end: int, flags: int) -> None:
        self.text = text
        self.end = end
        self.ignores_case = bool(flags & re.IGNORECASE)
        self.all_lines = bool(flags & re.DOTALL)
        self.steps = 0

    def through(self, tree: Any, method: str, at: int) -> None:
        match = self.sequence(
            tree, (lambda at: at if at == self.end else -1) if method == "fullmatch" else lambda at: at
        )
        if method in ("match", "fullmatch"):
            match(at)
            return
        while at <= self.end:
            found = match(at)
            if found >= 0 and method == "search":
                return
            at = max(at + 1, found)

    def sequence(self, nodes: Any, after: Matcher) -> Matcher:
        for op, argument in reversed(list(nodes)):
            after = self.node(op, argument, after)
        return after

    def node(self, op: Any, argument: Any, after: Matcher) -> Matcher:
        if op in ONE:
            return lambda at: after(at + 1) if self.one(op, argument, at) else -1
        if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            least, most, inner = argument
            greedy = op is codes.MAX_REPEAT
            if len(inner) == 1 and inner[0][0] in ONE:
                single, of = inner[0]
                return self.run(single, of, least, most, greedy, after)
            return self.loop(inner, least, most, greedy, after)
        if op is codes.SUBPATTERN:
            return self.sequence(argument[3], after)
        if op is codes.BRANCH:
            return self.first([self.sequence(way, after) for way in argument[1]])
        if op in (codes.ASSERT, codes.ASSERT_NOT):
            direction, inner = argument
            back = inner.getwidth()[0] if direction < 0 else 0
            look = self.sequence(inner, lambda at: at)
            wanted = op is codes.ASSERT
            return lambda at: after(at) if (at >= back and look(at - back) >= 0) is wanted else -1
        raise NotImplementedError(f"{op} in a pattern: write here what it does, or its cost is not counted")

    def first(self, ways: list[Matcher]) -> Matcher:
        def match(at: int) -> int:
            for way in ways:  # written out, since C code between the calls would fill the stack
                if (found := way(at)) >= 0:
                    return found
            return -1

        return match

    def run(self, op: Any, argument: Any, least: int, most: int, greedy: bool, after: Matcher) -> Matcher:
        """One character, repeated."""

        def match(at: int) -> int:
            last = at
            if greedy:
                while last - at < most and self.one(op, argument, last):
                    last += 1
                for end in range(last, at + least - 1, -1):
                    if (found := after(end)) >= 0:
                        return found
                return -1
            while True:
                if last - at >= least and (found := after(last)) >= 0:
                    return found
                if last - at >= most or not self.one(op, argument, last):
                    return -1
                last += 1

        return match

    def loop(self, inner: Any, least: int, most: int, greedy: bool, after: Matcher) -> Matcher:
        def match(at: int, count: int = 0) -> int:
            self.steps += 1

            def again(to: int) -> int:
                return match(to, count + 1) if to > at or count < least else -1

            def more(at: int) -> int:
                return self.sequence(inner, again)(at) if count < most else -1

            if count < least:
                return more(at)
            return self.first([more, after] if greedy else [after, more])(at)

        return match

    def one(self, op: Any, argument: Any, at: int) -> bool:
        """Look at one character."""
        self.steps += 1
        if at >= self.end:
            return False
        char = self.text[at]
        if op is codes.ANY:
            return self.all_lines or char != "\n"
        if op is codes.IN:
            negated = argument[0][0] is codes.NEGATE
            return any(self.fits(kind, of, char) for kind, of in argument[negated:]) is not negated
        return self.fits(codes.LITERAL, argument, char) is (op is codes.LITERAL)

    def fits(self, op: Any, argument: Any, char: str) -> bool:
        chars = {char.lower(), char.upper()} if self.ignores_case else {char}
        if op is codes.LITERAL:
            return chr(argument) in chars
        if op is codes.RANGE:
            return any(argument[0] <= ord(each) <= argument[1] for each in chars if len(each) == 1)
        return CATEGORIES[argument].match(char) is not None
