"""LiteLLM's translations of chat streams and ssemble's: what LiteLLM writes, and the time of both.

As a program it prints one JSON object per line: a head, what LiteLLM writes for each case, and the times of both.
`writers.py` runs it in each environment, since LiteLLM asks for other versions than the rest.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import platform
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import ssemble
from benchmarks.interop_peers import MESSAGES, URL, Wire, cases, openai_client
from benchmarks.peers import module, version
from benchmarks.shapes import frames
from benchmarks.timing import Work, least
from tests.recordings import of_providers
from tests.vectors import written

SHAPES = ("text", "tool arguments", "reasoning")
TARGETS = ("anthropic", "openai-responses")
LITELLM = "litellm"
Translate = Callable[[], Iterator[bytes]]


def bodies() -> Iterator[tuple[str, list[bytes]]]:
    """Every case: its name, and its body in pieces. The name of a recording has a slash."""
    if of_providers():
        yield from ((name, pieces) for name, pieces, _ in cases())
    yield from ((f"message: {name}", [written.body("openai-chat", each)]) for name, each in written.MESSAGES.items())


class Ready:
    """A chat stream of LiteLLM whose chunks are there already."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.chunks = stream, iter(list(stream))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def __iter__(self) -> Iterator[Any]:
        return self.chunks

    def __next__(self) -> Any:
        return next(self.chunks)


class LiteLLM:
    """Its translations of the chat stream in ``wire``, by the classes that its own gateway has for them."""

    def __init__(self, wire: Wire) -> None:
        self.litellm = module(LITELLM)
        self.litellm.telemetry = False
        self.litellm.suppress_debug_info = True
        self.client = openai_client(wire)
        self.adapter = module("litellm.llms.anthropic.messages.adapters.transformation").AnthropicAdapter()
        responses = "litellm.responses.litellm_completion_transformation.streaming_iterator"
        self.responses = module(responses).LiteLLMCompletionStreamingIterator

    def read(self) -> Any:
        ask = {"model": "openai/m", "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}}
        return self.litellm.completion(**ask, client=self.client, max_retries=0, num_retries=0)

    def translate(self, to: str) -> Iterator[bytes]:
        yield from self.write(self.read(), to)

    def write(self, stream: Any, to: str) -> Iterator[bytes]:
        if to == "anthropic":
            yield from self.adapter.translate_completion_output_params_streaming(stream, "m", is_async=False)
        else:
            for event in self.responses("m", stream, "Hello", {}, "openai"):
                yield b"data: " + event.model_dump_json(exclude_none=True, exclude_unset=True).encode() + b"\n\n"


def collect(translate: Translate) -> tuple[bytes, str]:
    """What was written, and what was then raised."""
    out = bytearray()
    try:
        for data in translate():
            out += data
    except Exception as error:  # whatever is raised is what is to be measured
        return bytes(out), f"{type(error).__name__}: {error}"[:500]
    return bytes(out), ""


def outcomes(wire: Wire, peer: LiteLLM) -> Iterator[dict[str, Any]]:
    for case, wire.pieces in bodies():
        for to in TARGETS:
            data, raised = collect(partial(peer.translate, to))
            yield {"case": case, "to": to, "data": base64.b64encode(data).decode(), "raised": raised}


def times(wire: Wire, peer: LiteLLM, rounds: int) -> Iterator[dict[str, Any]]:
    """CPU seconds of both: from bytes to bytes, and of the translation of ready-made chunks or events."""
    client = wire.sync_client()

    def ours(to: str) -> Iterator[bytes]:
        return ssemble.transcode(wire.pieces, to=to)

    def by_http(to: str) -> Iterator[bytes]:
        with client.stream("POST", URL, json={"messages": MESSAGES}) as response:
            yield from ssemble.transcode(response.iter_bytes(), to=to)

    shapes: dict[str, list[list[bytes]]] = {shape: [frames(shape)] for shape in SHAPES}
    recorded = [pieces for name, pieces in bodies() if "/" in name]
    for shape, streams in {**shapes, **({"recordings": recorded} if recorded else {})}.items():
        for to in TARGETS:
            runs: dict[str, Translate] = {
                LITELLM: partial(peer.translate, to),
                "ours": partial(ours, to),
                "ours behind HTTP": partial(by_http, to),
            }
            works = {name: over_all(wire, streams, run) for name, run in runs.items()}
            if shape in shapes:
                (wire.pieces,) = streams
                works |= ready_made(wire, peer, to, rounds)
            yield {"shape": shape, "to": to, **least(works, rounds if shape in shapes else 1)}


def over_all(wire: Wire, streams: Sequence[list[bytes]], run: Translate) -> Work:
    def work() -> None:
        for wire.pieces in streams:
            collect(run)

    return work


def ready_made(wire: Wire, peer: LiteLLM, to: str, rounds: int) -> dict[str, Work]:
    """The translation alone, of the stream in ``wire``. LiteLLM changes its chunks, so each round has its own."""
    events = list(ssemble.iter_events(wire.pieces))
    ready = [Ready(peer.read()) for _ in range(rounds)]
    return {
        "litellm, alone": lambda: collect(lambda: peer.write(ready.pop(), to)),
        "ours, alone": lambda: collect(lambda: ssemble.write_events(events, to=to)),
    }


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, io.StringIO()  # LiteLLM prints
    versions = {"litellm": version(LITELLM), "openai": version("openai")}
    print(json.dumps({"python": platform.python_version(), **versions}), file=out)
    if version(LITELLM) is None:
        return
    wire = Wire()
    peer = LiteLLM(wire)
    for line in (*outcomes(wire, peer), *times(wire, peer, int(sys.argv[1]))):
        print(json.dumps(line), file=out)


if __name__ == "__main__":
    main()
