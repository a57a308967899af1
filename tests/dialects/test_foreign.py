"""What payloads of no known dialect look like."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._dialects import recognise
from ssemble._dialects._foreign import looks_like

SHAPES: list[tuple[Any, str]] = [
    ({"type": "message_start", "message": {}}, "Anthropic Messages"),
    ({"type": "content_block_delta", "index": 0}, "Anthropic Messages"),
    ({"type": "response.output_text.delta", "delta": "Hi"}, "OpenAI Responses"),
    ({"object": "response", "output": [], "usage": {}}, "OpenAI Responses"),
    ({"candidates": []}, "Gemini"),
    ([{"candidates": []}], "Gemini"),
    ({"message": {"role": "assistant", "content": "Hi"}, "done": False}, "Ollama's JSON lines"),
    ({"response": "Hi", "done": False}, "Ollama's JSON lines"),
    ({"type": "content-delta", "delta": {}}, "Cohere"),
    ({"event_type": "text-generation", "text": "Hi"}, "Cohere"),
    ({"contentBlockDelta": {}}, "Bedrock Converse"),
    ({"object": "text_completion", "choices": []}, "OpenAI's older completions"),
    ({"choices": [{"text": "Hi", "index": 0}]}, "OpenAI's older completions"),
    ({"object": "thread.message.delta"}, "OpenAI Assistants"),
    ({"type": "TEXT_MESSAGE_CONTENT"}, "AG-UI"),
    ({"type": "text-delta", "id": "0"}, "the Vercel AI SDK's UI messages"),
    ({"jsonrpc": "2.0", "id": 1, "result": {}}, "JSON-RPC (A2A, MCP)"),
    ({"a": 1}, ""),
    ({"type": 5}, ""),
    ({"type": "ping", "object": "response"}, "OpenAI Responses"),
    ({"type": "ping", "object": "list"}, ""),
    ({"choices": []}, ""),
    ({"choices": [5]}, ""),
    ([], ""),
    ("Hi", ""),
    (None, ""),
]


@pytest.mark.parametrize(("payload", "name"), SHAPES, ids=str)
def test_shapes_are_named(payload: Any, name: str) -> None:
    assert looks_like(payload) == name
    assert not name or recognise(payload) is None
