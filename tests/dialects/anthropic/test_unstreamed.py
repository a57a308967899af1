"""Anthropic Messages that were not streamed."""

from __future__ import annotations

from typing import Any

from ssemble import ChoiceEnd, IncompleteStream, Limits, MessageStart, RawEvent, TextDelta, UsageUpdate

from .messages import END, Run, block, of, reason, sse, start, text, typed

MESSAGE: dict[str, Any] = {
    **start([{"type": "text", "text": "Hi"}])["message"], "stop_reason": "end_turn", "stop_sequence": None,
}  # fmt: skip


def test_a_message_that_was_not_streamed() -> None:
    run = Run(sse(MESSAGE, names=False))
    assert run.object == MESSAGE
    assert run.stream.ended
    usage = UsageUpdate({"input_tokens": 5})
    assert run.events == [MessageStart("m1", "c"), usage, TextDelta("Hi"), ChoiceEnd(0, "stop", "end_turn")]


def test_a_message_that_was_not_streamed_and_has_no_end() -> None:
    unended = {**MESSAGE, "stop_reason": None}
    run = Run(sse(unended, names=False))
    assert isinstance(run.error, IncompleteStream)
    assert run.object == unended
    assert Run(sse(unended, reason(), END)).completion.finish_reason == "stop"


def test_the_model_of_a_message_that_was_not_streamed_is_its_own() -> None:
    content = [{"type": "fallback", "from": {"model": "c"}, "to": {"model": "d"}}]
    assert Run(sse({**MESSAGE, "content": content}, names=False)).object == {**MESSAGE, "content": content}
    assert Run(sse(start(content), reason(), END)).completion.model == "d"


def test_a_whole_message_inside_a_stream_is_raw() -> None:
    run = of(block(0, "text", text=""), text(0, "Ho"), MESSAGE)
    assert (run.completion.text, typed(run, RawEvent)) == ("Ho", [RawEvent("message", MESSAGE)])


def test_the_text_of_a_start_is_charged_once() -> None:
    long = {**MESSAGE, "content": [{"type": "text", "text": "x" * 1000}]}
    limits = Limits(max_message_size=1500)
    assert Run(sse(long, names=False), limits=limits).completion.text == "x" * 1000
