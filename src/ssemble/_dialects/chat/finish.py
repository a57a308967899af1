"""The words of different servers for the reason why a choice ended."""

from __future__ import annotations

from typing import Any

from ..._model.completion import FinishReason

# Each word with the servers that send it. Compared in lower case, with "-" as "_". A word that is
# not in this table is "other".
FINISH_WORDS: dict[str, FinishReason] = {
    # stop: the model finished
    "stop": "stop",  # OpenAI; Gemini in capitals
    "eos": "stop",  # Together
    "eos_token": "stop",  # Text Generation Inference, watsonx
    "end_turn": "stop",  # Anthropic, Bedrock
    "stop_sequence": "stop",  # Anthropic, Bedrock, Cohere, Text Generation Inference
    "complete": "stop",  # Cohere
    "completed": "stop",  # gateways in front of OpenAI's Responses
    # length: truncated by a limit
    "length": "length",  # OpenAI
    "max_tokens": "length",  # Anthropic, Bedrock, Cohere; Gemini in capitals
    "max_output_tokens": "length",  # OpenAI's Responses
    "model_length": "length",  # Mistral
    "token_limit": "length",  # watsonx
    "model_context_window_exceeded": "length",  # Anthropic, Zhipu
    "max_messages": "length",  # OpenAI's Responses
    "incomplete": "length",  # OpenAI's Responses, Gemini's Interactions
    "budget_exceeded": "length",  # Gemini's Interactions
    # tool_calls: the model waits for tool results
    "tool_calls": "tool_calls",  # OpenAI
    "tool_call": "tool_calls",  # Cohere
    "function_call": "tool_calls",  # OpenAI, before tools
    "tool_use": "tool_calls",  # Anthropic, Bedrock
    "requires_action": "tool_calls",  # Gemini's Interactions
    # pause: the model goes on in the next turn
    "pause_turn": "pause",  # Anthropic
    "compaction": "pause",  # Anthropic
    "continuation": "pause",  # Gemini
    "requires_continuation": "pause",  # Gemini's Interactions
    # content_filter: truncated by a filter
    "content_filter": "content_filter",  # OpenAI, Azure
    "content_filtered": "content_filter",  # Bedrock
    "guardrail_intervened": "content_filter",  # Bedrock
    "safety": "content_filter",  # Gemini
    "recitation": "content_filter",  # Gemini
    "blocklist": "content_filter",  # Gemini
    "prohibited_content": "content_filter",  # Gemini
    "spii": "content_filter",  # Gemini
    "model_armor": "content_filter",  # Gemini
    "image_safety": "content_filter",  # Gemini
    "image_recitation": "content_filter",  # Gemini
    "image_prohibited_content": "content_filter",  # Gemini
    "sensitive": "content_filter",  # Zhipu
    "refusal": "content_filter",  # Anthropic
    "error_toxic": "content_filter",  # Cohere
    # error: the server could not continue
    "error": "error",  # OpenRouter, Mistral, Cohere
    "error_limit": "error",  # Cohere
    "network_error": "error",  # Zhipu
    "insufficient_system_resource": "error",  # DeepSeek
    "malformed_function_call": "error",  # Gemini
    "malformed_response": "error",  # Gemini
    "malformed_model_output": "error",  # Bedrock
    "malformed_tool_use": "error",  # Bedrock
    "unexpected_tool_call": "error",  # Gemini
    "too_many_tool_calls": "error",  # Gemini
    "missing_thought_signature": "error",  # Gemini
    "failed": "error",  # gateways in front of OpenAI's Responses
    "timeout": "error",  # Cohere
    "abort": "error",  # vLLM, SGLang
    "aborted": "error",  # a variant of it
    "cancelled": "error",  # watsonx
    "canceled": "error",  # a variant of it
    "user_cancel": "error",  # Cohere
    # other: listed to show that they are known
    "repetition": "other",  # servers that detect repeated output
    "other": "other",  # Gemini
}
CLOSING = frozenset(("stop", "tool_calls"))
"""Reasons with which the model ended its calls itself. All others end only complete calls."""


def shared_word(raw: Any) -> FinishReason | None:
    """Return the word that all dialects share; None without a reason.

    If the reason is an object, its ``type`` is used.
    """
    if not raw:
        return None
    if type(raw) is str and (usual := FINISH_WORDS.get(raw)) is not None:
        return usual
    word = raw.get("type") if isinstance(raw, dict) else raw
    return FINISH_WORDS.get(word.lower().replace("-", "_"), "other") if isinstance(word, str) else "other"
