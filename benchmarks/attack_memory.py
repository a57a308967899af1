"""What it costs to fill a limit: memory for each byte or character allowed, and time within one fragment."""

from __future__ import annotations

import gc
import math
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import ssemble
from benchmarks.attack_limits import CALLS, CHOICES, EVENT, FRAGMENT, MESSAGE, Filling
from ssemble import Limits, ToolCallStart
from tests.plain import all_modules

WHOLE = "one fragment"
CUTTINGS = {"1 KiB": 1024, "64 KiB": 65536, WHOLE: None}
MOST = 700  # bytes sent for each character allowed; more of them fill nothing
SIZES = {EVENT: 2**17, MESSAGE: 2**16, CHOICES: 2**18, CALLS: 2**21, FRAGMENT: 2**17}
LIFTED = Limits(max_event_size=None, max_message_size=None)
LONG = 4.0  # seconds, beside which what else the machine does is little
MIXED = (
    "forms in turn", "forms that alternate", "forms with one beginning", "a million runs of two",
    "text of one character", "text, a character in each event",
)  # fmt: skip
MIXED_TO = 16  # MB
LINEAR = 1.05  # an exponent above it is measured again
SHORT = 0.05  # seconds, in which what is there fits into the caches of the processor, so that more takes longer
ROOM = 400_000_000  # bytes of memory that a measurement of time may take


class Filled(NamedTuple):
    """What came of filling a limit."""

    outcome: str  # "a message", or the error
    sent: int  # bytes
    largest: int  # bytes of the largest fragment
    peak: int  # bytes of memory, those of the body left out
    allowed: int
    seconds: float  # inside feed()

    @property
    def ratio(self) -> float:
        return self.peak / self.allowed


def fill(filling: Filling, size: int, cutting: int | None) -> Filled:
    """Fill a limit of ``size`` by fragments of ``cutting`` bytes, or by one that holds it all."""
    all_modules()
    size = min(size, filling.longest)
    limits = filling.limits(size)
    fragments: Iterable[bytes]
    if cutting is not None:
        fragments = recut(_events(filling, limits), cutting, limit_or_max(filling, size))
    else:  # how much it takes, small fragments tell
        taken = (
            limit_or_max(filling, size)
            if filling.fills == FRAGMENT
            else _feed(filling, limits, _small(filling, size)).sent
        )
        fragments = [b"".join(recut(_events(filling, limits), taken, taken))]
    gc.collect()
    tracemalloc.start()
    try:
        return _feed(filling, limits, fragments)
    finally:
        tracemalloc.stop()


def exponent(filling: Filling, found: Filled, megabytes: int) -> float | None:
    """How time grows within one fragment, from 1 MB to so many: 1 is linear. None if it is too short to tell."""
    if filling.fills in (CHOICES, CALLS):
        return None  # these limits end it before time does
    longest = min(megabytes * 10**6, ROOM * found.sent // max(1, found.peak))

    def points() -> Iterator[tuple[int, float]]:
        for size in doublings(longest // megabytes, longest):
            limits = filling.limits(size)
            whole = filling.fills == EVENT and not filling.endless  # it is one event, which must have its end
            body = b"".join(_events(filling, limits) if whole else recut(_events(filling, limits), size, size))
            bounds = limits if filling.fills == EVENT else LIFTED
            yield len(body), quickest(partial(_feed, filling, bounds, [body]))

    return steady_slope(points)


def quickest(run: Callable[[], Any]) -> float:
    """The least seconds of three runs, since whatever else the machine does adds to them; of one that takes long.

    Without the collector of cycles, which looks at all that lives in the process, whenever it likes.
    """
    gc.collect()
    gc.disable()
    try:
        seconds: float = run().seconds
        return seconds if seconds > LONG else min(seconds, run().seconds, run().seconds)
    finally:
        gc.enable()


def largest(name: str, megabytes: int) -> int:
    """How large a fragment of an attack is made: those that were quadratic once, or take little time."""
    return max(megabytes, MIXED_TO) if name in MIXED else megabytes


def doublings(size: int, limit_or_max: int) -> Iterator[int]:
    while size <= limit_or_max:
        yield size
        size *= 2


def slope(points: list[tuple[int, float]]) -> float | None:
    """The exponent of time over size, from the first point to the last."""
    points = [point for point in points if point[1] > SHORT]
    if len(points) < 2 or points[-1][0] < 1.5 * points[0][0]:
        return None
    (small, short), (large, long) = points[0], points[-1]
    return math.log(long / short) / math.log(large / small)


def steady_slope(measure: Callable[[], Iterable[tuple[int, float]]], rounds: int = 4) -> float | None:
    """The exponent over the least time of each size; sizes are timed again while it looks more than linear."""
    least: dict[int, float] = {}
    for _ in range(rounds):
        for size, seconds in measure():
            least[size] = min(seconds, least.get(size, seconds))
        exponent = slope(sorted(least.items()))
        if exponent is None or exponent <= LINEAR:
            break
    return exponent


def recut(events: Iterable[bytes], size: int, total: int) -> Iterator[bytes]:
    """The same bytes in fragments of one size, ``total`` of them at most."""
    held = bytearray()
    for each in events:
        held += each
        while len(held) >= size and total > 0:
            yield bytes(held[: min(size, total)])
            total -= size
            del held[:size]
        if total <= 0:
            return
    if held:
        yield bytes(held[:total])


def limit_or_max(filling: Filling, size: int) -> int:
    """Bytes that are sent at most."""
    return size if filling.fills == FRAGMENT else MOST * size


def _small(filling: Filling, size: int) -> Iterator[bytes]:
    return recut(_events(filling, filling.limits(size)), 1024, limit_or_max(filling, size))


def _events(filling: Filling, limits: Limits) -> Iterable[bytes]:
    # What is one event is made before memory is counted: it is the sender's.
    events = filling.body(limits)
    return events if filling.endless else list(events)


def _feed(filling: Filling, limits: Limits, fragments: Iterable[bytes]) -> Filled:
    stream: Any = ssemble.MessageStream(limits=limits, errors="event")
    outcome, sent, largest, seconds = "a message", 0, 0, 0.0
    looked: list[ssemble.PartialJSON] = []
    try:
        for fragment in fragments:
            sent, largest = sent + len(fragment), max(largest, len(fragment))
            start = time.process_time()
            events = stream.feed(fragment)
            seconds += time.process_time() - start
            if filling.looked_at:
                looked += [_arguments(stream, event) for event in events if isinstance(event, ToolCallStart)]
            del events
        stream.close()
    except ssemble.SsembleError as caught:
        outcome = f"{type(caught).__name__}: {caught}"
    if filling.looked_at:
        assert all(each.value is not None for each in looked or [stream.partial_json()])
    peak = tracemalloc.get_traced_memory()[1] if tracemalloc.is_tracing() else 0
    return Filled(outcome, sent, largest, peak, filling.allowed(limits, largest), seconds)


def _arguments(stream: ssemble.MessageStream, start: ToolCallStart) -> ssemble.PartialJSON:
    return stream.tool_call(start.choice, start.index).partial_arguments
