"""The frames of OpenAI Responses."""

from __future__ import annotations

from typing import Any

import pytest

import ssemble
from ssemble import ChoiceEnd, ErrorEvent, ProviderError, UsageUpdate

from ...vectors.written import MESSAGES, START, STOP, frames, written

TOLD: dict[str, Any] = {"annotations": [], "logprobs": []}


def text(value: str) -> dict[str, Any]:
    return {"type": "output_text", "text": value, **TOLD}


def message(*content: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    return {"type": "message", "status": status, "role": "assistant", "content": list(content)}


def reasoning(*texts: str, **more: Any) -> dict[str, Any]:
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": each} for each in texts], **more}


def tool(arguments: str, call: int = 0, status: str = "completed") -> dict[str, Any]:
    fields = {"call_id": f"call_{call}", "name": "order", "arguments": arguments}
    return {"type": "function_call", "status": status, **fields}


def custom(value: str, call: int = 0, status: str = "completed") -> dict[str, Any]:
    return {"type": "custom_tool_call", "status": status, "call_id": f"call_{call}", "name": "order", "input": value}


ITEMS: dict[str, list[dict[str, Any]]] = {
    "text": [message(text('Hello \u2028 "é" \ud83d'))],
    "nothing": [],
    "no start": [message(text("Hi"))],
    "two parts": [message(text("One."), text("Two."))],
    "reasoning": [reasoning("Hmm."), message(text("A"))],
    "signed": [reasoning("Hm.", encrypted_content="c2ln"), message(text("A"))],
    "signed twice": [reasoning("A.", encrypted_content="czE"), reasoning("B.", encrypted_content="czI")],
    "summaries": [reasoning("A.", "B.")],
    "redacted": [reasoning(encrypted_content="b3A"), message(text("A"))],
    "signature of a call": [reasoning("", encrypted_content="c2ln"), tool("{}")],
    "call": [tool('{"a":1}')],
    "call without arguments": [tool("{}")],
    "text and calls": [message(text("Look.")), tool("{}"), tool("{}", 1)],
    "interleaved": [tool('{"a":1}'), tool('{"b":2}', 1)],
    "text in a call": [tool("{}"), message(text("Wait."))],
    "text after a call": [tool("{}"), message(text("Done."))],
    "custom call": [custom("print('ü')")],
    "cut call": [message(text("A")), tool('{"a', status="incomplete")],
    "cut calls": [tool('{"a', status="incomplete"), custom("x", 1, "incomplete")],
    "cut text": [message(text("A"), status="incomplete")],
    "refusal": [message(text("Well. "), {"type": "refusal", "refusal": "I cannot."})],
    "filtered": [message(text("A"))],
}
INCOMPLETE = dict.fromkeys(("cut call", "cut calls", "cut text"), "max_output_tokens") | {"filtered": "content_filter"}


@pytest.mark.parametrize("name", ITEMS)
def test_items(name: str) -> None:
    payloads, losses = written("openai-responses", MESSAGES[name])
    flat = [payload for group in payloads for payload in group]
    assert [payload["sequence_number"] for payload in flat] == list(range(len(flat)))
    done = [payload["item"] for payload in flat if payload["type"] == "response.output_item.done"]
    response = flat[-1]["response"]
    assert response["output"] == done
    assert [{key: value for key, value in item.items() if key != "id"} for item in done] == ITEMS[name]
    assert len({item["id"] for item in done}) == len(done)
    reason = INCOMPLETE.get(name)
    assert flat[-1]["type"] == f"response.{'incomplete' if reason else 'completed'}" == f"response.{response['status']}"
    assert response["incomplete_details"] == (reason and {"reason": reason})
    assert losses == {}


# What each type of event opens or closes, and the texts: a small model of what clients check.
OPENS = {"output_item.added": "item", "content_part.added": "part", "reasoning_summary_part.added": "part"}
CLOSES = {"output_item.done": "item", "content_part.done": "part", "reasoning_summary_part.done": "part"}


@pytest.mark.parametrize("name", ITEMS)
def test_what_is_said_is_open_and_adds_up(name: str) -> None:
    payloads, _ = written("openai-responses", MESSAGES[name])
    is_open: list[tuple[str, Any]] = []
    said = ""
    for payload in [payload for group in payloads for payload in group]:
        kind = payload["type"].removeprefix("response.")
        place = (payload.get("output_index"), payload.get("content_index", payload.get("summary_index")))
        if kind in OPENS:
            is_open.append((OPENS[kind], place))
            said = ""
        elif kind in CLOSES:
            assert is_open.pop() == (CLOSES[kind], place)
        elif kind.endswith(".delta"):
            assert is_open[-1][1] == place
            said += payload["delta"]
        elif kind.endswith((".done", "arguments.done")):
            assert said in (payload.get("text"), payload.get("refusal"), payload.get("arguments"), payload.get("input"))
    assert is_open == []


def test_events_have_names_and_the_response_has_counts() -> None:
    found = frames(b"".join(ssemble.write_events(MESSAGES["text"], to="openai-responses")))
    assert [name for name, _ in found] == [payload["type"] for _, payload in found]
    created, done = found[0][1]["response"], found[-1][1]["response"]
    assert (created["id"], created["model"], created["created_at"]) == ("m1", "model-1", 1767225600)
    assert (created["status"], created["output"], created["usage"]) == ("in_progress", [], None)
    assert done["usage"] == {
        "input_tokens": 30, "input_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 4},
        "output_tokens": 12, "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 42,
    }  # fmt: skip


def test_token_counts_have_no_gaps() -> None:
    payloads, _ = written("openai-responses", [START, STOP, UsageUpdate({"output_tokens": 2})])
    assert payloads[-1][0]["response"]["usage"] == {
        "input_tokens": 0, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"message": "Busy", "code": 429}, "rate_limit_exceeded"),
        ({"message": "Busy", "type": "rate_limit_error"}, "rate_limit_exceeded"),
        ({"message": "Busy", "code": "rate_limit_exceeded"}, "rate_limit_exceeded"),
        ({"message": "Busy"}, "server_error"),
    ],
)
def test_errors(raw: dict[str, Any], code: str) -> None:
    events = [*MESSAGES["text and calls"][:5], ErrorEvent(ProviderError("Busy", raw=raw))]
    payloads, _ = written("openai-responses", events)
    assert payloads[-2][0]["type"] == "response.failed"
    response = payloads[-2][0]["response"]
    assert (response["status"], response["error"]) == ("failed", {"code": code, "message": "Busy"})
    assert [item["type"] for item in response["output"]] == ["message", "function_call"]
    assert payloads[-1] == []


def test_an_error_before_the_start() -> None:
    payloads, _ = written("openai-responses", [ErrorEvent(ProviderError("Busy"))])
    response = payloads[0][0]["response"]
    assert (response["id"], response["model"], response["created_at"]) == (None, "", 0)


def test_the_words_of_a_reason() -> None:
    events = [START, ChoiceEnd(0, "other", "max_output_tokens")]
    assert written("openai-responses", events)[0][-1][0]["type"] == "response.incomplete"
