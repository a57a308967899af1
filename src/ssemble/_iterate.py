"""The loops: the only code that knows iteration, synchronous or not."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Protocol, TypeVar, Union

from ._lines import BytesLike

Source = Union[BytesLike, Iterable[BytesLike]]
AsyncSource = Union[BytesLike, AsyncIterable[BytesLike]]

Item = TypeVar("Item")


class Feedable(Protocol[Item]):
    """A layer: bytes in, items out."""

    def feed(self, data: BytesLike) -> list[Item]: ...

    def flush(self) -> list[Item]: ...

    def check(self) -> None: ...


def iterate(layer: Feedable[Item], source: Source) -> Iterator[Item]:
    """Feed every fragment, give every item as it comes, then raise what the end left to raise."""
    for data in _fragments(source):
        yield from layer.feed(data)
    yield from layer.flush()
    layer.check()


async def aiterate(layer: Feedable[Item], source: AsyncSource) -> AsyncIterator[Item]:
    """As `iterate`, from an asynchronous source."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        for item in iterate(layer, source):
            yield item
        return
    if not isinstance(source, AsyncIterable):
        raise TypeError(_hint(source, "an async iterable of bytes", "response.aiter_bytes()"))
    async for data in source:
        for item in layer.feed(data):
            yield item
    for item in layer.flush():
        yield item
    layer.check()


def _fragments(source: Source) -> Iterable[BytesLike]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return (source,)
    if isinstance(source, str) or not isinstance(source, Iterable):
        raise TypeError(_hint(source, "an iterable of bytes", "response.iter_bytes()"))
    return source


def _hint(source: object, wanted: str, example: str) -> str:
    return f"the source is a {type(source).__name__}, not bytes or {wanted}: hand over the body, as in {example}"
