"""Complete messages among the chunks of a chat completion."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import (
    Limits,
    ProtocolError,
    ToolCallEnd,
)
from ssemble._dialects.chat.choice import CHOICE_COST as CHOICE
from ssemble._dialects.chat.reader import ChatReader
from ssemble._model.budget import CONTAINER

from ...helpers import accumulate, chunk, finished
from .choice_cases import START, entry, part

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
    chat = ChatReader()
    for each in chunks:
        chat.add(each)
    assert chat.completion().to_dict()["choices"][0]["message"].get("content") == content, "also before the end"
    events, completion, found = accumulate([*chunks, entry(finish_reason="stop")])
    assert completion.to_dict()["choices"][0]["message"].get("content") == content
    assert found == repairs
    if content == "a":
        assert [type(event) for event in events if event.type.startswith("tool_call")][-1] is ToolCallEnd
        assert [call.name for call in completion.tool_calls] == ["f"]


def test_a_message_that_cannot_be_merged_is_told_at_the_end() -> None:
    chat = ChatReader()
    assert chat.add(entry(message={"content": "a", "tool_calls": 5})) == [START]
    assert chat.completion().text == "a"
    finished(chat)
    assert isinstance(chat.error, ProtocolError)
    assert chat.error.where == "$.choices[0].message.tool_calls"
    assert chat.completion().text == "a"


def test_snapshots_beside_deltas_do_not_count() -> None:
    chunks = [entry(delta={"content": "x"}, message={"content": "x" * count}) for count in range(1, 100)]
    accumulate(chunks, limits=Limits(max_message_size=CHOICE + 100))


def test_a_snapshot_counts_until_another_comes_or_a_delta() -> None:
    chat = ChatReader()
    chat.add(entry())
    before = chat.context.budget.size
    for text in ("ab", "abcd", "abc"):
        chat.add(entry(message={"content": text}))
        assert chat.context.budget.size == before + 3 * CONTAINER + len("content") + len(text)
    for count in (1, 2, 3):
        chat.add(entry(delta={"content": "x"}, message={"content": "abc"}))
        assert chat.context.budget.size == before + count
    finished(chat)
    assert chat.context.budget.size == before + 3


def test_a_message_alone_is_handed_out_as_it_came() -> None:
    message = {
        "role": "assistant", "content": None, "refusal": None, "annotations": [], "audio": None, "function_call": None,
        "tool_calls": [{"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": "{}", "x": None}}],
        "reasoning_details": [{"type": "t", "index": 0, "text": "a"}, {"type": "t", "index": 0, "text": "b"}],
    }  # fmt: skip
    for chunks in ([entry(message=message, finish_reason="stop")], [entry(message={}), entry(message=message)]):
        _, completion, _ = accumulate(chunks)
        assert completion.message.to_dict() == message
        assert [each.name for each in completion.tool_calls] == ["f"]
    assert accumulate([entry(message={"content": "a"})])[1].message.to_dict() == {"role": "assistant", "content": "a"}


@pytest.mark.parametrize(
    ("chunks", "text", "reasoning", "raw"),
    [
        ([entry(text=text) for text in "ab"], "ab", "", {"content": None}),
        ([entry(text=text, delta={}) for text in "ab"], "ab", "", {"content": None}),
        ([entry(text=text, delta={"role": "assistant"}) for text in "ab"], "ab", "", {"content": None}),
        ([entry(delta={"text": text}) for text in "ab"], "ab", "", {"text": "ab"}),
        ([entry(delta={"text": text, "content": None}) for text in "ab"], "ab", "", {"text": "ab"}),
        ([entry(text="ab"), entry(text={"text": "c"})], "abc", "", {}),
        ([entry(text=text, delta={"content": text}) for text in "ab"], "ab", "", {"content": "ab"}),
        ([entry(delta={"content": text, "text": text}) for text in "ab"], "ab", "", {"content": "ab"}),
        ([entry(delta={"content": "a"}), entry(text="a", delta={})], "a", "", {"content": "a"}),
        ([entry(text="a", delta={"reasoning": "a"})], "", "a", {"reasoning": "a"}),
        ([entry(text="a", delta={"content": ""})], "", "", {"content": ""}),
        ([entry(delta={"content": {"type": "thinking", "thinking": "a"}})], "", "a", {}),
        ([entry(delta={"content": [part("a", "x"), {"text": "b"}]})], "ab", "", {"content": [part("a", "x"), {"text": "b"}]}),
        (
            [entry(delta={"content": [{"type": "reasoning", "summary": [part(text, "summary_text")]}]}) for text in "ab"],
            "", "ab", {"content": [{"type": "reasoning", "summary": [part("ab", "summary_text")]}]},
        ),
        (
            [entry(delta={"reasoning_content": each}) for each in ({"text": "a"}, {"text": "b"}, {"signature": "s"})],
            "", "ab", {"reasoning_content": {"text": "ab", "signature": "s"}},
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_in_the_message_is_told(chunks: list[Any], text: str, reasoning: str, raw: dict[str, Any]) -> None:
    _, completion, _ = accumulate(chunks)
    assert (completion.text, completion.reasoning) == (text, reasoning)
    message = completion.message.to_dict()
    assert {key: message[key] for key in raw} == raw


def test_a_number_that_cannot_be_written_is_no_text() -> None:
    for field in ("content", "reasoning", "refusal"):
        chat = ChatReader()
        chat.add({"id": "m"})
        with pytest.raises(ProtocolError, match="expected text, got") as caught:
            chat.add(chunk({field: 10**5000}))
        assert caught.value.where == f"$.choices[0].delta.{field}"


@pytest.mark.parametrize(("kind", "repairs"), [("chat.completion", {}), ("x", {"message_instead_of_delta": 1})])
def test_a_message_of_an_answer_that_was_not_streamed_needs_no_repair(kind: str, repairs: dict[str, int]) -> None:
    chunks = [{**entry(message={"content": "a"}, finish_reason="stop"), "object": kind}]
    assert accumulate(chunks)[2] == repairs


@pytest.mark.parametrize(("said", "content"), [("", ""), (None, None)])
def test_a_null_in_a_snapshot_erases_no_empty_content(said: str | None, content: str | None) -> None:
    whole = entry(message={"role": "assistant", "content": None}, finish_reason="stop")
    result = accumulate([chunk({"content": said}), whole])[1].to_dict()
    assert result["choices"][0]["message"]["content"] == content
