"""The branches of each room that its own tests take: ``python -m tests.coverage_by_room [ROOM ...]``.

Every branch of a room is to be taken by the tests of that room alone: then they show by themselves that the
room works, and a change in another room cannot hide a hole. The rooms and their tests stand in `tests.rooms`.

SlipCover puts the counting into the bytecode. A trace function, as coverage.py needs before Python 3.12, takes
twice as long as the tests themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .rooms import PACKAGE, ROOMS, ROOT, TESTS, path

SLOWEST = ("payloads", "dialects.chat")  # these begin first
AT_ONCE = 2
SLIPCOVER = ("slipcover", "--branch", "--source", PACKAGE.relative_to(ROOT).as_posix(), "--json", "--out")
# The tests that count work take a quarter of the time, and no branch is left to them. The others would see
# SlipCover's own frames, garbage and memory.
LEFT_OUT = "not linear and not deep_in_the_stack and not no_reference_cycles and not memory_of_buffered_text"
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers", "-k", LEFT_OUT)
# Plugins take long to load, and none is needed here. The examples are the same each time, and so is the result.
ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_PROFILE": "same"}


def measure(room: str) -> tuple[bool, str]:
    """Tell whether the tests of a room take all its branches, and its lines of the table."""
    tests = [str(TESTS / each) for each in ROOMS[room].tests]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", *SLIPCOVER, str(report), "-m", *PYTEST, *tests]
        run = subprocess.run(command, cwd=ROOT, env=ALONE, capture_output=True, text=True)
        if run.returncode or not report.exists():
            return False, f"{room}: its tests fail:\n{run.stdout[-2000:]}{run.stderr[-2000:]}"
        files = json.loads(report.read_text())["files"]
    found = {module: files.get(path(module).relative_to(ROOT).as_posix()) for module in ROOMS[room].modules}
    complete = all(found.values())
    rows = [f"{room}{'' if complete else ': modules are missing'}"]
    for module, file in sorted(found.items()):
        if file is not None:
            missing = [str(line) for line in file["missing_lines"]]
            missing += [f"{start}->{end or 'exit'}" for start, end in file["missing_branches"]]
            complete = complete and not missing
            rows.append(row(module, file["summary"], missing))
    return complete, "\n".join(rows)


def row(module: str, summary: dict[str, int], missing: list[str]) -> str:
    lines, branches = (summary[f"covered_{what}"] + summary[f"missing_{what}"] for what in ("lines", "branches"))
    share = f"{int(summary['percent_covered'])} %"
    return f"  {module:34} {lines:5} {branches:8} {share:>6}  {', '.join(missing)}".rstrip()


def main(rooms: list[str]) -> int:
    """Print the table; 1 if a branch of a room is not taken by its tests."""
    wanted = rooms or list(ROOMS)
    print(f"{'room and module':36} {'lines':>5} {'branches':>8} {'taken':>6}  missing")
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        begun = {room: pool.submit(measure, room) for room in sorted(wanted, key=lambda room: room not in SLOWEST)}
        complete = []
        for room in wanted:
            covered, rows = begun[room].result()
            complete.append(covered)
            print(rows, flush=True)
    print(f"{sum(complete)} of {len(complete)} rooms complete")
    return 0 if all(complete) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
