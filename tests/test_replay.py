"""The events of a finished message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import ssemble
from ssemble import (
    Choice,
    ChoiceEnd,
    Completion,
    Message,
    MessageStart,
    MessageStream,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)

from .counting import assert_linear
from .helpers import chunk, sse
from .recordings import Recording, committed
from .vectors.written import MESSAGES, body, read

DIALECTS = ("openai-chat", "anthropic", "openai-responses", "gemini")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("size", [None, 1, 3])
@pytest.mark.parametrize("name", MESSAGES)
def test_the_events_write_the_same_message_again(dialect: str, name: str, size: int | None) -> None:
    completion = read(dialect, body(dialect, MESSAGES[name])).close()
    expected = without_ids(completion.to_dict())
    if (dialect, name) == ("openai-responses", "signature of a call"):
        assert expected["output"][0]["summary"] == [{"type": "summary_text", "text": ""}]
        expected["output"][0]["summary"] = []  # a signature without a text comes back as opaque reasoning
    events = list(completion.events(size))
    assert size is None or all(len(getattr(each, "text", getattr(each, "arguments", ""))) <= size for each in events)
    again = read(dialect, body(dialect, events)).close()
    assert without_ids(again.to_dict()) == expected


def without_ids(value: Any) -> Any:
    """Leave out what a writer counts itself: times that no event tells."""
    return {key: item for key, item in value.items() if key not in ("created", "created_at")}


@pytest.mark.parametrize("recording", [each for each in committed() if each.dialect in DIALECTS], ids=str)
def test_the_events_of_recordings(recording: Recording) -> None:
    stream = MessageStream(recording.dialect)
    stream.feed(recording.body)
    stream.end()
    completion = stream.completion()
    events = list(completion.events(5))
    for choice in completion.choices:
        mine = [event for event in events if getattr(event, "choice", None) == choice.index]
        assert "".join(each.text for each in mine if isinstance(each, TextDelta)) == choice.message.text
        assert "".join(each.text for each in mine if isinstance(each, ReasoningDelta)) == choice.message.reasoning
        starts = [(each.id, each.name, each.tool_type) for each in mine if isinstance(each, ToolCallStart)]
        assert starts == [(call.id, call.name, call.type) for call in choice.message.tool_calls]
        ends = [event.tool_call for event in mine if isinstance(event, ToolCallEnd)]
        assert ends == [call for call in choice.message.tool_calls if call.closed]
    ended = sum(isinstance(event, ChoiceEnd) for event in events)
    assert ended == sum(each.finish_reason is not None or completion.complete for each in completion.choices)


def test_a_completion_that_was_made_by_hand() -> None:
    calls = (ToolCall("c", "function", "f", '{"a":1}'), ToolCall("d", "custom", "g", "x", 1, closed=False))
    message = Message(text="Hi", reasoning="Hm", refusal="No", tool_calls=calls)
    completion = Completion("i", "m", 3, (Choice(0, message, "length"), Choice(1)), {"prompt_tokens": 1})
    assert list(completion.events()) == [
        MessageStart("i", "m", 3),
        ReasoningDelta("Hm"),
        TextDelta("Hi"),
        ssemble.RefusalDelta("No"),
        ToolCallStart(0, 0, "c", "f"),
        ToolCallDelta(0, 0, '{"a":1}'),
        ToolCallEnd(0, 0, calls[0]),
        ToolCallStart(0, 1, "d", "g", "custom"),
        ToolCallDelta(0, 1, "x"),
        ChoiceEnd(0, "length", None),
        UsageUpdate({"prompt_tokens": 1}),
    ]


def test_a_changed_completion_is_replayed_from_its_fields() -> None:
    completion = read("anthropic", body("anthropic", MESSAGES["signed"])).close()
    changed = replace(completion, choices=(Choice(0, Message(text="New"), "stop"),))
    assert [event.text for event in changed.events() if isinstance(event, TextDelta)] == ["New"]


def test_the_counts_are_a_copy() -> None:
    completion = Completion(usage={"a": {"b": 1}})
    *_, last = completion.events()
    assert isinstance(last, UsageUpdate)
    last.usage["a"]["b"] = 2
    assert completion.usage == {"a": {"b": 1}}


def test_a_choice_that_only_the_terminator_ended() -> None:
    completion = ssemble.assemble(sse(chunk({"content": "Hi"}), "[DONE]"))
    assert list(completion.events())[-1] == ChoiceEnd(0, None, None)


def test_work_is_linear() -> None:
    def work(count: int) -> object:
        choices = tuple(Choice(index, Message(text="Hi"), "stop") for index in range(count))
        return list(Completion(choices=choices).events())

    assert_linear(work, 40)


@pytest.mark.parametrize("size", [0, -1])
def test_a_size_that_is_none(size: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        Completion().events(size)
