"""The loops over a source, synchronous and asynchronous. No other module iterates over one."""

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
from typing import Any, Protocol, TypeVar

from ._errors import SsembleError, StreamError, fresh_copy
from ._framing.lines import LINE_END, BytesLike
from ._hints import check_source

Source = BytesLike | Iterable[BytesLike]
"""What the functions read: the bytes of a body, or an iterable of its fragments, split anywhere.

>>> def answer(source: Source) -> str:
...     return assemble(source).text
>>> answer([b'data: {"choices": [{"delta": {"cont', b'ent": "Hi"}}]}\\n\\ndata: [DONE]'])
'Hi'
"""
AsyncSource = BytesLike | AsyncIterable[BytesLike]
"""What the asynchronous functions read: the bytes of a body, or an asynchronous iterable of its fragments.

>>> import asyncio
>>> async def answer(source: AsyncSource) -> str:
...     return (await aassemble(source)).text
>>> asyncio.run(answer(b'data: {"choices": [{"delta": {"content": "Hi"}}]}\\n\\ndata: [DONE]'))
'Hi'
"""

Item = TypeVar("Item", covariant=True)
END = object()  # instead of a fragment: the source is exhausted


class Feedable(Protocol[Item]):
    """A parser that takes bytes and returns items."""

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, or None."""

    def feed(self, data: BytesLike) -> Sequence[Item]: ...

    def end(self) -> Sequence[Item]: ...


def never() -> bool:
    """Return False: for a stream without a terminator."""
    return False


def iterate(layer: Feedable[Item], source: Source, ended: Callable[[], bool] = never) -> Generator[Item, None, None]:
    """Feed every fragment, yield every item, then raise the pending error, if any.

    The loop stops at the terminator, since an iterator may wait for a connection that stays open.
    Bytes and sequences are read to their end, since nothing waits there.

    Args:
        ended: returns whether the terminator arrived.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = (source,)
    check_source(source, asynchronous=False)
    fragments, ends = iter(source), LineEnds()
    try:
        while (data := _next(fragments, layer)) is not END:
            yield from layer.feed(data)
            if not ends.found:
                ends.look(data)
            if ended() and not isinstance(source, Sequence):
                break
    finally:
        for each in (fragments, source):
            if isinstance(each, Generator):  # it was created in the call, so only this loop can close it
                each.close()
    yield from layer.end()
    if (error := layer.error) is not None:
        raise ends.explained(error)


async def aiterate(
    layer: Feedable[Item], source: AsyncSource, ended: Callable[[], bool] = never
) -> AsyncGenerator[Item, None]:
    """Like `iterate`, from an asynchronous source."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        for item in iterate(layer, source, ended):
            yield item
        return
    check_source(source, asynchronous=True)
    fragments, ends = aiter(source), LineEnds()
    try:
        while (data := await _anext(fragments, layer)) is not END:
            for item in layer.feed(data):
                yield item
            if not ends.found:
                ends.look(data)
            if ended():
                break
    finally:
        for each in (fragments, source):
            if isinstance(each, AsyncGenerator):
                await each.aclose()
    for item in layer.end():
        yield item
    if (error := layer.error) is not None:
        raise ends.explained(error)


def _next(fragments: Iterator[BytesLike], layer: Feedable[Any]) -> Any:
    """Return the next fragment, or `END`. An exception of the source gets the message so far."""
    try:
        return next(fragments, END)
    except BaseException as error:
        _add_partial(error, layer)
        raise


async def _anext(fragments: AsyncIterator[BytesLike], layer: Feedable[Any]) -> Any:
    try:
        return await anext(fragments, END)
    except BaseException as error:  # CancelledError too, as from a timeout
        _add_partial(error, layer)
        raise


def _add_partial(error: BaseException, layer: Feedable[Any]) -> None:
    """Set ``partial`` of an exception of the source to the message so far."""
    completion = getattr(layer, "completion", None)
    if completion is None or isinstance(error, SsembleError):
        return
    with contextlib.suppress(AttributeError, TypeError):  # an exception class that allows no new attributes
        error.partial = completion()  # type: ignore[attr-defined]  # a new attribute
        if hasattr(error, "add_note"):  # Python 3.11
            error.add_note("ssemble: the message so far is in .partial of this exception")


class LineEnds:
    """Counts the fragments before the first line end: none at all means that lines were passed, without their ends."""

    __slots__ = ("count", "found")

    def __init__(self) -> None:
        self.count = 0
        self.found = False

    def look(self, data: BytesLike) -> None:
        self.count += 1
        self.found = LINE_END.search(data) is not None

    def explained(self, error: SsembleError) -> SsembleError:
        """Return the error to be raised at the end: a fresh copy, which says so if there was no line end."""
        error = fresh_copy(error)
        if not self.found and self.count > 1 and isinstance(error, StreamError):
            hint = "lines seem to be passed without their ends, as from iter_lines(): pass the bytes"
            error.args = (f"{error.args[0]}; no line end in {self.count} fragments: {hint}",)
        return error
