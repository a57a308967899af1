"""The loops."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ssemble import IncompleteStream, SsembleError
from ssemble._iterate import aiterate, iterate

from .helpers import async_source, gather


class Echo:
    """A layer that gives each byte back, and one at the end."""

    over = False

    def __init__(self, fault: SsembleError | None = None) -> None:
        self.fault = fault
        self.calls: list[str] = []

    def feed(self, data: bytes | bytearray | memoryview) -> list[int]:
        self.calls.append("feed")
        self.over = self.over or b"!" in bytes(data)
        return list(bytes(data))

    def end(self) -> list[int]:
        self.calls.append("end")
        return [0]

    def is_over(self) -> bool:
        return self.over

    @property
    def error(self) -> SsembleError | None:
        self.calls.append("error")
        return self.fault


SOURCES: dict[str, Any] = {
    "bytes": b"ab",
    "bytearray": bytearray(b"ab"),
    "memoryview": memoryview(b"ab"),
    "list": [b"a", b"", b"b"],
    "generator": (bytes([byte]) for byte in b"ab"),
    "views": (memoryview(b"a"), bytearray(b"b")),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
def test_sources(source: Any) -> None:
    assert list(iterate(Echo(), source)) == [97, 98, 0]


@pytest.mark.parametrize(
    "source", [b"ab", bytearray(b"ab"), memoryview(b"ab"), [b"a", b"", b"b"]], ids=lambda s: type(s).__name__
)
def test_asynchronous_sources(source: Any) -> None:
    whole = async_source(source) if isinstance(source, list) else source
    assert asyncio.run(gather(aiterate(Echo(), whole))) == [97, 98, 0]


def test_empty_sources() -> None:
    assert list(iterate(Echo(), b"")) == list(iterate(Echo(), [])) == [0]
    assert asyncio.run(gather(aiterate(Echo(), async_source([])))) == [0]


def test_what_the_end_left_to_raise_comes_last() -> None:
    fault = IncompleteStream("cut")
    for items in (iterate(Echo(fault), [b"a"]), iterate(Echo(fault), b"a")):
        assert [next(items), next(items)] == [97, 0]
        with pytest.raises(IncompleteStream):
            next(items)

    async def asynchronous(source: Any) -> None:
        items = aiterate(Echo(fault), source)
        assert [await anext(items), await anext(items)] == [97, 0]
        with pytest.raises(IncompleteStream):
            await anext(items)

    asyncio.run(asynchronous(b"a"))
    asyncio.run(asynchronous(async_source([b"a"])))


def test_items_come_before_the_next_fragment_is_asked_for() -> None:
    asked: list[int] = []

    def source() -> Iterator[bytes]:
        for byte in b"ab":
            asked.append(byte)
            yield bytes([byte])

    layer = Echo()
    items = iterate(layer, source())
    assert (asked, layer.calls) == ([], [])
    assert (next(items), asked) == (97, [97])
    assert (next(items), asked) == (98, [97, 98])
    assert layer.calls == ["feed", "feed"]
    assert (list(items), layer.calls) == ([0], ["feed", "feed", "end", "error"])


def test_what_the_source_raises_passes_through() -> None:
    def source() -> Iterator[bytes]:
        yield b"a"
        raise OSError("the line went dead")

    layer = Echo()
    items = iterate(layer, source())
    assert next(items) == 97
    with pytest.raises(OSError, match="went dead"):
        next(items)
    assert layer.calls == ["feed"], "the layer is not ended: more may be fed"


def test_the_loop_ends_where_the_stream_ends() -> None:
    asked: list[int] = []

    def source() -> Iterator[bytes]:
        for data in (b"a", b"!b", b"c"):
            asked.append(data[0])
            yield data
        raise OSError("reset, when nobody listened any more")

    async def asynchronous() -> AsyncIterator[bytes]:
        for data in source():
            yield data

    layer = Echo()
    assert list(iterate(layer, source(), layer.is_over)) == [97, 33, 98, 0]
    layer = Echo()
    assert asyncio.run(gather(aiterate(layer, asynchronous(), layer.is_over))) == [97, 33, 98, 0]
    assert asked == [97, 33] * 2
    # There is nothing to wait for in a list: what follows can be told.
    layer = Echo()
    assert list(iterate(layer, [b"!", b"c"], layer.is_over)) == [33, 99, 0]
    layer = Echo()
    assert asyncio.run(gather(aiterate(layer, b"!c", layer.is_over))) == [33, 99, 0]


def test_a_stream_that_says_nothing_of_its_end_is_read_to_the_end_of_the_source() -> None:
    fragments = [b"a", b"!", b"b"]
    assert list(iterate(Echo(), iter(fragments))) == [97, 33, 98, 0]
    assert asyncio.run(gather(aiterate(Echo(), async_source(fragments)))) == [97, 33, 98, 0]


def test_a_generator_is_closed_with_the_loop() -> None:
    closed: list[str] = []

    def source() -> Iterator[bytes]:
        try:
            while True:
                yield b"a"
        finally:
            closed.append("sync")

    async def asynchronous() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"a"
        finally:
            closed.append("async")

    class Body:
        """Makes a generator of its own for each loop."""

        def __aiter__(self) -> AsyncIterator[bytes]:
            return asynchronous()

    class Plain:
        """No generator: it is its owner's to close."""

        def __init__(self) -> None:
            self.left = [b"a", b"!"]

        def __aiter__(self) -> Plain:
            return self

        async def __anext__(self) -> bytes:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop(0)

    layer = Echo()
    assert asyncio.run(gather(aiterate(layer, Plain(), layer.is_over))) == [97, 33, 0]

    async def leave(source: Any) -> None:
        async with contextlib.aclosing(aiterate(Echo(), source)) as items:
            assert await anext(items) == 97

    with contextlib.closing(iterate(Echo(), source())) as items:
        assert next(items) == 97
        assert closed == []
    assert closed == ["sync"]
    asyncio.run(leave(asynchronous()))
    asyncio.run(leave(Body()))
    assert closed == ["sync", "async", "async"]


class Keeper(Echo):
    """A layer with a message."""

    def completion(self) -> str:
        return f"after {len(self.calls)} calls"


class Closed(Exception):
    """An exception that takes no more attributes."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


@pytest.mark.parametrize("fault", [OSError("reset"), KeyboardInterrupt(), asyncio.CancelledError()], ids=repr)
def test_what_the_source_raises_takes_the_message_along(fault: BaseException) -> None:
    def source() -> Iterator[bytes]:
        yield b"a"
        raise fault

    async def asynchronous() -> AsyncIterator[bytes]:
        yield b"a"
        raise fault

    async def catch() -> None:
        with pytest.raises(type(fault)) as caught:
            await gather(aiterate(Keeper(), asynchronous()))
        assert caught.value.partial == "after 1 calls"  # type: ignore[attr-defined]  # a new attribute

    with pytest.raises(type(fault)) as caught:
        list(iterate(Keeper(), source()))
    assert caught.value.partial == "after 1 calls"  # type: ignore[attr-defined]  # a new attribute
    if sys.version_info >= (3, 11):
        assert "the message so far is in .partial" in caught.value.__notes__[0]
    asyncio.run(catch())


@pytest.mark.parametrize("fault", [IncompleteStream("ours"), Closed("slots")], ids=repr)
def test_an_exception_that_cannot_take_it_passes_through_as_it_is(fault: Exception) -> None:
    def source() -> Iterator[bytes]:
        yield b"a"
        raise fault

    with pytest.raises(type(fault)) as caught:
        list(iterate(Keeper(), source()))
    assert getattr(caught.value, "partial", None) is None


def test_an_exception_that_takes_no_notes_takes_the_message() -> None:
    """As before Python 3.11."""

    class Noteless(OSError):
        @property
        def add_note(self) -> Any:
            raise AttributeError("add_note")

    def source() -> Iterator[bytes]:
        raise Noteless
        yield b""

    with pytest.raises(Noteless) as caught:
        list(iterate(Keeper(), source()))
    assert caught.value.partial == "after 0 calls"  # type: ignore[attr-defined]  # a new attribute


@pytest.mark.parametrize("wrong", ["text", None, 5, object()], ids=lambda wrong: type(wrong).__name__)
def test_what_is_no_source_is_refused_with_a_hint(wrong: Any) -> None:
    with pytest.raises(
        TypeError,
        match=rf"expected bytes or an iterable of bytes, got {type(wrong).__name__}: .*as from response\.iter_bytes\(\)$",
    ):
        list(iterate(Echo(), wrong))
    with pytest.raises(
        TypeError,
        match=rf"expected .* async iterable of bytes, got {type(wrong).__name__}: .*as from response\.aiter_bytes\(\)$",
    ):
        asyncio.run(gather(aiterate(Echo(), wrong)))


def test_a_source_of_the_other_world_is_refused() -> None:
    wrong: Any = async_source([b"a"])
    with pytest.raises(TypeError, match="expected bytes or an iterable of bytes, got async_generator"):
        list(iterate(Echo(), wrong))
    wrong = [b"a"]
    with pytest.raises(TypeError, match="expected bytes or an async iterable of bytes, got list"):
        asyncio.run(gather(aiterate(Echo(), wrong)))
