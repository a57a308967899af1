"""Responses that were not streamed, in every dialect: one suite for all."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble

from .clients.official_wire import ANTHROPIC, CALL_ITEM, GEMINI, RESPONSES
from .helpers import assert_movable, cuts, replaced
from .servers.said import answered, value
from .trace import events_match_result, trace
from .vectors import bodies
from .vectors.chat import USAGE, VECTORS

SIGNED: dict[str, Any] = {"type": "thinking", "thinking": "Hm", "signature": "c2ln"}
SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web", "input": {"q": "tea"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"title": "Tea"}]}
REASONING = {"id": "r1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}], "encrypted_content": "x"}  # fmt: skip
SEARCHED = {"id": "w1", "type": "web_search_call", "status": "completed", "action": {"query": "tea"}}
CANDIDATE = GEMINI.message["candidates"][0]
TEXTS = [{"text": "Hm", "thought": True}, {"text": "a"}, {"text": "b"}, {"text": ""}]
PARTS = [*TEXTS, *CANDIDATE["content"]["parts"], {"functionCall": {"name": "ping", "args": {}}}]
CALLS = next(each for each in VECTORS if each.name == "parallel tool calls").expected()

# dialect -> what its provider returns without streaming
BODIES: dict[str, dict[str, Any]] = {
    "openai-chat": {**CALLS, "usage": USAGE},
    "anthropic": {
        **ANTHROPIC.message,
        "container": None,
        "content": [SIGNED, SEARCH, FOUND, *ANTHROPIC.message["content"], {**ANTHROPIC.message["content"][1], "input": {}}],
    },
    "openai-responses": {
        **RESPONSES.message,
        "error": None,
        "output": [REASONING, SEARCHED, *RESPONSES.message["output"], {**CALL_ITEM, "id": "i3", "call_id": "c3"}],
    },
    "gemini": {**GEMINI.message, "candidates": [{**CANDIDATE, "content": {"role": "model", "parts": PARTS}}]},
    **bodies.BODIES,
}  # fmt: skip
SMALL = 150  # characters that no whole message has room in
CHANGED = {dialect: list(replaced(body)) for dialect, body in BODIES.items()}
dialects = pytest.mark.parametrize("dialect", BODIES)


def encoded(dialect: str, **options: Any) -> bytes:
    return json.dumps(BODIES[dialect], **options).encode()


def calls_of(completion: ssemble.Completion) -> list[tuple[str, Any]]:
    return [(call.name, value(call.arguments)) for call in completion.tool_calls]


def test_every_large_dialect_is_tried() -> None:
    """A body of Ollama or of the older completions is one payload of its stream; three have none that says what it is."""
    others = ("ollama", "openai-completions", "openai-transcription", "vercel-ui", "ag-ui")
    assert sorted(BODIES) == sorted(set(ssemble.DIALECTS) - set(others))


@dialects
def test_the_message_is_the_body(dialect: str) -> None:
    body = BODIES[dialect]
    completion = ssemble.assemble(encoded(dialect))
    assert completion.to_dict() == body
    assert (completion.dialect, completion.complete, completion.finish_reason) == (dialect, True, "tool_calls")
    assert completion.usage == body.get("usage", body.get("usageMetadata"))
    assert [call.parse_arguments() for call in completion.tool_calls] == [args for _, args in calls_of(completion)]
    if dialect in bodies.BODIES:
        assert completion.text.startswith(bodies.TEXT)
        assert calls_of(completion) == [("weather", bodies.ARGUMENTS), ("ping", {})]
    elif dialect != "openai-chat":
        assert (completion.text, calls_of(completion)) == answered(dialect, body)
    if dialect != "openai-chat":
        assert completion.reasoning == "Hm"


@dialects
def test_the_events_tell_the_message(dialect: str) -> None:
    seen = trace([encoded(dialect)])
    assert (seen.error, seen.repairs) == (None, {})
    events_match_result(seen.events, seen.completion)
    kinds = [event.type for event in seen.events]
    assert (kinds[0], kinds[-1]) == ("message.start", "choice.end")
    assert kinds.count("tool_call.end") == len(seen.completion.tool_calls) > 0
    assert "raw" not in kinds
    signed = [event.signature for event in seen.events if isinstance(event, ssemble.ReasoningDelta) and event.signature]
    assert bool(signed) is (dialect not in ("openai-chat", "cohere", "mistral-conversations"))


@pytest.mark.parametrize("wire", [ANTHROPIC, RESPONSES, GEMINI], ids=lambda wire: wire.dialect)
def test_a_stream_and_its_response_come_to_the_same(wire: Any) -> None:
    streamed, whole = trace([wire.body]), trace([json.dumps(wire.message).encode()])
    assert streamed.result == whole.result == wire.message
    for name in ("id", "model", "created", "usage", "text", "finish_reason", "complete"):
        assert getattr(streamed.completion, name) == getattr(whole.completion, name)
    assert calls_of(streamed.completion) == calls_of(whole.completion)
    assert streamed.events[-1] == whole.events[-1]


def forms(dialect: str) -> dict[str, bytes]:
    """A body as servers and people write it."""
    one, many = encoded(dialect), encoded(dialect, indent=2, ensure_ascii=False)
    return {
        "over several lines": many,
        "with CRLF": many.replace(b"\n", b"\r\n"),
        "behind blank lines and a mark": b"\xef\xbb\xbf\r\n\n" + one + b"\n\n",
        "in an array": b"[" + one + b"]",
        "in an event": b"data: " + one + b"\n\n",
        "in an event with a name": b"event: message\r\ndata: " + one + b"\r\n\r\ndata: [DONE]\r\n\r\n",
    }


@dialects
def test_the_form_does_not_matter(dialect: str) -> None:
    whole = trace([encoded(dialect)])
    streamed = whole if dialect != "gemini" else trace([forms(dialect)["in an event"]])
    for name, body in forms(dialect).items():
        assert trace([body])[:3] == (streamed if name.startswith("in an") else whole)[:3], name
    assert trace([encoded(dialect)], dialect=dialect) == whole
    chat = ssemble.accumulator(dialect)
    before = copy.deepcopy(BODIES[dialect])
    assert [*chat.add(BODIES[dialect]), *chat.end()] == streamed.events
    assert BODIES[dialect] == before
    assert (chat.completion(), chat.completion().to_dict()) == (streamed.completion, streamed.result)


def test_the_only_chunk_of_a_gemini_stream_is_merged_like_others() -> None:
    """A body of Gemini has the shape of a chunk; in a stream, the texts of a chunk are joined: SPEC section 4, G4."""
    for form, body in forms("gemini").items():
        parts = ssemble.assemble(body).to_dict()["candidates"][0]["content"]["parts"]
        if form.startswith("in an"):
            assert parts[1]["text"].startswith("ab"), form
            assert {"text": ""} not in parts
        else:
            assert parts == PARTS


@dialects
def test_cuts_templates_and_copies_do_not_matter(dialect: str) -> None:
    for body in (encoded(dialect, indent=1), forms(dialect)["in an event"]):
        whole = trace([body])
        for fragments in itertools.chain(cuts(body), ([body[:at], body[at:]] for at in range(len(body)))):
            assert trace(fragments) == whole
        assert trace([body], templates=False) == trace([body], errors="event") == whole
        assert_movable(ssemble.MessageStream, body, step=29)


@dialects
def test_a_body_that_was_cut_is_never_a_message(dialect: str) -> None:
    body = encoded(dialect)
    for end in range(len(body)):
        seen = trace([body[:end]])
        assert str(seen.error).startswith("IncompleteStream")
        assert (seen.result, seen.completion.complete) == ({}, False)


@dialects
def test_limits(dialect: str) -> None:
    body = encoded(dialect)
    for limits in (
        ssemble.Limits(max_event_size=len(body) - 1),
        ssemble.Limits(max_message_size=SMALL),
        ssemble.Limits(max_tool_calls=1),
    ):
        whole = trace([body], limits=limits)
        assert str(whole.error).startswith("LimitExceeded")
        assert not whole.completion.complete
        assert all(trace(fragments, limits=limits) == whole for fragments in cuts(body))
    enough = ssemble.Limits(max_event_size=len(body), max_message_size=2 * len(body) + 2000, max_tool_calls=2)
    assert trace([body], limits=enough).result == BODIES[dialect]


@dialects
@given(data=st.data())
def test_hostile_bodies_raise_only_our_errors(dialect: str, data: st.DataObject) -> None:
    body = json.dumps(data.draw(st.sampled_from(CHANGED[dialect]))).encode()
    cut = data.draw(st.integers(0, len(body)))
    options: dict[str, Any] = {"errors": data.draw(st.sampled_from(["raise", "event"]))}
    if data.draw(st.booleans()):
        options["dialect"] = dialect
    whole = trace([body], **options)
    assert trace([body[:cut], body[cut:]], **options) == whole
    json.dumps(whole.result)
    if whole.error is None:
        assert whole.completion.complete
        events_match_result(whole.events, whole.completion)


@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic", "openai-responses", *bodies.BODIES])
def test_a_second_body_is_not_mixed_into_the_first(dialect: str) -> None:
    first, second = encoded(dialect), json.dumps({**BODIES[dialect], "id": "another"}).encode()
    seen = trace([first + b"\n" + second])
    assert seen.result == BODIES[dialect]
    assert seen.repairs or str(seen.error).startswith("ProtocolError")


@dialects
def test_an_error_body_is_an_error(dialect: str) -> None:
    """It is no message of the dialect, whatever else stands in it."""
    for error in ({"type": "busy", "message": "no"}, "no"):
        seen = trace([json.dumps({"error": error, "model": "m", "usage": {}}).encode()], dialect=dialect)
        assert str(seen.error).startswith("ProviderError: no")
        assert seen.result == {}
