"""What writing takes, and LiteLLM's translations of the same chat streams: time and faults.

    SSEMBLE_CORPUS=... python -m benchmarks.writers [PYTHON of another environment]

Writes `writers.md`. LiteLLM is optional, and may be in the other environment. Nothing talks to another machine.
"""

from __future__ import annotations

import base64
import json
import platform
import random
import subprocess
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ssemble
from benchmarks.contenders import json_loads, payloads_of
from benchmarks.peers import version
from benchmarks.shapes import CHUNKS, CUTTINGS, frames, words
from benchmarks.table import head, line
from benchmarks.timing import Work, least
from benchmarks.writers_faults import KINDS, RIGHT, anthropic_reader, faults, read
from benchmarks.writers_peer import LITELLM, SHAPES, TARGETS, bodies, collect
from ssemble._dialects import WRITERS

ROUNDS = 15
HELPER = "anthropic, read by its own package"
SOURCES = ("recordings", "quirks", "messages")


def deltas() -> Iterator[str]:
    """µs a text delta: to write it, and to dump its frame, which is a `dict` already."""
    events = [ssemble.TextDelta(word) for word in words(random.Random("text"), CHUNKS)]
    yield from head("dialect", "µs a text delta", "µs `json.dumps` of its frame", "÷")
    for dialect in WRITERS:
        writer = ssemble.MessageWriter(dialect)
        for event in (ssemble.MessageStart("m1", "model-1", 1767225600), ssemble.TextDelta("A")):
            writer.write(event)
        payloads = [json.loads(each.data) for each in ssemble.iter_sse(b"".join(map(writer.write, events)))]
        assert len(payloads) == CHUNKS
        works = {"ours": partial(each_of, writer.write, events), "dumps": partial(each_of, json.dumps, payloads)}
        micros = {name: 1e6 * seconds / CHUNKS for name, seconds in least(works, ROUNDS).items()}
        yield line(dialect, *(f"{each:.2f}" for each in (*micros.values(), micros["ours"] / micros["dumps"])))


def each_of(function: Any, items: Sequence[Any]) -> None:
    for item in items:
        function(item)


def transcoding() -> Iterator[str]:
    """The time of transcoding a chat stream, and of reading alone, ÷ `json.loads` of its payloads."""
    columns = ["reading alone", *WRITERS]
    yield from head("chat stream", *columns)
    for shape in SHAPES:
        whole = frames(shape)
        for cutting in ("one event", "16 KiB"):
            fragments = CUTTINGS[cutting](whole)
            works: dict[str, Work] = {to: partial(written, fragments, to) for to in WRITERS}
            works |= {"reading alone": partial(events_of, fragments), "floor": partial(json_loads, payloads_of(whole))}
            times = least(works, ROUNDS)
            ratios = (f"{times[name] / times['floor']:.2f}" for name in columns)
            yield line(f"{shape}, {cutting} a fragment", *ratios)


def written(fragments: Iterable[bytes], to: str) -> bytes:
    return b"".join(ssemble.transcode(fragments, to=to))


def events_of(fragments: Iterable[bytes]) -> list[ssemble.StreamEvent]:
    return list(ssemble.iter_events(fragments))


def speed(lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """LiteLLM's time ÷ ours."""
    yield from head("chat stream", "to", "bytes to bytes", "ours behind the same HTTP client", "translation alone")
    for row in lines:
        peer, alone = row[LITELLM], f"{row['litellm, alone'] / row['ours, alone']:.0f}" if "ours, alone" in row else ""
        yield line(row["shape"], row["to"], f"{peer / row['ours']:.0f}", f"{peer / row['ours behind HTTP']:.0f}", alone)


def kind(case: str) -> str:
    """Tell where a case is from, by its name."""
    return "messages" if case.startswith("message: ") else "recordings" if "/" in case else "quirks"


class Judged:
    """How often each translation was right, and the kinds of its faults."""

    def __init__(self) -> None:
        self.counts: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
        self.examples: dict[str, str] = {}
        self.helper = anthropic_reader() if version("anthropic") else None
        self.cases = dict(bodies())

    def add(self, row: dict[str, Any]) -> None:
        """Judge what LiteLLM has written for a case, and what is written here."""
        case, to = row["case"], row["to"]
        source = read(self.cases[case])
        data, raised = collect(lambda: ssemble.transcode(self.cases[case], to=to))
        for who, out, failed in ((LITELLM, base64.b64decode(row["data"]), row["raised"]), ("ssemble", data, raised)):
            self._count(case, who, to, list(faults(source, read([out], to), bool(failed))))
            if to == "anthropic" and self.helper is not None:
                self._count(case, who, HELPER, list(faults(source, self.helper(out), bool(failed))))

    def _count(self, case: str, who: str, to: str, found: list[str]) -> None:
        for name in found or [RIGHT]:
            self.counts[who, to][name, kind(case)] += 1
            self.examples[name] = min(self.examples.get(name, case), case, key=lambda each: "/" not in each)

    def table(self) -> Iterator[str]:
        columns = [(who, to) for to in (*TARGETS, HELPER) for who in (LITELLM, "ssemble") if (who, to) in self.counts]
        yield from head("what", *(f"{who}, to {to}" for who, to in columns), "example", "meaning")
        for name, meaning in KINDS.items():
            cells = [" + ".join(str(self.counts[column][name, each]) for each in SOURCES) for column in columns]
            if name in self.examples:
                shown = ["" if set(cell) <= set("0 +") else cell for cell in cells]
                yield line(name, *shown, "" if name == RIGHT else f"`{self.examples[name]}`", meaning)


def peer_lines(pythons: Sequence[str]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """What `writers_peer` prints in the first environment that has LiteLLM."""
    for python in pythons:
        command = [python, "-m", "benchmarks.writers_peer", "3"]
        lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        first, *rest = map(json.loads, lines)
        if rest:
            return first, rest
    return {}, []


TEXT = """# Writing

`python -m benchmarks.writers OTHER_PYTHON`, Python {python}, ssemble {ssemble}{helper}. CPU time, the least of {rounds}
rounds in which the contenders take turns; read the ratios, not the digits.

## A text delta

{chunks} deltas of a word, written to an open message, and `json.dumps` of their frames, which are dicts already.

{deltas}

## A chat stream in another dialect ÷ `json.loads` of its payloads

{chunks} chunks, from bytes to bytes. Reading alone is the same without writing: bytes to events.

{transcoding}

## LiteLLM on the same streams

{litellm}
"""
PEER = """litellm {litellm} with openai {openai} on Python {python}, through the classes that its gateway uses:
`litellm.completion` with a client whose transport is inside the process, then `AnthropicAdapter` or
`LiteLLMCompletionStreamingIterator`, whose events are encoded as its gateway does. It has its local list of prices, and
no request leaves the process.

### LiteLLM's time ÷ ours

Both in one process, in turn, with the threads that they start. From bytes to bytes, LiteLLM has an HTTP client in
front; in the next column ssemble has it too. The last column is without reading: LiteLLM's chunks and our events are
objects already. The recordings are run once.

{speed}

### What comes out

{recordings} recordings + {quirks} quirks of servers + {messages} unusual messages of the tests, each translated by both
and read again: by ssemble, and in the last two columns by the stream helper of Anthropic's package. The result is
compared with the chat message: text, reasoning, calls, finish_reason, token counts. A stream can have several faults.

{faults}

The calls whose id or name we get wrong have it in pieces, or after their start, which is written at once. Anthropic's
counts cannot say that more tokens are cached than there are. Its helper raises on arguments that are no JSON.
"""


def litellm(pythons: Sequence[str]) -> str:
    first, rest = peer_lines(pythons)
    if not first:
        return "Not installed: litellm."
    judged = Judged()
    for row in rest:
        if "case" in row:
            judged.add(row)
    kinds = Counter(map(kind, judged.cases))
    return PEER.format(
        **first, **{each: kinds[each] for each in SOURCES}, faults="\n".join(judged.table()),
        speed="\n".join(speed(row for row in rest if "shape" in row)),
    )  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    helper = version("anthropic")
    text = TEXT.format(
        python=platform.python_version(),
        ssemble=ssemble.__version__,
        helper=f", anthropic {helper}" if helper else " (anthropic is not installed)",
        rounds=ROUNDS,
        chunks=CHUNKS,
        deltas="\n".join(deltas()),
        transcoding="\n".join(transcoding()),
        litellm=litellm([sys.executable, *sys.argv[1:]]),
    )
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
