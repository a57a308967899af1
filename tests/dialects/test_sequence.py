"""Blocks one after the other, as Anthropic's writer shows them."""

from __future__ import annotations

from typing import Any

from ssemble import ReasoningDelta, RefusalDelta, TextDelta

from ..vectors.written import START, STOP, args, begin, over, signed, written


def blocks(*events: Any) -> list[list[str]]:
    """For each event and the end, what it writes: the type of a block that starts, a text, "stop"."""
    payloads, _ = written("anthropic", [START, *events, STOP])
    return [[said(payload) for payload in group] for group in payloads[1:-1]]


def said(payload: dict[str, dict[str, str]]) -> str:
    if "content_block" in payload:
        return payload["content_block"]["type"]
    return next((text for key, text in payload["delta"].items() if key != "type"), "") if "delta" in payload else "stop"


def test_the_open_block_is_written_at_once_and_others_wait() -> None:
    events = [begin(0), args(0, "{"), begin(1), args(1, "["), args(1, "]"), args(0, "}"), over(0), over(1)]
    assert blocks(*events) == [
        *(["tool_use"], ["{"], [], [], [], ["}"]),
        ["stop", "tool_use", "[", "]"],
        ["stop"],
        [],
    ]


def test_calls_that_end_while_they_wait() -> None:
    events = [begin(0), begin(1), over(1), TextDelta("A"), begin(2), over(2), over(0)]
    assert blocks(*events) == [
        *(["tool_use"], [], [], [], [], []),
        ["stop", "tool_use", "stop", "text", "A", "stop", "tool_use", "stop"],
        [],
    ]


def test_text_that_waits_goes_on_at_once_when_its_turn_comes() -> None:
    events = [begin(0), TextDelta("A"), over(0), TextDelta("B"), TextDelta("C"), TextDelta("D", 0, 1)]
    assert blocks(*events) == [
        *(["tool_use"], [], ["stop", "text", "A"], ["B"], ["C"], ["stop", "text", "D"]),
        ["stop"],
    ]


def test_a_signature_ends_the_reasoning_before_it() -> None:
    events = [ReasoningDelta("A", part=3), signed("1", part=7), signed("2"), ReasoningDelta("B", part=3)]
    assert blocks(*events) == [
        *(["thinking", "A"], ["1"], ["stop", "thinking", "2"], ["stop", "thinking", "B"]),
        ["stop"],
    ]


def test_a_signature_that_waits() -> None:
    events = [begin(0), ReasoningDelta("A", signature="1"), signed("2", kind="redacted"), over(0)]
    assert blocks(*events) == [
        ["tool_use"],
        [],
        [],
        ["stop", "thinking", "A", "1", "stop", "redacted_thinking"],
        ["stop"],
    ]


def test_redacted_data_as_text() -> None:
    assert blocks(ReasoningDelta("opaque", kind="redacted")) == [["redacted_thinking"], ["stop"]]


def test_a_refusal_is_a_block_of_its_own() -> None:
    assert blocks(TextDelta("A"), RefusalDelta("B"), RefusalDelta("C")) == [
        *(["text", "A"], ["stop", "text", "B"], ["C"]),
        ["stop"],
    ]
