"""Tool calls put back together."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import ssemble
from ssemble import LimitExceeded, Limits, ProtocolError, ToolCall, ToolCallDelta, ToolCallEnd, ToolCallStart
from ssemble._dialects.answer import CALL_COST as CALL
from ssemble._dialects.chat.choice import CHOICE_COST as CHOICE
from ssemble._dialects.chat.reader import ChatReader

from ...counting import Count, counted
from ...helpers import MOVES, accumulate, call, chunk, finished, made_calls, memory, only_our_errors, replaced
from .call_cases import CASES

END = chunk(finish_reason="tool_calls")


@pytest.mark.parametrize(("chunks", "calls", "repairs"), CASES.values(), ids=list(CASES))
def test_calls(chunks: list[dict[str, Any]], calls: list[tuple[str | None, str, str]], repairs: dict[str, int]) -> None:
    events, completion, found = accumulate([*chunks, END])
    assert [(each.id, each.name, each.arguments) for each in completion.tool_calls] == calls
    assert found == {code: count for code, count in repairs.items() if count}
    ends = [event for event in events if isinstance(event, ToolCallEnd)]
    assert sorted(event.index for event in ends) == list(range(len(calls)))
    assert all(each.closed for each in completion.tool_calls)


@pytest.mark.parametrize(("chunks", "calls", "repairs"), CASES.values(), ids=list(CASES))
def test_calls_that_were_cut(chunks: list[dict[str, Any]], calls: Any, repairs: Any) -> None:
    for at in range(0, len(chunks) + 1, len(chunks) // 10 or 1):
        events, completion, _ = accumulate(chunks[:at], terminated=False)
        ended = {event.index for event in events if isinstance(event, ToolCallEnd)}
        assert ended == {each.index for each in completion.tool_calls if each.closed}
        assert len(ended) < max(1, len(completion.tool_calls)), "the last was cut"


@pytest.mark.parametrize(("chunks", "calls", "repairs"), CASES.values(), ids=list(CASES))
def test_calls_move_between_chunks(chunks: list[dict[str, Any]], calls: Any, repairs: Any) -> None:
    whole = accumulate([*chunks, END])
    for move in MOVES.values():
        chat = ChatReader()
        events: list[ssemble.StreamEvent] = []
        for each in (*chunks, END):
            chat = move(chat)
            events += chat.add(each)
        events += finished(move(chat), True)
        assert events == whole[0]


def told(chunks: list[dict[str, Any]], terminated: bool = True, **options: Any) -> list[Any]:
    """The events of calls, an end by what its call holds."""
    events, _, _ = accumulate(chunks, terminated, **options)
    budget = [event for event in events if event.type.startswith("tool_call")]
    return [event.tool_call.arguments if isinstance(event, ToolCallEnd) else event for event in budget]


def start(index: int = 0, id: str | None = None, name: str = "f", **more: Any) -> ToolCallStart:
    return ToolCallStart(0, index, id, name, **more)


def delta(arguments: str, index: int = 0) -> ToolCallDelta:
    return ToolCallDelta(0, index, arguments)


EVENTS: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "as they come": (
        [call(name="f"), call(arguments="{"), call(arguments="}"), call(arguments=" ")],
        [start(), delta("{"), delta("}"), delta(" "), "{} "],
    ),
    "nothing before the name": (
        [call(id="1", arguments="{"), call(arguments="1"), call(name="f", arguments="}")],
        [start(id="1"), delta("{1}"), "{1}"],
    ),
    "a name that never comes": ([call(id="1", arguments="{}")], [start(id="1", name=""), delta("{}"), "{}"]),
    "a placeholder is held": (
        [call(name="f", arguments="{}"), chunk(finish_reason="stop"), call(arguments='{"a": 1}')],
        [start(), delta('{"a": 1}'), '{"a": 1}'],
    ),
    "a held placeholder is told at the end": ([call(name="f", arguments="{}")], [start(), delta("{}"), "{}"]),
    "the next begins": (
        [call(3, name="f", arguments="{}"), call(1, name="g")],
        [start(), start(1, name="g"), delta("{}"), "{}"],
    ),
    "the next begins behind a whole one": (
        [call(3, name="f", arguments='{"a": 1}'), call(1, name="g")],
        [start(), delta('{"a": 1}'), '{"a": 1}', start(1, name="g")],
    ),
    "the next begins inside": (
        [call(3, name="f", arguments="{"), call(1, name="g"), call(3, arguments="}")],
        [start(), delta("{"), start(1, name="g"), delta("}"), "{}"],
    ),
    "a finish_reason": (
        [call(name="f", arguments="{"), chunk(finish_reason="tool_calls")],
        [start(), delta("{"), "{"],
    ),
    "more behind the end": (
        [call(name="f", arguments='{"a": 1}'), chunk(finish_reason="tool_calls"), call(arguments=" ")],
        [start(), delta('{"a": 1}'), '{"a": 1}', delta(" ")],
    ),
    "a finish_reason behind every fragment": (
        [each for text in ("", '{"a"', ": 1}") for each in (call(name="f", arguments=text), chunk(finish_reason="stop"))],
        [start(), delta('{"a"'), delta(": 1}"), '{"a": 1}'],
    ),
    "a finish_reason before the arguments": (
        [call(name="f"), chunk(finish_reason="tool_calls"), call(arguments="[1]")],
        [start(), delta("[1]"), "[1]"],
    ),
    "all so far each time": (
        [call(name="f", arguments=text) for text in ('{"a"', '{"a": 1', '{"a": 1}')] + [END],
        [start(), delta('{"a"'), delta(": 1}"), '{"a": 1}'],
    ),
    "all so far, and then something else": (
        [call(name="f", arguments=text) for text in ('{"a":', '{"a":1}', "}")] + [END],
        [start(), delta('{"a":'), delta('{"a":1}}'), '{"a":{"a":1}}'],
    ),
    "custom": (
        [call(id="1", type="custom", custom={"name": "f", "input": "{}"}), call(custom={"input": "{}"}), END],
        [start(id="1", tool_type="custom"), delta("{}"), delta("{}"), "{}{}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("chunks", "events"), EVENTS.values(), ids=list(EVENTS))
def test_events(chunks: list[dict[str, Any]], events: list[Any]) -> None:
    assert told(chunks) == events


# what a call has when the end comes -> is it closed, by each reason, with and without the terminator
WORDS: dict[str | None, str] = {
    "stop": "stop", "tool_calls": "stop", "TOOL-USE": "stop", "length": "cut", "content_filter": "cut", "error": "cut",
    "weird": "cut", None: "none",
}  # fmt: skip


@pytest.mark.parametrize("terminated", [True, False, None])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    ("arguments", "closes"),
    [("", "stop"), ('{"a"', "stop"), ("[1]", "stop"), ("{}", "stop cut"), ('{"a": 1}', "stop cut")],
)
def test_what_closes_a_call(arguments: str, closes: str, word: str | None, terminated: bool | None) -> None:
    """Only a reason by which the model ended its calls closes one that is not whole."""
    chunks = [call(0, id="1", name="f", arguments=arguments), chunk(finish_reason=word)]
    events, completion, _ = accumulate(chunks, terminated)
    closed = WORDS[word] in closes.split() or (word is None and terminated is True and "cut" in closes)
    assert completion.tool_calls[0].closed is closed
    assert [type(event) for event in events].count(ToolCallEnd) == closed
    if not arguments and not closed:
        with pytest.raises(ssemble.IncompleteJSON):
            completion.tool_calls[0].parse_arguments()
        assert not completion.tool_calls[0].complete


@pytest.mark.parametrize("behind", [[], [call(0, name="f")], [call(0, arguments="")]], ids=["new", "name", "empty"])
def test_a_reason_before_a_call_does_not_close_it(behind: list[dict[str, Any]]) -> None:
    chunks = [chunk({"content": "x"}, "tool_calls"), call(0, id="1", name="f"), *behind]
    _, completion, _ = accumulate(chunks)
    assert not completion.tool_calls[0].closed
    _, completion, _ = accumulate([*chunks, END])
    assert completion.tool_calls[0].closed


def test_cumulative_arguments_are_told_once() -> None:
    texts = ["{}", '{"a"', '{"a": 1', '{"a": 1}', '{"a": 1}']
    chunks = [*(call(id="1", name="f", arguments=text) for text in texts), END]
    assert told(chunks, cumulative=True) == [start(id="1"), delta('{"a"'), delta(": 1"), delta("}"), '{"a": 1}']
    custom = [*(call(custom={"name": "f", "input": text}) for text in ("a", "ab", "ab")), END]
    assert told(custom, cumulative=True) == [start(tool_type="custom"), delta("a"), delta("b"), "ab"]


@pytest.mark.parametrize("reason", ["length", "weird", None])
def test_what_restates_all_so_far_is_meant_only_where_the_model_ended_it(reason: str | None) -> None:
    chunks = [call(name="f", arguments='{"a":'), call(arguments='{"a":1}'), chunk(finish_reason=reason)]
    _, completion, repairs = accumulate(chunks)
    assert completion.tool_calls[0].arguments == '{"a":{"a":1}'
    assert not completion.tool_calls[0].closed
    assert "cumulative_arguments" not in repairs


def test_a_type_with_an_object_of_its_own_is_no_function() -> None:
    search: dict[str, Any] = {"type": "web_search", "web_search": {"q": "a"}}
    for entries in (
        [{"id": "1", "index": 0, **search}],
        [{"index": 0, **search}],
        [search],
        [{"index": 0, "id": "2", "function": {"name": "f", "arguments": "{}"}}, search],
        [{"index": 0, "function": {"name": "f", "arguments": "{}"}}, {"index": 0, **search}],
        [{"index": 0, "type": "code", "code": {"x": 1}}, {"index": 0, **search}],
    ):
        events, completion, _ = accumulate([*(chunk({"tool_calls": [entry]}) for entry in entries), END])
        named = [entry for entry in entries if "function" in entry]
        assert [each.name for each in completion.tool_calls] == ["f"] * len(named)
        assert [event.name for event in events if isinstance(event, ToolCallStart)] == ["f"] * len(named)
        raw = completion.to_dict()["choices"][0]["message"]["tool_calls"]
        assert len(raw) == len(entries)
        assert search in [{key: each[key] for key in each if key != "id"} for each in raw]


def test_a_cut_closes_nothing_and_holds_nothing_back() -> None:
    assert told([call(name="f", arguments="{}")], terminated=False) == [start(), delta("{}")]
    assert told([call(id="1", arguments='{"a')], terminated=False) == [start(id="1", name=""), delta('{"a')]


@pytest.mark.parametrize("reason", ["length", "content_filter", "error"])
def test_a_reason_that_cuts_closes_only_what_is_whole(reason: str) -> None:
    chunks = [call(0, name="f", arguments="{"), call(1, name="g", arguments="{}"), chunk(finish_reason=reason)]
    events, completion, _ = accumulate(chunks)
    assert [event.index for event in events if isinstance(event, ToolCallEnd)] == [1]
    assert [(each.closed, each.complete) for each in completion.tool_calls] == [(False, False), (True, True)]


def test_the_ordinal_is_that_of_the_first_event() -> None:
    _, completion, _ = accumulate([call(9, id="1"), call(4, name="g"), call(9, name="f")])
    assert [(each.name, each.index) for each in completion.tool_calls] == [("g", 0), ("f", 1)]


@pytest.mark.parametrize(
    ("entries", "plain"),
    [
        ([{"function": {"name": "f"}}], {"id": None, "type": "function", "function": {"name": "f", "arguments": ""}}),
        ([{"type": "FUNCTION", "id": "1"}], {"id": "1", "type": "function", "function": {"name": "", "arguments": ""}}),
        ([{"type": "t", "id": "1"}, {"type": "u"}], {"id": "1", "type": "t"}),
        (
            [{"type": "web_search", "id": "1", "web_search": {"q": "a"}}, {"id": "1", "web_search": {"n": 1}}],
            {"id": "1", "type": "web_search", "web_search": {"q": "a", "n": 1}},
        ),
        ([{"type": 5, "id": "1"}], {"id": "1", "type": "function", "function": {"name": "", "arguments": ""}}),
        (
            [{"custom": {"name": "f", "input": "a"}}, {"custom": {"input": "b"}}],
            {"id": None, "type": "custom", "custom": {"name": "f", "input": "ab"}},
        ),
        (
            [{"custom": {"name": "get_"}}, {"custom": {"name": "x", "input": "b"}}],
            {"id": None, "type": "custom", "custom": {"name": "get_x", "input": "b"}},
        ),
        (
            [{"id": "1", "x": {"s": "a", "n": 1}, "function": {"y": "p"}}, {"x": {"s": "b"}, "function": {"y": "q"}}],
            {
                "id": "1",
                "type": "function",
                "function": {"name": "", "arguments": "", "y": "q"},
                "x": {"s": "b", "n": 1},
            },
        ),
    ],
    ids=str,
)  # fmt: skip
def test_the_shape_of_a_call(entries: list[dict[str, Any]], plain: dict[str, Any]) -> None:
    _, completion, _ = accumulate([chunk({"tool_calls": [{"index": 0, **each}]}) for each in entries])
    assert completion.to_dict()["choices"][0]["message"]["tool_calls"] == [plain]
    assert [each.to_dict() for each in completion.tool_calls] == [plain] * (len(plain.keys() & {"function", "custom"}))


def test_a_view_tells_the_same_as_the_shape() -> None:
    _, completion, repairs = accumulate([call(id="1", type="Custom", custom={"name": "f", "input": "x"}), END])
    assert completion.tool_calls == (ToolCall("1", "custom", "f", "x"),)
    assert repairs == {"uppercase_type": 1}


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"index": 1.5}, "[0].index"),
        ({"index": "x"}, "[0].index"),
        ({"function": "f"}, "[0].function"),
        ({"function": [1]}, "[0].function"),
        ({"custom": "f"}, "[0].function"),
        ({"function": {"name": ["x"]}}, "[0].function.name"),
        ({"function": {"name": {"a": 1}}}, "[0].function.name"),
        ("f", "[0]"),
        (7, "[0]"),
        ([], "[0]"),
    ],
    ids=str,
)
def test_what_cannot_be_a_call(entry: Any, where: str) -> None:
    chat = ChatReader()
    chat.add(call(name="f"))
    with pytest.raises(ProtocolError) as caught:
        chat.add(chunk({"tool_calls": [entry]}))
    assert caught.value.where == f"$.choices[0].delta.tool_calls{where}"
    assert [each.name for each in chat.completion().tool_calls] == ["f"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"function": "f"}, "expected an object, got 'f'"),
        ({"function": {"name": ["x"]}}, "expected text, got"),
        ({"index": "x"}, "expected an integer index, got 'x'"),
        ("f", "expected a tool call object, got str"),
    ],
    ids=str,
)
def test_what_was_found_instead_is_told(entry: Any, words: str) -> None:
    chat = ChatReader()
    chat.add(call(name="f"))
    with pytest.raises(ProtocolError, match=words):
        chat.add(chunk({"tool_calls": [entry]}))


@pytest.mark.parametrize("first", [[], [call(1, id="2", name="g", arguments="{}")]], ids=["alone", "second"])
def test_wrong_values_in_every_place(first: list[dict[str, Any]]) -> None:
    sound = call(0, id="1", type="function", name="f", arguments="{", x={"y": "z"})
    entry = sound["choices"][0]["delta"]["tool_calls"]
    for broken in replaced(entry):
        chunks = [sound, chunk({"tool_calls": broken}), call(arguments="}"), chunk(finish_reason="tool_calls")]
        only_our_errors(first + chunks)
        only_our_errors(first + chunks[1:])


def test_max_tool_calls_is_per_choice() -> None:
    limits = Limits(max_tool_calls=2)
    chunks = [call(index, name="f") for index in (0, 1)] + [chunk(call(0, name="f")["choices"][0]["delta"], index=1)]
    assert len(accumulate(chunks, limits=limits)[1].tool_calls) == 2
    chat = ChatReader(limits=limits)
    for each in chunks:
        chat.add(each)
    with pytest.raises(LimitExceeded) as caught:
        chat.add(call(2, name="f"))
    assert (caught.value.what, caught.value.limit) == ("max_tool_calls", 2)
    assert len(chat.completion().tool_calls) == 2


def test_what_calls_keep_counts() -> None:
    chunks = [{"id": "m"}, call(id="12", name="f", arguments="345"), call(arguments="6")]
    size = 2 * 16 + CHOICE + CALL + 8  # besides the characters: a text, an id
    accumulate(chunks, limits=Limits(max_message_size=size))
    with pytest.raises(LimitExceeded):
        accumulate(chunks, limits=Limits(max_message_size=size - 1))
    custom = [{"id": "m"}, call(id="12", custom={"name": "f", "input": "345"}), call(custom={"input": "6"})]
    accumulate(custom, limits=Limits(max_message_size=size))
    with pytest.raises(LimitExceeded):
        accumulate(custom, limits=Limits(max_message_size=size - 1))


@pytest.mark.parametrize(
    "chunks",
    [
        [call(name="f", arguments="{"), call(arguments="}"), call(arguments='{"a": 1}')],
        [call(name="f", arguments="{}"), chunk(finish_reason="tool_calls"), call(arguments='{"a": 1}')],
    ],
    ids=["in pieces", "after its end"],
)
def test_what_was_told_is_never_taken_back(chunks: list[dict[str, Any]]) -> None:
    accumulate(chunks)


def test_arguments_behind_the_end_are_a_repair() -> None:
    chunks = [call(name="f", arguments='{"a": 1}'), chunk(finish_reason="tool_calls"), call(arguments=" ")]
    assert accumulate(chunks)[2] == {"arguments_after_end": 1}


def test_changing_ids_count() -> None:
    with pytest.raises(LimitExceeded):
        accumulate(
            [call(id=f"{number:099}", arguments="x") for number in range(100)], limits=Limits(max_message_size=1000)
        )


def test_types_count() -> None:
    with pytest.raises(LimitExceeded):
        accumulate([call(id="1", type="x" * 10_000)], limits=Limits(max_message_size=1000))


def test_deep_arguments() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    only_our_errors([call(name="f", arguments=deep)])


def test_arguments_that_cannot_be_written_are_told_with_their_place() -> None:
    circle: list[Any] = []
    circle.append(circle)
    for arguments in (circle, [Decimal("1.5")]):
        chat = ChatReader()
        chat.add(call(name="f"))
        with pytest.raises(ProtocolError, match=r"expected arguments as JSON, got list: ") as caught:
            chat.add(call(arguments=arguments))
        assert caught.value.where == "$.choices[0].delta.tool_calls[0].function.arguments"


def test_arguments_cost_no_more_while_the_name_is_missing() -> None:
    def count(**first: str) -> Count:
        chat = ChatReader()
        chat.add(call(id="1", arguments="x" * 100_000, **first))
        more = [call(arguments="x") for _ in range(100)]
        return counted(lambda: list(map(chat.add, more)))

    nameless, named = count(), count(name="f")
    assert all(more < 2 * less for more, less in zip(nameless, named, strict=True)), (nameless, named)


def test_arguments_take_no_more_memory_while_the_name_is_missing() -> None:
    chat = ChatReader()
    pieces = [chr(0x4E00 + number) for number in range(20_000)]

    def work() -> None:
        for piece in pieces:
            chat.add(json.loads(json.dumps(call(id="1", arguments=piece))))

    assert memory(work) < 20 * len(pieces)  # each piece alone would take 80 bytes
    start, delta = chat.add(call(name="f"))
    assert start == ToolCallStart(0, 0, "1", "f")
    assert delta == ToolCallDelta(0, 0, "".join(pieces))
    assert chat.add(call(arguments="x")) == [ToolCallDelta(0, 0, "x")]


@pytest.mark.parametrize("looked", [0, 1, 2])
def test_arguments_are_followed_from_their_beginning(looked: int) -> None:
    chat = ChatReader()
    partial = None
    for number, entry in enumerate(
        (call(0, id="x", name="f", arguments="[1, "), call(0, arguments="2"), call(0, arguments="]"))
    ):
        chat.add(entry)
        if number == looked:
            partial = made_calls(chat).calls[0].partial_json()
    assert partial is made_calls(chat).calls[0].partial_json()
    assert partial is not None
    assert partial.close() == [1, 2]


def test_what_no_event_has_told_is_not_followed() -> None:
    chat = ChatReader()
    chat.add(call(0, id="x", arguments="[1"))
    held = made_calls(chat).calls[0]
    assert held.partial_json().raw == ""
    chat.add(call(0, name="f", arguments="]"))
    assert held.partial_json().raw == "[1]"


def test_a_call_is_found_by_its_ordinal_wherever_it_stands() -> None:
    chat = ChatReader()
    for index in (0, 1, 2):
        chat.add(call(index, id=f"c{index}", arguments="1"))
    for index in (2, 0, 1):
        chat.add(call(index, name=f"f{index}"))
    calls = made_calls(chat)
    assert [each.name for ordinal in range(4) if (each := calls.started(ordinal)) is not None] == ["f2", "f0", "f1"]
    assert calls.started(-1) is None


def test_a_call_whose_name_has_not_come_is_the_first_so_far() -> None:
    chat = ChatReader()
    assert chat.add(call(0, id="x")) == [ssemble.MessageStart(None, None)]
    assert [(each.id, each.index, each.closed) for each in chat.completion().tool_calls] == [("x", 0, False)]


def test_calls_without_an_index_come_before_those_with_one() -> None:
    _, completion, _ = accumulate(
        [call(None, id=id, name="f", arguments="{}") for id in "ab"] + [call(0, id="c", name="f")]
    )
    assert [each.id for each in completion.tool_calls] == ["a", "b", "c"]


def test_white_space_before_an_object_does_not_hide_it() -> None:
    chunks = [call(None, name="f", arguments='{"a": 0}'), call(None, arguments=' {"a": 1}')]
    _, completion, _ = accumulate(chunks)
    assert [each.arguments for each in completion.tool_calls] == ['{"a": 0}', ' {"a": 1}']


def test_an_id_counts_once_however_often_it_is_sent() -> None:
    chunks = [call(0, id="i" * 50, name="f")] + [call(0, id="i" * 50, arguments="1")] * 9
    accumulate(chunks, limits=Limits(max_message_size=CHOICE + CALL + 16 + 60))


def test_arguments_sent_as_an_object_are_written_without_spaces() -> None:
    _, completion, _ = accumulate([call(0, name="f", arguments={"a": 1, "b": ["é"]})])
    assert completion.tool_calls[0].arguments == '{"a":1,"b":["é"]}'


def test_the_limit_of_calls_names_what_it_limits() -> None:
    with pytest.raises(LimitExceeded, match=r"choice has more tool calls than max_tool_calls \(1\)"):
        accumulate([call(0, name="f"), call(1, name="g")], limits=Limits(max_tool_calls=1))


def test_what_could_not_be_written_is_the_cause() -> None:
    chat = ChatReader()
    chat.add(call(0, name="f", arguments={"a": 10**5000}))
    assert isinstance(chat.error, ProtocolError)
    assert isinstance(chat.error.__cause__, ValueError)
