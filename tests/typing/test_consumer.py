"""The program that the type checkers read runs, too."""

from __future__ import annotations

import pytest

import ssemble

from ..helpers import call, chunk, sse
from . import consumer

BODY = sse(chunk({"content": "Hi"}), call(0, id="c", name="f", arguments="{}"), chunk({}, "tool_calls"), "[DONE]")
PAIRS = [
    ("model None", "message.start"),
    ("Hi", "Hi"),
    ("f", "tool_call.start"),
    ("{}", "tool_call.delta"),
    ("f", "f"),
    ("as the model wanted", "choice.end"),
]


def test_every_event_is_matched() -> None:
    events = list(ssemble.iter_events(BODY))
    assert [(consumer.by_class(event), consumer.by_type(event)) for event in events] == PAIRS


@pytest.mark.parametrize(
    ("event", "by_class", "by_type"),
    [
        (ssemble.RefusalDelta("No"), "No", "refusal.delta"),
        (ssemble.ReasoningDelta("Hm", kind="summary"), "summary Hm", "reasoning.delta"),
        (ssemble.ChoiceEnd(0, "length", "x"), "cut", "choice.end"),
        (ssemble.ChoiceEnd(0, None, None), "not known", "choice.end"),
        (ssemble.UsageUpdate({}), "{}", "usage"),
        (
            ssemble.ErrorEvent(ssemble.InvalidJSON("m")),
            "m",
            str(ssemble.ErrorEvent(ssemble.InvalidJSON("m")).to_dict()),
        ),
        (ssemble.RawEvent("x", 1), "x", str(ssemble.RawEvent("x", 1).to_dict())),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_the_other_events(event: ssemble.StreamEvent, by_class: str, by_type: str) -> None:
    assert (consumer.by_class(event), consumer.by_type(event)) == (by_class, by_type)


def test_what_is_reported_fails() -> None:
    assert consumer.forgets_one(ssemble.TextDelta("a")) == "a"
    with pytest.raises(AssertionError):
        consumer.forgets_one(ssemble.UsageUpdate({}))
    assert not consumer.misspells_a_reason(ssemble.Completion())


def test_writing() -> None:
    assert consumer.writes(BODY).endswith(b"data: [DONE]\n\n")
