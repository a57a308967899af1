"""``ssemble --row`` by one process and by two: ``python -m benchmarks.jobs [files]``.

It prints the CPU seconds, of all processes, and the time by the clock of each, and checks that their output is the
same. The time by the clock tells something only where two cores are free: the load before each is printed too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.engines.data import bodies


def write(folder: Path, count: int) -> None:
    """Write so many files, some of them damaged."""
    found = [body for body in bodies() if isinstance(body, bytes)]
    for number in range(count):
        (folder / f"{number:06}.sse").write_bytes(found[number % len(found)])


def rows(folder: Path, jobs: int) -> bytes:
    """Run the command; print what it took."""
    load, before, start = os.getloadavg()[0], sum(os.times()[:4]), time.monotonic()
    command = [sys.executable, "-m", "ssemble", "--row", "-q", "-j", str(jobs), str(folder)]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    seconds, cpu = time.monotonic() - start, sum(os.times()[:4]) - before
    print(f"-j {jobs}: {out.count(10):,} rows, {cpu:.1f} s of CPU, {seconds:.1f} s, load {load:.1f}", flush=True)
    return out


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), count)
        one, two = rows(Path(folder), 1), rows(Path(folder), 2)
    assert one == two, "the output differs"
    print("the same output, byte for byte")


if __name__ == "__main__":
    main()
