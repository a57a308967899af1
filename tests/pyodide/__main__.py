"""Fetch Pyodide and what the tests need, build the wheel, and run: ``python -m tests.pyodide [arguments of pytest]``.

Where node and npm are missing it says so and passes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.distribution import ROOT, build

PYODIDE = "314.0.7"  # the Python in it is the 3.14 below
PYTHON = "3.14"
# The clients are all sockets, and pydantic is not in Pyodide.
LEFT_OUT = ("clients", "dialects/test_objects.py", "payloads/test_same_objects.py")
TESTS = ["tests", *(f"--ignore=tests/{each}" for each in LEFT_OUT)]
PROFILE = "few"
NODE = 18  # the oldest that Pyodide says it runs on


def packages(folder: Path) -> None:
    """Unpack the wheel, and what is pure Python of pytest and hypothesis, as that other Python can read them."""
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    pip += ["--target", str(folder / "packages")]
    other = ["--platform", "any", "--implementation", "py", "--python-version", PYTHON, "--only-binary", ":all:"]
    subprocess.run([*pip, *other, "pytest>=8", "hypothesis>=6.100"], check=True)
    wheel = build("wheel", ROOT, folder / "dist")
    subprocess.run([*pip, "--no-index", "--no-deps", str(wheel)], check=True)


def main() -> int:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        print("skipped: node and npm are not here")
        return 0
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < NODE:
        print(f"skipped: node is {version}, older than {NODE}")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages(folder)
        install = [npm, "install", "--silent", "--ignore-scripts", "--prefix", name, f"pyodide@{PYODIDE}"]
        subprocess.run(install, check=True)
        runner = Path(__file__).with_name("run.mjs")
        command = [node, str(runner), name, str(folder / "packages"), str(ROOT), PROFILE]
        return subprocess.run([*command, *(sys.argv[1:] or TESTS)]).returncode


if __name__ == "__main__":
    raise SystemExit(main())
