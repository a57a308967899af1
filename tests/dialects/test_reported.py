"""What is an error inside a stream, and what is an event with a member of that name: in each dialect, and its accumulator."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from ssemble import MessageStream, Observer, ProviderError, RawEvent, SsembleError, accumulator
from ssemble._dialects import DIALECTS, READERS, is_typed

from ..helpers import nested

BEGINNINGS: dict[str, Any] = {
    "openai-chat": {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "A"}}]},
    "openai-completions": {"object": "text_completion", "choices": [{"index": 0, "text": "A"}]},
    "anthropic": {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "A"}},
    "openai-responses": {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "A"},
    "gemini": {"candidates": [{"content": {"parts": [{"text": "A"}]}}]},
    "gemini-interactions": {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "A"}},
    "mistral-conversations": {"type": "message.output.delta", "output_index": 0, "content": "A"},
    "cohere": {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "A"}}}},
    "bedrock-converse": {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "A"}}},
    "ollama": {"model": "m", "message": {"content": "A"}, "done": False},
    "openai-transcription": {"type": "transcript.text.delta", "delta": "A"},
    "vercel-ui": {"type": "text-delta", "id": "t", "delta": "A"},
    "ag-ui": {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "A"},
}
TYPED = [
    "anthropic", "openai-responses", "cohere", "gemini-interactions", "mistral-conversations", "openai-transcription",
    "vercel-ui", "ag-ui",
]  # fmt: skip
# SPEC section 1, P11 (a): "type `error` (or the dialect's own error event), or, in a payload without type, a member
# `error` that is true"; P2: "Unknown events and deltas never change the object and never raise: RawEvent."
EVENTS: list[dict[str, Any]] = [
    {"type": "vendor.debug", "error": "inside"},
    {"type": "vendor.debug", "errors": [{"message": "inside"}]},
    {"type": "vendor.debug", "success": False},
    {"type": "vendor.debug", "errorMessage": "inside"},
    {"type": "vendor.debug", "status": "failed", "message": "inside"},
    {"type": "vendor.debug", "code": "late", "message": "inside"},
]
ERRORS: list[tuple[str, dict[str, Any], str]] = [
    ("message", {"error": {"message": "Busy"}}, "Busy"),
    ("message", {"error": "Busy"}, "Busy"),
    ("message", {"error": True, "message": "Busy"}, "Busy"),
    ("message", {"type": "error", "error": {"message": None, "code": None}}, "error"),
    ("message", {"type": "vendor_error", "error": {"message": "Busy"}}, "Busy"),
    ("error", {"type": "overloaded", "message": "Busy"}, "Busy"),
]


def sse(payload: Any, name: str = "message") -> bytes:
    head = b"" if name == "message" else f"event: {name}\n".encode()
    return head + b"data: " + json.dumps(payload).encode() + b"\n\n"


def test_every_dialect_has_a_beginning() -> None:
    assert set(BEGINNINGS) == set(DIALECTS) == set(READERS)
    assert [dialect for dialect in DIALECTS if is_typed(dialect)] == TYPED
    for dialect, payload in BEGINNINGS.items():
        stream = MessageStream()
        stream.feed(sse(payload))
        assert (stream.dialect, stream.completion().text) == (dialect, "A")


@pytest.mark.parametrize("payload", EVENTS, ids=str)
@pytest.mark.parametrize("dialect", TYPED)
def test_an_unknown_type_is_an_event_whatever_is_in_it(dialect: str, payload: dict[str, Any]) -> None:
    body = sse(BEGINNINGS[dialect]) + sse(payload) + b": torn\nid: 1\n" + sse(payload)
    for size in (1, 7, len(body)):
        stream = MessageStream()
        events = [event for at in range(0, len(body), size) for event in stream.feed(body[at : at + size])]
        assert events[-2:] == [RawEvent("message", payload)] * 2
        assert (stream.error, stream.completion().text) == (None, "A")
    chat = accumulator(dialect)
    chat.add(BEGINNINGS[dialect])
    assert chat.add(payload) == [RawEvent("message", payload)]


@pytest.mark.parametrize(("name", "payload", "words"), ERRORS, ids=str)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_error_ends_the_stream(dialect: str, name: str, payload: dict[str, Any], words: str) -> None:
    stream = MessageStream()
    stream.feed(sse(BEGINNINGS[dialect]))
    stream.feed(sse(payload, name))
    assert isinstance(stream.error, ProviderError)
    assert (stream.error.message, stream.completion().text, stream.complete) == (words, "A", False)


@pytest.mark.parametrize(
    ("payload", "words"), [(payload, words) for name, payload, words in ERRORS if name == "message"]
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_accumulator_raises_it(dialect: str, payload: dict[str, Any], words: str) -> None:
    chat = accumulator(dialect)
    chat.add(BEGINNINGS[dialect])
    with pytest.raises(ProviderError) as caught:
        chat.add(payload)
    assert (caught.value.message, str(chat.error)) == (words, str(caught.value))
    assert chat.completion().text == "A"
    assert chat.end() == chat.end() == []


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"choices": [{"index": 0, "delta": {"content": "B"}, "error": {"message": "Busy"}, "finish_reason": "error"}]}, "AB"),
        ({"choices": [{"index": 0, "delta": {"content": "B"}}], "error": {"message": "Busy"}}, "AB"),
        ({"choices": [], "base_resp": {"status_code": 1002, "status_msg": "Busy"}}, "A"),
        ({"base_resp": {"status_code": 1002, "status_msg": "Busy"}, "choices": None}, "A"),
    ],
)  # fmt: skip
def test_the_accumulator_of_chat_raises_its_own_errors(payload: dict[str, Any], text: str) -> None:
    chat = accumulator("openai-chat")
    chat.add(BEGINNINGS["openai-chat"])
    events: list[Any] = []
    with contextlib.suppress(ProviderError):
        events += chat.add(payload)
    with pytest.raises(ProviderError, match="Busy"):
        chat.add(payload)
    assert chat.completion().text == text
    stream = MessageStream()
    stream.feed(sse(BEGINNINGS["openai-chat"]))
    assert stream.feed(sse(payload)) == [*events, *chat.end()]
    assert str(stream.error) == str(chat.error)


@pytest.mark.parametrize("dialect", TYPED)
def test_the_dialect_need_not_be_recognised_first(dialect: str) -> None:
    stream = MessageStream(dialect)
    assert stream.feed(sse(EVENTS[0])) == [RawEvent("message", EVENTS[0])]
    assert stream.error is None
    other = MessageStream()
    other.feed(sse(EVENTS[0]))
    assert isinstance(other.error, ProviderError)


@pytest.mark.parametrize(
    "code", [nested(100_000), 10**5000, float("nan"), {}, None, True], ids=lambda code: type(code).__name__
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_code_of_any_kind_crashes_nothing(dialect: str, code: Any) -> None:
    with contextlib.suppress(SsembleError):
        accumulator(dialect).add({"message": "x", "code": code})
    observer = Observer(dialect)
    observer.add({"message": "x", "code": code})
    assert all(isinstance(error, SsembleError) for error in observer.errors)
