"""OpenAI Responses: what the events of a whole response come to, and what a finished item leaves of its parts."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from ssemble import (
    ChoiceEnd,
    MessageStart,
    ProviderError,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
    accumulator,
)

from ..steps_suite import RAW, Refused, StepByStep, Steps
from .responses import (
    BEGUN,
    CREATED,
    PART,
    added,
    arguments,
    arguments_done,
    call,
    completed,
    done,
    ev,
    message,
    said,
    text,
    text_done,
)

STOP = ChoiceEnd(0, "stop", "completed")
CALLED = ChoiceEnd(0, "tool_calls", "completed")
STARTED = [ToolCallStart(0, 0, "c1", "f"), ToolCallDelta(0, 0, "{}")]
ENDED = ToolCallEnd(0, 0, ToolCall("c1", "function", "f", "{}", 0, True))
UNSTATED = {key: value for key, value in call("{}").items() if key != "status"}


def parts(*texts: str) -> list[Any]:
    return [said(text) for text in texts]


class TestEvents(StepByStep):
    dialect: ClassVar[str] = "openai-responses"
    key: ClassVar[str] = "output"
    cases: ClassVar[dict[str, Steps]] = {
        "a whole response": Steps(
            [
                (ev("queued", response={"id": "r1", "output": [message("a"), 5]}), [MessageStart("r1", None), TextDelta("a", 0, 0)]),
                (ev("in_progress", response={"id": "r1", "output": [message("b")]}), []),
                (ev("in_progress", response=5), RAW),
                (ev("in_progress", object="response", id="r1"), []),
                (completed(message("abc"), usage={"n": 1}), [TextDelta("bc", 0, 0), UsageUpdate({"n": 1}), STOP]),
            ],
            [message("abc")],
            {"bad_start": 1},
        ),
        "the end alone": Steps(
            [(completed(message("a"), usage={}), [MessageStart("r1", "m", 7), TextDelta("a", 0, 0), STOP])], [message("a")]
        ),
        "an end without items": Steps(
            [
                BEGUN,
                (added(0, call("{}", status="in_progress")), STARTED),
                (arguments_done("{}"), []),
                (completed(), [ENDED, CALLED]),
            ],
            [call("{}", status="in_progress")],
            {"empty_terminal_output": 1},
        ),
        "an end with items that are none": Steps(
            [BEGUN, (added(0, message("a")), [TextDelta("a", 0, 0)]), (completed(5, message("a")), [STOP])],
            [message("a")],
            {"bad_item": 1},
        ),
        "a call of the end without a status": Steps(
            [BEGUN, (completed(UNSTATED), [*STARTED, ENDED, CALLED])], [UNSTATED]
        ),
        "a call of the end that is not complete": Steps(
            [
                BEGUN,
                (completed(UNSTATED, kind="incomplete"), [*STARTED, ChoiceEnd(0, "length", "incomplete")]),
            ],
            [UNSTATED],
        ),
        "an end that says less": Steps(
            [
                BEGUN,
                (done(0, message("a")), [TextDelta("a", 0, 0)]),
                (done(1, call("{}")), [*STARTED, ENDED]),
                (done(2, message("b")), [TextDelta("b", 0, 1)]),
                (completed(message(), call(""), {**message(), "content": 5}), [CALLED]),
            ],
            [message("a"), call("{}"), message("b")],
        ),
        "an end that says something else": Steps(
            [
                BEGUN,
                (done(0, message("a")), [TextDelta("a", 0, 0)]),
                (completed({**message("b"), "id": "i9"}), [STOP]),
            ],
            [{**message("a"), "id": "i9"}],
        ),
        "half a character": Steps(
            [
                BEGUN,
                (added(0, message("\ud83d")), []),
                (text("\ude00"), [TextDelta("\U0001f600", 0, 0)]),
                (text("\ud83d"), []),
                (text_done("\U0001f600\ud83d"), [TextDelta("\ud83d", 0, 0)]),
            ],
            [message("\U0001f600\ud83d")],
        ),
        "replaced, and counted from 1": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (text("x", 0, 1), [TextDelta("x", 0, 0)]),
                (text_done("y", 1), []),
                (done(0, {**message(), "content": parts("xz")}), [TextDelta("z", 0, 0)]),
            ],
            [{**message(), "content": parts("xz")}],
            {"missing_part_added": 1},
        ),
        "a place is forgotten when the item is done": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (PART, []),
                (text("x", 0, 30), [TextDelta("x", 0, 0)]),
                (done(0, {**message(), "content": parts("a", "x")}), [TextDelta("a", 0, 1)]),
                (text("y", 0, 30), [TextDelta("y", 0, 2)]),
                (text("z", 0, 1), [TextDelta("z", 0, 0)]),
            ],
            [{**message(), "content": parts("a", "xz", "y")}],
            {"missing_part_added": 2},
        ),
        "arguments until the end": Steps(
            [
                BEGUN,
                (added(0, call()), [ToolCallStart(0, 0, "c1", "f")]),
                (arguments("{"), [ToolCallDelta(0, 0, "{")]),
                (completed(call("{}")), [ToolCallDelta(0, 0, "}"), ENDED, CALLED]),
            ],
            [call("{}")],
        ),
    }  # fmt: skip
    refused: ClassVar[dict[str, Refused]] = {
        "nested too deep": Refused(
            [CREATED, completed(x=json.loads("[" * 99 + "]" * 99))],
            "expected at most 32 levels of nesting, got more",
            "$",
        ),
    }


def test_a_response_without_an_id_is_laid_over_the_last_one() -> None:
    reader = accumulator("openai-responses")
    reader.add(
        ev("created", response={"id": "r1", "model": "m", "tools": [1], "x": 0, "text": {"a": 1}, "status": "queued"})
    )
    reader.add(
        ev("in_progress", response={"model": "", "tools": [], "x": None, "text": {}, "status": "in_progress", "id": ""})
    )
    fields = reader.completion().to_dict()
    assert fields == {
        "model": "m", "tools": [1], "x": 0, "text": {"a": 1}, "status": "in_progress", "id": "r1", "output": [],
    }  # fmt: skip
    reader.add(ev("in_progress", response={"id": "r2", "status": "in_progress"}))
    assert reader.completion().to_dict() == {"id": "r2", "status": "in_progress", "output": []}


@pytest.mark.parametrize(
    ("payload", "words", "code"),
    [
        ({"type": "error", "error": {"message": "no", "code": 5}}, "no", 5),
        ({"type": "error", "error": "no"}, "no", None),
        ({"type": "error", "error": None, "message": "no", "code": "5"}, "no", "5"),
    ],
)
def test_the_error_of_a_decoded_payload(payload: Any, words: str, code: Any) -> None:
    with pytest.raises(ProviderError) as caught:
        accumulator("openai-responses").add(payload)
    assert (caught.value.message, caught.value.code) == (words, code)
