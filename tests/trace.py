"""What a stream came to, in a form that can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

import ssemble

from .plain import make_stream


class Trace(NamedTuple):
    """All that a caller can see of a stream."""

    events: list[ssemble.StreamEvent]
    error: str | None
    result: dict[str, Any]
    completion: ssemble.Completion
    repairs: dict[str, int]
    chunks: int


Move = Callable[[ssemble.MessageStream], ssemble.MessageStream]


def trace(fragments: Iterable[bytes], **options: Any) -> Trace:
    """Feed the fragments to a `MessageStream`."""
    return trace_moving(fragments, lambda stream: stream, **options)


def trace_moving(fragments: Iterable[bytes], move: Move, **options: Any) -> Trace:
    """Feed the fragments to a `MessageStream`, and after each go on with what ``move`` makes of it."""
    stream = make_stream(**options)
    events: list[ssemble.StreamEvent] = []
    error = None
    try:
        for fragment in fragments:
            events += stream.feed(fragment)
            stream = move(stream)
        events += stream.end()
        stream.close()
    except ssemble.SsembleError as caught:
        error = describe(caught)
    completion = stream.completion()
    shown = [comparable(event) for event in events]
    return Trace(shown, error, completion.to_dict(), completion, stream.repairs, stream.chunk_count)


def chunk_trace(
    fragments: Iterable[bytes], errors: Literal["raise", "event"]
) -> tuple[list[str], str | None, bool, dict[str, int]]:
    """Feed the fragments to a `ChunkParser`; tell its payloads, its error, its end and its repairs."""
    parser = ssemble.ChunkParser(errors=errors)
    items: list[Any] = []
    error = None
    try:
        for fragment in fragments:
            items += parser.feed(fragment)
        items += parser.end()
    except ssemble.SsembleError as caught:  # the one tree: whatever else comes is a finding
        error = describe(caught)
    if parser.error is not None:
        error = describe(parser.error)
    return [repr(comparable(item)) for item in items], error, parser.ended, parser.repairs


def describe(error: BaseException) -> str:
    """Name an error with all that it tells."""
    facts = {key: value for key, value in sorted(vars(error).items()) if key != "partial"}
    return f"{type(error).__name__}: {error} {facts}"


def comparable(event: ssemble.StreamEvent) -> ssemble.StreamEvent:
    """Exceptions compare by identity; put their description in their place."""
    if isinstance(event, ssemble.ErrorEvent):
        return ssemble.RawEvent("error", describe(event.error))
    assert type(getattr(event, "data", event)) is not object, "a mark of the library's own is no payload"
    return event


def events_match_result(events: list[ssemble.StreamEvent], completion: ssemble.Completion) -> None:
    """Assert the invariants that tie the events of a stream to its message."""
    texts: dict[tuple[str, int, int], str] = {}
    starts: list[tuple[int, int]] = []
    ends: dict[tuple[int, int], ssemble.ToolCall] = {}
    ended: set[int] = set()
    usage: dict[str, Any] | None = None
    for event in events:
        assert getattr(event, "choice", None) not in ended, f"{event} after its choice's end"
        match event:
            case ssemble.TextDelta(text=text, choice=choice):
                texts["text", choice, 0] = texts.get(("text", choice, 0), "") + text
            case ssemble.ReasoningDelta(text=text, choice=choice):
                texts["reasoning", choice, 0] = texts.get(("reasoning", choice, 0), "") + text
            case ssemble.RefusalDelta(text=text, choice=choice):
                texts["refusal", choice, 0] = texts.get(("refusal", choice, 0), "") + text
            case ssemble.ToolCallStart(choice=choice, index=index):
                assert (choice, index) not in starts, f"{event} twice"
                starts.append((choice, index))
            case ssemble.ToolCallDelta(choice=choice, index=index, arguments=arguments):
                assert (choice, index) in starts, f"{event} before its start"
                texts["call", choice, index] = texts.get(("call", choice, index), "") + arguments
            case ssemble.ToolCallEnd(choice=choice, index=index, tool_call=call):
                assert (choice, index) in starts, f"{event} before its start"
                assert (choice, index) not in ends, f"{event} twice"
                ends[choice, index] = call
            case ssemble.ChoiceEnd(choice=choice):
                ended.add(choice)
            case ssemble.UsageUpdate():
                usage = event.usage
    assert usage == completion.usage
    for each in completion.choices:
        message = each.message
        assert texts.get(("text", each.index, 0), "") == message.text
        assert texts.get(("reasoning", each.index, 0), "") == message.reasoning
        assert texts.get(("refusal", each.index, 0), "") == message.refusal
        assert sorted(call.index for call in message.tool_calls) == sorted(i for c, i in starts if c == each.index)
        for call in message.tool_calls:
            assert texts.get(("call", each.index, call.index), "") == call.arguments
