"""Functions that write an entire stream in one call."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterable
from typing import TYPE_CHECKING

from ._errors import IncompleteStream
from ._functions import StreamOptions
from ._iterate import AsyncSource, Source
from ._model.events import ErrorEvent, StreamEvent
from ._stream import MessageStream
from ._writer import UNFINISHED, MessageWriter

if TYPE_CHECKING:
    from typing_extensions import Unpack  # in typing since Python 3.11


def transcode(
    source: Source,
    *,
    to: str,
    dialect: str | None = None,
    id: str | None = None,
    model: str | None = None,
    created: int | None = None,
    include_usage: bool = True,
    **options: Unpack[StreamOptions],
) -> Generator[bytes, None, None]:
    """Yield the frames of a body in another dialect, as its bytes arrive.

    A truncated or failed stream never becomes a complete one: the client is told an error in its dialect,
    and then the error is raised. If you close the generator, nothing is written, and the source is closed
    if it is a generator.

    Args:
        source: bytes, or an iterable of bytes, such as ``response.iter_bytes()``.
        to: the dialect to write, as in `MessageWriter`.
        dialect: the dialect to read; None recognises it.
        id, model, created: what the message says of itself; None takes it from the source.
        include_usage: write the token counts, as in `MessageWriter`.
        options: see `StreamOptions`; ``errors`` makes no difference here.

    Yields:
        Whole server-sent events.

    Raises:
        SsembleError: the body is truncated, is invalid, or reports an error. Exceptions of the source
            pass through; of these, the client is told only the name.
        ValueError: an unknown dialect or framing.

    >>> body = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\\n\\n'
    >>> b"".join(transcode(body, to="anthropic")).count(b"event: content_block_delta")
    1
    """
    options["errors"] = "raise"  # the client can be told one error only
    stream = MessageStream(dialect, **options)
    writer = MessageWriter(to, id=id, model=model, created=created, include_usage=include_usage)
    return _written(writer, stream.events(source), True)


def atranscode(
    source: AsyncSource,
    *,
    to: str,
    dialect: str | None = None,
    id: str | None = None,
    model: str | None = None,
    created: int | None = None,
    include_usage: bool = True,
    **options: Unpack[StreamOptions],
) -> AsyncGenerator[bytes, None]:
    """Like `transcode`, from an asynchronous iterable of bytes.

    >>> import asyncio
    >>> async def read(source):
    ...     return b"".join([frame async for frame in atranscode(source, to="anthropic")])
    >>> body = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\\n\\n'
    >>> asyncio.run(read(body)).endswith(b'data: {"type":"message_stop"}\\n\\n')
    True
    """
    options["errors"] = "raise"  # the client can be told one error only
    stream = MessageStream(dialect, **options)
    writer = MessageWriter(to, id=id, model=model, created=created, include_usage=include_usage)
    return _awritten(writer, stream.aevents(source))


def write_events(
    events: Iterable[StreamEvent],
    *,
    to: str,
    id: str | None = None,
    model: str | None = None,
    created: int | None = None,
    include_usage: bool = True,
) -> Generator[bytes, None, None]:
    """Yield the frames of events, for a replay, a test or a demo.

    Args:
        events: typed events, such as ``completion.events(size=20)``. Nothing is written after an
            `ErrorEvent`. If a choice has no `ChoiceEnd`, the frames end with an error.
        to: the dialect to write, as in `MessageWriter`.
        id, model, created: what the message says of itself; None takes it from the events.
        include_usage: write the token counts, as in `MessageWriter`.

    Yields:
        Whole server-sent events.

    Raises:
        ValueError: an unknown dialect. An exception of ``events`` is told to the client, and passes through.

    >>> from ssemble import ChoiceEnd, TextDelta
    >>> events = [TextDelta("Hel"), TextDelta("lo"), ChoiceEnd(0, "stop", None)]
    >>> b"".join(write_events(events, to="openai-chat")).count(b'"content"')
    2
    """
    writer = MessageWriter(to, id=id, model=model, created=created, include_usage=include_usage)
    return _written(writer, events, False)


def _written(writer: MessageWriter, events: Iterable[StreamEvent], whole: bool) -> Generator[bytes, None, None]:
    """Write events, and an exception that comes in place of one.

    Args:
        whole: raise an error if the message is not complete at the end.
    """
    try:
        for event in events:
            if out := writer.write(event):
                yield out
    except Exception as error:  # not GeneratorExit: nobody listens any more
        yield _told(writer, error)
        raise
    finally:
        if isinstance(events, Generator):
            events.close()
    if out := writer.close():
        yield out
    if whole:
        _check(writer)


async def _awritten(writer: MessageWriter, events: AsyncGenerator[StreamEvent, None]) -> AsyncGenerator[bytes, None]:
    """Like `_written`, for the events of a source."""
    try:
        async for event in events:
            if out := writer.write(event):
                yield out
    except Exception as error:  # not CancelledError either
        yield _told(writer, error)
        raise
    finally:
        await events.aclose()
    yield writer.close()
    _check(writer)


def _told(writer: MessageWriter, error: Exception) -> bytes:
    return writer.write(ErrorEvent(error))  # type: ignore[arg-type]  # the writer takes any exception


def _check(writer: MessageWriter) -> None:
    """Raise if the client was told an error: the source is complete, but has no message, as a blocked prompt."""
    if writer.failed:
        raise IncompleteStream(UNFINISHED)
