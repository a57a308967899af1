"""What hostile bodies cost: ``python -m benchmarks.attacks [PART OF A NAME]``.

Each is made fragment by fragment while it is read, so that the memory is the stream's own. The exponent is that of CPU
time over bytes, from a quarter of the size to the whole; a limit that ends the stream makes it less than 1. The time
is taken without the collector of cycles, which looks at all that lives in the process, whenever it likes.
"""

from __future__ import annotations

import gc
import json
import math
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ssemble
from benchmarks.attack_bodies import LIMITS, Attack
from benchmarks.attack_messages import ATTACKS
from benchmarks.table import head, line
from ssemble import Limits

SHORT = 0.02  # seconds, in which the clock of the processor says little


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
    gc.collect()
    gc.disable()
    part = strike(attack, attack.size // 4, errors)
    found = strike(attack, attack.size, errors)
    gc.enable()
    grown = found.size / part.size
    told = grown > 1.5 and found.seconds > SHORT
    exponent = math.log(found.seconds / part.seconds) / math.log(grown) if told else None
    peak = strike(attack, attack.size, errors, memory=True).peak
    allowed = (limits.max_event_size or found.size) + (limits.max_message_size or found.size)
    wanted = expected(attack, errors)
    as_wanted = found.error.startswith(wanted) if wanted else not found.error
    return {
        "MB": found.size / 1e6, "seconds": found.seconds, "µs a byte": 1e6 * found.seconds / found.size,
        "peak, MB": peak / 1e6, "peak ÷ limits": peak / allowed, "exponent": exponent,
        "outcome": found.error or "a message", "as it should be": as_wanted,
    }  # fmt: skip


def cases(part: str) -> Iterator[tuple[str, str, Attack]]:
    for name, attack in ATTACKS.items():
        if part in name:
            for errors in ("raise", "event")[: 1 if attack.reported is None else 2]:
                yield name, errors, attack


def table(report: dict[str, Any]) -> str:
    lines = [
        "# Attacks", "",
        "`python -m benchmarks.attacks`: bodies that a hostile server could send, made while they are read. "
        f"max_event_size is {LIMITS.max_event_size:,}, max_message_size {LIMITS.max_message_size:,}, unless the "
        "name says otherwise. The exponent is that of CPU time over bytes; none where a limit came first, or "
        f"in less than {SHORT} s.", "",
        *head("attack", "errors", "MB", "seconds", "exponent", "peak, MB", "÷ limits", "outcome"),
    ]  # fmt: skip
    for name, row in report.items():
        attack, _, errors = name.rpartition(", errors=")
        exponent = "" if row["exponent"] is None else f"{row['exponent']:.2f}"
        outcome = row["outcome"].replace("|", "\\|")[:90]
        memory = (f"{row['peak, MB']:.1f}", f"{row['peak ÷ limits']:.1f}")
        figures = (f"{row['MB']:.2f}", f"{row['seconds']:.2f}", exponent, *memory)
        lines.append(line(attack, errors, *figures, outcome))
    return "\n".join(lines) + "\n"


def main() -> int:
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    report = {}
    for name, errors, attack in cases(part):
        row = report[f"{name}, errors={errors}"] = measured(attack, errors)
        exponent = row["exponent"] or 0
        if part or exponent > 1.15 or not row["as it should be"]:
            print(name, errors, row, flush=True)
    text = table(report)
    print(text)
    if not part:
        here = Path(__file__).parent
        (here / "attacks.md").write_text(text)
        (here / "attacks.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return 0 if all(row["as it should be"] for row in report.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
