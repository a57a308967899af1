"""The frames of chat completions."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ChoiceEnd, MessageStart, ReasoningDelta, TextDelta, ToolCallEnd, ToolCallStart, UsageUpdate
from ssemble._model.message import ToolCall

from ...vectors.written import MESSAGES, START, STOP, frames, written

HEAD = {"id": "m1", "object": "chat.completion.chunk", "created": 1767225600, "model": "model-1"}
ROLE = {"role": "assistant"}


def call(**fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, **fields}]}


def detail(kind: str, **fields: Any) -> dict[str, Any]:
    return {"reasoning_details": [{"type": f"reasoning.{kind}", "index": 0, **fields}]}


BEGUN = call(id="call_0", type="function", function={"name": "order", "arguments": ""})
DELTAS: dict[str, list[Any]] = {
    "text": [ROLE, {"content": "Hel"}, {"content": 'lo \u2028 "é" \ud83d'}, {}],
    "nothing": [ROLE, {}],
    "no start": [ROLE, {"content": "Hi"}, {}],
    "reasoning": [ROLE, {"reasoning_content": "Hm"}, {"reasoning_content": "m."}, {"content": "A"}, {}],
    "signed": [ROLE, {"reasoning_content": "Hm."}, detail("text", signature="c2ln"), {"content": "A"}, {}],
    "signed twice": [
        *(ROLE, {"reasoning_content": "A."}, detail("text", signature="czE"), {"reasoning_content": "B."}),
        {"reasoning_details": [{"type": "reasoning.text", "index": 1, "signature": "czI"}]},
        {},
    ],
    "summaries": [
        *(ROLE, {"reasoning_content": "A.", **detail("summary", summary="A.")}),
        {
            "reasoning_content": "B.",
            "reasoning_details": [{"type": "reasoning.summary", "index": 1, "summary": "B."}],
        },
        {},
    ],
    "redacted": [ROLE, detail("encrypted", data="b3A"), {"content": "A"}, {}],
    "call": [ROLE, BEGUN, call(function={"arguments": '{"a"'}), call(function={"arguments": ":1}"}), {}],
    "call without arguments": [ROLE, BEGUN, call(function={"arguments": "{}"}), {}],
    "text in a call": [
        *(ROLE, BEGUN, call(function={"arguments": "{"}), {"content": "Wait"}, {"content": "."}),
        *(call(function={"arguments": "}"}), {}),
    ],
    "custom call": [
        *(ROLE, call(id="call_0", type="custom", custom={"name": "order", "input": ""})),
        *(call(custom={"input": "print("}), call(custom={"input": "'ü')"}), {}),
    ],
    "refusal": [ROLE, {"content": "Well. "}, {"refusal": "I can"}, {"refusal": "not."}, {}],
}


@pytest.mark.parametrize("name", DELTAS)
def test_deltas(name: str) -> None:
    payloads, losses = written("openai-chat", MESSAGES[name])
    chunks = [payload for group in payloads for payload in group if payload != "[DONE]" and payload["choices"]]
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == DELTAS[name]
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert (reasons[:-1], type(reasons[-1])) == ([None] * (len(chunks) - 1), str)
    assert payloads[-1][-1] == "[DONE]"
    assert losses == {}


def test_one_summary_has_one_index() -> None:
    summary = [ReasoningDelta(text, 0, "summary") for text in ("A", "B")]
    payloads, _ = written("openai-chat", [START, *summary, STOP])
    deltas = [payload["choices"][0]["delta"] for group in payloads[1:3] for payload in group]
    assert deltas == [{"reasoning_content": text, **detail("summary", summary=text)} for text in ("A", "B")]


def test_a_chunk_and_the_end() -> None:
    payloads, _ = written("openai-chat", MESSAGES["text"])
    assert payloads[1] == [{**HEAD, "choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": None}]}]
    assert payloads[-1] == [{**HEAD, "choices": [], "usage": MESSAGES["text"][-1].usage}, "[DONE]"]  # type: ignore[union-attr]  # a UsageUpdate
    assert written("openai-chat", MESSAGES["text"], include_usage=False)[0][-1] == ["[DONE]"]


def test_the_first_chunk_of_each_choice_has_the_role() -> None:
    events = [START, TextDelta("A"), TextDelta("B", 1), ToolCallStart(2, 0, None, "f"), ChoiceEnd(3, "stop", None)]
    payloads, _ = written("openai-chat", events)
    deltas = [payload["choices"][0]["delta"] for (payload,) in payloads[:-1]]
    assert [delta.get("role") for delta in deltas] == ["assistant", None, "assistant", "assistant", "assistant"]
    assert deltas[3]["tool_calls"][0]["id"] == "call_m1_2_0"


def test_a_call_that_comes_whole() -> None:
    end = ToolCallEnd(0, 0, ToolCall("c", "function", "f", "", 0))
    payloads, _ = written("openai-chat", [START, ToolCallStart(0, 0, "c", "f"), end, end, STOP])
    assert payloads[3] == []
    assert payloads[4][0]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (
            {"input_tokens": 5, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 3, "output_tokens": 9},
            {
                "prompt_tokens": 28, "completion_tokens": 9, "total_tokens": 37,
                "prompt_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 3},
            },
        ),
        (
            {"promptTokenCount": 7, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "totalTokenCount": 12},
            {
                "prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12,
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
        ),
        ({"output_tokens": 3}, {"prompt_tokens": 0, "completion_tokens": 3, "total_tokens": 3}),
        ({"prompt_tokens": 1, "cost": 0.5}, {"prompt_tokens": 1, "cost": 0.5}),
    ],
)  # fmt: skip
def test_token_counts(usage: dict[str, Any], words: dict[str, Any]) -> None:
    payloads, _ = written("openai-chat", [START, STOP, UsageUpdate(usage)])
    assert payloads[-1][0]["usage"] == words


def test_what_the_caller_says_of_the_message() -> None:
    events = [MessageStart("a", "b", 3), STOP]
    payloads, _ = written("openai-chat", events, id="x", model="y", created=0)
    assert payloads[0][0].items() >= {"id": "x", "model": "y", "created": 0}.items()
    assert frames(b"") == []
