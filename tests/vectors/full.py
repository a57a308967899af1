"""Messages that are larger than a limit, in each dialect."""

from __future__ import annotations

from typing import Any

from ..helpers import call, chunk

LIMIT = 2000
LONG = "x" * 4000
SAY, USAGE = chunk({"content": "Hi"}), {"prompt_tokens": 3, "completion_tokens": 2}
START = {"type": "message_start", "message": {"id": "m", "model": "m", "usage": {"input_tokens": 3}, "content": []}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
ITEM = {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "content": []}}
DELTA = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
RESPONSE = {"id": "r", "model": "m", "status": "completed", "usage": {"input_tokens": 3, "output_tokens": 2}}
OUTPUT = [{"type": "message", "content": [{"type": "output_text", "text": LONG}]}]
# Each dialect: the start, a text, one that is too long, and how it ends.
FULL: dict[str, list[Any]] = {
    "openai-chat": [
        SAY, chunk({"content": LONG}), SAY, chunk({"content": LONG}, "stop", index=0, usage=USAGE),
    ],
    "anthropic": [
        START, BLOCK, *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
                        for text in ("Hi", LONG, "Hi")),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ],
    "openai-responses": [
        {"type": "response.created", "response": {"id": "r", "model": "m"}}, ITEM,
        *({**DELTA, "delta": text} for text in ("Hi", LONG, "Hi")),
        {"type": "response.completed", "response": {**RESPONSE, "output": OUTPUT}},
    ],
    "gemini": [
        *({"candidates": [{"content": {"parts": [{"text": text}]}}]} for text in ("Hi", LONG, "Hi")),
        {"candidates": [{"content": {"parts": [{"text": LONG}]}, "finishReason": "STOP"}],
         "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2}},
    ],
    "openai-completions": [
        *({"object": "text_completion", "choices": [{"text": text}]} for text in ("Hi", LONG, "Hi")),
        {"object": "text_completion", "choices": [{"text": LONG, "finish_reason": "stop"}], "usage": USAGE},
    ],
    "ollama": [
        *({"model": "m", "message": {"content": text}, "done": False} for text in ("Hi", LONG, "Hi")),
        {"model": "m", "message": {"content": LONG}, "done": True, "done_reason": "stop",
         "prompt_eval_count": 3, "eval_count": 2},
    ],
    "cohere": [
        {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
        *({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}}
          for text in ("Hi", LONG, "Hi")),
        {"type": "message-end",
         "delta": {"finish_reason": "COMPLETE", "usage": {"tokens": {"input_tokens": 3, "output_tokens": 2}}}},
    ],
    "bedrock-converse": [
        {"messageStart": {"role": "assistant"}},
        *({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": text}}} for text in ("Hi", LONG, "Hi")),
        {"messageStop": {"stopReason": "end_turn"}}, {"metadata": {"usage": {"inputTokens": 3, "outputTokens": 2}}},
    ],
    "gemini-interactions": [
        {"event_type": "interaction.created", "interaction": {"id": "i", "model": "m"}},
        {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
        *({"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": text}}
          for text in ("Hi", LONG, "Hi")),
        {"event_type": "interaction.completed",
         "interaction": {"status": "completed", "usage": {"total_input_tokens": 3, "total_output_tokens": 2},
                         "steps": [{"type": "model_output", "content": [{"type": "text", "text": LONG}]}]}},
    ],
    "mistral-conversations": [
        {"type": "conversation.response.started", "conversation_id": "c"},
        *({"type": "message.output.delta", "output_index": 0, "id": "m", "content": text}
          for text in ("Hi", LONG, "Hi")),
        {"type": "conversation.response.done", "usage": USAGE},
    ],
    "openai-transcription": [
        *({"type": "transcript.text.delta", "delta": text} for text in ("Hi", LONG, "Hi")),
        {"type": "transcript.text.done", "text": LONG, "usage": {"input_tokens": 3, "output_tokens": 2}},
    ],
    "ag-ui": [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        *({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": text} for text in ("Hi", LONG, "Hi")),
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    ],
    "vercel-ui": [
        {"type": "start", "messageId": "m"}, {"type": "text-start", "id": "a"},
        *({"type": "text-delta", "id": "a", "delta": text} for text in ("Hi", LONG, "Hi")),
        {"type": "finish", "finishReason": "stop"},
    ],
}  # fmt: skip
NO_COUNTS = ("ag-ui", "vercel-ui")

FUNCTION = {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "c", "name": "rm"}}
CALL_ITEM = {"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "name": "rm"}}
NAMED = {"functionCall": {"name": "rm", "willContinue": True}}
# A call whose arguments did not come before the limit, and an end that would close it.
CUT: dict[str, list[Any]] = {
    "openai-chat": [call(id="c", name="rm"), chunk({"content": LONG}), call(arguments='{"a": 1}'), chunk({}, "tool_calls")],
    "anthropic": [
        START, FUNCTION, {"type": "content_block_stop", "index": 1},
        {"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "d", "name": "rm"}},
        {"type": "content_block_start", "index": 3, "content_block": {"type": "text", "text": LONG}},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ],
    "openai-responses": [
        {"type": "response.created", "response": {"id": "r"}}, CALL_ITEM, ITEM, {**DELTA, "delta": LONG},
        {"type": "response.completed", "response": {**RESPONSE, "output": OUTPUT}},
    ],
    "gemini": [
        {"candidates": [{"content": {"parts": [NAMED]}}]}, {"candidates": [{"content": {"parts": [{"x": LONG}]}}]},
        {"candidates": [{"finishReason": "STOP"}]},
    ],
    "bedrock-converse": [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "c", "name": "rm"}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"text": LONG}}},
        {"messageStop": {"stopReason": "tool_use"}},
    ],
    "mistral-conversations": [
        {"type": "conversation.response.started", "conversation_id": "c"},
        {"type": "function.call.delta", "output_index": 0, "id": "e", "tool_call_id": "c", "name": "rm", "arguments": ""},
        {"type": "message.output.delta", "output_index": 1, "id": "m", "content": LONG},
        {"type": "conversation.response.done", "usage": USAGE},
    ],
    "ag-ui": [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "rm"},
        {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "delta": LONG},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    ],
}  # fmt: skip
