"""Mistral's Conversations API."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble

from .suite import Case, Dialects, Json, read, sse


def start(**fields: Any) -> Json:
    return {"type": "conversation.response.started", "conversation_id": "v", "created_at": "t", **fields}


def output(content: Any, index: Any = 0, **fields: Any) -> Json:
    head = {"type": "message.output.delta", "output_index": index, "content_index": 0, "id": f"e{index}"}
    return {**head, "role": "assistant", "content": content, **fields}


def text(words: Any) -> Json:
    return {"type": "text", "text": words}


def thinking(*inner: Any, **fields: Any) -> Json:
    return {"type": "thinking", "thinking": list(inner), **fields}


def call(arguments: Any, index: Any = 0, call_id: Any = "t", name: Any = "f", **fields: Any) -> Json:
    head = {"type": "function.call.delta", "output_index": index, "id": f"e{index}"}
    return {**head, "name": name, "tool_call_id": call_id, "arguments": arguments, **fields}


def event(kind: str, index: Any = 0, **fields: Any) -> Json:
    return {"type": kind, "output_index": index, "id": f"e{index}", **fields}


def done(**fields: Any) -> Json:
    return {"type": "conversation.response.done", "usage": {"total_tokens": 5}, **fields}


CASES: dict[str, Case] = {
    "text": Case(
        [start(), output("Te", model="m"), output("a", model="n"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "message.output",
                    "id": "e0",
                    "role": "assistant",
                    "model": "m",
                    "content": "Tea",
                }
            ],
        },
        [["text", 0, "Tea"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "chunks among texts": Case(
        [
            start(),
            output("A"),
            output({"type": "tool_file", "file_id": "F"}),
            output("B"),
            output(text("C")),
            output(None),
            done(),
        ],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "message.output",
                    "id": "e0",
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": "A"},
                        {"type": "tool_file", "file_id": "F"},
                        {"type": "text", "text": "BC"},
                    ],
                }
            ],
        },
        [["text", 0, "A"], ["raw"], ["text", 0, "BC"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "text chunks": Case(
        [start(), output({**text("A"), "x": 1}), output({**text("B"), "x": 2}), output("C"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "message.output",
                    "id": "e0",
                    "role": "assistant",
                    "content": [{"type": "text", "text": "ABC", "x": 2}],
                }
            ],
        },
        [["text", 0, "ABC"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "thinking": Case(
        [
            start(),
            output(thinking(text("H"), closed=False)),
            output(thinking(text("m"), {"type": "reference", "ids": [1]}, text("."), closed=True)),
            output("A"),
            output(thinking(text("B"))),
            done(),
        ],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "message.output",
                    "id": "e0",
                    "role": "assistant",
                    "content": [
                        {
                            "type": "thinking",
                            "thinking": [
                                {"type": "text", "text": "Hm"},
                                {"type": "reference", "ids": [1]},
                                {"type": "text", "text": "."},
                            ],
                            "closed": True,
                        },
                        {"type": "text", "text": "A"},
                        {"type": "thinking", "thinking": [{"type": "text", "text": "B"}]},
                    ],
                }
            ],
        },
        [
            ["reasoning", 0, "Hm."],
            ["text", 0, "A"],
            ["reasoning", 0, "B"],
            ["usage", {"total_tokens": 5}],
            ["finish", 0, "stop", "done"],
        ],
    ),
    "thinking of another shape": Case(
        [start(), output({"type": "thinking", "thinking": "Hm"}), output(thinking()), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "message.output",
                    "id": "e0",
                    "role": "assistant",
                    "content": [{"type": "thinking", "thinking": "Hm"}, {"type": "thinking", "thinking": []}],
                }
            ],
        },
        [["raw"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "calls": Case(
        [start(), call('{"a"'), call(": 1}"), call(None, 1, "u", "g"), call("", 1, "u", "g"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": '{"a": 1}',
                    "id": "e0",
                    "name": "f",
                    "tool_call_id": "t",
                },
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": "",
                    "id": "e1",
                    "name": "g",
                    "tool_call_id": "u",
                },
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["call", 1, "u", "g"],
            ["usage", {"total_tokens": 5}],
            ["end", 0, '{"a": 1}'],
            ["end", 1, ""],
            ["finish", 0, "tool_calls", "done"],
        ],
    ),
    "a call whose name comes later": Case(
        [start(), call("{", call_id=None, name=None), call("}"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": "{}",
                    "id": "e0",
                    "name": "f",
                    "tool_call_id": "t",
                }
            ],
        },
        [
            ["call", 0, None, ""],
            ["args", 0, "{}"],
            ["usage", {"total_tokens": 5}],
            ["end", 0, "{}"],
            ["finish", 0, "tool_calls", "done"],
        ],
    ),
    "arguments as an object": Case(
        [start(), call({"a": 1}), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": '{"a": 1}',
                    "id": "e0",
                    "name": "f",
                    "tool_call_id": "t",
                }
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["usage", {"total_tokens": 5}],
            ["end", 0, '{"a": 1}'],
            ["finish", 0, "tool_calls", "done"],
        ],
    ),
    "another call at an index": Case(
        [start(), call("{}"), call("[]", 0, "u", "g"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": "{}",
                    "id": "e0",
                    "name": "f",
                    "tool_call_id": "t",
                },
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": "[]",
                    "id": "e0",
                    "name": "g",
                    "tool_call_id": "u",
                },
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["call", 1, "u", "g"],
            ["args", 1, "[]"],
            ["usage", {"total_tokens": 5}],
            ["end", 0, "{}"],
            ["end", 1, "[]"],
            ["finish", 0, "tool_calls", "done"],
        ],
        repairs={"index_reused": 1},
    ),
    "another type at an index": Case(
        [start(), output("A"), call("{}"), output("B"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "A"},
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": "{}",
                    "id": "e0",
                    "name": "f",
                    "tool_call_id": "t",
                },
                {"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "B"},
            ],
        },
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["text", 0, "B"],
            ["usage", {"total_tokens": 5}],
            ["end", 0, "{}"],
            ["finish", 0, "tool_calls", "done"],
        ],
        repairs={"index_reused": 2},
    ),
    "interleaved entries": Case(
        [start(), output("A", 1), call('{"a"', 0), output("B", 1), call(": 1}", 0), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": '{"a": 1}',
                    "id": "e0",
                    "name": "f",
                    "tool_call_id": "t",
                },
                {"object": "entry", "type": "message.output", "id": "e1", "role": "assistant", "content": "AB"},
            ],
        },
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["args", 0, '{"a"'],
            ["text", 0, "B"],
            ["args", 0, ": 1}"],
            ["usage", {"total_tokens": 5}],
            ["end", 0, '{"a": 1}'],
            ["finish", 0, "tool_calls", "done"],
        ],
    ),
    "no index": Case(
        [start(), output("A", None), {"type": "message.output.delta", "content": "B"}, done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {"object": "entry", "type": "message.output", "id": "eNone", "role": "assistant", "content": "AB"}
            ],
        },
        [["text", 0, "AB"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "tools of the server's": Case(
        [
            start(),
            event("tool.execution.started", name="web", arguments='{"q"'),
            event("tool.execution.delta", arguments=': "x"}'),
            event("tool.execution.done", info={"hits": 2}),
            output("A", 1),
            done(),
        ],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "tool.execution",
                    "id": "e0",
                    "name": "web",
                    "arguments": '{"q": "x"}',
                    "info": {"hits": 2},
                },
                {"object": "entry", "type": "message.output", "id": "e1", "role": "assistant", "content": "A"},
            ],
        },
        [["raw"], ["raw"], ["raw"], ["text", 0, "A"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "a tool that says nothing": Case(
        [start(), event("tool.execution.started", name="web"), event("tool.execution.done", info={}), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [{"object": "entry", "type": "tool.execution", "id": "e0", "name": "web", "info": {}}],
        },
        [["raw"], ["raw"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "handoffs": Case(
        [
            start(),
            event("agent.handoff.started", previous_agent_id="a"),
            event("agent.handoff.done", next_agent_id="b"),
            output("A", 1),
            done(),
        ],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "agent.handoff",
                    "id": "e0",
                    "previous_agent_id": "a",
                    "next_agent_id": "b",
                },
                {"object": "entry", "type": "message.output", "id": "e1", "role": "assistant", "content": "A"},
            ],
        },
        [["raw"], ["raw"], ["text", 0, "A"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "no output": Case(
        [start(), done(usage=None)],
        {"object": "conversation.response", "conversation_id": "v", "outputs": []},
        [["finish", 0, "stop", "done"]],
    ),
    "no start": Case(
        [output("A"), done(usage={})],
        {
            "object": "conversation.response",
            "usage": {},
            "outputs": [{"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "A"}],
        },
        [["text", 0, "A"], ["finish", 0, "stop", "done"]],
        repairs={"missing_start": 1},
    ),
    "two starts": Case(
        [start(), start(conversation_id="w"), output("A"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "w",
            "usage": {"total_tokens": 5},
            "outputs": [{"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "A"}],
        },
        [["text", 0, "A"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
        repairs={"duplicate_start": 1},
    ),
    "an error": Case(
        [start(), output("A"), {"type": "conversation.response.error", "message": "No.", "code": 3000}],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "outputs": [{"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "A"}],
        },
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "an error without words": Case(
        [start(), output("A"), {"type": "conversation.response.error", "code": True}],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "outputs": [{"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "A"}],
        },
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "other payloads": Case(
        [start(), {"type": "novel"}, {"type": "conversation.response.novel"}, output("A"), done()],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [{"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "A"}],
        },
        [["raw"], ["raw"], ["text", 0, "A"], ["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
    ),
    "a cut": Case(
        [start(), output("A"), call('{"a', 1)],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "outputs": [
                {"object": "entry", "type": "message.output", "id": "e0", "role": "assistant", "content": "A"},
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": '{"a',
                    "id": "e1",
                    "name": "f",
                    "tool_call_id": "t",
                },
            ],
        },
        [["text", 0, "A"], ["call", 0, "t", "f"], ["args", 0, '{"a']],
        error="IncompleteStream",
    ),
    "half a surrogate pair": Case(
        [
            start(),
            output("A\ud83d"),
            output("\ude00\ud83d"),
            output(thinking(text("\ud83d"))),
            call("\ud83d", 1),
            done(),
        ],
        {
            "object": "conversation.response",
            "conversation_id": "v",
            "usage": {"total_tokens": 5},
            "outputs": [
                {
                    "object": "entry",
                    "type": "message.output",
                    "id": "e0",
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": "A😀\ud83d"},
                        {"type": "thinking", "thinking": [{"type": "text", "text": "\ud83d"}]},
                    ],
                },
                {
                    "object": "entry",
                    "type": "function.call",
                    "arguments": "\ud83d",
                    "id": "e1",
                    "name": "f",
                    "tool_call_id": "t",
                },
            ],
        },
        [
            ["text", 0, "A😀\ud83d"],
            ["call", 0, "t", "f"],
            ["usage", {"total_tokens": 5}],
            ["args", 0, "\ud83d"],
            ["end", 0, "\ud83d"],
            ["reasoning", 0, "\ud83d"],
            ["finish", 0, "tool_calls", "done"],
        ],
    ),
    "nothing behind the end": Case(
        [start(), done(), output("A")],
        {"object": "conversation.response", "conversation_id": "v", "usage": {"total_tokens": 5}, "outputs": []},
        [["usage", {"total_tokens": 5}], ["finish", 0, "stop", "done"]],
        repairs={"bytes_after_terminator": 1},
    ),
}


class TestConversations(Dialects):
    dialect: ClassVar[str] = "mistral-conversations"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [start(), *map(output, texts)],
            "chunks": [start(), *[output(text(each)) for each in texts]],
            "thinking": [start(), *[output(thinking(text(each))) for each in texts]],
            "arguments": [start(), *map(call, texts)],
        }


@pytest.mark.parametrize("payload", [output(5), output(text([])), output(thinking(text(5))), call("{}", 5, 5, ["f"])])
def test_fields_of_another_type(payload: Json) -> None:
    seen = read(sse([start(), output("A"), payload, done()]))
    assert isinstance(seen.error, ssemble.ProtocolError) or seen.completion.tool_calls[0].name == ""


def test_the_words_of_an_error() -> None:
    for name, code, words in (("an error", 3000, "No."), ("an error without words", None, "True")):
        error = read(sse(CASES[name].payloads)).error
        assert isinstance(error, ssemble.ProviderError)
        assert (error.type, error.code, error.message) == (None, code, words)


def test_a_call_is_an_entry() -> None:
    completion = read(sse(CASES["calls"].payloads)).completion
    assert [each.to_dict() for each in completion.tool_calls] == completion.to_dict()["outputs"]
    assert (completion.id, completion.model) == ("v", None)
    assert read(sse([start(conversation_id=5), done()])).completion.id is None
