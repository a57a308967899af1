"""The openai package as the HTTP client: ``with_streaming_response.create(…, stream=True)``, then ``iter_bytes()``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import httpx2
import openai
import pytest

import ssemble

from .server import LoopbackServer, Reply
from .suite import AsyncSuite, SyncSuite
from .wire import FRAGMENTS, WHOLE

ASK: dict[str, Any] = {"model": "m-1", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
TRANSPORT_ERRORS = (httpx.TransportError, httpx2.TransportError)  # which one, its version decides


class TestSync(SyncSuite):
    broken = short = reset = TRANSPORT_ERRORS

    def body(self, url: str) -> Iterator[bytes]:
        with openai.OpenAI(api_key="k", base_url=url, max_retries=0) as client:
            with client.chat.completions.with_streaming_response.create(**ASK) as r:
                yield from r.iter_bytes()


class TestAsync(AsyncSuite):
    broken = short = reset = TRANSPORT_ERRORS

    async def body(self, url: str) -> AsyncIterator[bytes]:
        async with openai.AsyncOpenAI(api_key="k", base_url=url, max_retries=0) as client:
            async with client.chat.completions.with_streaming_response.create(**ASK) as r:
                async for data in r.iter_bytes():
                    yield data


def test_the_message_is_what_the_package_itself_returns_without_streaming(server: LoopbackServer) -> None:
    url = server.url(Reply(FRAGMENTS))
    completion = ssemble.assemble(TestSync().body(url))
    typed = openai.types.chat.ChatCompletion.model_validate(completion.to_dict())
    assert typed.model_dump(exclude_unset=True) == WHOLE
    assert server.requests[0].path.endswith("/chat/completions")
    assert server.requests[0].json() == ASK


def test_a_status_is_raised_before_any_stream(server: LoopbackServer) -> None:
    with pytest.raises(openai.AuthenticationError):
        list(TestSync().body(server.url(Reply([b"{}"], status=401))))
