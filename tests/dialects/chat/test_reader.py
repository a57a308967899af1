"""OpenAI chat completions."""

from __future__ import annotations

import contextlib
import traceback
from typing import Any

import pytest

import ssemble
from ssemble import ChoiceEnd, LimitExceeded, Limits, MessageStart, PartialJSON, ProtocolError, TextDelta, UsageUpdate
from ssemble._dialects import recognise
from ssemble._dialects.chat.reader import ChatReader

from ...helpers import (
    MOVES,
    accumulate,
    assert_same_error,
    call,
    chunk,
    finished,
)
from .chat_cases import FIRST, KNOWN, RESULTS


def test_a_whole_message() -> None:
    chunks = [
        FIRST,
        {**FIRST, **chunk({"content": "Hi"}), "system_fingerprint": "fp1"},
        {**FIRST, **chunk({}, "stop"), "system_fingerprint": "fp2", "obfuscation": "xyz", "p": "xy"},
        {**FIRST, "choices": [], "usage": {"total_tokens": 3}},
    ]
    events, completion, repairs = accumulate(chunks)
    assert events == [
        MessageStart("m1", "gpt", created=7),
        TextDelta("Hi"),
        UsageUpdate({"total_tokens": 3}),
        ChoiceEnd(0, "stop", "stop"),
    ]
    assert completion.to_dict() == {
        "id": "m1",
        "object": "chat.completion",
        "created": 7,
        "model": "gpt",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "system_fingerprint": "fp2",
        "usage": {"total_tokens": 3},
    }
    assert (completion.id, completion.model, completion.created) == ("m1", "gpt", 7)
    assert (completion.dialect, completion.complete, completion.usage) == ("openai-chat", True, {"total_tokens": 3})
    assert repairs == {}


@pytest.mark.parametrize(("chunks", "fields"), RESULTS.values(), ids=list(RESULTS))
def test_fields_of_the_message(chunks: list[dict[str, Any]], fields: dict[str, Any]) -> None:
    _, completion, _ = accumulate(chunks)
    result = completion.to_dict()
    assert {key: result[key] for key in fields} == fields
    assert not {"obfuscation", "p", "error", "usage"} & result.keys()


def test_odd_kinds_in_the_typed_view_are_text_or_nothing() -> None:
    events, completion, _ = accumulate([{"id": 5, "created": "x", "model": ["m"]}])
    assert (completion.id, completion.created, completion.model) == ("5", None, "['m']")
    assert events == [MessageStart("5", "['m']")]


def indexes(*chunks: dict[str, Any], **options: Any) -> list[tuple[int, str]]:
    _, completion, _ = accumulate(chunks, **options)
    return [(choice.index, choice.message.text) for choice in completion.choices]


def test_choices_are_kept_apart_and_in_order() -> None:
    chunks = [chunk({"content": text}, index=index) for text, index in (("a", 2), ("b", 0), ("c", 2))]
    assert indexes(*chunks) == [(0, "b"), (2, "ac")]
    assert indexes(*chunks, n=3) == [(0, "b"), (2, "ac")]
    assert indexes(*chunks, n=1) == [(0, "abc")]


def test_a_choice_without_an_index_is_that_of_its_place() -> None:
    two = {"choices": [{"delta": {"content": "a"}}, {"index": None, "delta": {"content": "b"}}]}
    assert indexes(two, two) == [(0, "aa"), (1, "bb")]
    assert indexes({"choices": {"index": "3", "delta": {"content": "a"}}}) == [(3, "a")]


def test_choices_end_together_at_the_end() -> None:
    events, completion, _ = accumulate([chunk({}, "stop", index=1), chunk({"content": "a"})], terminated=False)
    assert events == [MessageStart(None, None), TextDelta("a"), ChoiceEnd(1, "stop", "stop")]
    assert not completion.complete


def test_the_message_starts_once_with_what_is_known() -> None:
    assert accumulate([{"choices": []}, {"usage": {"a": 1}}], terminated=False)[0] == [UsageUpdate({"a": 1})]
    assert accumulate([{"choices": []}, {"id": "1"}, {"id": "2", "model": "m"}])[0] == [MessageStart("1", None)]


@pytest.mark.parametrize(
    ("chunks", "usage"),
    [
        ([{"usage": {"a": 1}}, {"usage": {"a": 2, "b": 1}}], {"a": 2, "b": 1}),
        ([{"usage": {"a": 1}}, {"usage": None}, {"usage": {}}, {"usage": 0}, {"usage": ""}], {"a": 1}),
        ([{"choices": [{"usage": {"a": 1}}]}], {"a": 1}),
        ([{"choices": [{"usage": {"a": 1}}], "usage": {"a": 2}}], {"a": 2}),
        ([{"x_groq": {"usage": {"a": 1}}}], {"a": 1}),
        ([{"x_groq": {"usage": {"a": 1}}, "usage": {"a": 2}}], {"a": 2}),
        ([{"x_groq": "x"}, {"x_groq": {"usage": None}}], None),
        ([{"usage": None}], None),
    ],
    ids=str,
)
def test_usage(chunks: list[dict[str, Any]], usage: dict[str, Any] | None) -> None:
    _, completion, _ = accumulate(chunks)
    assert completion.usage == completion.to_dict().get("usage") == usage


@pytest.mark.parametrize(("payload", "known"), KNOWN, ids=str)
def test_what_is_recognised(payload: Any, known: bool) -> None:
    assert ChatReader.recognises(payload) is known


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({"choices": 5}, "$.choices"),
        ({"choices": "x"}, "$.choices"),
        ({"choices": ["x"]}, "$.choices[0]"),
        ({"choices": [{}, 5]}, "$.choices[1]"),
        ({"choices": [[]]}, "$.choices[0]"),
        ({"choices": [{"index": 0.5}]}, "$.choices[0].index"),
        ({"choices": [{"index": "x"}]}, "$.choices[0].index"),
        ({"choices": [{"index": True}]}, "$.choices[0].index"),
        ({"choices": [{"index": -1}]}, "$.choices[0].index"),
        ({"choices": [{"index": -1.0}]}, "$.choices[0].index"),
    ],
    ids=str,
)
def test_what_cannot_be_merged(broken: dict[str, Any], where: str) -> None:
    chat = ChatReader()
    chat.add(chunk({"content": "a"}))
    with pytest.raises(ProtocolError) as caught:
        chat.add(broken)
    assert caught.value.where == where
    depths = set()
    for again in ({}, broken, {}):
        with pytest.raises(ProtocolError) as later:
            chat.add(again)
        assert_same_error(later.value, caught.value)
        depths.add(len(list(traceback.walk_tb(later.value.__traceback__))))
    assert len(depths) == 1, "each raise adds its frames to those of the last"
    assert chat.completion().text == "a"


def test_events_first_and_then_the_error() -> None:
    chat = ChatReader()
    events = chat.add({"id": "1", "choices": [{"delta": {"content": "a"}}, 5]})
    assert events == [MessageStart("1", None), TextDelta("a")]
    assert isinstance(chat.error, ProtocolError)
    assert chat.error.__traceback__ is None  # it would hold the chunk
    for _ in range(3):
        with pytest.raises(ProtocolError) as caught:
            chat.add({})
        assert len(caught.traceback) == 2
    assert chat.result()["choices"][0]["message"]["content"] == "a"


@pytest.mark.parametrize("wrong", [b"{}", "{}", None, [], 5], ids=repr)
def test_what_is_no_chunk_is_misuse(wrong: Any) -> None:
    chat = ChatReader()
    with pytest.raises(TypeError, match=rf"takes a decoded chunk, not {type(wrong).__name__}: "):
        chat.add(wrong)
    assert chat.add(chunk({"content": "a"}))[1:] == [TextDelta("a")]


def test_a_message_that_cannot_be_merged_is_told_at_the_end() -> None:
    chat = ChatReader()
    chat.add({"choices": [{"message": {"content": 10**5000}, "finish_reason": "stop"}]})
    assert finished(chat) == [ChoiceEnd(0, "stop", "stop")]
    assert isinstance(chat.error, ProtocolError)
    assert chat.result()["choices"][0]["message"]["content"] == 10**5000


def test_max_choices() -> None:
    limits = Limits(max_choices=2)
    assert len(indexes(chunk(index=5), chunk(index=7), chunk(index=5), limits=limits)) == 2
    chat = ChatReader(limits=limits)
    events = chat.add({"choices": [{"index": index, "delta": {"content": "a"}} for index in range(3)]})
    assert events == [MessageStart(None, None), TextDelta("a", 0), TextDelta("a", 1)]
    with pytest.raises(LimitExceeded) as caught:
        chat.add({})
    assert (caught.value.what, caught.value.limit) == ("max_choices", 2)


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_it_moves_between_chunks(move: Any) -> None:
    chunks = [FIRST, chunk({"content": "a"}), {"usage": {"a": 1}}, {"choices": 5}, {}]
    straight, moved = ChatReader(), ChatReader()
    for each in chunks:
        moved = move(moved)
        outcomes: list[Any] = []
        for chat in (straight, moved):
            try:
                outcomes.append(chat.add(each))
            except ProtocolError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
        assert moved.result() == straight.result()


def test_events_are_not_changed_afterwards() -> None:
    chat = ChatReader()
    chunks: list[dict[str, Any]] = [{"usage": {"a": 1, "b": {"c": 1}}}, {"usage": {"a": 2, "b": {"c": 2}}}]
    events: list[ssemble.StreamEvent] = [event for each in chunks for event in chat.add(each)]
    completion = chat.completion()
    events[-1].usage["b"]["c"] = 9  # type: ignore[union-attr]  # a UsageUpdate
    chat.add({"usage": {"a": 3}})
    assert events[0] == UsageUpdate({"a": 1, "b": {"c": 1}})
    assert completion.usage == {"a": 2, "b": {"c": 2}}
    assert chat.completion().usage == {"a": 3, "b": {"c": 2}}


def test_a_call_so_far() -> None:
    chat = ChatReader()
    chat.add(call(0, id="x", name="f", arguments="[1"))
    assert (chat.tool_call().name, chat.tool_call(0, 0).arguments) == ("f", "[1")
    for place in ((1, 0), (0, 1)):
        with pytest.raises(LookupError, match="wait for its ToolCallStart event"):
            chat.tool_call(*place)


def test_the_text_of_a_choice_that_has_begun_or_not() -> None:
    chat, partials = ChatReader(), [ssemble.PartialJSON(), ssemble.PartialJSON()]
    chat.add(chunk({"content": "[1"}))
    for choice, partial in enumerate(partials):
        chat.attach_partial(choice, partial)
    chat.add(chunk({"content": ", 2]"}, index=1))
    assert [partial.raw for partial in partials] == ["[1", ", 2]"]


@pytest.mark.parametrize("field", ["id", "created", "model"])
@pytest.mark.parametrize("value", [[], {}, [1], {"a": []}], ids=repr)
def test_a_name_that_is_none_is_not_kept_by_reference(field: str, value: Any) -> None:
    chat = ChatReader()
    chat.add({field: value, **chunk({"content": "a"})})
    before = repr(chat.result())
    value.append(7) if isinstance(value, list) else value.update(b=7)
    assert repr(chat.result()) == before


@pytest.mark.parametrize(
    "heads",
    [
        [{"id": "i", "created": 5, "model": "m"}],
        [{"id": "i"}, {"created": 5}, {"model": "m"}],
        [{"id": "i", "model": "m"}, {"created": 5, "model": "m"}],
        [{"created": 5, "model": "m"}, {"id": "i", "model": "m"}],
        [{"id": "i", "created": 5}, {"model": "m"}],
        [{}, {"model": "x"}, {"id": "i", "created": 5, "model": "m"}, {"id": "j", "created": 6}],
    ],
    ids=str,
)
def test_a_message_is_named_in_any_order(heads: list[dict[str, Any]]) -> None:
    _, completion, _ = accumulate([{**head, "choices": []} for head in heads])
    assert (completion.id, completion.created, completion.model) == ("i", 5, "m")


def test_what_it_is_made_with_counts() -> None:
    chunks = [chunk({"content": "a"}), chunk({"content": "ab"})]
    assert accumulate(chunks, cumulative=True)[1].text == "ab"
    assert accumulate(chunks)[1].text == "aab"
    with pytest.raises(LimitExceeded, match=r"max_tool_calls \(1\)"):
        accumulate([call(0, name="f"), call(1, name="g")], limits=Limits(max_tool_calls=1))
    with pytest.raises(LimitExceeded, match=r"more choices than max_choices \(1\)"):
        accumulate([chunk(index=0), chunk(index=1)], limits=Limits(max_choices=1))
    with pytest.raises(LimitExceeded, match=r"max_message_size \(1 character\)"):
        accumulate(chunks, limits=Limits(max_message_size=1))


@pytest.mark.parametrize("reason", ["stop", None])
def test_the_view_is_as_complete_as_one_says(reason: str | None) -> None:
    chat = ChatReader()
    chat.add(chunk({"content": "a"}, reason))
    assert chat.completion().complete is (reason is not None)
    for complete in (True, False):
        assert chat.completion(complete).complete is complete


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"choices": ["x"]}, "expected a choice object, got str"),
        ({"choices": 5}, "expected a list, got int"),
    ],
    ids=str,
)
def test_what_was_found_instead_is_told(broken: dict[str, Any], words: str) -> None:
    chat = ChatReader()
    chat.add({"id": "i"})
    with pytest.raises(ProtocolError, match=words):
        chat.add(broken)


def test_what_ends_if_nobody_knows_whether_the_terminator_came() -> None:
    chat = ChatReader()
    chat.add({"choices": [{"delta": {"content": "a"}}, {"delta": {"content": "a"}, "finish_reason": "stop"}]})
    chat.add(call(0, name="f", arguments="{}"))
    assert [event.type for event in finished(chat)] == ["tool_call.delta", "choice.end"]
    assert [event.type for event in finished(chat, False)] == []
    assert [event.type for event in finished(chat, True)] == ["tool_call.end", "choice.end"]
    assert chat.repairs == {"missing_finish_reason": 1}


def test_a_message_instead_of_deltas_is_told_at_the_end() -> None:
    chat = ChatReader()
    chat.add({"choices": [{"message": {"content": "Hi"}}]})
    assert finished(chat, True) == [TextDelta("Hi"), ChoiceEnd(0, None, None)]


def test_a_choice_that_is_null_hides_none_behind_it() -> None:
    assert indexes({"choices": [None, {"delta": {"content": "a"}}]}) == [(1, "a")]


def test_an_error_tells_which_choice() -> None:
    chat = ChatReader()
    chat.add({"choices": [{}, {"delta": {"tool_calls": 5}}]})
    assert isinstance(chat.error, ProtocolError)
    assert chat.error.where == "$.choices[1].delta.tool_calls"


def test_a_time_of_zero_is_kept_until_another_comes() -> None:
    chat = ChatReader()
    chat.add({"created": 0, "choices": []})
    assert chat.result()["created"] == 0
    chat.add({"created": 5, "choices": []})
    chat.add({"created": 6, "choices": []})
    assert chat.result()["created"] == 5


def test_a_chunk_is_known_by_its_name() -> None:
    chat = ChatReader()
    for name in ("chat.completion.chunk", "chat.completion"):
        assert chat.recognises({"object": name})
    assert not chat.recognises({"object": "chat"})


def said(id: Any, content: str = "", reason: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    delta = {"content": content} if content else {}
    return {"id": id, "choices": [{"index": index, "delta": delta, "finish_reason": reason}], **more}


SECOND: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "a second response": ([said("1", "A", "stop"), said("2", "B", "stop")], True),
    "it begins with a role": (
        [said("1", "A", "stop"), {"id": "2", "choices": [{"index": 0, "delta": {"role": "assistant"}}]}],
        True,
    ),
    "two answers that were not streamed": (
        [{"id": id, "choices": [{"message": {"content": id}, "finish_reason": "stop"}]} for id in "12"],
        True,
    ),
    "counts under another id": ([said("1", "A", "stop"), {"id": "2", "choices": [], "usage": {"a": 1}}], False),
    "an end under another id": ([said("1", "A", "stop"), said("2", "", "stop")], False),
    "ids that change": ([said("1", "A"), said("2", "B", "stop"), said("3", "C", "stop")], False),
    "the same id": ([said("1", "A", "stop"), said("1", "B", "stop")], False),
    "no id": ([said("1", "A", "stop"), said(None, "B", "stop")], False),
    "an id that comes late": ([said(None, "A", "stop"), said("1", "B", "stop")], False),
    "before the end": ([said("1", "A"), said("2", "B")], False),
    "another choice": ([said("1", "A", "stop"), said("2", "B", "stop", index=1)], False),
    "no choices": ([said("1", "A", "stop"), {"id": "2", "choices": None}, {"id": "3", "choices": [None, 5]}], False),
}


@pytest.mark.parametrize(("chunks", "refused"), SECOND.values(), ids=list(SECOND))
def test_a_second_response_is_not_joined_to_the_first(chunks: list[dict[str, Any]], refused: bool) -> None:
    chat = ChatReader()
    for number, each in enumerate(chunks, 1):
        with contextlib.suppress(ProtocolError):
            chat.add(each)
        second = isinstance(chat.error, ProtocolError) and "got a second response" in str(chat.error)
        assert second is (refused and number == len(chunks))
    assert not refused or chat.completion().text in ("A", "1")


def test_a_choice_is_followed_by_the_last_who_asked() -> None:
    chat = ChatReader()
    one, two = PartialJSON(), PartialJSON()
    for partial, text in ((one, "[1"), (one, ", 2"), (two, "]")):
        chat.attach_partial(0, partial)
        chat.add(chunk({"content": text}))
    assert (one.raw, two.raw) == ("[1, 2", "[1, 2]")


@pytest.mark.parametrize("wrong", ["n/a", 5, True, [1]], ids=repr)
@pytest.mark.parametrize("inside", [False, True], ids=["of the chunk", "of the choice"])
def test_usage_of_another_shape_is_kept_and_counted(wrong: Any, inside: bool) -> None:
    odd = {"choices": [{"usage": wrong}]} if inside else {"usage": wrong}
    _, completion, repairs = accumulate([chunk({"content": "a"}, "stop"), odd], terminated=False)
    assert completion.to_dict()["usage"] == wrong
    assert completion.usage is None
    assert repairs == {"unknown_shape": 1}
    for chunks in ([odd, {"usage": {"a": 1}}], [{"usage": {"a": 1}}, odd]):
        _, completion, _ = accumulate(chunks)
        assert completion.usage == completion.to_dict()["usage"] == {"a": 1}


def test_usage_that_says_nothing_new_makes_no_event() -> None:
    updates = [{"a": 1}, {"a": 1}, {"a": 0}, {"a": 2}, {"b": None}, {"b": None}, {"a": 2}]
    events, _, _ = accumulate([{"usage": update} for update in updates])
    assert [event.usage for event in events if isinstance(event, UsageUpdate)] == [
        {"a": 1},
        {"a": 2},
        {"a": 2, "b": None},
    ]


def test_a_negative_index_is_no_choice() -> None:
    chat = ChatReader()
    chat.add({"id": "m"})
    with pytest.raises(ProtocolError, match="expected a choice index of 0 or more, got -1"):
        chat.add(chunk({"content": "a"}, index=-1))
    assert chat.completion().choices == ()
    assert indexes(chunk({"content": "a"}, index=-1), n=1) == [(0, "a")]


def test_a_choice_that_is_false_is_none() -> None:
    assert indexes({"choices": [False, {"delta": {"content": "a"}}]}, {"choices": False}) == [(1, "a")]
    assert indexes({"choices": [{"index": 0.0, "delta": {"content": "a"}}]}, chunk({"content": "b"})) == [(0, "ab")]


ANSWER: dict[str, Any] = {
    "id": "c1", "object": "chat.completion", "created": None, "model": "m", "system_fingerprint": None,
    "choices": [{
        "index": 0, "logprobs": None, "finish_reason": "tool_calls", "stop_reason": None,
        "message": {"role": "assistant", "content": None, "refusal": None, "function_call": None, "tool_calls": [
            {"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": ""}},
        ]},
    }],
    "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8, "prompt_tokens_details": None},
}  # fmt: skip


@pytest.mark.parametrize("changed", [{}, {"usage": None, "error": None}, {"x": {"y": None, "z": []}}], ids=str)
def test_an_answer_that_was_not_streamed_comes_back_as_it_was(changed: dict[str, Any]) -> None:
    answer = {**ANSWER, **changed}
    _, completion, repairs = accumulate([answer], terminated=False)
    assert completion.to_dict() == answer
    assert repairs == {}
    assert completion.tool_calls[0].parse_arguments() == {}
    for streamed in ([{**answer, "object": "chat.completion.chunk"}], [answer, answer]):
        assert accumulate(streamed, terminated=False)[2] == {"message_instead_of_delta": 1}


def test_repairs_are_handed_out_fresh() -> None:
    chat = ChatReader()
    chat.add({"choices": {"delta": {}}})
    repairs = chat.repairs
    repairs.clear()
    assert chat.repairs == {"object_instead_of_list": 1}
    before = chat.repairs
    chat.add({"choices": {"delta": {}}})
    assert before == {"object_instead_of_list": 1}


def test_what_can_be_the_first_payload() -> None:
    assert recognise({"choices": []}) == "openai-chat"
    assert recognise({"object": "chat.completion.chunk"}) == "openai-chat"
    others: list[Any] = [{"usage": {"a": 1}}, {"object": "response", "choices": []}, [], None]
    for foreign in others:
        assert recognise(foreign) != "openai-chat"


def test_a_message_has_begun_with_its_first_choice() -> None:
    chat = ChatReader()
    chat.add({"id": "1", "choices": []})
    assert not chat.begun
    chat.add(chunk({}))
    assert chat.begun


def test_the_end_of_an_accumulator_ends_what_a_finish_reason_ended() -> None:
    chat = ChatReader()
    chat.add({"choices": [*chunk({"content": "a"}, "stop")["choices"], *chunk({"content": "b"}, index=1)["choices"]]})
    assert [event.choice for event in chat.end() if isinstance(event, ChoiceEnd)] == [0]
    assert chat.end() == []


def test_the_json_of_a_final_message_is_made_when_it_is_wanted() -> None:
    chat = ChatReader()
    for each in (FIRST, chunk({"content": "Hi"}, "stop"), chunk({"content": "Ho"}, "stop", index=1)):
        chat.add(each)
    now, later = chat.completion(), chat.completion(final=True)
    assert later == now
    assert [choice.message.to_dict() for choice in later.choices] == [
        choice.message.to_dict() for choice in now.choices
    ]
    assert [choice.to_dict() for choice in later.choices] == [choice.to_dict() for choice in now.choices]
    assert later.to_dict() == now.to_dict() == chat.result()
