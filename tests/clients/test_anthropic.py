"""The anthropic package: ``with_streaming_response.create(…, stream=True)``, then ``iter_bytes()``; and its helper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ..needed import needed
from .official import OfficialClient, Row, assert_table
from .official_wire import ANTHROPIC
from .suite import AsyncSuite, SyncSuite

anthropic = needed("anthropic")

ASK: dict[str, Any] = {"model": "m-1", "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
VERSION = "2.14.0"  # of the package, for which the table holds

# Recordings of which `client.messages.stream` makes another message: the library is right in each, as the helper of
# `client.beta.messages` shows, which makes the same of all of them.
TABLE = [
    Row(
        "usage.iterations",
        "A7: any key of the usage is kept; the helper copies the keys that it knows",
        (
            "anthropics-anthropic-sdk-python__001.sse",
            "anthropics-anthropic-sdk-python__003.sse",
            "pydantic-pydantic-ai__002.sse",
        ),
    ),
    Row(
        "usage.fallback_credit",
        "A7, as above",
        ("anthropics-anthropic-sdk-python__006.sse",),
    ),
    Row(
        "usage.iterations, context_management",
        "A7, and A6: other keys of message_delta belong to the message",
        ("datadog-dd-trace-js__002.sse", "datadog-dd-trace-js__005.sse"),
    ),
    Row(
        "content[0].content, content[0].encrypted_content",
        "A3: compaction_delta assigns its keys; the helper does not know this kind of delta",
        ("anthropics-anthropic-sdk-python__005.sse",),
    ),
    Row(
        "usage.iterations, context_management, content[0].content",
        "A7, A6 and A3, as above",
        ("pydantic-pydantic-ai__004.sse",),
    ),
    Row(
        "model",
        "A3: a fallback block also sets the model that answered",
        ("anthropics-anthropic-sdk-python__007.sse",),
    ),
    Row(
        "content[1].input",
        "A3: input_json_delta belongs to every kind of tool block, mcp_tool_use too",
        ("pydantic-pydantic-ai__005.sse",),
    ),
]


class TestSync(SyncSuite):
    broken = short = reset = (httpx2.TransportError,)

    def body(self, url: str) -> Iterator[bytes]:
        with anthropic.Anthropic(api_key="k", base_url=url, max_retries=0) as client:
            with client.messages.with_streaming_response.create(**ASK, stream=True) as r:
                yield from r.iter_bytes()


class TestAsync(AsyncSuite):
    broken = short = reset = (httpx2.TransportError,)

    async def body(self, url: str) -> AsyncIterator[bytes]:
        async with anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as client:
            async with client.messages.with_streaming_response.create(**ASK, stream=True) as r:
                async for data in r.iter_bytes():
                    yield data


class TestMessages(OfficialClient):
    wire = ANTHROPIC
    error = anthropic.APIStatusError

    def body(self, url: str) -> Iterator[bytes]:
        return TestSync().body(url)

    def messages(self, client: Any) -> Any:
        return client.messages

    def own(self, http: httpx2.Client, url: str) -> Any:
        client = anthropic.Anthropic(api_key="k", base_url=url, max_retries=0, http_client=http)
        with self.messages(client).stream(**ASK) as stream:
            stream.until_done()
            return stream.current_message_snapshot.to_dict()

    def told(self, error: Any) -> Any:
        return error.body["error"]


class TestBetaMessages(TestMessages):
    def messages(self, client: Any) -> Any:
        return client.beta.messages


@pytest.mark.parametrize(
    ("client", "table", "equal"), [(TestMessages(), TABLE, 126), (TestBetaMessages(), [], 136)], ids=["stable", "beta"]
)
def test_recordings(corpus: Path, client: TestMessages, table: list[Row], equal: int) -> None:
    assert_table(client, table, equal, same_version=anthropic.__version__ == VERSION)
