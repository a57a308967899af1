"""How late the fragments of a replayed recording are: ``python -m benchmarks.replay [fragments]``.

A stream with gaps of 1 to 100 milliseconds is piped through ``ssemble --record``. The recording is replayed, and its
chunks are read from a pipe. Each must come as long after the first one as it was recorded; it prints how late they
are, and how late a bare `time.sleep` is in the same gaps.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.shapes import frames

STARTED = 1  # seconds, until the command reads: each frame must be a fragment of its own
COMMAND = [sys.executable, "-m", "ssemble"]


def record(path: Path, count: int) -> list[float]:
    """Record a stream; return its times in seconds, from its first fragment on."""
    gaps = random.Random(0)
    with subprocess.Popen(
        [*COMMAND, "-q", "--record", str(path)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as run:
        assert run.stdin is not None
        time.sleep(STARTED)
        for frame in frames("text", count):
            run.stdin.write(frame)
            run.stdin.flush()
            time.sleep(gaps.uniform(0.001, 0.1))
    times = [json.loads(line)["at"] for line in path.read_text().splitlines()]
    return [at - times[0] for at in times]


def replayed(path: Path) -> list[float]:
    """Replay a recording; return when its chunks came, from the first one on."""
    with subprocess.Popen([*COMMAND, "-q", "--chunks", str(path)], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        times = [time.monotonic() for _ in run.stdout]
    return [at - times[0] for at in times]


def slept(times: list[float]) -> list[float]:
    """Sleep until each of these times; return when it was over."""
    start, over = time.monotonic(), []
    for at in times:
        time.sleep(max(0.0, start + at - time.monotonic()))
        over.append(time.monotonic() - start)
    return over


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording"
        times = record(path, count)
        for name, found in {"replayed": replayed(path), "a bare sleep": slept(times)}.items():
            late = sorted(1000 * (at - due) for at, due in zip(found, times[:count], strict=False))
            print(f"{name}: {len(late)} fragments, {late[len(late) // 2]:.1f} ms late (median), {late[-1]:.1f} at most")


if __name__ == "__main__":
    main()
