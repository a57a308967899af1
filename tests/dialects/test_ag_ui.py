"""AG-UI."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble
from ssemble import Limits

from ..counting import assert_linear
from .suite import RAW, Case, Dialects, Json, called, read, sse


def event(kind: str, **fields: Any) -> Json:
    return {"type": kind, **fields}


def text(kind: str, words: Any = None, id: Any = "m", **fields: Any) -> Json:
    return event(f"TEXT_MESSAGE_{kind}", messageId=id, **({} if words is None else {"delta": words}), **fields)


def thought(kind: str, words: Any = None, id: Any = "r", **fields: Any) -> Json:
    return event(f"REASONING_MESSAGE_{kind}", messageId=id, **({} if words is None else {"delta": words}), **fields)


def call(kind: str, words: Any = None, id: Any = "t", **fields: Any) -> Json:
    return event(f"TOOL_CALL_{kind}", toolCallId=id, **({} if words is None else {"delta": words}), **fields)


def first(id: Any = "t", name: Any = "f", **fields: Any) -> Json:
    return call("START", None, id, toolCallName=name, **fields)


def answer(content: Any, id: Any = "t", message: Any = "a", **fields: Any) -> Json:
    return event("TOOL_CALL_RESULT", messageId=message, toolCallId=id, content=content, **fields)


def snapshot(*messages: Any) -> Json:
    return event("MESSAGES_SNAPSHOT", messages=list(messages))


def said(words: Any, id: Any = "m", role: str = "assistant", **fields: Any) -> Json:
    return {"id": id, "role": role, "content": words, **fields}


def entry(arguments: Any, id: str = "t", name: str = "f") -> Json:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls: Any, id: str = "t") -> Json:
    return {"id": id, "role": "assistant", "toolCalls": list(calls)}


def run(*messages: Json, **fields: Any) -> Json:
    return {"threadId": "h", "runId": "n", **fields, "messages": list(messages)}


START = event("RUN_STARTED", threadId="h", runId="n", timestamp=5)
END = event("RUN_FINISHED", threadId="h", runId="n")
STOP = ["finish", 0, "stop", None]
CALLS = ["finish", 0, "tool_calls", None]
CASES: dict[str, Case] = {
    "text": Case(
        [START, text("START", role="assistant"), text("CONTENT", "Te"), text("CONTENT", "a"), text("END"), END],
        run(said("Tea")),
        [["text", 0, "Tea"], STOP],
    ),
    "chunks of text": Case(
        [
            START,
            text("CHUNK", "Te"),
            event("TEXT_MESSAGE_CHUNK", delta="a"),
            text("CHUNK", "B", "m2", name="x"),
            event("TEXT_MESSAGE_CHUNK"),
            END,
        ],
        run(said("Tea"), said("B", "m2", name="x")),
        [["text", 0, "TeaB"], STOP],
    ),
    "a chunk that names nothing": Case(
        [START, event("TEXT_MESSAGE_CHUNK", delta="A"), event("TEXT_MESSAGE_CHUNK", delta="B"), END],
        run({"role": "assistant", "content": "AB"}),
        [["text", 0, "AB"], STOP],
    ),
    "reasoning": Case(
        [
            START,
            event("REASONING_START", messageId="r"),
            thought("START"),
            thought("CONTENT", "H"),
            thought("CONTENT", "m"),
            thought("END"),
            event("REASONING_END", messageId="r"),
            event("REASONING_ENCRYPTED_VALUE", subtype="message", entityId="r", encryptedValue="S"),
            thought("CHUNK", "!", "r2"),
            event("REASONING_MESSAGE_CHUNK", delta="?"),
            text("CHUNK", "A"),
            END,
        ],
        run(said("Hm", "r", "reasoning", encryptedValue="S"), said("!?", "r2", "reasoning"), said("A")),
        [["reasoning", 0, "Hm"], RAW, ["reasoning", 0, "!?"], ["text", 0, "A"], STOP],
    ),
    "a call in its parent": Case(
        [
            START,
            text("CHUNK", "A"),
            first(parentMessageId="m"),
            call("ARGS", '{"a"'),
            call("ARGS", ": 1}"),
            call("END"),
            answer("ok"),
            END,
        ],
        run(said("A", toolCalls=[entry('{"a": 1}')]), said("ok", "a", "tool", toolCallId="t")),
        [["text", 0, "A"], *called('{"a": 1}'), RAW, STOP],
    ),
    "a call without a parent": Case(
        [
            START,
            first(),
            call("ARGS", ""),
            call("END"),
            event("RUN_FINISHED", outcome={"type": "success"}, result=[1], usage=[{"a": 1}]),
        ],
        run(calling(entry("")), result=[1], outcome={"type": "success"}, usage=[{"a": 1}]),
        [*called(""), ["finish", 0, "tool_calls", "success"]],
    ),
    "parents that are not there, or another's": Case(
        [
            START,
            text("START", id="q", role="user"),
            first("t", "f", parentMessageId="p"),
            first("u", "g", parentMessageId="q"),
            call("END"),
            call("END", None, "u"),
            END,
        ],
        run(said("", "q", "user"), calling(entry(""), id="p"), calling(entry("", "u", "g"), id="u")),
        [RAW, ["call", 0, "t", "f"], ["call", 1, "u", "g"], ["end", 0, ""], ["end", 1, ""], CALLS],
    ),
    "chunks of a call": Case(
        [
            START,
            call("CHUNK", '{"a"', toolCallName="f", parentMessageId="p"),
            event("TOOL_CALL_CHUNK", delta=": 1}"),
            call("CHUNK", None, "u", toolCallName="g"),
            event("CUSTOM", name="c"),
            call("CHUNK", "{}", "w", toolCallName="h"),
            END,
        ],
        run(
            calling(entry('{"a": 1}'), id="p"),
            calling(entry("", "u", "g"), id="u"),
            calling(entry("{}", "w", "h"), id="w"),
        ),
        [*called('{"a": 1}'), *called("", 1, "u", "g"), RAW, *called("{}", 2, "w", "h"), CALLS],
    ),
    "results stand behind the message of their call": Case(
        [
            START,
            text("CHUNK", "A"),
            first(parentMessageId="m"),
            call("END"),
            first("u", "g", parentMessageId="m"),
            call("END", None, "u"),
            text("CHUNK", "B", "m2"),
            answer("1"),
            answer("2", "u", "b", role="tool", subagentRunId="s"),
            answer(None, "z", "c"),
            END,
        ],
        run(
            said("A", toolCalls=[entry(""), entry("", "u", "g")]),
            said("1", "a", "tool", toolCallId="t"),
            said("2", "b", "tool", toolCallId="u", subagentRunId="s"),
            said("B", "m2"),
            {"id": "c", "toolCallId": "z", "role": "tool"},
        ),
        [["text", 0, "A"], *called(""), *called("", 1, "u", "g"), ["text", 0, "B"], RAW, RAW, RAW, STOP],
    ),
    "encrypted values": Case(
        [
            START,
            first(),
            event("REASONING_ENCRYPTED_VALUE", subtype="tool-call", entityId="t", encryptedValue="S"),
            event("REASONING_ENCRYPTED_VALUE", subtype="message", entityId="z", encryptedValue="S"),
            call("END"),
            END,
        ],
        run(calling({**entry(""), "encryptedValue": "S"})),
        [["call", 0, "t", "f"], RAW, RAW, ["end", 0, ""], CALLS],
        repairs={"unknown_index": 1},
    ),
    "metadata": Case(
        [
            START,
            text("START", metadata={"a": 1}),
            text("CONTENT", "A", metadata={"b": 2}),
            text("END", metadata={"a": 3}),
            first(metadata={"c": 1}),
            call("ARGS", "{}", metadata={"d": 2}),
            call("END", metadata={}),
            END,
        ],
        run(said("A", metadata={"a": 3, "b": 2}), calling({**entry("{}"), "metadata": {"c": 1, "d": 2}})),
        [["text", 0, "A"], *called("{}"), CALLS],
    ),
    "messages of others": Case(
        [
            START,
            text("START", id="q", role="user"),
            text("CONTENT", "Q", "q"),
            text("END", id="q"),
            text("START", id="s", role="system", name="x"),
            text("START"),
            text("CONTENT", "A"),
            END,
        ],
        run(said("Q", "q", "user"), said("", "s", "system", name="x"), said("A")),
        [RAW, RAW, RAW, ["text", 0, "A"], STOP],
    ),
    "content without a start": Case(
        [START, text("CONTENT", "A"), text("END", id="z"), thought("CONTENT", "Hm"), END],
        run(said("A"), said("Hm", "r", "reasoning")),
        [["text", 0, "A"], ["reasoning", 0, "Hm"], STOP],
        repairs={"unknown_index": 2, "stop_without_start": 1},
    ),
    "a start again": Case(
        [
            START,
            text("START"),
            text("CONTENT", "A"),
            text("START"),
            text("CONTENT", "B"),
            first(),
            first(),
            call("END"),
            END,
        ],
        run(said("AB"), calling(entry(""))),
        [["text", 0, "AB"], ["call", 0, "t", "f"], RAW, ["end", 0, ""], CALLS],
        repairs={"duplicate_call_id": 1},
    ),
    "arguments of no call, and behind the end": Case(
        [
            START,
            call("ARGS", "x"),
            call("END"),
            first(),
            call("ARGS", "{}"),
            call("END"),
            call("ARGS", "x"),
            call("END"),
            END,
        ],
        run(calling(entry("{}"))),
        [RAW, *called("{}"), RAW, CALLS],
        repairs={"unknown_index": 1, "stop_without_start": 1, "late_delta": 1},
    ),
    "a snapshot of what was told": Case(
        [
            START,
            text("CHUNK", "A"),
            first(parentMessageId="m"),
            call("ARGS", "{}"),
            call("END"),
            snapshot(said("A", toolCalls=[entry("{}")]), said("ok", "a", "tool", toolCallId="t")),
            text("CHUNK", "B", "m2"),
            END,
        ],
        run(said("A", toolCalls=[entry("{}")]), said("ok", "a", "tool", toolCallId="t"), said("B", "m2")),
        [["text", 0, "A"], *called("{}"), RAW, ["text", 0, "B"], STOP],
    ),
    "a snapshot that adds": Case(
        [
            START,
            snapshot(
                said("Q", "q", "user"),
                said("A", "m", toolCalls=[entry('{"a": 1}'), 5]),
                said([{"type": "text"}], "v", "user"),
            ),
            text("CONTENT", "B"),
            answer("ok"),
            END,
        ],
        run(
            said("Q", "q", "user"),
            said("AB", toolCalls=[entry('{"a": 1}'), 5]),
            said("ok", "a", "tool", toolCallId="t"),
            said([{"type": "text"}], "v", "user"),
        ),
        [*called('{"a": 1}'), ["text", 0, "A"], RAW, ["text", 0, "B"], RAW, STOP],
    ),
    "a snapshot that goes on": Case(
        [START, text("CHUNK", "A"), snapshot(said("AB"), {"id": "x", "role": "assistant"}), text("CONTENT", "C"), END],
        run(said("ABC"), {"id": "x", "role": "assistant"}),
        [["text", 0, "AB"], RAW, ["text", 0, "C"], STOP],
    ),
    "a snapshot with history before the text": Case(
        [START, text("CHUNK", "B"), snapshot(said("A", "m0"), said("B!", "m")), END],
        run(said("B!"), said("A", "m0")),
        [["text", 0, "B!A"], RAW, STOP],
        contrary=True,
    ),
    "a snapshot while a call arrives": Case(
        [
            START,
            first(),
            call("ARGS", '{"a"'),
            snapshot(calling(entry('{"a"'))),
            call("ARGS", ": 1}"),
            call("END"),
            END,
        ],
        run(calling(entry('{"a": 1}'))),
        [["call", 0, "t", "f"], ["args", 0, '{"a"'], RAW, ["args", 0, ": 1}"], ["end", 0, '{"a": 1}'], CALLS],
    ),
    "a snapshot with more arguments": Case(
        [START, first(), call("ARGS", '{"a"'), snapshot(calling(entry('{"a": 1}'))), call("END"), END],
        run(calling(entry('{"a": 1}'))),
        [["call", 0, "t", "f"], ["args", 0, '{"a": 1}'], RAW, ["end", 0, '{"a": 1}'], CALLS],
    ),
    "a snapshot with results elsewhere": Case(
        [
            START,
            snapshot(
                {**calling(entry("{}")), "id": "a"},
                said("ok", "r", "tool", toolCallId="t"),
                said("A"),
                said("again", "s", "tool", toolCallId="t"),
                {"role": "user", "content": "x"},
                {"role": "user", "content": "y"},
            ),
            answer("third", message="u"),
            END,
        ],
        run(
            {**calling(entry("{}")), "id": "a"},
            said("ok", "r", "tool", toolCallId="t"),
            said("third", "u", "tool", toolCallId="t"),
            said("A"),
            said("again", "s", "tool", toolCallId="t"),
            {"role": "user", "content": "x"},
            {"role": "user", "content": "y"},
        ),
        [*called("{}"), ["text", 0, "A"], RAW, RAW, STOP],
    ),
    "a chunk of no call": Case(
        [
            START,
            event("TOOL_CALL_CHUNK", delta="{}"),
            call("CHUNK", "{", toolCallName="f"),
            event("STATE_DELTA"),
            event("TOOL_CALL_CHUNK", delta="}"),
            END,
        ],
        run(calling(entry("{"))),
        [RAW, ["call", 0, "t", "f"], ["args", 0, "{"], ["end", 0, "{"], RAW, RAW, CALLS],
        repairs={"unknown_index": 2},
    ),
    "reasoning that a snapshot leaves out": Case(
        [START, thought("CHUNK", "Hm"), text("CHUNK", "A"), snapshot(said("A"), said("B", "m2")), END],
        run(said("Hm", "r", "reasoning"), said("A"), said("B", "m2")),
        [["reasoning", 0, "Hm"], ["text", 0, "AB"], RAW, STOP],
    ),
    "reasoning in a snapshot": Case(
        [START, thought("CHUNK", "H"), snapshot(said("Hm", "r", "reasoning"), said("A")), END],
        run(said("Hm", "r", "reasoning"), said("A")),
        [["reasoning", 0, "H"], ["text", 0, "A"], ["reasoning", 0, "m"], RAW, STOP],
    ),
    "an empty snapshot": Case(
        [START, text("CHUNK", "A"), snapshot(), END], run(), [["text", 0, "A"], RAW, STOP], contrary=True
    ),
    "events without a typed meaning": Case(
        [
            START,
            event("STEP_STARTED", stepName="s"),
            event("STATE_SNAPSHOT", snapshot={}),
            event("STATE_DELTA", delta=[]),
            event("ACTIVITY_SNAPSHOT"),
            event("SPARKLE"),
            event("RAW", event={}),
            {"x": 1},
            text("CHUNK", "A"),
            END,
        ],
        run(said("A")),
        [*[RAW] * 7, ["text", 0, "A"], STOP],
    ),
    "an interrupt": Case(
        [START, first(), call("END"), event("RUN_FINISHED", outcome={"type": "interrupt", "interrupts": []})],
        run(calling(entry("")), outcome={"type": "interrupt", "interrupts": []}),
        [*called(""), ["finish", 0, "pause", "interrupt"]],
    ),
    "a run that was cancelled": Case(
        [START, event("RUN_FINISHED", outcome={"type": "cancelled"})],
        run(outcome={"type": "cancelled"}),
        [["finish", 0, "error", "cancelled"]],
    ),
    "other outcomes": Case(
        [START, event("RUN_FINISHED", outcome="novel")], run(outcome="novel"), [["finish", 0, "other", "novel"]]
    ),
    "no start": Case([text("CHUNK", "A"), END], run(said("A")), [["text", 0, "A"], STOP], repairs={"missing_start": 1}),
    "an error": Case(
        [START, text("START"), text("CONTENT", "A"), event("RUN_ERROR", message="No.", code="E1")],
        run(said("A")),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "an error without words": Case(
        [START, call("CHUNK", "{}", toolCallName="f"), event("RUN_ERROR")],
        run(calling(entry("{}"))),
        [["call", 0, "t", "f"], ["args", 0, "{}"]],
        error="ProviderError",
    ),
    "a cut": Case(
        [START, call("CHUNK", '{"a', toolCallName="f")],
        run(calling(entry('{"a'))),
        [["call", 0, "t", "f"], ["args", 0, '{"a']],
        error="IncompleteStream",
    ),
    "half a surrogate pair": Case(
        [
            START,
            text("CHUNK", "A\ud83d"),
            text("CHUNK", "\ude00\ud83d"),
            text("START", id="q", role="user"),
            text("CONTENT", "\ud83d", "q"),
            thought("CHUNK", "\ud83d"),
            first(),
            call("ARGS", "\ud83d"),
            call("END"),
            END,
        ],
        run(said("A😀\ud83d"), said("\ud83d", "q", "user"), said("\ud83d", "r", "reasoning"), calling(entry("\ud83d"))),
        [["text", 0, "A😀"], RAW, ["text", 0, "\ud83d"], RAW, *called("\ud83d"), ["reasoning", 0, "\ud83d"], CALLS],
    ),
    "nothing behind the end": Case(
        [START, END, text("CHUNK", "A")], run(), [STOP], repairs={"bytes_after_terminator": 1}
    ),
}


class TestRuns(Dialects):
    dialect: ClassVar[str] = "ag-ui"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [START, text("START"), *[text("CONTENT", each) for each in texts]],
            "timed": [START, text("START"), *[text("CONTENT", each, timestamp=n + 1) for n, each in enumerate(texts)]],
            "chunks": [START, *[text("CHUNK", each) for each in texts]],
            "reasoning": [START, thought("START"), *[thought("CONTENT", each) for each in texts]],
            "arguments": [START, first(), *[call("ARGS", each) for each in texts]],
        }


@pytest.mark.parametrize(
    "payload",
    [
        text("CONTENT", 5),
        call("ARGS", []),
        snapshot(5),
        event("MESSAGES_SNAPSHOT", messages={}),
        snapshot(said("A", toolCalls=5)),
    ],
)
def test_fields_of_another_type(payload: Json) -> None:
    assert isinstance(read(sse([START, first(), payload])).error, ssemble.ProtocolError)


def test_the_words_of_an_error() -> None:
    for name, code, words in (("an error", "E1", "No."), ("an error without words", None, "RUN_ERROR")):
        error = read(sse(CASES[name].payloads)).error
        assert isinstance(error, ssemble.ProviderError)
        assert (error.type, error.code, error.message) == (None, code, words)


def test_an_error_ends_no_call() -> None:
    assert not read(sse(CASES["an error without words"].payloads)).completion.tool_calls[0].closed


def test_a_call_is_an_entry() -> None:
    completion = read(sse(CASES["a call in its parent"].payloads)).completion
    assert completion.tool_calls[0].to_dict() == completion.to_dict()["messages"][0]["toolCalls"][0]
    assert (completion.id, completion.model, completion.usage) == ("n", None, None)


def test_many_snapshots_of_many_messages_have_a_limit() -> None:
    payloads = [START, *[thought("CHUNK", "H", f"r{n}") for n in range(200)], *[snapshot() for _ in range(500)]]
    assert isinstance(read(sse(payloads), limits=Limits(max_message_size=500_000)).error, ssemble.LimitExceeded)


def test_metadata_that_grows() -> None:
    def work(count: int) -> None:
        events = [text("START", metadata={str(number): number}) for number in range(count)]
        assert len(read(sse(events)).completion.to_dict()["messages"][0]["metadata"]) == count

    assert_linear(work, 600)


@pytest.mark.parametrize("closed", [True, False])
def test_a_snapshot_replaces_the_arguments_of_a_call(closed: bool) -> None:
    """SPEC section 8b: "MESSAGES_SNAPSHOT replaces"."""
    end = [call("END")] if closed else []
    seen = read(sse([START, first(), call("ARGS", '{"a": 1}'), *end, snapshot(calling(entry('{"b": 2}')))]))
    found = seen.completion.tool_calls[0]
    assert (found.arguments, found.closed, seen.completion.to_dict()) == (
        '{"b": 2}',
        closed,
        run(calling(entry('{"b": 2}'))),
    )
    same = read(sse([START, first(), call("ARGS", '{"a": 1}'), *end, snapshot(calling(entry("")))]))
    assert same.completion.tool_calls[0].arguments == '{"a": 1}'


def test_the_arguments_of_snapshots_are_charged_once() -> None:
    snapshots = [snapshot(calling(entry(f'{{"{n}": "{"x" * 100}"}}'))) for n in range(20)]
    seen = read(sse([START, first(), *snapshots]), limits=Limits(max_message_size=12_000))
    assert not isinstance(seen.error, ssemble.LimitExceeded)
