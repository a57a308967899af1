"""Run every target on the seeds and on random mutations of them, without atheris.

python -m fuzz.smoke [mutations per seed] [random seed]
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fuzz.common import Target
from fuzz.seeds import SEEDS

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("fuzz_*.py"))
SPLICES = [b"\n", b"\r", b"\n\n", b"data: ", b"{", b"}", b'"', b"\\", b"\xff", b"\0", b"null", b"[DONE]", b":", b"1"]


def mutations(count: int, seed: int) -> Iterator[bytes]:
    """Yield every seed, and ``count`` mutants of each with bytes changed, removed, repeated or inserted."""
    rng = random.Random(seed)
    for body in SEEDS:
        yield bytes([rng.randrange(256)]) + body
        for _ in range(count):
            mutant = bytearray(body)
            for _ in range(rng.randint(1, 4)):
                at = rng.randint(0, len(mutant))
                other = rng.choice(SEEDS)
                mutant[at : at + rng.choice((0, 0, 1, 1, 5, 60))] = rng.choice(
                    (rng.choice(SPLICES), rng.randbytes(1), bytes(mutant[at : at + 30]), other[: rng.randint(0, 80)])
                )
            yield bytes([rng.choice((0, 1, 2, 7, rng.randrange(256)))]) + bytes(mutant)


def smoke(name: str, count: int, seed: int = 0) -> int:
    """Run one target; return how many inputs it read."""
    module = importlib.import_module(f"fuzz.{name}")
    check: Target = module.TestOneInput
    # Some targets have their own inputs, since they do not read bodies.
    source: Callable[[int, int], Iterator[bytes]] = getattr(module, "inputs", mutations)
    inputs = 0
    for data in source(count, seed):
        try:
            check(data)
        except BaseException:
            print(f"{name} fails on {data!r}", file=sys.stderr)
            raise
        inputs += 1
    return inputs


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for name in NAMES:
        start = time.process_time()
        inputs = smoke(name, count, seed)
        print(f"{name:16} {inputs:7} inputs {time.process_time() - start:7.1f} s of CPU, nothing found")


if __name__ == "__main__":
    main()
