"""Anthropic Messages: the end, token counts, and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import (
    ChoiceEnd,
    ErrorEvent,
    IncompleteStream,
    ProviderError,
    RawEvent,
    UsageUpdate,
)

from .messages import END, WORKED, WORKED_CONTENT, Run, block, of, reason, sse, start, stop, text, typed


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("refusal", "content_filter"),
        ("model_context_window_exceeded", "length"), ("tool_use", "tool_calls"), ("pause_turn", "pause"),
        ("novel", "other"), (None, None),
    ],
)  # fmt: skip
def test_why_it_ended(word: Any, finish: Any) -> None:
    run = of(reason(word))
    assert run.events[-1] == ChoiceEnd(0, finish, word)
    assert run.completion.finish_reason == finish


def test_proxies_drop_the_terminator() -> None:
    whole = (start(), block(0, "text", text="Hi"), stop(0), reason())
    for body in (sse(*whole), sse(*whole, "[DONE]")):
        run = Run(body)
        assert run.error is None
        assert run.events[-1] == ChoiceEnd(0, "stop", "end_turn")
        assert run.completion.complete
    for payloads in (whole[:3], (*whole[:2], *whole[3:]), ({"type": "ping"}, whole[0])):
        for end in ((), ("[DONE]",)):
            run = Run(sse(*payloads, *end))
            assert isinstance(run.error, IncompleteStream)
            assert not run.completion.complete
            assert not typed(run, ChoiceEnd)
            assert run.error.partial.to_dict() == run.object  # type: ignore[union-attr]  # it is set


def test_values_overwrite_and_nothing_erases() -> None:
    run = of(
        reason("tool_use", {"input_tokens": 60, "cache": {"a": 1}, "tier": "x", "list": [1]}, container={"id": "c"}),
        reason(None, {"input_tokens": 0, "cache": None, "tier": "", "list": [], "new": None}, container={}),
        reason(""),
        {"type": "message_delta", "delta": None, "usage": None, "error": {}},
        {"type": "message_delta", "delta": {"stop_sequence": None, "content": "x", "usage": 5}, "usage": 7},
    )
    usage = {"input_tokens": 0, "cache": {"a": 1}, "tier": "x", "list": [1], "new": None}
    assert run.object["usage"] == run.completion.usage == usage
    assert run.object["stop_reason"] == "tool_use"
    assert run.object["stop_sequence"] is None
    assert run.object["container"] == {"id": "c"}
    assert "error" not in run.object
    assert run.content == []
    assert [event.usage["input_tokens"] for event in typed(run, UsageUpdate)] == [5, 60, 0]


def test_other_events_change_nothing() -> None:
    others: tuple[Any, ...] = (
        {"type": "response.output_text.delta", "delta": "x", "index": 0},
        {"choices": [{"index": 0, "delta": {"content": "x"}}]},
        {"type": "content_block_delta", "index": 0, "delta": None},
        {"type": "novel"},
        {},
    )
    run = of(block(0, "text", text="Hi"), *others, stop(0), reason())
    assert run.content == [{"type": "text", "text": "Hi"}]
    assert [event.data for event in typed(run, RawEvent)] == list(others)
    assert run.stream.repairs == {}


def test_the_type_may_be_the_name_of_the_event_alone() -> None:
    body = b"".join(
        b"event: %s\ndata: %s\n\n"
        % (p["type"].encode(), json.dumps({k: v for k, v in p.items() if k != "type"}).encode())
        for p in WORKED
    )
    run = Run(body)
    assert run.completion.dialect == "anthropic"
    assert run.content == WORKED_CONTENT


@pytest.mark.parametrize(
    ("payload", "kind", "code", "message"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Over"}}, "overloaded_error", None, "Over"),
        ({"type": "error", "error": {"type": "overloaded_error"}}, "overloaded_error", None, "overloaded_error"),
        ({"type": "error", "error": {"code": 529}}, None, 529, "529"),
        ({"type": "error", "error": {}}, "error", None, "error"),
        ({"type": "error"}, "error", None, "error"),
        ({"type": "error", "message": "Over"}, "error", None, "Over"),
        ({"error": "Over"}, None, None, "Over"),
        ({"error": '{"type": "t", "message": "Over"}'}, "t", None, "Over"),
        ({"error": '{"error": {"type": "t", "message": "Over"}}'}, "t", None, "Over"),
        ({"error": "{Over"}, None, None, "{Over"),
        ({"message": "Over"}, None, None, "Over"),
    ],
)
@pytest.mark.parametrize("names", [True, False])
def test_errors_of_the_server(payload: Any, kind: Any, code: Any, message: str, names: bool) -> None:
    body = sse(start(), block(0, "text", text="Hi"), payload, text(0, "!"), END, names=names)
    run = Run(body)
    assert isinstance(run.error, ProviderError)
    assert (run.error.type, run.error.code, run.error.message) == (kind, code, message)
    assert run.completion.text == "Hi"
    assert not run.completion.complete
    run = Run(body, errors="event")
    assert run.completion.text == "Hi!"
    assert len(typed(run, ErrorEvent)) == 1
    assert Run(sse(payload, names=names), dialect="anthropic").object == {}


@pytest.mark.parametrize("payload", [{"error": {}}, {"error": ""}, {"error": None}])
def test_what_is_no_error(payload: Any) -> None:
    assert of(payload, block(0, "tool_result", error={"message": "x"})).error is None
