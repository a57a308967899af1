"""Count work instead of timing it.

A clock also measures what else the machine does. What is counted is the same in each run:

- *steps*: blocks of statements that are begun, calls, and items of loops, in the code under test;
- *allocated*: bytes that each block allocates, so that a copy of a long buffer is seen;
- *read*: characters, bytes and items that functions written in C go through, so that a search through a long
  buffer is seen although it is one step and allocates nothing.

The code under test is not written for this: `rewritten` compiles its source again with calls to a `Meter` in it, and
`counted` exchanges the code of its functions for as long as the work takes.
"""

from __future__ import annotations

import builtins
import functools
import math
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from ..plain import all_modules
from .meter import Meter
from .rewriting import METER, rewritten

Work = Callable[[], object]
GROWTH = 4


class Count(NamedTuple):
    steps: int
    allocated: int
    read: int


class Growth(NamedTuple):
    """Exponents over the size; 1 is linear, 2 is quadratic."""

    steps: float
    allocated: float
    read: float


def counted(work: Work, *modules: ModuleType) -> Count:
    """Count what the functions of the package, and of more modules, do in a piece of work."""
    ours = all_modules()
    meter = Meter({module.__file__ for module in (*ours, *modules)})
    with _exchanged([*ours, *modules]), _in_builtins(meter), _tracing_memory():
        meter.start()
        work()
        meter.tick()
    meter.finish()
    return Count(meter.steps, meter.allocated, meter.read)


def growth(make: Callable[[int], tuple[int, Work]], *modules: ModuleType) -> Growth:
    """Tell how the counts grow with the size of the work.

    Args:
        make: from a factor, 1 or 4, the size of the work and the work.
        modules: counted besides the package.
    """
    (small, first), (large, second) = make(1), make(GROWTH)
    low, high = counted(first, *modules), counted(second, *modules)
    pairs = zip(_costs(low), _costs(high), strict=True)
    return Growth(*(math.log(after / before) / math.log(large / small) for before, after in pairs))


def _costs(count: Count) -> Growth:
    # What is cheaper than the steps beside it is no matter: a step takes longer than to read 4 items or to copy 64 bytes.
    return Growth(count.steps, count.allocated + 64 * count.steps, count.read + 4 * count.steps)


def assert_linear(work: Callable[[int], object], count: int, *modules: ModuleType, allowed: float = 1.15) -> None:
    """Four times the work takes about four times of whatever is counted."""
    found = growth(lambda factor: (count * factor, lambda: work(count * factor)), *modules)
    assert max(found) <= allowed, found


@contextmanager
def _tracing_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


@contextmanager
def _in_builtins(meter: Meter) -> Iterator[None]:
    setattr(builtins, METER, meter)
    try:
        yield
    finally:
        delattr(builtins, METER)


@contextmanager
def _exchanged(modules: list[ModuleType]) -> Iterator[None]:
    plain: list[tuple[FunctionType, CodeType]] = []
    try:
        for module in modules:
            for function, code in _metered(module):
                plain.append((function, function.__code__))
                function.__code__ = code
        yield
    finally:
        for function, code in plain:
            function.__code__ = code


@functools.cache
def _metered(module: ModuleType) -> list[tuple[FunctionType, CodeType]]:
    """Functions of a module, each with its code that calls the meter."""
    codes, found = rewritten(str(module.__file__)), []
    for function in _functions(module):
        code = codes.get(key(function.__code__))
        if code is not None and code.co_freevars == function.__code__.co_freevars:
            found.append((function, code))
    return found


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Functions of a module, of its classes, and in its tables."""
    seen: set[int] = set()
    found = [*vars(module).values()]
    for each in found:  # grows meanwhile
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, FunctionType):
            if each.__code__.co_filename == module.__file__:
                yield each
            if hasattr(each, "__wrapped__"):
                found.append(each.__wrapped__)
        elif isinstance(each, type) and each.__module__ == module.__name__:
            found += vars(each).values()
        elif isinstance(each, property):
            found += [each.fget, each.fset]
        elif isinstance(each, (staticmethod, classmethod)):
            found.append(each.__func__)
        elif isinstance(each, dict):
            found += each.values()
        elif isinstance(each, (list, tuple)):
            found += each


def key(code: CodeType) -> Any:
    """What a function has in common with itself compiled again."""
    return code.co_name, code.co_firstlineno, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
