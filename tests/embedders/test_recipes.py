"""The recipes of the page beside this file: their own text is run."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import ssemble
from tests.helpers import call, chunk, sse

from ..needed import needed
from .recipe import recipe

SAY, STOP = chunk({"content": "Hi"}, id="c"), chunk({}, "stop")
USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}


class Server:
    """An ASGI server in a few lines: one request, and a client that may leave."""

    def __init__(self, app: Any, leave_after: int = 10**9) -> None:
        self.app = app
        self.left = asyncio.Event()
        self.leave_after = leave_after
        self.status = 0
        self.received: list[bytes] = []

    async def request(self) -> bytes:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/chat/completions",
            "headers": [],
            "query_string": b"",
            "asgi": {"version": "3.0"},
        }
        asked = [{"type": "http.request", "body": b"{}", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if asked:
                return asked.pop()
            await self.left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            self.status = message.get("status", self.status)
            if body := message.get("body"):
                self.received.append(body)
                if len(self.received) >= self.leave_after:
                    self.left.set()

        await self.app(scope, receive, send)
        return b"".join(self.received)


class Proxy:
    """The recipe, between a client and an upstream that the test plays."""

    def __init__(
        self, fragments: list[bytes], status: int = 200, kind: str = "text/event-stream", wait: bool = False
    ) -> None:
        needed("starlette")
        httpx = needed("httpx")
        self.logged: list[tuple[str, dict[str, Any]]] = []

        async def body() -> AsyncIterator[bytes]:
            for fragment in fragments:
                yield fragment
                await asyncio.sleep(0)
            if wait:
                await asyncio.sleep(60)

        transport = httpx.MockTransport(
            lambda request: httpx.Response(status, headers={"content-type": kind}, content=body())
        )
        names = recipe("proxy", print=lambda ended, row: self.logged.append((ended, row))).__globals__
        names["client"] = httpx.AsyncClient(transport=transport, base_url="http://upstream")
        self.app = names["app"]

    def rows(self) -> list[tuple[Any, ...]]:
        return [(ended, row["text"], row["output_tokens"], row["error"]) for ended, row in self.logged]


FRAGMENTS = [
    b": keep-alive\n\n",
    sse(SAY),
    sse(SAY)[:9],
    sse(SAY)[9:],
    b": keep-alive\n\n",
    sse(STOP, USAGE),
    sse("[DONE]"),
]


def test_a_proxy_forwards_every_byte() -> None:
    proxy = Proxy(FRAGMENTS)
    server = Server(proxy.app)
    assert asyncio.run(server.request()) == b"".join(FRAGMENTS)
    assert server.received == FRAGMENTS, "at once, as they came"
    assert proxy.rows() == [("ended", "HiHi", 2, None)]


def test_a_proxy_forwards_an_error() -> None:
    body = json.dumps({"error": {"message": "busy", "code": 429}}).encode()
    proxy = Proxy([body], 429, "application/json")
    server = Server(proxy.app)
    assert asyncio.run(server.request()) == body
    assert server.status == 429
    assert proxy.rows() == [("ended", "", None, "ProviderError")]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_client_that_leaves(count: int) -> None:
    proxy = Proxy([sse(USAGE | {"id": "c"}), *(sse(SAY) for _ in range(4))], wait=True)
    server = Server(proxy.app, leave_after=count)

    async def main() -> None:
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await asyncio.wait_for(server.request(), 5)

    asyncio.run(main())
    [(ended, text, output, error)] = proxy.rows()
    assert (ended, output, error) == ("left", 2, "IncompleteStream")
    assert proxy.logged[0][1]["status"] == "cut"
    assert len(text) >= 2 * (count - 1), "everything that was forwarded"


def test_an_agent() -> None:
    asked: list[list[dict[str, Any]]] = []
    answers = [
        sse(call(id="a", name="add", arguments='{"x": 1, "y": 2}'), call(1, id="b", name="add", arguments='{"x": 1'), chunk({}, "length")),
        sse(chunk({"content": "It is 3."}), STOP),
    ]  # fmt: skip

    def ask(messages: list[dict[str, Any]]) -> bytes:
        asked.append(json.loads(json.dumps(messages)))
        return answers[len(asked) - 1]

    def add(x: int, y: int) -> int:
        return x + y

    messages: list[dict[str, Any]] = [{"role": "user", "content": "1 + 2?"}]
    assert recipe("agent")(ask, {"add": add}, messages) == "It is 3."
    assert [each["role"] for each in messages] == ["user", "assistant", "tool", "assistant"]
    assert [each["id"] for each in asked[1][1]["tool_calls"]] == ["a"], "the cut call is left out"
    assert asked[1][2] == {"role": "tool", "tool_call_id": "a", "content": "3"}


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_stream_that_is_resumed(cut: int) -> None:
    payloads = [chunk({"content": f"{number} "}) for number in range(5)]
    events = [b"id: %d\n" % number + sse(each) for number, each in enumerate(payloads, 1)] + [sse("[DONE]")]
    connected: list[str] = []

    def connect(last_event_id: str) -> Iterator[bytes]:
        connected.append(last_event_id)
        rest = b"".join(events[int(last_event_id or 0) :])
        yield rest[: cut * len(connected)]
        if len(rest) > cut * len(connected):
            raise ConnectionError("reset")

    found = list(recipe("resumed")(connect))
    assert "".join(event.text for event in found if event.type == "text.delta") == "0 1 2 3 4 "
    assert connected[0] == ""
    assert len(connected) > 1


async def watched(fragments: list[bytes]) -> tuple[str, str, str]:
    """Read a stream in three ways."""

    async def source() -> AsyncIterator[bytes]:
        for fragment in fragments:
            yield fragment

    observer = ssemble.Observer()
    completion = await ssemble.aassemble(observer.watch(source()))
    text = "".join([event.text async for event in ssemble.aiter_events(source()) if event.type == "text.delta"])
    return completion.text, text, f"{observer.ended} {observer.completion().text}"


@pytest.mark.parametrize("library", ["asyncio", "trio", "anyio"])
def test_any_event_loop(library: str) -> None:
    module = needed(library, "embedders")
    found = asyncio.run(watched(FRAGMENTS)) if library == "asyncio" else module.run(watched, FRAGMENTS)
    assert found == ("HiHi", "HiHi", "ended HiHi")


@pytest.mark.parametrize("library", ["trio", "anyio"])
def test_a_cancelled_reader(library: str) -> None:
    module = needed(library, "embedders")
    rows: list[tuple[str, str]] = []

    async def main() -> None:
        async def source() -> AsyncIterator[bytes]:
            yield sse(SAY)
            await module.sleep(60)

        observer = ssemble.Observer()
        with module.move_on_after(0.05):
            async for _ in observer.watch(
                source(), on_end=lambda each: rows.append((each.ended, each.completion().text))
            ):
                pass

    module.run(main)
    assert rows == [("left", "Hi")]
