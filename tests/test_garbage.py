"""A stream that ended, failed or was dropped is freed by its reference count: without the collector, nothing leaks.

The caller keeps the stream in a local variable, also while the error is raised and behind it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Literal

import pytest

import ssemble
from ssemble import ErrorEvent, Limits, MessageStream
from ssemble._dialects.chat.reader import ChatReader

from .differential import events, said
from .helpers import async_source, call, chunk

SAID = events(*said(*"abcdefgh"))
LATE = events(*said("LATE"))[0]
DONE = b"data: [DONE]\n\n"
LIMITS = Limits(max_event_size=2000)

ENDINGS: dict[str, list[bytes]] = {
    "whole": [*SAID, DONE],
    "cut": SAID,
    "cut inside an event": [*SAID, LATE[:30]],
    "nothing": [],
    "bad JSON": [*SAID, b"data: {bad\n\n"],
    "bad JSON from its first character": [*SAID, b"data: oops\n\n"],
    "nothing but bad JSON": [b"data: \xff\n\n", DONE],
    "an error": [*SAID, b'data: {"error": "x"}\n\n', LATE],
    "an error event": [*SAID, b"event: error\ndata: x\n\n"],
    "data behind text": [b"x " + SAID[0], *SAID],
    "an unknown dialect": [b'data: {"type": "message_start"}\n\n'],
    "a body that was not decoded": [b"\x1f\x8b\x08\0\0\0\0\0"],
    "choices in turn": [*events(*(chunk({"content": "x"}, index=n % 3) for n in range(40))), DONE],
    "choices in turn, cut": events(*(chunk({"content": "x"}, index=n % 3) for n in range(40))),
    "calls": [*events(call(0, id="c", name="f", arguments="["), *[call(0, arguments="1,")] * 9), DONE],
    "bad arguments": [*events(call(0, id="c", name="f", arguments="{oops")), DONE],
    "arguments that cannot be read": [*events(call(0, id="c", name="f", arguments="[" + "1" * 5000)), DONE],
    "a shape that cannot be merged": [*SAID, *events({"choices": 7})],
    "a shape that cannot be merged, behind events": [*SAID, *events({"choices": [chunk({"content": "x"})["choices"][0], 7]})],
    "a limit": [*SAID, b"data: " + b"x" * 4000],
    "a second response": [*SAID, *events(chunk({}, "stop", id="a"), chunk({"content": "x"}, id="b")), DONE],
}  # fmt: skip


class Seen(MessageStream):
    """A stream that can be watched going."""

    __slots__ = ("__weakref__",)


Ended = Callable[[list[bytes], dict[str, Any]], "list[weakref.ref[Any]]"]


def raised(machine: MessageStream | ssemble.ChunkParser | ssemble.SSEParser[Any]) -> None:
    """Raise the error of a machine as a caller does who asks for it."""
    if machine.error is not None:
        raise machine.error


def by_feed(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    stream = Seen(**options)
    with contextlib.suppress(ssemble.SsembleError):
        for fragment in fragments:
            stream.feed(fragment)
        stream.close()
    for again in (stream.close, stream.end, functools.partial(raised, stream), functools.partial(stream.feed, b"")):
        with contextlib.suppress(ssemble.SsembleError, RuntimeError):
            again()
    return [weakref.ref(stream)]


def by_feed_at_once(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    return by_feed([b"".join(fragments)], options)


def followed(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    stream = Seen(**options)
    views: list[Any] = [stream.partial_json(0)]
    try:
        for fragment in fragments:
            stream.feed(fragment)
            with contextlib.suppress(LookupError):
                views.append(stream.tool_call().partial_arguments)
            for view in views:
                view.snapshot()
        stream.close()
    except ssemble.SsembleError:
        pass
    for view in views:
        with contextlib.suppress(ssemble.SsembleError):
            view.close()
    return [weakref.ref(stream)]


def dropped(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    stream = Seen(**options)
    with contextlib.suppress(ssemble.SsembleError):
        for fragment in fragments:
            stream.feed(fragment)
    return [weakref.ref(stream)]


def by_iter(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    stream = Seen(**options)
    with contextlib.suppress(ssemble.SsembleError):
        for _ in stream.events(fragments):
            pass
    return [weakref.ref(stream)]


def by_iter_that_is_left(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    stream = Seen(**options)
    with contextlib.suppress(ssemble.SsembleError):
        for _ in stream.events(fragment for fragment in fragments):
            break
    return [weakref.ref(stream)]


def by_iter_of_a_source_that_fails(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    def failing() -> Iterator[bytes]:
        yield from fragments
        raise OSError("the connection is lost")

    stream = Seen(**options)
    with contextlib.suppress(ssemble.SsembleError, OSError):
        for _ in stream.events(failing()):
            pass
    return [weakref.ref(stream)]


def while_handling_another(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    """The context of what is raised is an error whose frames hold the stream."""
    stream = Seen(**options)
    try:
        for fragment in fragments:
            stream.feed(fragment)
        raise OSError("the connection is lost")
    except (OSError, ssemble.SsembleError):
        with contextlib.suppress(ssemble.SsembleError):
            stream.close()
    return [weakref.ref(stream)]


def by_raising_what_was_reported(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    stream = Seen(**options)
    with contextlib.suppress(ssemble.SsembleError):
        told = [event for fragment in fragments for event in stream.feed(fragment)]
        reported = [event.error for event in told if isinstance(event, ErrorEvent)]
        del told
        while reported:
            with contextlib.suppress(ssemble.SsembleError):
                raise reported.pop()  # a name for it, here, would be a cycle of this function's own
        stream.close()
    return [weakref.ref(stream)]


def by_sse(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    parser = ssemble.SSEParser(limits=options.get("limits", LIMITS))
    with contextlib.suppress(ssemble.SsembleError):
        for fragment in fragments:
            parser.feed(fragment)
    for again in (parser.end, functools.partial(raised, parser), functools.partial(parser.feed, b"")):
        with contextlib.suppress(ssemble.SsembleError, RuntimeError):
            again()
    return []


def by_iter_events(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    with contextlib.suppress(ssemble.SsembleError):
        list(ssemble.iter_events(fragments, **options))
    return []


def by_assemble(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    with contextlib.suppress(ssemble.SsembleError):
        ssemble.assemble(fragments, **options)
    return []


def by_aassemble(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    with contextlib.suppress(ssemble.SsembleError):
        awaited(ssemble.aassemble(async_source(fragments), **options))
    return []


def by_aiter(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    async def loop() -> list[weakref.ref[Any]]:
        stream = Seen(**options)
        with contextlib.suppress(ssemble.SsembleError):
            async for _ in stream.aevents(async_source(fragments)):
                pass
        return [weakref.ref(stream)]

    gone: list[weakref.ref[Any]] = awaited(loop())
    return gone


def by_aiter_events(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    async def loop() -> None:
        with contextlib.suppress(ssemble.SsembleError):
            async for _ in ssemble.aiter_events(b"".join(fragments), **options):
                pass

    awaited(loop())
    return []


def by_accumulator(fragments: list[bytes], options: dict[str, Any]) -> list[weakref.ref[Any]]:
    chunks = ssemble.ChunkParser()
    chat = ChatReader()
    with contextlib.suppress(ssemble.SsembleError, TypeError):
        for payload in [payload for fragment in fragments for payload in chunks.feed(fragment)]:
            chat.add(payload)
        chunks.end()
    late = functools.partial(chunks.feed, b"")
    for again in (chunks.end, functools.partial(raised, chunks), late, chat.end, functools.partial(chat.add, {})):
        with contextlib.suppress(ssemble.SsembleError, RuntimeError):
            again()
    return []


def awaited(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that waits for nothing: the loops of asyncio leave garbage of their own."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


WAYS: dict[str, Ended] = {
    way.__name__: way
    for way in (
        by_feed, by_feed_at_once, followed, dropped, by_iter, by_iter_that_is_left, by_iter_of_a_source_that_fails,
        while_handling_another, by_raising_what_was_reported, by_iter_events, by_assemble, by_aassemble, by_aiter,
        by_aiter_events, by_accumulator, by_sse,
    )
}  # fmt: skip


@contextlib.contextmanager
def no_collector() -> Iterator[None]:
    gc.freeze()  # what the tests before this one left is not looked at
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize("templates", [True, False], ids=["short", "plain"])
@pytest.mark.parametrize("errors", ["raise", "event"])
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
@pytest.mark.parametrize("fragments", ENDINGS.values(), ids=list(ENDINGS))
def test_a_stream_goes_without_the_collector(
    fragments: list[bytes],
    way: Ended,
    errors: Literal["raise", "event"],
    templates: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(MessageStream, "_templates", templates)
    options: dict[str, Any] = {"errors": errors, "limits": LIMITS}
    with no_collector():
        gone = way(fragments, options)
        assert [ref() for ref in gone] == [None] * len(gone)
        assert gc.collect() == 0


def refusing(text: str) -> Any:
    """A decoder with an error of its own, for a cause."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError("no JSON") from error


@pytest.mark.parametrize("way", [by_feed, by_iter, by_assemble, by_accumulator])
def test_nor_does_a_decoder_of_the_callers_own_keep_it(way: Ended) -> None:
    with no_collector():
        gone = way(ENDINGS["bad JSON from its first character"], {"loads": refusing})
        assert [ref() for ref in gone] == [None] * len(gone)
        assert gc.collect() == 0


def test_this_would_find_a_cycle() -> None:
    def ended() -> list[weakref.ref[Any]]:
        stream = Seen(loads=lambda text: stream)
        return [weakref.ref(stream)]

    with no_collector():
        gone = ended()
        assert gone[0]() is not None
        assert gc.collect() > 0


@pytest.mark.parametrize(
    "end", [MessageStream.close, functools.partial(MessageStream.feed, data=b""), lambda stream: stream.error]
)
def test_an_error_that_is_kept_keeps_no_frame_of_the_stream(end: Callable[[MessageStream], Any]) -> None:
    """Its traceback would, and through it the stream; what it holds is the message so far."""

    def failing() -> tuple[Any, ssemble.SsembleError]:
        stream = Seen()
        stream.feed(b"".join(SAID) + b"data: {bad\n\n")
        ref = weakref.ref(stream)
        try:
            told = end(stream)
        except ssemble.SsembleError as error:
            del stream
            return ref, error
        del stream
        return ref, told

    with no_collector():
        ref, error = failing()
        assert error.partial is not None
        assert (error.partial.text, ref()) == ("abcdefgh", None)
