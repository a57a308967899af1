"""The sample streams of ``ssemble demo``, one for each dialect."""

from __future__ import annotations

import json

import pytest

import ssemble
from ssemble._cli.samples import CALLS, REASONING, SECOND, TEXT, USAGE, body
from ssemble._cli.summary import REPAIRS
from ssemble._dialects import WRITERS

TEXT_ONLY = ("openai-completions", "openai-transcription")
NO_COUNTS = ("ag-ui", "vercel-ui")
NO_REPAIRS = ("bedrock-converse", "ollama")  # a message that is damaged, or a line that is not JSON, is an error
FRAMING = {"bedrock-converse": "aws", "ollama": "json-lines"}


def read(dialect: str) -> ssemble.MessageStream:
    stream = ssemble.MessageStream()
    for _ in stream.events(body(dialect)):
        pass
    return stream


@pytest.mark.parametrize("dialect", ssemble.DIALECTS)
def test_every_dialect_sends_the_same_message(dialect: str) -> None:
    stream = read(dialect)
    completion = stream.close()
    assert (stream.dialect, stream.framing) == (dialect, FRAMING.get(dialect, "sse"))
    assert completion.text == TEXT
    calls = [(call.name, call.parse_arguments()) for call in completion.tool_calls]
    if dialect in TEXT_ONLY:
        assert (completion.reasoning, calls, completion.finish_reason) == ("", [], "stop")
    else:
        assert (completion.reasoning, calls) == (REASONING, list(CALLS))
        assert completion.finish_reason == "tool_calls"
    assert completion.tokens.output == (None if dialect in NO_COUNTS else USAGE["completion_tokens"])


@pytest.mark.parametrize("dialect", ssemble.DIALECTS)
def test_two_defects_are_repaired(dialect: str) -> None:
    repairs = read(dialect).repairs
    assert len(repairs) == (0 if dialect in NO_REPAIRS else 2)
    assert repairs.keys() <= REPAIRS.keys()
    assert ("reused_index" in repairs) == (dialect == "openai-chat")


@pytest.mark.parametrize("to", WRITERS)
@pytest.mark.parametrize("dialect", ssemble.DIALECTS)
def test_each_is_written_as_each(dialect: str, to: str) -> None:
    written = ssemble.assemble(ssemble.transcode(body(dialect), to=to))
    sent = read(dialect).completion()
    assert (written.dialect, written.text, written.reasoning) == (to, sent.text, sent.reasoning)
    assert [call.parse_arguments() for call in written.tool_calls] == [
        call.parse_arguments() for call in sent.tool_calls
    ]


@pytest.mark.parametrize("dialect", ssemble.DIALECTS)
def test_text_arrives_in_pieces_that_are_not_ascii(dialect: str) -> None:
    pieces = [event.text for event in ssemble.iter_events(body(dialect)) if event.type == "text.delta"]
    assert len(pieces) > 20
    escaped = json.dumps("東京").encode() in body(dialect)
    assert escaped == (dialect in WRITERS and dialect != "openai-chat"), "writers write ASCII"


def test_choices_of_chat_completions_are_interleaved() -> None:
    seen = [chunk["choices"][0]["index"] for chunk in ssemble.iter_chunks(body("openai-chat")) if chunk["choices"]]
    assert seen[:6] == [0, 1, 0, 1, 0, 1]
    first, second = read("openai-chat").completion().choices
    assert (first.finish_reason, second.finish_reason) == ("tool_calls", "stop")
    assert second.message.text == SECOND
    assert read("openai-chat").completion().usage == USAGE
