"""AG-UI."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble
from ssemble import Limits

from .suite import Case, Dialects, Json, read, sse


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


START = event("RUN_STARTED", threadId="h", runId="n", timestamp=5)
END = event("RUN_FINISHED", threadId="h", runId="n")


CASES: dict[str, Case] = {
    "text": Case(
        [START, text("START", role="assistant"), text("CONTENT", "Te"), text("CONTENT", "a"), text("END"), END],
        {"threadId": "h", "runId": "n", "messages": [{"id": "m", "role": "assistant", "content": "Tea"}]},
        [["text", 0, "Tea"], ["finish", 0, "stop", None]],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "m", "role": "assistant", "content": "Tea"},
                {"id": "m2", "role": "assistant", "name": "x", "content": "B"},
            ],
        },
        [["text", 0, "TeaB"], ["finish", 0, "stop", None]],
    ),
    "a chunk that names nothing": Case(
        [START, event("TEXT_MESSAGE_CHUNK", delta="A"), event("TEXT_MESSAGE_CHUNK", delta="B"), END],
        {"threadId": "h", "runId": "n", "messages": [{"role": "assistant", "content": "AB"}]},
        [["text", 0, "AB"], ["finish", 0, "stop", None]],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "r", "role": "reasoning", "content": "Hm", "encryptedValue": "S"},
                {"id": "r2", "role": "reasoning", "content": "!?"},
                {"id": "m", "role": "assistant", "content": "A"},
            ],
        },
        [["reasoning", 0, "Hm"], ["raw"], ["reasoning", 0, "!?"], ["text", 0, "A"], ["finish", 0, "stop", None]],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "m",
                    "role": "assistant",
                    "content": "A",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
                },
                {"id": "a", "toolCallId": "t", "role": "tool", "content": "ok"},
            ],
        },
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["end", 0, '{"a": 1}'],
            ["raw"],
            ["finish", 0, "stop", None],
        ],
    ),
    "a call without a parent": Case(
        [
            START,
            first(),
            call("ARGS", ""),
            call("END"),
            event("RUN_FINISHED", outcome={"type": "success"}, result=[1], usage=[{"a": 1}]),
        ],
        {
            "threadId": "h",
            "runId": "n",
            "result": [1],
            "outcome": {"type": "success"},
            "usage": [{"a": 1}],
            "messages": [
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}],
                }
            ],
        },
        [["call", 0, "t", "f"], ["end", 0, ""], ["finish", 0, "tool_calls", "success"]],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "q", "role": "user", "content": ""},
                {
                    "id": "p",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}],
                },
                {
                    "id": "u",
                    "role": "assistant",
                    "toolCalls": [{"id": "u", "type": "function", "function": {"name": "g", "arguments": ""}}],
                },
            ],
        },
        [
            ["raw"],
            ["call", 0, "t", "f"],
            ["call", 1, "u", "g"],
            ["end", 0, ""],
            ["end", 1, ""],
            ["finish", 0, "tool_calls", None],
        ],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "p",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
                },
                {
                    "id": "u",
                    "role": "assistant",
                    "toolCalls": [{"id": "u", "type": "function", "function": {"name": "g", "arguments": ""}}],
                },
                {
                    "id": "w",
                    "role": "assistant",
                    "toolCalls": [{"id": "w", "type": "function", "function": {"name": "h", "arguments": "{}"}}],
                },
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["end", 0, '{"a": 1}'],
            ["call", 1, "u", "g"],
            ["end", 1, ""],
            ["raw"],
            ["call", 2, "w", "h"],
            ["args", 2, "{}"],
            ["end", 2, "{}"],
            ["finish", 0, "tool_calls", None],
        ],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "m",
                    "role": "assistant",
                    "content": "A",
                    "toolCalls": [
                        {"id": "t", "type": "function", "function": {"name": "f", "arguments": ""}},
                        {"id": "u", "type": "function", "function": {"name": "g", "arguments": ""}},
                    ],
                },
                {"id": "a", "toolCallId": "t", "role": "tool", "content": "1"},
                {"id": "b", "toolCallId": "u", "role": "tool", "content": "2", "subagentRunId": "s"},
                {"id": "m2", "role": "assistant", "content": "B"},
                {"id": "c", "toolCallId": "z", "role": "tool"},
            ],
        },
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["end", 0, ""],
            ["call", 1, "u", "g"],
            ["end", 1, ""],
            ["text", 0, "B"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["finish", 0, "stop", None],
        ],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [
                        {
                            "id": "t",
                            "type": "function",
                            "function": {"name": "f", "arguments": ""},
                            "encryptedValue": "S",
                        }
                    ],
                }
            ],
        },
        [["call", 0, "t", "f"], ["raw"], ["raw"], ["end", 0, ""], ["finish", 0, "tool_calls", None]],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "m", "role": "assistant", "metadata": {"a": 3, "b": 2}, "content": "A"},
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [
                        {
                            "id": "t",
                            "type": "function",
                            "function": {"name": "f", "arguments": "{}"},
                            "metadata": {"c": 1, "d": 2},
                        }
                    ],
                },
            ],
        },
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["end", 0, "{}"],
            ["finish", 0, "tool_calls", None],
        ],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "q", "role": "user", "content": "Q"},
                {"id": "s", "role": "system", "name": "x", "content": ""},
                {"id": "m", "role": "assistant", "content": "A"},
            ],
        },
        [["raw"], ["raw"], ["raw"], ["text", 0, "A"], ["finish", 0, "stop", None]],
    ),
    "content without a start": Case(
        [START, text("CONTENT", "A"), text("END", id="z"), thought("CONTENT", "Hm"), END],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "m", "role": "assistant", "content": "A"},
                {"id": "r", "role": "reasoning", "content": "Hm"},
            ],
        },
        [["text", 0, "A"], ["reasoning", 0, "Hm"], ["finish", 0, "stop", None]],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "m", "role": "assistant", "content": "AB"},
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}],
                },
            ],
        },
        [["text", 0, "AB"], ["call", 0, "t", "f"], ["raw"], ["end", 0, ""], ["finish", 0, "tool_calls", None]],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
                }
            ],
        },
        [
            ["raw"],
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["end", 0, "{}"],
            ["raw"],
            ["finish", 0, "tool_calls", None],
        ],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "m",
                    "role": "assistant",
                    "content": "A",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
                },
                {"id": "a", "role": "tool", "toolCallId": "t", "content": "ok"},
                {"id": "m2", "role": "assistant", "content": "B"},
            ],
        },
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["end", 0, "{}"],
            ["raw"],
            ["text", 0, "B"],
            ["finish", 0, "stop", None],
        ],
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "q", "role": "user", "content": "Q"},
                {
                    "id": "m",
                    "role": "assistant",
                    "content": "AB",
                    "toolCalls": [
                        {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
                        5,
                    ],
                },
                {"id": "a", "toolCallId": "t", "role": "tool", "content": "ok"},
                {"id": "v", "role": "user", "content": [{"type": "text"}]},
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["end", 0, '{"a": 1}'],
            ["text", 0, "A"],
            ["raw"],
            ["text", 0, "B"],
            ["raw"],
            ["finish", 0, "stop", None],
        ],
    ),
    "a snapshot that goes on": Case(
        [START, text("CHUNK", "A"), snapshot(said("AB"), {"id": "x", "role": "assistant"}), text("CONTENT", "C"), END],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [{"id": "m", "role": "assistant", "content": "ABC"}, {"id": "x", "role": "assistant"}],
        },
        [["text", 0, "AB"], ["raw"], ["text", 0, "C"], ["finish", 0, "stop", None]],
    ),
    "a snapshot with history before the text": Case(
        [START, text("CHUNK", "B"), snapshot(said("A", "m0"), said("B!", "m")), END],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "m", "role": "assistant", "content": "B!"},
                {"id": "m0", "role": "assistant", "content": "A"},
            ],
        },
        [["text", 0, "B!A"], ["raw"], ["finish", 0, "stop", None]],
        contrary=True,
    ),
    "a snapshot while a call arrives": Case(
        [
            START,
            first(),
            call("ARGS", '{"a"'),
            snapshot({"id": "t", "role": "assistant", "toolCalls": [entry('{"a"')]}),
            call("ARGS", ": 1}"),
            call("END"),
            END,
        ],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
                }
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a"'],
            ["raw"],
            ["args", 0, ": 1}"],
            ["end", 0, '{"a": 1}'],
            ["finish", 0, "tool_calls", None],
        ],
    ),
    "reasoning that a snapshot leaves out": Case(
        [START, thought("CHUNK", "Hm"), text("CHUNK", "A"), snapshot(said("A"), said("B", "m2")), END],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "r", "role": "reasoning", "content": "Hm"},
                {"id": "m", "role": "assistant", "content": "A"},
                {"id": "m2", "role": "assistant", "content": "B"},
            ],
        },
        [["reasoning", 0, "Hm"], ["text", 0, "AB"], ["raw"], ["finish", 0, "stop", None]],
    ),
    "reasoning in a snapshot": Case(
        [START, thought("CHUNK", "H"), snapshot(said("Hm", "r", "reasoning"), said("A")), END],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "r", "role": "reasoning", "content": "Hm"},
                {"id": "m", "role": "assistant", "content": "A"},
            ],
        },
        [["reasoning", 0, "H"], ["text", 0, "A"], ["reasoning", 0, "m"], ["raw"], ["finish", 0, "stop", None]],
    ),
    "an empty snapshot": Case(
        [START, text("CHUNK", "A"), snapshot(), END],
        {"threadId": "h", "runId": "n", "messages": []},
        [["text", 0, "A"], ["raw"], ["finish", 0, "stop", None]],
        contrary=True,
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
        {"threadId": "h", "runId": "n", "messages": [{"id": "m", "role": "assistant", "content": "A"}]},
        [["raw"], ["raw"], ["raw"], ["raw"], ["raw"], ["raw"], ["raw"], ["text", 0, "A"], ["finish", 0, "stop", None]],
    ),
    "an interrupt": Case(
        [START, first(), call("END"), event("RUN_FINISHED", outcome={"type": "interrupt", "interrupts": []})],
        {
            "threadId": "h",
            "runId": "n",
            "outcome": {"type": "interrupt", "interrupts": []},
            "messages": [
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}],
                }
            ],
        },
        [["call", 0, "t", "f"], ["end", 0, ""], ["finish", 0, "pause", "interrupt"]],
    ),
    "a run that was cancelled": Case(
        [START, event("RUN_FINISHED", outcome={"type": "cancelled"})],
        {"threadId": "h", "runId": "n", "outcome": {"type": "cancelled"}, "messages": []},
        [["finish", 0, "error", "cancelled"]],
    ),
    "other outcomes": Case(
        [START, event("RUN_FINISHED", outcome="novel")],
        {"threadId": "h", "runId": "n", "outcome": "novel", "messages": []},
        [["finish", 0, "other", "novel"]],
    ),
    "no start": Case(
        [text("CHUNK", "A"), END],
        {"threadId": "h", "runId": "n", "messages": [{"id": "m", "role": "assistant", "content": "A"}]},
        [["text", 0, "A"], ["finish", 0, "stop", None]],
        repairs={"missing_start": 1},
    ),
    "an error": Case(
        [START, text("START"), text("CONTENT", "A"), event("RUN_ERROR", message="No.", code="E1")],
        {"threadId": "h", "runId": "n", "messages": [{"id": "m", "role": "assistant", "content": "A"}]},
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "an error without words": Case(
        [START, call("CHUNK", "{}", toolCallName="f"), event("RUN_ERROR")],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
                }
            ],
        },
        [["call", 0, "t", "f"], ["args", 0, "{}"]],
        error="ProviderError",
    ),
    "a cut": Case(
        [START, call("CHUNK", '{"a', toolCallName="f")],
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a'}}],
                }
            ],
        },
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
        {
            "threadId": "h",
            "runId": "n",
            "messages": [
                {"id": "m", "role": "assistant", "content": "A😀\ud83d"},
                {"id": "q", "role": "user", "content": "\ud83d"},
                {"id": "r", "role": "reasoning", "content": "\ud83d"},
                {
                    "id": "t",
                    "role": "assistant",
                    "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "\ud83d"}}],
                },
            ],
        },
        [
            ["text", 0, "A😀"],
            ["raw"],
            ["text", 0, "\ud83d"],
            ["raw"],
            ["call", 0, "t", "f"],
            ["args", 0, "\ud83d"],
            ["end", 0, "\ud83d"],
            ["reasoning", 0, "\ud83d"],
            ["finish", 0, "tool_calls", None],
        ],
    ),
    "nothing behind the end": Case(
        [START, END, text("CHUNK", "A")],
        {"threadId": "h", "runId": "n", "messages": []},
        [["finish", 0, "stop", None]],
        repairs={"bytes_after_terminator": 1},
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
