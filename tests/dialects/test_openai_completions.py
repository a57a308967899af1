"""OpenAI's older completions."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble
from ssemble import Limits, MessageStream

from .suite import RAW, Case, Dialects, Json, read, sse


def entry(text: Any, index: Any = 0, reason: Any = None, **fields: Any) -> Json:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": reason, **fields}


def chunk(*entries: Any, **fields: Any) -> Json:
    head = {"id": "c", "object": "text_completion", "created": 5, "model": "m"}
    return {**head, "choices": list(entries), **fields}


STOP = ["finish", 0, "stop", "stop"]
CASES: dict[str, Case] = {
    "text": Case(
        [chunk(entry("Te")), chunk(entry("a")), chunk(entry("", 0, "stop")), "[DONE]"],
        chunk(entry("Tea", 0, "stop")),
        [["text", 0, "Tea"], STOP],
    ),
    "no terminator": Case(
        [chunk(entry("Te")), chunk(entry("a", 0, "length"))],
        chunk(entry("Tea", 0, "length")),
        [["text", 0, "Tea"], ["finish", 0, "length", "length"]],
    ),
    "no finish_reason": Case(
        [chunk(entry("Te")), chunk(entry("a")), "[DONE]"],
        chunk(entry("Tea")),
        [["text", 0, "Tea"], ["finish", 0, None, None]],
    ),
    "two choices": Case(
        [chunk(entry("A", 1), entry("B", 0)), chunk(entry("C", 0, "stop"), entry("D", 1, "length")), "[DONE]"],
        chunk(entry("BC", 0, "stop"), entry("AD", 1, "length")),
        [["text", 1, "A"], ["text", 0, "BC"], ["text", 1, "D"], STOP, ["finish", 1, "length", "length"]],
    ),
    "one of two choices has no end": Case(
        [chunk(entry("A", 1), entry("B", 0, "stop")), chunk(entry("C", 1))],
        chunk(entry("B", 0, "stop"), entry("AC", 1)),
        [["text", 1, "A"], ["text", 0, "B"], ["text", 1, "C"], STOP],
        error="IncompleteStream",
    ),
    "usage": Case(
        [
            chunk(entry("A"), usage={"completion_tokens": 1}),
            chunk(entry("B", 0, "stop"), usage={"completion_tokens": 2, "old": 1}),
            chunk(usage={"prompt_tokens": 5, "completion_tokens": 2}),
            "[DONE]",
        ],
        chunk(entry("AB", 0, "stop"), usage={"prompt_tokens": 5, "completion_tokens": 2}),
        [
            ["text", 0, "A"],
            ["usage", {"completion_tokens": 1}],
            ["text", 0, "B"],
            ["usage", {"completion_tokens": 2, "old": 1}],
            ["usage", {"prompt_tokens": 5, "completion_tokens": 2}],
            STOP,
        ],
    ),
    "usage that is empty": Case(
        [chunk(entry("A", 0, "stop"), usage=None), chunk(usage={}), "[DONE]"],
        chunk(entry("A", 0, "stop")),
        [["text", 0, "A"], STOP],
    ),
    "log probabilities": Case(
        [
            chunk(entry("A", logprobs={"tokens": ["A"], "offset": 1})),
            chunk(entry("B", 0, "stop", logprobs={"tokens": ["B"], "more": [1], "offset": 2})),
            "[DONE]",
        ],
        chunk(entry("AB", 0, "stop", logprobs={"tokens": ["A", "B"], "offset": 2, "more": [1]})),
        [["text", 0, "AB"], STOP],
    ),
    "log probabilities of another shape": Case(
        [chunk(entry("A", logprobs=[1])), chunk(entry("B", 0, "stop", logprobs=None)), "[DONE]"],
        chunk(entry("AB", 0, "stop", logprobs=[1])),
        [["text", 0, "AB"], STOP],
    ),
    "fields": Case(
        [
            chunk(entry("A", stop_reason=None), system_fingerprint=None),
            chunk(entry("B", 0, "stop", stop_reason="#"), id="d", created=9, model="n", system_fingerprint="f"),
            "[DONE]",
        ],
        chunk(entry("AB", 0, "stop", stop_reason="#"), model="n", system_fingerprint="f"),
        [["text", 0, "AB"], STOP],
    ),
    "first id and time": Case(
        [chunk(entry("A"), id=None, created="x"), chunk(entry("", 0, "eos"), id="d"), "[DONE]"],
        chunk(entry("A", 0, "eos"), created="x", id="d"),
        [["text", 0, "A"], ["finish", 0, "other", "eos"]],
    ),
    "reasoning": Case(
        [
            chunk(entry("", reasoning="H")),
            chunk(entry("", reasoning="m")),
            chunk(entry("A", 0, "content_filter", reasoning=None)),
            "[DONE]",
        ],
        chunk(entry("A", 0, "content_filter", reasoning="Hm")),
        [["reasoning", 0, "Hm"], ["text", 0, "A"], ["finish", 0, "content_filter", "content_filter"]],
    ),
    "without an object": Case(
        [
            {"choices": [{"text": "A", "index": 0}]},
            {"choices": [], "usage": {"total_tokens": 2}},
            {"choices": [{"text": "B", "finish_reason": "tool_calls"}]},
        ],
        {"usage": {"total_tokens": 2}, "choices": [{"text": "AB", "index": 0, "finish_reason": "tool_calls"}]},
        [["text", 0, "A"], ["usage", {"total_tokens": 2}], ["text", 0, "B"], ["finish", 0, "tool_calls", "tool_calls"]],
    ),
    "other payloads": Case(
        [
            chunk(entry("A")),
            {"type": "novel", "choices": [{"text": "x"}]},
            {"choices": [{"delta": {"content": "x"}}]},
            {"object": "chat.completion.chunk", "choices": []},
            {"object": "", "choices": 5},
            {"x": 1},
            chunk(entry("B", 0, "stop")),
        ],
        chunk(entry("AB", 0, "stop")),
        [["text", 0, "A"], *[RAW] * 5, ["text", 0, "B"], STOP],
    ),
    "an error": Case(
        [chunk(entry("A")), {"error": {"message": "No.", "type": "server_error", "code": 500}}],
        chunk(entry("A")),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "an error behind the end": Case(
        [chunk(entry("A", 0, "stop")), {"error": {"message": "No."}}],
        chunk(entry("A", 0, "stop")),
        [["text", 0, "A"], STOP],
        error="ProviderError",
    ),
    "an index that is missing": Case(
        [chunk({"text": "A"}), chunk({"text": "B", "index": None, "finish_reason": "stop"})],
        chunk({"text": "AB", "finish_reason": "stop", "index": None}),
        [["text", 0, "AB"], STOP],
    ),
    "no text": Case(
        [chunk({"index": 0, "finish_reason": ""}), chunk({"index": 0, "text": None, "finish_reason": "stop"})],
        chunk({"index": 0, "text": "", "finish_reason": "stop"}),
        [STOP],
    ),
    "half a surrogate pair": Case(
        [
            chunk(entry("A\ud83d")),
            chunk(entry("\ude00\ud83d")),
            chunk(entry("B", 1)),
            chunk(entry("C", 0, "stop"), entry("", 1, "stop")),
        ],
        chunk(entry("A😀\ud83dC", 0, "stop"), entry("B", 1, "stop")),
        [["text", 0, "A😀\ud83d"], ["text", 1, "B"], ["text", 0, "C"], STOP, ["finish", 1, "stop", "stop"]],
    ),
}


class TestCompletions(Dialects):
    dialect: ClassVar[str] = "openai-completions"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [chunk(entry(text)) for text in texts],
            "reasoning": [chunk({"index": 0, "reasoning": text, "text": ""}) for text in texts],
            "in turn": [chunk(entry(text, number % 2)) for number, text in enumerate(texts)],
        }


@pytest.mark.parametrize(
    "payload",
    [
        {**chunk(), "choices": 5},
        chunk(5),
        chunk(entry(5)),
        chunk(entry("A", -1)),
        chunk(entry("A", "0")),
        chunk(entry("A", reasoning=[])),
    ],
)
def test_shapes_that_cannot_be_merged(payload: Json) -> None:
    seen = read(sse([chunk(entry("A")), payload]), dialect="openai-completions")
    assert isinstance(seen.error, ssemble.ProtocolError)
    assert seen.completion.text.startswith("A")


def test_the_number_of_choices_is_limited() -> None:
    seen = read(sse([chunk(entry("A", index)) for index in range(5)]), limits=Limits(max_choices=3))
    assert isinstance(seen.error, ssemble.LimitExceeded)
    assert len(seen.completion.choices) == 3


def test_n_is_one() -> None:
    completion = read(sse([chunk(entry("A", 3)), chunk(entry("B", 4, "stop"))]), n=1).completion
    assert [(choice.index, choice.message.text) for choice in completion.choices] == [(0, "AB")]


def test_a_choice_is_an_entry() -> None:
    completion = read(sse(CASES["two choices"].payloads)).completion
    assert [choice.to_dict() for choice in completion.choices] == completion.to_dict()["choices"]
    assert (completion.id, completion.model, completion.created) == ("c", "m", 5)


def test_nothing_but_the_terminator() -> None:
    seen = read(sse([chunk(usage={"total_tokens": 1}), "[DONE]"]))
    assert isinstance(seen.error, ssemble.IncompleteStream)


def test_the_text_of_each_choice_can_be_followed() -> None:
    stream = MessageStream()
    second = stream.partial_json(1)
    for fragment in sse([chunk(entry("[1", 0), entry('{"a"', 1)), chunk(entry(": 2}", 1), entry("]", 0))]):
        stream.feed(fragment)
    assert (stream.partial_json(0).value, second.value) == ([1], {"a": 2})


def test_the_end_comes_once() -> None:
    reader = ssemble.accumulator("openai-completions")
    reader.add(chunk(entry("A", 0, "stop")))
    assert [type(event) for event in reader.end()] == [ssemble.ChoiceEnd]
    assert reader.end() == []
