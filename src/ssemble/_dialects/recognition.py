"""Recognises the wire shape of a payload.

A shape has a dialect if it is in `READ`. Others have only a name, for the error message. The tables are
asked in their order, so a payload has one shape at most. What many shapes have in common, such as token
counts or the name of a model, tells nothing.
"""

from __future__ import annotations

from typing import Any

CHAT = "OpenAI chat completions"
ANTHROPIC = "Anthropic Messages"
RESPONSES = "OpenAI Responses"
GEMINI = "Gemini"
INTERACTIONS = "Gemini Interactions"
MISTRAL = "Mistral Conversations"
COHERE = "Cohere"
CONVERSE = "Bedrock Converse"
AG_UI = "AG-UI"
VERCEL = "the Vercel AI SDK's UI messages"
TRANSCRIPTION = "an OpenAI transcription"
OLLAMA = "Ollama's JSON lines"
COMPLETIONS = "OpenAI's older completions"


class Names(dict[str, str]):
    """Names and their shapes.

    Attributes:
        heads: those that are the beginnings of many: they end with a dot, a dash or an underscore.
    """

    def __init__(self, shapes: dict[str, str]) -> None:
        super().__init__(shapes)
        self.heads = tuple([name for name in shapes if name[-1] in ".-_"])


# ``event_type`` of a payload, its ``type``, or the name of its event if it has neither.
BY_EVENT_TYPE = Names({"interaction.": INTERACTIONS, "step.": INTERACTIONS})
BY_NAME = Names({
    **dict.fromkeys(("message_start", "content_block_", "message_delta", "message_stop"), ANTHROPIC),
    "response.": RESPONSES,
    **dict.fromkeys(
        ("conversation.response.", "message.output.", "function.call.", "tool.execution.", "agent.handoff."), MISTRAL
    ),
    **dict.fromkeys(
        (
            "message-start", "message-end", "content-start", "content-delta", "content-end", "tool-plan-delta",
            "tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end",
        ),
        COHERE,
    ),
    "transcript.text.": TRANSCRIPTION,
})  # fmt: skip
# ``type`` alone, since their events have no names.
BY_TYPE = Names({
    **dict.fromkeys(
        ("RUN_", "TEXT_MESSAGE_", "TOOL_CALL_", "REASONING_", "STATE_", "MESSAGES_", "ACTIVITY_", "STEP_", "SUBAGENT_"),
        AG_UI,
    ),
    **dict.fromkeys(
        (
            "start", "start-step", "text-start", "text-delta", "reasoning-start", "reasoning-delta", "tool-input-",
            "source-url", "message-metadata", "finish",
        ),
        VERCEL,
    ),
})  # fmt: skip
# The only key of a payload.
BY_FRAME = {
    **dict.fromkeys(
        (
            "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop",
            "internalServerException", "modelStreamErrorException", "modelTimeoutException",
            "serviceUnavailableException", "throttlingException", "validationException",
        ),
        CONVERSE,
    ),
}  # fmt: skip
GEMINI_MEMBERS = ("candidates", "usageMetadata", "promptFeedback", "modelVersion")
# Shapes that are named only. Some have keys or beginnings that are rare elsewhere, but not more.
NAMED_BY_TYPE = Names(
    {
        "text-generation": "Cohere's older API",
        "stream-": "Cohere's older API",
        "transcript.": TRANSCRIPTION,
        "speech.": "OpenAI speech",
        "image_": "OpenAI images",
        "content.": INTERACTIONS,
        "AIMessageChunk": "LangGraph",
        "session.": "OpenAI Realtime",
    }
)
# Keys that only this shape has; if there are several, all must be present.
NAMED_BY_MEMBER = {
    "response done": OLLAMA,
    "message created_at": OLLAMA,
    "token generated_text": "Hugging Face text generation",
    "results model_id": "watsonx text generation",
    "event task_id": "Dify",
    "response p": "Cloudflare Workers AI",
    "response tool_calls": "Cloudflare Workers AI",
    "jsonrpc": "JSON-RPC (A2A, MCP)",
    "stop tokens_predicted": "llama.cpp completions",
}
# Beginnings of ``object``.
NAMED_BY_OBJECT = Names(
    {
        "thread.": "OpenAI Assistants",
        "response": "an OpenAI response that was not streamed",
    }
)
# The shapes of these tables that are read, and their dialects.
CHAT_OBJECTS = ("chat.completion",)
NOT_CHAT_OBJECTS = ("text_completion", "response", "thread.")
ANSWERS = frozenset(("delta", "message"))  # where the answer is in a choice of a chat completion
READ: dict[str, str] = {
    ANTHROPIC: "anthropic",
    RESPONSES: "openai-responses",
    GEMINI: "gemini",
    CONVERSE: "bedrock-converse",
    OLLAMA: "ollama",
    COHERE: "cohere",
    COMPLETIONS: "openai-completions",
    INTERACTIONS: "gemini-interactions",
    MISTRAL: "mistral-conversations",
    TRANSCRIPTION: "openai-transcription",
    VERCEL: "vercel-ui",
    AG_UI: "ag-ui",
}
MEMBERS = [(frozenset(members.split()), name) for members, name in NAMED_BY_MEMBER.items()]


def shape(payload: dict[str, Any], name: str = "message") -> str:
    """Return the wire shape that a payload has for certain; "" if there is none.

    Args:
        payload: decoded JSON.
        name: name of its event; ``"message"`` if it has none.
    """
    if found := _begins(payload.get("event_type"), BY_EVENT_TYPE):
        return found
    kind = payload.get("type")
    if kind or name != "message":  # the name of an event without one
        for table in (BY_NAME, BY_TYPE) if kind else (BY_EVENT_TYPE, BY_NAME):
            if found := _begins(kind or name, table):
                return found
    if len(payload) == 1 and (found := BY_FRAME.get(next(iter(payload)), "")):
        return found
    if is_message(payload):
        return ANTHROPIC
    if is_response(payload):
        return RESPONSES
    if found := body_shape(payload):
        return found
    inner = payload.get("response")
    for holder in (payload, inner):
        if isinstance(holder, dict) and not holder.keys().isdisjoint(GEMINI_MEMBERS):
            return GEMINI
    if "model" in payload and "done" in payload and ("message" in payload or "response" in payload):
        return OLLAMA
    if payload.get("object") == "text_completion" or is_legacy(payload.get("choices")):
        return COMPLETIONS
    return CHAT if is_chat(payload) else ""


def looks_like(payload: Any, name: str = "message") -> str:
    """Return the name of the wire shape that a payload seems to have; "" if unknown."""
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    if not isinstance(payload, dict):
        return ""
    if found := shape(payload, name) or _begins(payload.get("type"), NAMED_BY_TYPE):
        return found
    if found := _begins(payload.get("event_type"), NAMED_BY_TYPE) or _begins(payload.get("object"), NAMED_BY_OBJECT):
        return found
    return next((like for members, like in MEMBERS if members <= payload.keys()), "")


def recognise(payload: Any, name: str = "message") -> str | None:
    """Return the dialect of a stream that starts with this payload, or None.

    Args:
        payload: decoded JSON.
        name: name of its event; ``"message"`` if it has none.
    """
    if not isinstance(payload, dict):
        return None
    if payload.get("object") == "chat.completion.chunk" and not is_legacy(payload.get("choices")):
        return "openai-chat"  # no other shape has it, and most streams do
    return dialect_of(shape(payload, name))


def dialect_of(shape: str) -> str | None:
    """Return the dialect that a shape has, or None."""
    return "openai-chat" if shape == CHAT else READ.get(shape)


def is_message(payload: dict[str, Any]) -> bool:
    """True for a message of Anthropic that was not streamed. Items of other APIs have the type, but no stop_reason."""
    return (
        payload.get("type") == "message"
        and payload.get("role") == "assistant"
        and isinstance(payload.get("content"), list)
        and "stop_reason" in payload
    )


def is_response(payload: dict[str, Any]) -> bool:
    """True for an OpenAI response that was not streamed: ``object`` alone tells nothing."""
    return (
        payload.get("object") == "response"
        and not payload.get("type")
        and isinstance(payload.get("output"), list)
        and isinstance(payload.get("status"), str)
    )


def body_shape(payload: dict[str, Any]) -> str:
    """Return the shape of a response that was not streamed, if its stream has payloads of another form; "" if none."""
    kind, reason = payload.get("object"), payload.get("finish_reason")
    if kind == "conversation.response" and isinstance(payload.get("outputs"), list):
        return MISTRAL
    if kind == "interaction" and isinstance(payload.get("status"), str):
        return INTERACTIONS
    if isinstance(payload.get("stopReason"), str) and _has_object(payload.get("output"), "message"):
        return CONVERSE
    # A choice of a chat completion has these keys too, but other words.
    return COHERE if _has_object(payload, "message") and isinstance(reason, str) and reason.isupper() else ""


def _has_object(holder: Any, key: str) -> bool:
    return isinstance(holder, dict) and isinstance(holder.get(key), dict)


def is_chat(payload: dict[str, Any]) -> bool:
    """True if an object can be the first chunk of a chat completion: it says so, or has choices that are not another's.

    Some proxies send a first chunk without choices.
    """
    kind = payload.get("object")
    if isinstance(kind, str) and kind.startswith(CHAT_OBJECTS + NOT_CHAT_OBJECTS):
        return kind.startswith(CHAT_OBJECTS)
    return "choices" in payload and not is_legacy(payload["choices"])


def is_legacy(choices: Any) -> bool:
    """True for the choices of the older completions API: the text is in the choice itself."""
    if not isinstance(choices, list) or not choices:
        return False
    return all(isinstance(entry, dict) and "text" in entry and entry.keys().isdisjoint(ANSWERS) for entry in choices)


def _begins(kind: Any, table: Names) -> str:
    """Find a name in a table: the whole name, or its beginning."""
    if not isinstance(kind, str):
        return ""
    if (found := table.get(kind)) is not None:
        return found
    if not kind.startswith(table.heads):
        return ""
    return next(table[head] for head in table.heads if kind.startswith(head))
