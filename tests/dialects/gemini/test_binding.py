"""Gemini: which values of a chunk may change."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from ssemble import Limits, accumulator
from ssemble._payloads.templates import NUMBER, TEXT

from ..binding_suite import Bindings, Bound
from ..suite import Json
from .gemini_cases import call, of

A, X = {"text": "a"}, {"text": "x"}
WORDS = ("candidates.0.content.parts.0.text", TEXT)
INNER = ("response.candidates.0.content.parts.0.text", TEXT)
DETAILS = [{"modality": "TEXT", "tokenCount": 5}]


def with_usage(part: Json, **usage: Any) -> Json:
    return of(part, usageMetadata=usage)


def counts(*names: str, inside: str = "") -> list[tuple[str, int]]:
    return [(f"{inside}usageMetadata.{name}", NUMBER) for name in names]


def candidate(**fields: Any) -> Json:
    return {"candidates": [{"content": {"parts": [A]}, **fields}]}


def content(**fields: Any) -> Json:
    return {"candidates": [{"content": {"parts": [A], **fields}}]}


class TestBindings(Bindings):
    dialect: ClassVar[str] = "gemini"
    bound: ClassVar[dict[str, Bound]] = {
        "first text": Bound([], of(A), [WORDS]),
        "text": Bound([of(X)], of(A), [WORDS]),
        "without a role": Bound([of(X)], candidate(), [WORDS]),
        "thought": Bound([of({**X, "thought": True})], of({**A, "thought": True}), [WORDS]),
        "text behind a thought": Bound([of({**X, "thought": True})], of({**A, "thought": False}), [WORDS]),
        "text behind a call": Bound([of(X), of(call("f", args={}))], of(A), [WORDS]),
        "second candidate": Bound([candidate(index=0), candidate(index=1)], candidate(index=1), [WORDS]),
        "what repeats": Bound(
            [of(X, responseId="r")], of(A, modelVersion="m", responseId="r", createTime="c"), [WORDS]
        ),
        "wrapped": Bound([{"response": of(X)}], {"response": of(A), "traceId": "t"}, [INNER]),
        "wrapped, with counts": Bound(
            [], {"response": with_usage(A, totalTokenCount=3)}, [INNER, *counts("totalTokenCount", inside="response.")]
        ),
        "no counts": Bound([with_usage(X, totalTokenCount=3)], of(A, usageMetadata=None), [WORDS]),
        "counts": Bound(
            [with_usage(X, promptTokenCount=5, candidatesTokenCount=1, totalTokenCount=6)],
            with_usage(A, promptTokenCount=5, candidatesTokenCount=2, totalTokenCount=7),
            [WORDS, *counts("candidatesTokenCount", "totalTokenCount")],
        ),
        "counts first": Bound(
            [with_usage(X, totalTokenCount=3)],
            {"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 4}, **of(A)},
            [*counts("promptTokenCount", "totalTokenCount"), WORDS],
        ),
        "the same counts": Bound([with_usage(X, totalTokenCount=3)], with_usage(A, totalTokenCount=3), [WORDS]),
        "counts that come back": Bound(
            [with_usage(X, totalTokenCount=3, thoughtsTokenCount=4), of(X)],
            with_usage(A, totalTokenCount=4),
            [WORDS, *counts("totalTokenCount")],
        ),
        "counts of each kind": Bound(
            [with_usage(X, promptTokensDetails=DETAILS, cacheTokensDetails=[{"of": DETAILS}], totalTokenCount=3)],
            with_usage(A, promptTokensDetails=DETAILS, totalTokenCount=4, trafficType="T"),
            [WORDS, *counts("totalTokenCount")],
        ),
        "counts that are none": Bound(
            [], with_usage(A, a=0, b=-1, c=True, d="4", e=2**53, f=2**53 - 10), [WORDS, *counts("f")]
        ),
        "no text": Bound([of(X)], of({"text": ""})),
        "two parts": Bound([of(X)], of(A, A)),
        "no part": Bound([of(X)], of()),
        "parts that are no list": Bound([of(X)], {"candidates": [{"content": {"parts": None}}]}),
        "a part that is none": Bound([of(X)], of(None)),
        "another part": Bound([of(X)], of({"inlineData": {}})),
        "a text with something else": Bound([of(X)], of({**A, "new": 1})),
        "a signature": Bound([of(X)], of({**A, "thoughtSignature": "S"})),
        "two candidates": Bound([of(X)], {"candidates": [of(A)["candidates"][0], {"index": 1}]}),
        "no candidate": Bound([of(X)], {"candidates": [], "usageMetadata": {"totalTokenCount": 4}}),
        "a candidate that is none": Bound([of(X)], {"candidates": [None]}),
        "no content": Bound([of(X)], {"candidates": [{"content": None}]}),
        "content with something else": Bound([of(X)], content(new=1)),
        "a candidate with something else": Bound([of(X)], candidate(avgLogprobs=-0.5)),
        "the end": Bound([of(X)], of(A, end="STOP")),
        "a text in an open call": Bound([of(call("f", more=True))], of(A)),
        "half a character": Bound([of(X)], of({"text": "\ud83d"})),
        "a field of another type": Bound([of(X)], of(A, modelStatus=5)),
        "a field that is laid over": Bound([of(X)], of(A, promptFeedback={"blockReason": "B"})),
        "a field that is empty": Bound([of(X, responseId="r")], of(A, responseId="")),
    }  # fmt: skip


@pytest.mark.parametrize("room", [0, 1])
def test_counts_that_come_back_are_charged(room: int) -> None:
    """At the limit the binding refuses before it has changed anything."""
    suite, found = TestBindings(), TestBindings.bound["counts that come back"]
    reader: Any = suite.merged(found)
    binding: Any = reader.bind(found.payload, "message")
    before, events = reader.completion(), list[Any]()
    reader.budget.limit = reader.budget.size + len("ab") + 4 + room - 1  # 4 for a number that is told again
    assert binding.apply(["ab", 5], events) is bool(room)
    assert (reader.completion() == before) is (not room)
    assert len(events) == 2 * room
    assert room == 0 or reader.budget.size == reader.budget.limit


def test_counts_and_fields_that_change_cost_nothing() -> None:
    reader = accumulator("gemini", limits=Limits(max_message_size=1000))
    for number in range(300):
        reader.add(of(usageMetadata={"totalTokenCount": number + 1}, modelVersion=f"{number:9}", createTime=number))
    assert reader.completion().usage == {"totalTokenCount": 300}
