"""The frames of Anthropic Messages."""

from __future__ import annotations

from typing import Any

import pytest

import ssemble
from ssemble import ChoiceEnd, ErrorEvent, ProviderError, UsageUpdate

from ...vectors.written import MESSAGES, START, STOP, begin, frames, written


def block(index: int, kind: str, *deltas: dict[str, Any] | str, open: bool = False, **fields: Any) -> list[Any]:
    """The frames of a block, in short."""
    rows: list[Any] = [["start", index, {"type": kind, **fields}]]
    rows += [["delta", index, delta] for delta in deltas]
    return rows if open else [*rows, ["stop", index]]


def text(index: int, *texts: str) -> list[Any]:
    return block(index, "text", *[{"type": "text_delta", "text": each} for each in texts], text="")


def thinking(index: int, *texts: str, signature: str = "") -> list[Any]:
    deltas = [{"type": "thinking_delta", "thinking": each} for each in texts]
    deltas += [{"type": "signature_delta", "signature": signature}] if signature else []
    return block(index, "thinking", *deltas, thinking="", signature="")


def tool(index: int, *texts: str, call: int = 0, open: bool = False) -> list[Any]:
    deltas = [{"type": "input_json_delta", "partial_json": each} for each in texts]
    return block(index, "tool_use", *deltas, open=open, id=f"call_{call}", name="order", input={})


def short(payload: dict[str, Any]) -> list[Any]:
    kind, index = payload["type"], payload.get("index")
    if kind == "content_block_start":
        return ["start", index, payload["content_block"]]
    return ["delta", index, payload["delta"]] if kind == "content_block_delta" else ["stop", index]


BLOCKS: dict[str, tuple[list[Any], str, dict[str, int]]] = {
    "text": (text(0, "Hel", 'lo \u2028 "é" \ud83d'), "end_turn", {}),
    "nothing": ([], "end_turn", {}),
    "two parts": ([*text(0, "One."), *text(1, "Two.")], "end_turn", {}),
    "reasoning": ([*thinking(0, "Hm", "m."), *text(1, "A")], "end_turn", {}),
    "signed": ([*thinking(0, "Hm.", signature="c2ln"), *text(1, "A")], "end_turn", {}),
    "signed twice": ([*thinking(0, "A.", signature="czE"), *thinking(1, "B.", signature="czI")], "end_turn", {}),
    "summaries": ([*thinking(0, "A."), *thinking(1, "B.")], "end_turn", {}),
    "redacted": ([*block(0, "redacted_thinking", data="b3A"), *text(1, "A")], "end_turn", {}),
    "signature of a call": ([*thinking(0, signature="c2ln"), *tool(1, "{}")], "tool_use", {}),
    "call": (tool(0, '{"a"', ":1}"), "tool_use", {}),
    "call without arguments": (tool(0), "tool_use", {}),
    "text and calls": ([*text(0, "Look."), *tool(1, "{}"), *tool(2, "{}", call=1)], "tool_use", {}),
    "interleaved": ([*tool(0, '{"a"', ":1}"), *tool(1, '{"b"', ":2}", call=1)], "tool_use", {}),
    "text in a call": ([*tool(0, "{", "}"), *text(1, "Wait", ".")], "tool_use", {}),
    "text after a call": ([*tool(0, "{}"), *text(1, "Done.")], "tool_use", {}),
    "custom call": (tool(0, '{"input": "print(\'\\u00fc\')"}'), "tool_use", {"custom_as_json": 1}),
    "cut call": ([*text(0, "A"), *tool(1, '{"a', open=True)], "max_tokens", {"call_cut": 1}),
    "cut calls": (
        [*tool(0, '{"a'), *tool(1, '{"input": "x', call=1, open=True)],
        "max_tokens",
        {"call_cut": 2, "custom_as_json": 1},
    ),
    "refusal": ([*text(0, "Well. "), *text(1, "I can", "not.")], "refusal", {"refusal_as_text": 1}),
    "filtered": (text(0, "A"), "refusal", {}),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    payloads, losses = written("anthropic", MESSAGES[name])
    start, *content, delta, stop = [payload for group in payloads for payload in group]
    assert (start["type"], stop) == ("message_start", {"type": "message_stop"})
    blocks, reason, lost = BLOCKS[name]
    assert [short(payload) for payload in content] == blocks
    assert delta["delta"] == {"stop_reason": reason, "stop_sequence": None}
    assert losses == lost


def test_events_have_names_and_the_message_has_counts() -> None:
    found = frames(b"".join(ssemble.write_events(MESSAGES["text"], to="anthropic")))
    assert [name for name, _ in found] == [payload["type"] for _, payload in found]
    assert found[0][1]["message"] == {
        "id": "m1", "type": "message", "role": "assistant", "model": "model-1", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 0, "output_tokens": 0},
    }  # fmt: skip
    assert found[-2][1]["usage"] == {
        "input_tokens": 16, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 4, "output_tokens": 12,
        "output_tokens_details": {"thinking_tokens": 5},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ({"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}}, {"input_tokens": 0, "cache_read_input_tokens": 5}),
        ({"completion_tokens": 2}, {"output_tokens": 2}),
        ({"input_tokens": 3, "output_tokens": 1, "service_tier": "x"}, {"input_tokens": 3, "output_tokens": 1, "service_tier": "x"}),
        ({"input_tokens": 3, "total_tokens": 4, "output_tokens": 1}, {"input_tokens": 3, "output_tokens": 1}),
    ],
)  # fmt: skip
def test_token_counts(usage: dict[str, Any], words: dict[str, Any]) -> None:
    payloads, _ = written("anthropic", [START, STOP, UsageUpdate(usage)])
    assert payloads[-1][0]["usage"] == {"output_tokens": 0, **words}


@pytest.mark.parametrize(
    ("reason", "raw", "word"),
    [
        ("stop", "stop_sequence", "stop_sequence"),
        ("pause", None, "pause_turn"),
        ("other", "compaction", "compaction"),
        ("error", "abort", "end_turn"),
        (None, None, "end_turn"),
    ],
)
def test_reasons(reason: Any, raw: str | None, word: str) -> None:
    payloads, _ = written("anthropic", [START, ChoiceEnd(0, reason, raw)])
    assert payloads[-1][0]["delta"]["stop_reason"] == word


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"type": "overloaded_error"}, "overloaded_error"),
        ({"type": "UNAVAILABLE"}, "api_error"),
        ({"type": "requests", "code": "rate_limit_exceeded"}, "rate_limit_error"),
        ({"code": 429}, "rate_limit_error"),
    ],
)
def test_errors(told: dict[str, Any], kind: str) -> None:
    error = ErrorEvent(ProviderError("Busy", raw={"message": "Busy", **told}))
    payloads, _ = written("anthropic", [error])
    assert payloads == [[{"type": "error", "error": {"type": kind, "message": "Busy"}}], []]


def test_a_truncated_call_is_never_a_call_without_arguments() -> None:
    events: list[ssemble.StreamEvent] = [START, begin(0), begin(1), ChoiceEnd(0, "length", None)]
    data = b"".join(ssemble.write_events(events, to="anthropic"))
    calls = ssemble.assemble(data).tool_calls
    assert [call.complete for call in calls] == [False, False]
