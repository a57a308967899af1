"""Adapters: what a tracer needs in place of its own accumulation. Each is a recipe."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import ssemble


def opentelemetry_chunk(stream: Any, chunk: Any) -> None:
    """Stand in for ``_process_chunk`` of opentelemetry-instrumentation-genai-openai, sync and async."""
    if not hasattr(stream, "_self_observer"):
        stream._self_observer = ssemble.Observer("openai-chat")
    stream._self_observer.add(chunk)


def opentelemetry_end(stream: Any, error: BaseException | None = None) -> None:
    """Stand in for its ``_cleanup``."""
    types: Any = import_module("opentelemetry.util.genai.types")
    observer, invocation = getattr(stream, "_self_observer", ssemble.Observer()), stream._self_invocation
    observer.end(error or "ended")
    completion = observer.completion()
    invocation.response_id, invocation.response_model_name = completion.id, completion.model
    invocation.input_tokens, invocation.output_tokens = observer.tokens.input, observer.tokens.output
    invocation.finish_reasons = [choice.raw_finish_reason or "error" for choice in completion.choices]
    invocation.output_messages = []
    for choice in completion.choices if stream._self_capture_content else ():
        parts: list[Any] = []
        said = choice.message
        parts += [types.ReasoningPart(content=said.reasoning)] if said.reasoning else []
        parts += [types.TextPart(content=text) for text in (said.text, said.refusal) if text]
        for call in said.tool_calls:
            arguments = call.arguments_or_text()
            parts.append(types.ToolCallRequestPart(name=call.name, id=call.id, arguments=arguments))
        invocation.output_messages.append(types.OutputMessage("assistant", parts))
    if error:
        invocation.fail(error)
    else:
        invocation.stop()


def traceloop(chunk: Any, response: dict[str, Any]) -> None:
    """Stand in for ``_accumulate_stream_items`` of opentelemetry-instrumentation-openai.

    Args:
        chunk: the chunk object.
        response: what the span is made of at the end.
    """
    if "observer" not in response:
        response["observer"] = ssemble.Observer("openai-chat")
    response["observer"].add(chunk)


def traceloop_end(response: dict[str, Any]) -> None:
    """Fill the response, before the span is made of it."""
    observer = response.pop("observer", None)
    if observer is not None:
        response.update(observer.completion().to_dict())


def langfuse(resource: Any, chunks: Any) -> tuple[Any, ...]:
    """Stand in for ``_extract_streamed_openai_response`` of langfuse."""
    observer = ssemble.Observer("openai-chat")
    for chunk in chunks:
        observer.add(chunk)
    observer.end()
    completion = observer.completion()
    message = {key: value for key, value in completion.message.to_dict().items() if value}
    reason = completion.choices[0].raw_finish_reason if completion.choices else None
    return (
        completion.model,
        message if completion.tool_calls else completion.text or None,
        completion.usage,
        reason and {"finish_reason": reason},
        completion.extra.get("service_tier"),
    )


def attributes(observer: ssemble.Observer) -> dict[str, Any]:
    """Return OpenTelemetry's ``gen_ai`` attributes of a stream. Their names still change: see its conventions."""
    completion, tokens = observer.completion(), observer.tokens
    found = {
        "gen_ai.response.id": completion.id,
        "gen_ai.response.model": completion.model,
        "gen_ai.response.finish_reasons": [choice.raw_finish_reason or "error" for choice in completion.choices],
        "gen_ai.response.time_to_first_chunk": observer.timing.first_content,
        "gen_ai.usage.input_tokens": tokens.input,
        "gen_ai.usage.output_tokens": tokens.output,
        "gen_ai.usage.cache_read.input_tokens": tokens.cached,
        "gen_ai.usage.cache_write.input_tokens": tokens.cache_write,
        "gen_ai.usage.reasoning.output_tokens": tokens.reasoning,
        "error.type": type(observer.errors[0]).__name__ if observer.errors else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def pydantic_ai(response: Any, choice: Any) -> Iterator[Any]:
    """Stand in for ``_map_part_delta`` of pydantic-ai's ``OpenAIStreamedResponse``; its parts manager stays."""
    if not hasattr(response, "_accumulator"):
        response._accumulator = ssemble.accumulator("openai-chat")
    parts, accumulator = response._parts_manager, response._accumulator
    events = accumulator.add({"choices": [choice]})
    for event in events + (accumulator.end() if choice.finish_reason else []):  # arguments may wait for the end
        match event:
            case ssemble.TextDelta(text=text):
                yield from parts.handle_text_delta(vendor_part_id="content", content=text)
            case ssemble.ReasoningDelta(text=text):
                yield from parts.handle_thinking_delta(vendor_part_id="reasoning", content=text)
            case ssemble.ToolCallStart(index=index, id=call_id, name=name):
                yield parts.handle_tool_call_delta(vendor_part_id=index, tool_name=name, tool_call_id=call_id, args="")
            case ssemble.ToolCallDelta(index=index, arguments=text):
                if (found := parts.handle_tool_call_delta(vendor_part_id=index, args=text)) is not None:
                    yield found
