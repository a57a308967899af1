"""The recordings of SSEMBLE_CORPUS, timed one by one."""

from __future__ import annotations

import contextlib
import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import ssemble
from benchmarks.contenders import json_loads
from benchmarks.timing import medians

BLANK = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")


def put_together(fragments: list[bytes]) -> ssemble.Completion:
    stream = ssemble.MessageStream()
    with contextlib.suppress(ssemble.SsembleError):
        for fragment in fragments:
            stream.feed(fragment)
        stream.close()
    return stream.completion()


def payloads_of(fragments: list[bytes]) -> list[bytes]:
    lines = [line[5:].strip() for fragment in fragments for line in fragment.splitlines() if line.startswith(b"data:")]
    return [line for line in lines if line.startswith(b"{")]


def ratios(rounds: int) -> list[dict[str, Any]] | None:
    """The time of each openai-chat recording, and that of json.loads of its payloads."""
    folder = os.environ.get("SSEMBLE_CORPUS")
    if not folder:
        return None
    rows = []
    for line in (Path(folder) / "corpus" / "index.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["dialect"] != "openai-chat":
            continue
        body = (Path(folder) / "corpus" / entry["file"]).read_bytes()
        fragments = [fragment for fragment in BLANK.split(body) if fragment]
        payloads = payloads_of(fragments)
        if not payloads:
            continue
        work: dict[str, Any] = {"whole": partial(put_together, fragments), "floor": partial(json_loads, payloads)}
        times = medians(work, rounds)
        row = {"file": entry["file"], "provider": entry["provider"], "bytes": len(body), "chunks": len(payloads)}
        rows.append(
            row | {"seconds": times["whole"], "floor": times["floor"], "ratio": times["whole"] / times["floor"]}
        )
    return rows
