"""Agnic's gateway, through the openai package with another address: no ``created``, a last choice without ``index``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest

import ssemble

from .server import LoopbackServer, Reply
from .suite import drain
from .wire import DONE, event

ASK: dict[str, Any] = {
    "model": "openai/gpt-4o",
    "messages": [{"role": "user", "content": "Write a haiku"}],
    "stream": True,
}
COUNTS = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


def part(content: str) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    head = {"id": "chatcmpl-9", "object": "chat.completion.chunk", "model": "openai/gpt-4o"}
    return event({**head, "choices": [choice]})


LAST = event({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": COUNTS})
HAIKU = [part("Cold "), part("rain"), LAST, DONE]


def ask(url: str) -> Iterator[bytes]:
    """The bytes of the raw response, as they come."""
    with openai.OpenAI(api_key="token", base_url=url, max_retries=0) as client:
        with client.chat.completions.with_streaming_response.create(**ASK) as r:
            yield from r.iter_bytes()


def test_through_the_raw_streaming_response(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    for item in ssemble.iter_events(ask(server.url(Reply(HAIKU)))):
        if isinstance(item, ssemble.TextDelta):
            print(item.text, end="", flush=True)
    assert capsys.readouterr().out == "Cold rain"
    assert server.requests[0].path.endswith("/chat/completions")
    assert server.requests[0].json() == ASK


def test_async(server: LoopbackServer) -> None:
    async def main() -> ssemble.Completion:
        async with openai.AsyncOpenAI(api_key="token", base_url=server.url(Reply(HAIKU)), max_retries=0) as client:
            async with client.chat.completions.with_streaming_response.create(**ASK) as r:
                return await ssemble.aassemble(r.iter_bytes())

    assert asyncio.run(main()).text == "Cold rain"


def test_collecting(server: LoopbackServer) -> None:
    completion = ssemble.assemble(ask(server.url(Reply(HAIKU))))
    assert completion.to_dict() == {
        "id": "chatcmpl-9",
        "object": "chat.completion",
        "model": "openai/gpt-4o",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Cold rain"}, "finish_reason": "stop"},
        ],
        "usage": COUNTS,
    }


def test_the_history_is_accepted_by_the_next_request(server: LoopbackServer) -> None:
    history = [*ASK["messages"], ssemble.assemble(ask(server.url(Reply(HAIKU)))).message.to_dict()]
    url = server.url(Reply([b"{}"], content_type="application/json"))
    with openai.OpenAI(api_key="token", base_url=url, max_retries=0) as client:
        client.chat.completions.create(model="openai/gpt-4o", messages=history)
    assert server.requests[1].json()["messages"][1] == {"role": "assistant", "content": "Cold rain"}


def test_cancelling_after_100_pieces_with_the_message_so_far(server: LoopbackServer) -> None:
    long = Reply([part(f"{number} ") for number in range(2000)], gated=True)
    stream = ssemble.MessageStream()
    pieces = 0
    with openai.OpenAI(api_key="token", base_url=server.url(long), max_retries=0) as client:
        with client.chat.completions.with_streaming_response.create(**ASK) as r:
            for item in stream.events(r.iter_bytes()):
                long.go()
                pieces += isinstance(item, ssemble.TextDelta)
                if pieces == 100:
                    break
    long.go(2000)
    assert stream.completion().text == "".join(f"{number} " for number in range(100))
    assert not stream.complete
    assert long.gone.wait(5)  # the server need not go on


@pytest.mark.parametrize(
    ("status", "error"), [(402, openai.APIStatusError), (401, openai.AuthenticationError), (429, openai.RateLimitError)]
)
def test_api_errors_before_the_stream(server: LoopbackServer, status: int, error: type[openai.APIStatusError]) -> None:
    refusal = Reply([b'{"error": {"message": "balance"}}'], status=status, content_type="application/json")
    with pytest.raises(error) as caught:
        ssemble.assemble(ask(server.url(refusal)))
    assert caught.value.status_code == status


def test_api_errors_inside_the_stream(server: LoopbackServer) -> None:
    broke = {"error": {"message": "Insufficient balance", "type": "billing", "code": 402}}
    stream = ssemble.MessageStream()
    with pytest.raises(ssemble.ProviderError, match="Insufficient balance") as caught:
        drain(stream.events(ask(server.url(Reply([part("Cold "), event(broke)])))))
    assert (caught.value.code, caught.value.type) == (402, "billing")
    assert stream.completion().text == "Cold "


def test_usage_from_the_final_chunk(server: LoopbackServer) -> None:
    assert ssemble.assemble(ask(server.url(Reply(HAIKU)))).usage == COUNTS
