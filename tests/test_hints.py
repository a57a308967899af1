"""What was passed in place of bytes: the error names the right call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import ssemble
from ssemble import assemble

from .helpers import chunk, sse
from .needed import needed

BODY = sse(chunk({"content": "Hi"}), chunk({}, "stop"))
READ1 = 'iter(partial(response.raw.read1, 65536, decode_content=True), b"") with stream=True'


def refused(source: Any, asynchronous: bool = False) -> str:
    """The hint of the error for a source."""
    with pytest.raises(TypeError) as caught:
        asyncio.run(ssemble.aassemble(source)) if asynchronous else assemble(source)
    text = str(caught.value)
    wanted = "an async iterable" if asynchronous else "an iterable"
    start = f"expected bytes or {wanted} of bytes, got {type(source).__name__}: "
    assert text.startswith(start)
    return text[len(start) :]


TO_ASYNC = "aassemble(), aiter_events() or MessageStream.aevents()"
TO_SYNC = "assemble(), iter_events() or MessageStream.events()"
# The module and the class of a client; what the error says, in a synchronous and in an asynchronous function.
CLIENTS: dict[str, tuple[str, str]] = {
    "httpx.Response": ("pass response.iter_bytes()", "pass response.aiter_bytes()"),
    "httpx2.Response": ("pass response.iter_bytes()", "pass response.aiter_bytes()"),
    "requests.Response": (f"pass {READ1}", f"pass {READ1} to {TO_SYNC}"),
    "urllib3.HTTPResponse": (
        'pass iter(partial(response.read1, 65536), b"")', f'pass iter(partial(response.read1, 65536), b"") to {TO_SYNC}',
    ),
    "aiohttp.ClientResponse": (f"pass response.content.iter_any() to {TO_ASYNC}", "pass response.content.iter_any()"),
    "aiohttp.StreamReader": (f"pass response.content.iter_any() to {TO_ASYNC}", "pass response.content.iter_any()"),
    "niquests.Response": (
        "pass response.iter_content(-1) with stream=True", f"pass response.iter_content(-1) with stream=True to {TO_SYNC}",
    ),
    "openai.Stream": ("it gives chunk objects, no bytes. ", "it gives chunk objects, no bytes. "),
    "openai.AsyncStream": ("it gives chunk objects, no bytes. ", "it gives chunk objects, no bytes. "),
    "anthropic.Stream": ("it gives chunk objects, no bytes. ", "it gives chunk objects, no bytes. "),
}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_a_response_of_a_client(client: str) -> None:
    package, _, name = client.partition(".")
    kind = getattr(needed(package, "niquests" if package == "niquests" else "clients"), name)
    check(kind.__new__(kind), *CLIENTS[client])


@pytest.mark.parametrize("client", CLIENTS)
def test_a_class_is_known_by_its_name(client: str) -> None:
    package, _, name = client.partition(".")
    base = type(name.replace("HTTPResponse", "BaseHTTPResponse"), (), {"__module__": f"{package}.inner"})
    check(type("Mine", (base,), {"__iter__": lambda self: iter([BODY])})(), *CLIENTS[client])


def check(response: Any, sync: str, asynchronous: str) -> None:
    for expected, hint in ((sync, refused(response)), (asynchronous, refused(response, asynchronous=True))):
        assert hint == expected or (expected.startswith("it gives") and hint.startswith(expected))


class Response:
    """A client's that nobody knows."""

    def iter_bytes(self) -> Iterator[bytes]:
        yield BODY


async def source() -> AsyncIterator[bytes]:
    yield BODY


async def response() -> None:
    """What gives a response."""


def test_what_was_not_called_or_awaited() -> None:
    assert refused(Response().iter_bytes) == "call it: iter_bytes()"
    assert refused(source, asynchronous=True) == "call it: source()"
    assert refused(type("Call", (), {"__call__": lambda self: None})()) == "call it: it()"
    waiting = response()
    assert refused(waiting) == refused(waiting, asynchronous=True) == "await it first"
    waiting.close()


def test_a_source_of_the_other_kind() -> None:
    assert refused(source()) == f"it is asynchronous, so pass it to {TO_ASYNC}"
    assert refused([BODY], asynchronous=True) == f"it is synchronous, so pass it to {TO_SYNC}"


@pytest.mark.parametrize("wrong", ["text", None, 5, Response()], ids=lambda value: type(value).__name__)
def test_anything_else(wrong: Any) -> None:
    assert refused(wrong) == "pass the body, as from response.iter_bytes()"
    assert refused(wrong, asynchronous=True) == "pass the body, as from response.aiter_bytes()"


def lines(source: list[bytes]) -> AsyncIterator[bytes]:
    async def one_by_one() -> AsyncIterator[bytes]:
        for line in source:
            yield line

    return one_by_one()


ROADS: list[Callable[[list[bytes]], Any]] = [assemble, lambda source: asyncio.run(ssemble.aassemble(lines(source)))]
WITHOUT_ENDS: list[list[bytes]] = [
    [b"event: message_start", b'data: {"type": "message_start", "message": {}}', b""],
    [b'{"candidates": [{"content": {}}]}', b'{"candidates": [{"finishReason": "STOP"}]}'],
]


@pytest.mark.parametrize("read", ROADS, ids=["sync", "async"])
@pytest.mark.parametrize("body", WITHOUT_ENDS, ids=["events", "JSON lines"])
def test_lines_without_their_ends(read: Callable[[list[bytes]], Any], body: list[bytes]) -> None:
    with pytest.raises(ssemble.StreamError, match=rf"; no line end in {len(body)} fragments: .*pass the bytes"):
        read(body)
    for other in ([b"".join(body)], [b"\n", *body]):
        with pytest.raises(ssemble.SsembleError) as caught:
            read(other)
        assert "no line end" not in str(caught.value)
