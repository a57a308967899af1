"""Print what many streams come to: ``python [options] -m tests.modes``.

`test_modes` compares what is printed under the interpreter's options. Nothing here asserts, as ``-O`` takes that out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import ssemble
from fuzz.smoke import mutations
from tests import stream_cases
from tests.framing import sse_cases
from tests.payloads import chunk_cases
from tests.trace import chunk_trace, trace
from tests.vectors.chat import VECTORS

SIZES = (1, 7, 10**6)
MUTANTS = 3


def bodies() -> Iterator[bytes]:
    """Every body that the cases of the tests have, and mutants of the fuzzer's seeds."""
    yield from (vector.body() for vector in VECTORS)
    yield from (case[0] for case in stream_cases.WHOLE.values())
    yield from (case[0] for case in stream_cases.FAULTS.values())
    yield from (case[0] for case in chunk_cases.WHOLE.values())
    yield from (case[0] for case in chunk_cases.FAULTS.values())
    yield from (case[0] for case in sse_cases.CASES.values())
    yield from (data[1:] for data in mutations(MUTANTS, seed=0))


def main() -> int:
    """Print each result; 1 if a vector comes to anything but what a provider would return."""
    wrong = [vector.name for vector in VECTORS if ssemble.assemble(vector.body()).to_dict() != vector.expected()]
    for body in bodies():
        for size in SIZES:
            fragments = [body[at : at + size] for at in range(0, len(body), size)]
            print(ascii(trace(fragments, errors="event")))
            print(ascii(chunk_trace(fragments, "raise")))
            print(ascii(list(ssemble.iter_sse(fragments))))
    print(f"{len(VECTORS) - len(wrong)} of {len(VECTORS)} vectors come out right", *wrong, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
