"""Recorded streams: what they come to, however they are cut, and against the unstreamed answers of their servers.

The recordings of this repository are read always, the shared ones where ``SSEMBLE_CORPUS`` is set.
"""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

import ssemble
from ssemble._payloads import learned
from tests.recordings import SMALL, STREAMS, Recording, by_events, committed, cuttings, of_providers, of_servers
from tests.servers.differences import chunks_of, explain
from tests.servers.said import (
    TERMINATORS,
    answered,
    ended,
    is_json,
    readable,
    refusals,
    reported,
    terminated,
    unescaped_error,
    value,
)
from tests.trace import Trace, events_match_result, trace, trace_moving

COMMITTED = committed()
SERVERS = [*COMMITTED, *of_servers()]
PROVIDERS = of_providers()
NO_CORPUS = "SSEMBLE_CORPUS names no folder of shared cases and recordings"
CHAT = [each for each in SERVERS if each.dialect == "openai-chat"]
OTHERS = [each for each in SERVERS if each.dialect in TERMINATORS]
# Without streaming, Bedrock's frames are what is in them.
READ = [*CHAT, *OTHERS, *[each for each in SERVERS if each.dialect == "bedrock-invoke"]]
FOREIGN = [each for each in SERVERS if each.dialect not in ssemble.DIALECTS]

# Bodies of providers whose calls end in arguments that are not JSON: cut by a length limit, or written so by the model.
BAD_ARGUMENTS = {
    "openai-chat/0xplaygrounds-rig__024.sse": "cut at finish_reason length",
    "openai-chat/maruel-genai__233.sse": "the model leaked its own markup into the arguments",
    "openai-chat/maruel-genai__234.sse": "the model leaked its own markup into the arguments",
}

# A provider that numbers its only part 1, but lists it first in the finished item: the text is told twice.
TOLD_TWICE = {"openai-responses/crmne-ruby_llm__018.sse"}

# Servers of other dialects that answer otherwise when they stream.
ANSWERED_OTHERWISE = {
    "anthropic/litellm__tiny-hello.sse": "the model chose its tokens at random",
    "gemini/litellm__tiny-hello.sse": "the model chose its tokens at random",
    "openai-responses/transformers-serve__tools.sse": "the streamed text lacks the half character at its end",
    "openai-completions/transformers-serve__plain.sse": "the streamed text lacks the half character at its end",
    "openai-responses/transformers-taught__think.sse": "only the unstreamed text is stripped",
    "openai-responses/vllm__think-call.sse": "only the stream has an item for the blank text before the call",
    "anthropic/vllm__bad-call.sse": "a call with bad arguments is text in the unstreamed answer",
    "anthropic/vllm-nothink__bad-call.sse": "a call with bad arguments is text in the unstreamed answer",
    "openai-responses/vllm__bad-call.sse": "a call with bad arguments is text in the unstreamed answer",
}


def each(
    recordings: Iterable[Recording], condition: Callable[[Recording], object] = bool, *, committed: bool = True
) -> pytest.MarkDecorator:
    """Run a test with each recording of which the condition holds; one of them is committed."""
    chosen = [each for each in recordings if condition(each)]
    if not (chosen or committed or PROVIDERS):
        return pytest.mark.skip(reason=NO_CORPUS)
    assert not committed or any(each.kind == "committed" for each in chosen)
    return pytest.mark.parametrize("recording", chosen, ids=lambda recording: recording.name)


def words(recording: Recording) -> str | None:
    return reported(recording.row["http_status"], recording.body)


def said(seen: Trace) -> tuple[str, list[tuple[str, Any]]]:
    """The text and the calls, in the form of `answered`."""
    message = seen.completion.choices[0].message
    return message.text, [(call.name, value(call.arguments)) for call in message.tool_calls]


def failed(seen: Trace) -> str:
    """The class of the error."""
    return (seen.error or "nothing").partition(":")[0]


def in_pieces(recording: Recording) -> Iterator[list[bytes]]:
    """In four pieces, cut at places that are the same each time; and by its events, if there are few."""
    body = recording.body
    places = sorted(random.Random(recording.row["file"]).choices(range(len(body) + 1), k=3))
    yield [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]
    if len(body) <= SMALL:
        yield by_events(body)


def by_pickle(stream: ssemble.MessageStream) -> ssemble.MessageStream:
    moved: ssemble.MessageStream = pickle.loads(pickle.dumps(stream))
    return moved


@each(COMMITTED)
def test_what_the_body_says_comes_out(recording: Recording) -> None:
    expected = recording.row["expected"]
    seen = trace([recording.body])
    assert (seen.completion.complete, failed(seen)) == (expected["complete"], expected["error"] or "nothing")
    assert expected.get("says", "") in (seen.error or "")
    choices: list[dict[str, Any]] = []
    for choice in seen.completion.choices:
        calls = [[call.name, call.arguments] for call in choice.message.tool_calls]
        told = {"text": choice.message.text, "reasoning": choice.message.reasoning, "calls": calls}
        choices.append({key: value for key, value in told.items() if value} | {"finish_reason": choice.finish_reason})
        for call in choice.message.tool_calls:
            assert call.complete == is_json(call.arguments)
    assert choices == expected["choices"]


@each([*SERVERS, *PROVIDERS])
def test_neither_cuts_nor_templates_nor_pickles_change_what_comes_out(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, whole = recording.body, trace([recording.body], templates=False)
    for fragments in ([body], *cuttings(recording)):
        assert trace(fragments) == whole
    for pieces in in_pieces(recording):
        assert trace_moving(pieces, by_pickle) == whole
    if recording.row["file"] not in TOLD_TWICE:
        events_match_result(whole.events, whole.completion)
    monkeypatch.setattr(learned, "LEARN_AFTER", 1)  # these streams are short
    for fragments in ([body], by_events(body)):
        assert trace(fragments) == whole


@each(CHAT, lambda recording: trace([recording.body]).error)
def test_a_fault_handed_out_as_an_event_leaves_no_whole_message(recording: Recording) -> None:
    assert not trace([recording.body], errors="event").completion.complete


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
@each(COMMITTED)
def test_other_line_ends_change_nothing(recording: Recording, line_end: bytes) -> None:
    seen = trace([recording.body.replace(b"\n", line_end)])
    whole = trace([recording.body])
    assert (seen.events, seen.result, failed(seen)) == (whole.events, whole.result, failed(whole))


def comparable(recording: Recording) -> bool:
    """Streamed and unstreamed the server answered, and ended what it began."""
    row = recording.row
    if row["http_status"] != 200 or row["transport_error"] or row["twin_status"] != 200:
        return False
    return words(recording) is None and ended(recording.body)


@each(CHAT, comparable)
def test_a_whole_stream_is_the_unstreamed_answer_or_the_difference_is_the_servers_own(recording: Recording) -> None:
    seen = trace([recording.body])
    assert seen.error is None
    assert seen.completion.complete
    row = recording.row
    _, unexplained = explain(
        row["server"], row["request"], chunks_of(recording.body), seen.result, json.loads(recording.twin)
    )
    assert unexplained == []


@each(CHAT)
def test_a_body_is_whole_only_if_its_server_ended_it(recording: Recording) -> None:
    seen = trace([recording.body])
    if not ended(recording.body) or words(recording) is not None:
        assert seen.error is not None
        assert not seen.completion.complete
    elif readable(recording.body):
        assert seen.error is None
        assert seen.completion.complete
    else:
        assert seen.error is not None or seen.repairs


@each(CHAT, lambda recording: recording.row["transport_error"] and not ended(recording.body))
def test_a_connection_that_broke_is_never_a_whole_message(recording: Recording) -> None:
    seen = trace([recording.body])
    assert not seen.completion.complete
    assert failed(seen) == "IncompleteStream" or (seen.error and words(recording))


def told_in_json(recording: Recording) -> bool:
    chunks = chunks_of(recording.body)
    return words(recording) is not None and bool(chunks) and "detail" not in chunks[0]


@each(CHAT, told_in_json)
def test_an_error_of_the_server_is_told_in_its_words(recording: Recording) -> None:
    assert str(trace([recording.body]).error).startswith(f"ProviderError: {words(recording)}")


@each(CHAT, lambda recording: words(recording) and not chunks_of(recording.body))
def test_a_page_of_text_is_an_error_in_the_servers_words(recording: Recording) -> None:
    seen = trace([recording.body])
    assert failed(seen) not in ("nothing", "IncompleteStream")
    assert str(words(recording)) in str(seen.error)


@each(CHAT, lambda recording: unescaped_error(recording.body))
def test_an_error_event_that_is_not_json_is_told_whole(recording: Recording) -> None:
    seen = trace([recording.body])
    assert failed(seen) == "ProviderError"
    for line in unescaped_error(recording.body):
        assert line in str(seen.error)


@each(READ, lambda recording: recording.row["twin_status"] == 200 and is_json(recording.twin.decode()))
def test_an_unstreamed_answer_comes_back_as_it_was(recording: Recording) -> None:
    seen, answer = trace([recording.twin]), json.loads(recording.twin)
    assert seen.result == answer
    assert seen.repairs == {}
    assert seen.completion.complete
    assert failed(seen) == ("ProviderError" if answer.get("status") == "failed" else "nothing")
    if recording.dialect in TERMINATORS:
        assert said(seen) == answered(recording.dialect, answer)
    events_match_result(seen.events, seen.completion)


@each(OTHERS)
def test_a_body_of_another_dialect_is_whole_only_if_its_server_ended_it(recording: Recording) -> None:
    seen = trace([recording.body])
    assert (seen.error is None) is (terminated(recording.dialect, recording.body) and words(recording) is None)
    assert seen.completion.complete or seen.error is not None


@each(OTHERS, lambda recording: recording.row["twin_status"] == 200)
def test_a_stream_of_another_dialect_says_what_the_unstreamed_answer_says(recording: Recording) -> None:
    seen = trace([recording.body])
    if seen.error is None:
        same = said(seen) == answered(recording.dialect, json.loads(recording.twin))
        assert same is (recording.row["file"] not in ANSWERED_OTHERWISE)


@each(FOREIGN, committed=False)
def test_a_stream_of_a_dialect_that_is_not_read_is_never_a_success(recording: Recording) -> None:
    assert recording in READ, "its unstreamed answer has no test"
    seen = trace([recording.body])
    assert seen.result == {} or not seen.completion.complete
    assert failed(seen) in refusals(recording.row["http_status"], recording.body)


@pytest.mark.skipif(not PROVIDERS, reason=NO_CORPUS)
def test_the_streams_of_providers_are_whole_but_for_their_errors() -> None:
    recordings = [each for each in PROVIDERS if each.dialect == "openai-chat"]
    assert len(recordings) >= 757
    bad_arguments = set()
    for recording in recordings:
        seen = trace([recording.body])
        assert seen.error is None or recording.row["has_error"] or failed(seen) == "ProviderError", recording.name
        calls = [call for choice in seen.completion.choices for call in choice.message.tool_calls]
        if not all(call.complete for call in calls):
            bad_arguments.add(recording.row["file"])
    assert bad_arguments == set(BAD_ARGUMENTS)


def test_the_index_names_each_file_of_the_folder() -> None:
    named = {name for each in COMMITTED for name in (each.row["file"], each.row["twin"]) if name}
    about = {"README.md", "index.json", ".gitattributes"}
    there = {file.relative_to(STREAMS).as_posix() for file in STREAMS.rglob("*") if file.is_file()}
    assert there == named | about


def test_each_recording_shows_what_no_other_does() -> None:
    shown = [(each.row["server"].partition("-")[0], each.row["shows"]) for each in COMMITTED]
    assert len(set(shown)) == len(shown)
    assert {server for server, _ in shown} == {"llamacpp", "vllm", "transformers"}
