"""One choice of a chat completion."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from ssemble import (
    ChoiceEnd,
    FinishReason,
    LimitExceeded,
    Limits,
    PartialJSON,
    ProtocolError,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallEnd,
)
from ssemble._dialects.chat.choice import CHOICE_COST as CHOICE
from ssemble._dialects.chat.reader import ChatReader
from ssemble._model.budget import CONTAINER, MAX_DEPTH

from ...helpers import MOVES, accumulate, chunk, finished, made_calls, nested, only_our_errors, replaced
from ...trace import events_match_result
from .choice_cases import EVENTS, MESSAGES, START, entry, part


@pytest.mark.parametrize(("deltas", "message"), MESSAGES.values(), ids=list(MESSAGES))
def test_messages(deltas: list[Any], message: dict[str, Any]) -> None:
    chunks = [entry(delta=delta) for delta in deltas]
    _, completion, _ = accumulate(chunks)
    assert completion.to_dict()["choices"] == [
        {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": None}
    ]
    assert completion.message.to_dict() == {"role": "assistant", **message}
    accumulate(chunks, terminated=False)


def test_a_legacy_call_needs_no_repair() -> None:
    chunks = [entry(delta={"function_call": {"name": "f"}}), entry(delta={"function_call": {"arguments": "{}"}})]
    _, completion, repairs = accumulate([*chunks, entry(finish_reason="tool_calls")])
    assert repairs == {}
    assert completion.tool_calls[0].to_dict() == {
        "id": None,
        "type": "function",
        "function": {"name": "f", "arguments": "{}"},
    }


@pytest.mark.parametrize(
    ("reason", "ends"), [("length", 0), ("content_filter", 0), ("error", 0), ("stop", 1), ("tool_calls", 1)]
)
def test_a_reason_that_cuts_ends_no_call_inside_its_arguments(reason: str, ends: int) -> None:
    begun = chunk({"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": "{"}}]})
    events, completion, _ = accumulate([begun, chunk({}, reason)])
    assert sum(isinstance(event, ToolCallEnd) for event in events) == ends
    assert completion.tool_calls[0].closed is bool(ends)


@pytest.mark.parametrize(("arguments", "at_once"), [("", 0), ("{}", 0), ('{"a"', 0), ("[1]", 0), ('{"a": 1}', 1)])
def test_a_reason_ends_at_once_what_is_whole(arguments: str, at_once: int) -> None:
    """It may come early, or on every chunk; the rest waits for the end."""
    chat = ChatReader()
    begun = {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": arguments}}]}
    events = chat.add(chunk(begun, "tool_calls"))
    assert [type(event) for event in events].count(ToolCallEnd) == at_once
    events += finished(chat)
    assert [type(event) for event in events].count(ToolCallEnd) == 1


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_moves_between_chunks(name: str) -> None:
    chunks = [entry(delta=delta) for delta in MESSAGES[name][0]]
    for move in MOVES.values():
        straight, moved = ChatReader(), ChatReader()
        for each in chunks:
            moved = move(moved)
            assert moved.add(each) == straight.add(each)
        assert finished(moved) == finished(straight)
        assert moved.result() == straight.result()


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["assistant", "assistant"], "assistant"),
        ([None, "", "tool", "user"], "tool"),
        ([None], "assistant"),
        ([5], "5"),
    ],
    ids=str,
)
def test_the_first_role_wins(roles: list[Any], role: str) -> None:
    _, completion, _ = accumulate([chunk({"role": each}) for each in roles])
    assert completion.message.role == completion.to_dict()["choices"][0]["message"]["role"] == role


@pytest.mark.parametrize(("chunks", "events"), EVENTS.values(), ids=list(EVENTS))
def test_events(chunks: list[dict[str, Any]], events: list[StreamEvent]) -> None:
    assert accumulate(chunks)[0] == events


def test_a_choice_ends_only_where_the_wire_said_so() -> None:
    assert accumulate([chunk({"content": "a"})], terminated=False)[0] == [START, TextDelta("a")]
    assert accumulate([chunk({}, "stop")], terminated=False)[0] == [START, ChoiceEnd(0, "stop", "stop")]


def test_a_choice_ends_once() -> None:
    chat = ChatReader()
    chat.add(chunk({"content": "a"}, "stop"))
    assert finished(chat) == [ChoiceEnd(0, "stop", "stop")]
    assert finished(chat) == []


@pytest.mark.parametrize(
    ("reasons", "raw", "word"),
    [
        ([], None, None),
        ([None, "", False], None, None),
        (["stop"], "stop", "stop"),
        (["stop", None, ""], "stop", "stop"),
        (["STOP"], "STOP", "stop"),
        (["max_tokens"], "max_tokens", "length"),
        (["function_call"], "function_call", "tool_calls"),
        (["length", "stop"], "length", "length"),
        (["MAX_TOKENS", "STOP"], "MAX_TOKENS", "length"),
        (["tool_calls", "stop"], "tool_calls", "tool_calls"),
        (["stop", "tool_calls"], "tool_calls", "tool_calls"),
        (["length", "content_filter"], "content_filter", "content_filter"),
        (["error", "stop"], "error", "error"),
        (["weird"], "weird", "other"),
        (["weird", "stop"], "stop", "stop"),
        ([5], "5", "other"),
        ([1.5], "1.5", "other"),
        ([True], "true", "other"),
        ([["x"]], '["x"]', "other"),
        ([{"type": "stop"}], '{"type": "stop"}', "stop"),
        ([{"type": "length"}, "stop"], '{"type": "length"}', "length"),
        ([{"type": ["stop"]}], '{"type": ["stop"]}', "other"),
    ],
    ids=str,
)
def test_finish_reasons(reasons: list[Any], raw: str | None, word: FinishReason | None) -> None:
    chunks = [chunk({"content": "a"}), *(chunk({}, reason) for reason in reasons)]
    events, completion, _ = accumulate(chunks)
    assert (completion.choices[0].raw_finish_reason, completion.finish_reason) == (raw, word)
    assert events[-1] == ChoiceEnd(0, word, raw)
    found = completion.to_dict()["choices"][0]["finish_reason"]
    assert found == raw or json.dumps(found) == raw
    assert completion.complete is (raw is not None)


@pytest.mark.parametrize(
    ("fields", "raw", "view", "repair"),
    [
        ({"delta": {"role": ["x"]}}, {"role": ["x"]}, "assistant", "unknown_shape"),
        ({"delta": {"role": {"a": 1}}}, {"role": {"a": 1}}, "assistant", "unknown_shape"),
        ({"delta": {"role": True}}, {"role": True}, "assistant", "unknown_shape"),
        ({"delta": {"role": False}}, {"role": "assistant"}, "assistant", None),
        ({"delta": {"role": 5}}, {"role": "5"}, "5", "number_as_text"),
        ({"delta": {"refusal": {"a": 1}}}, {"refusal": {"a": 1}}, "", "unknown_shape"),
        ({"delta": {"refusal": ["x"]}}, {"refusal": ["x"]}, "", "unknown_shape"),
        ({"delta": {"refusal": 5}}, {"refusal": "5"}, "5", "number_as_text"),
        ({"delta": {"refusal": True}}, {"refusal": "true"}, "true", "number_as_text"),
        ({"delta": {"refusal": False}}, {}, "", None),
        ({"delta": {"content": 1}}, {"content": "1"}, "1", "number_as_text"),
        ({"delta": {"content": 1.5}}, {"content": "1.5"}, "1.5", "number_as_text"),
        ({"delta": {"content": True}}, {"content": "true"}, "true", "number_as_text"),
        ({"delta": {"content": False}}, {"content": None}, "", None),
        ({"delta": {"reasoning": 1}}, {"reasoning": "1"}, "1", "number_as_text"),
        ({"delta": {"reasoning": False}}, {}, "", None),
        ({"delta": {"tool_calls": False, "function_call": False}}, {}, "", None),
        ({"delta": 5}, {"content": "5"}, "5", "text_delta"),
        ({"delta": False}, {"content": None}, "", None),
    ],
    ids=str,
)
def test_a_field_of_another_type_ends_no_stream(
    fields: dict[str, Any], raw: dict[str, Any], view: str, repair: str | None
) -> None:
    _, completion, repairs = accumulate([entry(**fields), entry(finish_reason="stop")])
    message = completion.message
    assert {key: message.to_dict()[key] for key in raw} == raw
    assert view in (message.role, message.text, message.reasoning, message.refusal)
    repairs.pop("number_as_text" if repair == "text_delta" else "", None)
    assert repairs == ({} if repair is None else {repair: 1})


def test_a_refusal_of_another_shape_replaces_no_text() -> None:
    odd = {"a": 1}
    for values, said in ((["a", odd, "b"], "ab"), ([odd, "a"], "a"), ([odd, odd], "")):
        _, completion, _ = accumulate(entry(delta={"refusal": value}) for value in values)
        assert completion.refusal == said
        assert completion.message.to_dict()["refusal"] == (said or odd)


def test_a_number_among_texts_is_one_of_them() -> None:
    for field in ("content", "reasoning", "reasoning_content", "refusal"):
        _, completion, repairs = accumulate(entry(delta={field: value}) for value in ("See [", 1, "].", False))
        assert completion.message.to_dict()[field] == "See [1]."
        assert repairs == {"number_as_text": 1, "missing_finish_reason": 1}


@pytest.mark.parametrize("terminated", [True, False, None])
@pytest.mark.parametrize("reason", ["stop", None, ""])
def test_a_terminator_without_a_finish_reason_is_counted(reason: str | None, terminated: bool | None) -> None:
    chunks = [chunk({"content": "a"}, reason), chunk({"content": "b"}, "stop", index=1)]
    assert accumulate(chunks, terminated)[2] == ({"missing_finish_reason": 1} if terminated and not reason else {})


@pytest.mark.parametrize(
    ("chunks", "fields"),
    [
        ([entry(x="a"), entry(x="b", y=None)], {"x": "b", "y": None}),
        ([entry(text="a", delta={"content": "a"}), entry(text="b", delta={"content": "b"})], {"text": "ab"}),
        ([entry(text={"text": "a"}), entry(text={"text": "b"})], {"text": {"text": "ab"}}),
        ([entry(x={"text": "a"}), entry(x={"text": "b"})], {"x": {"text": "b"}}),
        ([entry(logprobs=None)], {"logprobs": None}),
        ([entry(logprobs={"content": None, "refusal": None})], {"logprobs": None}),
        ([entry(logprobs={"content": [1], "refusal": None}), entry(logprobs={"content": [1]})], {"logprobs": {"content": [1, 1], "refusal": None}}),
        ([entry(usage={"a": 1}, error=None, index=0)], {}),
    ],
    ids=str,
)  # fmt: skip
def test_other_fields_of_a_choice(chunks: list[Any], fields: dict[str, Any]) -> None:
    _, completion, _ = accumulate(chunks)
    choice = completion.to_dict()["choices"][0]
    assert {key: choice[key] for key in choice if key not in ("index", "message", "finish_reason")} == fields


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({"delta": [{"content": "x"}]}, "delta"),
        ({"delta": {"tool_calls": 5}}, "delta.tool_calls"),
        ({"delta": {"tool_calls": ["x"]}}, "delta.tool_calls[0]"),
        ({"delta": {"tool_calls": [None, 5]}}, "delta.tool_calls[1]"),
        ({"delta": {"function_call": "f"}}, "delta.function_call[0].function"),
    ],
    ids=str,
)
def test_what_cannot_be_merged(broken: dict[str, Any], where: str) -> None:
    chat = ChatReader()
    chat.add(chunk({"content": "a"}))
    with pytest.raises(ProtocolError) as caught:
        chat.add(entry(**broken))
    assert caught.value.where == f"$.choices[0].{where}"
    assert chat.completion().text == "a"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"delta": {"tool_calls": 5}}, "expected a list, got int"),
        ({"delta": {"tool_calls": ["x"]}}, "expected a tool call object, got str"),
    ],
    ids=str,
)
def test_what_was_found_instead_is_told(broken: dict[str, Any], words: str) -> None:
    chat = ChatReader()
    chat.add(chunk({"content": "a"}))
    with pytest.raises(ProtocolError, match=words):
        chat.add(entry(**broken))


def test_text_in_place_of_a_delta_is_a_repair() -> None:
    assert accumulate([entry(delta="a"), entry(delta="b", finish_reason="stop")])[2] == {"text_delta": 2}


def test_a_delta_may_be_a_dict_of_another_class() -> None:
    class Fields(dict[str, Any]):
        pass

    for delta in ({"content": "a"}, {"role": "user", "content": "a"}):
        readers = [ChatReader(), ChatReader()]
        for reader, given_delta in zip(readers, (delta, Fields(delta)), strict=True):
            assert reader.merge(entry(delta=given_delta), "message", [], 0)
        assert readers[0].result() == readers[1].result()


def test_cumulative_text_is_told_once() -> None:
    texts = ["Hel", "Hello", "Hello", "Hello wor", "x"]
    chunks = [chunk({"content": text, "refusal": text, "reasoning": text}) for text in texts]
    events, completion, _ = accumulate(chunks, cumulative=True)
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Hel", "lo", " wor", "x"]
    assert [event.text for event in events if isinstance(event, RefusalDelta)] == ["Hel", "lo", " wor", "x"]
    assert completion.text == completion.reasoning == completion.refusal == "Hello worx"
    assert accumulate(chunks)[1].text == "".join(texts)


def test_wrong_values_in_every_place() -> None:
    sound = chunk({"role": "assistant", "content": "a", "reasoning": "r", "x": {"y": ["z"]}}, "stop")
    parts = chunk({"content": [part("a")], "function_call": {"name": "f", "arguments": "{}"}})
    sent = entry(message={"content": "a", "tool_calls": [{"id": "1"}]}, logprobs={"content": [None]}, text="a")
    for each in (sound, parts, sent):
        for broken in replaced(each["choices"]):
            for chunks in ([{"choices": broken}], [sound, {"choices": broken}, parts], [{"choices": broken}, sent]):
                only_our_errors(chunks)
                only_our_errors(chunks, cumulative=True)


@pytest.mark.parametrize(
    "deltas",
    [
        [{"content": "a\ud83d"}, {"content": [part("b")]}],
        [{"content": [part("\ud83d")]}, {"content": [part("\ude00")]}],
        [{"content": [part("a")]}, {"content": [{"type": "text", "text": ["b"]}]}],
        [{"refusal": "a\ud83d"}, {"refusal": ""}, {"refusal": "\ude00b"}],
        [{"content": "a"}, {"content": [part("b"), part("c", "note")]}, {"content": part("d")}, {"content": "e"}],
        [{"function_call": {"name": "f"}}, {"tool_calls": [{"index": 0, "function": {"name": "g"}}]}],
    ],
    ids=[
        "half a pair, then parts",
        "half a pair in parts",
        "no text",
        "refusal",
        "text and parts",
        "two kinds of calls",
    ],
)
def test_events_and_message_tell_the_same(deltas: list[Any]) -> None:
    accumulate(map(chunk, deltas))


@pytest.mark.parametrize("field", ["content", "refusal", "reasoning", "x"])
def test_text_counts(field: str) -> None:
    chunks = [{"id": "m"}, *(chunk({field: "x" * 10}) for _ in range(10))]
    accumulate(chunks, limits=Limits(max_message_size=CHOICE + 260))
    with pytest.raises(LimitExceeded):
        accumulate(chunks, limits=Limits(max_message_size=CHOICE + 100))


@pytest.mark.parametrize(
    "fields", [{"delta": {"role": "x" * 10_000}}, {"finish_reason": "x" * 10_000}], ids=["role", "reason"]
)
def test_words_count(fields: dict[str, Any]) -> None:
    with pytest.raises(LimitExceeded):
        accumulate([entry(**fields)], limits=Limits(max_message_size=100))


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "x"},
        {"content": "x", "refusal": "y"},
        {"reasoning": "because", "content": [{"type": "text", "text": "x"}], "m": "z"},
        {"content": "x", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}]},
    ],
    ids=lambda fields: ", ".join(fields),
)
def test_a_message_that_a_limit_ends_in_the_middle_shows_what_the_events_told(fields: dict[str, Any]) -> None:
    lost = []
    for limit in range(1, 1200):
        chat = ChatReader(limits=Limits(max_message_size=limit))
        events: list[StreamEvent] = []
        with contextlib.suppress(LimitExceeded):
            events += chat.add(entry(message=fields, finish_reason="stop"))
        before = chat.error
        events += finished(chat, True)
        events_match_result(events, chat.completion())
        if chat.error is not before:
            lost.append(limit)
    assert lost, "some limit is met when the message is taken"


@pytest.mark.parametrize("broken", [{"refusal": 10**5000, "content": "x"}, {"content": "x", "refusal": 10**5000}])
def test_so_does_one_with_a_fault_and_its_raw_form_loses_nothing(broken: dict[str, Any]) -> None:
    chat = ChatReader()
    events = [*chat.add(entry(message=broken, finish_reason="stop")), *finished(chat, True)]
    assert isinstance(chat.error, ProtocolError)
    events_match_result(events, chat.completion())
    assert chat.result()["choices"][0]["message"] == {"role": "assistant", **broken}


@pytest.mark.parametrize(
    "fields",
    [{"delta": {"role": nested(2000)}}, {"finish_reason": nested(2000)}, {"index": nested(2000)}],
    ids=["role", "reason", "index"],
)
def test_deep_words(fields: dict[str, Any]) -> None:
    only_our_errors([entry(**fields)])


class Word(str):
    """Text of a class of its own, as a decoder may give it."""


@pytest.mark.parametrize("field", ["content", "refusal", "reasoning", "role", "x"])
def test_text_of_a_class_of_its_own(field: str) -> None:
    message = accumulate([chunk({field: Word("a")})])[1].message
    assert message.to_dict()[field] == "a"


@pytest.mark.parametrize("early", [True, False])
def test_the_text_of_a_choice_is_followed_from_its_beginning(early: bool) -> None:
    chat, partial = ChatReader(), PartialJSON()
    if early:
        chat.attach_partial(0, partial)
    chat.add(chunk({"content": '{"a": "x\ud83d'}))
    if not early:
        chat.attach_partial(0, partial)
    assert partial.raw == '{"a": "x'
    chat.add(chunk({"content": '\ude00"'}))
    chat.add(chunk({"content": [{"type": "text", "text": "}\ud83d"}]}))
    assert partial.value == {"a": "x😀"}
    finished(chat)
    assert partial.raw == '{"a": "x😀"}\ud83d' == chat.completion().text


def test_a_call_is_found_among_those_with_an_index_and_the_one_without() -> None:
    chat = ChatReader()
    chat.add(chunk({"function_call": {"name": "f", "arguments": "{}"}}))
    chat.add(chunk({"tool_calls": [{"index": 0, "id": "x", "function": {"name": "g"}}]}))
    assert [chat.choices[0].tool_call(ordinal) for ordinal in (0, 1, 2)] == [
        chat.choices[0].all_calls()[0].calls[0],
        made_calls(chat).calls[0],
        None,
    ]


def test_a_reason_that_is_not_taken_changes_no_count() -> None:
    chat = ChatReader(limits=Limits(max_message_size=CHOICE + 100))
    for reason in ["length", *["stop"] * 100]:
        chat.add(entry(finish_reason=reason))
    assert chat.context.budget.size == CHOICE + CONTAINER + len("length")


def test_what_is_shorter_than_all_so_far_is_not_compared_with_it() -> None:
    """To compare, all so far is joined: at every chunk, that takes time that grows with the square."""
    chat = ChatReader(cumulative=True)
    for text in ["ab", "cd"] * 7:
        chat.add(entry(delta={"content": text}))
    assert len(chat.choices[0].text.pieces) >= 12


def test_events_name_their_choice() -> None:
    deltas: list[Any] = [
        {"content": "a", "refusal": "b", "reasoning": "c"},
        {"content": "\ud83d", "refusal": "\ud83d", "reasoning": "\ud83d"},
    ]
    events, _, _ = accumulate([entry(index=3, delta=delta) for delta in deltas])
    assert {event.choice for event in events if event.type.endswith("delta")} == {3}  # type: ignore[union-attr]  # all but the start
    assert len(events) == 1 + 3 + 3 + 1


def test_cumulative_text_of_one_character_goes_on() -> None:
    _, completion, _ = accumulate([entry(delta={"content": text}) for text in ("a", "ab")], cumulative=True)
    assert completion.text == "ab"


def test_a_second_legacy_call_is_one_too_many() -> None:
    calls = [entry(delta={"function_call": {"name": name, "arguments": "{}"}}) for name in "fg"]
    with pytest.raises(LimitExceeded, match=r"max_tool_calls \(1\)"):
        accumulate(calls)


def test_reasons_that_replace_each_other_count_once() -> None:
    words = ["length", "tool_calls", "content_filter"] * 9
    accumulate([entry(delta={}, finish_reason=word) for word in words], limits=Limits(max_message_size=CHOICE + 40))


def test_how_deep_a_part_of_content_may_be() -> None:
    """Itself and what is in it, as of any field."""
    accumulate([entry(delta={"content": [nested(MAX_DEPTH + 1)]})])
    with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
        accumulate([entry(delta={"content": [nested(MAX_DEPTH + 2)]})])
