"""What the writers share: faults, calls and reasons."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ChoiceEnd, InvalidJSON, ProviderError, ReasoningDelta, Tokens, ToolCallDelta, ToolCallEnd
from ssemble._dialects import WRITERS, writer
from ssemble._dialects.writing import Fault, Head, fault_of
from ssemble._model.message import ToolCall

from ..vectors.written import CALLS, START, args, begin, over, signed, written

NOTHING = Head(None, None, None)


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_is_made_by_the_name_of_its_dialect(name: str) -> None:
    made = writer(name, NOTHING)
    assert made.dialect == name
    assert type(made).__name__ == WRITERS[name][1]


def test_an_unknown_name() -> None:
    with pytest.raises(ValueError, match=r"'openai'.*: expected one of openai-chat, anthropic"):
        writer("openai", NOTHING)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ProviderError("Busy", raw={"message": "Busy", "type": "t", "code": 5}), Fault("Busy", "t", 5)),
        (ProviderError("Busy"), Fault("Busy", "api_error", None)),
        (InvalidJSON("no JSON", event=2), Fault("no JSON (event 2)", "api_error", None)),
        (OSError("/home/me"), Fault("OSError", "api_error", None)),
    ],
)
def test_what_a_client_is_told(error: Exception, fault: Fault) -> None:
    assert fault_of(error) == fault


@pytest.mark.parametrize("dialect", WRITERS)
def test_opaque_reasoning_is_written_or_told_as_lost(dialect: str) -> None:
    opaque = ReasoningDelta("", kind="redacted", signature="opaque")
    payloads, lost = written(dialect, [START, opaque, ChoiceEnd(0, "stop", "stop")])
    assert lost == ({"redacted": 1} if "opaque" not in repr(payloads) else {})


@pytest.mark.parametrize("dialect", WRITERS)
def test_events_of_calls_that_do_not_fit(dialect: str) -> None:
    events = [START, begin(0), args(0, "{}"), over(0), CALLS]
    odd = [
        *(START, ToolCallDelta(0, 5, "x"), ToolCallEnd(0, 5, ToolCall(None, "function", "", "")), begin(0), begin(0)),
        *(args(0, ""), args(0, "{}"), over(0), over(0), args(0, "late"), CALLS),
    ]
    plain, lost = written(dialect, events)
    assert lost == {}
    payloads, lost = written(dialect, odd)
    assert [group for group in payloads if group] == [group for group in plain if group]
    assert lost == {"arguments_after_end": 1}


def test_what_only_some_writers_use() -> None:
    made = writer("gemini", NOTHING)
    assert made.begin(NOTHING) == b""
    made.start_call(begin(0))
    made.lose_cut_calls(0)
    assert made.redacted(signed("s"), "AA") == b""
    assert made.losses == {"call_cut": 1, "redacted": 1}


@pytest.mark.parametrize(
    "fault", [Fault("", "t", 429), Fault("", "rate_limit_error", None), Fault("", "t", "rate_limit")]
)
def test_too_many_requests(fault: Fault) -> None:
    assert fault.is_rate_limit
    assert not Fault("", "api_error", 500).is_rate_limit


def test_token_counts() -> None:
    made = writer("gemini", NOTHING)
    own = {"promptTokenCount": 3, "promptTokensDetails": [{"tokenCount": 3}]}
    copy = made.counts(own)
    copy["promptTokensDetails"][0]["tokenCount"] = 4
    assert (own["promptTokensDetails"], copy["promptTokenCount"]) == ([{"tokenCount": 3}], 3)
    assert made.counts({"prompt_tokens": 3})["promptTokenCount"] == 3
    assert made.sums(Tokens(3, output=4)) == (3, 4, 7)
    assert made.sums(Tokens(3, total=9)) == (3, 0, 9)


REASONS: list[tuple[Any, str | None, bool, str]] = [
    ("stop", None, False, "stop"),
    ("stop", None, True, "tool_calls"),
    ("other", "abc", True, "tool_calls"),
    (None, None, True, "tool_calls"),
    ("stop", "stop", True, "stop"),
    ("length", "max_tokens", True, "length"),
    ("error", None, False, "stop"),
    (None, None, False, "stop"),
]


@pytest.mark.parametrize(("reason", "raw", "called", "word"), REASONS)
def test_reasons(reason: Any, raw: str | None, called: bool, word: str) -> None:
    made = writer("openai-chat", NOTHING)
    if called:
        made.start_call(begin(0))
    assert made.word(ChoiceEnd(0, reason, raw)) == word
    assert made.word(ChoiceEnd(1, "stop", None)) == "stop"
