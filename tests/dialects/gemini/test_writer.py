"""The frames of Gemini."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ChoiceEnd, ErrorEvent, ProviderError, RefusalDelta, TextDelta, UsageUpdate

from ...vectors.written import MESSAGES, START, STOP, args, begin, over, signed, written


def thought(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "thought": True, **more}


def call(args: Any = None, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"functionCall": {"id": f"call_{index}", "name": "order", "args": args or {}}, **more}


PARTS: dict[str, tuple[list[dict[str, Any]], str, dict[str, int]]] = {
    "text": ([{"text": "Hel"}, {"text": 'lo \u2028 "é" \ud83d'}], "STOP", {}),
    "nothing": ([], "STOP", {}),
    "reasoning": ([thought("Hm"), thought("m."), {"text": "A"}], "STOP", {}),
    "signed": ([thought("Hm."), thought("", thoughtSignature="c2ln"), {"text": "A"}], "STOP", {}),
    "redacted": ([{"text": "A"}], "STOP", {"redacted": 1}),
    "signature of a call": ([call(thoughtSignature="c2ln")], "STOP", {}),
    "call": ([call({"a": 1})], "STOP", {}),
    "call without arguments": ([call()], "STOP", {}),
    "interleaved": ([call({"b": 2}, 1), call({"a": 1})], "STOP", {}),
    "text in a call": ([{"text": "Wait"}, {"text": "."}, call()], "STOP", {}),
    "custom call": ([call({"input": "print('ü')"})], "STOP", {}),
    "cut call": ([{"text": "A"}], "MAX_TOKENS", {"call_cut": 1}),
    "cut calls": ([], "MAX_TOKENS", {"call_cut": 2}),
    "no JSON": ([], "MALFORMED_FUNCTION_CALL", {"malformed_arguments": 1}),
    "refusal": ([{"text": "Well. "}, {"text": "I can"}, {"text": "not."}], "STOP", {"refusal_as_text": 1}),
    "filtered": ([{"text": "A"}], "SAFETY", {}),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts(name: str) -> None:
    payloads, losses = written("gemini", MESSAGES[name])
    *flat, last = [payload for group in payloads for payload in group]
    parts, reason, lost = PARTS[name]
    assert [payload["candidates"][0]["content"]["parts"] for payload in flat] == [[part] for part in parts]
    assert last["candidates"] == [
        {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": reason, "index": 0}
    ]
    assert {(payload["responseId"], payload["modelVersion"]) for payload in [*flat, last]} == {("m1", "model-1")}
    assert losses == lost


@pytest.mark.parametrize(
    "after",
    [TextDelta("A"), RefusalDelta("A"), signed("Mg", -1), signed("Mg"), STOP],
    ids=lambda event: event.type,
)
def test_a_signature_that_no_call_follows_is_a_part_of_its_own(after: Any) -> None:
    payloads, _ = written("gemini", [START, TextDelta("A"), signed("c2ln", -1), after, STOP])
    parts = [payload["candidates"][0]["content"]["parts"][0] for group in payloads[:-1] for payload in group]
    assert parts[1] == {"text": "", "thoughtSignature": "c2ln"}
    assert parts[1:].count(parts[1]) == 1


def test_an_end_has_all_candidates_and_the_counts() -> None:
    events = [TextDelta("A", 1), TextDelta("B"), ChoiceEnd(1, "length", None), STOP, UsageUpdate({"input_tokens": 3})]
    payloads, _ = written("gemini", events)
    last = payloads[-1][0]
    assert [(end["index"], end["finishReason"]) for end in last["candidates"]] == [(0, "STOP"), (1, "MAX_TOKENS")]
    assert last["usageMetadata"] == {"promptTokenCount": 3, "candidatesTokenCount": 0, "totalTokenCount": 3}
    assert payloads[0][0]["candidates"][0]["index"] == 1
    counts = written("gemini", MESSAGES["text"])[0][-1][0]["usageMetadata"]
    assert counts == {
        "promptTokenCount": 30, "candidatesTokenCount": 7, "thoughtsTokenCount": 5, "cachedContentTokenCount": 10,
        "totalTokenCount": 42,
    }  # fmt: skip


def test_arguments_that_are_no_object() -> None:
    payloads, losses = written("gemini", [START, begin(0), args(0, "[1]"), over(0), STOP])
    assert (payloads[3], losses) == ([], {"malformed_arguments": 1})


def test_a_call_without_a_name() -> None:
    payloads, losses = written("gemini", [START, begin(0, ""), args(0, "{}"), over(0), STOP])
    assert (payloads[3], losses) == ([], {"nameless_call": 1})
    assert payloads[-1][0]["candidates"][0]["finishReason"] == "MALFORMED_FUNCTION_CALL"


@pytest.mark.parametrize(
    ("reason", "raw", "word"), [("other", None, "OTHER"), ("stop", "LANGUAGE", "STOP"), ("pause", None, "STOP")]
)
def test_reasons(reason: Any, raw: str | None, word: str) -> None:
    payloads, _ = written("gemini", [START, ChoiceEnd(0, reason, raw)])
    assert payloads[-1][0]["candidates"][0]["finishReason"] == word


@pytest.mark.parametrize(
    ("raw", "code", "status"),
    [
        ({"message": "Busy", "code": 503}, 503, "UNAVAILABLE"),
        ({"message": "Busy", "type": "rate_limit_error", "code": "x"}, 429, "RESOURCE_EXHAUSTED"),
        ({"message": "Busy", "code": "server_error"}, 500, "INTERNAL"),
    ],
)
def test_errors(raw: dict[str, Any], code: int, status: str) -> None:
    payloads, _ = written("gemini", [START, ErrorEvent(ProviderError("Busy", raw=raw))])
    assert payloads[1] == [{"error": {"code": code, "message": "Busy", "status": status}}]
