"""Streams with templates and without: all that a caller can see is the same."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import ssemble
from ssemble._dialects.chat.reader import ChatReader

from .helpers import chunk, sse
from .trace import Trace, trace_moving


def events(*payloads: Any) -> list[bytes]:
    """Each payload as an event, in ASCII; bytes and text as they are."""
    return [sse(each if isinstance(each, (bytes, str)) else json.dumps(each)) for each in payloads]


def said(*texts: str, **more: Any) -> list[dict[str, Any]]:
    """A chunk for each text, all of one form."""
    return [{**chunk({"content": text}), "id": "c", **more} for text in texts]


def traced(fragments: Sequence[bytes], **options: Any) -> tuple[Trace, list[int]]:
    """What the fragments come to, and how many chunks there are behind each, and at the end."""
    found: list[int] = []

    def counting(stream: ssemble.MessageStream) -> ssemble.MessageStream:
        found.append(stream.chunk_count)
        return stream

    come_to = trace_moving(fragments, counting, **options)
    return come_to, [*found, come_to.chunks]


def counts(fragments: Sequence[bytes], **options: Any) -> list[int]:
    """How many chunks there are behind each fragment, and at the end."""
    return traced(fragments, **options)[1]


def fragmentings(fragments: Sequence[bytes]) -> Iterator[list[bytes]]:
    """As given, all at once, and each fragment together with half of the next."""
    body = b"".join(fragments)
    yield list(fragments)
    yield [body]
    ends = itertools.accumulate(map(len, fragments))
    bounds = [0, *(end - len(fragment) // 2 for end, fragment in zip(ends, fragments, strict=True)), len(body)]
    yield [body[start:end] for start, end in itertools.pairwise(bounds)]


def both(fragments: Sequence[bytes], **options: Any) -> Trace:
    """Assert that templates change nothing, however the bytes are cut; give what the stream came to.

    Traces are compared as they print, for NaN is not equal to itself.
    """
    cuts = list(fragmentings(fragments))
    plain, counted = traced(cuts[0], templates=False, **options)
    wanted = [repr(each) for each in plain]
    for cut in cuts:
        if cut is not cuts[0]:
            counted = counts(cut, templates=False, **options)
        short, found = traced(cut, **options)
        for name, one, other in zip(plain._fields, wanted, short, strict=True):
            assert one == repr(other), f"{name} differs, cut into {len(cut)}"
        assert found == counted
    return plain


def by_template(fragments: Sequence[bytes], **options: Any) -> int:
    """How many chunks were merged through a template, so that the reader did not see them."""
    return merged(fragments, templates=False, **options) - merged(fragments, **options)


def merged(fragments: Sequence[bytes], **options: Any) -> int:
    """How many chunks were merged as a whole."""
    with merging() as chunks:
        counts(fragments, **options)
    return len(chunks)


@contextlib.contextmanager
def merging() -> Iterator[list[dict[str, Any]]]:
    """List the chunks that are merged as a whole."""
    chunks: list[dict[str, Any]] = []
    merge = ChatReader.merge

    def listing(self: ChatReader, payload: Any, name: str, events: list[ssemble.StreamEvent], size: int) -> bool:
        if self.recognises(payload):
            chunks.append(payload)
        return merge(self, payload, name, events, size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChatReader, "merge", listing)
        yield chunks
