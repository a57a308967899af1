"""The wire shapes that are known."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from ssemble import ChoiceEnd, LimitExceeded, Limits, TextDelta
from ssemble._dialects import DIALECTS, READERS, accumulator, check_dialect, recognise
from ssemble._dialects.recognition import CHAT, READ, looks_like, shape

from ..helpers import WRONG, chunk


def test_the_dialects_are_pinned() -> None:
    assert DIALECTS == tuple(READERS)
    assert DIALECTS[0] == "openai-chat"
    assert set(READ.values()) <= set(DIALECTS)


def test_a_dialect_is_imported_when_it_is_first_used() -> None:
    code = "import sys, ssemble; print(*[name for name in sys.modules if name.startswith('ssemble._dialects.')])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    dialects = {f"ssemble._dialects.{module}" for module, _ in READERS.values()}
    shared = {f"ssemble._dialects.{module}" for module in ("tree", "tree_answer", "tree_reader", "answer", "bindings")}
    assert not {*dialects, *shared} & set(printed.split())


@pytest.mark.parametrize(
    ("payload", "dialect"),
    [
        ({"object": "chat.completion.chunk"}, "openai-chat"),
        ({"choices": []}, "openai-chat"),
        ({"choices": [{"text": "a"}]}, "openai-completions"),
        ({"choices": [{"text": "a"}, {"text": "b", "delta": {}}]}, "openai-chat"),
        ({"choices": [{"text": "a"}], "object": "chat.completion.chunk"}, "openai-completions"),
        ({"choices": [], "object": "text_completion"}, "openai-completions"),
        ({"choices": 7, "object": None}, "openai-chat"),
        ({"usage": {"a": 1}}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_payload_names_its_dialect(payload: Any, dialect: str | None) -> None:
    assert recognise(payload) == dialect


@pytest.mark.parametrize("payload", WRONG, ids=repr)
def test_any_value_is_looked_at(payload: Any) -> None:
    assert recognise(payload) is None
    assert recognise({"object": payload, "usage": payload, "type": payload}) is None


@pytest.mark.parametrize("name", DIALECTS)
def test_an_accumulator_is_made_by_the_name_of_its_dialect(name: str) -> None:
    chat = accumulator(name)
    assert chat.dialect == name
    assert type(chat).__name__ == READERS[name][1]
    check_dialect(name)


@pytest.mark.parametrize("name", ["x", "", "OpenAI-Chat"])
def test_another_name_is_refused(name: str) -> None:
    for refuse in (accumulator, check_dialect):
        with pytest.raises(
            ValueError, match=re.escape(f"unknown dialect {name!r}: expected one of {', '.join(DIALECTS)}, or None")
        ):
            refuse(name)


def test_options_reach_the_accumulator() -> None:
    texts = [chunk({"content": "a"}), chunk({"content": "ab"}, index=3)]

    def told(**options: Any) -> list[tuple[int, str]]:
        chat = accumulator("openai-chat", **options)
        for each in texts:
            chat.add(each)
        assert chat.error is None
        return [(choice.index, choice.message.text) for choice in chat.completion().choices]

    assert told() == [(0, "a"), (3, "ab")]
    assert told(n=1) == [(0, "aab")]
    assert told(n=1, cumulative=True) == [(0, "ab")]
    with pytest.raises(LimitExceeded, match=r"max_choices \(1\)"):
        told(limits=Limits(max_choices=1))


@pytest.mark.parametrize(
    ("reason", "ended"), [("stop", [ChoiceEnd(0, "stop", "stop")]), (None, [])], ids=["finished", "open"]
)
def test_the_end_ends_what_a_finish_reason_ended(reason: str | None, ended: list[Any]) -> None:
    chat = accumulator("openai-chat")
    assert TextDelta("Hi") in chat.add(chunk({"content": "Hi"}, reason))
    assert chat.end() == ended
    assert chat.end() == []
    assert chat.complete is chat.completion().complete is (reason is not None)


SHAPES: list[tuple[Any, str]] = [
    ({"type": "message_start", "message": {}}, "Anthropic Messages"),
    ({"type": "content_block_delta", "index": 0}, "Anthropic Messages"),
    ({"type": "response.output_text.delta", "delta": "Hi"}, "OpenAI Responses"),
    ({"object": "response", "output": [], "usage": {}}, "an OpenAI response that was not streamed"),
    ({"candidates": []}, "Gemini"),
    ([{"candidates": []}], "Gemini"),
    ({"message": {}, "created_at": "t", "done": False}, "Ollama's JSON lines"),
    ({"response": "Hi", "done": False}, "Ollama's JSON lines"),
    ({"type": "content-delta", "delta": {}}, "Cohere"),
    ({"event_type": "text-generation", "text": "Hi"}, "Cohere's older API"),
    ({"contentBlockDelta": {}}, "Bedrock Converse"),
    ({"object": "text_completion", "choices": []}, "OpenAI's older completions"),
    ({"choices": [{"text": "Hi", "index": 0}]}, "OpenAI's older completions"),
    ({"object": "thread.message.delta"}, "OpenAI Assistants"),
    ({"type": "TEXT_MESSAGE_CONTENT"}, "AG-UI"),
    ({"type": "text-delta", "id": "0"}, "the Vercel AI SDK's UI messages"),
    ({"jsonrpc": "2.0", "id": 1, "result": {}}, "JSON-RPC (A2A, MCP)"),
    ({"a": 1}, ""),
    ({"type": 5}, ""),
    ({"type": "ping", "object": "response"}, "an OpenAI response that was not streamed"),
    ({"type": "ping", "object": "list"}, ""),
    ({"choices": []}, "OpenAI chat completions"),
    ({"choices": [5]}, "OpenAI chat completions"),
    ([], ""),
    ("Hi", ""),
    (None, ""),
]


@pytest.mark.parametrize(("payload", "name"), SHAPES, ids=str)
def test_a_payload_of_no_known_dialect_has_a_name(payload: Any, name: str) -> None:
    assert looks_like(payload) == name
    if isinstance(payload, dict):
        assert recognise(payload) == ("openai-chat" if shape(payload) == CHAT else READ.get(shape(payload)))
