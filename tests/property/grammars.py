"""The wire shapes that are written, as small models: what may follow what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def chat_grammar(found: list[tuple[str, Any]]) -> None:
    assert {name for name, _ in found} <= {"message"}
    *chunks, done = [payload for _, payload in found]
    assert done == "[DONE]"
    begun: dict[int, set[int]] = {}
    over: set[int] = set()
    for chunk in chunks:
        assert chunk["object"] == "chat.completion.chunk"
        for choice in chunk["choices"]:
            index, delta = choice["index"], choice["delta"]
            assert (index in begun) == ("role" not in delta)
            assert index not in over
            calls = begun.setdefault(index, set())
            for call in delta.get("tool_calls", ()):
                assert (call["index"] in calls) == ("id" not in call)
                calls.add(call["index"])
            if choice["finish_reason"] is not None:
                over.add(index)
    assert over == set(begun)


def anthropic_grammar(found: list[tuple[str, Any]]) -> None:
    assert [name for name, _ in found] == [payload["type"] for _, payload in found]
    (_, start), *middle, (_, delta), (_, stop) = found
    assert (start["type"], delta["type"], stop["type"]) == ("message_start", "message_delta", "message_stop")
    is_open, count, kind = False, 0, ""
    kinds = {
        "text": ["text_delta"],
        "thinking": ["thinking_delta", "signature_delta"],
        "tool_use": ["input_json_delta"],
    }
    for _, payload in middle:
        if payload["type"] == "content_block_start":
            assert not is_open
            assert payload["index"] == count
            is_open, count, kind = True, count + 1, payload["content_block"]["type"]
        else:
            assert is_open
            assert payload["index"] == count - 1
            if payload["type"] == "content_block_stop":
                is_open = False
            else:
                assert payload["delta"]["type"] in kinds[kind]
    assert not is_open or kind == "tool_use"


def responses_grammar(found: list[tuple[str, Any]]) -> None:
    assert [name for name, _ in found] == [payload["type"] for _, payload in found]
    assert [payload["sequence_number"] for _, payload in found] == list(range(len(found)))
    opened: list[tuple[Any, ...]] = []
    items: list[Any] = []
    for name, payload in found:
        kind = name.rpartition(".")[2]
        if name.endswith((".output_item.added", "part.added")):
            opened.append((payload["output_index"], payload.get("content_index", payload.get("summary_index"))))
            if "item" in payload:
                assert opened == [(len(items), None)]
        elif name.endswith((".output_item.done", "part.done")):
            assert opened.pop()[0] == payload["output_index"]
            items += [payload["item"]] if "item" in payload else []
        elif kind == "delta":
            assert opened[-1][0] == payload["output_index"]
            assert payload["delta"]
    assert not opened
    assert found[-1][1]["response"]["output"] == items


def gemini_grammar(found: list[tuple[str, Any]]) -> None:
    for _, payload in found[:-1]:
        (candidate,) = payload["candidates"]
        assert "finishReason" not in candidate
        assert len(candidate["content"]["parts"]) == 1
    assert all(candidate["finishReason"] for candidate in found[-1][1]["candidates"])


def vercel_grammar(found: list[tuple[str, Any]]) -> None:
    kinds = [payload if payload == "[DONE]" else payload["type"] for _, payload in found]
    assert kinds[:2] == ["start", "start-step"]
    assert kinds[-3:] == ["finish-step", "finish", "[DONE]"]
    parts: set[str] = set()
    calls: set[str] = set()
    for _, payload in found[2:-3]:
        kind = payload["type"]
        if kind.endswith("-end"):
            parts.remove(payload["id"])
        elif kind in ("text-start", "reasoning-start"):
            assert not parts
            parts.add(payload["id"])
        elif kind == "tool-input-start":
            calls.add(payload["toolCallId"])
        elif "toolCallId" in payload:
            assert payload["toolCallId"] in calls
        else:
            assert payload["id"] in parts
    assert not parts


GRAMMARS: dict[str, Callable[[list[tuple[str, Any]]], None]] = {
    "openai-chat": chat_grammar,
    "anthropic": anthropic_grammar,
    "openai-responses": responses_grammar,
    "gemini": gemini_grammar,
    "vercel-ui": vercel_grammar,
}
