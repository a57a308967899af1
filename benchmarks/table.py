"""Format the measurements as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.layers import FIRST, OURS, SECOND


def head(*cells: str) -> Iterator[str]:
    yield line(*cells)
    yield "|---" * len(cells) + "|"


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def whole_stream(report: dict[str, Any]) -> Iterator[str]:
    yield "## Bytes to events and the finished message ÷ `json.loads(bytes)` of the payloads alone\n"
    rows = report["whole stream"]
    yield from head(*rows[0])
    for row in rows:
        shape, *values = row.values()
        yield line(shape, *(f"{value:.2f}" for value in values))


def layers(report: dict[str, Any]) -> Iterator[str]:
    yield "\n## Floors, layers and peers on the text shape\n"
    yield "µs a chunk by how the bytes arrive, and the multiple of ssemble's events and completion at one event a"
    yield "fragment. SSE readers give the data of every event as text, clients and Node the finished text.\n"
    yield from head("what", *(f"{cutting}, µs" for cutting in (FIRST, SECOND)), "÷ ssemble")
    ours = report["layers"][OURS][FIRST]
    for name, row in report["layers"].items():
        values = (f"{row[cutting]:.2f}" if cutting in row else "" for cutting in (FIRST, SECOND))
        yield line(name, *values, f"{row[FIRST] / ours:.2f}")
    yield "\nVersions: " + ", ".join(f"{name} {version}" for name, version in report["versions"].items()) + "."
    if apart := ", ".join(report["in another environment"]):
        yield f"\nIn another environment: {apart}. What is given is the multiple of `{OURS}` in"
        yield "its own run there, times the figure here."
    yield f"\nNot installed: {', '.join(report['not installed']) or 'none'}."


def cuttings(report: dict[str, Any]) -> Iterator[str]:
    yield "\n## The worst cuttings\n"
    yield from head("cutting", "what", "ns a byte")
    for cutting, row in report["cuttings"].items():
        for what, value in row.items():
            yield line(cutting, what, f"{value:.2f}")


def recordings(found: dict[str, dict[str, float]]) -> Iterator[str]:
    yield "\n## Recordings, one event a fragment ÷ `json.loads(bytes)` of the payloads\n"
    yield "Geometric means, by the number of payloads; most recordings are short. Added up, the long ones count most."
    yield "Chunks alone: what `ChunkParser` takes for them, which decodes the payloads and merges nothing.\n"
    columns = list(dict.fromkeys(name for row in found.values() for name in row))
    yield from head("dialect", *columns)
    for dialect, row in found.items():
        count, *means = (row.get(name) for name in columns)
        yield line(dialect, str(count), *("" if mean is None else f"{mean:.2f}" for mean in means))


def table(report: dict[str, Any]) -> str:
    lines = [
        "# Measured",
        "",
        f"`python -m benchmarks.measure {report['rounds']}`, {report['machine']}, Python {report['python']}, "
        f"ssemble {report['ssemble']}. CPU time, the least of the rounds; read the ratios, not the digits.",
        "",
        *whole_stream(report),
        *layers(report),
        *cuttings(report),
    ]
    if report["recordings"]:
        lines += recordings(report["recordings"])
    return "\n".join(lines) + "\n"
