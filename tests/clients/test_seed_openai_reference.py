"""The OpenAI reference: calls in fragments, reasons to end, a web route that writes a stream of its own, abort."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import ssemble

from .server import LoopbackServer, Reply
from .suite import drain
from .wire import BODY, DONE, FRAGMENTS, TEXT, WHOLE, chunk, event, one_event_each, story

ASK: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "stream": True}


def read(url: str) -> Iterator[bytes]:
    with httpx.stream("POST", url, json=ASK) as r:
        yield from r.iter_bytes()


def relay(url: str) -> Iterator[bytes]:
    """A proxy: every event of the upstream, read and written anew."""
    for one in ssemble.iter_sse(read(url)):
        yield one.encode()


def route(url: str) -> Iterator[bytes]:
    """A web route: the text of the upstream as payloads of its own shape."""
    for item in ssemble.iter_events(read(url)):
        if isinstance(item, ssemble.TextDelta):
            yield ssemble.ServerSentEvent(json.dumps({"content": item.text})).encode()
    yield ssemble.ServerSentEvent("[DONE]").encode()


def call(index: int, arguments: str, **more: Any) -> bytes:
    name = {"name": more.pop("name")} if "name" in more else {}
    return event(chunk(tool_calls=[{"index": index, **more, "function": {**name, "arguments": arguments}}]))


def test_tool_calls_put_together(server: LoopbackServer) -> None:
    body = [
        call(0, "", id="call_a", type="function", name="weather"),
        call(0, '{"city":'),
        call(1, '{"zone', id="call_b", type="function", name="time"),
        call(0, '"Paris"}'),
        call(1, '":"CET"}'),
        event(chunk(finish="tool_calls")),
        DONE,
    ]
    completion = ssemble.assemble(read(server.url(Reply(body))))
    assert [(one.id, one.name, one.parse_arguments()) for one in completion.tool_calls] == [
        ("call_a", "weather", {"city": "Paris"}),
        ("call_b", "time", {"zone": "CET"}),
    ]
    assert completion.message.to_dict()["tool_calls"][0] == {
        "id": "call_a",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city":"Paris"}'},
    }


@pytest.mark.parametrize("reason", ["stop", "length", "tool_calls"])
def test_finish_reason(server: LoopbackServer, reason: str) -> None:
    assert ssemble.assemble(read(server.url(Reply(story("x", finish=reason))))).finish_reason == reason


def test_full_response(server: LoopbackServer) -> None:
    assert ssemble.assemble(read(server.url(Reply(FRAGMENTS)))).to_dict() == WHOLE


def test_content_may_be_null_or_missing(server: LoopbackServer) -> None:
    nothing = {**chunk(), "choices": [{"index": 0, "delta": {"content": None}, "finish_reason": None}]}
    body = [event(nothing), event(chunk()), *story("Hello")]
    assert ssemble.assemble(read(server.url(Reply(body)))).text == "Hello"


def test_the_web_route_writes_content_and_done(server: LoopbackServer) -> None:
    web = server.url(Reply(route(server.url(Reply(story("Hel", "lo, 漢字"))))))
    assert b"".join(read(web)) == (
        b'data: {"content": "Hel"}\n\ndata: {"content": "lo, \\u6f22\\u5b57"}\n\ndata: [DONE]\n\n'
    )


def test_the_web_route_is_read_back_with_iter_chunks(server: LoopbackServer) -> None:
    web = server.url(Reply(route(server.url(Reply(FRAGMENTS)))))
    assert "".join(payload["content"] for payload in ssemble.iter_chunks(read(web))) == TEXT


def test_the_web_route_is_read_back_as_raw_events(server: LoopbackServer) -> None:
    web = server.url(Reply(route(server.url(Reply(story("Hel", "lo"))))))
    events: list[ssemble.StreamEvent] = []
    with pytest.raises(ssemble.UnknownDialect, match=r"no known dialect; the first is .*Hel"):
        events.extend(ssemble.iter_events(read(web)))
    assert events == [ssemble.RawEvent("message", {"content": "Hel"}), ssemble.RawEvent("message", {"content": "lo"})]


def test_a_proxy_that_encodes_every_event_anew_changes_nothing(server: LoopbackServer) -> None:
    upstream = server.url(Reply(FRAGMENTS))
    proxy = server.url(Reply(relay(upstream)))
    assert list(ssemble.iter_sse(read(proxy))) == list(ssemble.iter_sse(BODY))
    assert ssemble.assemble(read(server.url(Reply(relay(upstream))))).to_dict() == WHOLE


@pytest.mark.parametrize("proxy", [relay, route])
def test_a_proxy_passes_events_on_as_they_come(server: LoopbackServer, proxy: Any) -> None:
    upstream = Reply([*one_event_each("one", "two", "three"), DONE[3:]], gated=True)
    seen = []
    for payload in ssemble.iter_chunks(read(server.url(Reply(proxy(server.url(upstream)))))):
        seen.append(payload.get("content") or payload["choices"][0]["delta"]["content"])
        upstream.go()
    assert seen == ["one", "two", "three"]
    assert upstream.overdue == 0


def test_abort_reaches_the_upstream_through_a_proxy_and_keeps_the_message_so_far(server: LoopbackServer) -> None:
    endless = (event(chunk(str(number))) for number in range(100_000))  # more than any buffer between holds
    upstream = Reply(endless, gated=True)
    proxy = Reply(relay(server.url(upstream)))
    stream = ssemble.MessageStream()
    with httpx.stream("POST", server.url(proxy), json=ASK) as r:
        for item in stream.events(r.iter_bytes()):
            upstream.go()
            if isinstance(item, ssemble.TextDelta) and item.text == "2":
                break
    upstream.go(100_000)
    assert stream.completion().text == "012"
    assert proxy.gone.wait(5)
    assert upstream.gone.wait(5)


def test_abort_of_an_async_reader_by_cancelling_its_task(server: LoopbackServer) -> None:
    upstream = Reply(one_event_each(*map(str, range(1000))), gated=True)
    url = server.url(upstream)
    stream = ssemble.MessageStream()

    async def main() -> None:
        begun = asyncio.Event()

        async def listen() -> None:
            async with httpx.AsyncClient() as client, client.stream("POST", url, json=ASK) as r:
                async for _ in stream.aevents(r.aiter_bytes()):
                    begun.set()

        task = asyncio.create_task(listen())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    upstream.go(1000)
    assert stream.completion().text == "0"
    assert upstream.gone.wait(5)


def test_a_stream_that_fails_in_its_middle_keeps_what_came(server: LoopbackServer) -> None:
    stream = ssemble.MessageStream()
    with pytest.raises(httpx.RemoteProtocolError):
        drain(stream.events(read(server.url(Reply(one_event_each("so far"), cut="end")))))
    assert stream.completion().text == "so far"
