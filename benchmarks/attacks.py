"""What hostile bodies cost: ``python -m benchmarks.attacks [PART OF A NAME] [--most MB]``.

Two tables; with a part of a name, only those rows are made anew. The first fills each limit with what takes the most
memory, in fragments of 1 KiB, of 64 KiB and in one. The second has bodies of every kind: each is made fragment by
fragment while it is read, so that the memory is the stream's own. The exponent is that of CPU time over bytes, from a
quarter of the size to the whole, where a limit that ends the stream makes it less than 1; and within one fragment,
from 1 MB to ``--most`` (4), with the limits on sizes lifted. The time is taken without the collector of cycles, which
looks at all that lives in the process, whenever it likes.
"""

from __future__ import annotations

import argparse
import json
import math
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import ssemble
from benchmarks.attack_bodies import LIMITS, Attack, Body
from benchmarks.attack_memory import CUTTINGS, LIFTED, SIZES, WHOLE, doublings, fill, largest, quickest, steady_slope
from benchmarks.attack_memory import exponent as time_exponent
from benchmarks.attack_smaller import ATTACKS
from benchmarks.attack_smaller_limits import FILLINGS
from benchmarks.attack_table import table
from ssemble import Limits


class Outcome(NamedTuple):
    error: str  # "" for a message
    size: int  # bytes that were taken
    seconds: float
    peak: int  # bytes of memory, 0 where they were not counted


def strike(attack: Attack, count: int, errors: Any, limits: Limits = LIMITS, memory: bool = False) -> Outcome:
    """Feed an attack to a stream that keeps no events; anything but an `SsembleError` escapes."""
    stream = ssemble.MessageStream(errors=errors, **{"limits": limits, **attack.options})
    error, size = "", 0
    fragments = iter(attack.body(count))
    if memory:
        tracemalloc.start()
    start = time.process_time()
    try:
        for fragment in fragments:
            size += len(fragment)
            stream.feed(fragment)
        stream.close()
    except ssemble.SsembleError as caught:
        error = f"{type(caught).__name__}: {caught}"
    seconds = time.process_time() - start
    peak = tracemalloc.get_traced_memory()[1] if memory else 0
    tracemalloc.stop()
    return Outcome(error, size, seconds, peak)


def expected(attack: Attack, errors: str) -> str:
    return attack.raised if errors == "raise" or attack.reported is None else attack.reported


def measured(attack: Attack, errors: str) -> dict[str, Any]:
    limits = attack.options.get("limits", LIMITS)
    part = strike(attack, attack.size // 4, errors)
    found = strike(attack, attack.size, errors, memory=True)
    seconds = math.inf

    def points() -> Iterator[tuple[int, float]]:
        nonlocal seconds
        yield part.size, quickest(partial(strike, attack, attack.size // 4, errors))
        seconds = min(seconds, quickest(partial(strike, attack, attack.size, errors)))
        yield found.size, seconds

    exponent = steady_slope(points)
    allowed = (limits.max_event_size or found.size) + (limits.max_message_size or found.size)
    wanted = expected(attack, errors)
    as_wanted = found.error.startswith(wanted) if wanted else not found.error
    return {
        "MB": found.size / 1e6, "seconds": seconds, "µs a byte": 1e6 * seconds / found.size,
        "peak, MB": found.peak / 1e6, "peak ÷ limits": found.peak / allowed, "exponent": exponent,
        "outcome": found.error or "a message", "as it should be": as_wanted,
    }  # fmt: skip


def cases(part: str) -> Iterator[tuple[str, str, Attack]]:
    for name, attack in ATTACKS.items():
        if part in name:
            for errors in ("raise", "event")[: 1 if attack.reported is None else 2]:
                yield name, errors, attack


def in_one_fragment(attack: Attack, megabytes: int) -> float | None:
    """How time grows within one fragment; None if it is too short to tell, or a limit on numbers ends it."""
    count = attack.small
    while sum(map(len, attack.body(count))) < 700_000:
        count *= 2
    told = "raise" if attack.reported is None else "event"
    lifted = attack._replace(options={**attack.options, "limits": LIFTED})

    def points() -> Iterator[tuple[int, float]]:
        for part in doublings(1, megabytes):
            fragment = b"".join(attack.body(count * part))
            if len(fragment) > 1_500_000 * megabytes:
                break  # each repetition is longer than the last one
            yield len(fragment), quickest(partial(strike, lifted._replace(body=one(fragment)), 0, told))

    return steady_slope(points)


def one(fragment: bytes) -> Body:
    return lambda n: (fragment,)


def filled(name: str, megabytes: int) -> dict[str, Any]:
    """A limit filled in every cutting."""
    filling = FILLINGS[name]
    found = {cutting: fill(filling, SIZES[filling.fills], size) for cutting, size in CUTTINGS.items()}
    last = found[WHOLE]
    return {
        "fills": filling.fills, "size": SIZES[filling.fills], "MB": last.sent / 1e6,
        "peak ÷ allowed": {cutting: each.ratio for cutting, each in found.items()},
        "exponent in one fragment": time_exponent(filling, last, megabytes), "outcome": last.outcome,
    }  # fmt: skip


def in_order(rows: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the rows that are still made, as they are listed."""
    return {name: rows[name] for name in names if name in rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="")
    parser.add_argument("--most", type=int, default=4, help="MB in one fragment")
    given = parser.parse_args()
    limits, bodies = {}, {}
    for name in FILLINGS:
        if given.part in name:
            limits[name] = filled(name, largest(name, given.most))
            print(name, limits[name], flush=True)
    for name, errors, attack in cases(given.part):
        row = bodies[f"{name}, errors={errors}"] = measured(attack, errors)
        if errors == "raise":
            row["exponent in one fragment"] = in_one_fragment(attack, largest(name, given.most))
        exponent = max(row["exponent"] or 0, row.get("exponent in one fragment") or 0)
        if given.part or exponent > 1.15 or not row["as it should be"]:
            print(name, errors, row, flush=True)
    here = Path(__file__).parent
    known = json.loads((here / "attacks.json").read_text()) if given.part else {"limits": {}, "bodies": {}}
    report = {
        "limits": in_order(known["limits"] | limits, FILLINGS),
        "bodies": in_order(known["bodies"] | bodies, [f"{name}, errors={errors}" for name, errors, _ in cases("")]),
    }
    text = table(report, given.most)
    print(text)
    (here / "attacks.md").write_text(text)
    (here / "attacks.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return 0 if all(row["as it should be"] for row in bodies.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
