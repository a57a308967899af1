"""How instructions grow: ``python -m benchmarks.linear``, where valgrind is installed.

Callgrind counts the instructions of one process between two calls of getpid(), so startup is not counted. A copy or
search of a long buffer is counted in full, even if it is one step of Python. The exponents are of instructions over
bytes, from n to 4n; 1 is linear.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.attack_bodies import LIMITS
from benchmarks.attack_smaller import ATTACKS
from benchmarks.attacks import strike
from benchmarks.contenders import events_and_completion
from benchmarks.shapes import CUTTINGS, SHAPES, frames
from benchmarks.table import head, line

START = {"one byte": 6, "1 to 100 bytes": 30}
GROWTH = 4
WORST = (
    "64 MB in one line, limits lifted", "a million blank lines", "doubled data prefixes", "titles without end",
    "blanks behind a title", "bare JSON without end", "the same, in one fragment", "indexes of colliding hash",
    "forms with one beginning", "forms that alternate", "cumulative text that does not", "snapshots that grow",
    "names that grow", "arguments by one character, with braces", "a list that is new each time",
    "responses: items in reverse", "responses: items of many types at one index", "responses: items without an index",
    "responses: text behind one that was replaced", "responses: arguments behind those that were replaced",
    "responses: late arguments", "responses: log probabilities of each text", "gemini: a call that is sent again",
)  # fmt: skip
Work = tuple[int, Callable[[], object]]  # bytes, and what takes them


def of_shape(shape: str, cutting: str, count: int) -> Work:
    fragments = CUTTINGS[cutting](frames(shape, count))
    return sum(map(len, fragments)), lambda: events_and_completion(fragments)


def of_attack(name: str, count: int) -> Work:
    attack = ATTACKS[name]
    body = list(attack.body(count))
    given = attack._replace(body=lambda n: body)
    return sum(map(len, body)), lambda: strike(given, count, "raise", LIMITS)


def joining(count: int) -> Work:
    """Planted: a splitter that joins its buffer at every feed."""

    def work() -> None:
        held = b""
        for _ in range(count):
            held = held + b"x" * 1400

    return 1400 * count, work


def rescanning(count: int) -> Work:
    """Planted: a splitter that looks through its whole buffer at every feed."""

    def work() -> None:
        held = bytearray()
        for _ in range(count):
            held += b"x" * 1400
            assert b"\n\n" not in held

    return 1400 * count, work


def series(kind: str, name: str) -> list[Work]:
    """The same work at n and at 4n."""
    if kind == "planted":
        make, start = {"joining": joining, "rescanning": rescanning}[name], 100
    elif kind == "attack":
        make, start = (lambda count: of_attack(name, count)), max(1, min(ATTACKS[name].small // 8, 60))
        if name == "forms with one beginning":
            start = 400  # before, the number of forms to search grows
    else:
        start = START.get(kind, 150)
        if name == "huge event":
            start = 1 if kind == "one byte" else 20
        make = lambda count: of_shape(name, kind, count)  # noqa: E731  # one of three
    return [make(start * factor) for factor in (1, 1, GROWTH)]  # the first warms up


def exponents(cases: Sequence[tuple[str, str]]) -> list[float]:
    """Run the cases under callgrind, in one process; give the exponent of each."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--dump-before=getpid", f"--callgrind-out-file={folder}/out"]
        program = [sys.executable, "-c", f"from benchmarks.linear import run; run({list(cases)!r})"]
        environment = {"PYTHONHASHSEED": "0", "PYTHONPATH": "src:.", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([*command, *program], env=environment, capture_output=True, text=True, check=True)
        counts = []
        for number in range(1, 10**6):
            path = Path(f"{folder}/out.{number}")
            if not path.exists():
                break
            found = re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE)
            assert found is not None
            counts.append(int(found[1]))
    sizes = json.loads(done.stdout)
    # Behind each getpid() comes a piece: what is between two calls, and what prepares the next.
    work = counts[1::2]
    assert len(work) == len(sizes), (len(work), len(sizes))
    points = list(zip(sizes, work, strict=True))
    return [
        math.log(large[1] / small[1]) / math.log(large[0] / small[0])
        for small, large in zip(points[1::3], points[2::3], strict=True)
    ]


def run(cases: Sequence[tuple[str, str]]) -> None:
    """What runs under callgrind: marks before and behind each piece of work, and the bytes at the end."""
    sizes = []
    for kind, name in cases:
        for size, work in series(kind, name):
            sizes.append(size)
            os.getpid()
            work()
            os.getpid()
    print(json.dumps(sizes))


def main() -> int:
    if shutil.which("valgrind") is None:
        print("linear: valgrind is not installed, nothing counted")
        return 0
    shapes = [(cutting, shape) for shape in SHAPES for cutting in CUTTINGS]
    others = [("attack", name) for name in WORST] + [("planted", "joining"), ("planted", "rescanning")]
    found = dict(zip([*shapes, *others], exponents([*shapes, *others]), strict=True))
    lines = ["# Linear", "", "`python -m benchmarks.linear`: exponents of instructions over bytes; 1 is linear.", ""]
    lines += head("shape", *CUTTINGS)
    lines += [line(shape, *(f"{found[cutting, shape]:.2f}" for cutting in CUTTINGS)) for shape in SHAPES]
    lines += ["", *head("attack", ""), *(line(name, f"{found['attack', name]:.2f}") for name in WORST)]
    lines += ["", "What it must find:", "", *head("planted", "")]
    lines += [line(name, f"{found[kind, name]:.2f}") for kind, name in others if kind == "planted"]
    text = "\n".join(lines) + "\n"
    Path(__file__).with_name("linear.md").write_text(text)
    print(text)
    # The planted ones prove that it can fail.
    return int(any((value > 1.15) is not (kind == "planted") for (kind, _), value in found.items()))


if __name__ == "__main__":
    raise SystemExit(main())
