"""`transcode`, its asynchronous twin, and `write_events`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import ssemble
from ssemble import (
    ErrorEvent,
    IncompleteStream,
    InvalidJSON,
    MessageStream,
    ProviderError,
    StreamEvent,
    TextDelta,
    atranscode,
    transcode,
    write_events,
)

from .helpers import async_source, chunk, gather, sse
from .recordings import by_sizes
from .vectors.written import MESSAGES, STOP, body, read

BODY = sse(chunk({"content": "Hi"}, id="c", model="m", created=5), chunk({"content": "!"}, "stop"), "[DONE]")
OPTIONS: list[dict[str, Any]] = [{}, {"id": "x", "model": "y", "created": 1, "include_usage": False, "n": 1}]


@pytest.mark.parametrize("options", OPTIONS, ids=len)
def test_it_reads_and_writes(options: dict[str, Any]) -> None:
    data = b"".join(transcode(BODY, to="anthropic", dialect="openai-chat", **options))
    message = read("anthropic", data).close()
    assert (message.text, message.finish_reason) == ("Hi!", "stop")
    assert (message.id, message.model) == (options.get("id", "c"), options.get("model", "m"))
    assert data == b"".join(asyncio.run(gather(atranscode(async_source([BODY]), to="anthropic", **options))))


def test_frames_come_as_their_bytes_arrive() -> None:
    def source() -> Iterator[bytes]:
        for fragment in by_sizes(BODY, iter(lambda: 10, None)):
            seen.append(len(fragment))
            yield fragment

    seen: list[int] = []
    frames = transcode(source(), to="gemini")
    assert b"Hi" in next(frames)
    assert sum(seen) < len(BODY)
    assert all(frame.endswith(b"\n\n") for frame in frames)


def test_a_wrong_name_is_said_at_once() -> None:
    calls: list[Any] = [transcode, atranscode, write_events]
    for call in calls:
        with pytest.raises(ValueError, match="expected one of"):
            call([], to="html")
    with pytest.raises(ValueError, match="unknown dialect"):
        transcode(BODY, to="gemini", dialect="html")


async def collect(frames: AsyncIterator[bytes], out: list[bytes]) -> None:
    """Keep the frames up to an error, as `list.extend` does."""
    async for frame in frames:
        out.append(frame)  # noqa: PERF401  # a comprehension would keep nothing


BROKEN: dict[str, tuple[Any, type[BaseException]]] = {
    "cut": (sse(chunk({"content": "Hi"})), IncompleteStream),
    "empty": (b"", IncompleteStream),
    "no JSON": (BODY[:60] + b"data: {x\n\n" + BODY, ssemble.SsembleError),
    "error of the server": (sse(chunk({"content": "Hi"}), {"error": {"message": "Busy"}}), ProviderError),
    "a page": (b"<html><body>Bad gateway</body></html>", ProviderError),
}


@pytest.mark.parametrize("errors", ["raise", "event"])
@pytest.mark.parametrize("to", ["openai-chat", "anthropic", "openai-responses", "gemini"])
@pytest.mark.parametrize("name", BROKEN)
def test_an_error_is_told_and_then_raised(name: str, to: str, errors: Any) -> None:
    source, error = BROKEN[name]
    out: list[bytes] = []
    with pytest.raises(error) as caught:
        out.extend(transcode(source, to=to, errors=errors))
    found = read(to, b"".join(out))
    assert isinstance(found.error, ProviderError)
    same: list[bytes] = []
    with pytest.raises(type(caught.value)):
        asyncio.run(collect(atranscode(async_source([source]), to=to, errors=errors), same))
    assert same == out


def test_of_an_exception_of_the_source_only_the_name_is_told() -> None:
    def source() -> Iterator[bytes]:
        yield BODY[:40]
        raise OSError("/home/me/secret")

    out: list[bytes] = []
    with pytest.raises(OSError, match="secret"):
        out.extend(transcode(source(), to="anthropic"))
    assert b"OSError" in out[-1]
    assert b"secret" not in out[-1]


def test_leaving_it_writes_nothing_and_closes_the_source() -> None:
    closed = []

    def source() -> Iterator[bytes]:
        try:
            yield BODY
            yield b""
        finally:
            closed.append(True)

    frames = transcode(source(), to="anthropic")
    next(frames)
    frames.close()
    assert closed == [True]
    assert list(frames) == []


def test_cancelling_it_writes_nothing_and_closes_the_source() -> None:
    closed: list[bool] = []
    out: list[bytes] = []

    async def source() -> AsyncIterator[bytes]:
        try:
            yield BODY[:150]
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def main() -> None:
        task = asyncio.ensure_future(collect(atranscode(source(), to="anthropic"), out))
        while not out:
            await asyncio.sleep(0)
        count = len(out)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(out) == count

    asyncio.run(main())
    assert closed == [True]


def test_a_blocked_prompt_has_no_message() -> None:
    source = sse({"promptFeedback": {"blockReason": "SAFETY"}})
    assert MessageStream().feed(source)
    for to in ("anthropic", "gemini"):
        out: list[bytes] = []
        with pytest.raises(IncompleteStream):
            out.extend(transcode(source, to=to))
    with pytest.raises(IncompleteStream):
        asyncio.run(gather(atranscode(async_source([source]), to="anthropic")))


def test_events_are_written_up_to_an_error_event() -> None:
    assert body("openai-chat", MESSAGES["text"]).endswith(b"data: [DONE]\n\n")
    events: list[StreamEvent] = [TextDelta("A"), ErrorEvent(InvalidJSON("x")), TextDelta("B"), STOP]
    data = b"".join(write_events(events, to="openai-chat", id="x", model="y", created=1, include_usage=False))
    assert data.count(b"data: ") == 3
    assert isinstance(read("openai-chat", data).error, ProviderError)


def test_events_that_end_early_or_raise() -> None:
    def events() -> Iterator[StreamEvent]:
        yield TextDelta("A")
        raise KeyError("k")

    assert b"error" in b"".join(write_events([TextDelta("A")], to="anthropic"))
    out: list[bytes] = []
    with pytest.raises(KeyError):
        out.extend(write_events(events(), to="anthropic"))
    assert b"KeyError" in out[-1]
