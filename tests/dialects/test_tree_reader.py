"""What the smaller dialects share: payloads, the end, and results."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from ssemble import (
    ChoiceEnd,
    LimitExceeded,
    Limits,
    MessageStart,
    ProtocolError,
    ProviderError,
    TextDelta,
    UsageUpdate,
)
from ssemble._dialects.tree_reader import TreeReader

from .tiny import TinyReader

Json = dict[str, Any]
SAY: Json = {"type": "say", "text": "Hi"}


def merged(reader: TreeReader, *payloads: Any, name: str = "message") -> list[Any]:
    events: list[Any] = []
    for payload in payloads:
        reader.merge(payload, name, events, 0)
    return events


def test_the_message_starts_once() -> None:
    reader = TinyReader()
    assert not reader.begun
    assert reader.completion().to_dict() == {}
    assert merged(reader, {**SAY, "id": "i", "model": 5}, {**SAY, "id": "j"}) == [
        MessageStart("i", None), TextDelta("Hi"), TextDelta("Hi"),
    ]  # fmt: skip
    assert reader.begun


def test_the_name_of_an_event_is_its_type() -> None:
    assert merged(TinyReader(), {"text": "Hi"}, name="say")[1:] == [TextDelta("Hi")]
    assert merged(TinyReader(), {"type": "", "text": "Hi"}, name="say")[1:] == [TextDelta("Hi")]
    assert merged(TinyReader(), {"type": 5, "text": "Hi"})[1:] == []


@pytest.mark.parametrize("payload", [None, 5, "x", [SAY]])
def test_what_is_no_object_is_not_merged(payload: Any) -> None:
    assert not TinyReader().merge(payload, "message", [], 0)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"type": "error", "message": "No."}, "No."),
        ({"type": "error", "error": {"message": "No."}}, "No."),
        ({"error": "No."}, "No."),
        ({"type": "error"}, "error"),
    ],
)
def test_errors(payload: Json, words: str) -> None:
    with pytest.raises(ProviderError) as caught:
        TinyReader().add(payload)
    assert caught.value.message == words


@pytest.mark.parametrize(
    ("fields", "words", "code"),
    [
        ({"message": "No.", "code": 5}, "No.", 5),
        ({"message": "", "code": "E1"}, "E1", "E1"),
        ({"message": 7, "code": True}, "True", None),
        ({}, "fail", None),
    ],
)
def test_events_that_are_errors(fields: Json, words: str, code: Any) -> None:
    with pytest.raises(ProviderError) as caught:
        merged(TinyReader(), {"type": "fail", **fields})
    assert (caught.value.message, caught.value.code, caught.value.type) == (words, code, None)
    assert caught.value.raw == fields


@pytest.mark.parametrize("value", ["", None, {}, 0])
def test_a_member_that_is_not_true_is_no_error(value: Any) -> None:
    assert merged(TinyReader(), {"error": value})[1:] == []
    assert merged(TinyReader(), {**SAY, "error": "of its own"})[1:] == [TextDelta("Hi")]


@pytest.mark.parametrize(
    ("raw", "end"),
    [
        ("fine", ChoiceEnd(0, "stop", "fine")), ("odd", ChoiceEnd(0, "other", "odd")), (None, ChoiceEnd(0, None, None)),
        ("", ChoiceEnd(0, None, None)), (5, ChoiceEnd(0, None, None)),
    ],
)  # fmt: skip
def test_the_end(raw: Any, end: ChoiceEnd) -> None:
    reader = TinyReader()
    events = merged(reader, SAY, {"type": "end", "reason": raw}, SAY)
    assert events[2:] == [end]
    assert reader.complete
    assert reader.completion().finish_reason == end.finish_reason
    assert reader.completion(complete=False).complete is False
    more: list[Any] = []
    assert reader.finish(False, more) is None
    assert more == []


@pytest.mark.parametrize(
    ("settles", "failed", "ends"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_message_may_end_with_the_stream(settles: bool, failed: bool, ends: bool) -> None:
    reader = TinyReader()
    merged(reader, SAY)
    reader.fields["settles"] = settles
    events: list[Any] = []
    reader.finish(False, events, failed)
    assert events == ([ChoiceEnd(0, "length", "settled")] if ends else [])
    assert reader.complete is ends


def test_a_limit_that_the_end_meets_is_its_error() -> None:
    reader = TinyReader(limits=Limits(max_message_size=200))
    merged(reader, SAY)
    reader.fields |= {"settles": True, "late": {"detail": "x" * 200}}
    events: list[Any] = []
    error = reader.finish(False, events)
    assert isinstance(error, LimitExceeded)
    assert (events, reader.complete) == ([], False)


def test_only_the_end_counts_when_a_message_is_full() -> None:
    reader = TinyReader()
    assert reader.end_of({"type": "end"}, "message") == {"type": "end"}
    assert reader.end_of({}, "end") == {}, "an event may have its type in its name"
    nothing: list[Any] = [SAY, {}, [], None]
    for other in nothing:
        assert reader.end_of(other, "message") is None
    assert reader.budget.full


def test_nothing_ends_that_did_not_begin() -> None:
    events: list[Any] = []
    assert TinyReader().finish(False, events) is None
    assert events == []


def test_token_counts() -> None:
    reader = TinyReader()
    events = merged(
        reader, {"type": "count", "usage": {"a": 1, "b": 2}}, {"type": "count", "usage": {"a": 0, "b": None, "c": []}},
        {"type": "count", "usage": {}}, {"type": "count", "usage": 5},
    )  # fmt: skip
    assert events[1:] == [UsageUpdate({"a": 1, "b": 2}), UsageUpdate({"a": 0, "b": 2, "c": []})]
    assert reader.completion().usage == reader.completion().to_dict()["usage"] == {"a": 0, "b": 2, "c": []}
    events[-1].usage["c"].append(1)
    assert reader.completion().usage == {"a": 0, "b": 2, "c": []}
    empty = TinyReader()
    assert merged(empty, {"type": "count", "usage": {}})[1:] == []
    assert (empty.completion().usage, empty.completion().to_dict()["usage"]) == (None, {})


def test_counts_that_are_told_again_are_charged() -> None:
    reader = TinyReader(limits=Limits(max_message_size=100_000))
    merged(reader, {"type": "count", "usage": {"list": list(range(1000))}})
    with pytest.raises(LimitExceeded):
        merged(reader, *[{"type": "count", "usage": {"n": number}} for number in range(100)])
    with pytest.raises(ProtocolError):
        merged(TinyReader(), *[{"type": "count", "usage": {f"k{number}": 1}} for number in range(300)])


@pytest.mark.parametrize("final", [True, False])
def test_results(final: bool) -> None:
    reader = TinyReader()
    merged(reader, SAY, {"type": "call", "call": "t", "name": "f"}, {"type": "args", "deep": '{"a": 1'})
    completion = reader.completion(final=final)
    assert completion.to_dict() == {"message": {"list": [{"text": "Hi"}, {"args": {}}]}}
    assert completion.message.to_dict() == completion.to_dict()["message"]
    assert completion.tool_calls[0].to_dict() == {"args": {}}
    assert (completion.dialect, completion.text, completion.complete) == ("tiny", "Hi", False)
    assert pickle.loads(pickle.dumps(completion)) == completion


def test_without_a_message_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TinyReader, "message_path", None)
    reader = TinyReader()
    merged(reader, SAY)
    assert reader.completion().message.to_dict() == {"role": "assistant", "content": "Hi"}
