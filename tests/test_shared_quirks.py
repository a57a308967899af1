"""The shared quirks of fifty providers: the right message, whatever the cuts."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ssemble
from tests.trace import Trace, events_match_result, trace

# A malformed frame in the middle has no certain meaning: by default it is an `InvalidJSON`.
UNCERTAIN = re.compile("malformed-frame")


def wire(quirk: dict[str, Any]) -> list[bytes]:
    if "raw" in quirk:
        return [quirk["raw"].encode()]
    if "raw_b64_segments" in quirk:
        return [base64.b64decode(segment) for segment in quirk["raw_b64_segments"]]
    return [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in quirk["chunks"]]


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def drop(value: Any, path: str) -> None:
    *steps, last = (int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path))
    for step in steps:
        value = value[step]
    value.pop(last, None)


def cuts(body: bytes, pieces: list[bytes], rng: random.Random) -> Iterator[list[bytes]]:
    yield pieces
    yield [body]
    yield [body[i : i + 1] for i in range(len(body))]
    for _ in range(5):
        places = sorted(rng.choices(range(len(body) + 1), k=6))
        yield [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]


def outcome(pieces: list[bytes], **options: Any) -> tuple[Trace, dict[str, Any]]:
    """The trace, and the result with the in-band error beside it."""
    stream = ssemble.MessageStream(**options)
    error = None
    try:
        for piece in pieces:
            stream.feed(piece)
        stream.close()
    except ssemble.ProviderError as caught:
        error = caught.raw
    except ssemble.SsembleError:
        pass
    result = stream.completion().to_dict() or {"choices": []}
    return trace(pieces, **options), result if error is None else {**result, "error": error}


def test_every_quirk_comes_out_right_at_every_cut(corpus: Path) -> None:
    quirks = json.loads((corpus / "quirks" / "quirks.json").read_text())
    assert len(quirks) >= 162
    for quirk in quirks:
        options = dict(quirk.get("options") or {})
        if UNCERTAIN.match(quirk["id"]):
            options["errors"] = "event"
        pieces = wire(quirk)
        expected = without_nulls(quirk["expected"])
        first = None
        for fragments in cuts(b"".join(pieces), pieces, random.Random(quirk["id"])):
            seen, result = outcome(fragments, **options)
            got = without_nulls(result)
            if not got["choices"]:
                got.setdefault("object", "chat.completion")
            for path in quirk.get("ignore") or ():
                drop(got, path)
                drop(expected, path)
            assert got == {"object": "chat.completion", **expected}, quirk["id"]
            assert seen == (first := first or seen), quirk["id"]
            events_match_result(seen.events, seen.completion)
