"""Mistral's Conversations API."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble

from ..vectors import bodies
from .suite import RAW, Case, Dialects, Json, called, read, sse

USAGE = {"total_tokens": 5}


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
    return {"type": "conversation.response.done", "usage": USAGE, **fields}


def entry(kind: str, index: Any = 0, **fields: Any) -> Json:
    return {"object": "entry", "type": kind, "id": f"e{index}", **fields}


def message(content: Any, index: Any = 0, **fields: Any) -> Json:
    return entry("message.output", index, role="assistant", content=content, **fields)


def function(arguments: str, index: Any = 0, call_id: str = "t", name: str = "f") -> Json:
    return entry("function.call", index, name=name, tool_call_id=call_id, arguments=arguments)


def conversation(*outputs: Json, conversation_id: Any = "v", usage: Any = USAGE) -> Json:
    """Build the object; what is None is absent."""
    fields = {"conversation_id": conversation_id, "usage": usage}
    shown = {key: value for key, value in fields.items() if value is not None}
    return {"object": "conversation.response", **shown, "outputs": list(outputs)}


COUNTED = ["usage", USAGE]
STOP = ["finish", 0, "stop", "done"]
CALLS = ["finish", 0, "tool_calls", "done"]
BODY = bodies.BODIES["mistral-conversations"]
CASES: dict[str, Case] = {
    "events of a future version": Case(
        [
            start(),
            output("A"),
            {**output("B"), "type": "message.output.sparkle"},
            {**call("{}", 1), "type": "function.call.done"},
            event("tool.execution.progress", 1, name="x"),
            event("agent.handoff.paused", 1),
            done(),
        ],
        conversation(message("A")),
        [["text", 0, "A"], RAW, RAW, RAW, RAW, COUNTED, STOP],
    ),
    "text": Case(
        [start(), output("Te", model="m"), output("a", model="n"), done()],
        conversation(message("Tea", model="m")),
        [["text", 0, "Tea"], COUNTED, STOP],
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
        conversation(message([text("A"), {"type": "tool_file", "file_id": "F"}, text("BC")])),
        [["text", 0, "A"], RAW, ["text", 0, "BC"], COUNTED, STOP],
    ),
    "text chunks": Case(
        [start(), output({**text("A"), "x": 1}), output({**text("B"), "x": 2}), output("C"), done()],
        conversation(message([{**text("ABC"), "x": 2}])),
        [["text", 0, "ABC"], COUNTED, STOP],
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
        conversation(
            message(
                [
                    thinking(text("Hm"), {"type": "reference", "ids": [1]}, text("."), closed=True),
                    text("A"),
                    thinking(text("B")),
                ]
            )
        ),
        [["reasoning", 0, "Hm."], ["text", 0, "A"], ["reasoning", 0, "B"], COUNTED, STOP],
    ),
    "thinking of another shape": Case(
        [start(), output({"type": "thinking", "thinking": "Hm"}), output(thinking()), done()],
        conversation(message([{"type": "thinking", "thinking": "Hm"}, thinking()])),
        [RAW, COUNTED, STOP],
    ),
    "calls": Case(
        [start(), call('{"a"'), call(": 1}"), call(None, 1, "u", "g"), call("", 1, "u", "g"), done()],
        conversation(function('{"a": 1}'), function("", 1, "u", "g")),
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["call", 1, "u", "g"],
            COUNTED,
            ["end", 0, '{"a": 1}'],
            ["end", 1, ""],
            CALLS,
        ],
    ),
    "a call whose name comes later": Case(
        [start(), call("{", call_id=None, name=None), call("}"), done()],
        conversation(function("{}")),
        [["call", 0, None, ""], ["args", 0, "{}"], COUNTED, ["end", 0, "{}"], CALLS],
    ),
    "arguments as an object": Case(
        [start(), call({"a": 1}), done()],
        conversation(function('{"a": 1}')),
        [["call", 0, "t", "f"], ["args", 0, '{"a": 1}'], COUNTED, ["end", 0, '{"a": 1}'], CALLS],
    ),
    "another call at an index": Case(
        [start(), call("{}"), call("[]", 0, "u", "g"), done()],
        conversation(function("{}"), function("[]", 0, "u", "g")),
        [
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["call", 1, "u", "g"],
            ["args", 1, "[]"],
            COUNTED,
            ["end", 0, "{}"],
            ["end", 1, "[]"],
            CALLS,
        ],
        repairs={"index_reused": 1},
    ),
    "another type at an index": Case(
        [start(), output("A"), call("{}"), output("B"), done()],
        conversation(message("A"), function("{}"), message("B")),
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["text", 0, "B"],
            COUNTED,
            ["end", 0, "{}"],
            CALLS,
        ],
        repairs={"index_reused": 2},
    ),
    "interleaved entries": Case(
        [start(), output("A", 1), call('{"a"', 0), output("B", 1), call(": 1}", 0), done()],
        conversation(function('{"a": 1}'), message("AB", 1)),
        [
            ["text", 0, "A"],
            ["call", 0, "t", "f"],
            ["args", 0, '{"a"'],
            ["text", 0, "B"],
            ["args", 0, ": 1}"],
            COUNTED,
            ["end", 0, '{"a": 1}'],
            CALLS,
        ],
    ),
    "no index": Case(
        [start(), output("A", None), {"type": "message.output.delta", "content": "B"}, done()],
        conversation(message("AB", None)),
        [["text", 0, "AB"], COUNTED, STOP],
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
        conversation(entry("tool.execution", name="web", arguments='{"q": "x"}', info={"hits": 2}), message("A", 1)),
        [RAW, RAW, RAW, ["text", 0, "A"], COUNTED, STOP],
    ),
    "a tool that says nothing": Case(
        [start(), event("tool.execution.started", name="web"), event("tool.execution.done", info={}), done()],
        conversation(entry("tool.execution", name="web", info={})),
        [RAW, RAW, COUNTED, STOP],
    ),
    "handoffs": Case(
        [
            start(),
            event("agent.handoff.started", previous_agent_id="a"),
            event("agent.handoff.done", next_agent_id="b"),
            output("A", 1),
            done(),
        ],
        conversation(entry("agent.handoff", previous_agent_id="a", next_agent_id="b"), message("A", 1)),
        [RAW, RAW, ["text", 0, "A"], COUNTED, STOP],
    ),
    "no output": Case([start(), done(usage=None)], conversation(usage=None), [STOP]),
    "no start": Case(
        [output("A"), done(usage={})],
        conversation(message("A"), conversation_id=None, usage={}),
        [["text", 0, "A"], STOP],
        repairs={"missing_start": 1},
    ),
    "two starts": Case(
        [start(), start(conversation_id="w"), output("A"), done()],
        conversation(message("A"), conversation_id="w"),
        [["text", 0, "A"], COUNTED, STOP],
        repairs={"duplicate_start": 1},
    ),
    "an error": Case(
        [start(), output("A"), {"type": "conversation.response.error", "message": "No.", "code": 3000}],
        conversation(message("A"), usage=None),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "an error without words": Case(
        [start(), output("A"), {"type": "conversation.response.error", "code": True}],
        conversation(message("A"), usage=None),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "other payloads": Case(
        [start(), {"type": "novel"}, {"type": "conversation.response.novel"}, output("A"), done()],
        conversation(message("A")),
        [RAW, RAW, ["text", 0, "A"], COUNTED, STOP],
    ),
    "a cut": Case(
        [start(), output("A"), call('{"a', 1)],
        conversation(message("A"), function('{"a', 1), usage=None),
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
        conversation(message([text("A😀\ud83d"), thinking(text("\ud83d"))]), function("\ud83d", 1)),
        [
            ["text", 0, "A😀\ud83d"],
            ["call", 0, "t", "f"],
            COUNTED,
            ["args", 0, "\ud83d"],
            ["end", 0, "\ud83d"],
            ["reasoning", 0, "\ud83d"],
            CALLS,
        ],
    ),
    "nothing behind the end": Case(
        [start(), done(), output("A")], conversation(), [COUNTED, STOP], repairs={"bytes_after_terminator": 1}
    ),
    "not streamed": Case(
        [BODY],
        BODY,
        [
            ["text", 0, bodies.TEXT],
            ["reasoning", 0, "Hm"],
            ["text", 0, "!"],
            *called(bodies.ARGUMENTS_TEXT, 0, "t1", "weather"),
            *called("", 1, "t2", "ping"),
            ["usage", BODY["usage"]],
            CALLS,
        ],
    ),
    "not streamed, without a call": Case(
        [conversation(message("A"))], conversation(message("A")), [["text", 0, "A"], COUNTED, STOP]
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
