"""Ollama's own API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

import ssemble
from ssemble import Limits, MessageStream
from ssemble._dialects.ollama import OllamaReader

from .suite import RAW, Case, Dialects, Json, called, json_lines, read, sse

frames = json_lines


def line(content: Any = "", number: int = 0, **fields: Any) -> Json:
    message = {"role": "assistant", "content": content}
    for key in ("thinking", "tool_calls", "images"):
        if key in fields:
            message[key] = fields.pop(key)
    return {"model": "q", "created_at": f"2026-01-01T00:00:00.{number}Z", "message": message, "done": False, **fields}


def generated(response: Any, **fields: Any) -> Json:
    return {"model": "q", "created_at": "t", "response": response, "done": False, **fields}


def call(name: str, arguments: Any, **fields: Any) -> Json:
    return {**fields, "function": {"name": name, "arguments": arguments}}


def last(content: Any = "", reason: Any = "stop", **fields: Any) -> Json:
    return line(content, 9, **{"done": True, "done_reason": reason, **fields})


STOP = ["finish", 0, "stop", "stop"]
CASES: dict[str, Case] = {
    "text": Case(
        [line("Te", 1), line("a", 2), last(prompt_eval_count=3, eval_count=2, total_duration=5)],
        last("Tea", prompt_eval_count=3, eval_count=2, total_duration=5),
        [["text", 0, "Tea"], ["usage", {"prompt_eval_count": 3, "eval_count": 2}], STOP],
    ),
    "thinking": Case(
        [line("", thinking="H"), line("", thinking="m"), line("A", thinking=""), last(eval_count=1)],
        last("A", thinking="Hm", eval_count=1),
        [["reasoning", 0, "Hm"], ["text", 0, "A"], ["usage", {"eval_count": 1}], STOP],
    ),
    "no thinking": Case(
        [line("A", thinking=""), last("B", "length", thinking=None)],
        last("AB", "length"),
        [["text", 0, "AB"], ["finish", 0, "length", "length"]],
    ),
    "calls": Case(
        [
            line("", tool_calls=[call("f", {"a": 1}, id="c"), call("g", {})]),
            last("Done", tool_calls=[call("h", '{"b":2}')]),
        ],
        last("Done", tool_calls=[call("f", {"a": 1}, id="c"), call("g", {}), call("h", '{"b":2}')]),
        [
            *called('{"a": 1}', 0, "c"),
            *called("{}", 1, None, "g"),
            ["text", 0, "Done"],
            *called('{"b":2}', 2, None, "h"),
            ["finish", 0, "tool_calls", "stop"],
        ],
    ),
    "calls that another word ends": Case(
        [line("", tool_calls=[call("f", None)]), last("", "tool_calls")],
        last("", "tool_calls", tool_calls=[call("f", {})]),
        [*called("{}", 0, None), ["finish", 0, "tool_calls", "tool_calls"]],
    ),
    "calls and no word": Case(
        [line("", tool_calls=[call("f", {"a": "é"})]), last("", None)],
        line("", 9, done=True, tool_calls=[call("f", {"a": "é"})]),
        [*called('{"a": "\\u00e9"}', 0, None), ["finish", 0, None, None]],
    ),
    "one line": Case([last("Tea", "load")], last("Tea", "load"), [["text", 0, "Tea"], ["finish", 0, "other", "load"]]),
    "generate": Case(
        [generated("Te", thinking="Hm"), generated("a"), generated("", done=True, done_reason="stop", context=[1, 2])],
        generated("Tea", thinking="Hm", done=True, done_reason="stop", context=[1, 2]),
        [["text", 0, "Te"], ["reasoning", 0, "Hm"], ["text", 0, "a"], STOP],
    ),
    "images and log probabilities": Case(
        [
            line("", images=["AA"]),
            line("A", images=["BB"], logprobs=[{"token": "A"}]),
            last("", logprobs=[{"token": "B"}], images=None),
        ],
        last("A", images=["AA", "BB"], logprobs=[{"token": "A"}, {"token": "B"}]),
        [RAW, ["text", 0, "A"], STOP],
    ),
    "null and missing fields": Case(
        [line(None), line("A", remote_model="big"), last("", remote_model=None, created_at=None)],
        last("A", created_at="2026-01-01T00:00:00.0Z", remote_model="big"),
        [["text", 0, "A"], STOP],
    ),
    "a time that is no text": Case(
        [line("A", created_at=5), line("B", created_at=""), last("", created_at=[1])],
        last("AB", created_at=[1]),
        [["text", 0, "AB"], STOP],
    ),
    "the last line has a reason, but is not done": Case(
        [line("A"), line("B", done_reason="stop", eval_count=2)],
        line("AB", done_reason="stop", eval_count=2),
        [["text", 0, "AB"], ["usage", {"eval_count": 2}], STOP],
    ),
    "a reason before the last line ends nothing": Case(
        [line("A", done_reason="stop"), line("B")],
        line("AB", done_reason="stop"),
        [["text", 0, "AB"]],
        error="IncompleteStream",
    ),
    "a last line without done": Case(
        [line("A"), {"model": "q", "message": {"content": "B"}, "done_reason": "stop"}],
        line("AB", done_reason="stop"),
        [["text", 0, "AB"], STOP],
    ),
    "an error": Case([line("A"), {"error": "No."}], line("A"), [["text", 0, "A"]], error="ProviderError"),
    "an error as an object": Case(
        [line("A"), {"error": {"message": "No.", "code": 5}}, last()],
        line("A"),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "an error behind a reason": Case(
        [line("A", done_reason="stop"), {"error": "No."}],
        line("A", done_reason="stop"),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "other payloads": Case(
        [
            line("A"),
            {"type": "novel", "message": {"content": "x"}},
            {"x": 1},
            {"choices": [], "message": {"content": "x"}},
            {"done": False},
            last("B"),
        ],
        last("AB"),
        [["text", 0, "A"], RAW, RAW, RAW, ["text", 0, "B"], STOP],
    ),
    "nothing behind the end": Case(
        [last("A"), line("B")], last("A"), [["text", 0, "A"], STOP], repairs={"bytes_after_terminator": 1}
    ),
    "half a surrogate pair": Case(
        [line("A\ud83d"), line("\ude00\ud83d"), line("", thinking="\ud83d"), last("B")],
        last("A😀\ud83dB", thinking="\ud83d"),
        [["text", 0, "A😀\ud83d"], ["reasoning", 0, "\ud83d"], ["text", 0, "B"], STOP],
    ),
}


class TestOllama(Dialects):
    dialect: ClassVar[str] = "ollama"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def frames(payloads: Iterable[Any]) -> list[bytes]:
        return json_lines(payloads)

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [line(text, number) for number, text in enumerate(texts)],
            "thinking": [line("", number, thinking=text) for number, text in enumerate(texts)],
            "generated": [generated(text) for text in texts],
            "time last": [{**generated(text), "created_at": f"t{number}"} for number, text in enumerate(texts)],
            "no time": [{"model": "q", "response": text, "done": False} for text in texts],
            "time behind": [
                {"response": text, "model": "q", "created_at": str(n), "done": False} for n, text in enumerate(texts)
            ],
        }


def test_proxies_send_events() -> None:
    seen = read(sse(CASES["text"].payloads))
    assert seen.completion == read(json_lines(CASES["text"].payloads)).completion
    assert seen.completion.complete


def test_the_time_is_that_of_the_last_line_that_has_one() -> None:
    stream = MessageStream()
    for number in range(20):
        for fragment in json_lines([line(f"word {number}", number)]):
            stream.feed(fragment)
        assert stream.completion().to_dict()["created_at"].endswith(f".{number}Z")
    stream.feed(json_lines([{**line("x"), "created_at": ""}])[0])
    assert stream.completion().to_dict()["created_at"].endswith(".19Z")


def test_a_time_of_another_type_among_lines_of_one_template() -> None:
    lines = [line(f"w{number}", number) for number in range(30)]
    lines[20]["created_at"] = 5
    plain = read(json_lines(lines), templates=False).same()
    assert read(json_lines(lines)).same() == plain
    assert (
        read([b"".join(json_lines(lines[:20])), *json_lines(lines[20:21]), b"".join(json_lines(lines[21:]))]).same()
        == plain
    )


def test_a_line_without_text_among_lines_of_one_template() -> None:
    lines = [line("" if number == 20 else f"w{number}", number) for number in range(30)]
    assert read([b"".join(json_lines(lines))]).same() == read(json_lines(lines), templates=False).same()


@pytest.mark.parametrize("limit", [400, 401, 402, 403, 410, 450])
def test_a_time_that_grows_is_charged(limit: int) -> None:
    lines = [{**line(f"w{number}"), "created_at": "t" * (number + 1)} for number in range(60)]
    options: Json = {"limits": Limits(max_message_size=limit)}
    plain = read(json_lines(lines), templates=False, **options).same()
    assert read(json_lines(lines), **options).same() == plain
    assert read([b"".join(json_lines(lines))], **options).same() == plain


def test_lines_with_times_are_read_one_by_one() -> None:
    reader = OllamaReader()
    for payload in (line("A", 1), line("B", 2)):
        reader.merge(payload, "message", [], 0)
    events: list[Any] = []
    binding = reader.bind(line("B", 2), "message")
    assert binding is not None
    assert not binding.apply_run([["t", "C"], ["u", "D"]], events)
    assert binding.apply(["t", "C"], events)
    assert [event.text for event in events] == ["C"]


@pytest.mark.parametrize(
    "fields",
    [
        {"content": 5}, {"thinking": []}, {"tool_calls": 5}, {"tool_calls": [5]}, {"tool_calls": [{"function": "f"}]},
    ],
)  # fmt: skip
def test_fields_of_another_type(fields: Json) -> None:
    payload = line()
    payload["message"].update(fields)
    assert isinstance(read(json_lines([line("A"), payload])).error, ssemble.ProtocolError)


def test_a_message_that_is_no_object() -> None:
    assert isinstance(read(json_lines([line("A"), {**line(), "message": "x"}])).error, ssemble.ProtocolError)


def test_the_message_is_what_is_sent_back() -> None:
    completion = read(json_lines(CASES["calls"].payloads)).completion
    assert completion.message.to_dict() == completion.to_dict()["message"]
    assert completion.tool_calls[0].to_dict() == call("f", {"a": 1}, id="c")
    assert [each.parse_arguments() for each in completion.tool_calls] == [{"a": 1}, {}, {"b": 2}]
    assert completion.tokens.input is None


@pytest.mark.parametrize(
    ("fields", "code"), [({"status_code": 400}, 400), ({"status": 429}, 429), ({"status": "busy"}, None), ({}, None)]
)
def test_the_code_of_an_error_stands_beside_it(fields: Json, code: int | None) -> None:
    error = read(frames([line("A"), {"error": "No.", **fields}])).error
    assert isinstance(error, ssemble.ProviderError)
    assert (error.message, error.code) == ("No.", code)
