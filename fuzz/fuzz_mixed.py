"""Invariant: splits, fast paths, views, copies and limits do not change the results of mixed streams.

python -m fuzz.fuzz_mixed --minutes 2 --seed 0     scenarios of the seeds from 0 on
python -m fuzz.fuzz_mixed --seed 17                that one alone
python -m fuzz.fuzz_mixed -max_total_time=1200     under atheris, as the other targets

A finding is printed once for each kind, as small as it can be made. Exit code 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from fuzz.choices import of_seed
from fuzz.common import run
from fuzz.mixed import Options, Piece, Scenario, scenario
from fuzz.mixed_checks import Finding, findings, limits_of, short

MOST = 600  # scenarios in a smoke run, about ten seconds
TRIES = 400  # runs to reduce a finding


def smaller(given: Scenario) -> Iterator[Scenario]:
    """Yield smaller scenarios, without some pieces, one piece, a read, a split or an option."""
    pieces, options = given
    for size in (len(pieces) // 2, len(pieces) // 4, 3, 1):
        for at in range(0, len(pieces), max(1, size)):
            if size and len(pieces) > size:
                yield given._replace(pieces=pieces[:at] + pieces[at + size :])
    for at, piece in enumerate(pieces):
        for other in (
            Piece((b"".join(piece.parts),)),
            piece._replace(acts=()),
            piece._replace(acts=piece.acts[:1]),
            piece._replace(parts=(b"".join(piece.parts),)),
            piece._replace(last=True),
        ):
            if other != piece:
                yield given._replace(pieces=(*pieces[:at], other, *pieces[at + 1 :]))
    for field, value in Options()._asdict().items():
        if getattr(options, field) != value:
            yield given._replace(options=options._replace(**{field: value}))


def shrunk(given: Scenario, kind: str) -> Scenario:
    """Remove everything that is not needed for a finding of this kind."""
    tries, again = 0, True
    while again:
        again = False
        for candidate in smaller(given):
            tries += 1
            if tries > TRIES:
                return given
            if any(each.kind == kind for each in findings(candidate)):
                given, again = candidate, True
                break
    return given


def report(given: Scenario, found: Finding, seed: int) -> None:
    small = shrunk(given, found.kind)
    story = next((each.story for each in findings(small) if each.kind == found.kind), found.story)
    print(
        f"\n== {found.kind}\n{story}\n{small.options}, limits {limits_of(small) if small.options.limit else 'generous'}"
    )
    for data, acts in small.fragments():
        print(f"  {short(data)}{'  # then ' + ', '.join(acts) if acts else ''}")
    print(f"python -m fuzz.fuzz_mixed --seed {seed}", flush=True)


def TestOneInput(data: bytes) -> None:
    found = next(findings(scenario(data)), None)
    assert found is None, f"{found.kind}: {found.story}"


def inputs(count: int, seed: int) -> Iterator[bytes]:
    """Inputs for the smoke run, instead of mutated seeds."""
    return map(of_seed, range(seed, seed + min(8 * count, MOST)))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0, help="of CPU; 0 runs the seed alone")
    given = parser.parse_args(arguments)
    kinds: dict[str, int] = {}
    begun, seed, spent, sizes = time.process_time(), given.seed, 0.0, [0, 0]
    while seed == given.seed or spent < given.minutes * 60:
        made = scenario(of_seed(seed))
        sizes = [sizes[0] + len(made.body), sizes[1] + len(made.fragments())]
        for found in list(findings(made)):
            kinds[found.kind] = kinds.get(found.kind, 0) + 1
            if kinds[found.kind] == 1:
                print(f"\n-- finding {len(kinds)}, after {seed - given.seed + 1} scenarios, {spent:.1f} s of CPU")
                paused = time.process_time()
                report(made, found, seed)
                begun += time.process_time() - paused  # do not count the time for reducing
        seed += 1
        spent = time.process_time() - begun
    print(f"\n{seed - given.seed} scenarios, {sizes[0]:,} bytes in {sizes[1]:,} fragments, {spent:.1f} s of CPU")
    for kind, count in sorted(kinds.items(), key=lambda item: -item[1]):
        print(f"{count:6} {kind}")
    print("nothing found" if not kinds else f"{len(kinds)} kinds of findings")
    return 1 if kinds else 0


if __name__ == "__main__":
    if any(argument.startswith("-max") for argument in sys.argv):
        run(TestOneInput)
    sys.exit(main(sys.argv[1:]))
