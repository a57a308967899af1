"""Names the wire shape of payloads that no dialect here reads, for the error message."""

from __future__ import annotations

from typing import Any

# Prefixes of ``type`` (in Cohere's older API ``event_type``).
BY_TYPE = {
    "message_start": "Anthropic Messages",
    "message_delta": "Anthropic Messages",
    "message_stop": "Anthropic Messages",
    "content_block_": "Anthropic Messages",
    "response.": "OpenAI Responses",
    "message-start": "Cohere",
    "message-end": "Cohere",
    "content-start": "Cohere",
    "content-delta": "Cohere",
    "tool-call-": "Cohere",
    "text-generation": "Cohere",
    "stream-": "Cohere",
    "transcript.": "an OpenAI transcription",
    "speech.": "OpenAI speech",
    "image_": "OpenAI images",
    "message.output.": "Mistral Conversations",
    "conversation.response.": "Mistral Conversations",
    "text-delta": "the Vercel AI SDK's UI messages",
    "text-start": "the Vercel AI SDK's UI messages",
    "start-step": "the Vercel AI SDK's UI messages",
    "TEXT_MESSAGE_": "AG-UI",
    "TOOL_CALL_": "AG-UI",
    "RUN_": "AG-UI",
    "interaction.": "Gemini Interactions",
    "content.": "Gemini Interactions",
    "AIMessageChunk": "LangGraph",
    "session.": "OpenAI Realtime",
}
# Keys that only this shape has; if there are several, all must be present.
BY_MEMBER = {
    "candidates": "Gemini",
    "promptFeedback": "Gemini",
    "usageMetadata": "Gemini",
    "contentBlockDelta": "Bedrock Converse",
    "messageStart": "Bedrock Converse",
    "messageStop": "Bedrock Converse",
    "message done": "Ollama's JSON lines",
    "response done": "Ollama's JSON lines",
    "message created_at": "Ollama's JSON lines",
    "token generated_text": "Hugging Face text generation",
    "results model_id": "watsonx text generation",
    "event task_id": "Dify",
    "response p": "Cloudflare Workers AI",
    "response tool_calls": "Cloudflare Workers AI",
    "jsonrpc": "JSON-RPC (A2A, MCP)",
    "stop tokens_predicted": "llama.cpp completions",
}
BY_OBJECT = {
    "text_completion": "OpenAI's older completions",
    "thread.": "OpenAI Assistants",
    "response": "OpenAI Responses",
}
MEMBERS = [(frozenset(members.split()), name) for members, name in BY_MEMBER.items()]


def looks_like(payload: Any) -> str:
    """Return the name of the wire shape that a payload seems to have; "" if unknown."""
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    if not isinstance(payload, dict):
        return ""
    for key, table in (("type", BY_TYPE), ("event_type", BY_TYPE), ("object", BY_OBJECT)):
        value = payload.get(key)
        if isinstance(value, str):
            for beginning, name in table.items():
                if value.startswith(beginning):
                    return name
    for members, name in MEMBERS:
        if members <= payload.keys():
            return name
    choices = payload.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return BY_OBJECT["text_completion"] if isinstance(first, dict) and "text" in first else ""
