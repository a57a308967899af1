"""Measure, and save the table: ``python -m benchmarks.measure [rounds]``.

Every figure is a ratio inside one run: the contenders take turns, round by round, timed by the
process's CPU time, and the medians are divided. Outputs are compared before anything is timed.
"""

from __future__ import annotations

import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ssemble
from benchmarks import contenders as c
from benchmarks.picture import picture
from benchmarks.shapes import CHUNKS, CUTTINGS, SHAPES, chunks, frames

HERE = Path(__file__).parent
Work = Callable[[], Any]


def medians(work: dict[str, Work], rounds: int) -> dict[str, float]:
    """CPU seconds of each, the median over the rounds; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            start = time.process_time()
            run()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def bind(contender: c.Contender, data: Sequence[Any]) -> Work:
    return lambda: contender(data)


def whole_stream(rounds: int) -> list[dict[str, Any]]:
    """Bytes to events and the message, against json.loads of the payloads alone."""
    rows = []
    for shape in SHAPES:
        events = frames(shape, 30 if shape == "huge event" else CHUNKS)
        payloads = c.payloads_of(events)
        work: dict[str, Work] = {"json.loads(bytes)": bind(c.json_loads_bytes, payloads)}
        expected = c.plainly(events)
        for cutting in ("one event", "16 KiB", "1,400 bytes", "1 to 100 bytes"):
            fragments = CUTTINGS[cutting](events)
            assert c.events_and_completion(fragments) == expected
            work[cutting] = bind(c.events_and_completion, fragments)
        work["one event, no shortcuts"] = bind(c.plainly, events)
        times = medians(work, rounds)
        floor = times.pop("json.loads(bytes)")
        rows.append(
            {"shape": shape, "floor, µs a chunk": 1e6 * floor / len(payloads)}
            | {n: t / floor for n, t in times.items()}
        )
    return rows


def layers(rounds: int) -> dict[str, float]:
    """Floors, our layers and the peers on the text shape, one event a fragment, in µs a chunk."""
    events = frames("text")
    payloads = c.payloads_of(events)
    texts = [payload.decode() for payload in payloads]
    lines = [line for event in events for line in event.decode().split("\n")[:-1]]
    big = CUTTINGS["16 KiB"](events)
    work: dict[str, Work] = {
        "floor: json.loads(bytes)": bind(c.json_loads_bytes, payloads),
        "floor: json.loads(str)": bind(c.json_loads_text, texts),
        "floor: the C scanner": bind(c.c_scanner, texts),
        "ssemble: SSEParser": bind(c.sse_parser, events),
        "ssemble: SSEParser, 16 KiB": bind(c.sse_parser, big),
        "ssemble: ChunkParser": bind(c.chunk_parser, events),
        "ssemble: ChatCompletionAccumulator": bind(c.accumulator, chunks("text")),
        "ssemble: events and completion": bind(c.events_and_completion, events),
        "ssemble: events and completion, 16 KiB": bind(c.events_and_completion, big),
    }
    for name, module, attribute in (("orjson", "orjson", "loads"), ("msgspec", "msgspec.json", "decode")):
        if (found := c.optional(module)) is not None:
            work[f"floor: {name}"] = bind(c.decoder_floor(getattr(found, attribute)), payloads)
    peers: list[tuple[str, str, c.Contender, Sequence[Any]]] = [
        ("httpx-sse, on ready-made lines", "httpx_sse._decoders", c.httpx_sse, lines),
        ("launchdarkly-eventsource", "ld_eventsource.reader", c.launchdarkly, events),
        ("launchdarkly-eventsource, 16 KiB", "ld_eventsource.reader", c.launchdarkly, big),
        ("sseclient-py", "sseclient", c.sseclient, events),
        ("openai, its decoder", "openai._streaming", c.openai_decoder, events),
        ("openai, end to end", "openai.lib.streaming.chat", c.openai_whole, events),
    ]
    for name, module, run, data in peers:
        if c.optional(module) is not None:
            result = run(data)
            assert result in (len(events), len(events) - 1, c.events_and_completion(events)), (name, result)
            work[name] = bind(run, data)
    return {name: 1e6 * seconds / len(payloads) for name, seconds in medians(work, rounds).items()}


def single_bytes(rounds: int) -> dict[str, float]:
    """One byte a fragment, the whole stack, against a bare method call, in ns a byte."""

    class Bare:
        def feed(self, data: bytes) -> None:
            pass

    bytes_ = CUTTINGS["one byte"](frames("text", 300))

    def calls() -> None:
        bare = Bare()
        for byte in bytes_:
            bare.feed(byte)

    times = medians({"a bare method call": calls, "whole stack": bind(c.events_and_completion, bytes_)}, rounds)
    return {name: 1e9 * seconds / len(bytes_) for name, seconds in times.items()}


def node(events: list[bytes]) -> float | None:
    """eventsource-parser with JSON.parse and concatenation, warm, in µs of CPU a chunk."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["npm", "install", "--silent", "--prefix", folder, "eventsource-parser"], capture_output=True, check=False
        )
        if done.returncode:
            return None
        (Path(folder) / "body").write_bytes(b"\n".join(event.hex().encode() for event in events))
        shutil.copy(HERE / "node_peer.mjs", folder)
        run = subprocess.run(["node", "node_peer.mjs", "body"], cwd=folder, capture_output=True, text=True, check=True)
    report = json.loads(run.stdout)
    assert report["text"] == c.events_and_completion(events)
    return float(report["microseconds"])


def corpus(rounds: int) -> dict[str, Any] | None:
    """Every openai-chat recording, one event a fragment, against json.loads of its payloads."""
    from benchmarks.recordings import ratios

    found = ratios(rounds)
    if found is None:
        return None
    large = [row for row in found if row["bytes"] > 5000]
    return {
        "recordings": len(found),
        "geometric mean": statistics.geometric_mean(row["ratio"] for row in found),
        "geometric mean over 5 KB": statistics.geometric_mean(row["ratio"] for row in large),
        "all together": sum(row["seconds"] for row in found) / sum(row["floor"] for row in found),
        "worst over 5 KB": max(large, key=lambda row: row["ratio"]),
    }


def table(report: dict[str, Any]) -> str:
    lines = [
        "# Measured",
        "",
        f"`python -m benchmarks.measure {report['rounds']}`, {report['machine']}, Python {report['python']}, "
        f"ssemble {report['ssemble']}. CPU time; read the ratios, not the digits.",
        "",
        "## Bytes to events and the finished message ÷ `json.loads(bytes)` of the payloads alone",
        "",
        "| shape | floor, µs a chunk | one event | 16 KiB | 1,400 bytes | 1 to 100 bytes | one event, no shortcuts |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in report["whole stream"]:
        cells = [f"{value:.2f}" for value in list(row.values())[1:]]
        lines.append(f"| {row['shape']} | {' | '.join(cells)} |")
    lines += ["", "## Floors, layers and peers on the text shape", "", "| what | µs a chunk |", "|---|---|"]
    lines += [f"| {name} | {value:.2f} |" for name, value in sorted(report["layers"].items(), key=lambda item: item[1])]
    lines += ["", "## One byte a fragment", "", "| what | ns a byte |", "|---|---|"]
    lines += [f"| {name} | {value:.0f} |" for name, value in report["one byte"].items()]
    if report["corpus"]:
        worst = report["corpus"].pop("worst over 5 KB")
        lines += ["", "## Recordings, one event a fragment", "", "| what | ÷ `json.loads(bytes)` |", "|---|---|"]
        lines += [f"| {name} | {value:.2f} |" for name, value in report["corpus"].items() if name != "recordings"]
        lines.append(f"| worst over 5 KB ({worst['provider']}, {worst['bytes']:,} bytes) | {worst['ratio']:.2f} |")
        lines.append(f"\n{report['corpus']['recordings']} recordings.")
        report["corpus"]["worst over 5 KB"] = worst
    return "\n".join(lines) + "\n"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    versions = {name: c.optional(name).__version__ for name in ("openai", "orjson", "msgspec") if c.optional(name)}
    report: dict[str, Any] = {
        "rounds": rounds,
        "machine": f"{platform.machine()} {platform.system()}",
        "python": platform.python_version(),
        "ssemble": ssemble.__version__,
        "versions": versions,
        "whole stream": whole_stream(rounds),
        "layers": layers(rounds),
        "one byte": single_bytes(rounds),
        "corpus": corpus(max(3, rounds // 3)),
    }
    warm = node(frames("text"))
    if warm is not None:
        report["layers"]["Node: eventsource-parser, JSON.parse, text joined"] = warm
    (HERE / "results.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (HERE / "results.md").write_text(table(report))
    (HERE / "results.svg").write_text(picture(report["layers"]))
    print(table(report))


if __name__ == "__main__":
    main()
