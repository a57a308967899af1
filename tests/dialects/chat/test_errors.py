"""Errors that only chat chunks have: the chunk is merged, then the error comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ssemble
from ssemble._dialects.chat.errors import reported

CHUNK: dict[str, Any] = {"id": "a", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}


@pytest.mark.parametrize(
    ("chunk", "message", "code"),
    [
        ({"base_resp": {"status_code": 1004, "status_msg": "login"}}, "login", 1004),
        ({"choices": None, "base_resp": {"status_code": 2049}}, "2049", 2049),
        ({**CHUNK, "base_resp": {"status_code": 1027, "status_msg": "sensitive"}}, "sensitive", 1027),
        ({"choices": [{}, {"index": 0, "delta": {}, "error": {"code": 502, "message": "down"}}]}, "down", 502),
        ({"choices": [{"index": 0, "delta": {"content": "Hi"}, "error": "down"}]}, "down", None),
    ],
)
def test_a_chunk_that_is_an_error(chunk: dict[str, Any], message: str, code: int | None) -> None:
    error = reported(chunk)
    assert error is not None
    assert (error.message, error.code) == (message, code)
    for errors in ("raise", "event"):
        stream = ssemble.MessageStream(errors=errors)
        body = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in (CHUNK, chunk))
        events = stream.feed(body)
        hi = (
            "Hi" if any(entry and entry.get("delta", {}).get("content") for entry in chunk.get("choices") or ()) else ""
        )
        assert stream.completion().text == "Hi" + hi
        found = stream.error if errors == "raise" else events[-1].error  # type: ignore[union-attr]  # the last is the ErrorEvent
        assert isinstance(found, ssemble.ProviderError)
        assert (found.message, found.code) == (message, code)


@pytest.mark.parametrize(
    "chunk",
    [
        {}, {"base_resp": {"status_code": 0, "status_msg": "success"}}, {"base_resp": None}, {"base_resp": "x"},
        {"choices": [{"error": None}, {"error": {}}, None, 5, {"error": ""}]}, {"choices": {"error": "x"}},
    ],
)  # fmt: skip
def test_a_chunk_that_is_none(chunk: dict[str, Any]) -> None:
    assert reported(chunk) is None


def test_what_is_no_chunk_is_not_looked_at() -> None:
    stream = ssemble.MessageStream("openai-chat")
    assert stream.feed(b"data: 5\n\n") == [ssemble.RawEvent("message", 5)]
