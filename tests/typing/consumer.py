"""A user's program, as the type checkers read it.

The ordinary run of ``mypy`` reads it, with every check on. Where it must complain there is a
``type: ignore``, and an unused one is an error itself. `tests.typing.test_consumer` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import ssemble

if TYPE_CHECKING:
    from typing_extensions import assert_never, assert_type
else:

    def assert_never(value):
        raise AssertionError(value)

    def assert_type(value, kind):
        return value


def by_class(event: ssemble.StreamEvent) -> str:
    """Match over all events."""
    match event:
        case ssemble.MessageStart(model=model):
            return f"model {model}"
        case ssemble.TextDelta(text=text) | ssemble.RefusalDelta(text=text):
            return assert_type(text, str)
        case ssemble.ReasoningDelta(text=text, kind=kind):
            assert_type(kind, Literal["text", "summary", "redacted"])
            return f"{kind} {text}"
        case ssemble.ToolCallStart(name=name):
            return name
        case ssemble.ToolCallDelta(arguments=arguments):
            return arguments
        case ssemble.ToolCallEnd(tool_call=call):
            return call.name
        case ssemble.ChoiceEnd(finish_reason=reason):
            return ended(reason)
        case ssemble.UsageUpdate(usage=usage):
            return str(usage)
        case ssemble.ErrorEvent(error=error):
            return str(error)
        case ssemble.RawEvent(event=name):
            return name
        case _:
            assert_never(event)


def ended(reason: ssemble.FinishReason | None) -> str:
    """Match over all reasons."""
    match reason:
        case "stop" | "tool_calls":
            return "as the model wanted"
        case "length" | "content_filter":
            return "cut"
        case "pause":
            return "to be continued"
        case "error" | "other" | None:
            return "not known"
        case _:
            assert_never(reason)


def by_type(event: ssemble.StreamEvent) -> str:
    """Compare the type: it narrows."""
    if event.type == "text.delta":
        return assert_type(event, ssemble.TextDelta).text
    if event.type == "tool_call.end":
        return event.tool_call.name
    if event.type == "raw" or event.type == "error":
        return str(event.to_dict())
    return event.type


def forgets_one(event: ssemble.StreamEvent) -> str:
    """A match that is not exhaustive is reported."""
    if isinstance(event, (ssemble.TextDelta, ssemble.RefusalDelta)):
        return event.text
    assert_never(event)  # type: ignore[arg-type]  # mypy must complain


def misspells_a_reason(completion: ssemble.Completion) -> bool:
    """A reason that no choice has is reported."""
    return completion.finish_reason == "tool_use"  # type: ignore[comparison-overlap]  # mypy must complain


def makes_a_row(body: bytes) -> Any:
    """Names that are imported when they are first used have their types."""
    found = ssemble.row([(0.5, body)], "anthropic", start=0.0, n=1)
    assert_type(found, dict[str, Any])
    return found["text"], ssemble.ROW_COLUMNS["text"], ssemble.rows  # type: ignore[attr-defined]  # mypy must complain


def writes(body: bytes) -> bytes:
    """The names that are imported when they are first used have types too."""
    writer = ssemble.MessageWriter("anthropic", model="m")
    assert_type(writer.losses, "dict[str, int]")
    sent = assert_type(writer.write(ssemble.TextDelta("A")), bytes)
    for frame in ssemble.transcode(body, to="gemini", n=1):
        sent += assert_type(frame, bytes)
    completion = ssemble.assemble(body)
    return sent + b"".join(ssemble.write_events(completion.events(size=3), to="openai-chat"))
