"""One call from bytes to whatever is wanted."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator
from typing import Any, Literal

from ._chunks import ChunkParser
from ._completion import Completion
from ._event import ServerSentEvent
from ._events import StreamEvent
from ._iterate import AsyncSource, Source, aiterate, iterate
from ._limits import MAX_EVENT_SIZE, Limits
from ._payloads import Loads
from ._sse import SSEParser
from ._stream import MessageStream

Errors = Literal["raise", "event"]


def iter_sse(
    source: Source, *, last_event_id: str = "", max_event_size: int | None = MAX_EVENT_SIZE
) -> Generator[ServerSentEvent, None, None]:
    """Give the server-sent events of a body as they come; an unfinished last one is discarded.

    Args:
        source: bytes, or an iterable of bytes.
        last_event_id: the last event ID to start with.
        max_event_size: bytes of one event; None for no limit.

    Raises:
        LimitExceeded: an event is too large.
        TypeError: the source is not bytes.

    >>> [event.data for event in iter_sse([b"data: a\\n", b"\\ndata: b\\n\\n"])]
    ['a', 'b']
    """
    return iterate(SSEParser(last_event_id, max_event_size), source)


def aiter_sse(
    source: AsyncSource, *, last_event_id: str = "", max_event_size: int | None = MAX_EVENT_SIZE
) -> AsyncGenerator[ServerSentEvent, None]:
    """As `iter_sse`, from an asynchronous iterable of bytes."""
    return aiterate(SSEParser(last_event_id, max_event_size), source)


def iter_chunks(
    source: Source, *, loads: Loads = json.loads, errors: Errors = "raise", max_event_size: int | None = MAX_EVENT_SIZE
) -> Generator[Any, None, None]:
    """Give the decoded payloads of a body as they come; see `ChunkParser`.

    >>> list(iter_chunks(b'data: {"n": 1}\\n\\ndata: [DONE]\\n\\n'))
    [{'n': 1}]
    """
    return iterate(ChunkParser(loads, errors=errors, max_event_size=max_event_size), source)


def aiter_chunks(
    source: AsyncSource,
    *,
    loads: Loads = json.loads,
    errors: Errors = "raise",
    max_event_size: int | None = MAX_EVENT_SIZE,
) -> AsyncGenerator[Any, None]:
    """As `iter_chunks`, from an asynchronous iterable of bytes."""
    return aiterate(ChunkParser(loads, errors=errors, max_event_size=max_event_size), source)


def iter_events(
    source: Source,
    dialect: str | None = None,
    *,
    loads: Loads = json.loads,
    errors: Errors = "raise",
    limits: Limits = Limits(),
    n: int | None = None,
    cumulative: bool = False,
    shortcuts: bool = True,
) -> Generator[StreamEvent, None, None]:
    """Give the typed events of a body as they come; see `MessageStream`, which keeps the message too.

    Raises:
        SsembleError: after the events that came before the fault.

    >>> body = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\\n\\n'
    >>> [event.type for event in iter_events(body)]
    ['message.start', 'text.delta', 'choice.end']
    """
    return MessageStream(
        dialect, loads=loads, errors=errors, limits=limits, n=n, cumulative=cumulative, shortcuts=shortcuts
    ).iter(source)


def aiter_events(
    source: AsyncSource,
    dialect: str | None = None,
    *,
    loads: Loads = json.loads,
    errors: Errors = "raise",
    limits: Limits = Limits(),
    n: int | None = None,
    cumulative: bool = False,
    shortcuts: bool = True,
) -> AsyncGenerator[StreamEvent, None]:
    """As `iter_events`, from an asynchronous iterable of bytes."""
    return MessageStream(
        dialect, loads=loads, errors=errors, limits=limits, n=n, cumulative=cumulative, shortcuts=shortcuts
    ).aiter(source)


def assemble(
    source: Source,
    dialect: str | None = None,
    *,
    loads: Loads = json.loads,
    errors: Errors = "raise",
    limits: Limits = Limits(),
    n: int | None = None,
    cumulative: bool = False,
    shortcuts: bool = True,
) -> Completion:
    """Put a whole body together.

    Args:
        source: bytes, or an iterable of bytes, as ``response.iter_bytes()``.
        dialect, loads, errors, limits, n, cumulative, shortcuts: see `MessageStream`.

    Returns:
        The finished message.

    Raises:
        SsembleError: the body is cut, bad, or reports an error; ``.partial`` holds the message so
            far. What the source itself raises passes through, with ``.partial`` too.

    >>> assemble([b'data: {"choices": [{"delta": {"cont', b'ent": "Hi"}}]}\\n\\ndata: [DONE]']).text
    'Hi'
    """
    stream = MessageStream(
        dialect, loads=loads, errors=errors, limits=limits, n=n, cumulative=cumulative, shortcuts=shortcuts
    )
    for _ in stream.unheard().iter(source):
        pass
    return stream.close()


async def aassemble(
    source: AsyncSource,
    dialect: str | None = None,
    *,
    loads: Loads = json.loads,
    errors: Errors = "raise",
    limits: Limits = Limits(),
    n: int | None = None,
    cumulative: bool = False,
    shortcuts: bool = True,
) -> Completion:
    """As `assemble`, from an asynchronous iterable of bytes."""
    stream = MessageStream(
        dialect, loads=loads, errors=errors, limits=limits, n=n, cumulative=cumulative, shortcuts=shortcuts
    )
    async for _ in stream.unheard().aiter(source):
        pass
    return stream.close()
