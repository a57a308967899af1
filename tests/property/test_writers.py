"""What holds for any legal events, in every dialect that is written: see `MessageWriter`."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ssemble
from ssemble import (
    ChoiceEnd,
    Completion,
    MessageStart,
    MessageWriter,
    ProviderError,
    RawEvent,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)
from ssemble._dialects import DIALECTS, WRITERS

from ..recordings import Recording, committed
from ..strategies import cuttings
from ..vectors.written import frames, read
from .grammars import GRAMMARS

BOTH = [name for name in WRITERS if name in DIALECTS]
DIALECT = pytest.mark.parametrize("dialect", WRITERS)
READ = pytest.mark.parametrize("dialect", BOTH)
SINGLE = ("anthropic", "openai-responses", "vercel-ui")
TEXTS = st.text(min_size=1, max_size=4) | st.sampled_from(["\ud83d", "\u2028", '"', "\\", "\0", "data: \n\n"])
ARGUMENTS = ["", "{}", '{"a": 1}', '{"text": "é\\u2028 \\"x\\"", "list": [1, {}]}']


@st.composite
def legal(draw: st.DrawFn) -> list[StreamEvent]:
    """Events of a message: one or two choices, whose blocks and calls interleave; calls may be cut."""
    events: list[StreamEvent] = [MessageStart("m", "x", 5)] if draw(st.booleans()) else []
    choices = [_Choice(index) for index in range(draw(st.integers(1, 2)))]
    for _ in range(draw(st.integers(0, 14))):
        choice = draw(st.sampled_from(choices))
        events += choice.step(draw)
        if draw(st.integers(0, 9)) == 0:
            odd: list[StreamEvent] = [UsageUpdate({"prompt_tokens": 1}), RawEvent("x", {})]
            events.append(draw(st.sampled_from(odd)))
    for choice in choices:
        events += choice.end(draw)
    if draw(st.booleans()):
        events.append(UsageUpdate({"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}))
    return events


class _Choice:
    """Makes the events of a choice."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.calls: list[dict[str, Any]] = []
        self.part = 0

    def step(self, draw: st.DrawFn) -> list[StreamEvent]:
        unfinished = [call for call in self.calls if not call["over"]]
        steps: list[Callable[[st.DrawFn], StreamEvent]] = [self.text, self.text, self.thought, self.refusal, self.call]
        if unfinished:
            steps += [lambda draw: self.go_on(draw, draw(st.sampled_from(unfinished)))] * 4
        return [draw(st.sampled_from(steps))(draw)]

    def text(self, draw: st.DrawFn) -> StreamEvent:
        return TextDelta(draw(TEXTS), self.index, draw(st.integers(0, 1)))

    def refusal(self, draw: st.DrawFn) -> StreamEvent:
        return RefusalDelta(draw(TEXTS), self.index)

    def thought(self, draw: st.DrawFn) -> StreamEvent:
        kinds: list[Literal["text", "summary", "redacted"]] = ["text", "text", "summary", "redacted"]
        kind = draw(st.sampled_from(kinds))
        if kind == "redacted" or draw(st.integers(0, 3)) == 0:
            self.part += 1
            text = "" if kind == "redacted" else draw(TEXTS)
            return ReasoningDelta(text, self.index, kind, self.part - 1, f"sig{self.part}")
        return ReasoningDelta(draw(TEXTS), self.index, kind, self.part)

    def call(self, draw: st.DrawFn) -> StreamEvent:
        number, custom = len(self.calls), draw(st.integers(0, 4)) == 0
        text = draw(TEXTS) + draw(TEXTS) if custom else draw(st.sampled_from(ARGUMENTS))
        call: dict[str, Any] = {
            "index": number,
            "id": f"c{self.index}{number}",
            "text": text,
            "at": 0,
            "over": False,
            "custom": custom,
        }
        self.calls.append(call)
        return ToolCallStart(self.index, number, call["id"], "f", "custom" if custom else "function")

    def go_on(self, draw: st.DrawFn, call: dict[str, Any]) -> StreamEvent:
        if call["at"] == len(call["text"]):
            call["over"] = True
            kind = "custom" if call["custom"] else "function"
            return ToolCallEnd(self.index, call["index"], ToolCall(call["id"], kind, "f", call["text"], call["index"]))
        start, call["at"] = call["at"], draw(st.integers(call["at"] + 1, len(call["text"])))
        return ToolCallDelta(self.index, call["index"], call["text"][start : call["at"]])

    def end(self, draw: st.DrawFn) -> list[StreamEvent]:
        """End the calls whose arguments are whole: no reader could tell that they have not ended."""
        whole = [call for call in self.calls if not call["over"] and call["text"] and call["at"] == len(call["text"])]
        ends = [self.go_on(draw, call) for call in whole]
        reasons: list[Any] = ["stop", "length", "tool_calls", "content_filter"]
        cut = any(not call["over"] for call in self.calls)
        return [*ends, ChoiceEnd(self.index, "length" if cut else draw(st.sampled_from(reasons)), None)]


def write(dialect: str, events: list[StreamEvent]) -> tuple[list[bytes], dict[str, int]]:
    writer = MessageWriter(dialect)
    return [*map(writer.write, events), writer.close()], writer.losses


@DIALECT
@given(events=legal())
def test_frames_are_whole_and_of_the_wire_shape(dialect: str, events: list[StreamEvent]) -> None:
    outputs, _ = write(dialect, events)
    assert all(output == b"" or output.endswith(b"\n\n") for output in outputs)
    GRAMMARS[dialect](frames(b"".join(outputs)))


@DIALECT
@given(events=legal())
def test_the_same_events_make_the_same_bytes_also_when_moved(dialect: str, events: list[StreamEvent]) -> None:
    outputs, losses = write(dialect, events)
    writer = MessageWriter(dialect)
    for event, output in zip(events, outputs, strict=False):
        assert writer.write(event) == output
        writer = pickle.loads(pickle.dumps(writer))
    assert writer.close() == outputs[-1]
    assert writer.losses == losses


@READ
@given(events=legal(), data=st.data())
def test_a_message_that_is_cut_is_an_error(dialect: str, events: list[StreamEvent], data: st.DataObject) -> None:
    ends = [at for at, event in enumerate(events) if isinstance(event, ChoiceEnd)]
    start = events[: data.draw(st.integers(0, ends[-1]))]
    begun = {event.choice for event in start if hasattr(event, "choice")}
    assume(not begun or begun - {event.choice for event in start if isinstance(event, ChoiceEnd)})
    cut, _ = write(dialect, start)
    assert isinstance(read(dialect, b"".join(cut)).error, ProviderError)


@pytest.mark.parametrize("dialect", [name for name in BOTH if name != "vercel-ui"])  # its reader has no token counts
@given(events=legal())
def test_it_reads_as_the_same_message(dialect: str, events: list[StreamEvent]) -> None:
    outputs, _ = write(dialect, events)
    completion = read(dialect, b"".join(outputs)).close()
    choices = {event.choice for event in events if isinstance(event, ChoiceEnd)}
    kept = {0} if dialect in SINGLE else choices
    assert {choice.index for choice in completion.choices} == kept
    for choice in kept:
        assert said(completion, choice, dialect) == told(events, choice, dialect)
    usages = [event.usage for event in events if isinstance(event, UsageUpdate)]
    if usages:
        assert (completion.tokens.input, completion.tokens.output or 0) == (
            usages[-1]["prompt_tokens"],
            usages[-1].get("completion_tokens", 0),
        )


def told(events: list[StreamEvent], choice: int, dialect: str) -> dict[str, Any]:
    """What the events say of a choice, as the dialect can say it."""
    mine: list[Any] = [event for event in events if getattr(event, "choice", None) == choice]
    text, refusal = _joined(mine, TextDelta), _joined(mine, RefusalDelta)
    calls = {event.index: event for event in mine if isinstance(event, ToolCallStart)}
    ended = {event.index for event in mine if isinstance(event, ToolCallEnd)}
    if dialect == "gemini":
        calls = {index: call for index, call in calls.items() if index in ended}
    reason = next(event.finish_reason for event in mine if isinstance(event, ChoiceEnd))
    if dialect == "openai-chat" and reason in ("length", "content_filter"):  # nothing else ends free text there
        ended -= {index for index, call in calls.items() if call.tool_type == "custom"}
    if reason == "stop" and any(isinstance(event, ToolCallStart) for event in mine):
        reason = "tool_calls"
    if dialect in ("gemini", "openai-responses") and reason in ("stop", "tool_calls"):
        reason = "tool_calls" if calls else "stop"
    if dialect == "anthropic" and reason == "stop" and refusal:
        reason = "content_filter"
    as_text = dialect in ("anthropic", "gemini")
    return {
        "text": "".join(each.text for each in mine if isinstance(each, (TextDelta, RefusalDelta))) if as_text else text,
        "refusal": "" if as_text else refusal,
        "reasoning": _joined(mine, ReasoningDelta),
        "calls": sorted(
            (call.id, call.name, _arguments(_args(mine, index), call.tool_type, index in ended, as_text))
            for index, call in calls.items()
        ),
        "reason": reason,
    }


def said(completion: Completion, choice: int, dialect: str) -> dict[str, Any]:
    found = next(each for each in completion.choices if each.index == choice)
    message = found.message
    return {
        "text": message.text,
        "refusal": message.refusal,
        "reasoning": message.reasoning,
        "calls": sorted(
            (call.id, call.name, _value(call.arguments, call.type, call.complete)) for call in message.tool_calls
        ),
        "reason": found.finish_reason,
    }


def _joined(events: list[Any], kind: Any) -> str:
    return "".join(event.text for event in events if isinstance(event, kind))


def _args(events: list[Any], index: int) -> str:
    return "".join(event.arguments for event in events if isinstance(event, ToolCallDelta) and event.index == index)


def _arguments(text: str, kind: str, ended: bool, as_json: bool) -> str:
    if kind == "custom" and as_json:
        return _value(json.dumps({"input": text}), "function", True) if ended else "cut"
    return _value(text, kind, ended)


def _value(text: str, kind: str, whole: bool) -> str:
    """Arguments as text that is equal for equal values."""
    if not whole:
        return "cut"
    return text if kind == "custom" else json.dumps(json.loads(text or "{}"), sort_keys=True)


@given(events=legal())
def test_chat_writes_every_event_at_once(events: list[StreamEvent]) -> None:
    outputs, _ = write("openai-chat", events)
    for event, output in zip(events, outputs, strict=False):
        if not isinstance(event, (UsageUpdate, RawEvent, ToolCallEnd)):
            assert output


@pytest.mark.parametrize("dialect", ["anthropic", "openai-responses"])
@given(events=legal())
def test_what_belongs_to_the_open_block_is_written_at_once(dialect: str, events: list[StreamEvent]) -> None:
    """The first call is open until its end, whatever comes in between."""
    writer, more = MessageWriter(dialect), ToolCallDelta(0, 99, "x")
    assert writer.write(ToolCallStart(0, 99, "c", "f"))
    for event in events:
        if not (isinstance(event, ChoiceEnd) and event.choice == 0):
            writer.write(event)
            assert writer.write(more)


GROWTH = {"openai-chat": 0, "anthropic": 0, "vercel-ui": 0, "gemini": 0, "openai-responses": 1}
"""Bytes that a writer keeps of each byte of text, at most about."""


@pytest.mark.parametrize("kind", [TextDelta, ReasoningDelta, RefusalDelta])
@DIALECT
def test_memory_is_bounded_by_what_the_dialect_needs(dialect: str, kind: Any) -> None:
    writer = MessageWriter(dialect)
    sizes = []
    for _ in range(2):
        for _ in range(1000):
            writer.write(kind("12345678"))
        sizes.append(len(pickle.dumps(writer)))
    assert sizes[1] - sizes[0] <= GROWTH[dialect] * 2 * 8000


RECORDINGS = [each for each in committed() if each.dialect in DIALECTS and len(each.body) < 20_000]


@DIALECT
@given(recording=st.sampled_from(RECORDINGS), data=st.data())
def test_cuts_of_the_source_do_not_matter(dialect: str, recording: Recording, data: st.DataObject) -> None:
    whole, fault = transcoded([recording.body], dialect)
    assert transcoded(data.draw(cuttings(recording.body)), dialect) == (whole, fault)


def transcoded(fragments: list[bytes], dialect: str) -> tuple[bytes, str]:
    out: list[bytes] = []
    try:
        out.extend(ssemble.transcode(fragments, to=dialect))
    except ssemble.SsembleError as error:
        return b"".join(out), str(error)
    return b"".join(out), ""


@READ
@given(recording=st.sampled_from(RECORDINGS), data=st.data())
def test_a_damaged_source_is_an_error_in_both_or_in_none(
    dialect: str, recording: Recording, data: st.DataObject
) -> None:
    frames_of_source = recording.body.split(b"\n\n")
    order = data.draw(st.lists(st.integers(0, len(frames_of_source) - 1), min_size=1, max_size=40))
    out, fault = transcoded([b"\n\n".join([frames_of_source[at] for at in order])], dialect)
    assert (read(dialect, out).error is not None) == bool(fault)
