"""Instructions counted by callgrind against the recorded base: ``python -m benchmarks.instructions [--record]``.

Counts are reproducible, unlike times. A base is valid for one build of Python. With another build,
or without valgrind, the program says so and passes.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

BASE = Path(__file__).with_name("instructions.json")
ALLOWED = 1.10
CASES = {
    "text, one event": ("text", "one event"),
    "tool arguments, 16 KiB": ("tool arguments", "16 KiB"),
    "usage, one event": ("usage", "one event"),
    "text, 1 to 100 bytes": ("text", "1 to 100 bytes"),
}
PROGRAM = """
from benchmarks.contenders import events_and_completion
from benchmarks.shapes import CUTTINGS, frames
fragments = CUTTINGS[{cutting!r}](frames({shape!r}, 400))
for _ in range({times}):
    events_and_completion(fragments)
"""


def count(shape: str, cutting: str, times: int, bytecode: str) -> int:
    """Run the program under callgrind; return how many instructions it took."""
    command = [sys.executable, "-c", PROGRAM.format(shape=shape, cutting=cutting, times=times)]
    env = {"PYTHONHASHSEED": "0", "PYTHONPATH": "src:.", "PYTHONPYCACHEPREFIX": bytecode}
    subprocess.run(command, env=env, check=True)  # it compiles what it imports, which takes long under callgrind
    callgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={bytecode}/out"]
    run = subprocess.run([*callgrind, *command], env=env, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    assert found is not None, run.stderr
    return int(found[1])


def main() -> int:
    build = f"{platform.machine()} {platform.python_version()} {sysconfig.get_config_var('OPT')}"
    if shutil.which("valgrind") is None:
        print("instructions: valgrind is not installed, nothing counted")
        return 0
    base = json.loads(BASE.read_text()) if BASE.exists() else {}
    record = "--record" in sys.argv
    if not record and base.get("build") != build:
        print(f"instructions: the base is of another build of Python ({base.get('build')}), nothing compared")
        return 0
    counts, failed = {}, False
    with tempfile.TemporaryDirectory() as bytecode:
        for name, (shape, cutting) in CASES.items():
            # What starting and importing take is in both runs, and goes away.
            counts[name] = count(shape, cutting, 3, bytecode) - count(shape, cutting, 1, bytecode)
            ratio = counts[name] / base["counts"][name] if not record else 1.0
            failed = failed or ratio > ALLOWED
            print(f"{name:28} {counts[name]:>14,} instructions  {ratio:.3f} of the base", flush=True)
    if record:
        BASE.write_text(json.dumps({"build": build, "counts": counts}, indent=1) + "\n")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
