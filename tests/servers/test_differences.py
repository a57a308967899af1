"""The table of the servers' own differences explains them, and nothing that a stream put together wrongly would lose."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.official_wire import ANTHROPIC, RESPONSES

from .differences import ABSENT, DIFFERENCES, chunks_of, differing, explain

WIRE = [{"choices": [], "usage": {"total_tokens": 9}}]
SERVERS = ("llamacpp-taught", "vllm", "transformers-taught", "litellm", "aimock", "llmock", "llm-mock-api", "mock-llm")


def answer() -> dict[str, Any]:
    def call(index: int) -> dict[str, Any]:
        return {"id": f"c{index}", "type": "function", "function": {"name": "ping", "arguments": '{"a": 1}'}}

    message = {"role": "assistant", "content": "Good day.", "reasoning": "Greet.", "tool_calls": [call(0), call(1)]}
    return {
        "id": "1",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {"total_tokens": 9},
    }


def message(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["choices"][0]["message"]
    return found


FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "the end of the text": lambda result: message(result).update(content="Good day"),
    "all text": lambda result: message(result).update(content=None),
    "text twice": lambda result: message(result).update(content="Good Good day."),
    "all reasoning": lambda result: message(result).pop("reasoning"),
    "a call": lambda result: message(result)["tool_calls"].pop(),
    "all calls": lambda result: message(result).pop("tool_calls"),
    "the name of a call": lambda result: message(result)["tool_calls"][0]["function"].update(name="pin"),
    "an argument": lambda result: message(result)["tool_calls"][0]["function"].update(arguments='{"a": 2}'),
    "the end of the arguments": lambda result: message(result)["tool_calls"][0]["function"].update(arguments='{"a"'),
    "the role": lambda result: message(result).update(role="user"),
    "the reason": lambda result: result["choices"][0].update(finish_reason=None),
    "another reason": lambda result: result["choices"][0].update(finish_reason="stop"),
    "a choice": lambda result: result["choices"].clear(),
    "the index of a choice": lambda result: result["choices"][0].update(index=1),
    "the model": lambda result: result.pop("model"),
    "usage": lambda result: result.pop("usage"),
    "a count": lambda result: result["usage"].update(total_tokens=8),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("server", SERVERS)
def test_a_fault_of_ours_is_not_explained(server: str, fault: str) -> None:
    streamed = answer()
    FAULTS[fault](streamed)
    assert explain(server, {}, WIRE, streamed, answer())[1] != []


# Places of an answer in blocks, and what a stream put together wrongly would have there.
WRONG_BLOCKS: list[tuple[Any, list[Any], Any]] = [
    (ANTHROPIC, ["content", 0, "text"], "Zür"),
    (ANTHROPIC, ["content", 1, "name"], "weath"),
    (ANTHROPIC, ["content", 1, "input"], {}),
    (ANTHROPIC, ["content", 1, "input", "city"], "Z"),
    (ANTHROPIC, ["content"], []),
    (ANTHROPIC, ["stop_reason"], None),
    (ANTHROPIC, ["usage", "output_tokens"], 1),
    (RESPONSES, ["output", 0, "content", 0, "text"], "Zür"),
    (RESPONSES, ["output", 0, "content"], []),
    (RESPONSES, ["output", 1, "arguments"], "{"),
    (RESPONSES, ["output", 1, "status"], "in_progress"),
    (RESPONSES, ["output"], []),
    (RESPONSES, ["status"], "in_progress"),
    (RESPONSES, ["usage", "total_tokens"], 1),
]


@pytest.mark.parametrize(("wire", "path", "wrong"), WRONG_BLOCKS)
@pytest.mark.parametrize("server", SERVERS)
def test_a_fault_of_ours_in_a_block_is_not_explained(server: str, wire: Any, path: list[Any], wrong: Any) -> None:
    streamed = copy.deepcopy(wire.message)
    owner = streamed
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = wrong
    assert explain(server, {}, wire.payloads, streamed, wire.message)[1] != []


@pytest.mark.parametrize("server", SERVERS)
def test_equal_answers_need_no_explanation(server: str) -> None:
    assert explain(server, {}, WIRE, answer(), copy.deepcopy(answer())) == (set(), [])


def test_each_difference_has_a_name_of_its_own_and_a_reason() -> None:
    assert len({each.name for each in DIFFERENCES}) == len(DIFFERENCES)
    assert all(each.why for each in DIFFERENCES)


def test_fields_are_compared_as_deep_as_both_answers_go() -> None:
    found = [each[:3] for each in differing({"a": [{"b": 1}], "c": [1]}, {"a": [{"b": 1.0}], "c": [], "d": None})]
    assert found == [("$.a[].b", 1, 1.0), ("$.c", [1], []), ("$.d", ABSENT, None)]


def test_chunks_are_the_objects_of_the_data_lines() -> None:
    assert chunks_of(b'data: {"a": 1}\n\n: {}\n\ndata:{"b": 2}\ndata: [DONE]\n\ndata: {\n') == [{"a": 1}, {"b": 2}]
    assert chunks_of(b'{\n "a": 1\n}') == [{"a": 1}]
