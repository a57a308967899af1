"""Functions that read an entire body, up to a layer below typed events.

They have a module of their own, since `import ssemble` need not import it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator
from typing import Any, Literal

from ._chunks import ChunkParser
from ._framing.event import ServerSentEvent
from ._framing.parser import SSEParser
from ._iterate import AsyncSource, Source, aiterate, iterate
from ._limits import Limits
from ._payloads.decoder import Loads


def iter_sse(
    source: Source, *, last_event_id: str = "", limits: Limits = Limits()
) -> Generator[ServerSentEvent, None, None]:
    """Yield the server-sent events of a body as they arrive; an unfinished last one is discarded.

    Args:
        source: bytes, or an iterable of bytes.
        last_event_id: the last event ID to start with.
        limits: ``max_event_size`` limits the bytes of one event.

    Raises:
        LimitExceeded: an event is too large.
        TypeError: the source is not bytes.

    >>> [event.data for event in iter_sse([b"data: a\\n", b"\\ndata: b\\n\\n"])]
    ['a', 'b']
    """
    return iterate(SSEParser(last_event_id, limits=limits), source)


def aiter_sse(
    source: AsyncSource, *, last_event_id: str = "", limits: Limits = Limits()
) -> AsyncGenerator[ServerSentEvent, None]:
    """Like `iter_sse`, from an asynchronous iterable of bytes.

    >>> import asyncio
    >>> async def read(source):
    ...     return [event.data async for event in aiter_sse(source)]
    >>> asyncio.run(read(b"data: a\\n\\n"))
    ['a']
    """
    return aiterate(SSEParser(last_event_id, limits=limits), source)


def iter_chunks(
    source: Source,
    *,
    framing: str | None = None,
    loads: Loads = json.loads,
    errors: Literal["raise", "event"] = "raise",
    limits: Limits = Limits(),
) -> Generator[Any, None, None]:
    """Yield the decoded payloads of a body as they arrive, up to the terminator; see `ChunkParser`.

    >>> list(iter_chunks(b'data: {"n": 1}\\n\\ndata: [DONE]\\n\\n'))
    [{'n': 1}]
    """
    parser = ChunkParser(framing=framing, loads=loads, errors=errors, limits=limits)
    return iterate(parser, source, lambda: parser.ended)


def aiter_chunks(
    source: AsyncSource,
    *,
    framing: str | None = None,
    loads: Loads = json.loads,
    errors: Literal["raise", "event"] = "raise",
    limits: Limits = Limits(),
) -> AsyncGenerator[Any, None]:
    """Like `iter_chunks`, from an asynchronous iterable of bytes.

    >>> import asyncio
    >>> async def read(source):
    ...     return [chunk async for chunk in aiter_chunks(source)]
    >>> asyncio.run(read(b'data: {"n": 1}\\n\\n'))
    [{'n': 1}]
    """
    parser = ChunkParser(framing=framing, loads=loads, errors=errors, limits=limits)
    return aiterate(parser, source, lambda: parser.ended)
