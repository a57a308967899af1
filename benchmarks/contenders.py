"""The lower bounds (floors) and ssemble, each as a function of the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ssemble
from ssemble._dialects.chat.reader import ChatReader
from tests.plain import make_stream


def payloads_of(frames: Sequence[bytes]) -> list[bytes]:
    """The JSON payloads of whole frames, as bytes."""
    payloads = [frame.partition(b"data: ")[2].strip() for frame in frames]
    return [payload for payload in payloads if payload.startswith(b"{")]


# The floors take payloads that somebody else has cut out.


def json_loads(payloads: Sequence[bytes | str]) -> int:
    for payload in payloads:
        json.loads(payload)
    return len(payloads)


def c_scanner(payloads: Sequence[str]) -> int:
    scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub
    for payload in payloads:
        scan(payload, 0)
    return len(payloads)


def decoder(payloads: Sequence[bytes], decode: Callable[[bytes], Any]) -> int:
    for payload in payloads:
        decode(payload)
    return len(payloads)


# Ourselves, by layer and whole.


def sse_parser(fragments: Iterable[bytes]) -> list[str]:
    parser = ssemble.SSEParser()
    return [event.data for fragment in fragments for event in parser.feed(fragment)]


def chunk_parser(fragments: Iterable[bytes]) -> int:
    parser = ssemble.ChunkParser()
    return sum(len(parser.feed(fragment)) for fragment in fragments)


def values(fragments: Iterable[bytes]) -> list[Any]:
    return list(ssemble.iter_chunks(fragments))


def merged(chunks: Iterable[Any]) -> ssemble.Completion:
    chat = ChatReader()
    for chunk in chunks:
        chat.add(chunk)
    return chat.completion()


def accumulator(chunks: Iterable[Any]) -> str:
    return merged(chunks).text


def put_together(fragments: Iterable[bytes], **options: Any) -> ssemble.Completion:
    stream = make_stream(**options)
    for fragment in fragments:
        stream.feed(fragment)
    return stream.close()


def events_and_completion(fragments: Iterable[bytes]) -> str:
    return put_together(fragments).text


def plainly(fragments: Iterable[bytes]) -> str:
    return put_together(fragments, templates=False).text
