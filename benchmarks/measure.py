"""Measure, and save the table: ``python -m benchmarks.measure [rounds] [PYTHON of another environment]...``.

Every figure is a ratio within one run. The contenders alternate in each round, CPU time is measured,
and the medians are divided. Outputs are compared before timing.
"""

from __future__ import annotations

import json
import platform
import statistics
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
from benchmarks.timing import Work, medians

HERE = Path(__file__).parent


def whole_stream(rounds: int) -> list[dict[str, Any]]:
    """Bytes to events and the message, against json.loads of the payloads alone."""
    rows = []
    for shape in SHAPES:
        events = frames(shape, 30 if shape == "huge event" else CHUNKS)
        payloads = c.payloads_of(events)
        work: dict[str, Work] = {"json.loads(bytes)": partial(c.json_loads, payloads)}
        expected = c.plainly(events)
        for cutting in ("one event", "16 KiB", "1,400 bytes", "1 to 100 bytes"):
            fragments = CUTTINGS[cutting](events)
            assert c.events_and_completion(fragments) == expected
            work[cutting] = partial(c.events_and_completion, fragments)
        work["one event, no shortcuts"] = partial(c.plainly, events)
        times = medians(work, rounds)
        floor = times.pop("json.loads(bytes)")
        rows.append(
            {"shape": shape, "floor, µs a chunk": 1e6 * floor / len(payloads)}
            | {n: t / floor for n, t in times.items()}
        )
    return rows


def corpus(rounds: int) -> dict[str, Any] | None:
    """Every openai-chat recording, one event a fragment, against json.loads of its payloads."""
    found = ratios(rounds)
    if found is None:
        return None
    large = [row for row in found if row["bytes"] > 5000]
    return {
        "recordings": len(found),
        "geometric mean": statistics.geometric_mean(row["ratio"] for row in found),
        "geometric mean over 5 KB": statistics.geometric_mean(row["ratio"] for row in large),
        "all together": sum(row["seconds"] for row in found) / sum(row["floor"] for row in found),
        "worst over 5 KB": max(large, key=lambda row: row["ratio"]),
    }


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
        "corpus": corpus(max(3, rounds // 3)),
        **layers(rounds, pythons),  # the last: what they import stays
    }
    (HERE / "results.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (HERE / "results.md").write_text(table(report))
    (HERE / "results.svg").write_text(picture({name: row["one event"] for name, row in report["layers"].items()}))
    print(table(report))


if __name__ == "__main__":
    main()
