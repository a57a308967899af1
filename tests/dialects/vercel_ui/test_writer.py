"""The frames of the Vercel AI SDK's UI message stream."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ErrorEvent, ProviderError, TextDelta

from ...vectors.written import MESSAGES, START, STOP, written


def part(kind: str, number: int, *texts: str, **more: Any) -> list[dict[str, Any]]:
    name = {"id": f"{kind}-{number}"}
    deltas = [{"type": f"{kind}-delta", **name, "delta": text} for text in texts]
    return [{"type": f"{kind}-start", **name}, *deltas, {"type": f"{kind}-end", **name, **more}]


def named(call: int = 0) -> dict[str, Any]:
    return {"toolCallId": f"call_{call}", "toolName": "order", "dynamic": True}


def starts(call: int = 0) -> dict[str, Any]:
    return {"type": "tool-input-start", **named(call)}


def said(text: str, call: int = 0) -> dict[str, Any]:
    return {"type": "tool-input-delta", "toolCallId": f"call_{call}", "inputTextDelta": text}


def ends(value: Any, call: int = 0) -> dict[str, Any]:
    return {"type": "tool-input-available", **named(call), "input": value}


def signature(text: str) -> dict[str, Any]:
    return {"ssemble": {"signature": text}}


CHUNKS: dict[str, tuple[list[Any], str, dict[str, int]]] = {
    "text": (part("text", 0, "Hel", 'lo \u2028 "é" \ud83d'), "stop", {}),
    "two parts": ([*part("text", 0, "One."), *part("text", 1, "Two.")], "stop", {}),
    "reasoning": ([*part("reasoning", 0, "Hm", "m."), *part("text", 1, "A")], "stop", {}),
    "signed": (
        [*part("reasoning", 0, "Hm.", providerMetadata=signature("c2ln")), *part("text", 1, "A")],
        "stop",
        {},
    ),
    "redacted": (part("text", 0, "A"), "stop", {"redacted": 1}),
    "signature of a call": (
        [*part("reasoning", 0, providerMetadata=signature("c2ln")), starts(), said("{}"), ends({})],
        "tool-calls",
        {},
    ),
    "call": ([starts(), said('{"a"'), said(":1}"), ends({"a": 1})], "tool-calls", {}),
    "call without arguments": ([starts(), ends({})], "tool-calls", {}),
    "interleaved": (
        [
            *(starts(), said('{"a"'), starts(1), said('{"b"', 1), said(":1}"), said(":2}", 1)),
            *(ends({"b": 2}, 1), ends({"a": 1})),
        ],
        "tool-calls",
        {},
    ),
    "text in a call": (
        [starts(), said("{"), *part("text", 0, "Wait", ".")[:-1], said("}"), ends({}), part("text", 0)[-1]],
        "tool-calls",
        {},
    ),
    "custom call": ([starts(), said("print("), said("'ü')"), ends("print('ü')")], "tool-calls", {}),
    "cut call": ([*part("text", 0, "A"), starts(), said('{"a')], "length", {"call_cut": 1}),
    "refusal": ([*part("text", 0, "Well. "), *part("text", 1, "I can", "not.")], "stop", {"refusal_as_text": 1}),
    "filtered": (part("text", 0, "A"), "content-filter", {}),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_chunks(name: str) -> None:
    payloads, losses = written("vercel-ui", MESSAGES[name])
    start, step, *flat, over, finish, done = [payload for group in payloads for payload in group]
    assert (start, step) == ({"type": "start", "messageId": "m1"}, {"type": "start-step"})
    assert (over, done) == ({"type": "finish-step"}, "[DONE]")
    chunks, reason, lost = CHUNKS[name]
    assert flat == chunks
    assert (finish["type"], finish["finishReason"]) == ("finish", reason)
    assert losses == lost


def test_arguments_that_are_not_json() -> None:
    payloads, losses = written("vercel-ui", MESSAGES["no JSON"])
    (error,) = payloads[3]
    assert error.pop("errorText")
    assert error == {"type": "tool-input-error", **named(), "input": "{'a': 1}"}
    assert losses == {"malformed_arguments": 1}


def test_token_counts_are_metadata_of_the_message() -> None:
    payloads, _ = written("vercel-ui", MESSAGES["text"])
    counts = {"inputTokens": 30, "outputTokens": 12, "totalTokens": 42, "reasoningTokens": 5, "cachedInputTokens": 10}
    assert payloads[-1][1]["messageMetadata"] == {"usage": counts}
    assert "messageMetadata" not in written("vercel-ui", MESSAGES["text"], include_usage=False)[0][-1][1]


def test_only_the_first_choice_and_errors() -> None:
    payloads, losses = written("vercel-ui", [START, TextDelta("A", 1), STOP, ErrorEvent(ProviderError("Busy"))])
    assert payloads[1:3] == [[], []]
    assert payloads[3] == [{"type": "error", "errorText": "Busy"}]
    assert losses == {"choice": 1}
