"""An API in front of LiteLLM: its chunks, forwarded; ``choices`` may be empty, ``content`` may be missing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import ssemble

from .server import LoopbackServer, Reply
from .wire import DONE, event, one_event_each

Told = Callable[[str], object]
COUNTS = {"completion_tokens": 3, "prompt_tokens": 8, "total_tokens": 11, "cost": 0.00012}


def lite(choices: list[dict[str, Any]], **more: Any) -> bytes:
    """A chunk with its keys and their order as LiteLLM writes them."""
    head = {"id": "chatcmpl-7", "object": "chat.completion.chunk", "created": 1700000000, "model": "mock"}
    return event({**head, "choices": choices, **more})


def answer(*pieces: str) -> list[bytes]:
    first, *rest = pieces
    return [
        lite([]),
        lite([{"index": 0, "delta": {"role": "assistant", "content": first}}]),
        *(lite([{"index": 0, "delta": {"content": piece}}]) for piece in rest),
        lite([{"index": 0, "delta": {}, "finish_reason": "stop"}]),
        lite([{"index": 0, "delta": {}}], usage=COUNTS),
        DONE,
    ]


async def chat(
    client: httpx.AsyncClient, url: str, messages: list[dict[str, Any]], stream: ssemble.MessageStream, tell: Told
) -> ssemble.Completion:
    """The whole client of the guide: raise for the status, tell the text, return the message."""
    async with client.stream("POST", url, json={"messages": messages, "stream": True}) as r:
        r.raise_for_status()
        async for item in stream.aevents(r.aiter_bytes()):
            if isinstance(item, ssemble.TextDelta):
                tell(item.text)
    return stream.close()


def silent(text: str) -> None:
    """Tell nobody."""


async def ask(url: str, content: str = "Hi", tell: Told = silent) -> ssemble.Completion:
    async with httpx.AsyncClient() as client:
        return await chat(client, url, [{"role": "user", "content": content}], ssemble.MessageStream(), tell)


def test_async(server: LoopbackServer) -> None:
    told: list[str] = []
    asyncio.run(ask(server.url(Reply(answer("Wel", "come"))), tell=told.append))
    assert told == ["Wel", "come"]


def test_accumulate(server: LoopbackServer) -> None:
    completion = asyncio.run(ask(server.url(Reply(answer("Wel", "come")))))
    assert completion.text == "Welcome"
    assert completion.finish_reason == "stop"
    assert completion.usage == COUNTS


def test_a_chat_loop_appends_the_finished_message_to_the_history(server: LoopbackServer) -> None:
    url = server.url(Reply(answer("A web", " framework.")), Reply(answer("It is", " faster.")))
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            for question in ("What is it?", "And the other?"):
                messages.append({"role": "user", "content": question})
                completion = await chat(client, url, messages, ssemble.MessageStream(), silent)
                messages.append(completion.message.to_dict())

    asyncio.run(main())
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user", "assistant"]
    assert messages[-1] == {"role": "assistant", "content": "It is faster."}
    assert server.requests[1].json()["messages"][2] == {"role": "assistant", "content": "A web framework."}


def test_several_documents_in_turn(server: LoopbackServer) -> None:
    documents = ["health", "energy", "work"]
    url = server.url(*(Reply(answer(f"about {document}")) for document in documents))
    texts = [asyncio.run(ask(url, document)).text for document in documents]
    assert texts == ["about health", "about energy", "about work"]
    assert [request.json()["messages"][0]["content"] for request in server.requests] == documents


def test_statistics(server: LoopbackServer) -> None:
    pieces: list[str] = []
    completion = asyncio.run(ask(server.url(Reply(answer("Once", " upon", " a time"))), tell=pieces.append))
    assert (len(pieces), len(completion.text)) == (3, 16)


def test_concurrent_streams(server: LoopbackServer) -> None:
    replies = [Reply([*one_event_each(name, "!"), DONE[3:]], gated=True) for name in ("one", "two", "three")]
    spoken: set[str] = set()

    def tell(text: str) -> None:
        spoken.add(text)
        if len(spoken) >= len(replies):  # nobody ends before all have begun
            for reply in replies:
                reply.go()

    async def main() -> list[ssemble.Completion]:
        return await asyncio.gather(*(ask(server.url(reply), tell=tell) for reply in replies))

    assert [completion.text for completion in asyncio.run(main())] == ["one!", "two!", "three!"]
    assert [reply.overdue for reply in replies] == [0, 0, 0]


def test_text_to_a_file_as_it_comes(server: LoopbackServer, tmp_path: Path) -> None:
    path = tmp_path / "post.txt"
    reply = Reply([*one_event_each("Grüße, ", "漢字"), DONE[3:]], gated=True)
    on_disk: list[str] = []
    with path.open("w", encoding="utf-8") as file:

        def write(text: str) -> None:
            file.write(text)
            file.flush()
            on_disk.append(path.read_text(encoding="utf-8"))
            reply.go()

        asyncio.run(ask(server.url(reply), tell=write))
    assert on_disk == ["Grüße, ", "Grüße, 漢字"]
    assert reply.overdue == 0


@pytest.mark.parametrize("status", [403, 429])
def test_http_status_before_the_stream(server: LoopbackServer, status: int) -> None:
    refusal = Reply([b'{"error": {"message": "no credits"}}'], status=status, content_type="application/json")
    with pytest.raises(httpx.HTTPStatusError) as caught:
        asyncio.run(ask(server.url(refusal)))
    assert caught.value.response.status_code == status


@pytest.mark.parametrize("status", [403, 429])
def test_http_status_that_nobody_looked_at_is_no_silent_empty_message(server: LoopbackServer, status: int) -> None:
    refusal = Reply([b'{"error": {"message": "no credits"}}'], status=status, content_type="application/json")
    with httpx.stream("POST", server.url(refusal)) as r, pytest.raises(ssemble.ProviderError, match="no credits"):
        ssemble.assemble(r.iter_bytes())


if sys.version_info >= (3, 11):

    def test_asyncio_timeout_around_it(server: LoopbackServer) -> None:
        check_time_limit(server, asyncio.timeout)


def test_a_deadline_around_it(server: LoopbackServer) -> None:
    @asynccontextmanager
    async def deadline(seconds: float) -> Any:
        task = asyncio.current_task()
        assert task is not None
        handle = asyncio.get_running_loop().call_later(seconds, task.cancel)
        try:
            yield
        except asyncio.CancelledError:
            raise TimeoutError from None
        finally:
            handle.cancel()

    check_time_limit(server, deadline)


def check_time_limit(server: LoopbackServer, limit: Callable[[float], Any]) -> None:
    stream = ssemble.MessageStream()
    stalled = Reply(one_event_each("so far", "never"), gated=True)

    async def main() -> None:
        async with httpx.AsyncClient() as client, limit(0.5):
            await chat(client, server.url(stalled), [], stream, silent)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert stream.completion().text == "so far"
    assert not stream.complete
