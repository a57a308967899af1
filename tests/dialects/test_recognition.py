"""A payload has one wire shape at most, and what many shapes have in common tells none."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._dialects import recognition
from ssemble._dialects.recognition import looks_like, recognise, shape

TYPES = {
    "Anthropic Messages": ["message_start", "content_block_start", "content_block_delta", "content_block_stop",
                           "message_delta", "message_stop"],
    "OpenAI Responses": ["response.created", "response.output_text.delta", "response.completed"],
    "Mistral Conversations": ["conversation.response.started", "message.output.delta", "function.call.delta",
                              "tool.execution.done", "agent.handoff.started", "conversation.response.error"],
    "Cohere": ["message-start", "content-start", "content-delta", "content-end", "tool-plan-delta",
               "tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end", "message-end"],
    "an OpenAI transcription": ["transcript.text.delta", "transcript.text.done"],
}  # fmt: skip
ONLY_TYPES = {
    "AG-UI": ["RUN_STARTED", "TEXT_MESSAGE_CHUNK", "TOOL_CALL_ARGS", "REASONING_START", "STATE_DELTA",
              "MESSAGES_SNAPSHOT", "ACTIVITY_DELTA", "STEP_STARTED", "SUBAGENT_STARTED"],
    "the Vercel AI SDK's UI messages": ["start", "start-step", "text-start", "text-delta", "reasoning-start",
                                        "reasoning-delta", "tool-input-start", "source-url", "message-metadata",
                                        "finish"],
}  # fmt: skip
INTERACTIONS = ["interaction.created", "interaction.completed", "step.start", "step.delta"]
OTHERS: list[tuple[str, dict[str, Any]]] = [
    *(("Gemini Interactions", {"event_type": kind}) for kind in INTERACTIONS),
    ("Bedrock Converse", {"messageStart": {"role": "assistant"}}),
    ("Bedrock Converse", {"contentBlockStart": {}}),
    ("Bedrock Converse", {"contentBlockDelta": {}}),
    ("Bedrock Converse", {"contentBlockStop": {}}),
    ("Bedrock Converse", {"messageStop": {}}),
    *(
        ("Bedrock Converse", {f"{fault}Exception": {}})
        for fault in (
            "internalServer",
            "modelStreamError",
            "modelTimeout",
            "serviceUnavailable",
            "throttling",
            "validation",
        )
    ),
    ("Gemini", {"candidates": []}),
    ("Gemini", {"usageMetadata": {}}),
    ("Gemini", {"promptFeedback": {}}),
    ("Gemini", {"modelVersion": "m"}),
    ("Gemini", {"response": {"candidates": []}, "traceId": "t"}),
    ("Ollama's JSON lines", {"model": "m", "message": {}, "done": False}),
    ("Ollama's JSON lines", {"model": "m", "response": "", "done": True}),
    ("OpenAI's older completions", {"object": "text_completion", "choices": []}),
    ("OpenAI's older completions", {"choices": [{"text": "x", "index": 0}]}),
    ("Anthropic Messages", {"type": "message", "role": "assistant", "content": [], "stop_reason": None}),
    ("OpenAI Responses", {"object": "response", "output": [], "status": "completed"}),
    ("Mistral Conversations", {"object": "conversation.response", "outputs": []}),
    ("Gemini Interactions", {"object": "interaction", "status": "failed"}),
    ("Bedrock Converse", {"output": {"message": {}}, "stopReason": "end_turn"}),
    ("Cohere", {"message": {}, "finish_reason": "COMPLETE"}),
    ("OpenAI chat completions", {"choices": []}),
    ("OpenAI chat completions", {"choices": None, "usage": {}}),
    ("OpenAI chat completions", {"choices": [{"delta": {}, "text": ""}]}),
    ("OpenAI chat completions", {"object": "chat.completion.chunk", "id": "a"}),
]
NOTHING: list[Any] = [
    {}, {"usage": {}}, {"model": "m"}, {"object": "list"}, {"id": "1"}, {"type": "ping"}, {"type": "error"}, {"p": "x"},
    {"type": "debug"}, {"type": 5}, {"type": ["start"]}, {"metadata": {}}, {"messageStart": {}, "x": 1}, {"done": True},
    {"model": "m", "done": True}, {"message": "x"}, {"response": "x"}, {"response": {"id": "x"}}, {"event_type": "x"},
    {"object": "response", "choices": []}, {"object": "thread.run", "choices": []}, {"jsonrpc": "2.0", "result": {}},
    {"type": "message", "role": "assistant", "content": []}, {"type": "message", "content": [], "stop_reason": "x"},
    {"type": "message", "role": "assistant", "content": "x", "stop_reason": "x"}, {"object": "response", "output": []},
    {"type": "x", "object": "response", "output": [], "status": "completed"}, {"object": "response", "status": "x"},
    {"object": "response", "output": {}, "status": "x"}, {"object": "response", "output": [], "status": None},
    {"object": "conversation.response", "outputs": {}}, {"object": "interaction", "status": None}, {"output": {"message": {}}},
    {"output": {"message": []}, "stopReason": "x"}, {"output": "x", "stopReason": "x"}, {"finish_reason": "COMPLETE"},
    {"message": {}, "finish_reason": "stop"}, {"message": "x", "finish_reason": "STOP"}, {"message": {}, "finish_reason": 1},
    {"type": "message_started"}, {"type": "finished"}, {"type": "xresponse.created"}, {"object": "response"},
]  # fmt: skip


@pytest.mark.parametrize(("name", "kinds"), [*TYPES.items(), *ONLY_TYPES.items()])
def test_a_type(name: str, kinds: list[str]) -> None:
    for kind in kinds:
        assert shape({"type": kind}) == name
        assert shape({"type": kind, "choices": [], "candidates": []}) == name, "the type comes first"
        assert looks_like({"type": kind}) == name


@pytest.mark.parametrize(("name", "kinds"), TYPES.items())
def test_the_name_of_an_event_is_its_type(name: str, kinds: list[str]) -> None:
    for kind in kinds:
        assert shape({"x": 1}, kind) == name
        assert shape({"type": "other"}, kind) == "", "only without a type"


def test_a_chunk_of_chat_is_one_whatever_else_it_says() -> None:
    others: tuple[dict[str, Any], ...] = (
        {},
        {"type": "message_start"},
        {"candidates": []},
        {"choices": [{"delta": {}}]},
    )
    for more in others:
        assert recognise({"object": "chat.completion.chunk", **more}) == "openai-chat"
    assert recognise({"object": "chat.completion.chunk", "choices": [{"text": "x"}]}) == "openai-completions"


def test_names_of_events_that_tell_nothing() -> None:
    for kind in (kind for kinds in ONLY_TYPES.values() for kind in kinds):
        assert shape({"choices": []}, kind) == "OpenAI chat completions"
    assert shape({"x": 1}, INTERACTIONS[0]) == "Gemini Interactions"


@pytest.mark.parametrize(("name", "payload"), OTHERS)
def test_members(name: str, payload: dict[str, Any]) -> None:
    assert shape(payload) == name
    assert looks_like([payload]) == name


@pytest.mark.parametrize("payload", NOTHING)
def test_what_tells_nothing(payload: Any) -> None:
    assert shape(payload) == ""
    assert recognise(payload) is None


@pytest.mark.parametrize("payload", [None, 5, "x", [], [{"choices": []}], True])
def test_what_is_no_object(payload: Any) -> None:
    assert recognise(payload) is None


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("OpenAI Assistants", {"object": "thread.run"}),
        ("an OpenAI response that was not streamed", {"object": "response", "output": []}),
        ("LangGraph", [{"type": "AIMessageChunk"}, {}]),
        ("Dify", {"event": "message", "task_id": "t"}),
        ("Dify", {"event": "message", "task_id": "t", "x": 1}),
        ("Cohere's older API", {"event_type": "stream-start"}),
        ("Cohere's older API", {"type": "text-generation"}),
        ("an OpenAI transcription", {"type": "transcript.delta"}),
        ("OpenAI speech", {"type": "speech.audio.delta"}),
        ("OpenAI images", {"type": "image_generation.partial_image"}),
        ("Gemini Interactions", {"type": "content.delta"}),
        ("Gemini Interactions", {"event_type": "content.delta"}),
        ("LangGraph", {"type": "AIMessageChunk", "content": ""}),
        ("OpenAI Realtime", {"type": "session.created"}),
        ("Ollama's JSON lines", {"message": {}, "created_at": "t"}),
        ("Hugging Face text generation", {"token": {}, "generated_text": None}),
        ("watsonx text generation", {"results": [], "model_id": "m"}),
        ("Cloudflare Workers AI", {"response": "x", "p": "abc"}),
        ("Cloudflare Workers AI", {"response": "x", "tool_calls": []}),
        ("llama.cpp completions", {"content": "", "stop": False, "tokens_predicted": 1}),
        ("", {"response": "x"}),
        ("", {"token": {}}),
        ("", {"type": "AIMessageChunks"}),
        ("", {"object": "threads"}),
        ("", {"object": 5}),
        ("Ollama's JSON lines", {"response": "x", "done": False}),
        ("JSON-RPC (A2A, MCP)", {"jsonrpc": "2.0", "result": {}}),
        ("", []),
        ("", [5]),
        ("", {"x": 1}),
    ],
)
def test_shapes_with_a_name_only(name: str, payload: Any) -> None:
    assert looks_like(payload) == name
    assert recognise(payload) is None


def test_a_shape_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recognition.READ, "Gemini", "gemini")
    assert recognise({"candidates": []}) == "gemini"
    assert recognise({"choices": []}) == "openai-chat"


def test_no_beginning_is_another_ones_beginning() -> None:
    """So the order within the tables of types does not matter."""
    kinds = [kind for kinds in (*TYPES.values(), *ONLY_TYPES.values()) for kind in kinds]
    for kind in kinds:
        tables = {**recognition.BY_NAME, **recognition.BY_TYPE}
        assert len({found for known, found in tables.items() if kind == known or
                    (known[-1] in ".-_" and kind.startswith(known))}) == 1  # fmt: skip
