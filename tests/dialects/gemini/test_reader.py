"""Gemini generateContent."""

from __future__ import annotations

import copy
import gc
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssemble
from ssemble import Limits, MessageStream
from ssemble._dialects.gemini.reader import GeminiReader

from ..suite import Json, read
from .gemini_call_cases import CALL_CASES
from .gemini_cases import FIELD_CASES, Case, arg, call, frames, of

CASES = {**FIELD_CASES, **CALL_CASES}


def told(events: list[Any]) -> list[Any]:
    """The events in short form; deltas that follow each other are joined."""
    out: list[Any] = []
    for event in events:
        row: list[Any]
        if isinstance(event, ssemble.TextDelta):
            row = ["text", event.choice, event.part, event.text]
        elif isinstance(event, ssemble.ReasoningDelta):
            row = ["thought", event.choice, event.part, event.text]
            row = row if event.signature is None else ["signature", event.part, event.signature]
        elif isinstance(event, ssemble.ToolCallStart):
            row = ["call", event.index, event.id, event.name]
        elif isinstance(event, ssemble.ToolCallDelta):
            row = ["args", event.index, event.arguments]
        elif isinstance(event, ssemble.ToolCallEnd):
            row = ["end", event.index, event.tool_call.arguments]
        elif isinstance(event, ssemble.ChoiceEnd):
            row = ["finish", event.choice, event.finish_reason, event.raw_finish_reason]
        elif isinstance(event, ssemble.UsageUpdate):
            row = ["usage", event.usage]
        else:
            row = [event.type]
        if out and row[0] in ("text", "thought", "args") and out[-1][:-1] == row[:-1]:
            out[-1][-1] += row[-1]
        else:
            out.append(row)
    return out


def body(case: Case) -> list[bytes]:
    return [b"data: [DONE]\n\n" if payload == "[DONE]" else frames([payload])[0] for payload in case.payloads]


@pytest.mark.parametrize("name", CASES)
def test_rules(name: str) -> None:
    case = CASES[name]
    seen = read(body(case), dialect="gemini")
    expected = dict(case.rest) if case.candidates is None else {"candidates": case.candidates, **case.rest}
    assert seen.completion.to_dict() == expected
    assert told(seen.events)[1:] == case.events
    assert seen.events[0] == ssemble.MessageStart(case.rest.get("responseId"), case.rest.get("modelVersion"))
    assert seen.completion.complete == case.complete
    assert (type(seen.error).__name__ if seen.error else "") == case.error
    if not case.error and "payloads of others" not in name:
        assert not seen.repairs


@pytest.mark.parametrize("name", CASES)
def test_cuts_templates_and_pickles_do_not_matter(name: str) -> None:
    data = b"".join(body(CASES[name]))
    whole = read([data]).same()
    for cut in range(1, len(data)):
        assert read([data[:cut], data[cut:]]).same() == whole
    for options in ({}, {"templates": False}, {"pickled": True}):
        assert read(body(CASES[name]), **options).same() == whole
        assert read([data[at : at + 7] for at in range(0, len(data), 7)], **options).same() == whole


@pytest.mark.parametrize("name", CASES)
def test_the_results_say_what_the_object_says(name: str) -> None:
    completion = read(body(CASES[name]), dialect="gemini").completion
    for choice, entry in zip(completion.choices, completion.to_dict().get("candidates", ()), strict=True):
        parts = entry.get("content", {}).get("parts", [])
        assert choice.to_dict() == entry
        assert choice.message.to_dict() == entry.get("content", {})
        assert choice.message.role == "assistant"
        assert choice.message.text == "".join(p["text"] for p in parts if "text" in p and not p.get("thought"))
        assert choice.message.reasoning == "".join(p["text"] for p in parts if p.get("thought"))
        calls = [part["functionCall"] for part in parts if part.get("functionCall")]
        assert [(c.id, c.name) for c in choice.message.tool_calls] == [(c.get("id"), c["name"]) for c in calls]
        for found, expected in zip(choice.message.tool_calls, calls, strict=True):
            assert not found.closed or found.parse_arguments() == expected["args"]
            assert found.complete == found.closed
    assert pickle.loads(pickle.dumps(completion)).to_dict() == completion.to_dict()


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from nodes(item, (*path, key))


JUNK: list[Any] = [None, True, 0, -1, 10**30, 1.5, "", "x", [], {}, [1], [None], {"a": 1}, [{}], [["s"]], "\ud83d"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(CASES)), st.data())
def test_wrong_types(name: str, data: st.DataObject) -> None:
    payloads: list[Any] = copy.deepcopy(CASES[name].payloads)
    for _ in range(data.draw(st.integers(1, 2))):
        places = list(nodes(payloads))
        *path, last = data.draw(st.sampled_from(places))
        owner: Any = payloads
        for step in path:
            owner = owner[step]
        owner[last] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    fragments = frames(payloads)
    joined = b"".join(fragments)
    cut = data.draw(st.integers(0, len(joined)))
    for errors in ("raise", "event"):
        whole = read([joined], dialect="gemini", errors=errors).same()
        assert read([joined[:cut], joined[cut:]], dialect="gemini", errors=errors).same() == whole
        assert read(fragments, dialect="gemini", errors=errors, templates=False).same() == whole
        json.dumps(whole[2])


texts = st.text(max_size=6) | st.sampled_from(['"', "\\", "é", "\n", "\ud83d"])
words = st.sampled_from(["a", "b", "c d", "e'", 'f"', "\\"])


@st.composite
def long_streams(draw: st.DrawFn) -> list[Json]:
    """Chunks as they come: mostly one text, with counts that grow."""
    out: list[Json] = []
    usage: Json = {}
    for _ in range(draw(st.integers(8, 24))):
        part: Json = {"text": draw(texts)}
        if draw(st.integers(0, 4)) == 0:
            part["thought"] = True
        payload = of(part, responseId="r", modelVersion="m")
        payload["candidates"][0]["index"] = 0
        change = draw(st.integers(0, 9))
        if change < 8:
            usage = {**usage, "candidatesTokenCount": usage.get("candidatesTokenCount", 0) + draw(st.integers(0, 3))}
            payload["usageMetadata"] = {"promptTokenCount": 7, "details": [{"n": 1}], **usage}
        elif change == 8:
            payload["usageMetadata"] = {"other": 300, "nested": {"a": [1]}}
        out.append(payload if draw(st.integers(0, 9)) else {"usageMetadata": {"promptTokenCount": 9}})
    return [*out, of(end="STOP")]


@settings(max_examples=150, deadline=None)
@given(long_streams(), st.integers(1, 4000), st.booleans())
def test_templates_change_nothing(payloads: list[Json], limit: int, wrapped: bool) -> None:
    fragments = frames([{"response": payload} for payload in payloads] if wrapped else payloads)
    for limits in (Limits(), Limits(max_message_size=limit)):
        plain = read(fragments, templates=False, limits=limits).same()
        assert read(fragments, limits=limits).same() == plain
        assert read([b"".join(fragments)], limits=limits).same() == plain
        assert read(fragments, pickled=True, limits=limits).same() == plain


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("thought", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("usage_first", [False, True])
def test_text_has_a_template(counted: bool, thought: bool, wrapped: bool, usage_first: bool) -> None:
    payloads = []
    for number in range(1, 40):
        payload = of({"text": f"word {number}", **({"thought": True} if thought else {})})
        if counted:
            usage = {"usageMetadata": {"promptTokenCount": 5, "n": number, "details": [{"n": 5}], "more": {"a": {}}}}
            payload = {**usage, **payload} if usage_first else {**payload, **usage}
        payloads.append({"response": payload} if wrapped else payload)
    stream = MessageStream()
    events = [event for fragment in frames(payloads) for event in stream.feed(fragment)]
    templates = stream._payloads._templates
    assert [template.used for template in templates.known] == [True]
    assert [repr(event) for event in events] == [
        repr(event) for event in read(frames(payloads), templates=False).events
    ]
    updates = [event.usage for event in events if isinstance(event, ssemble.UsageUpdate)]
    for update in updates:
        update["details"][0]["n"] = update["more"]["a"]["x"] = "changed by the caller"
    assert "changed" not in repr(stream.completion().usage)


def test_the_same_call_again() -> None:
    first = {**call("f", args={"a": 1, "b": 2}, id="c"), "thoughtSignature": "S"}
    seen = read(frames([of(first), of({**call("f", args={"a": 1, "b": 2}, id="c"), "new": 1}, end="STOP")]))
    assert seen.repairs == {"duplicate_call_id": 1}
    assert seen.completion.to_dict()["candidates"][0]["content"]["parts"] == [{**first, "new": 1}]
    assert [row[0] for row in told(seen.events)] == [
        "message.start",
        "signature",
        "call",
        "args",
        "end",
        "raw",
        "finish",
    ]
    other = read(frames([of(first), of(call("f", args={"a": 3}, id="c")), of(call("f", args={}, id="c"), end="STOP")]))
    assert other.completion.tool_calls[0].parse_arguments() == {"a": 3}
    assert other.completion.to_dict()["candidates"][0]["content"]["parts"][0]["functionCall"]["args"] == {"a": 3}


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("STOP", "stop"),
        ("RECITATION", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("TOO_MANY_TOOL_CALLS", "error"),
        ("LANGUAGE", "other"),
        (7, "content_filter"),
        (9, "other"),
        (99, "other"),
    ],
)
def test_finish_reasons(reason: Any, word: str) -> None:
    seen = read(frames([of({"text": "A"}, end=reason)]))
    assert (seen.completion.finish_reason, seen.completion.choices[0].raw_finish_reason) == (word, str(reason))
    assert seen.completion.complete


@pytest.mark.parametrize(
    "payload", [{"candidates": 1}, {"candidates": [1]}, {"usageMetadata": 1}, of(1), of(call("f", args=1, more=True))]
)
@pytest.mark.parametrize("index", [None, -1, "0", True])
def test_shapes_that_cannot_be_merged(payload: Json, index: Any) -> None:
    if index is not None:
        payload = {"candidates": [{"index": index}]}
    seen = read(frames([of({"text": "A"}), payload]), dialect="gemini")
    assert isinstance(seen.error, ssemble.ProtocolError)
    assert seen.completion.text == "A"


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(max_choices=1), "max_choices"),
        (Limits(max_tool_calls=1), "max_tool_calls"),
        (Limits(max_message_size=500), "max_message_size"),
    ],
)
def test_limits(limits: Limits, what: str) -> None:
    payloads = [of(call("f")), of(call("g")), {"candidates": [{"index": 5}]}, of({"text": "x" * 500})]
    error = read(frames(payloads), limits=limits).error
    assert isinstance(error, ssemble.LimitExceeded)
    assert error.what == what


@pytest.mark.parametrize("key", ["usageMetadata", "promptFeedback"])
def test_growing_objects_are_limited(key: str) -> None:
    payloads = [{key: {f"k{number}": 1}} for number in range(300)]
    assert isinstance(read(frames(payloads)).error, ssemble.ProtocolError)


def test_repeating_large_counts_is_charged() -> None:
    large = {"usageMetadata": {"list": list(range(1000))}}
    small = [{"usageMetadata": {"n": number}} for number in range(1, 200)]
    error = read(frames([large, *small]), limits=Limits(max_message_size=200_000)).error
    assert isinstance(error, ssemble.LimitExceeded)


def test_nothing_is_shared_with_the_caller() -> None:
    stream = MessageStream()
    payloads = [
        of({"inlineData": {"data": ["A"]}}),
        of(call("f", args={"a": [1]}), usageMetadata={"x": [1]}),
        {"candidates": [{"groundingMetadata": {"g": [1]}, "citationMetadata": {"citations": [{"u": [1]}]}}]},
    ]
    events = [event for fragment in frames(payloads) for event in stream.feed(fragment)]
    before = json.dumps(stream.completion().to_dict())
    gone = stream.completion().to_dict()
    for value in (gone, *[event.data for event in events if isinstance(event, ssemble.RawEvent)]):
        for path in list(nodes(value)):
            owner: Any = value
            for step in path[:-1]:
                owner = owner[step]
            if isinstance(owner, list):
                owner[path[-1]] = None if not isinstance(owner[path[-1]], (dict, list)) else owner[path[-1]]
    for event in events:
        if isinstance(event, ssemble.UsageUpdate):
            event.usage["x"].append(2)
    assert json.dumps(stream.completion().to_dict()) == before


def test_live_views() -> None:
    stream = MessageStream()
    partial = stream.partial_json()
    fragments = frames(
        [of({"text": '{"a": [1, '}), of(call("f", arg("$.q", "te", more=True), more=True)), of({"text": "2]}"})]
    )
    with pytest.raises(LookupError):
        stream.tool_call()
    stream.feed(fragments[0])
    with pytest.raises(LookupError, match="ToolCallStart"):
        stream.tool_call()
    stream.feed(fragments[1])
    live = stream.tool_call()
    assert (live.name, live.arguments, live.partial_arguments.value) == ("f", '{"q":"te', {"q": "te"})
    stream.feed(fragments[2])
    assert partial.value == {"a": [1, 2]}
    late = MessageStream("gemini")
    late.feed(fragments[0])
    assert late.partial_json().value == {"a": [1]}


def test_n_is_one() -> None:
    seen = read(
        frames([{"candidates": [{"index": 3, "content": {"parts": [{"text": "A"}]}, "finishReason": "STOP"}]}]), n=1
    )
    assert [choice.index for choice in seen.completion.choices] == [0]
    assert seen.completion.to_dict()["candidates"][0]["index"] == 3


def test_accumulator() -> None:
    gemini = ssemble.accumulator("gemini")
    payload = of({"text": "A"}, {"inlineData": {"data": "x"}}, end="STOP")
    given_away = copy.deepcopy(payload)
    assert [event.type for event in gemini.add(payload)] == ["message.start", "text.delta"]
    assert payload == given_away
    assert [event.type for event in gemini.end()] == ["choice.end"]
    assert gemini.completion().complete
    assert gemini.completion().to_dict() == payload


def test_an_error_keeps_googles_words() -> None:
    body_ = b'{"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}}'
    for data in (b"data: " + body_ + b"\n\n", body_):
        error = read([data]).error
        assert isinstance(error, ssemble.ProviderError)
        assert (error.type, error.code, error.message) == ("RESOURCE_EXHAUSTED", 429, "Slow down.")
    assert ssemble.ProviderError("x", raw={"status": "failed"}).type is None


def test_no_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        for case in CASES.values():
            read(body(case))
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("counts", [{"n": 1}, {"n": 1, "details": [{"n": 5}]}])
def test_text_with_the_same_counts_is_read_in_runs(counts: Json) -> None:
    payloads = [of({"text": f"word {number}"}, usageMetadata=counts) for number in range(1, 60)]
    changed = [of({"text": f"word {number}"}, usageMetadata={**counts, "m": 2}) for number in range(1, 60)]
    fragments = frames([*payloads, *changed, *payloads, {"usageMetadata": {"n": 2}}, *payloads])
    plain = read(fragments, templates=False).same()
    assert read([b"".join(fragments)]).same() == plain
    assert read([*fragments[:9], b"".join(fragments[9:])]).same() == plain
    assert read([b"".join(fragments[:-60]), fragments[-60], b"".join(fragments[-59:])]).same() == plain


def test_values_of_a_decoder_that_are_no_json() -> None:
    def loads(text: str) -> Any:
        return json.loads(text, parse_float=lambda _: {1, 2})

    for payload in (of(call("f", args={"a": 1.5})), {"candidates": [{"citationMetadata": {"citations": [1.5]}}]}):
        assert isinstance(read(frames([payload]), loads=loads).error, ssemble.ProtocolError)


def test_metadata_that_is_repeated_is_charged_once() -> None:
    payloads = [
        {"candidates": [{"groundingMetadata": {"a": ["x" * 100]}, "citationMetadata": {"c": [{"u": "y" * 100}]}}]}
    ]
    assert read(frames(payloads * 50), limits=Limits(max_message_size=2000)).completion.choices
    assert isinstance(read(frames(payloads * 50), limits=Limits(max_message_size=2000)).error, ssemble.IncompleteStream)


def test_a_part_that_is_null_is_left_out() -> None:
    parts: list[Json | None] = [None, {"text": "a"}]
    frame = json.dumps({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]})
    stream = MessageStream("gemini")
    stream.feed(f"data: {frame}\n\n".encode())
    assert stream.close().text == "a"


def test_what_counts_of_a_chunk_when_the_message_is_full() -> None:
    gemini = GeminiReader()
    gemini.add({"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]})
    entries = [{"index": 7, "finishReason": "STOP"}, {"content": {"parts": []}, "finishReason": "STOP"}, None]
    payload = {"candidates": entries, "usageMetadata": {"totalTokenCount": 3}, "modelVersion": "m"}
    end = {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"totalTokenCount": 3}}
    assert gemini.end_of(payload, "message") == end
    assert gemini.end_of({"response": payload}, "message") == end
    assert gemini.end_of({"promptFeedback": {}}, "message") == {"promptFeedback": {}, "candidates": []}
    assert gemini.end_of(5, "message") is None
    assert len(GeminiReader(n=1).end_of({"candidates": entries}, "message")["candidates"]) == 2


def test_the_parts_of_a_response_that_was_not_streamed_stay_as_they_came() -> None:
    parts = [{"text": "A"}, {"text": ""}, {"text": "B"}, call("f", args={}), {"text": ""}]
    body = of(*parts, end="STOP")
    seen = read([json.dumps(body).encode()])
    assert seen.completion.to_dict() == body
    assert (seen.completion.text, seen.error, seen.repairs) == ("AB", None, {})
    lines = read(
        [json.dumps(each).encode() + b"\n" for each in (of(*parts), of({"text": "C"}, {"text": "D"}, end="STOP"))]
    )
    assert lines.completion.to_dict()["candidates"][0]["content"]["parts"] == [
        {"text": "AB"},
        call("f", args={}),
        {"text": "CD"},
    ]


def test_only_the_first_payload_may_be_a_response_that_was_not_streamed() -> None:
    second = {"index": 1, "content": {"parts": [{"text": "A"}, {"text": "B"}, {"text": ""}]}, "finishReason": "STOP"}
    payloads = [of({"text": "x"}), {"candidates": [second]}, of(end="STOP")]
    lines = read([json.dumps(each).encode() + b"\n" for each in payloads])
    assert lines.completion.to_dict() == read(frames(payloads)).completion.to_dict()
    assert lines.completion.to_dict()["candidates"][1]["content"]["parts"] == [{"text": "AB"}]
