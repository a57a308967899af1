"""The branches of each module that its own tests take: ``python -m tests.coverage_by_module``.

Every module is to be covered whole by the one test file that is named after it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "src" / "ssemble"
BY_ANOTHER_NAME = {
    "__init__.py": "test_exports.py",
    "__main__.py": "test_main.py",
    "_dialects/__init__.py": "dialects/test_registry.py",
}
SLOWEST = ("_dialects/_straight.py", "_shortcut.py", "_dialects/_tool_calls.py")  # these begin first
AT_ONCE = 2
# Plugins take longer to load than most of these tests.
ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def pairs() -> Iterator[tuple[str, Path]]:
    """Each module and its tests."""
    for file in sorted(HOUSE.rglob("*.py")):
        module = file.relative_to(HOUSE)
        named_after = (
            module.with_name(f"test_{file.name.removeprefix('_')}").as_posix().replace("_dialects", "dialects")
        )
        yield module.as_posix(), ROOT / "tests" / BY_ANOTHER_NAME.get(module.as_posix(), named_after)


def watch(module: str, tests: str, report: str) -> int:
    """Run the tests of a module in this process, and write which of its branches they take."""
    watcher = coverage.Coverage(
        data_file=None, config_file=str(ROOT / "pyproject.toml"), source_pkgs=[], include=[str(HOUSE / module)]
    )
    watcher.start()
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers", tests])
    watcher.stop()
    if code == 0:
        watcher.json_report(outfile=report)
    return int(code)


def measure(module: str, tests: Path) -> tuple[bool, str]:
    """Tell whether the tests of a module take all its branches, and a line of the table."""
    if not tests.exists():
        return False, f"{module:32} no {tests.relative_to(ROOT).as_posix()}"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "tests.coverage_by_module", module, str(tests), str(report)]
        run = subprocess.run(command, cwd=ROOT, env=ALONE, capture_output=True, text=True)
        if not report.exists():
            return False, f"{module:32} its tests fail:\n{run.stdout[-2000:]}{run.stderr[-2000:]}"
        (found,) = json.loads(report.read_text())["files"].values()
    summary = found["summary"]
    missing = [str(line) for line in found["missing_lines"]]
    missing += [f"{start}->{'exit' if end < 0 else end}" for start, end in found["missing_branches"]]
    share = f"{int(summary['percent_covered'])} %"
    line = f"{module:32} {summary['num_statements']:5} {summary['num_branches']:5} {share:>6}  {', '.join(missing)}"
    return not missing, line.rstrip()


def main() -> int:
    """Print the table; 1 if a module is not covered whole."""
    print(f"{'module':32} {'lines':>5} {'turns':>5} {'taken':>6}  missing")
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        begun = {
            module: pool.submit(measure, module, tests)
            for module, tests in sorted(pairs(), key=lambda pair: pair[0] not in SLOWEST)
        }
        whole = []
        for module in sorted(begun):
            covered, line = begun[module].result()
            whole.append(covered)
            print(line, flush=True)
    print(f"{sum(whole)} of {len(whole)} modules whole")
    return 0 if all(whole) else 1


if __name__ == "__main__":
    raise SystemExit(watch(*sys.argv[1:]) if len(sys.argv) > 1 else main())
