"""Judge what is written of a chat stream in another dialect, by what a reader of that dialect then says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import ssemble
from benchmarks.interop_peers import Wire
from benchmarks.sdks import by_anthropic

Read = ssemble.Completion | ssemble.SsembleError
RIGHT = "right"
KINDS = {
    RIGHT: "text, reasoning, calls, finish_reason and counts",
    "no end, or an exception": "the source is complete, but the client is told an error, or no end",
    "an error in silence": "the source is truncated or has an error, but the client gets a complete message",
    "several choices become one": "the texts of `n=2` are mixed",
    "the refusal is lost": "what is left is a shorter or an empty message",
    "text is wrong": "lost, or text in parts",
    "reasoning is wrong": "lost, or in parts",
    "calls are lost or split": "another number of calls",
    "id or name of a call is wrong": "made up, empty, or a part of it",
    "arguments are wrong": "none, or of another call",
    "finish_reason is wrong": "such as `stop` beside calls",
    "counts are wrong": "estimated, though the source has them, or cut off",
}
"""What can be said of a translation, and what it means."""


def read(data: Sequence[bytes], dialect: str | None = None) -> Read:
    """The message of a body, or why it has none."""
    try:
        return ssemble.assemble(data, dialect)
    except ssemble.SsembleError as error:
        return error


def anthropic_reader() -> Callable[[bytes], Read | Exception]:
    """The same by the stream helper of Anthropic's package, whose message is a body that was not streamed."""
    wire = Wire()
    run = by_anthropic(wire)

    def read_by_helper(data: bytes) -> Read | Exception:
        wire.pieces = [data]
        try:
            message = run()
        except Exception as error:  # the helper raises what it likes
            return error
        return read([json.dumps(message.to_dict(mode="python", warnings=False)).encode()], "anthropic")

    return read_by_helper


def faults(source: Read, got: Read | Exception, raised: bool) -> Iterator[str]:
    """Name the faults of what was written.

    Args:
        source: the chat message.
        got: what is read of the written one.
        raised: there was an exception while it was written.
    """
    if not isinstance(source, ssemble.Completion):
        if not raised and isinstance(got, ssemble.Completion):
            yield "an error in silence"
    elif raised or not isinstance(got, ssemble.Completion):
        yield "no end, or an exception"
    else:
        yield from _differences(source, got)


def _differences(source: ssemble.Completion, got: ssemble.Completion) -> Iterator[str]:
    old, new = source.message, got.message
    if old.text + old.refusal != new.text + new.refusal:
        several = "several choices become one" if len(source.choices) > 1 else "text is wrong"
        yield "the refusal is lost" if old.refusal else several
    if old.reasoning != new.reasoning:
        yield "reasoning is wrong"
    if len(old.tool_calls) != len(new.tool_calls):
        yield "calls are lost or split"
    else:
        yield from _calls(old.tool_calls, new.tool_calls)
    if got.finish_reason not in _reasons(source, got.dialect):
        yield "finish_reason is wrong"
    if source.usage and _counts(source) != _counts(got):
        yield "counts are wrong"


def _calls(old: Sequence[ssemble.ToolCall], new: Sequence[ssemble.ToolCall]) -> Iterator[str]:
    """Compare calls: by their ids if these are the same ones, in whatever order, else one by one."""
    if {call.id for call in old} == {call.id for call in new}:
        old, new = (sorted(calls, key=lambda call: call.id or "") for calls in (old, new))
    pairs = list(zip(old, new, strict=True))
    if any(a.name != b.name or (a.id and _plain(a.id) != _plain(b.id or "")) for a, b in pairs):
        yield "id or name of a call is wrong"
    if not all(_same_arguments(a, b) for a, b in pairs):
        yield "arguments are wrong"


def _plain(call_id: str) -> str:
    """An id in the characters that Anthropic's API takes."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", call_id)


def _same_arguments(old: ssemble.ToolCall, new: ssemble.ToolCall) -> bool:
    """Compare JSON. A custom call may become JSON, and a reader may complete truncated arguments."""
    if old.type == "custom":
        return new.arguments == old.arguments or json.dumps({"input": old.arguments}).startswith(new.arguments)
    with suppress(ValueError):
        return bool(json.loads(old.arguments or "{}") == _value(new))
    return True


def _value(call: ssemble.ToolCall) -> Any:
    with suppress(ValueError):
        return json.loads(call.arguments or "{}")
    return None


def _reasons(source: ssemble.Completion, to: str | None) -> set[str | None]:
    """The reasons that are right. Responses has no word for calls, and Anthropic none for an unknown reason."""
    reason = source.finish_reason
    if reason in ("length", "content_filter"):
        return {reason}
    right: set[str | None] = {"tool_calls" if source.tool_calls or reason == "tool_calls" else "stop"}
    if reason == "tool_calls" and not source.tool_calls and to == "openai-responses":
        right = {"stop"}
    return right | ({"content_filter"} if source.message.refusal else set())


def _counts(completion: ssemble.Completion) -> tuple[int, int]:
    return completion.tokens.input or 0, completion.tokens.output or 0
