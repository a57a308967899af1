"""Chat completions of a real model behind a real server: the stream put together is the unstreamed answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ssemble

from .answers import BEGUN, TAUGHT, UNKNOWN, WEATHER, WHOLE, Answer, ask_twice, assert_whole, said
from .llama import LlamaServer

PATH = "/v1/chat/completions"
# Greedy, and without what the request before left in the cache: the same answer each time.
SETTINGS = {"model": "taught", "temperature": 0, "seed": 1, "max_tokens": 250, "cache_prompt": False}
TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "description": "the weather", "parameters": WEATHER}},
    {"type": "function", "function": {"name": "ping", "description": "ping", "parameters": {"type": "object", "properties": {}}}},
]  # fmt: skip
TEA = {"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "integer"}, "ok": {"type": "boolean"}}, "required": ["name", "n", "ok"], "additionalProperties": False}  # fmt: skip


def asking(message: str, begun: str = "", **more: Any) -> dict[str, Any]:
    """A request of one message, and perhaps the beginning of its answer."""
    messages = [{"role": "user", "content": message}] + ([{"role": "assistant", "content": begun}] if begun else [])
    return {**SETTINGS, "messages": messages, **more}


def answer(server: LlamaServer, request: dict[str, Any]) -> Answer:
    """Ask twice, with the token counts of the stream."""
    return ask_twice(server, PATH, request, stream_options={"include_usage": True})


def whole(server: LlamaServer, request: dict[str, Any]) -> Answer:
    """An answer that is whole and equal to the unstreamed one."""
    got = assert_whole(answer(server, request))
    assert got.streamed.repairs == {}
    return got


@pytest.mark.parametrize("message", TAUGHT)
def test_a_taught_answer_with_tools(llama: LlamaServer, message: str) -> None:
    got = whole(llama, asking(message, tools=TOOLS))
    completion = got.streamed.completion
    assert said(completion.message) == TAUGHT[message]
    # Also of "bad call": where tools are given, the server's grammar lets the model write nothing but JSON.
    assert all(call.complete for call in completion.tool_calls)
    assert completion.finish_reason == ("tool_calls" if completion.tool_calls else "stop")


@pytest.mark.parametrize("message", TAUGHT)
def test_a_taught_answer_without_tools(llama: LlamaServer, message: str) -> None:
    completion = whole(llama, asking(message)).streamed.completion
    # Where no tool was offered the call is plain text.
    calls = any(name not in ("reasoning", "text") for name in TAUGHT[message])
    assert said(completion.message) == [word for word in ("reasoning", "text") if word in TAUGHT[message] or (calls and word == "text")]  # fmt: skip
    assert completion.finish_reason == "stop"


@pytest.mark.parametrize(
    "request_",
    [
        asking("hello", n=2),
        asking("think", n=2),
        asking("two calls", n=2, tools=TOOLS),
        asking("story", n=2, temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, seed=7, max_tokens=40),
    ],
    ids=["text", "reasoning", "calls", "sampled"],
)
def test_two_answers(llama: LlamaServer, request_: dict[str, Any]) -> None:
    completion = whole(llama, request_).streamed.completion
    assert [choice.index for choice in completion.choices] == [0, 1]
    assert all(said(choice.message) for choice in completion.choices)


@pytest.mark.parametrize("message", ["hello", "emoji", "think"])
def test_logprobs(llama: LlamaServer, message: str) -> None:
    got = whole(llama, asking(message, logprobs=True, top_logprobs=2))
    (choice,) = got.streamed.result["choices"]
    assert all(len(entry["top_logprobs"]) == 2 for entry in choice["logprobs"]["content"])
    assert "logprobs of swallowed tokens" in got.differences


def test_logprobs_of_a_cut_text_are_all_there(llama: LlamaServer) -> None:
    got = whole(llama, asking("story", logprobs=True, top_logprobs=1, max_tokens=5))
    assert len(got.streamed.result["choices"][0]["logprobs"]["content"]) == 5
    assert got.differences <= {"own id", "own time", "own speed"}


@pytest.mark.parametrize("message", ["json", "hello"])
def test_a_json_schema(llama: LlamaServer, message: str) -> None:
    request = asking(message, response_format={"type": "json_schema", "json_schema": {"name": "tea", "schema": TEA}})
    completion = whole(llama, request).streamed.completion
    stream = ssemble.MessageStream()
    partial = stream.partial_json()
    with llama.stream(PATH, request) as (_, pieces):
        for _ in stream.events(pieces):
            pass
    assert stream.completion().text == completion.text
    assert sorted(json.loads(completion.text)) == ["n", "name", "ok"]
    assert partial.complete
    assert partial.value == json.loads(completion.text)


@pytest.mark.parametrize(
    "request_",
    [asking("call", tools=TOOLS, max_tokens=22), asking("call", tools=TOOLS, tool_choice="required", max_tokens=22)],
    ids=["auto", "required"],
)
def test_a_call_cut_by_the_length_limit_is_not_complete(llama: LlamaServer, request_: dict[str, Any]) -> None:
    completion = whole(llama, request_).streamed.completion
    (call,) = completion.tool_calls
    assert completion.finish_reason == "length"
    assert not call.complete
    with pytest.raises(ssemble.IncompleteJSON):
        call.parse_arguments()


def test_a_call_cut_inside_its_name_is_no_call(llama: LlamaServer) -> None:
    got = whole(llama, asking("call", tools=TOOLS, max_tokens=8))
    assert said(got.streamed.completion.message) == []
    assert "call cut in its name" in got.differences


def test_a_call_that_was_closed_without_any_arguments(llama: LlamaServer) -> None:
    got = whole(llama, asking("hello", WHOLE, tools=TOOLS))
    (call,) = got.streamed.completion.tool_calls
    assert call.complete
    assert call.parse_arguments() == {}
    assert got.differences >= {"no arguments sent"}


@pytest.mark.parametrize("stop", ["fox", "!"])
def test_a_stop_sequence(llama: LlamaServer, stop: str) -> None:
    completion = whole(llama, asking("story", stop=[stop])).streamed.completion
    assert stop not in completion.text
    assert completion.finish_reason == "stop"


@pytest.mark.parametrize(
    ("begun", "calls"), [(UNKNOWN, []), (BEGUN, ["get_weather"])], ids=["at the start", "in a call"]
)
def test_an_error_inside_the_stream_keeps_what_came_before(llama: LlamaServer, begun: str, calls: list[str]) -> None:
    got = answer(llama, asking("two calls", begun, tools=TOOLS))
    assert (got.status, got.unstreamed_status) == (200, 500)
    assert got.streamed.error is not None
    assert got.streamed.error.startswith(f"ProviderError: {got.unstreamed['error']['message']}")
    assert not got.streamed.completion.complete
    assert [call.name for call in got.streamed.completion.tool_calls] == calls
    assert not any(call.complete for call in got.streamed.completion.tool_calls)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (asking("hello", n=3), 400),
        (asking("hello", max_tokens=-5), 400),
        (asking("hello", messages="hello"), 400),
        (asking("hello", response_format={"type": "json_schema", "json_schema": {"schema": {"type": "x"}}}), 400),
        (asking("hello", tools=[{"type": "x"}]), 500),
    ],
    ids=["n", "max_tokens", "messages", "schema", "tools"],
)
def test_an_error_in_place_of_the_stream(llama: LlamaServer, request_: dict[str, Any], status: int) -> None:
    got = answer(llama, request_)
    assert (got.status, got.unstreamed_status) == (status, status)
    assert got.streamed.error is not None
    assert got.streamed.error.startswith(f"ProviderError: {got.unstreamed['error']['message']}")
    assert not got.streamed.completion.complete


def test_a_client_that_leaves_in_the_middle(llama: LlamaServer) -> None:
    stream = ssemble.MessageStream()
    with llama.stream(PATH, asking("story", ignore_eos=True, max_tokens=1500)) as (_, pieces):
        for data in pieces:
            stream.feed(data)
            if len(stream.completion().text) > 20:
                break
    so_far = stream.completion()
    assert len(so_far.text) > 20
    assert not so_far.complete
    with pytest.raises(ssemble.IncompleteStream) as caught:
        stream.close()
    assert caught.value.partial is not None
    assert caught.value.partial.text == so_far.text
    # The server goes on, and so does the next stream.
    assert whole(llama, asking("story")).streamed.completion.text.startswith(so_far.text[:20])
