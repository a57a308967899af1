"""The recipes for data engines in tests/engines, run once on the same bodies: ``python -m benchmarks.engines``.

For each engine: how many rows it made, a digest that has to be that of the plain loop, and CPU seconds, in which
starting and importing it count too. They are those of this process and of all that it has waited for.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import ssemble
from tests.engines.data import bodies, digest, read, write
from tests.engines.recipes import FILES, RECIPES, missing, run


def cpu() -> float:
    """Return the CPU seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def report(name: str, rows: list[dict[str, Any]], seconds: float) -> None:
    print(f"{name:12} {len(rows):5}  {digest(rows)} {seconds:6.1f}", flush=True)


def main() -> None:
    found = bodies()
    print(f"{'engine':12} {'rows':>5}  {'digest':16} {'CPU s':>6}")
    start = cpu()
    rows = [ssemble.row(body) for body in found]
    report("plain loop", rows, cpu() - start)
    for name in RECIPES:
        if why := missing(name):
            print(f"{name:12} {why}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), found)
            start = cpu()
            run(FILES[name], Path(folder))
            seconds = cpu() - start
            report(name, read(Path(folder)), seconds)


if __name__ == "__main__":
    main()
