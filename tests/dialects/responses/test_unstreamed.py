"""OpenAI responses that were not streamed."""

from __future__ import annotations

import json

import pytest

from ssemble import IncompleteStream, MessageStream, ProviderError

from .responses import CREATED, REASONING, completed, message, read, response


@pytest.mark.parametrize("missing", ["object", "output", "status"])
def test_no_response_is_recognised_without_all_that_every_response_has(missing: str) -> None:
    whole = response("completed", [message("Hi")])
    del whole[missing]
    stream = MessageStream()
    stream.feed(b"data: " + json.dumps(whole).encode() + b"\n\n")
    stream.end()
    assert stream.dialect is None
    assert not stream.complete


@pytest.mark.parametrize(
    ("status", "finish"),
    [("completed", "stop"), ("incomplete", "length"), ("cancelled", "error"), ("queued", None), ("expired", None)],
)
def test_a_response_that_was_not_streamed_ends_as_its_status_says(status: str, finish: str | None) -> None:
    whole = response(status, [message("Hi")])
    events, completion, stream = read([whole])
    assert (completion.to_dict(), completion.text, completion.finish_reason) == (whole, "Hi", finish)
    assert completion.complete is stream.ended is (finish is not None)
    assert isinstance(stream.error, IncompleteStream) is (finish is None)
    assert [event.part for event in events if event.type == "text.delta"] == [0]


@pytest.mark.parametrize("status", ["failed", "completed", "expired"])
def test_a_failed_response_that_was_not_streamed(status: str) -> None:
    whole = response(status, [message("Hi")], error={"code": "busy", "message": "no"})
    events, completion, stream = read([whole])
    assert (completion.to_dict(), completion.text) == (whole, "Hi")
    assert isinstance(stream.error, ProviderError)
    assert (stream.error.code, stream.error.message, events[-1].type) == ("busy", "no", "choice.end")


def test_an_item_that_came_only_at_the_end_has_its_signature() -> None:
    item = {**REASONING, "encrypted_content": "E1"}
    for events in ([response("completed", [item])], [CREATED, completed(item)]):
        signed = [event for event in read(events)[0] if event.type == "reasoning.delta"]
        assert [(event.text, event.signature) for event in signed] == [("Hm", None), ("", "E1")]
