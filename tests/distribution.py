"""Build the distributions from a folder, with what is installed here and nothing from elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent


def build(kind: str, source: Path, into: Path, env: Mapping[str, str] = {}) -> Path:
    """Build one "wheel" or "sdist", with the back end that pyproject.toml names."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into)]
    # The back end leaves no bytecode of its own in the checkout, and finds no date but the one that is given.
    clean = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    run = subprocess.run(command, cwd=source, env={**clean, **env}, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"no {kind}:\n{run.stdout}{run.stderr}")
    (made,) = into.iterdir()
    return made
