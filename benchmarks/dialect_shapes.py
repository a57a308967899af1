"""Payloads of the other dialects: texts, tool arguments, and what each has besides, as `shapes` has those of chat."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Payload = dict[str, Any]
Make = Callable[[list[str]], Iterator[Payload]]
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def pieces(words: list[str]) -> list[str]:
    """The JSON of arguments in pieces, as many as there are words."""
    text = json.dumps({"path": "a.txt", "text": "".join(words)})
    size = len(text) // len(words) + 1
    return [text[at : at + size] for at in range(0, len(text), size)]


# Anthropic Messages


def _block(start: Payload, deltas: Iterator[Payload], stop_reason: str = "end_turn") -> Iterator[Payload]:
    usage = {"input_tokens": 31, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1}
    message: Payload = {
        "id": "msg_014p7gG3wDgGV9EUtLvnow3U",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
    }
    message |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": start}
    yield {"type": "ping"}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    ending = {"stop_reason": stop_reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": ending, "usage": {"output_tokens": 64}}
    yield {"type": "message_stop"}


def _anthropic_text(words: list[str]) -> Iterator[Payload]:
    return _block({"type": "text", "text": ""}, ({"type": "text_delta", "text": word} for word in words))


def _anthropic_tools(words: list[str]) -> Iterator[Payload]:
    start = {"type": "tool_use", "id": "toolu_01T1x1fJ34qAmk2tNTrN7Up6", "name": "write", "input": {}}
    deltas = ({"type": "input_json_delta", "partial_json": piece} for piece in pieces(words))
    return _block(start, deltas, "tool_use")


def _anthropic_thinking(words: list[str]) -> Iterator[Payload]:
    def deltas() -> Iterator[Payload]:
        for word in words:
            yield {"type": "thinking_delta", "thinking": word}
        yield {"type": "signature_delta", "signature": LETTERS * 4}

    return _block({"type": "thinking", "thinking": "", "signature": ""}, deltas())


# OpenAI Responses


def _response(item: Payload, done: Payload, events: Iterator[Payload]) -> Iterator[Payload]:
    head: Payload = {"id": "resp_67ccd2bed1ec8190b14f964abc054267", "object": "response", "created_at": 1741476542}
    head |= {"status": "in_progress", "model": "gpt-x-2026-08-06", "tools": [], "metadata": {}, "output": []}
    usage: Payload = {
        "input_tokens": 31,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 64,
        "total_tokens": 95,
    }

    def unnumbered() -> Iterator[Payload]:
        yield {"type": "response.created", "response": head}
        yield {"type": "response.in_progress", "response": head}
        yield {"type": "response.output_item.added", "output_index": 0, "item": item}
        yield from events
        whole = {**item, "status": "completed", **done}
        yield {"type": "response.output_item.done", "output_index": 0, "item": whole}
        ended = {**head, "status": "completed", "output": [whole], "usage": usage}
        yield {"type": "response.completed", "response": ended}

    for number, event in enumerate(unnumbered()):
        yield {"type": event.pop("type"), "sequence_number": number, **event}


def _responses_text(words: list[str]) -> Iterator[Payload]:
    item: Payload = {"id": "msg_67ccd2bf17f0819081ff3bb2cf6508e6", "type": "message", "status": "in_progress"}
    item |= {"role": "assistant", "content": []}
    place: Payload = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    part: Payload = {"type": "output_text", "text": "", "annotations": []}
    whole = {**part, "text": "".join(words)}

    def events() -> Iterator[Payload]:
        yield {"type": "response.content_part.added", **place, "part": part}
        for word in words:
            yield {"type": "response.output_text.delta", **place, "delta": word, "logprobs": []}
        yield {"type": "response.output_text.done", **place, "text": whole["text"], "logprobs": []}
        yield {"type": "response.content_part.done", **place, "part": whole}

    return _response(item, {"content": [whole]}, events())


def _responses_tools(words: list[str]) -> Iterator[Payload]:
    item: Payload = {"id": "fc_67ca09c6bedc8190a7abfec07b1a1332", "type": "function_call", "status": "in_progress"}
    item |= {"call_id": "call_unLAR8MvFNptuiZK6K6HCy5k", "name": "write", "arguments": ""}
    place = {"item_id": item["id"], "output_index": 0}
    arguments = pieces(words)
    whole = {"arguments": "".join(arguments)}

    def events() -> Iterator[Payload]:
        for piece in arguments:
            yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}
        yield {"type": "response.function_call_arguments.done", **place, **whole}

    return _response(item, whole, events())


def _responses_summary(words: list[str]) -> Iterator[Payload]:
    rng = random.Random(1)
    item: Payload = {"id": "rs_67ccd2bf17f0819081ff3bb2cf6508e6", "type": "reasoning", "summary": []}
    place = {"item_id": item["id"], "output_index": 0, "summary_index": 0}
    whole = {"type": "summary_text", "text": "".join(words)}

    def events() -> Iterator[Payload]:
        part = {**whole, "text": ""}
        yield {"type": "response.reasoning_summary_part.added", **place, "part": part}
        for word in words:
            padding = "".join(rng.choices(LETTERS, k=rng.randint(1, 15)))
            yield {"type": "response.reasoning_summary_text.delta", **place, "delta": word, "obfuscation": padding}
        yield {"type": "response.reasoning_summary_text.done", **place, "text": whole["text"]}
        yield {"type": "response.reasoning_summary_part.done", **place, "part": whole}

    return _response(item, {"summary": [whole]}, events())


# Gemini generateContent


def _chunk(*parts: Payload, **more: Any) -> Payload:
    candidate: Payload = {"content": {"parts": list(parts), "role": "model"}, **more, "index": 0}
    return {"candidates": [candidate], "modelVersion": "gemini-x", "responseId": "n1P6abvRFaKdz7IPkcuQ2Aw"}


def _gemini_text(words: list[str]) -> Iterator[Payload]:
    yield from (_chunk({"text": word}) for word in words)
    yield _chunk({"text": ""}, finishReason="STOP")


def _gemini_usage(words: list[str]) -> Iterator[Payload]:
    for number, chunk in enumerate(_gemini_text(words), 1):
        usage: Payload = {"promptTokenCount": 31, "candidatesTokenCount": number, "totalTokenCount": 98 + number}
        details = [{"modality": "TEXT", "tokenCount": 31}]
        usage |= {"promptTokensDetails": details, "thoughtsTokenCount": 67}
        candidates = {"candidates": chunk.pop("candidates")}
        yield {**candidates, "usageMetadata": usage, **chunk}


def _gemini_tools(words: list[str]) -> Iterator[Payload]:
    yield _chunk({"functionCall": {"name": "write", "willContinue": True}})
    for word in words:
        argument = {"jsonPath": "$.text", "stringValue": word, "willContinue": True}
        yield _chunk({"functionCall": {"partialArgs": [argument], "willContinue": True}})
    yield _chunk({"functionCall": {}}, finishReason="STOP")


SHAPES: dict[str, Make] = {
    "anthropic: text": _anthropic_text,
    "anthropic: text, padded": _anthropic_text,
    "anthropic: tool arguments": _anthropic_tools,
    "anthropic: thinking": _anthropic_thinking,
    "openai-responses: text": _responses_text,
    "openai-responses: tool arguments": _responses_tools,
    "openai-responses: reasoning summary, obfuscation": _responses_summary,
    "gemini: text": _gemini_text,
    "gemini: text, usage": _gemini_usage,
    "gemini: tool arguments": _gemini_tools,
}


def frame(payload: Payload, padded: bool) -> bytes:
    """A payload as its provider frames it; spaces before the last bracket pad the events of Anthropic."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    if padded:
        text = text[:-1] + b" " * (len(text) * 7 % 16) + b"}"
    if "type" not in payload:
        return b"data: " + text + b"\r\n\r\n"
    return b"event: %b\ndata: %b\n\n" % (payload["type"].encode(), text)
