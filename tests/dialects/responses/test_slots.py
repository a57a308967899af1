"""OpenAI Responses: which values of a delta may change."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from ssemble import LimitExceeded, Limits, accumulator
from ssemble._payloads.templates import NUMBER, SKIP, TEXT

from ..binding_suite import Bindings, Bound
from .responses import CREATED, EMPTY, PART, added, arguments, call, done, ev, message, response, text

DELTA, NUMBERED, PADDING, ITEM = ("delta", TEXT), ("sequence_number", NUMBER), ("obfuscation", SKIP), ("item_id", SKIP)
TEXTS = [CREATED, added(0, message()), PART]
CALL = [CREATED, added(0, call())]
CUSTOM = [CREATED, added(0, {"type": "custom_tool_call", "id": "i2", "call_id": "c1", "name": "f", "input": ""})]
REASONING = [CREATED, added(0, {"id": "i0", "type": "reasoning", "summary": []})]
REFUSAL = ev("content_part.added", output_index=0, content_index=0, part={"type": "refusal", "refusal": ""})
SUMMARY = ev("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="a")
THOUGHT = ev("reasoning_text.delta", output_index=0, content_index=0, delta="a")
NO = ev("refusal.delta", output_index=0, content_index=0, delta="a")
NAMELESS = {key: value for key, value in text("a").items() if key != "type"}


class TestBindings(Bindings):
    dialect: ClassVar[str] = "openai-responses"
    bound: ClassVar[dict[str, Bound]] = {
        "text": Bound(TEXTS, text("a"), [DELTA]),
        "numbered": Bound(TEXTS, text("a", sequence_number=9), [DELTA, NUMBERED]),
        "numbered first": Bound(TEXTS, {"sequence_number": 1, **text("a")}, [NUMBERED, DELTA]),
        "all": Bound(
            TEXTS, text("a", obfuscation="x", item_id="r1", sequence_number=10**18 - 10), [DELTA, PADDING, ITEM, NUMBERED]
        ),
        "the id of the item": Bound(TEXTS, text("a", item_id="i1"), [DELTA]),
        "another key": Bound(TEXTS, text("a", response_id="r1"), [DELTA]),
        "padded with a number": Bound(TEXTS, text("a", obfuscation=5), [DELTA]),
        "no log probabilities": Bound(TEXTS, text("a", logprobs=[]), [DELTA]),
        "a number that is none": Bound(TEXTS, text("a", sequence_number=True), [DELTA]),
        "second text": Bound([*TEXTS, text("x"), text("x", 0, 1)], text("a", 0, 1), [DELTA]),
        "second item": Bound([*TEXTS, text("x"), added(1, message())], text("a", 1), [DELTA]),
        "a part that was moved": Bound([*TEXTS, text("x"), text("x", 0, 99)], text("a", 0, 99), [DELTA]),
        "refusal": Bound([*TEXTS[:2], REFUSAL], NO, [DELTA]),
        "summary": Bound(REASONING, SUMMARY, [DELTA]),
        "thought": Bound(REASONING, THOUGHT, [DELTA]),
        "arguments": Bound(CALL, arguments("a"), [DELTA]),
        "input": Bound(CUSTOM, ev("custom_tool_call_input.delta", output_index=0, delta="a"), [DELTA]),
        "no text": Bound(TEXTS, text("")),
        "number 0": Bound(TEXTS, text("a", sequence_number=0)),
        "a number too large": Bound(TEXTS, text("a", sequence_number=10**18)),
        "log probabilities": Bound(TEXTS, text("a", logprobs=[{"token": "a"}])),
        "no index of the item": Bound(TEXTS, {**text("a"), "output_index": None}),
        "a truth for an index": Bound([*TEXTS, added(1, message())], {**text("a"), "output_index": True}),
        "no index of the part": Bound(TEXTS, {**text("a"), "content_index": None}),
        "half a character": Bound(TEXTS, text("\ud83d")),
        "half a character of arguments": Bound(CALL, arguments("\ud83d")),
        "the end of a text": Bound(TEXTS, ev("output_text.done", output_index=0, content_index=0, text="a")),
        "another delta": Bound(TEXTS, ev("mcp_call_arguments.delta", output_index=0, delta="a")),
        "a text that was replaced": Bound(
            [*TEXTS, text("ab"), ev("output_text.done", output_index=0, content_index=0, text="x")], text("a")
        ),
        "arguments that were replaced": Bound(
            [*CALL, arguments("ab"), ev("function_call_arguments.done", output_index=0, arguments="x")], arguments("a")
        ),
        "a call that is done": Bound([*CALL, arguments("{}"), done(0, call("{}"))], arguments("")),
        "no delta": Bound(TEXTS, {key: value for key, value in text("a").items() if key != "delta"}),
        "without a name": Bound(TEXTS, NAMELESS),
    }  # fmt: skip


def test_an_event_without_an_index_belongs_to_the_item_of_the_last_delta() -> None:
    suite = TestBindings()
    other = [{**event, "output_index": 1} for event in (REFUSAL, NO)]
    reader: Any = suite.merged(Bound([*TEXTS, added(1, message()), *other], text("a")))
    binding = reader.bind(text("a"), "message")
    reader.add(other[-1])
    assert binding.apply("b", [])
    reader.add({**text("c"), "output_index": None})
    assert reader.completion().to_dict()["output"][0]["content"][0]["text"] == "abc"


@pytest.mark.parametrize(
    "payload",
    [
        added(0, {**message(), "x": ["y" * 99] * 50}),
        ev("content_part.added", output_index=0, content_index=0, part={**EMPTY, "annotations": [{"x": "y" * 5000}]}),
        ev("in_progress", response=response(x="y" * 5000)),
        ev("output_text.annotation.added", output_index=0, content_index=0, annotation={"x": "y" * 5000}),
        text("a", logprobs=[{"token": "y" * 5000}]),
        text("y" * 5000),
        ev("output_text.done", output_index=0, content_index=0, text="y" * 5000),
        done(0, call("y" * 5000)),
    ],
)
def test_decoded_payloads_are_held_to_the_limit(payload: Any) -> None:
    reader: Any = accumulator("openai-responses", limits=Limits(max_message_size=4000))
    with pytest.raises(LimitExceeded, match="max_message_size"):
        [reader.add(each) for each in (CREATED, payload, text("b"))]  # behind events, the next call raises


def bound_text(**limits: Any) -> tuple[Any, Any]:
    reader: Any = accumulator("openai-responses", limits=Limits(**limits))
    first = text("a", sequence_number=7)
    for payload in (*TEXTS, first):
        reader.add(payload)
    return reader, reader.bind(first, "message")


@pytest.mark.parametrize("numbers", [(8, 8), (9, 8), (7, 8)])
def test_a_run_whose_numbers_do_not_rise_is_left_to_the_reader(numbers: tuple[int, int]) -> None:
    reader, binding = bound_text()
    assert not binding.apply_run([("b", numbers[0]), ("c", numbers[1])], [])
    assert (reader.sequence, reader.completion().text) == (7, "a")
    assert binding.apply_run([("b", 8), ("c", 12)], [])
    assert (reader.sequence, reader.completion().text) == (12, "abc")


def test_a_run_at_the_limit_is_left_to_the_reader() -> None:
    reader, binding = bound_text(max_message_size=2_000)
    assert not binding.apply_run([("b" * 2_000, 8)], [])
    assert (reader.sequence, reader.completion().text) == (7, "a")
