"""Responses that were not streamed, of the dialects whose streams have payloads of another form."""

from __future__ import annotations

from typing import Any

TEXT = 'Zürich 漢 "\U0001f600"'
ARGUMENTS = {"city": "Zürich", "days": [1, 2]}
ARGUMENTS_TEXT = '{"city": "Zürich", "days": [1, 2]}'


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


# Each has the reasoning "Hm", a text, a call with arguments and one without, and token counts.
BODIES: dict[str, dict[str, Any]] = {
    "cohere": {
        "id": "m1",
        "finish_reason": "TOOL_CALL",
        "message": {
            "role": "assistant",
            "tool_plan": "H",
            "tool_calls": [
                {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS_TEXT}},
                {"id": "t2", "type": "function", "function": {"name": "ping", "arguments": ""}},
            ],
            "content": [{"type": "thinking", "thinking": "m"}, _text(TEXT), _text(""), {"type": "image", "data": "x"}],
            "citations": [{"start": 0, "end": 2, "text": "Zü", "sources": []}],
        },
        "usage": {"tokens": {"input_tokens": 9, "output_tokens": 3}, "cached_tokens": None},
        "logprobs": None,
    },
    "bedrock-converse": {
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "c2ln"}}},
                    {"reasoningContent": {"redactedContent": "aGlkZGVu"}},
                    {"text": TEXT},
                    {"citationsContent": {"content": [{"text": "!"}], "citations": [{"title": "Tea"}]}},
                    {"toolUse": {"toolUseId": "s1", "name": "web", "type": "server_tool_use", "input": {"q": "tea"}}},
                    {"toolResult": {"toolUseId": "s1", "content": [{"text": "Tea"}]}},
                    {"toolUse": {"toolUseId": "t1", "name": "weather", "input": ARGUMENTS}},
                    {"toolUse": {"input": {}, "name": "ping", "toolUseId": "t2"}},
                ],
            }
        },
        "stopReason": "tool_use",
        "usage": {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12},
        "metrics": {"latencyMs": 12},
    },
    "gemini-interactions": {
        "id": "n1",
        "object": "interaction",
        "model": "v",
        "status": "requires_action",
        "steps": [
            {"type": "thought", "signature": "c2ln", "summary": [_text("Hm")]},
            {"type": "thought", "signature": "", "summary": None},
            {"type": "model_output", "content": [{**_text(TEXT), "annotations": [{"url": "u"}]}, {"type": "image", "data": "x"}]},
            {"type": "google_search_call", "id": "s1", "arguments": {"queries": ["tea"]}},
            {"type": "function_call", "id": "t1", "name": "weather", "arguments": ARGUMENTS},
            {"type": "function_call", "name": "ping", "arguments": {}, "id": "t2"},
        ],
        "usage": {"total_input_tokens": 9, "total_output_tokens": 3},
    },
    "mistral-conversations": {
        "object": "conversation.response",
        "conversation_id": "v1",
        "guardrails": None,
        "outputs": [
            {"object": "entry", "type": "tool.execution", "id": "e1", "name": "web", "arguments": "{}", "info": {}},
            {"object": "entry", "type": "message.output", "id": "e2", "role": "assistant", "content": TEXT},
            {
                "object": "entry",
                "type": "message.output",
                "id": "e3",
                "content": [
                    {"type": "thinking", "thinking": [_text("Hm"), {"type": "tool_reference", "tool": "web"}]},
                    _text("!"),
                    {"type": "tool_file", "file_id": "F"},
                ],
            },
            {"object": "entry", "type": "function.call", "id": "e4", "name": "weather", "tool_call_id": "t1",
             "arguments": ARGUMENTS_TEXT},
            {"object": "entry", "type": "function.call", "id": "e5", "name": "ping", "tool_call_id": "t2", "arguments": {}},
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    },
}  # fmt: skip
