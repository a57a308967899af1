"""One choice of a chat completion."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import (
    ChatCompletionAccumulator,
    ChoiceEnd,
    LimitExceeded,
    Limits,
    PartialJSON,
    ProtocolError,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallEnd,
)
from ssemble._merge import CONTAINER

from ..helpers import MOVES, accumulate, chunk, nested, only_our_errors, replaced
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
    _, completion, repairs = accumulate(chunks)
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


def test_a_reason_ends_the_calls_at_once() -> None:
    chat = ChatCompletionAccumulator()
    events = chat.add(chunk({"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f"}}]}, "tool_calls"))
    assert isinstance(events[-1], ToolCallEnd)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_moves_between_chunks(name: str) -> None:
    chunks = [entry(delta=delta) for delta in MESSAGES[name][0]]
    for move in MOVES.values():
        straight, moved = ChatCompletionAccumulator(), ChatCompletionAccumulator()
        for each in chunks:
            moved = move(moved)
            assert moved.add(each) == straight.add(each)
        assert moved.finish() == straight.finish()
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
    chat = ChatCompletionAccumulator()
    chat.add(chunk({"content": "a"}, "stop"))
    assert chat.finish() == [ChoiceEnd(0, "stop", "stop")]
    assert chat.finish() == []


@pytest.mark.parametrize(
    ("reasons", "raw", "shared"),
    [
        ([], None, None),
        ([None, ""], None, None),
        (["stop"], "stop", "stop"),
        (["stop", None, ""], "stop", "stop"),
        (["eos"], "eos", "stop"),
        (["end_turn"], "end_turn", "stop"),
        (["stop_sequence"], "stop_sequence", "stop"),
        (["max_tokens"], "max_tokens", "length"),
        (["tool_use"], "tool_use", "tool_calls"),
        (["function_call"], "function_call", "tool_calls"),
        (["length", "stop"], "length", "length"),
        (["tool_calls", "stop"], "tool_calls", "tool_calls"),
        (["stop", "tool_calls"], "tool_calls", "tool_calls"),
        (["length", "content_filter"], "content_filter", "content_filter"),
        (["error"], "error", "error"),
        (["content_filter", "stop"], "content_filter", "content_filter"),
        (["function_call", "stop"], "function_call", "tool_calls"),
        (["error", "stop"], "error", "error"),
        (["weird"], "weird", "other"),
        ([5], "5", "other"),
        ([1.5], "1.5", "other"),
    ],
    ids=str,
)
def test_finish_reasons(reasons: list[Any], raw: str | None, shared: str | None) -> None:
    chunks = [chunk({"content": "a"}), *(chunk({}, reason) for reason in reasons)]
    events, completion, _ = accumulate(chunks)
    assert (completion.choices[0].raw_finish_reason, completion.finish_reason) == (raw, shared)
    assert events[-1] == ChoiceEnd(0, shared, raw)
    assert completion.to_dict()["choices"][0]["finish_reason"] == raw
    assert completion.complete is (raw is not None)


SAID = {"role": "assistant", "content": "a", "refusal": None, "tool_calls": [{"id": "1", "function": {"name": "f"}}]}


@pytest.mark.parametrize(
    ("chunks", "content", "repairs"),
    [
        ([entry(message=SAID, finish_reason="stop")], "a", {"message_instead_of_delta": 1}),
        ([entry(message={"content": "x"}), entry(message=SAID)], "a", {"message_instead_of_delta": 1}),
        ([entry(message=SAID), entry(finish_reason="stop")], "a", {"message_instead_of_delta": 1}),
        ([entry(message=SAID), entry(delta={"content": "b"})], "b", {}),
        ([entry(delta={"content": "b"}), entry(message=SAID)], "b", {}),
        ([entry(delta={"content": "b"}, message=SAID)], "b", {}),
        ([entry(delta={"role": "assistant", "content": ""}, message=SAID)], "a", {"message_instead_of_delta": 1}),
        ([entry(message=None), entry(message="x"), entry(message=[])], None, {}),
        ([entry(message={})], None, {"message_instead_of_delta": 1}),
        ([entry(delta={"x": 1}), entry(message=SAID)], None, {}),
        ([entry(delta={"x": ""}), entry(message=SAID)], "a", {"message_instead_of_delta": 1}),
    ],
)
def test_a_message_counts_only_without_deltas(chunks: list[Any], content: Any, repairs: dict[str, int]) -> None:
    chat = ChatCompletionAccumulator()
    for each in chunks:
        chat.add(each)
    assert chat.completion().to_dict()["choices"][0]["message"]["content"] == content, "also before the end"
    events, completion, found = accumulate(chunks)
    assert completion.to_dict()["choices"][0]["message"]["content"] == content
    assert found == repairs
    if content == "a":
        assert [type(event) for event in events if event.type.startswith("tool_call")][-1] is ToolCallEnd
        assert [call.name for call in completion.tool_calls] == ["f"]


def test_a_message_that_cannot_be_merged_is_told_at_the_end() -> None:
    chat = ChatCompletionAccumulator()
    assert chat.add(entry(message={"content": "a", "tool_calls": 5})) == [START]
    assert chat.completion().text == "a"
    chat.finish()
    assert isinstance(chat.error, ProtocolError)
    assert chat.error.where == "$.choices[0].message.tool_calls"
    assert chat.completion().text == "a"


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
        ({"delta": 5}, "delta"),
        ({"delta": [{"content": "x"}]}, "delta"),
        ({"delta": True}, "delta"),
        ({"delta": {"content": 5}}, "delta.content"),
        ({"delta": {"content": False}}, "delta.content"),
        ({"delta": {"tool_calls": 5}}, "delta.tool_calls"),
        ({"delta": {"tool_calls": ["x"]}}, "delta.tool_calls[0]"),
        ({"delta": {"tool_calls": [None, 5]}}, "delta.tool_calls[1]"),
        ({"delta": {"function_call": "f"}}, "delta.function_call[0].function"),
        ({"delta": {"refusal": 5}}, "delta.refusal"),
        ({"delta": {"refusal": True}}, "delta.refusal"),
        ({"delta": {"refusal": {"a": 1}}}, "delta.refusal"),
        ({"delta": {"refusal": ["x"]}}, "delta.refusal"),
        ({"delta": {"role": True}}, "delta.role"),
        ({"delta": {"role": ["x"]}}, "delta.role"),
        ({"delta": {"role": 10**18}}, "delta.role"),
        ({"finish_reason": False}, "finish_reason"),
        ({"finish_reason": {}}, "finish_reason"),
        ({"finish_reason": ["x"]}, "finish_reason"),
        ({"finish_reason": 10**18}, "finish_reason"),
    ],
    ids=str,
)
def test_what_cannot_be_merged(broken: dict[str, Any], where: str) -> None:
    chat = ChatCompletionAccumulator()
    chat.add(chunk({"content": "a"}))
    with pytest.raises(ProtocolError) as caught:
        chat.add(entry(**broken))
    assert caught.value.where == f"$.choices[0].{where}"
    assert chat.completion().text == "a"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"delta": 5}, "a int instead of a delta"),
        ({"delta": {"content": 5}}, "a int instead of text"),
        ({"delta": {"refusal": 5}}, "5 instead of text"),
        ({"delta": {"tool_calls": 5}}, "a int instead of a list"),
        ({"delta": {"tool_calls": ["x"]}}, "a str instead of a call"),
    ],
    ids=str,
)
def test_what_was_found_instead_is_told(broken: dict[str, Any], words: str) -> None:
    chat = ChatCompletionAccumulator()
    chat.add(chunk({"content": "a"}))
    with pytest.raises(ProtocolError, match=words):
        chat.add(entry(**broken))


def test_text_in_place_of_a_delta_is_a_repair() -> None:
    assert accumulate([entry(delta="a"), entry(delta="b")])[2] == {"text_delta": 2}


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
    accumulate(chunks, limits=Limits(max_message_size=250))
    with pytest.raises(LimitExceeded):
        accumulate(chunks, limits=Limits(max_message_size=100))


@pytest.mark.parametrize(
    "fields", [{"delta": {"role": "x" * 10_000}}, {"finish_reason": "x" * 10_000}], ids=["role", "reason"]
)
def test_words_count(fields: dict[str, Any]) -> None:
    with pytest.raises(LimitExceeded):
        accumulate([entry(**fields)], limits=Limits(max_message_size=100))


def test_snapshots_beside_deltas_do_not_count() -> None:
    chunks = [entry(delta={"content": "x"}, message={"content": "x" * count}) for count in range(1, 100)]
    accumulate(chunks, limits=Limits(max_message_size=1000))


def test_a_snapshot_counts_until_another_comes_or_a_delta() -> None:
    chat = ChatCompletionAccumulator()
    chat.add({"id": "mess"})
    before = chat.shared.kept.size
    for text in ("ab", "abcd", "abc"):
        chat.add(entry(message={"content": text}))
        assert chat.shared.kept.size == before + CONTAINER + len("content") + len(text) + 1
    for count in (1, 2, 3):
        chat.add(entry(delta={"content": "x"}, message={"content": "abc"}))
        assert chat.shared.kept.size == before + count
    chat.finish()
    assert chat.shared.kept.size == before + 3


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
    chat, partial = ChatCompletionAccumulator(), PartialJSON()
    if early:
        chat.follow(0, partial)
    chat.add(chunk({"content": '{"a": "x\ud83d'}))
    if not early:
        chat.follow(0, partial)
    assert partial.raw == '{"a": "x'
    chat.add(chunk({"content": '\ude00"'}))
    chat.add(chunk({"content": [{"type": "text", "text": "}\ud83d"}]}))
    assert partial.value == {"a": "x😀"}
    chat.finish()
    assert partial.raw == '{"a": "x😀"}\ud83d' == chat.completion().text


def test_a_call_is_found_among_those_with_an_index_and_the_one_without() -> None:
    chat = ChatCompletionAccumulator()
    chat.add(chunk({"function_call": {"name": "f", "arguments": "{}"}}))
    chat.add(chunk({"tool_calls": [{"index": 0, "id": "x", "function": {"name": "g"}}]}))
    assert [chat.choices[0].tool_call(ordinal) for ordinal in (0, 1, 2)] == [
        chat.choices[0]._all_calls()[0].calls[0],
        chat.choices[0].calls.calls[0],
        None,
    ]


def test_a_reason_that_is_not_taken_changes_no_count() -> None:
    chat = ChatCompletionAccumulator(limits=Limits(max_message_size=100))
    for reason in ["length", *["stop"] * 100]:
        chat.add(entry(finish_reason=reason))
    assert chat.shared.kept.size == len("length")


def test_what_is_shorter_than_all_so_far_is_not_compared_with_it() -> None:
    """To compare, all so far is joined: at every chunk, that takes time that grows with the square."""
    chat = ChatCompletionAccumulator(cumulative=True)
    for text in ["ab", "cd"] * 50:
        chat.add(entry(delta={"content": text}))
    assert len(chat.choices[0].spoken.pieces) >= 98


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
    with pytest.raises(LimitExceeded, match="max_tool_calls is 1"):
        accumulate(calls)


def test_reasons_that_replace_each_other_count_once() -> None:
    words = ["length", "tool_calls", "content_filter"] * 9
    accumulate([entry(delta={}, finish_reason=word) for word in words], limits=Limits(max_message_size=40))


def test_how_deep_a_part_of_content_may_be() -> None:
    """Itself and what is in it: 101 levels, as of any field."""
    accumulate([entry(delta={"content": [nested(101)]})])
    with pytest.raises(ProtocolError, match="deeper than 100"):
        accumulate([entry(delta={"content": [nested(102)]})])
