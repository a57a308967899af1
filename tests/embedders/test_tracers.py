"""Today's tracers for the openai package, with an `Observer` in place of their own accumulation.

The real packages wrap the real client, which reads recordings. Nothing may raise, and what they write must be what
`assemble` returns.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import ssemble
from tests.helpers import call, chunk, sse
from tests.recordings import committed, of_providers

from ..needed import needed
from . import adapters

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def bodies() -> list[tuple[str, bytes, ssemble.Completion]]:
    """Recordings that end well, and what they come to. A tenth is enough: `test_sdk_objects` reads all as objects."""
    found = []
    for recording in [*committed(), *of_providers()[::10]]:
        if recording.dialect == "openai-chat" and b"data: " in recording.body[:200]:
            try:
                found.append((recording.name, recording.body, ssemble.assemble(recording.body)))
            except ssemble.SsembleError:
                continue
    return found


# Streams that the packages' own accumulation raises for, or reads wrongly.
FIRST_INDEX_1 = sse(call(1, id="c", name="f", arguments="{}"), chunk({}, "tool_calls"), "[DONE]")
REASONING = sse(chunk({"reasoning_content": "Hm"}), chunk({"content": "Hi"}, "stop"), "[DONE]")
PARTS = sse(chunk({"content": [{"type": "text", "text": "Hi"}]}), chunk({}, "stop"), "[DONE]")
HARD = [(name, body, ssemble.assemble(body)) for name, body in (("1", FIRST_INDEX_1), ("2", REASONING), ("3", PARTS))]


@pytest.fixture
def read() -> Iterator[Any]:
    """Read a body with the real client."""
    httpx, openai = (needed(name) for name in ("httpx", "openai"))
    served: list[bytes] = []
    headers = {"content-type": "text/event-stream"}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=served[-1]))
    with httpx.Client(transport=transport) as http:
        client = openai.OpenAI(api_key="none", base_url="http://test", http_client=http, max_retries=0)

        def run(body: bytes) -> int:
            served.append(body)
            stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "?"}], stream=True)
            return len(list(stream))

        yield run


def parts_of(choice: ssemble.Choice) -> list[tuple[str, Any]]:
    """What a span has of a choice: the parts of its message."""
    said = choice.message
    calls = [("tool_call", (call.name, call.id, call.arguments_or_text())) for call in said.tool_calls]
    texts = [("reasoning", said.reasoning), ("text", said.text), ("text", said.refusal)]
    return [*(each for each in texts if each[1]), *calls]


@pytest.fixture
def spans() -> Iterator[Any]:
    """A tracer provider that keeps the spans."""
    trace = needed("opentelemetry.sdk.trace", "embedders")
    export = importlib.import_module("opentelemetry.sdk.trace.export")
    memory = importlib.import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(memory))
    yield SimpleNamespace(provider=provider, memory=memory)
    provider.shutdown()


def output_parts(span: Any) -> list[list[tuple[str, Any]]]:
    """The parts of each output message of a span."""
    messages = json.loads(span.attributes.get("gen_ai.output.messages", "[]"))
    return [
        [
            (part["type"], (part["name"], part["id"], part["arguments"]) if "name" in part else part.get("content"))
            for part in message["parts"]
        ]
        for message in messages
    ]


def test_opentelemetry(read: Any, spans: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    package = needed("opentelemetry.instrumentation.genai.openai", "embedders")
    mixin = importlib.import_module("opentelemetry.instrumentation.genai.openai.chat_wrappers")._ChatStreamMixin
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
    monkeypatch.setattr(mixin, "_process_chunk", adapters.opentelemetry_chunk)
    monkeypatch.setattr(mixin, "_cleanup", adapters.opentelemetry_end)
    tracer = package.OpenAIInstrumentor()
    tracer.instrument(tracer_provider=spans.provider)
    try:
        for name, body, completion in [*HARD, *bodies()]:
            spans.memory.clear()
            read(body)
            [span] = spans.memory.get_finished_spans()
            assert output_parts(span) == [parts_of(choice) for choice in completion.choices], name
            assert span.attributes.get("gen_ai.usage.input_tokens") == completion.tokens.input, name
            assert span.attributes.get("gen_ai.usage.output_tokens") == completion.tokens.output, name
    finally:
        tracer.uninstrument()


def test_traceloop(read: Any, spans: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    package = needed("opentelemetry.instrumentation.openai", "embedders")
    wrappers = importlib.import_module("opentelemetry.instrumentation.openai.shared.chat_wrappers")
    monkeypatch.setenv("TRACELOOP_TRACE_CONTENT", "true")
    process = wrappers.ChatStream._process_complete_response

    def process_complete_response(stream: Any) -> None:
        adapters.traceloop_end(stream._complete_response)
        process(stream)

    monkeypatch.setattr(wrappers, "_accumulate_stream_items", adapters.traceloop)
    monkeypatch.setattr(wrappers.ChatStream, "_process_complete_response", process_complete_response)
    tracer = package.OpenAIInstrumentor()
    tracer.instrument(tracer_provider=spans.provider)
    try:
        for name, body, completion in [*HARD, *bodies()]:
            spans.memory.clear()
            read(body)
            [span] = spans.memory.get_finished_spans()
            said = [dict(parts) for parts in output_parts(span)]
            assert [each.get("text", "") for each in said] == [each.message.text for each in completion.choices], name
            calls = [part[1][:2] for parts in output_parts(span) for part in parts if part[0] == "tool_call"]
            assert calls == [(call.name, call.id) for each in completion.choices for call in each.message.tool_calls], (
                name
            )
    finally:
        tracer.uninstrument()


def test_langfuse(monkeypatch: pytest.MonkeyPatch) -> None:
    module = needed("langfuse.openai", "embedders")
    construct = importlib.import_module("openai._models").construct_type
    kind = importlib.import_module("openai.types.chat").ChatCompletionChunk
    assert callable(module._extract_streamed_openai_response)
    monkeypatch.setattr(module, "_extract_streamed_openai_response", adapters.langfuse)
    for name, body, completion in [*HARD, *bodies()]:
        chunks = [construct(type_=kind, value=each) for each in ssemble.iter_chunks(body) if isinstance(each, dict)]
        model, message, usage, reason, _ = module._extract_streamed_openai_response(
            SimpleNamespace(type="chat"), chunks
        )
        assert (model, usage) == (completion.model, completion.usage), name
        assert (reason or {}).get("finish_reason") == completion.choices[0].raw_finish_reason, name
        if completion.tool_calls:
            calls = [(each["id"], each["function"]["arguments"]) for each in message.get("tool_calls", ())]
            assert calls == [(each.id, each.arguments) for each in completion.tool_calls], name
        else:
            assert (message or "") == completion.text, name


def test_attributes() -> None:
    observer = ssemble.Observer(start=0.0)
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}}
    for at, each in enumerate([chunk({"content": "Hi"}, id="c", model="m"), chunk({}, "stop", usage=usage)], 1):
        observer.add(each, at=float(at))
    observer.end(at=2.0)
    assert adapters.attributes(observer) == {
        "gen_ai.response.id": "c", "gen_ai.response.model": "m", "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 1.0, "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 2,
        "gen_ai.usage.cache_read.input_tokens": 1,
    }  # fmt: skip
    observer = ssemble.Observer(start=0.0)
    observer.end(ConnectionError("reset"))
    assert adapters.attributes(observer) == {"gen_ai.response.finish_reasons": [], "error.type": "ConnectionError"}
