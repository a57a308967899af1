"""The table of the engines: ``python -m tests.engines``. Each reads the same bodies; CPU time is of all its processes."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import ssemble

from .data import bodies, digest, read, write
from .recipes import FILES, RECIPES, missing, run


def cpu() -> float:
    """Return the CPU seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def main() -> None:
    found = bodies()
    print(f"{'engine':12} {'rows':>5}  {'digest':16} {'CPU s':>6} {'wall s':>6}")
    before, started = cpu(), time.monotonic()
    rows = [ssemble.row(body) for body in found]
    _line("plain loop", rows, before, started)
    for name in RECIPES:
        if why := missing(name):
            print(f"{name:12} {why}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), found)
            before, started = cpu(), time.monotonic()
            run(FILES[name], Path(folder))
            _line(name, read(Path(folder)), before, started)


def _line(name: str, rows: list[dict[str, object]], before: float, started: float) -> None:
    seconds, wall = cpu() - before, time.monotonic() - started
    print(f"{name:12} {len(rows):5}  {digest(rows)} {seconds:6.1f} {wall:6.1f}", flush=True)


if __name__ == "__main__":
    main()
