"""Measure, and save the table: ``python -m benchmarks.measure [rounds] [PYTHON of another environment]...``.

Every figure is a ratio within one run. The contenders alternate in each round, CPU time is measured,
and the least of the rounds are divided. Outputs are compared before timing.
"""

from __future__ import annotations

import json
import platform
import sys
from functools import partial
from pathlib import Path
from typing import Any

import ssemble
from benchmarks import contenders as c
from benchmarks.cuttings import cuttings
from benchmarks.layers import layers
from benchmarks.picture import picture
from benchmarks.recordings import ratios
from benchmarks.shapes import CHUNKS, CUTTINGS, SHAPES, frames
from benchmarks.table import table
from benchmarks.timing import Work, least

HERE = Path(__file__).parent
FLOOR = "json.loads(bytes)"


def whole_stream(rounds: int) -> list[dict[str, Any]]:
    """Bytes to events and the message, against json.loads of the payloads alone."""
    rows = []
    for shape in SHAPES:
        events = frames(shape, 30 if shape == "huge event" else CHUNKS)
        payloads = c.payloads_of(events)
        work: dict[str, Work] = {FLOOR: partial(c.json_loads, payloads)}
        expected = c.plainly(events)
        for cutting in ("one event", "16 KiB", "1 to 100 bytes"):
            fragments = CUTTINGS[cutting](events)
            assert c.events_and_completion(fragments) == expected
            work[cutting] = partial(c.events_and_completion, fragments)
        work["one event, without templates"] = partial(c.plainly, events)
        times = least(work, rounds)
        floor = times.pop(FLOOR)
        rows.append(
            {"shape": shape, "floor, µs a payload": 1e6 * floor / len(payloads)}
            | {name: seconds / floor for name, seconds in times.items()}
        )
    return rows


def main() -> None:
    numbers = [argument for argument in sys.argv[1:] if argument.isdigit()]
    pythons = [argument for argument in sys.argv[1:] if not argument.isdigit()]
    rounds = int(numbers[0]) if numbers else 15
    report: dict[str, Any] = {
        "rounds": rounds,
        "machine": f"{platform.machine()} {platform.system()}",
        "python": platform.python_version(),
        "ssemble": ssemble.__version__,
        "whole stream": whole_stream(rounds),
        "cuttings": cuttings(rounds),
        "recordings": ratios(rounds),
        **layers(rounds, pythons),  # the last: what they import stays
    }
    (HERE / "results.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (HERE / "results.md").write_text(table(report))
    (HERE / "results.svg").write_text(picture({name: row["one event"] for name, row in report["layers"].items()}))
    print(table(report))


if __name__ == "__main__":
    main()
