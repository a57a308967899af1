"""The branches of each room that its own tests take: ``python -m tests.coverage_by_room [ROOM ...]``.

Every branch of a room is to be taken by the tests of that room alone: then they show by themselves that the
room works, and a change in another room cannot hide a hole. The rooms and their tests stand in `tests.rooms`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import coverage
import pytest

from .rooms import PACKAGE, ROOMS, ROOT, TESTS, path

SLOWEST = ("payloads", "dialects.chat")  # these begin first
AT_ONCE = 2
# The tests that count work take a quarter of the time, and no branch is left to them.
UNCOUNTED = "not linear"
# Plugins take long to load, and none is needed here. The examples are the same each time, and so is the result.
ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_PROFILE": "same"}


def watch(room: str, report: str) -> int:
    """Run the tests of a room in this process, and write which of its branches they take."""
    watcher = coverage.Coverage(
        data_file=None,
        config_file=str(ROOT / "pyproject.toml"),
        source_pkgs=[],
        include=[str(path(module)) for module in ROOMS[room].modules],
    )
    watcher.start()
    tests = [str(TESTS / each) for each in ROOMS[room].tests]
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers", "-k", UNCOUNTED, *tests])
    watcher.stop()
    if code == 0:
        watcher.json_report(outfile=report)
    return int(code)


def measure(room: str) -> tuple[bool, str]:
    """Tell whether the tests of a room take all its branches, and its lines of the table."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "tests.coverage_by_room", "--report", room, str(report)]
        run = subprocess.run(command, cwd=ROOT, env=ALONE, capture_output=True, text=True)
        if not report.exists():
            return False, f"{room}: its tests fail:\n{run.stdout[-2000:]}{run.stderr[-2000:]}"
        files = json.loads(report.read_text())["files"]
    found = {Path(ROOT, name).relative_to(PACKAGE).with_suffix("").as_posix(): file for name, file in files.items()}
    complete = len(found) == len(ROOMS[room].modules)
    rows = [f"{room}{'' if complete else ': modules are missing'}"]
    for module, file in sorted(found.items()):
        summary = file["summary"]
        missing = [str(line) for line in file["missing_lines"]]
        missing += [f"{start}->{'exit' if end < 0 else end}" for start, end in file["missing_branches"]]
        complete = complete and not missing
        share = f"{int(summary['percent_covered'])} %"
        row = (
            f"  {module:30} {summary['num_statements']:5} {summary['num_branches']:8} {share:>6}  {', '.join(missing)}"
        )
        rows.append(row.rstrip())
    return complete, "\n".join(rows)


def main(rooms: list[str]) -> int:
    """Print the table; 1 if a branch of a room is not taken by its tests."""
    wanted = rooms or list(ROOMS)
    print(f"{'room and module':32} {'lines':>5} {'branches':>8} {'taken':>6}  missing")
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
    given = sys.argv[1:]
    raise SystemExit(watch(*given[1:]) if given[:1] == ["--report"] else main(given))
