"""Recorded bodies: those of this repository, and the shared ones that ``SSEMBLE_CORPUS`` names.

`committed` are the recordings in ``tests/streams``, which every run of the tests has. `of_servers` are more of the same
kind, and `of_providers` are what providers sent to other people; both only where ``SSEMBLE_CORPUS`` is set.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

STREAMS = Path(__file__).parent / "streams"
SMALL = 3000  # bytes that are also fed one by one


class Recording(NamedTuple):
    """A body and what is known about it."""

    kind: str
    folder: Path
    row: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.row['file']}"

    @property
    def dialect(self) -> str:
        return str(self.row["dialect"])

    @property
    def body(self) -> bytes:
        return Path(self.folder, self.row["file"]).read_bytes()

    @property
    def twin(self) -> bytes:
        """What the server answered to the same request without streaming."""
        return Path(self.folder, self.row["twin"]).read_bytes()


def committed() -> list[Recording]:
    rows = json.loads((STREAMS / "index.json").read_text(encoding="utf-8"))
    return [Recording("committed", STREAMS, row) for row in rows]


def of_servers() -> list[Recording]:
    """The shared recordings of servers, without those that are committed."""
    have = {each.row["file"] for each in committed()}
    return [each for each in _shared("servers", "recordings") if each.row["file"] not in have]


def of_providers() -> list[Recording]:
    return list(_shared("corpus"))


def _shared(*place: str) -> Iterator[Recording]:
    corpus = os.environ.get("SSEMBLE_CORPUS")
    if corpus:
        folder = Path(corpus, *place)
        for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
            yield Recording(place[0], folder, json.loads(line))


def rows(corpus: Path, dialect: str) -> list[dict[str, Any]]:
    """What is known about each recording of a provider in this dialect."""
    lines = (corpus / "corpus" / "index.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["dialect"] == dialect]


def by_sizes(body: bytes, sizes: Iterator[int]) -> list[bytes]:
    fragments, start = [], 0
    while start < len(body):
        end = start + next(sizes)
        fragments.append(body[start:end])
        start = end
    return fragments


def by_events(body: bytes) -> list[bytes]:
    return re.split(rb"(?<=\n\n)", body)


def cuttings(recording: Recording) -> Iterator[list[bytes]]:
    """The body by events, in 7 bytes, at random places, as it came, and if it is small in single bytes."""
    body = recording.body
    yield by_events(body)
    yield by_sizes(body, iter(lambda: 7, None))
    rng = random.Random(recording.row["file"])
    places = sorted(rng.choices(range(len(body) + 1), k=30))
    yield [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]
    if recording.row.get("recorded_chunks"):
        yield by_sizes(body, iter(recording.row["recorded_chunks"]))
    if len(body) <= SMALL:
        yield by_sizes(body, iter(lambda: 1, None))
