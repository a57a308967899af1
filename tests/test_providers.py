"""The table of providers in providers.md, generated from the recordings.

``SSEMBLE_WRITE=1 python -m pytest tests/test_providers.py`` updates it.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ssemble
from tests.recordings import rows
from tests.test_shared_quirks import UNCERTAIN, drop, outcome, wire, without_nulls

PAGE = Path(__file__).parent / "providers.md"
REGION = re.compile(r"^\| provider .*", re.DOTALL | re.MULTILINE)
REASONING = ("reasoning_content", "reasoning", "reasoning_details", "reasoning_text", "thinking", "thinking_blocks")


def test_table_of_providers(corpus: Path) -> None:
    region = f"{table(corpus)}\n\n{right_quirks(corpus)}\n"
    page = PAGE.read_text(encoding="utf-8")
    assert len(REGION.findall(page)) == 1
    if os.environ.get("SSEMBLE_WRITE") == "1":
        page = REGION.sub(lambda _: region, page)
        PAGE.write_text(page, encoding="utf-8")
    assert REGION.findall(page) == [region]


def table(corpus: Path) -> str:
    recordings: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    quirks: defaultdict[str, Counter[str]] = defaultdict(Counter)
    chunks = 0
    for row in rows(corpus, "openai-chat"):
        body = (corpus / "corpus" / row["file"]).read_bytes()
        stream = ssemble.MessageStream()
        reported = None
        try:
            stream.feed(body)
            stream.close()
        except ssemble.ProviderError as error:
            reported = error.message
            errors[row["provider"]] += 1
        assert reported is None or reported in set(texts(body)), row["file"]
        recordings[row["provider"]] += 1
        chunks += stream.chunk_count
        quirks[row["provider"]].update({f"`{code}`" for code in stream.repairs} | set(seen(body)))
    lines = ["| provider | recordings assembled | quirks, most frequent first |", "|---|---|---|"]
    for provider, count in sorted(recordings.items(), key=lambda item: (-item[1], item[0])):
        found = quirks[provider]
        if errors[provider]:
            found["server error in the stream"] = errors[provider]
        names = sorted(found, key=lambda name: (-found[name], name.strip("`")))
        lines.append(f"| {provider} | {count} | {', '.join(names) or 'none'} |")
    total = f"{recordings.total()} recordings of {len(recordings)} providers, {chunks:,} chunks"
    ends = f"{errors.total()} end with an error sent by the server, the rest with a message"
    return "\n".join([*lines, "", f"{total}: {ends}."])


def texts(body: bytes) -> Iterator[str]:
    """All strings in the JSON of a body, after any line prefix."""
    for line in body.decode().splitlines():
        try:
            yield from strings(json.loads(line[max(line.find("{"), 0) :]))
        except ValueError:
            continue


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(item)


def seen(body: bytes) -> Iterator[str]:
    """How a body differs from the specification or from OpenAI's documentation."""
    payloads = [chunk for chunk in ssemble.iter_chunks(body, errors="event") if isinstance(chunk, dict)]
    choices = [choice for chunk in payloads for choice in chunk.get("choices") or ()]
    deltas = [choice["delta"] for choice in choices if isinstance(choice.get("delta"), dict)]
    calls = [call for delta in deltas for call in delta.get("tool_calls") or ()]
    usages = [bool(chunk.get("usage")) for chunk in payloads]
    ended = [choice.get("index") for choice in choices if choice.get("finish_reason")]
    if b"[DONE]" not in body[-40:]:
        yield "no `[DONE]`"
    if b"\r\n" in body:
        yield "CRLF"
    if re.search(rb"^:", body, re.MULTILINE):
        yield "comments"
    if len(usages) > 2 and sum(usages) >= len(usages) - 1:
        yield "usage on every chunk"
    elif sum(usages) > 1:
        yield "usage more than once"
    if any(chunk.get("x_groq", {}).get("usage") for chunk in payloads):
        yield "usage in `x_groq`"
    for key in REASONING:
        if any(delta.get(key) for delta in deltas):
            yield f"reasoning under `{key}`"
    if any(call.get("index") is None for call in calls):
        yield "index missing in tool_calls"
    if any(call.get("id") == "" for call in calls):
        yield "empty id in tool_calls"
    if any(isinstance(delta.get("content"), list) for delta in deltas):
        yield "content as parts"
    if len(payloads) > 1 and payloads[0].get("choices") == []:
        yield "empty choices first"
    if any("choices" not in chunk for chunk in payloads if not chunk.get("error")):
        yield "chunks without choices"
    if any(choice.get("message") for choice in choices):
        yield "message beside delta"
    if len(deltas) > 2 and all(delta.get("role") for delta in deltas):
        yield "role on every chunk"
    if any("delta" not in choice for choice in choices):
        yield "no delta"
    if len(ended) > len(set(ended)):
        yield "finish_reason more than once"
    for key in ("id", "created", "model"):
        if len({chunk[key] for chunk in payloads if chunk.get(key)}) > 1:
            yield f"{key} changes"


def right_quirks(corpus: Path) -> str:
    quirks = json.loads((corpus / "quirks" / "quirks.json").read_text())
    right = 0
    for quirk in quirks:
        options = dict(quirk.get("options") or {})
        if UNCERTAIN.match(quirk["id"]):
            options["errors"] = "event"
        got = without_nulls(outcome(wire(quirk), **options)[1])
        expected = {"object": "chat.completion", **without_nulls(quirk["expected"])}
        for path in quirk.get("ignore") or ():
            drop(got, path)
            drop(expected, path)
        right += {"object": "chat.completion", **got} == expected
    return f"{right} of the {len(quirks)} quirks in the shared catalogue give the expected result."
