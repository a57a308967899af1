"""What work costs: what a meter counts for each call."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, ValuesView
from tracemalloc import get_traced_memory, reset_peak
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from .patterns import SEARCHES, pattern_cost

SIZED = (str, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, KeysView, ValuesView, ItemsView)
LAZY = (map, zip, filter, enumerate, reversed, itertools.islice, itertools.accumulate, itertools.chain)
SCANNER = type(json.JSONDecoder().scan_once)  # type: ignore[attr-defined]  # not in its stub
# Their time does not depend on the size of what they are given.
FREE = frozenset(
    "len isinstance issubclass type id hash callable getattr hasattr setattr delattr next iter ord chr bool object slice "
    "append add discard get setdefault items keys values popitem send throw clear release cast hex range".split()
)


def size(value: Any) -> int:
    return len(value) if isinstance(value, SIZED) else 0


class Items:
    """An iterator whose items are counted, also where C code takes them."""

    def __init__(self, meter: Meter, items: Iterable[Any]) -> None:
        self.meter = meter
        self.items = iter(items)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self.meter.steps += 1
        return next(self.items)


class Meter:
    """Counts the work of rewritten code.

    Args:
        files: names of the files that are rewritten, whose functions count by themselves.
    """

    def __init__(self, files: set[str | None]) -> None:
        self.files = files
        self.steps = self.allocated = self.read = self.before = 0
        # Counted later: without tracing of memory it takes a tenth of the time.
        self.patterns: list[tuple[re.Pattern[Any], str, tuple[Any, ...]]] = []

    def start(self) -> None:
        self.before = get_traced_memory()[0]
        reset_peak()

    def finish(self) -> None:
        for pattern, method, given in self.patterns:
            self.read += pattern_cost(pattern, method, given)

    def tick(self) -> None:
        """Begin a block: count the one before it, and the most that it added to the memory."""
        self.steps += 1
        now, peak = get_traced_memory()
        if peak > self.before:
            self.allocated += peak - self.before
        if peak > now:
            reset_peak()
        self.before = now

    def value(self, value: Any) -> Any:
        self.steps += 1
        return value

    def made(self, value: Any) -> Any:
        """Count a new text or container, made by an operator."""
        self.read += size(value)
        return value

    def items(self, items: Iterable[Any]) -> Iterable[Any]:
        return Items(self, items)

    def moved(self, value: Any, place: Any) -> Any:
        """Count what moves up where items of a list are put in or taken out."""
        if isinstance(value, list):
            start = place.start or 0 if isinstance(place, slice) else place
            self.read += len(value) - start if start >= 0 else -start
        return place

    def contains(self, item: Any, inside: Any) -> bool:
        self.steps += 1
        found = item in inside
        if isinstance(inside, (str, bytes, bytearray)):
            self.read += inside.find(item) + 1 if found else len(inside)
        elif isinstance(inside, (list, tuple)):
            self.read += inside.index(item) + 1 if found and item == item else len(inside)
        return found

    def equal(self, left: Any, right: Any) -> Any:
        self.steps += 1
        if left is not right and type(left) is type(right) and isinstance(left, SIZED) and len(left) == len(right) > 1:
            if left == right:
                self.read += len(left)
                return True
            pairs = enumerate(zip(left, right, strict=True))
            self.read += next((at for at, (mine, other) in pairs if mine is not other and mine != other), 0)
        return left == right

    def call(self, function: Any, /, *given: Any, **named: Any) -> Any:
        """Call, and count what the function reads if its code is not ours."""
        self.steps += 1
        name = getattr(function, "__name__", "")
        if name in FREE or self._is_ours(function):
            return function(*given, **named)
        if function in LAZY:
            if function is itertools.islice:
                given = (Items(self, given[0]), *given[1:])
            return Items(self, function(*given, **named))
        owner = getattr(function, "__self__", None)
        if isinstance(function, FunctionType) and function.__module__ == "re" and name in SEARCHES:
            self.patterns.append((re.compile(given[0]), name, given[2:3] if name in ("sub", "subn") else given[1:2]))
        elif isinstance(owner, re.Pattern):
            self.patterns.append((owner, name, given[1:] if name in ("sub", "subn") else given))
        elif isinstance(function, SCANNER) or name in ("scanstring", "py_scanstring"):
            return self._scanning(function, *given)
        elif isinstance(function, BuiltinFunctionType) and isinstance(owner, (str, bytes, bytearray)):
            return self._searching(function, owner, name, given, named)
        elif isinstance(owner, list) and name in ("insert", "pop"):
            self.moved(owner, given[0] if given else -1)
        else:
            self.read += sum(map(size, given)) + size(owner) * (name != "extend" and name != "update")
        return function(*given, **named)

    def _is_ours(self, function: Any) -> bool:
        if isinstance(function, MethodType):
            function = function.__func__
        if isinstance(function, type):
            return function.__module__ not in ("builtins", "itertools", "collections")
        return isinstance(function, FunctionType) and function.__code__.co_filename in self.files

    def _searching(
        self, function: Callable[..., Any], text: Any, name: str, given: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        whole = len(text)
        if name in ("find", "index", "rfind", "rindex", "count"):
            start, end, _ = slice(*(*given[1:], None, None)[:2]).indices(whole)
            found = -1
            try:
                result = function(*given, **named)
                found = -1 if name == "count" else result
            finally:
                self.read += max(0, end - start if found < 0 else end - found if name[0] == "r" else found - start + 1)
            return result
        result = function(*given, **named)
        if name in ("startswith", "endswith"):
            heads = given[0] if isinstance(given[0], tuple) else given[:1]
            self.read += sum(len(head) for head in heads if len(head) <= whole)
        elif name in ("strip", "lstrip", "rstrip"):
            self.read += whole - len(result) + 1
        elif name == "join":
            self.read += len(result) + size(given[0])
        else:
            self.read += whole + sum(map(size, given))
        return result

    def _scanning(self, function: Callable[..., Any], text: str, at: int, *more: Any) -> Any:
        end = len(text)
        try:
            result = function(text, at, *more)
            end = result[1]
        except StopIteration as stopped:
            end = stopped.value + 1
            raise
        except json.JSONDecodeError as error:
            # A string without an end is told by its beginning.
            if not error.msg.startswith("Unterminated"):
                end = error.pos + 1
            raise
        except RecursionError:
            end = min(end, at + sys.getrecursionlimit())
            raise
        finally:
            self.read += max(1, end - at)
        return result
