"""The openai package with the Responses API: ``with_streaming_response.create(…, stream=True)``; and its helper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from ..needed import needed
from .official import OfficialClient, Row, assert_table
from .official_wire import RESPONSES

# The first major version whose clients are of httpx2.
openai = needed("openai", version="3")

ASK: dict[str, Any] = {"model": "m-1", "input": "Hi"}
VERSION = "3.57.0"  # of the package, for which the table holds
NO_FINAL = "RuntimeError: Didn't receive a `response.completed` event."

# Recordings of which `client.responses.stream` makes another message, or none. The library is right in each.
TABLE = [
    Row(
        NO_FINAL,
        "R4: response.incomplete is an end as well, with the complete response in it",
        (
            "datadog-dd-trace-py__004.sse",
            "datadog-system-tests__002.sse",
            "maruel-genai__002.sse",
            "maruel-genai__016.sse",
            "mirascope-mirascope__014.sse",
            "mirascope-mirascope__037.sse",
            "mirascope-mirascope__038.sse",
            "neilberkman-req_llm__001.sse",
            "neilberkman-req_llm__006.sse",
            "social-growth-studio-req_llm__014.sse",
            "social-growth-studio-req_llm__015.sse",
        ),
    ),
    Row(
        NO_FINAL,
        "the body ends without the blank line after its last event; complete JSON is read all the same (FRAMING 5)",
        ("prism-php-prism__011.sse",),
    ),
    Row(
        "output",
        "R4.1: the terminal has an empty output (Codex), and then the streamed items count",
        ("0xplaygrounds-rig__001.sse", "0xplaygrounds-rig__002.sse"),
    ),
    Row(
        "IndexError: list index out of range",
        "R3: the only part has content_index 1, and a position on the wire is a key (P13)",
        ("crmne-ruby_llm__018.sse",),
    ),
    Row(
        "RuntimeError: Expected to have received `response.created` before `response.in_progress`",
        "R8: a resumed stream starts in the middle",
        ("openai-openai-dotnet__002.sse",),
    ),
    Row(
        "RuntimeError: Expected to have received `response.created` before `response.queued`",
        "R8, as above",
        ("pydantic-pydantic-ai__015.sse",),
    ),
]


class TestResponses(OfficialClient):
    wire = RESPONSES
    error = openai.APIError

    def body(self, url: str) -> Iterator[bytes]:
        with openai.OpenAI(api_key="k", base_url=url, max_retries=0) as client:
            with client.responses.with_streaming_response.create(**ASK, stream=True) as r:
                yield from r.iter_bytes()

    def own(self, http: httpx2.Client, url: str) -> Any:
        client = openai.OpenAI(api_key="k", base_url=url, max_retries=0, http_client=http)
        with client.responses.stream(**ASK) as stream:
            return stream.get_final_response().to_dict()

    def told(self, error: Any) -> Any:
        return error.body


def test_recordings(corpus: Path) -> None:
    assert_table(TestResponses(), TABLE, 190, same_version=openai.__version__ == VERSION)
