"""The bodies that the gate reads: the project's own vectors and recordings, and the shared ones."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import stream_cases
from .payloads import chunk_cases
from .recordings import STREAMS
from .test_shared_quirks import wire
from .vectors.chat import VECTORS


class Item(NamedTuple):
    """A body, and how to read it."""

    group: str
    name: str
    body: bytes
    options: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """What the base knows it by: what is in it, since other data may come to lie under the same name."""
        return hashlib.sha256(json.dumps(self.options).encode() + b"\0" + self.body).hexdigest()[:8]

    @property
    def loaded(self) -> dict[str, Any]:
        """The options of `ssemble.MessageStream`: a decoder is given as the name of its module."""
        loads = self.options.get("loads")
        return self.options if loads is None else {**self.options, "loads": importlib.import_module(loads).loads}


def own() -> Iterator[Item]:
    """The vectors that were written for this project, and the recordings that lie with them."""
    for vector in VECTORS:
        yield Item("vectors", f"chat/{vector.name}", vector.body())
    for kind, cases in (("stream", stream_cases), ("chunk", chunk_cases)):
        for name, (body, *_) in (*cases.WHOLE.items(), *cases.FAULTS.items()):
            yield Item("vectors", f"{kind}/{name}", body)
    for file in sorted(STREAMS.glob("*/*.sse")):
        yield Item("streams", f"{file.parent.name}/{file.name}", file.read_bytes())


def shared(corpus: Path) -> Iterator[Item]:
    """The recordings, quirks and bugs of a folder, as far as they are there."""
    for group, folder in (("corpus", corpus / "corpus"), ("servers", corpus / "servers" / "recordings")):
        for file in sorted(folder.glob("*/*.sse")):
            yield Item(f"{group}/{file.parent.name}", file.name, file.read_bytes())
    quirks = corpus / "quirks" / "quirks.json"
    for quirk in json.loads(quirks.read_text()) if quirks.exists() else ():
        yield Item("quirks", quirk["id"], b"".join(wire(quirk)), quirk.get("options") or {})
    bugs = corpus / "bugs" / "cases.jsonl"
    for case in map(json.loads, bugs.read_text().splitlines() if bugs.exists() else ()):
        body = bytes.fromhex(case["bytes_hex"]) if "bytes_hex" in case else case["bytes_utf8"].encode()
        yield Item("bugs", case["id"], body, case["feed"].get("options") or {})
