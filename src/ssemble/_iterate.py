"""The loops: the only code that knows iteration, synchronous or not."""

from __future__ import annotations

import contextlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from typing import Any, Protocol, TypeVar, Union

from ._errors import SsembleError, fresh_copy
from ._lines import BytesLike

Source = Union[BytesLike, Iterable[BytesLike]]
AsyncSource = Union[BytesLike, AsyncIterable[BytesLike]]

Item = TypeVar("Item", covariant=True)
OVER = object()  # instead of a fragment: the source has no more


class Feedable(Protocol[Item]):
    """A layer: bytes in, items out."""

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, or None."""

    def feed(self, data: BytesLike) -> Sequence[Item]: ...

    def end(self) -> Sequence[Item]: ...


def never() -> bool:
    """Say that a stream has no end of its own: it ends with its bytes."""
    return False


def iterate(layer: Feedable[Item], source: Source, ended: Callable[[], bool] = never) -> Generator[Item, None, None]:
    """Feed every fragment, give every item as it comes, then raise the pending error, if any.

    An iterator may wait for a connection that stays open, so it is left where the stream ends.
    Bytes and sequences are read to their end: there is nothing to wait for.

    Args:
        ended: tells whether the stream has said that it is over.
    """
    source = _checked(source)
    fragments = iter(source)
    try:
        while (data := _next(fragments, layer)) is not OVER:
            yield from layer.feed(data)
            if ended() and not isinstance(source, Sequence):
                break
    finally:
        if isinstance(fragments, Generator):  # nobody else can: it was handed over in the call
            fragments.close()
    yield from layer.end()
    if (error := layer.error) is not None:
        raise fresh_copy(error)


async def aiterate(
    layer: Feedable[Item], source: AsyncSource, ended: Callable[[], bool] = never
) -> AsyncGenerator[Item, None]:
    """As `iterate`, from an asynchronous source."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        for item in iterate(layer, source, ended):
            yield item
        return
    if not isinstance(source, AsyncIterable):
        raise TypeError(_hint(source, "an async iterable of bytes", "response.aiter_bytes()"))
    fragments = aiter(source)
    try:
        while (data := await _anext(fragments, layer)) is not OVER:
            for item in layer.feed(data):
                yield item
            if ended():
                break
    finally:
        if isinstance(fragments, AsyncGenerator):
            await fragments.aclose()
    for item in layer.end():
        yield item
    if (error := layer.error) is not None:
        raise fresh_copy(error)


def _next(fragments: Iterator[BytesLike], layer: Feedable[Any]) -> Any:
    """Return the next fragment, or `OVER`; what the source raises takes the message so far along."""
    try:
        return next(fragments, OVER)
    except BaseException as error:
        _take_along(error, layer)
        raise


async def _anext(fragments: AsyncIterator[BytesLike], layer: Feedable[Any]) -> Any:
    try:
        return await anext(fragments, OVER)
    except BaseException as error:  # a timeout cancels
        _take_along(error, layer)
        raise


def _take_along(error: BaseException, layer: Feedable[Any]) -> None:
    """Put the message so far on an exception of the source, as ``partial``."""
    completion = getattr(layer, "completion", None)
    if completion is None or isinstance(error, SsembleError):
        return
    with contextlib.suppress(AttributeError, TypeError):  # an exception with fields of its own only
        error.partial = completion()  # type: ignore[attr-defined]
        if hasattr(error, "add_note"):  # Python 3.11
            error.add_note("ssemble: the message so far is the .partial of this exception")


def _checked(source: Source) -> Iterable[BytesLike]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return (source,)
    if isinstance(source, str) or not isinstance(source, Iterable):
        raise TypeError(_hint(source, "an iterable of bytes", "response.iter_bytes()"))
    return source


def _hint(source: object, wanted: str, example: str) -> str:
    return f"the source is a {type(source).__name__}, not bytes or {wanted}: hand over the body, as in {example}"
