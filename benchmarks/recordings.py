"""The recordings of SSEMBLE_CORPUS, timed one by one."""

from __future__ import annotations

import contextlib
import json
import re
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import ssemble
from benchmarks.contenders import chunk_parser, json_loads
from benchmarks.timing import Work, least
from tests.recordings import Recording, of_providers

BLANK = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")
SIZES = {"all": range(10**9), "under 5 payloads": range(5), "100 and more": range(100, 10**9)}


def put_together(fragments: Sequence[bytes]) -> ssemble.Completion:
    stream = ssemble.MessageStream()
    with contextlib.suppress(ssemble.SsembleError):
        for fragment in fragments:
            stream.feed(fragment)
        stream.close()
    return stream.completion()


def only_chunks(fragments: Sequence[bytes]) -> None:
    with contextlib.suppress(ssemble.SsembleError):
        chunk_parser(fragments)


def in_parts(body: bytes) -> tuple[list[bytes], list[bytes]]:
    """A body event by event, and its payloads; an array by its elements."""
    if body.startswith(b"["):
        elements = list(_elements(body.decode()))
        return elements, [element.lstrip(b"[,\r\n ") for element in elements[:-1]]
    fragments = [fragment for fragment in BLANK.split(body) if fragment]
    lines = [line[5:].strip() for fragment in fragments for line in fragment.splitlines() if line.startswith(b"data:")]
    return fragments, [line for line in lines if line.startswith(b"{")]


def _elements(text: str) -> Iterator[bytes]:
    decode, start = json.JSONDecoder().raw_decode, 0
    while (found := text.find("{", start)) >= 0:
        _, end = decode(text, found)
        yield text[start:end].encode()
        start = end
    yield text[start:].encode()


def row(recording: Recording, rounds: int) -> dict[str, Any] | None:
    """The time of a recording and that of json.loads of its payloads; None if it has none."""
    fragments, payloads = in_parts(recording.body)
    if not payloads:
        return None
    work: dict[str, Work] = {
        "whole": partial(put_together, fragments),
        "chunks": partial(only_chunks, fragments),
        "floor": partial(json_loads, payloads),
    }
    found = least(work, rounds)
    return {"dialect": recording.dialect, "file": recording.row["file"], "payloads": len(payloads), **found}


def ratios(rounds: int) -> dict[str, dict[str, float]]:
    """For each dialect that has recordings, their ratio by size; nothing without SSEMBLE_CORPUS."""
    rows = [found for each in of_providers() if each.dialect in ssemble.DIALECTS if (found := row(each, rounds))]
    by_dialect = {dialect: [row for row in rows if row["dialect"] == dialect] for dialect in ssemble.DIALECTS}
    return {dialect: _means(own) for dialect, own in by_dialect.items() if own}


def _means(rows: list[dict[str, Any]]) -> dict[str, float]:
    found: dict[str, float] = {"recordings": len(rows)}
    for name, sizes in SIZES.items():
        of_size = [row["whole"] / row["floor"] for row in rows if row["payloads"] in sizes]
        if of_size:
            found[name] = statistics.geometric_mean(of_size)
    found["added up"] = sum(row["whole"] for row in rows) / sum(row["floor"] for row in rows)
    return {**found, "chunks alone": statistics.geometric_mean(row["chunks"] / row["floor"] for row in rows)}
