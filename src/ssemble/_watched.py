"""The stand-in for a stream that an `Observer` watches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ._hints import hint

if TYPE_CHECKING:
    from ._observer import Observer

OWN = ("_ssemble_observer", "_ssemble_on_end", "_ssemble_stream", "_ssemble_entered", "_ssemble_items")


class Watched:
    """Hands on the items of a stream, and is the stream in all other respects.

    Nothing that happens in the observer reaches who reads the stream. When nobody holds it any more, the
    stream was left.

    Args:
        observer: is told each item, and how the stream ends.
        stream: what can be iterated over, or a context manager that gives it.
        on_end: called once with the observer.
    """

    __slots__ = (*OWN, "__weakref__")

    def __init__(self, observer: Observer, stream: Any, on_end: Callable[[Observer], object] | None) -> None:
        self._ssemble_observer = observer
        self._ssemble_on_end = on_end
        self._ssemble_stream = stream
        self._ssemble_entered = stream  # what the context manager gives
        self._ssemble_items: Any = None

    # Who asks isinstance() wants to know it of the stream.
    @property  # type: ignore[misc]  # the one of object can be set
    def __class__(self) -> Any:
        return type(self._ssemble_entered)

    def __repr__(self) -> str:
        return f"<watched {self._ssemble_entered!r}>"

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._ssemble_entered, name)
        return partial(_closed, self, value) if name in ("close", "aclose") else value

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self._ssemble_entered, name, value)

    def __del__(self) -> None:
        _end(self, "left")


class SyncWatched(Watched):
    """A synchronous stream."""

    __slots__ = ()

    def __iter__(self) -> Loop:
        if self._ssemble_items is None:
            self._ssemble_items = iter(self._ssemble_entered)
        return Loop(self)

    def __next__(self) -> Any:
        if self._ssemble_items is None:
            self._ssemble_items = iter(self._ssemble_entered)
        try:
            item = next(self._ssemble_items)
        except StopIteration:
            _end(self, "ended")
            raise
        except BaseException as error:
            _end(self, error)
            raise
        _see(self, item)
        return item

    def __enter__(self) -> Any:
        if hasattr(type(self._ssemble_stream), "__enter__"):
            self._ssemble_entered = self._ssemble_stream.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        try:
            if hasattr(type(self._ssemble_stream), "__exit__"):
                return self._ssemble_stream.__exit__(*error)
            if hasattr(self._ssemble_stream, "close"):
                self._ssemble_stream.close()
            return None
        finally:
            _end(self, "left")


class AsyncWatched(Watched):
    """An asynchronous stream."""

    __slots__ = ()

    def __aiter__(self) -> Loop:
        if self._ssemble_items is None:
            self._ssemble_items = aiter(self._ssemble_entered)
        return Loop(self)

    async def __anext__(self) -> Any:
        if self._ssemble_items is None:
            self._ssemble_items = aiter(self._ssemble_entered)
        try:
            item = await anext(self._ssemble_items)
        except StopAsyncIteration:
            _end(self, "ended")
            raise
        except BaseException as error:
            _end(self, error)
            raise
        _see(self, item)
        return item

    async def __aenter__(self) -> Any:
        if hasattr(type(self._ssemble_stream), "__aenter__"):
            self._ssemble_entered = await self._ssemble_stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        try:
            if hasattr(type(self._ssemble_stream), "__aexit__"):
                return await self._ssemble_stream.__aexit__(*error)
            if hasattr(self._ssemble_stream, "aclose"):
                await self._ssemble_stream.aclose()
            return None
        finally:
            _end(self, "left")


class BothWatched(SyncWatched, AsyncWatched):
    """A stream that is both."""

    __slots__ = ()


# By whether it is synchronous, and whether it is asynchronous. One that is not must not look as if it were:
# frameworks ask isinstance(), which also looks at the real class of an object.
KINDS: dict[tuple[bool, bool], type[Watched]] = {
    (True, False): SyncWatched,
    (False, True): AsyncWatched,
    (True, True): BothWatched,
}


def watched(observer: Observer, stream: object, on_end: Callable[[Observer], object] | None) -> Watched:
    """Make the stand-in for a stream; see `Observer.watch`."""
    sync, asynchronous = (
        any(hasattr(type(stream), name) for name in names)
        for names in (("__iter__", "__enter__"), ("__aiter__", "__aenter__"))
    )
    kind = KINDS.get((sync, asynchronous))
    if kind is None:
        raise TypeError(f"expected a stream, got {type(stream).__name__}: {hint(stream)}")
    return kind(observer, stream, on_end)


class Loop:
    """A loop over a watched stream. The stream is left when the loop is, but somebody may read on."""

    __slots__ = ("_watched",)

    def __init__(self, watched: Any) -> None:
        self._watched = watched

    def __iter__(self) -> Loop:
        return self

    def __aiter__(self) -> Loop:
        return self

    def __next__(self) -> Any:
        return self._watched.__next__()

    def __anext__(self) -> Any:
        return self._watched.__anext__()

    def __del__(self) -> None:
        observer = self._watched._ssemble_observer
        if observer.ended == "open":
            observer._pause("left")
            _tell(self._watched)


def _see(watched: Watched, item: Any) -> None:
    """Show an item to the observer."""
    observer = watched._ssemble_observer
    if isinstance(item, str):
        item = item.encode("utf-8", "surrogatepass")
    if isinstance(item, (bytes, bytearray, memoryview)):
        observer.feed(item)
    else:
        observer.add(item)


def _end(watched: Watched, how: Any) -> None:
    """End the stream."""
    watched._ssemble_observer.end(how)
    _tell(watched)


def _tell(watched: Watched) -> None:
    """Call ``on_end``, once."""
    on_end, watched._ssemble_on_end = watched._ssemble_on_end, None
    if on_end is not None:
        try:
            on_end(watched._ssemble_observer)
        except Exception as error:
            watched._ssemble_observer.note(error)
            Unraisable(error)


def _closed(watched: Watched, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call ``close`` or ``aclose`` of the stream."""
    try:
        result = method(*args, **options)
    except BaseException:
        _end(watched, "left")
        raise
    if hasattr(result, "__await__"):
        return _closing(watched, result)
    _end(watched, "left")
    return result


async def _closing(watched: Watched, closing: Any) -> Any:
    try:
        return await closing
    finally:
        _end(watched, "left")


class Unraisable:
    """Reports an exception that nobody can catch, as Python does for one in a ``__del__``: it is printed."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __del__(self) -> None:
        raise self._error
