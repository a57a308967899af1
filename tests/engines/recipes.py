"""Which recipes there are, what each needs, and how to run one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ..needed import ALL, how

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = {path.stem.removeprefix("with_"): path for path in sorted(HERE.glob("with_*.py"))}
OF_A_LOG = ("log", "streaming")  # the others read bodies.parquet
RECIPES = [name for name in FILES if name not in OF_A_LOG]
PACKAGES = {"futures": "pyarrow", "streaming": "pyspark"}  # of the others, the package has the name of the recipe
BY_HAND = ("pyspark", "ray")  # they are to be installed without an extra
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]),
    "SPARK_LOCAL_IP": "127.0.0.1",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def missing(name: str) -> str:
    """Say why a recipe cannot run here; "" if it can."""
    package = PACKAGES.get(name, name)
    for needed in (package, "pyarrow"):
        if find_spec(needed) is None and (needed in BY_HAND or not ALL):
            return (
                f"{needed} is large, and in no extra: pip install {needed}"
                if needed in BY_HAND
                else f"no {needed} here: {how('engines')}"
            )
    return "PySpark needs Java" if package == "pyspark" and shutil.which("java") is None else ""


def run(program: Path, folder: Path) -> None:
    """Run a program in a folder."""
    done = subprocess.run(
        [sys.executable, program], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
