"""Packages that give the objects of a stream and no message: a reader makes it of their objects.

What it makes is also what the package reads from an answer that was not streamed.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pytest

import ssemble

from ..dialects import test_bedrock_converse as converse
from ..dialects import test_cohere as cohere
from ..dialects import test_mistral_conversations as mistral
from ..dialects import test_ollama as ollama
from ..dialects.suite import json_lines
from ..framing.aws_messages import event
from ..needed import needed
from .server import LoopbackServer, Reply

Json = dict[str, Any]


def named_events(payloads: Iterable[Any]) -> list[bytes]:
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in payloads]


def ollama_objects(package: Any, url: str) -> Iterator[Json]:
    for part in package.Client(host=url, timeout=5).chat(model="q", messages=[], stream=True):
        yield part.model_dump(exclude_none=True)


def cohere_objects(package: Any, url: str) -> Iterator[Json]:
    client = package.ClientV2(api_key="k", base_url=url, timeout=5)
    for each in client.chat_stream(model="m", messages=[{"role": "user", "content": "Hi"}]):
        yield each.model_dump(exclude_none=True)


def mistral_objects(package: Any, url: str) -> Iterator[Json]:
    client = package.Mistral(api_key="k", server_url=url, timeout_ms=5000)
    with client.beta.conversations.start_stream(inputs="Hi", model="m") as stream:
        for each in stream:
            yield each.data.model_dump(mode="json", exclude_none=True)


class Client(NamedTuple):
    """A package, what its server sends, its objects, and the class of an answer that was not streamed."""

    package: str
    dialect: str
    payloads: list[Any]
    write: Callable[[Iterable[Any]], list[bytes]]
    objects: Callable[[Any, str], Iterator[Json]]
    whole: str
    content_type: str = "text/event-stream"


TIME = "2026-01-01T00:00:00Z"
CLIENTS = [
    Client(
        "ollama",
        "ollama",
        [
            ollama.line("", thinking="Hm"),
            ollama.line("Te"),
            ollama.line("a"),
            ollama.line("", tool_calls=[ollama.call("f", {"a": 1})]),
            ollama.last(eval_count=2, prompt_eval_count=3),
        ],
        json_lines,
        ollama_objects,
        "ChatResponse",
        "application/x-ndjson",
    ),
    Client(
        "cohere",
        "cohere",
        cohere.CASES["a plan and calls"].payloads,
        named_events,
        cohere_objects,
        "V2ChatResponse",
    ),
    Client(
        "mistralai.client",
        "mistral-conversations",
        [
            mistral.start(created_at=TIME),
            *[mistral.output(text, model="m", created_at=TIME) for text in ("Te", "a")],
            *[mistral.call(text, 1, created_at=TIME) for text in ('{"a"', ": 1}")],
            mistral.done(usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}),
        ],
        named_events,
        mistral_objects,
        "models.ConversationResponse",
    ),
]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.package)
def test_objects_of_a_package(server: LoopbackServer, client: Client) -> None:
    package = needed(client.package)
    reply = Reply(client.write(client.payloads), content_type=client.content_type)
    reader = ssemble.accumulator(client.dialect)
    events = [told for each in client.objects(package, server.url(reply)) for told in reader.add(each)]
    events += reader.end()
    completion = reader.completion()
    expected = ssemble.assemble(b"".join(client.write(client.payloads)))
    assert (completion.text, completion.reasoning) == (expected.text, expected.reasoning)
    assert [(call.name, call.parse_arguments(), call.complete) for call in completion.tool_calls] == [
        (call.name, call.parse_arguments(), True) for call in expected.tool_calls
    ]
    assert completion.complete
    assert completion.finish_reason == expected.finish_reason
    assert isinstance(events[-1], ssemble.ChoiceEnd)
    kind: Any = package
    for name in client.whole.split("."):
        kind = getattr(kind, name) if hasattr(kind, name) else importlib.import_module(f"{kind.__name__}.{name}")
    parsed = kind.model_validate(expected.to_dict())
    assert expected.text in parsed.model_dump_json()


def test_events_of_botocore() -> None:
    """botocore reads the frames, and a reader takes what it gives."""
    eventstream = needed("botocore.eventstream")
    for name, case in converse.CASES.items():
        if any(not isinstance(body, dict) for each in case.payloads for body in each.values()) or case.error:
            continue
        frames = b"".join(event(key, body) for each in case.payloads for key, body in each.items() if len(each) == 1)
        buffer = eventstream.EventStreamBuffer()
        buffer.add_data(frames)
        reader = ssemble.accumulator("bedrock-converse")
        for message in buffer:
            reader.add({message.headers[":event-type"]: json.loads(message.payload)})
        reader.end()
        assert reader.completion().to_dict() == case.object, name
        assert reader.complete
