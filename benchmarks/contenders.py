"""Everything that is measured, each as a function of the same bytes that returns the same text."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import ssemble

Contender = Callable[[Sequence[bytes]], Any]


def optional(name: str) -> Any:
    """Import a peer, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def payloads_of(frames: Sequence[bytes]) -> list[bytes]:
    """The JSON payloads of whole frames, as bytes."""
    return [frame[6:].strip() for frame in frames if frame.startswith(b"data: {")]


# The floors take payloads that somebody else has cut out.


def json_loads_bytes(payloads: Sequence[bytes]) -> int:
    for payload in payloads:
        json.loads(payload)
    return len(payloads)


def json_loads_text(payloads: Sequence[Any]) -> int:
    for payload in payloads:
        json.loads(payload)
    return len(payloads)


def c_scanner(payloads: Sequence[Any]) -> int:
    scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub
    for payload in payloads:
        scan(payload, 0)
    return len(payloads)


def decoder_floor(decode: Callable[[bytes], Any]) -> Contender:
    def run(payloads: Sequence[bytes]) -> int:
        for payload in payloads:
            decode(payload)
        return len(payloads)

    return run


# Ourselves, by layer and whole.


def events_and_completion(fragments: Sequence[bytes], **options: Any) -> str:
    stream = ssemble.MessageStream(**options)
    for fragment in fragments:
        stream.feed(fragment)
    return stream.close().text


def plainly(fragments: Sequence[bytes]) -> str:
    return events_and_completion(fragments, shortcuts=False)


def sse_parser(fragments: Sequence[bytes]) -> int:
    parser = ssemble.SSEParser()
    return sum(len(parser.feed(fragment)) for fragment in fragments)


def chunk_parser(fragments: Sequence[bytes]) -> int:
    parser = ssemble.ChunkParser()
    return sum(len(parser.feed(fragment)) for fragment in fragments)


def accumulator(chunks: Sequence[Any]) -> str:
    chat = ssemble.ChatCompletionAccumulator()
    for chunk in chunks:
        chat.add(chunk)
    return chat.completion().text


# Peers that read server-sent events.


def httpx_sse(lines: Sequence[Any]) -> int:
    """httpx-sse's decoder, on lines that are ready-made."""
    decode = optional("httpx_sse._decoders").SSEDecoder().decode
    return sum(decode(line) is not None for line in lines)


def launchdarkly(fragments: Sequence[bytes]) -> int:
    module = optional("ld_eventsource.reader")
    source = module._SSEReader(module._BufferedLineReader.lines_from(iter(fragments)))
    return sum(1 for _ in source.events_and_comments())


def sseclient(fragments: Sequence[bytes]) -> int:
    return sum(1 for _ in optional("sseclient").SSEClient(iter(fragments)).events())


def openai_decoder(fragments: Sequence[bytes]) -> int:
    return sum(1 for _ in optional("openai._streaming").SSEDecoder().iter_bytes(iter(fragments)))


# Peers that finish the message.


def openai_whole(fragments: Sequence[bytes]) -> str:
    """The client's own path: its stream, its chunk models, its accumulator."""
    openai, httpx = optional("openai"), optional("httpx2") or optional("httpx")
    state = optional("openai.lib.streaming.chat").ChatCompletionStreamState()

    class Body(httpx.SyncByteStream):  # type: ignore[misc, name-defined]  # imported where it is there
        def __iter__(self) -> Any:
            return iter(fragments)

    def answer(request: Any) -> Any:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Body())

    transport = httpx.MockTransport(answer)
    with httpx.Client(transport=transport) as http:
        client = openai.OpenAI(api_key="none", base_url="http://loopback.invalid", http_client=http, max_retries=0)
        for chunk in client.chat.completions.create(model="m", messages=[], stream=True):
            state.handle_chunk(chunk)
    text: str = state.current_completion_snapshot.choices[0].message.content
    return text
