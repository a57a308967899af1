"""The gateway of the README, a cache that replays, and a server for somebody's tests."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

import ssemble
from ssemble import ErrorEvent, ProviderError, TextDelta
from tests.documents import README, program
from tests.recordings import by_sizes
from tests.vectors.written import MESSAGES, body

from ..needed import needed
from .server import LoopbackServer, Reply
from .test_writers import CLIENTS, expected

GATEWAY = program(README, "gateway")
PATHS = {"anthropic": "/v1/messages", "openai-responses": "/v1/responses"}
NAMES = {dialect: name for name, (dialect, _) in CLIENTS.items()}
Asked = list[dict[str, Any]]


@contextlib.contextmanager
def gateway(to: str, upstream: str, asked: Asked) -> Iterator[str]:
    """Run the README's gateway on a server that its authors keep well; give its address."""
    uvicorn = needed("uvicorn")
    needed("starlette")
    import httpx

    def to_upstream(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return {"model": request["model"], "stream": True}

    code = GATEWAY.replace('"/v1/messages"', f'"{PATHS[to]}"').replace('"anthropic"', f'"{to}"')
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    names["client"] = httpx.AsyncClient(base_url=upstream, timeout=5, trust_env=False)
    names["to_upstream"] = to_upstream
    config = uvicorn.Config(names["app"], host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}" + ("/v1" if to == "openai-responses" else "")
    finally:
        server.should_exit = True
        thread.join(5)


def test_the_gateway_is_short() -> None:
    assert len([line for line in GATEWAY.splitlines() if line.strip()]) < 20


@pytest.mark.parametrize("to", PATHS)
@pytest.mark.parametrize("name", ["text", "reasoning", "text and calls", "interleaved", "refusal"])
def test_a_gateway(name: str, to: str, server: LoopbackServer) -> None:
    chat = body("openai-chat", MESSAGES[name])
    read = CLIENTS[NAMES[to]][1]
    asked: Asked = []
    with gateway(to, server.url(Reply(by_sizes(chat, iter(lambda: 11, None)))), asked) as url, httpx2.Client() as http:
        seen = read(url, http)
    assert seen == expected(to, b"".join(ssemble.transcode(chat, to=to)))
    assert asked[0]["model"] == "m"
    assert server.requests[0].json() == {"model": "m", "stream": True}


@pytest.mark.parametrize("to", PATHS)
@pytest.mark.parametrize("fault", ["error", "cut", "reset", "page", "down"])
def test_a_gateway_tells_what_went_wrong(fault: str, to: str, server: LoopbackServer) -> None:
    start = b"".join(by_sizes(body("openai-chat", [TextDelta("Hel"), TextDelta("lo")]), iter(lambda: 9, None)))
    start = start[: start.index(b'data: {"error"')]
    replies = {
        "error": Reply([start, b'data: {"error": {"message": "Busy"}}\n\n']),
        "cut": Reply([start]),
        "reset": Reply([start], cut="middle"),
        "page": Reply([b"<html>Bad gateway</html>"], status=502, content_type="text/html"),
    }
    read = CLIENTS[NAMES[to]][1]
    upstream = "http://127.0.0.1:1" if fault == "down" else server.url(replies[fault])  # nobody listens at port 1
    with gateway(to, upstream, []) as url, httpx2.Client() as http:
        # Anthropic's package has an error of its own; that of OpenAI has one for a response that did not complete.
        with pytest.raises(
            Exception, match=r"Busy|ended|Bad gateway|RemoteProtocolError|ConnectError|response\.(completed|created)"
        ):
            read(url, http)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_cache_that_replays(client: str, server: LoopbackServer) -> None:
    dialect, read = CLIENTS[client]
    cached = ssemble.assemble(body("anthropic", MESSAGES["text and calls"]))
    frames = list(ssemble.write_events(cached.events(size=2), to=dialect))
    assert len(frames) > 5
    with httpx2.Client() as http:
        seen = read(server.url(Reply(frames)), http)
    assert seen == expected(dialect, b"".join(frames))
    assert (seen.text, [call[0] for call in seen.calls]) == ("Look.", ["call_0", "call_1"])


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("size", [1, 40])
def test_a_server_with_a_chosen_cutting_and_fault(client: str, size: int, server: LoopbackServer) -> None:
    """Somebody's program, here an official client, is tested against a server that fails where the test wants it."""
    dialect, read = CLIENTS[client]
    busy = ErrorEvent(ProviderError("Busy", raw={"message": "Busy", "type": "overloaded_error"}))
    answer = list(ssemble.assemble(body("openai-chat", MESSAGES["text"])).events(size=1))
    frames = b"".join(ssemble.write_events([*answer[:4], busy], to=dialect))
    with httpx2.Client() as http, pytest.raises(Exception, match=r"Busy|overloaded|response\.completed"):
        read(server.url(Reply(by_sizes(frames, iter(lambda: size, None)))), http)


def test_a_normaliser() -> None:
    """Oddities of servers do not come out of ``openai-chat`` to ``openai-chat``."""
    odd = (
        b': ping\r\n\r\ndata: {"id":"a","choices":[{"delta":{"role":"assistant","content":"Hi"}}]}\r\n\r\n'
        b'data: {"id":"b","choices":[{"delta":{"role":"assistant","tool_calls":[{"id":"c","function":'
        b'{"name":"f","arguments":{"a":1}}}]},"finish_reason":"tool_calls"}]}\r\n\r\n'
    )
    chunks = list(ssemble.iter_chunks(b"".join(ssemble.transcode(odd, to="openai-chat"))))
    assert {chunk["id"] for chunk in chunks} == {"a"}
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert [list(delta) for delta in deltas] == [["role"], ["content"], ["tool_calls"], ["tool_calls"], []]
    assert json.loads(deltas[3]["tool_calls"][0]["function"]["arguments"]) == {"a": 1}
