"""What counts of a payload when the message is full: how it ends, and its token counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import DIALECTS, Completion, Limits, ProtocolError
from ssemble._copied import copied
from ssemble._dialects import reader
from ssemble._dialects.base import Reader

from ..vectors.full import CUT, FULL, LONG, NO_COUNTS

ODD: list[Any] = [
    5,
    None,
    [],
    {},
    {"type": "x"},
    {"type": [5]},
    {"choices": [5, {"index": 7, "text": ""}]},
    {"done": True},
]


def made(dialect: str) -> Reader:
    return reader(dialect, limits=Limits(), n=None, cumulative=False)


def read(dialect: str, payloads: list[Any]) -> Completion:
    """Merge payloads; from the one with the long text on, only what counts of them."""
    one, full = made(dialect), False
    for payload in payloads:
        full = full or LONG in json.dumps(payload)
        counts = one.end_of(copied(payload), "message") if full else copied(payload)
        if counts is not None:
            one.merge(counts, "message", [], 0)
    one.finish(False, [], True)
    return one.completion()


def test_every_dialect_has_a_case() -> None:
    assert sorted(FULL) == sorted(DIALECTS)


@pytest.mark.parametrize("dialect", FULL)
def test_only_the_end_counts(dialect: str) -> None:
    completion = read(dialect, FULL[dialect])
    assert (completion.text, completion.finish_reason) == ("Hi", "stop")
    assert completion.tokens.output == (None if dialect in NO_COUNTS else 2)
    assert LONG not in json.dumps(completion.to_dict())


@pytest.mark.parametrize("dialect", CUT)
def test_no_call_is_closed(dialect: str) -> None:
    assert not read(dialect, CUT[dialect]).tool_calls[-1].closed


@pytest.mark.parametrize("dialect", FULL)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_payloads(dialect: str, odd: Any) -> None:
    assert read(dialect, [FULL[dialect][0], {"x": LONG}, odd]).text in ("", "Hi")


@pytest.mark.parametrize("dialect", ["gemini", "openai-completions"])
def test_a_wrong_index_is_an_error(dialect: str) -> None:
    choices = "candidates" if dialect == "gemini" else "choices"
    with pytest.raises(ProtocolError, match="index"):
        made(dialect).end_of({choices: [{"index": [1], "text": ""}]}, "message")


def test_an_error_counts() -> None:
    throttled = {"throttlingException": {"message": "slow down"}}
    assert made("bedrock-converse").end_of(throttled, "message") == throttled


def test_a_line_that_is_not_the_last_does_not_count() -> None:
    assert made("ollama").end_of(FULL["ollama"][0], "message") is None
