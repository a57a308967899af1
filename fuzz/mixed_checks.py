"""Find what is wrong with a scenario: runs that differ, and broken invariants."""

from __future__ import annotations

import contextlib
import gc
import itertools
import re
import traceback
from collections.abc import Callable, Iterator
from typing import NamedTuple

import ssemble
from fuzz.mixed import Scenario
from fuzz.mixed_run import Seen, at_one_depth, opened, seen
from ssemble import Limits

SHORT = 1200  # bytes; shorter bodies are also fed byte by byte
NAME = re.compile(r"[:(]")  # follows the name of an event or an error


class Finding(NamedTuple):
    kind: str  # the same for equal findings
    story: str


def findings(given: Scenario) -> Iterator[Finding]:
    """Return the first run that differs from the reference run, and the broken invariants of single runs."""
    try:
        limits = limits_of(given)
        plain = seen([(given.body, ())], given.options, limits, fast=False)
    except Exception as escaped:
        yield _escape("plain, whole", escaped)
        return
    told = set(plain.faults)
    yield from (Finding(fault, "plain, whole") for fault in plain.faults)
    differs = False
    for name, again in runs(given, limits):
        try:
            other = again()
        except Exception as escaped:
            yield _escape(name, escaped)
            return
        yield from (Finding(fault, name) for fault in other.faults if fault not in told)
        told |= set(other.faults)
        if not differs and (difference := _difference(name, plain, other)) is not None:
            differs = True
            yield difference
    if (left := garbage(given, limits)) and not told and not differs:
        yield Finding("cycles are left for the collector", f"{left} objects")


def runs(given: Scenario, limits: Limits) -> Iterator[tuple[str, Callable[[], Seen]]]:
    """Yield the runs that must equal the reference run of the complete body, the simplest first."""
    options, body, acting = given.options, given.body, given.fragments()
    cut = [(data, ()) for data, _ in acting]
    apart = [(b"".join(piece.parts), ()) for piece in given.pieces]
    yield "plain, cut", lambda: seen(cut, options, limits, fast=False)
    yield "fast, whole", lambda: seen([(body, ())], options, limits)
    yield "fast, event by event", lambda: seen(apart, options, limits)
    yield "fast, cut", lambda: seen(cut, options, limits)
    if any(acts for _, acts in acting):
        yield "plain, cut, looked at", lambda: seen(acting, options, limits, fast=False)
        yield "fast, cut, looked at", lambda: seen(acting, options, limits)
    if len(body) <= SHORT:
        single = [(body[at : at + 1], ()) for at in range(len(body))]
        yield "fast, byte by byte", lambda: seen(single, options, limits)


def iterated(given: Scenario, limits: Limits) -> None:
    """A run with a loop function, where frames of the library are between an error and the caller."""
    stream = opened(given.options, limits)

    def take() -> None:
        for _ in stream.events(data for data, _ in given.fragments()):
            pass

    with contextlib.suppress(ssemble.SsembleError):
        at_one_depth(take)


def garbage(given: Scenario, limits: Limits) -> int:
    """Count objects that only the garbage collector frees after a run."""
    gc.freeze()
    was_on = gc.isenabled()
    gc.disable()
    try:
        iterated(given, limits)
        return gc.collect()
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def limits_of(given: Scenario) -> Limits:
    """Return generous limits, except for one that is close to what the stream needs."""
    name = given.options.limit
    if not name:
        return Limits()
    high = 16
    while high < 2**24 and _exceeds(given, name, high):
        high *= 4
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _exceeds(given, name, middle) else (low, middle)
    return Limits(**{name: max(1, high + given.options.beside)})


def _exceeds(given: Scenario, name: str, limit: int) -> bool:
    stream = opened(given.options._replace(errors="event"), Limits(**{name: limit}), fast=False)
    try:
        stream.feed(given.body)
        stream.close()
    except ssemble.LimitExceeded:
        return True
    except ssemble.SsembleError:
        pass
    return False


def _difference(name: str, plain: Seen, other: Seen) -> Finding | None:
    for field, one, two in zip(Seen._fields[:-1], plain, other, strict=False):
        if one != two:
            if isinstance(one, list) and isinstance(two, list):
                pairs = itertools.zip_longest(one, two, fillvalue="nothing")
                one, two = next((first, second) for first, second in pairs if first != second)
            kind = f"{_head(one)} / {_head(two)}" if field in ("error", "events") else ""
            return Finding(f"{name}: {field} {kind}".rstrip(), f"plain: {short(one)}\n{name}: {short(two)}")
    return None


def _head(text: object) -> str:
    """Return the name of an event or an error."""
    return NAME.split(str(text), maxsplit=1)[0]


def short(value: object) -> str:
    text = str(value)
    return text if len(text) < 1500 else f"{text[:1500]}…"


def _escape(name: str, error: Exception) -> Finding:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rpartition('/')[2]}:{frame.name}"
    return Finding(f"escapes: {type(error).__name__} from {where}", f"{name}: {error}"[:300])
