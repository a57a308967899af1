"""Chunks and messages do not depend on the cuts, and nothing but the one tree escapes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import ssemble
from ssemble._dialects.chat.reader import ChatReader
from tests.strategies import cut_sse_bytes, cuttings, json_values
from tests.trace import chunk_trace, events_match_result, trace

KEYS = (
    "id object created model choices usage error index delta message finish_reason logprobs content role refusal "
    "reasoning reasoning_content reasoning_details thinking_blocks tool_calls function_call function custom name "
    "arguments input type text audio data images signature x_groq base_resp total_tokens"
).split()

shapes = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from(["", "a", "stop", "text", "{}", "{", "}", "\ud83d", "\ude00", "0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@st.composite
def hostile_chunks(draw: st.DrawFn) -> dict[str, Any]:
    """A chunk whose every place may hold anything."""
    call = st.dictionaries(st.sampled_from(["index", "id", "type", "function", "custom", "extra"]), shapes, max_size=4)
    delta = st.dictionaries(st.sampled_from(KEYS), shapes, max_size=4)
    choice = {"index": draw(st.integers(0, 2) | shapes), "delta": draw(delta | shapes), "finish_reason": draw(shapes)}
    if draw(st.booleans()) and isinstance(choice["delta"], dict):
        choice["delta"]["tool_calls"] = draw(st.lists(call, max_size=3))
    if draw(st.booleans()):
        choice["message"] = draw(delta)
    chunk = draw(st.dictionaries(st.sampled_from(KEYS), shapes, max_size=3))
    chunk["choices"] = draw(st.just([choice]) | st.lists(shapes, max_size=2))
    return chunk


@st.composite
def chat_bytes(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A body of hostile chunks among other noise, whole and cut."""
    frame = hostile_chunks().map(lambda chunk: b"data: " + json.dumps(chunk).encode() + b"\n\n")
    noise = st.sampled_from(
        [
            b"data: [DONE]\n\n",
            b": ping\n\n",
            b"data: {\n\n",
            b"event: error\n",
            b"error: x\n",
            b"{}\n",
            b"data: null\n\n",
            b"{\n",
            b"<p>\n",
        ]
    )
    body = b"".join(draw(st.lists(frame | frame | noise, max_size=6)))
    body = body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 3)) == 0 else body
    return body, draw(cuttings(body))


@given(cut_sse_bytes(), st.sampled_from(["raise", "event"]))
def test_payloads_and_errors_do_not_depend_on_the_cuts(body: tuple[bytes, list[bytes]], errors: Any) -> None:
    whole, fragments = body
    expected = chunk_trace([whole], errors)
    assert chunk_trace(fragments, errors) == expected
    assert chunk_trace([whole[i : i + 1] for i in range(len(whole))], errors) == expected


@given(chat_bytes(), st.sampled_from(["raise", "event"]))
def test_messages_and_errors_do_not_depend_on_the_cuts(body: tuple[bytes, list[bytes]], errors: Any) -> None:
    whole, fragments = body
    expected = trace([whole], errors=errors)
    assert trace(fragments, errors=errors) == expected
    assert trace([whole[i : i + 1] for i in range(len(whole))], errors=errors) == expected
    json.dumps(expected.result)


@given(chat_bytes())
def test_the_events_add_up_to_the_message(body: tuple[bytes, list[bytes]]) -> None:
    expected = trace([body[0]], errors="event")
    events_match_result(expected.events, expected.completion)
    calls = (call for choice in expected.completion.choices for call in choice.message.tool_calls)
    assert all(call.to_dict() for call in calls)


@given(st.lists(hostile_chunks(), max_size=4))
def test_what_is_handed_in_is_neither_changed_nor_kept(chunks: list[dict[str, Any]]) -> None:
    before = json.dumps(chunks)
    kept, lent = ChatReader(), ChatReader()
    for chunk in chunks:
        for accumulator, own in ((kept, chunk), (lent, json.loads(json.dumps(chunk)))):
            try:
                accumulator.add(own)
            except ssemble.SsembleError:
                return
            if accumulator is lent:
                spoil(own)
    assert json.dumps(chunks) == before
    expected = json.dumps(kept.result())
    assert json.dumps(lent.result()) == expected
    spoil(kept.result())
    spoil(kept.completion().to_dict())
    assert json.dumps(kept.result()) == expected


def spoil(value: Any) -> None:
    """Change everything that can be changed, deepest first."""
    for item in list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        spoil(item)
    if isinstance(value, (dict, list)):
        value.clear()


@given(json_values)
def test_any_json_is_given_as_it_is(value: Any) -> None:
    if value is None or isinstance(value, (list, dict)):
        value = {"n": value}
    chunks = list(ssemble.iter_chunks(ssemble.ServerSentEvent(json.dumps(value)).encode()))
    assert chunks == [value] or value == "[DONE]"
