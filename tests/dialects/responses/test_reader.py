"""OpenAI Responses: the object, how it ends, and errors."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from ssemble import (
    IncompleteStream,
    LimitExceeded,
    Limits,
    MessageStream,
    ProviderError,
    RawEvent,
    accumulator,
)
from ssemble._dialects.responses.reader import ResponsesReader

from .responses import (
    BROKEN,
    CORRECT,
    CREATED,
    PART,
    Event,
    added,
    arguments,
    call,
    completed,
    done,
    ev,
    message,
    read,
    response,
    run,
    text,
    told,
    wire,
)


def test_a_correct_stream() -> None:
    events, completion, stream = read(CORRECT)
    assert told(events) == [
        ["summary", "Hm"], ["text", "On it é \n😀,abcde"], ["start", 0, "c1", "f"], ["args", 0, '{"a": [1]}'],
        ["end", 0, '{"a": [1]}'], ["finish", "tool_calls", "completed"],
    ]  # fmt: skip
    assert completion.to_dict() == CORRECT[-1]["response"]
    assert (completion.text, completion.reasoning) == ("On it é \n😀,abcde", "Hm")
    assert (completion.id, completion.model, completion.created) == ("r1", "m", 7)
    assert completion.usage == {"input_tokens": 3, "output_tokens": 4}
    assert completion.tool_calls[0].parse_arguments() == {"a": [1]}
    assert completion.tool_calls[0].to_dict() == call('{"a": [1]}')
    assert completion.complete
    assert stream.ended
    assert stream.repairs == {}
    assert [event.data["type"] for event in events if event.type == "raw"] == [
        "response.output_item.added", "response.web_search_call.searching", "response.output_item.done",
    ]  # fmt: skip
    assert [event.signature for event in events if event.type == "reasoning.delta"] == [None, None, "E1"]
    ended = next(event for event in events if event.type == "tool_call.end")
    assert ended.tool_call.to_dict() == call('{"a": [1]}')


def test_a_stream_pickles_at_every_event() -> None:
    body = wire(CORRECT[:-1] + BROKEN, numbered=True)
    frames = [frame + b"\n\n" for frame in body.split(b"\n\n")[:-1]]
    wanted = run(frames, MessageStream())
    for at in range(len(frames)):
        stream = MessageStream()
        before = [event.to_dict() for frame in frames[:at] for event in stream.feed(frame)]
        restored = pickle.loads(pickle.dumps(stream))
        after = run(frames[at:], restored)
        assert (before + after[0], *after[1:]) == wanted


ENDS = [
    (completed(message("Hi")), "stop", "completed"),
    (completed(message("Hi"), kind="incomplete", incomplete_details={"reason": "max_output_tokens"}), "length", "max_output_tokens"),
    (completed(message("Hi"), kind="incomplete", incomplete_details={"reason": "max_messages"}), "length", "max_messages"),
    (completed(message("Hi"), kind="incomplete", incomplete_details={"reason": "content_filter"}), "content_filter", "content_filter"),
    (completed(message("Hi"), kind="incomplete", incomplete_details={"reason": "steered"}), "other", "steered"),
    (completed(message("Hi"), kind="incomplete"), "length", "incomplete"),
    (completed(message("Hi"), kind="cancelled"), "error", "cancelled"),
]  # fmt: skip


@pytest.mark.parametrize(("end", "reason", "raw"), ENDS)
def test_the_ends(end: Event, reason: str, raw: str) -> None:
    events, completion, _ = read([CREATED, added(0, message()), text("Hi"), end, text("behind the end")])
    assert told(events) == [["text", "Hi"], ["finish", reason, raw]]
    assert (completion.finish_reason, completion.complete) == (reason, True)
    assert completion.to_dict() == end["response"]


def test_failed_is_an_error_with_the_object() -> None:
    error = {"code": "server_error", "message": "broke", "type": "t"}
    events = [CREATED, ev("failed", response=response("failed", error=error))]
    stream = MessageStream()
    stream.feed(wire(events))
    with pytest.raises(ProviderError, match="broke") as caught:
        stream.close()
    assert (caught.value.code, caught.value.type) == ("server_error", "t")
    assert caught.value.partial is not None
    assert caught.value.partial.to_dict() == events[1]["response"]
    found, completion, stream = read([*events, text("behind")], errors="event")
    assert [event.type for event in found] == ["message.start", "choice.end", "error"]
    assert completion.complete
    assert stream.ended


@pytest.mark.parametrize("error", [None, {}, ""])
def test_failed_without_words_names_the_event(error: Any) -> None:
    stream = MessageStream()
    stream.feed(wire([ev("failed", response=response("failed", error=error))]))
    assert isinstance(stream.error, ProviderError)
    assert stream.error.message == "response.failed"


@pytest.mark.parametrize(
    ("payload", "message", "code"),
    [
        ({"type": "error", "error": {"code": "x", "message": "no"}}, "no", "x"),
        ({"type": "error", "code": "x", "message": "no", "param": None}, "no", "x"),
        ({"type": "error", "code": None, "message": "no"}, "no", None),
        ({"type": "error"}, "error", None),
        ({"error": {"code": "x", "message": "no"}}, "no", "x"),
        ({"error": '{"error": {"code": "x", "message": "no"}}'}, "no", "x"),
        ({"error": '{"code": "x", "message": "no"}'}, "no", "x"),
        ({"error": "{no"}, "{no", None),
        ({"error": {"code": 429}}, "429", 429),
        ({"message": "no"}, "no", None),
        ({"type": None, "message": "no", "code": "500"}, "no", "500"),
        ({"type": "gateway", "error": {"message": "no"}}, "no", None),
    ],
)
@pytest.mark.parametrize("names", [True, False])
def test_errors(payload: Event, message: str, code: Any, names: bool) -> None:
    body = wire([CREATED, added(0, {"type": "message"}), text("So")])
    name = f"event: {payload['type']}\n".encode() if names and payload.get("type") else b""
    body += name + f"data: {json.dumps(payload)}\n\n".encode() + wire([text(" far")])
    stream = MessageStream()
    stream.feed(body)
    with pytest.raises(ProviderError) as caught:
        stream.close()
    assert (caught.value.message, caught.value.code) == (message, code)
    assert stream.completion().text == "So"
    assert not stream.complete


@pytest.mark.parametrize(
    "payload",
    [
        ev("mcp_call.failed", output_index=0, error={"message": "inside"}),
        ev("future.thing", error={"message": "inside"}),
        done(0, {"id": "m", "type": "mcp_call", "error": {"message": "inside"}}),
        {"error": {}}, {"error": ""}, {"error": None}, {"type": "codex.rate_limits", "plan": 1},
        {"choices": [{"index": 0, "delta": {"content": "foreign"}}]},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "foreign"}},
    ],
)  # fmt: skip
def test_what_is_no_error_is_raw(payload: Event) -> None:
    events, completion, stream = read([CREATED, payload, added(1, message()), text("Hi", 1), completed()])
    assert [event.data for event in events if event.type == "raw"] == [payload]
    assert completion.complete
    assert completion.text == "Hi"
    assert stream.error is None


def test_done_marker_is_no_terminal_event() -> None:
    body = wire([CREATED, added(0, message()), PART, text("half")])
    stream = MessageStream()
    stream.feed(body + b"data: [DONE]\n\n")
    with pytest.raises(IncompleteStream):
        stream.close()
    assert stream.completion().to_dict()["status"] == "in_progress"
    stream = MessageStream()
    stream.feed(body + wire([completed(message("half"))]) + b"data: [DONE]\n\n")
    assert stream.close().complete
    assert stream.repairs == {}


@pytest.mark.parametrize("asked", [False, True])
def test_a_view_has_the_arguments_of_the_object(asked: bool) -> None:
    """The wire contradicts itself: whether somebody had looked before makes no difference."""
    stream = MessageStream()
    for payload, arguments_so_far in (
        (added(0, call()), ""),
        (arguments('{"a"'), '{"a"'),
        (ev("function_call_arguments.done", output_index=0, arguments='{"b": 1}'), '{"b": 1}'),
        (ev("function_call_arguments.done", output_index=0, arguments='{"a": 2}'), '{"a": 2}'),
    ):
        stream.feed(wire([payload]))
        if asked:
            assert stream.tool_call().partial_arguments.raw == arguments_so_far
    assert stream.tool_call().partial_arguments.value == {"a": 2}
    assert stream.tool_call().arguments == '{"a": 2}'


def test_live_views() -> None:
    stream = MessageStream()
    partial = stream.partial_json()
    stream.feed(
        wire([CREATED, added(0, message()), text('{"a": "b'), text("c"), added(1, call()), arguments('{"x": [1,', 1)])
    )
    assert partial.value == {"a": "bc"}
    assert stream.tool_call(0, 0).partial_arguments.value == {"x": [1]}
    assert (stream.tool_call().name, stream.tool_call().id, stream.tool_call().closed) == ("f", "c1", False)
    for choice, index in ((0, 1), (1, 0), (0, -1)):
        with pytest.raises(LookupError, match="ToolCallStart"):
            stream.tool_call(choice, index)
    stream.feed(wire([done(1, call('{"x": [1,2]}'))]))
    assert stream.tool_call().complete


def test_an_accumulator_of_decoded_payloads() -> None:
    chat = accumulator("openai-responses")
    before = json.dumps(CORRECT)
    found = [event for payload in CORRECT for event in chat.add(payload)]
    assert json.dumps(CORRECT) == before
    assert chat.complete
    assert chat.error is None
    assert chat.end() == []
    assert told(found) == told(read(CORRECT)[0])
    assert chat.completion() == read(CORRECT)[1]
    assert accumulator("openai-responses").completion().to_dict() == {}


@pytest.mark.parametrize("payload", [{"message": "no", "code": 500}, {"type": "error", "message": "no", "code": 500}])
def test_an_accumulator_tells_the_error_of_a_server(payload: Event) -> None:
    with pytest.raises(ProviderError, match="no") as caught:
        accumulator("openai-responses").add(payload)
    assert caught.value.code == 500


def test_what_is_no_object_is_raw() -> None:
    stream = MessageStream("openai-responses")
    assert stream.feed(b"data: 5\n\n") == [RawEvent("message", 5)]


def test_the_name_of_an_event_is_its_type() -> None:
    named = b"event: response.output_text.delta\ndata: " + json.dumps({"delta": "Hi", "output_index": 0}).encode()
    stream = MessageStream()
    stream.feed(named + b"\n\n")
    assert (stream.dialect, stream.completion().text) == ("openai-responses", "Hi")


@pytest.mark.parametrize(("value", "created"), [(7, 7), (7.0, 7), (7.5, None), ("7", None), (True, None)])
def test_when_it_was_created(value: Any, created: int | None) -> None:
    reader = accumulator("openai-responses")
    reader.add({"type": "response.created", "response": {"id": "r1", "created_at": value}})
    assert reader.completion().created == created


def test_what_counts_of_an_event_when_the_message_is_full() -> None:
    reader = ResponsesReader()
    whole = {"type": "response.completed", "response": {"id": "r1", "output": [message("Hi")]}}
    assert reader.end_of(whole, "message") == {"type": "response.completed", "response": {"id": "r1", "output": []}}
    for other in ({"type": "gateway", "error": {"message": "busy"}}, {"type": "response.failed"}):
        assert reader.end_of(other, "message") == other
    nothing: tuple[Any, ...] = (text("Hi"), CREATED, 5)
    for payload in nothing:
        assert reader.end_of(payload, "message") is None


def unplaced(kind: str, item_id: str, **fields: Any) -> Event:
    return ev(kind, item_id=item_id, **fields)


def test_an_event_without_an_index_means_the_item_with_its_id() -> None:
    """SPEC section 3, R1: "Missing: the item whose id = item_id, else the last index, else 0"."""
    events = [
        CREATED,
        ev("output_item.added", item=call(call_id="c1", id="a")),
        ev("output_item.added", item=call(call_id="c2", id="b")),
        unplaced("function_call_arguments.delta", "a", delta='{"a":'),
        unplaced("function_call_arguments.delta", "b", delta='{"b":'),
        unplaced("function_call_arguments.delta", "a", delta="1}"),
        unplaced("function_call_arguments.done", "b", arguments='{"b":2}'),
        ev("output_item.added", item={**message("x"), "id": "m"}),
        ev("output_item.done", item={**message("x"), "id": "m"}),
        ev("output_item.added", item={**message("y"), "id": "n"}),
        unplaced("output_text.delta", "m", content_index=0, delta="1"),
        unplaced("output_text.delta", "n", content_index=0, delta="2"),
        unplaced("content_part.added", "m", content_index=1, part={"type": "refusal", "refusal": ""}),
        unplaced("refusal.delta", "m", content_index=1, delta="no"),
        unplaced("output_text.delta", "new", content_index=0, delta="3"),
    ]
    _, completion, stream = read(events)
    assert [call.arguments for call in completion.tool_calls] == ['{"a":1}', '{"b":2}']
    texts = [
        [part.get("text", part.get("refusal")) for part in item["content"]]
        for item in stream.completion().to_dict()["output"][2:]
    ]
    assert texts == [["x1", "no"], ["y23"]]


NULLS = {"id": None, "call_id": None, "name": None, "status": None, "extra": None}


@pytest.mark.parametrize("lost", [NULLS, dict.fromkeys(NULLS, ""), {}])
def test_another_copy_of_an_open_call_erases_nothing(lost: dict[str, Any]) -> None:
    """SPEC section 3, R2: "Else it is announced again: replace, by P4"; R4.4: "the terminal's copy (P4)"."""
    first, later = call(status="in_progress", extra=1), {"type": "function_call", "arguments": '{"a":1}', **lost}
    for last in (added(0, later), completed(later)):
        _, completion, _ = read([CREATED, added(0, first), arguments('{"a"'), last])
        found = completion.to_dict()["output"][0]
        if last["type"] == "response.completed" and not lost:
            assert "status" not in found, "there it says that the call is closed"
            found["status"] = "in_progress"
        assert found == {**first, "arguments": '{"a":1}'}
        assert [(call.id, call.name, call.arguments) for call in completion.tool_calls] == [("c1", "f", '{"a":1}')]


@pytest.mark.parametrize("lost", [NULLS, {}])
def test_no_copy_of_a_call_erases_its_id_and_its_name(lost: dict[str, Any]) -> None:
    """They name the call that the caller runs; all else, output_item.done replaces."""
    later = {"type": "function_call", "arguments": "{}", **lost}
    for last in ([done(0, later)], [done(0, call("{}")), completed(later)]):
        events, completion, _ = read([CREATED, added(0, call(status="in_progress", extra=1)), *last])
        assert completion.to_dict()["output"] == [{**later, "call_id": "c1", "name": "f"}]
        found = [event.tool_call for event in events if event.type == "tool_call.end"]
        assert [(call.id, call.name) for call in (*found, *completion.tool_calls)] == [("c1", "f")] * 2


def test_an_item_that_is_done_is_found_by_its_id_without_an_index() -> None:
    items = [{**message("x"), "id": "a"}, {**message("y"), "id": "b"}]
    begun = [added(0, {**items[0], "content": []}), added(1, {**items[1], "content": []})]
    for last in ([items[0], items[1]], [items[1], items[0]]):
        _, completion, _ = read([CREATED, *begun, *(ev("output_item.done", item=item) for item in last)])
        assert completion.to_dict()["output"] == items
    again = ev("output_item.added", item={"id": "a", "type": "message", "content": None})
    _, completion, _ = read([CREATED, *begun, again])
    assert [item["id"] for item in completion.to_dict()["output"]] == ["a", "b"]
    assert completion.to_dict()["output"][0]["role"] == "assistant"


@pytest.mark.parametrize("kind", ["message", "function_call"])
def test_what_another_copy_keeps_is_charged(kind: str) -> None:
    """Each copy walks over what it keeps, so many of them have a limit."""
    copies = [added(0, {"type": kind, "id": "i", "content": [], f"k{n}": "x" * 200}) for n in range(50)]
    heads = [{"type": "response.in_progress", "response": {f"k{n}": "x" * 200}} for n in range(50)]
    for events in (copies, heads):
        stream = read([CREATED, *events], limits=Limits(max_message_size=20_000))[2]
        assert isinstance(stream.error, LimitExceeded)
        assert len(json.dumps(stream.completion().to_dict())) < 20_000
        assert not isinstance(
            read([CREATED, *events[:3]], limits=Limits(max_message_size=20_000))[2].error, LimitExceeded
        )


def test_an_empty_delta_behind_the_end_of_a_call_is_nothing() -> None:
    search = {"type": "mcp_call", "arguments": "{}", "id": "x"}
    ends = [arguments(""), ev("mcp_call_arguments.delta", output_index=1, delta="")]
    _, completion, stream = read([CREATED, done(0, call("{}")), done(1, search), *ends, completed()])
    assert [item["arguments"] for item in completion.to_dict()["output"]] == ["{}", "{}"]
    assert "late_delta" not in stream.repairs


def test_the_error_may_stand_beside_the_response() -> None:
    stream = MessageStream()
    stream.feed(wire([CREATED, {"type": "response.failed", "error": {"message": "Busy", "code": "x"}}]))
    assert isinstance(stream.error, ProviderError)
    assert (stream.error.message, stream.error.code) == ("Busy", "x")


@pytest.mark.parametrize(
    "payload", [{"type": "gateway", "error": "text"}, {"type": "response.new", "error": {"message": "in"}}]
)
def test_what_is_no_error_of_a_gateway(payload: Event) -> None:
    """SPEC section 3, R6: "An unknown type outside `response.` with an `error` object is an error too"."""
    stream = MessageStream()
    assert stream.feed(wire([CREATED, payload]))[-1].type == "raw"
    assert stream.error is None


def test_annotations_without_an_index_are_all_kept() -> None:
    notes = [ev("output_text.annotation.added", output_index=0, content_index=0, annotation={"n": n}) for n in (1, 2)]
    _, completion, _ = read([CREATED, added(0, message()), text("A"), *notes])
    assert completion.to_dict()["output"][0]["content"][0]["annotations"] == [{"n": 1}, {"n": 2}]


def test_a_response_without_its_wrapper_has_no_padding() -> None:
    event = {"type": "response.created", **response(), "obfuscation": "xyz", "sequence_number": 1}
    assert read([event])[1].to_dict() == response()
