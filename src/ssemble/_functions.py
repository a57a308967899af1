"""Functions that read an entire body in one call: as typed events, or as the message."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Literal, TypedDict

from ._iterate import AsyncSource, Source
from ._limits import Limits
from ._model.completion import Completion
from ._model.events import StreamEvent
from ._payloads.decoder import Loads
from ._stream import MessageStream

if TYPE_CHECKING:
    from typing_extensions import Unpack  # in typing since Python 3.11


class StreamOptions(TypedDict, total=False):
    """Options of the functions that read an entire stream; `MessageStream` has the same ones.

    Attributes:
        framing: how the payloads are laid out in the bytes, a name in `FRAMINGS`; None tells it from the
            first bytes.
        loads: the JSON decoder.
        errors: ``"raise"`` ends at the first error, ``"event"`` reports it as an `ErrorEvent` and continues.
        limits: memory limits.
        n: the number of answers that were requested.
        cumulative: the provider sends all text so far in each chunk.

    >>> options: StreamOptions = {"errors": "event", "n": 1}
    >>> assemble(b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}', **options).text
    'Hi'
    """

    framing: str | None
    loads: Loads
    errors: Literal["raise", "event"]
    limits: Limits
    n: int | None
    cumulative: bool


def iter_events(
    source: Source, dialect: str | None = None, **options: Unpack[StreamOptions]
) -> Generator[StreamEvent, None, None]:
    """Yield the typed events of a body as they arrive; `MessageStream` also returns the message.

    Args:
        source: bytes, or an iterable of bytes.
        dialect: the wire shape; None recognises it.
        options: see `StreamOptions`. With ``errors="event"``, errors are events too.

    Raises:
        SsembleError: after the events before the fault.

    >>> body = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\\n\\n'
    >>> [event.type for event in iter_events(body)]
    ['message.start', 'text.delta', 'choice.end']
    """
    return MessageStream(dialect, **options).events(source)


def aiter_events(
    source: AsyncSource, dialect: str | None = None, **options: Unpack[StreamOptions]
) -> AsyncGenerator[StreamEvent, None]:
    """Like `iter_events`, from an asynchronous iterable of bytes.

    >>> import asyncio
    >>> async def read(source):
    ...     return [event.type async for event in aiter_events(source)]
    >>> asyncio.run(read(b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\\n\\n'))
    ['message.start', 'text.delta', 'choice.end']
    """
    return MessageStream(dialect, **options).aevents(source)


def assemble(source: Source, dialect: str | None = None, **options: Unpack[StreamOptions]) -> Completion:
    """Assemble the message of a body.

    Args:
        source: bytes, or an iterable of bytes, such as ``response.iter_bytes()``.
        dialect: the wire shape; None recognises it.
        options: see `StreamOptions`. With ``errors="event"``, errors are skipped if possible.

    Returns:
        The finished message.

    Raises:
        SsembleError: the body is truncated, is invalid, or reports an error; ``.partial`` holds the
            message so far. Exceptions of the source pass through, with ``.partial`` too.

    >>> assemble([b'data: {"choices": [{"delta": {"cont', b'ent": "Hi"}}]}\\n\\ndata: [DONE]']).text
    'Hi'
    """
    stream = MessageStream(dialect, **options)
    for _ in stream.events(source):
        pass
    return stream.close()


async def aassemble(source: AsyncSource, dialect: str | None = None, **options: Unpack[StreamOptions]) -> Completion:
    """Like `assemble`, from an asynchronous iterable of bytes.

    >>> import asyncio
    >>> async def body():
    ...     yield b'data: {"choices": [{"delta": {"content": "Hi"}}]}\\n\\n'
    ...     yield b"data: [DONE]\\n\\n"
    >>> asyncio.run(aassemble(body())).text
    'Hi'
    """
    stream = MessageStream(dialect, **options)
    async for _ in stream.aevents(source):
        pass
    return stream.close()
