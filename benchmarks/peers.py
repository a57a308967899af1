"""Other packages (peers), each used through its public interface if that accepts bytes.

A peer prepares the fragments of a stream and returns a function, which is then timed. Readers of
server-sent events return the data of every event; clients return the finished text.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from benchmarks import interop_peers
from benchmarks.timing import Work

HERE = Path(__file__).parent
HEADERS = {"content-type": "text/event-stream"}


class Peer(NamedTuple):
    package: str
    ready: Callable[[Sequence[Any]], Work]
    variant: str = ""

    @property
    def name(self) -> str:
        return self.package + self.variant


def module(name: str) -> Any:
    return importlib.import_module(name)


def version(package: str) -> str | None:
    """The version of a package, None if it is not installed. One that is there but fails to import is an error."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return None


# Readers of server-sent events.


def httpx_sse(fragments: Sequence[bytes]) -> Work:
    httpx, source = module("httpx"), module("httpx_sse").EventSource

    def run() -> list[str]:
        response = httpx.Response(200, headers=HEADERS, content=iter(fragments))
        return [event.data for event in source(response).iter_sse()]

    return run


def httpx_sse_on_lines(fragments: Sequence[bytes]) -> Work:
    """Its decoder alone, on lines that somebody else has decoded and cut."""
    decoder = module("httpx_sse._decoders").SSEDecoder
    lines = b"".join(fragments).decode().split("\n")[:-1]

    def run() -> list[str]:
        decode = decoder().decode
        return [event.data for line in lines if (event := decode(line)) is not None]

    return run


def httpx2(fragments: Sequence[bytes]) -> Work:
    httpx = module("httpx2")
    request = httpx.Request("POST", interop_peers.URL)

    def run() -> list[str]:
        response = httpx.Response(200, headers=HEADERS, content=iter(fragments), request=request)
        return [event.data for event in httpx.EventSource(response)]

    return run


def niquests(fragments: Sequence[bytes]) -> Work:
    """The extension that a session takes for ``sse://``; of the response it needs no more than an iterator."""
    extension = module("niquests.packages.urllib3.contrib.webextensions.sse").ServerSideEventExtensionFromHTTP

    def run() -> list[str]:
        reader = extension()
        stream = lambda *_, **__: iter(fragments)  # noqa: E731  # a method of the response
        reader.start(SimpleNamespace(_fp=SimpleNamespace(_dsa=None), _police_officer=None, stream=stream))
        return [event.data for event in iter(reader.next_payload, None)]

    return run


def launchdarkly(fragments: Sequence[bytes]) -> Work:
    reader = module("ld_eventsource.reader")

    def run() -> list[str]:
        source = reader._SSEReader(reader._BufferedLineReader.lines_from(iter(fragments)))
        return [event.data for event in source.events_and_comments()]

    return run


def sseclient(fragments: Sequence[bytes]) -> Work:
    client = module("sseclient").SSEClient
    return lambda: [event.data for event in client(iter(fragments)).events()]


def fed(package: str, decoder: str, method: str) -> Callable[[Sequence[bytes]], Work]:
    """A decoder that takes bytes by a method, and returns what they complete."""

    def ready(fragments: Sequence[bytes]) -> Work:
        make = getattr(module(package), decoder)

        def run() -> list[str]:
            feed = getattr(make(), method)
            return [event.data for fragment in fragments for event in feed(fragment)]

        return run

    return ready


def openai_decoder(fragments: Sequence[bytes]) -> Work:
    decoder = module("openai._streaming").SSEDecoder
    return lambda: [event.data for event in decoder().iter_bytes(iter(fragments))]


# Clients, from the bytes to the finished message, as `interop_peers` drives them.


def client(peer: Callable[[interop_peers.Wire], Work]) -> Callable[[Sequence[bytes]], Work]:
    def ready(fragments: Sequence[bytes]) -> Work:
        wire = interop_peers.Wire()
        run = peer(wire)
        wire.pieces = list(fragments)
        return lambda: run()["choices"][0]["message"]["content"]

    return ready


def llmstream_text(fragments: Sequence[bytes]) -> Work:
    """From the bytes to its events, whose texts are the finished one; it makes no message."""
    events = module("llmstream").iter_events
    return lambda: "".join([event.text for event in events(fragments)])


def litellm_builder(chunks: Sequence[dict[str, Any]]) -> Work:
    """Only the putting together, of chunks that are objects already."""
    litellm = module("litellm")
    litellm.suppress_debug_info = True
    ready = [module("litellm.types.utils").ModelResponseStream(**chunk) for chunk in chunks]
    return lambda: litellm.stream_chunk_builder(ready).choices[0].message.content


READERS = (
    Peer("httpx-sse", httpx_sse),
    Peer("httpx2", httpx2, ", its EventSource"),
    Peer("niquests", niquests, ", its SSE extension"),
    Peer("launchdarkly-eventsource", launchdarkly),
    Peer("sseclient-py", sseclient),
    Peer("axio-sse", fed("axio_sse", "Decoder", "decode")),
    Peer("llmstream", fed("llmstream", "SSEDecoder", "feed"), ", its SSEDecoder"),
    Peer("openai", openai_decoder, ", its decoder"),
)
ON_LINES = Peer("httpx-sse", httpx_sse_on_lines, ", on ready-made lines")
CLIENTS = (
    Peer("openai", client(interop_peers.by_openai), ", end to end"),
    Peer("langchain-openai", client(interop_peers.by_langchain), ", end to end"),
    Peer("litellm", client(interop_peers.by_litellm), ", end to end"),
    Peer("llmstream", llmstream_text, ", iter_events, text joined"),
)
ON_CHUNKS = Peer("litellm", litellm_builder, ", stream_chunk_builder on ready-made chunks")
PACKAGES = list(dict.fromkeys(peer.package for peer in (*READERS, *CLIENTS)))
NODE = "eventsource-parser"


def in_node(cuttings: Mapping[str, Sequence[bytes]], text: str) -> tuple[str, dict[str, float]] | None:
    """The version of eventsource-parser, and with JSON.parse and concatenation, warm, its µs of CPU a chunk."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None

    def each(folder: str) -> Iterator[tuple[str, float]]:
        for cutting, fragments in cuttings.items():
            (Path(folder) / "body").write_text("\n".join(fragment.hex() for fragment in fragments))
            run = subprocess.run(["node", "node_peer.mjs", "body"], cwd=folder, capture_output=True, check=True)
            report = json.loads(run.stdout)
            assert report["text"] == text
            yield cutting, float(report["microseconds"])

    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["npm", "install", "--silent", "--prefix", folder, NODE], capture_output=True).returncode:
            return None
        shutil.copy(HERE / "node_peer.mjs", folder)
        package = json.loads((Path(folder) / "node_modules" / NODE / "package.json").read_text())
        return package["version"], dict(each(folder))
