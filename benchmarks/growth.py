"""How time and memory grow: ``python -m benchmarks.growth``.

Time is measured at n, 2n, 4n, 8n and 16n; the exponent is the slope of the logarithms. 1 is linear.
"""

from __future__ import annotations

import gc
import json
import math
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ssemble
from benchmarks.contenders import events_and_completion, sse_parser
from benchmarks.shapes import CUTTINGS, SHAPES, body_of_lines, frames, sized

START = {"one byte": 40, "1 to 100 bytes": 150}


def exponent(sizes: Sequence[int], work: Callable[[int], Callable[[], Any]]) -> float:
    """Fit the slope of log(time) over log(size), the best of five runs each."""
    points = []
    for size in sizes:
        run = work(size)
        best = math.inf
        for _ in range(5):
            gc.collect()
            start = time.process_time()
            run()
            best = min(best, time.process_time() - start)
        points.append((math.log(size), math.log(best)))
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def doublings(start: int) -> list[int]:
    return [start << i for i in range(5)]


def of_shape(shape: str, cutting: str) -> float:
    def work(count: int) -> Callable[[], Any]:
        fragments = CUTTINGS[cutting](frames(shape, count))
        return lambda: events_and_completion(fragments)

    start = 5 if shape == "huge event" else 400
    if cutting in START:
        start = 1 if shape == "huge event" else START[cutting]
    return exponent(doublings(start), work)


def of_one_line(size: int) -> Callable[[], Any]:
    fragments = sized(b"data: " + b"x" * size + b"\n\n", 1400)
    return lambda: sse_parser(fragments)


def of_short_lines(count: int) -> Callable[[], Any]:
    return lambda: list(ssemble.iter_chunks(body_of_lines(count)))


def memory() -> dict[str, float]:
    """Peak of a long stream against its text, and bytes of an idle stream."""
    fragments = frames("text", 200_000)
    gc.collect()
    tracemalloc.start()
    stream = ssemble.MessageStream()
    for fragment in fragments:
        stream.feed(fragment)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    text = len(stream.close().text.encode())
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    idle = [ssemble.MessageStream() for _ in range(1000)]
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {
        "peak of 200,000 chunks, MB": peak / 1e6,
        "their text, MB": text / 1e6,
        "peak ÷ text": peak / text,
        "idle MessageStream, bytes": (after - before) / len(idle),
    }


def import_time() -> float:
    """Milliseconds of our own modules, those of the standard library left out; the best of ten."""
    best = math.inf
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-X", "importtime", "-c", "import ssemble"]
    for _ in range(10):  # the first compiles
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        own = [line.split("|") for line in run.stderr.splitlines() if "ssemble" in line]
        best = min(best, sum(int(fields[0].rpartition(":")[2]) for fields in own) / 1000)
    return best


def main() -> None:
    report: dict[str, Any] = {"exponents": {}}
    for shape in SHAPES:
        report["exponents"][shape] = {cutting: of_shape(shape, cutting) for cutting in CUTTINGS}
        print(shape, {name: round(value, 2) for name, value in report["exponents"][shape].items()}, flush=True)
    report["one line in 1,400-byte fragments"] = exponent(doublings(2_000_000), of_one_line)
    report["one event of short data lines"] = exponent(doublings(6_000), of_short_lines)
    report |= memory()
    report["import, ms beyond the standard library"] = import_time()
    lines = ["# Growth", "", "`python -m benchmarks.growth`: exponents of time over four doublings; 1 is linear.", ""]
    lines += [f"| shape | {' | '.join(CUTTINGS)} |", "|---" * (len(CUTTINGS) + 1) + "|"]
    for shape, row in report["exponents"].items():
        lines.append(f"| {shape} | {' | '.join(f'{value:.2f}' for value in row.values())} |")
    lines += ["", "| what | |", "|---|---|"]
    lines += [f"| {name} | {value:,.2f} |" for name, value in report.items() if name != "exponents"]
    here = Path(__file__).parent
    (here / "growth.md").write_text("\n".join(lines) + "\n")
    (here / "growth.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
