"""Floors, layers and peers on the text shape, all in one table.

``python -m benchmarks.layers ROUNDS PACKAGE...`` measures these peers and `OURS`, and prints JSON. `measure` runs it
in another environment for packages that cannot be installed with the others.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from benchmarks import contenders as c
from benchmarks import peers
from benchmarks.shapes import CUTTINGS, chunks, frames
from benchmarks.timing import Work, least

OURS = "ssemble: events and completion"
FIRST, SECOND = "one event", "16 KiB"
LOADS = {"orjson": ("orjson", "loads"), "msgspec": ("msgspec.json", "decode")}
Rows = dict[str, dict[str, float]]


def own(events: list[bytes]) -> dict[tuple[str, str], Work]:
    """What is always there: the floors and ourselves."""
    payloads = c.payloads_of(events)
    texts = [payload.decode() for payload in payloads]
    assert c.accumulator(chunks("text")) == c.events_and_completion(events)
    work: dict[tuple[str, str], Work] = {
        ("floor: json.loads(bytes)", FIRST): partial(c.json_loads, payloads),
        ("floor: json.loads(str)", FIRST): partial(c.json_loads, texts),
        ("floor: the C scanner", FIRST): partial(c.c_scanner, texts),
        ("ssemble: ChatReader", FIRST): partial(c.accumulator, chunks("text")),
    }
    for cutting in (FIRST, SECOND):
        fragments = CUTTINGS[cutting](events)
        assert c.sse_parser(fragments) == [*texts, "[DONE]"]
        assert c.chunk_parser(fragments) == len(texts)
        work["ssemble: SSEParser", cutting] = partial(c.sse_parser, fragments)
        work["ssemble: ChunkParser", cutting] = partial(c.chunk_parser, fragments)
    for package, (module, function) in LOADS.items():
        if peers.version(package):
            decode = getattr(importlib.import_module(module), function)
            work[f"floor: {package}", FIRST] = partial(c.decoder, payloads, decode)
    return work


def of_peers(events: list[bytes], packages: Collection[str]) -> dict[tuple[str, str], Work]:
    """The peers of these packages, each with what it returns compared."""
    data = [event[6:-2].decode() for event in events]
    text = c.events_and_completion(events)
    todo: list[tuple[peers.Peer, str, Sequence[Any], Any]] = [
        (peers.ON_LINES, FIRST, events, data),
        (peers.ON_CHUNKS, FIRST, chunks("text"), text),
    ]
    for cutting in (FIRST, SECOND):
        fragments = CUTTINGS[cutting](events)
        todo += [(peer, cutting, fragments, data) for peer in peers.READERS]
        todo += [(peer, cutting, fragments, text) for peer in peers.CLIENTS]
    work = {}
    for peer, cutting, data_in, expected in todo:
        if peer.package in packages:
            work[peer.name, cutting] = run = peer.ready(data_in)
            assert run() == expected, (peer.name, cutting)
            assert run() == expected, (peer.name, cutting, "the second time")
    return work


def measured(packages: Collection[str], rounds: int, *, all_of_ours: bool = True) -> Rows:
    """Microseconds a chunk, by name and cutting."""
    events = frames("text")
    work = own(events) if all_of_ours else {}
    for cutting in (FIRST, SECOND):
        work[OURS, cutting] = partial(c.events_and_completion, CUTTINGS[cutting](events))
    work |= of_peers(events, packages)
    rows: Rows = {}
    for (name, cutting), seconds in least(work, rounds).items():
        rows.setdefault(name, {})[cutting] = 1e6 * seconds / (len(events) - 1)
    return rows


def elsewhere(python: str, packages: Collection[str], rounds: int, ours: dict[str, float]) -> dict[str, Any]:
    """Peers in another environment, as multiples of ourselves in that run, times ourselves in this one."""
    command = [python, "-m", "benchmarks.layers", str(rounds), *packages]
    found: dict[str, Any] = json.loads(subprocess.check_output(command, text=True).splitlines()[-1])
    there = found["layers"].pop(OURS)
    for row in found["layers"].values():
        row.update({cutting: value / there[cutting] * ours[cutting] for cutting, value in row.items()})
    return found


def layers(rounds: int, pythons: Sequence[str]) -> dict[str, Any]:
    """The rows, fastest first, the versions, and what is not installed."""
    wanted = [*LOADS, *peers.PACKAGES]
    versions = {package: version for package in wanted if (version := peers.version(package))}
    rows = measured(versions, rounds)
    apart = []
    for python in pythons:
        missing = [package for package in peers.PACKAGES if package not in versions]
        found = elsewhere(python, missing, rounds, rows[OURS])
        rows |= found["layers"]
        versions |= found["versions"]
        apart += list(found["versions"])
    events = frames("text")
    node = peers.in_node({name: CUTTINGS[name](events) for name in (FIRST, SECOND)}, c.events_and_completion(events))
    if node is not None:
        versions[peers.NODE], rows["Node: eventsource-parser, JSON.parse, text joined"] = node
    return {
        "layers": dict(sorted(rows.items(), key=lambda item: item[1][FIRST])),
        "versions": versions,
        "in another environment": apart,
        "not installed": [package for package in (*wanted, peers.NODE) if package not in versions],
    }


def main() -> None:
    rounds, packages = int(sys.argv[1]), sys.argv[2:]
    versions = {package: version for package in packages if (version := peers.version(package))}
    print(json.dumps({"versions": versions, "layers": measured(versions, rounds, all_of_ours=False)}))


if __name__ == "__main__":
    main()
