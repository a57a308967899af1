"""`MessageWriter`: the rules that hold in every dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ssemble import (
    ChoiceEnd,
    ErrorEvent,
    MessageStart,
    MessageWriter,
    ProtocolError,
    ProviderError,
    RawEvent,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    UsageUpdate,
)
from ssemble._dialects import DIALECTS, WRITERS

from .counting import assert_linear
from .helpers import MOVES
from .vectors.written import CALLS, MESSAGES, START, STOP, args, begin, body, over, read, written

BOTH = [name for name in WRITERS if name in DIALECTS]
SINGLE = ["anthropic", "openai-responses", "vercel-ui"]
MESSAGE = pytest.mark.parametrize("name", MESSAGES)
DIALECT = pytest.mark.parametrize("dialect", WRITERS)


def test_its_constructor() -> None:
    writer = MessageWriter("anthropic", id="m", model="x", created=0, include_usage=False)
    assert (writer.dialect, writer.losses, writer.failed) == ("anthropic", {}, False)
    assert repr(writer) == "<MessageWriter anthropic, open>"
    with pytest.raises(ValueError, match="expected one of"):
        MessageWriter("html")


@DIALECT
def test_no_event_and_too_late(dialect: str) -> None:
    writer = MessageWriter(dialect)
    with pytest.raises(TypeError, match="typed event, not bytes"):
        writer.write(b"data: {}")  # type: ignore[arg-type]  # as a mistake would
    writer.write(TextDelta("A"))
    writer.write(STOP)
    assert writer.close()
    assert writer.close() == b""
    for event in (TextDelta("A"), START):
        with pytest.raises(RuntimeError, match="new MessageWriter"):
            writer.write(event)
    assert repr(writer) == f"<MessageWriter {dialect}, closed>"


@DIALECT
def test_only_the_first_event_starts_the_message(dialect: str) -> None:
    first, again = written(dialect, [START, START, STOP]), written(dialect, [START, STOP])
    assert first[0][1] == []
    assert [first[0][0], *first[0][2:]] == again[0]
    usage = UsageUpdate({"prompt_tokens": 1, "completion_tokens": 1})
    begun = written(dialect, [usage, START, STOP])[0]
    assert begun[0] == written(dialect, [MessageStart(None, None), STOP])[0][0]
    assert begun[1] == []


@DIALECT
def test_raw_events_are_lost_and_start_nothing(dialect: str) -> None:
    payloads, losses = written(dialect, [RawEvent("x", {}), RawEvent("y", {}), START, STOP])
    assert payloads[:2] == [[], []]
    assert losses == {"raw": 2}


@DIALECT
def test_empty_texts_are_not_written(dialect: str) -> None:
    empty: list[StreamEvent] = [TextDelta(""), ReasoningDelta(""), ReasoningDelta("", signature=""), RefusalDelta("")]
    for begun in ([], [TextDelta("A")]):
        payloads, losses = written(dialect, [START, *begun, *empty, STOP])
        assert payloads[1 + len(begun) :][:4] == [[], [], [], []]
        assert losses == {}


@DIALECT
def test_arguments_of_no_call_are_not_written(dialect: str) -> None:
    payloads, _ = written(dialect, [START, ToolCallDelta(0, 5, "x"), STOP])
    assert payloads[1] == []


@DIALECT
def test_events_of_an_ended_choice_are_lost(dialect: str) -> None:
    late = [TextDelta("A"), args(0, "{}"), STOP]
    payloads, losses = written(dialect, [START, TextDelta("A"), STOP, *late, UsageUpdate({"prompt_tokens": 1})])
    assert payloads[3:6] == [[], [], []]
    assert losses == {"after_end": 3}


@pytest.mark.parametrize("dialect", SINGLE)
def test_further_choices_are_lost_once_each(dialect: str) -> None:
    events = [START, TextDelta("A"), TextDelta("B", 1), ToolCallDelta(1, 0, "x"), TextDelta("C", 2)]
    ends = [ChoiceEnd(choice, "stop", None) for choice in range(3)]
    payloads, losses = written(dialect, [*events, *ends])
    assert payloads[2:5] == [[], [], []]
    assert losses == {"choice": 2}
    assert written(dialect, [START, TextDelta("A"), STOP])[0][-1] == payloads[-1]


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    "events",
    [
        [],
        [START],
        [START, TextDelta("A")],
        [START, begin(0), args(0, "{}")],
        [START, TextDelta("A"), STOP, TextDelta("B", 1)],
        [START, TextDelta("B", 1), STOP],
    ],
    ids=lambda events: f"{len(events)}",
)
def test_a_message_that_has_not_ended_is_an_error(dialect: str, events: list[StreamEvent]) -> None:
    writer = MessageWriter(dialect)
    data = b"".join([*map(writer.write, events), writer.close()])
    assert isinstance(read(dialect, data).error, ProviderError)
    assert writer.failed
    assert writer.close() == b""


@pytest.mark.parametrize("dialect", SINGLE)
def test_a_message_without_the_only_choice_is_an_error(dialect: str) -> None:
    writer = MessageWriter(dialect)
    writer.write(TextDelta("B", 1))
    writer.write(ChoiceEnd(1, "stop", None))
    assert writer.close()
    assert writer.failed


@pytest.mark.parametrize("error", [ProviderError("Busy"), ProtocolError("no index")])
@pytest.mark.parametrize("dialect", BOTH)
def test_an_error_is_told_once_and_ends_the_message(dialect: str, error: Any) -> None:
    writer = MessageWriter(dialect)
    data = writer.write(START) + writer.write(TextDelta("A"))
    told = writer.write(ErrorEvent(error))
    assert repr(writer) == f"<MessageWriter {dialect}, failed>"
    assert (writer.write(ErrorEvent(error)), writer.write(TextDelta("B")), writer.close()) == (b"", b"", b"")
    found = read(dialect, data + told)
    assert isinstance(found.error, ProviderError)
    assert found.error.message == str(error)
    assert found.completion().text == "A"


@DIALECT
@MESSAGE
def test_the_last_counts_are_written_and_the_events_are_not_kept(dialect: str, name: str) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    updates = [UsageUpdate({"prompt_tokens": 9, "completion_tokens": 9}), UsageUpdate(usage)]
    once, twice = MessageWriter(dialect), MessageWriter(dialect)
    for event in [*MESSAGES[name], UsageUpdate({**usage})]:
        once.write(event)
    for event in [*MESSAGES[name], *updates]:
        twice.write(event)
    usage.clear()
    assert twice.close() == once.close()


@DIALECT
def test_counts_may_be_left_out_where_a_stream_may_be_without(dialect: str) -> None:
    events = [START, STOP, UsageUpdate({"prompt_tokens": 1, "completion_tokens": 1})]
    optional = dialect in ("openai-chat", "vercel-ui")
    without, plain = written(dialect, events, include_usage=False)[0][-1], written(dialect, events[:2])[0][-1]
    assert (without == plain) is optional


MANY: dict[str, Callable[[int], list[StreamEvent]]] = {
    "calls that end backwards": lambda count: [
        *map(begin, range(count)),
        *(args(index, "{}") for index in range(count)),
        *(over(index) for index in reversed(range(count))),
        CALLS,
    ],
    "blocks": lambda count: [*(ReasoningDelta("A", 0, "summary", part) for part in range(count)), STOP],
    "choices with a call": lambda count: [
        *(ToolCallStart(choice, 0, "c", "f") for choice in range(count)),
        *(ChoiceEnd(choice, "stop", None) for choice in range(count)),
    ],
}


@DIALECT
@pytest.mark.parametrize("shape", MANY)
def test_work_is_linear(dialect: str, shape: str) -> None:
    assert_linear(lambda count: body(dialect, MANY[shape](count)), 40)


@DIALECT
@MESSAGE
@pytest.mark.parametrize("move", MOVES)
def test_it_can_be_moved_between_any_two_events(dialect: str, name: str, move: str) -> None:
    still, moved = MessageWriter(dialect), MessageWriter(dialect)
    for event in MESSAGES[name]:
        left = moved
        moved = MOVES[move](moved)
        assert moved.write(event) == still.write(event)
        left.write(ChoiceEnd(0, "length", None))  # the original goes another way
    assert MOVES[move](moved).close() == still.close()
    assert moved.losses == still.losses
