"""Anthropic Messages and OpenAI Responses of llama.cpp's server: the stream put together is the unstreamed answer."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

import ssemble

from .answers import TAUGHT, UNKNOWN, WEATHER, Answer, ask_twice, assert_whole, said
from .llama import LlamaServer

SETTINGS = {"model": "taught", "temperature": 0, "seed": 1, "cache_prompt": False}
TOOLS = [("get_weather", "the weather", WEATHER), ("ping", "ping", {"type": "object", "properties": {}})]
# What a server that gives no output_index, and no content_part.added for reasoning, makes necessary.
REPAIRS = {"missing_output_index", "missing_part_added", "index_reused"}


class Endpoint(NamedTuple):
    """A path of the server, and how a request is written there."""

    dialect: str
    path: str
    limit: str  # the name of the length limit
    schema: str  # of a tool's parameters
    repairs: set[str]

    def asking(self, message: str, tools: bool = False, length: int = 250, begun: str = "", **more: Any) -> Any:
        turns = [{"role": "user", "content": message}]
        if begun:
            said = begun if self.dialect == "anthropic" else [{"type": "output_text", "text": begun}]
            turns.append({"type": "message", "role": "assistant", "content": said})  # type: ignore[dict-item]  # or a list
        offered = [{"type": "function", "name": n, "description": d, self.schema: s} for n, d, s in TOOLS]
        key = "messages" if self.dialect == "anthropic" else "input"
        return {**SETTINGS, key: turns, self.limit: length, **({"tools": offered} if tools else {}), **more}

    def answer(self, server: LlamaServer, request: Any) -> Answer:
        got = ask_twice(server, self.path, request)
        assert got.streamed.repairs.keys() <= self.repairs
        return got

    def whole(self, server: LlamaServer, request: Any) -> Answer:
        got = assert_whole(self.answer(server, request))
        assert got.streamed.completion.dialect == self.dialect
        ours, theirs = got.streamed.completion.tokens, ssemble.assemble(json.dumps(got.unstreamed).encode()).tokens
        assert ours is not None
        assert theirs is not None
        assert (ours.input, ours.output) == (theirs.input, theirs.output)
        return got


ENDPOINTS = [
    Endpoint("anthropic", "/v1/messages", "max_tokens", "input_schema", set()),
    Endpoint("openai-responses", "/v1/responses", "max_output_tokens", "parameters", REPAIRS),
]
each = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.dialect)


@each
@pytest.mark.parametrize("message", TAUGHT)
def test_a_taught_answer_with_tools(llama: LlamaServer, endpoint: Endpoint, message: str) -> None:
    completion = endpoint.whole(llama, endpoint.asking(message, tools=True)).streamed.completion
    assert said(completion.message) == TAUGHT[message]
    assert all(call.complete for call in completion.tool_calls)
    assert completion.finish_reason == ("tool_calls" if completion.tool_calls else "stop")


@each
@pytest.mark.parametrize("message", TAUGHT)
def test_a_taught_answer_without_tools(llama: LlamaServer, endpoint: Endpoint, message: str) -> None:
    completion = endpoint.whole(llama, endpoint.asking(message)).streamed.completion
    reasoning = ["reasoning"] if "reasoning" in TAUGHT[message] else []
    text = [] if TAUGHT[message] == ["reasoning"] else ["text"]  # a call, where no tool was offered, is text
    assert said(completion.message) == reasoning + text
    assert completion.finish_reason == "stop"


@each
def test_a_length_limit(llama: LlamaServer, endpoint: Endpoint) -> None:
    got = endpoint.whole(llama, endpoint.asking("story", length=5))
    # At /v1/responses it says that the response is completed, streamed and unstreamed.
    assert got.streamed.completion.finish_reason == ("length" if endpoint.dialect == "anthropic" else "stop")


@each
def test_a_call_cut_by_the_length_limit_is_not_complete(llama: LlamaServer, endpoint: Endpoint) -> None:
    (call,) = endpoint.whole(llama, endpoint.asking("call", tools=True, length=22)).streamed.completion.tool_calls
    assert not call.complete
    with pytest.raises(ssemble.IncompleteJSON):
        call.parse_arguments()


@each
def test_a_call_cut_inside_its_name_is_no_call(llama: LlamaServer, endpoint: Endpoint) -> None:
    got = endpoint.whole(llama, endpoint.asking("call", tools=True, length=8))
    assert said(got.streamed.completion.message) == []
    assert "call cut in its name, in blocks" in got.differences


def test_a_stop_sequence(llama: LlamaServer) -> None:
    endpoint = ENDPOINTS[0]
    completion = endpoint.whole(llama, endpoint.asking("story", stop_sequences=["fox"])).streamed.completion
    assert "fox" not in completion.text
    assert completion.finish_reason == "stop"


@each
def test_an_error_inside_the_stream(llama: LlamaServer, endpoint: Endpoint) -> None:
    got = endpoint.answer(llama, endpoint.asking("two calls", tools=True, begun=UNKNOWN))
    assert (got.status, got.unstreamed_status) == (200, 500)
    assert got.streamed.error is not None
    assert got.streamed.error.startswith(f"ProviderError: {got.unstreamed['error']['message']}")
    assert got.streamed.completion.dialect == endpoint.dialect
    assert not got.streamed.completion.complete


@each
def test_an_error_in_place_of_the_stream(llama: LlamaServer, endpoint: Endpoint) -> None:
    got = endpoint.answer(llama, {**endpoint.asking("hello"), "messages": [{"role": "x"}], "input": 5})
    assert (got.status, got.unstreamed_status) == (400, 400)
    assert got.streamed.error is not None
    assert got.streamed.error.startswith(f"ProviderError: {got.unstreamed['error']['message']}")


def test_a_call_that_never_started_is_an_error(llama: LlamaServer) -> None:
    """For a tool without a name the server streams arguments alone."""
    endpoint = ENDPOINTS[0]
    got = endpoint.answer(llama, {**endpoint.asking("x"), "tools": [{"type": "x"}]})
    assert str(got.streamed.error).startswith("ProtocolError: expected arguments of an open tool block")
    assert not got.streamed.completion.complete


@each
def test_a_client_that_leaves_in_the_middle(llama: LlamaServer, endpoint: Endpoint) -> None:
    stream = ssemble.MessageStream()
    with llama.stream(endpoint.path, endpoint.asking("story", length=1500, ignore_eos=True)) as (_, pieces):
        for data in pieces:
            stream.feed(data)
            if len(stream.completion().text) > 20:
                break
    with pytest.raises(ssemble.IncompleteStream) as caught:
        stream.close()
    assert caught.value.partial is not None
    assert len(caught.value.partial.text) > 20
    assert endpoint.whole(llama, endpoint.asking("story")).streamed.completion.text.startswith("Once")
