"""A value after every fragment of JSON: ``python -m benchmarks.partial [rounds]``.

The contenders alternate in each round, CPU time is measured, and the medians are compared. Outputs are
compared first. Contenders that parse all text again for each fragment are timed at evenly spread prefixes.
"""

from __future__ import annotations

import importlib
import json
import math
import platform
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import ssemble
from ssemble import PartialJSON
from ssemble._copied import copied

HERE = Path(__file__).parent
SIZES = (1_000, 10_000, 100_000, 1_000_000)
PIECES = (4, 20)  # characters a fragment
SAMPLES = 25  # prefixes
SLOW = 10_000  # characters; above, a parser in pure Python that starts again takes hours
WORDS = "the of and to in value stream of tokens grüße model answer question that for with as état 日本".split()
OURS = "PartialJSON, value"

Work = Callable[[], float]  # CPU seconds, projected to the whole document


def objects(rng: random.Random) -> Any:
    place = {"x": round(rng.uniform(-90, 90), 4), "y": None, "ok": rng.random() < 0.5}
    return {"id": rng.randrange(10**6), "name": " ".join(rng.choices(WORDS, k=2)), "tags": ["a", "bc"], "place": place}


def numbers(rng: random.Random) -> Any:
    return [round(rng.uniform(0, 1000), 2) for _ in range(8)] + [rng.randrange(10**6) for _ in range(8)]


def code(rng: random.Random) -> Any:
    lines = [f'    if x["{word}"] == "é":\n\t\treturn \'{rng.randrange(99)}\\n\'' for word in rng.choices(WORDS, k=12)]
    return {"path": f"src/{rng.randrange(99)}.py", "code": "\n".join(["def f(x):", *lines, ""])}


def prose(rng: random.Random) -> Any:
    return {"text": " ".join(rng.choices(WORDS, k=200)) + ".\n"}


KINDS: dict[str, Callable[[random.Random], Any]] = {
    "nested objects": objects,
    "numbers": numbers,
    "code with escapes": code,
    "prose": prose,
    "all four": lambda rng: [kind(rng) for kind in (objects, numbers, code, prose)],
}


def document(kind: str, size: int) -> str:
    """Write a document of about a size; the same at every call."""
    rng = random.Random(f"{kind} {size}")
    items = [json.dumps(KINDS[kind](rng), ensure_ascii=False)]
    if len(items[0]) > size:  # one item, and of that the beginning
        return cut_short(json.loads(items[0]), size)
    length = len(items[0])
    while length < size:
        items.append(json.dumps(KINDS[kind](rng), ensure_ascii=False))
        length += len(items[-1]) + 2
    return cut_short(json.loads(f'{{"items": [{", ".join(items)}]}}'), size)


def cut_short(value: Any, size: int) -> str:
    """The JSON of what is to be seen of a value in its first characters."""
    partial = PartialJSON()
    partial.feed(json.dumps(value, ensure_ascii=False)[:size])
    return json.dumps(partial.value, ensure_ascii=False)


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def timed(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


# Our ways.


def value(fragments: Sequence[str], every: int = 1) -> PartialJSON:
    partial = PartialJSON()
    for number, fragment in enumerate(fragments):
        partial.feed(fragment)
        if number % every == 0:
            partial.value  # noqa: B018  # looking is what is timed
    return partial


def snapshot(fragments: Sequence[str]) -> None:
    partial = PartialJSON()
    for fragment in fragments:
        partial.feed(fragment)
        partial.snapshot()


def all_copied(fragments: Sequence[str]) -> None:
    partial = PartialJSON()
    for fragment in fragments:
        partial.feed(fragment)
        copied(partial.value)


def watch(fragments: Sequence[str]) -> None:
    partial = PartialJSON()
    items = partial.watch("items", "*")
    for fragment in fragments:
        partial.feed(fragment)
        items.read()


def never(fragments: Sequence[str]) -> PartialJSON:
    partial = PartialJSON()
    for fragment in fragments:
        partial.feed(fragment)
    return partial


def joined(fragments: Sequence[str]) -> Any:
    kept: list[str] = []
    for fragment in fragments:
        kept.append(fragment)  # noqa: PERF402  # one call a fragment, as it arrives
    return json.loads("".join(kept))


# Theirs: each parses a prefix from its start.

Parser = Callable[[Any], Any]


def optional(name: str) -> Any:
    """Import a peer, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def peers() -> dict[str, tuple[Parser, Callable[[str], Any], int]]:
    """Name, parser, what makes its input ready outside of the timing, largest size."""
    found: dict[str, tuple[Parser, Callable[[str], Any], int]] = {}
    if (jiter := optional("jiter")) is not None:
        found["jiter, trailing-strings"] = (
            lambda data: jiter.from_json(data, partial_mode="trailing-strings"),
            str.encode,
            max(SIZES),
        )
        # As in its lib/streaming, where arguments arrive.
        found["the openai package's way"] = (
            lambda text: jiter.from_json(bytes(text, "utf-8"), partial_mode=True),
            str,
            max(SIZES),
        )
    if (parser := optional("partial_json_parser")) is not None:
        found["partial-json-parser"] = (parser.loads, str, SLOW)
    return found


def again_and_again(parse: Parser, ready: Callable[[str], Any], fragments: Sequence[str]) -> Work:
    """Parse prefixes spread evenly, and project to all of them."""
    text, size = "".join(fragments), len(fragments[0])
    count = min(SAMPLES, len(fragments))
    ends = [round((number + 0.5) * len(fragments) / count) * size for number in range(count)]
    prefixes = [ready(text[: max(1, end)]) for end in ends]

    def run() -> float:
        return timed(lambda: [parse(prefix) for prefix in prefixes]) * len(fragments) / len(prefixes)

    return run


def medians(work: dict[str, Work], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            times[name].append(run())
    return {name: statistics.median(values) for name, values in times.items()}


def contest(text: str, piece: int, rounds: int) -> dict[str, float]:
    """µs a fragment, a value after each."""
    fragments = pieces(text, piece)
    work: dict[str, Work] = {OURS: lambda: timed(lambda: value(fragments))}
    assert value(fragments).value == value(fragments).close() == json.loads(text)
    for name, (parse, ready, largest) in peers().items():
        if len(text) <= 1.1 * largest:
            assert parse(ready(text)) == json.loads(text), name
            work[name] = again_and_again(parse, ready, fragments)
    return {name: 1e6 * seconds / len(fragments) for name, seconds in medians(work, rounds).items()}


def own_ways(text: str, piece: int, rounds: int) -> dict[str, float]:
    """µs a fragment of the ways to look, and not to."""
    fragments = pieces(text, piece)
    work: dict[str, Work] = {
        "value after each": lambda: timed(lambda: value(fragments)),
        "value after each 16th": lambda: timed(lambda: value(fragments, 16)),
        "snapshot() after each": lambda: timed(lambda: snapshot(fragments)),
        'watch("items", "*").read() after each': lambda: timed(lambda: watch(fragments)),
        "never looked at": lambda: timed(lambda: never(fragments)),
        "never looked at, close()": lambda: timed(lambda: never(fragments).close()),
        "floor: list.append, join, json.loads": lambda: timed(lambda: joined(fragments)),
    }
    if len(text) <= 1.1 * SLOW:
        work["all of it copied after each, for comparison"] = lambda: timed(lambda: all_copied(fragments))
    return {name: 1e6 * seconds / len(fragments) for name, seconds in medians(work, rounds).items()}


def exponent(costs: Sequence[float]) -> float:
    """The slope of log(total time) over log(size), from µs a fragment at each size."""
    points = [(math.log(size), math.log(cost * size)) for size, cost in zip(SIZES, costs, strict=True)]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def crossover(kind: str, piece: int, rounds: int) -> int | None:
    """Characters from which on we are ahead of jiter, all fragments together."""
    rival = "jiter, trailing-strings"
    ahead_from = None
    for size in (100, 150, 200, 300, 400, 500, 600, 700, 850, 1000, 1200, 1500, 2000, 3000, 5000, 10_000, 20_000):
        text = document(kind, size)
        fragments = pieces(text, piece)
        parse, ready, _ = peers()[rival]
        prefixes = [ready(text[:end]) for end in range(piece, len(text) + piece, piece)]

        def theirs(parse: Parser = parse, prefixes: list[Any] = prefixes) -> float:
            return timed(lambda: [parse(prefix) for prefix in prefixes])

        def ours(fragments: list[str] = fragments) -> float:
            return timed(lambda: value(fragments))

        times = medians({OURS: ours, rival: theirs}, rounds)
        if times[OURS] > times[rival]:
            ahead_from = None
        elif ahead_from is None:
            ahead_from = len(text)
    return ahead_from


def memory(text: str) -> dict[str, float]:
    """MB held after a document in fragments of four characters, made as they arrive."""
    found = {}
    ways: dict[str, Callable[[], Any]] = {
        "json.loads alone": lambda: json.loads(text),
        "PartialJSON, never looked at": lambda: arrived(text, look=False),
        "PartialJSON, looked at after each": lambda: arrived(text, look=True),
        "a list of the fragments": lambda: [text[at : at + 4] for at in range(0, len(text), 4)],
    }
    for name, keep in ways.items():
        tracemalloc.start()
        kept = keep()
        found[name] = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        del kept
    return found


def arrived(text: str, look: bool) -> PartialJSON:
    partial = PartialJSON()
    for at in range(0, len(text), 4):
        partial.feed(text[at : at + 4])
        if look:
            partial.value  # noqa: B018  # looking is what takes memory
    return partial


def table(report: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    lines = [
        "# JSON that is still arriving",
        "",
        f"`python -m benchmarks.partial {report['rounds']}`, {report['machine']}, Python {report['python']}, "
        f"ssemble {report['ssemble']}{versions and ', ' + versions}. CPU time; read the ratios, not the digits.",
        "",
        "## A value after every fragment, µs a fragment",
        "",
        f"| document | characters a fragment | who | {' | '.join(f'{size:,}' for size in SIZES)} | exponent |",
        "|---" * (4 + len(SIZES)) + "|",
    ]
    for row in report["value"]:
        cells = [f"{cost:.2f}" for cost in row["µs"]] + ["-"] * (len(SIZES) - len(row["µs"]))
        slope = f"{row['exponent']:.2f}" if row["exponent"] else "-"
        lines.append(f"| {row['document']} | {row['piece']} | {row['who']} | {' | '.join(cells)} | {slope} |")
    lines += ["", "## From how many characters on it is ahead of jiter's parsing again", ""]
    lines += [
        f"| document | {' | '.join(f'{piece} a fragment' for piece in PIECES)} |",
        "|---" * (1 + len(PIECES)) + "|",
    ]
    for kind, row in report["ahead from"].items():
        lines.append(f"| {kind} | {' | '.join('not up to 20,000' if at is None else f'{at:,}' for at in row)} |")
    lines += ["", "## Ways to look, and not to, at all four, µs a fragment", ""]
    lines += [
        f"| characters a fragment | way | {' | '.join(f'{size:,}' for size in SIZES)} |",
        "|---" * (2 + len(SIZES)) + "|",
    ]
    for row in report["ways"]:
        cells = [f"{cost:.3f}" for cost in row["µs"]] + ["-"] * (len(SIZES) - len(row["µs"]))
        lines.append(f"| {row['piece']} | {row['way']} | {' | '.join(cells)} |")
    lines += ["", "## Memory after 1,000,000 characters of all four, 4 a fragment", "", "| what | MB |", "|---|---|"]
    lines += [f"| {name} | {value:.1f} |" for name, value in report["memory"].items()]
    return "\n".join(lines) + "\n"


def rows(rounds: int, kinds: Sequence[str], run: Callable[[str, int, int], dict[str, float]]) -> list[dict[str, Any]]:
    """Every document in every cutting: per contender, the costs by size."""
    found = []
    for kind in kinds:
        for piece in PIECES:
            by_name: dict[str, list[float]] = {}
            for size in SIZES:
                for name, cost in run(document(kind, size), piece, rounds if size < max(SIZES) else 3).items():
                    by_name.setdefault(name, []).append(cost)
            found += [{"document": kind, "piece": piece, "who": name, "µs": costs} for name, costs in by_name.items()]
            print(
                kind, piece, {name: [round(cost, 2) for cost in costs] for name, costs in by_name.items()}, flush=True
            )
    return found


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    present = [name for name in ("jiter", "openai", "partial-json-parser") if optional(name.replace("-", "_"))]
    contests = rows(rounds, list(KINDS), contest)
    for row in contests:
        row["exponent"] = exponent(row["µs"]) if len(row["µs"]) == len(SIZES) else None
    report: dict[str, Any] = {
        "rounds": rounds,
        "machine": f"{platform.machine()} {platform.system()}",
        "python": platform.python_version(),
        "ssemble": ssemble.__version__,
        "versions": {name: metadata.version(name) for name in present},
        "value": contests,
        "ahead from": {kind: [crossover(kind, piece, 9) for piece in PIECES] for kind in KINDS} if peers() else {},
        "ways": [{**row, "way": row.pop("who")} for row in rows(rounds, ["all four"], own_ways)],
        "memory": memory(document("all four", 1_000_000)),
    }
    (HERE / "partial.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (HERE / "partial.md").write_text(table(report))
    print(table(report))


if __name__ == "__main__":
    main()
