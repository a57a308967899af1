"""The sample streams of ``ssemble demo``: the same message in every dialect.

That of chat completions has two interleaved choices, reasoning, text in several scripts, parallel tool
calls and token counts. Dialects that can be written come from the writers; the payloads of the others
are made here. Every event stream has two defects that real servers have; lines of JSON and AWS messages
have none, since nothing in them can be repaired.
"""

from __future__ import annotations

import json
import re
from binascii import crc32
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Any

from .._dialects import WRITERS
from .._functions import assemble
from .._transcode import write_events

REASONING = (
    "Two cities, so two calls. Neither needs the other, so they can run in parallel. "
    "First some text, so that the user does not wait in front of an empty screen."
)
TEXT = (
    "These bytes were split at random: inside words, inside JSON, inside characters. "
    "But ż, 字, ह and even 👩🏽‍🚀 arrive intact.\n\n"
    "Now the weather in Kraków and in 東京, in parallel:"
)
CALLS = (
    ("get_weather", {"city": "Kraków", "country": "PL", "unit": "°C", "days": 2}),
    ("get_weather", {"city": "東京", "country": "JP", "unit": "°C", "days": 2}),
)
SECOND = (
    "This second answer was interleaved with the first, on the same connection.\n"
    "Good morning! Dzień dobry! Доброе утро! Καλημέρα! おはよう! 早上好! 좋은 아침! सुप्रभात! "
    "صباح الخير! בוקר טוב! ☀️"
)
USAGE = {
    "prompt_tokens": 57,
    "completion_tokens": 214,
    "total_tokens": 271,
    "completion_tokens_details": {"reasoning_tokens": 36},
}
MODEL, CREATED = "demo-1", 1767225600
DONE = b"data: [DONE]\n\n"
PIECE = 6  # characters of an event of a writer
Payloads = Iterator[dict[str, Any]]


def body(dialect: str) -> bytes:
    """Return the complete sample stream of a dialect, as a server sends it."""
    if dialect in WRITERS and dialect != "openai-chat":
        events = assemble(body("openai-chat")).events(PIECE)
        return _with_defects(b"".join(write_events(events, to=dialect, created=CREATED)))
    payloads = PAYLOADS[dialect]()
    if dialect == "bedrock-converse":
        return b"".join(map(_aws_message, payloads))
    if dialect == "ollama":
        return b"".join(_compact(payload) + b"\n" for payload in payloads)
    frames = b"".join(b"data: " + _compact(payload) + b"\n\n" for payload in payloads)
    if dialect == "openai-chat":  # the other defect is in its calls
        return _with_defects(frames + DONE, comment=b": connected")
    return _with_defects(frames + DONE if dialect == "openai-completions" else frames)


def _with_defects(stream: bytes, comment: bytes = b"data: : keep-alive") -> bytes:
    """Leave out the blank line between two events, and send a comment as data, as some proxies do."""
    frames = stream.split(b"\n\n")
    middle = len(frames) // 2
    frames[middle : middle + 2] = [b"\n".join(frames[middle : middle + 2])]
    return b"\n\n".join([comment, *frames])


def _compact(payload: dict[str, Any]) -> bytes:
    """Write JSON that is not ASCII only, so that splits can fall inside characters."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _aws_message(payload: dict[str, Any]) -> bytes:
    """Write a message of an AWS event stream; see `AWSEventStream`."""
    ((name, content),) = payload.items()
    named = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    # 7 is the type of a text.
    headers = b"".join(_sized(key, 1) + b"\x07" + _sized(value, 2) for key, value in named.items())
    content = _compact(content)
    message = (16 + len(headers) + len(content)).to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    message += crc32(message).to_bytes(4, "big") + headers + content
    return message + crc32(message).to_bytes(4, "big")


def _sized(text: str, size: int) -> bytes:
    return len(text).to_bytes(size, "big") + text.encode()


def _tokens(text: str) -> list[str]:
    """Split text into pieces of about a token."""
    return re.findall(r"\s*\S{1,6}", text)


def _calls() -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield the index, id, name and pieces of the arguments of each call."""
    for index, (name, arguments) in enumerate(CALLS):
        yield index, f"call_{index + 1}", name, _tokens(json.dumps(arguments, ensure_ascii=False))


def _chat() -> Payloads:
    for pair in zip_longest(_first_choice(), _second_choice()):
        yield from (_chunk([choice]) for choice in pair if choice is not None)
    yield {**_chunk([]), "usage": USAGE}


def _first_choice() -> Payloads:
    yield _choice(0, {"role": "assistant", "content": None})
    for token in _tokens(REASONING):
        yield _choice(0, {"reasoning_content": token})
    for token in _tokens(TEXT):
        yield _choice(0, {"content": token})
    for _, id, name, pieces in _calls():
        # The second call should have the index 1. Many servers make this mistake.
        opening = {"index": 0, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}
        yield _choice(0, {"tool_calls": [opening]})
        for piece in pieces:
            yield _choice(0, {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    yield _choice(0, {}, "tool_calls")


def _second_choice() -> Payloads:
    yield _choice(1, {"role": "assistant", "content": ""})
    for token in _tokens(SECOND):
        yield _choice(1, {"content": token})
    yield _choice(1, {}, "stop")


def _choice(index: int, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish_reason}


def _chunk(choices: list[dict[str, Any]], kind: str = "chat.completion.chunk") -> dict[str, Any]:
    return {"id": "chatcmpl-demo", "object": kind, "created": CREATED, "model": MODEL, "choices": choices}


def _completions() -> Payloads:
    for token in _tokens(TEXT):
        yield _chunk([{"index": 0, "text": token, "finish_reason": None}], "text_completion")
    yield {**_chunk([{"index": 0, "text": "", "finish_reason": "stop"}], "text_completion"), "usage": USAGE}


def _transcription() -> Payloads:
    yield from ({"type": "transcript.text.delta", "delta": token} for token in _tokens(TEXT))
    yield {"type": "transcript.text.done", "text": TEXT, "usage": {"input_tokens": 57, "output_tokens": 214}}


def _ollama() -> Payloads:
    def line(done: bool = False, **message: Any) -> dict[str, Any]:
        return {"model": MODEL, "message": {"role": "assistant", "content": "", **message}, "done": done}

    yield from (line(thinking=token) for token in _tokens(REASONING))
    yield from (line(content=token) for token in _tokens(TEXT))
    for name, arguments in CALLS:
        yield line(tool_calls=[{"function": {"name": name, "arguments": arguments}}])
    yield {**line(done=True), "done_reason": "stop", "prompt_eval_count": 57, "eval_count": 214}


def _converse() -> Payloads:
    def delta(index: int, **delta: Any) -> dict[str, Any]:
        return {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}}

    yield {"messageStart": {"role": "assistant"}}
    yield from (delta(0, reasoningContent={"text": token}) for token in _tokens(REASONING))
    yield {"contentBlockStop": {"contentBlockIndex": 0}}
    yield from (delta(1, text=token) for token in _tokens(TEXT))
    yield {"contentBlockStop": {"contentBlockIndex": 1}}
    for index, (_, id, name, pieces) in enumerate(_calls(), 2):
        yield {"contentBlockStart": {"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": id, "name": name}}}}
        yield from (delta(index, toolUse={"input": piece}) for piece in pieces)
        yield {"contentBlockStop": {"contentBlockIndex": index}}
    yield {"messageStop": {"stopReason": "tool_use"}}
    yield {"metadata": {"usage": {"inputTokens": 57, "outputTokens": 214, "totalTokens": 271}}}


def _cohere() -> Payloads:
    def event(kind: str, index: int, **message: Any) -> dict[str, Any]:
        return {"type": kind, "index": index, "delta": {"message": message}}

    yield {"type": "message-start", "id": "demo", "delta": {"message": {"role": "assistant"}}}
    for index, (kind, text) in enumerate((("thinking", REASONING), ("text", TEXT))):
        yield event("content-start", index, content={"type": kind, kind: ""})
        yield from (event("content-delta", index, content={kind: token}) for token in _tokens(text))
        yield {"type": "content-end", "index": index}
    for index, id, name, pieces in _calls():
        call = {"id": id, "type": "function", "function": {"name": name, "arguments": ""}}
        yield event("tool-call-start", index, tool_calls=call)
        yield from (event("tool-call-delta", index, tool_calls={"function": {"arguments": piece}}) for piece in pieces)
        yield {"type": "tool-call-end", "index": index}
    usage = {"tokens": {"input_tokens": 57, "output_tokens": 214}}
    yield {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": usage}}


def _interactions() -> Payloads:
    def step(index: int, deltas: Iterable[dict[str, Any]], **step: Any) -> Payloads:
        yield {"event_type": "step.start", "index": index, "step": step}
        yield from ({"event_type": "step.delta", "index": index, "delta": delta} for delta in deltas)
        yield {"event_type": "step.stop", "index": index}

    yield {"event_type": "interaction.created", "interaction": {"id": "demo", "model": MODEL}}
    summary = ({"type": "thought_summary", "content": {"type": "text", "text": token}} for token in _tokens(REASONING))
    yield from step(0, summary, type="thought")
    yield from step(1, ({"type": "text", "text": token} for token in _tokens(TEXT)), type="model_output")
    for index, (_, id, name, pieces) in enumerate(_calls(), 2):
        deltas = ({"type": "arguments_delta", "arguments": piece} for piece in pieces)
        yield from step(index, deltas, type="function_call", id=id, name=name, arguments={})
    usage = {"total_input_tokens": 57, "total_output_tokens": 178, "total_thought_tokens": 36, "total_tokens": 271}
    end = {"id": "demo", "status": "requires_action", "usage": usage}
    yield {"event_type": "interaction.completed", "interaction": end}


def _conversations() -> Payloads:
    yield {"type": "conversation.response.started", "conversation_id": "demo"}
    thinking = ({"type": "thinking", "thinking": [{"type": "text", "text": token}]} for token in _tokens(REASONING))
    entry = {"type": "message.output.delta", "output_index": 0, "id": "m"}
    for index, contents in enumerate((thinking, _tokens(TEXT))):
        yield from ({**entry, "content_index": index, "content": content} for content in contents)
    for index, id, name, pieces in _calls():
        call = {"type": "function.call.delta", "output_index": index + 1, "id": id, "tool_call_id": id, "name": name}
        yield from ({**call, "arguments": piece} for piece in pieces)
    yield {"type": "conversation.response.done", "usage": USAGE}


def _run() -> Payloads:
    run = {"threadId": "demo", "runId": "demo"}
    yield {"type": "RUN_STARTED", **run}
    for kind, text in (("REASONING", REASONING), ("TEXT", TEXT)):
        yield from ({"type": f"{kind}_MESSAGE_CHUNK", "messageId": kind, "delta": token} for token in _tokens(text))
    for _, id, name, pieces in _calls():
        yield {"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": name}
        yield from ({"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": piece} for piece in pieces)
        yield {"type": "TOOL_CALL_END", "toolCallId": id}
    yield {"type": "RUN_FINISHED", **run}


PAYLOADS: dict[str, Callable[[], Payloads]] = {
    "openai-chat": _chat,
    "bedrock-converse": _converse,
    "ollama": _ollama,
    "cohere": _cohere,
    "openai-completions": _completions,
    "gemini-interactions": _interactions,
    "mistral-conversations": _conversations,
    "openai-transcription": _transcription,
    "ag-ui": _run,
}
