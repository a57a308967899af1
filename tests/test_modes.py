"""The library does the same under every option of the interpreter, and none draws a warning from it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .distribution import ROOT
from .vectors.chat import VECTORS

pytestmark = pytest.mark.release

PLAIN = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "PYTHONHASHSEED": "0"}
MODES: dict[str, tuple[list[str], dict[str, str]]] = {
    "no asserts": (["-O"], {}),
    "no docstrings": (["-OO"], {}),
    "warnings are errors": (["-W", "error", "-b", "-b"], {}),
    "development": (["-X", "dev", "-W", "error"], {}),
    "one hash seed": ([], {"PYTHONHASHSEED": "1"}),
    "another hash seed": ([], {"PYTHONHASHSEED": "4242"}),
    "the plainest locale": (["-X", "utf8=0"], {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
}


def run(options: list[str], env: dict[str, str]) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-B", *options, "-m", "tests.modes"]
    done = subprocess.run(command, cwd=ROOT, env={**clean, **PLAIN, **env}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr == f"{len(VECTORS)} of {len(VECTORS)} vectors come out right\n"
    return done.stdout


@pytest.fixture(scope="module")
def plain() -> str:
    return run([], {})


@pytest.mark.parametrize("mode", MODES)
def test_the_same_under_every_option(plain: str, mode: str) -> None:
    assert plain.count("\n") > 1000
    found = run(*MODES[mode]).splitlines()
    assert [pair for pair in zip(found, plain.splitlines(), strict=True) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("options", [["-W", "error"], ["-W", "error", "-O"], ["-I", "-W", "error"]])
def test_importing_it_draws_no_warning(options: list[str]) -> None:
    script = f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); import ssemble, ssemble._cli"
    done = subprocess.run([sys.executable, "-B", *options, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
