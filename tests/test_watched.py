"""`Observer.watch`: the stand-in is the stream, and nothing that happens beside it reaches the reader."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import ssemble
from ssemble import Observer

from .helpers import chunk, sse

CHUNKS = [chunk({"content": "Hi"}), chunk({"content": " you"}), chunk({}, "stop")]
DATA = [sse(each) for each in CHUNKS]


class Log:
    """An ``on_end``, and the observer that it is for."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.calls: list[tuple[str, str]] = []
        self.observer = Observer(clock=clock)

    def __call__(self, observer: Observer) -> None:
        assert observer is self.observer
        self.calls.append((observer.ended, observer.completion().text))

    def watch(self, stream: Any) -> Any:
        return self.observer.watch(stream, on_end=self)


class Stream:
    """A stream as an SDK has it: a class with more than items."""

    def __init__(self, items: Iterable[Any], error: BaseException | None = None) -> None:
        self.items = iter(items)
        self.error = error
        self.response = SimpleNamespace(status_code=200)
        self.closed = 0

    def next(self) -> Any:
        for item in self.items:
            return item
        if self.error is not None:
            raise self.error
        return None

    def close(self) -> str:
        self.closed += 1
        return "closed"


class SyncStream(Stream):
    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if (item := self.next()) is None:
            raise StopIteration
        return item

    def __enter__(self) -> SyncStream:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncStream(Stream):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        if (item := self.next()) is None:
            raise StopAsyncIteration
        return item

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *error: object) -> None:
        Stream.close(self)

    async def close(self) -> str:  # type: ignore[override]  # as in openai and anthropic
        return super().close()


class Manager:
    """What gives a stream only when it is entered."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> Any:
        return self.stream

    def __exit__(self, *error: object) -> bool:
        self.stream.closed += 1
        return True

    async def __aenter__(self) -> Any:
        return self.stream

    async def __aexit__(self, *error: object) -> bool:
        self.stream.closed += 1
        return True


class Road:
    """One way to read a stream; the tests read each as if it were synchronous."""

    def __init__(self, name: str) -> None:
        self.sync = name == "sync"

    def stream(self, items: Iterable[Any] = CHUNKS, error: BaseException | None = None) -> Any:
        return (SyncStream if self.sync else AsyncStream)(items, error)

    def generator(self, items: Iterable[Any] = CHUNKS) -> Any:
        async def asynchronous() -> AsyncGenerator[Any, None]:
            for item in items:
                yield item

        return (item for item in items) if self.sync else asynchronous()

    def read(self, stream: Any, stop: int = 99) -> list[Any]:
        """Read it with a loop, up to a number of items."""
        found: list[Any] = []
        if self.sync:
            for item in stream:
                found.append(item)
                if len(found) == stop:
                    break
            return found

        async def loop() -> None:
            async for item in stream:
                found.append(item)
                if len(found) == stop:
                    break

        asyncio.run(loop())
        return found

    def next(self, stream: Any) -> Any:
        async def one() -> Any:
            return await anext(stream)

        return next(stream) if self.sync else asyncio.run(one())

    def close(self, stream: Any, name: str = "close") -> Any:
        async def closed() -> Any:
            return await getattr(stream, name)()

        return getattr(stream, name)() if self.sync else asyncio.run(closed())

    def inside(self, stream: Any, body: Callable[[Any], None]) -> None:
        """Run something inside its ``with`` block."""

        async def block() -> None:
            async with stream as entered:
                body(entered)

        if self.sync:
            with stream as entered:
                body(entered)
        else:
            asyncio.run(block())


@pytest.fixture(params=["sync", "async"])
def road(request: pytest.FixtureRequest) -> Road:
    return Road(request.param)


@pytest.mark.parametrize("items", [CHUNKS, DATA, [each.decode() for each in DATA], [bytearray(each) for each in DATA]])
def test_every_item_is_handed_on_as_it_is(road: Road, items: list[Any]) -> None:
    log = Log()
    found = road.read(log.watch(road.stream(items)))
    assert all(one is other for one, other in zip(found, items, strict=True))
    assert log.calls == [("ended", "Hi you")]
    assert log.observer.errors == []


def test_each_item_comes_at_once(road: Road) -> None:
    taken: list[Any] = []

    def items() -> Iterator[Any]:
        for item in CHUNKS:
            taken.append(item)
            yield item

    log = Log()
    stream = log.watch(road.stream(items()))
    for count in range(1, 4):
        road.next(stream)
        assert (len(taken), log.observer.chunk_count) == (count, count)


def test_an_exception_of_the_source(road: Road) -> None:
    log, error = Log(), ConnectionError("reset")
    with pytest.raises(ConnectionError) as caught:
        road.read(log.watch(road.stream(CHUNKS[:1], error)))
    assert caught.value is error
    assert log.calls == [("failed", "Hi")]
    assert [str(each) for each in log.observer.errors] == ["reset"]
    assert log.observer.errors[0].__traceback__ is None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()], ids=repr)
def test_what_stops_the_reader_is_no_fault_of_the_source(road: Road, error: BaseException) -> None:
    log = Log()
    stream = log.watch(road.stream(CHUNKS[:1], error))
    with contextlib.suppress(type(error)):
        road.read(stream)
    assert log.calls == [("left", "Hi")]


def test_break_without_another_reference(road: Road) -> None:
    log = Log()
    assert road.read(log.watch(road.generator()), stop=2) == CHUNKS[:2]
    assert log.calls == [("left", "Hi you")]
    assert [type(error) for error in log.observer.errors] == [ssemble.IncompleteStream]


def test_break_while_somebody_has_the_stream(road: Road) -> None:
    log = Log()
    stream = log.watch(road.stream())
    road.read(stream, stop=1)
    assert log.calls == [("left", "Hi")]
    assert road.read(stream, stop=1) == CHUNKS[1:2], "whoever has it may read on, and nothing is missed"
    assert (log.observer.ended, log.observer.completion().text) == ("left", "Hi you")
    road.read(stream)
    assert log.calls == [("left", "Hi")], "once"
    assert (log.observer.ended, log.observer.complete, log.observer.errors) == ("ended", True, [])


def test_a_loop_that_raises(road: Road) -> None:
    log = Log()

    def body(stream: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        road.inside(log.watch(road.stream()), body)
    assert log.calls == [("left", "")]


def test_it_is_left_when_nobody_holds_it(road: Road) -> None:
    log = Log()
    stream = log.watch(road.stream())
    road.next(stream)
    assert log.calls == []
    del stream
    gc.collect()
    assert log.calls == [("left", "Hi")]


@pytest.mark.parametrize("read", [1, 99])
def test_close(road: Road, read: int) -> None:
    log, real = Log(), road.stream()
    stream = log.watch(real)
    road.read(stream, read)
    assert road.close(stream) == "closed"
    assert real.closed == 1
    assert log.calls == [("left", "Hi") if read == 1 else ("ended", "Hi you")]


def test_close_that_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log()
    real = SyncStream(CHUNKS)
    monkeypatch.setattr(real, "close", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        log.watch(real).close()
    assert log.calls == [("left", "")]


def test_a_with_block(road: Road) -> None:
    log, real = Log(), road.stream()
    road.inside(log.watch(real), lambda stream: None)
    assert (real.closed, log.calls) == (1, [("left", "")])


def test_a_context_manager_that_gives_the_stream(road: Road) -> None:
    log, real = Log(), road.stream()

    def body(stream: Any) -> None:
        assert stream.response is real.response
        raise ZeroDivisionError

    road.inside(log.watch(Manager(real)), body)  # it suppresses the exception
    assert (real.closed, log.calls) == (1, [("left", "")])


def test_a_generator_in_a_with_block(road: Road) -> None:
    log, real = Log(), road.generator()
    road.inside(log.watch(real), lambda stream: None)
    assert log.calls == [("left", "")]
    assert road.read(real) == [], "it was closed"
    road.inside(log.watch([] if road.sync else AsyncStream([])), lambda stream: None)


def test_an_iterator_in_a_with_block() -> None:
    class Items:
        """It has items only."""

        def __aiter__(self) -> Items:
            return self

        async def __anext__(self) -> Any:
            raise StopAsyncIteration

    log = Log()
    Road("async").inside(log.watch(Items()), lambda stream: None)
    assert log.calls == [("left", "")]


def test_a_loop_is_its_own_iterator() -> None:
    loop, asynchronous = iter(Observer().watch(SyncStream([]))), aiter(Observer().watch(AsyncStream([])))
    assert iter(loop) is loop
    assert aiter(asynchronous) is asynchronous


def test_it_has_all_the_attributes_of_the_stream(road: Road) -> None:
    real = road.stream()
    stream = Observer().watch(real)
    assert stream.response is real.response
    assert isinstance(stream, type(real))
    stream.note = 5
    assert real.note == 5
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        stream.other  # noqa: B018  # it raises
    assert repr(stream) == f"<watched {real!r}>"


def test_it_is_as_synchronous_as_the_stream(road: Road) -> None:
    for real in (road.stream(), road.generator()):
        stream = Observer().watch(real)
        assert isinstance(stream, Iterable) is road.sync
        assert isinstance(stream, AsyncIterable) is not road.sync
    assert isinstance(Observer().watch(road.generator()), Generator) is road.sync


def test_a_stream_that_is_both() -> None:
    class Both(SyncStream, AsyncStream):
        pass

    for road in (Road("sync"), Road("async")):
        log = Log()
        assert road.read(log.watch(Both(CHUNKS))) == CHUNKS
        assert log.calls == [("ended", "Hi you")]


def test_what_a_generator_returns(road: Road) -> None:
    def numbers() -> Generator[int, None, str]:
        yield 1
        return "the end"

    stream = iter(Observer().watch(numbers()))
    assert next(stream) == 1
    with pytest.raises(StopIteration, match="the end"):
        next(stream)


def test_the_loops_of_ssemble_read_it(road: Road) -> None:
    log = Log()
    stream = log.watch(road.generator([*DATA, sse("[DONE]"), b": the connection stays open"]))
    completion = ssemble.assemble(stream) if road.sync else asyncio.run(ssemble.aassemble(stream))
    assert completion == log.observer.completion()
    assert road.read(stream) == [], "they close a generator"
    assert log.calls == [("ended", "Hi you")]


def test_on_end_that_raises_is_told_to_the_programmer_only(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    observer = Observer()
    stream = observer.watch(road.stream(), on_end=lambda observer: 1 // 0)
    assert road.read(stream) == CHUNKS
    assert [type(error) for error in observer.errors] == [ZeroDivisionError]
    assert [each.exc_type for each in told] == [ZeroDivisionError]


def test_nothing_that_goes_wrong_inside_reaches_the_reader(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [5, None, object(), {"choices": 5}, "data: {bad}\n\n", *CHUNKS]
    items = [item for item in items if item is not None]  # the end, for these streams
    log = Log()
    assert road.read(log.watch(road.stream(items))) == items
    assert len(log.observer.errors) == 4
    assert log.calls == [("ended", "Hi you")]


def test_without_on_end(road: Road) -> None:
    observer = Observer()
    assert road.read(observer.watch(road.stream())) == CHUNKS
    assert observer.ended == "ended"


def test_cancellation() -> None:
    log = Log()

    async def slow() -> AsyncGenerator[Any, None]:
        yield CHUNKS[0]
        await asyncio.sleep(60)

    async def main() -> None:
        async def read() -> None:
            async for _ in log.watch(slow()):
                started.set()

        started = asyncio.Event()
        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert log.calls == [("left", "Hi")]


@pytest.mark.parametrize("wrong", [5, None, len, SyncStream(CHUNKS).close])
def test_what_is_no_stream(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"expected a stream, got {type(wrong).__name__}"):
        Observer().watch(wrong)
