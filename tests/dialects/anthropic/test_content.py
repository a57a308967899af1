"""Anthropic Messages: blocks and their deltas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import (
    RawEvent,
    ReasoningDelta,
    TextDelta,
)

from .messages import END, Run, args, block, delta, of, reason, sse, start, stop, text, tool, typed


def test_blocks_that_are_not_known_are_kept_as_they_came() -> None:
    fields = {"data": "ENC", "list": [1, {"x": None}], "number": 1.0}
    run = of(block(0, "redacted_thinking", data=None), stop(0), block(1, "novel", **fields), stop(1), reason())
    assert run.content == [{"type": "redacted_thinking", "data": None}, {"type": "novel", **fields}]
    assert len(typed(run, RawEvent)) == 2


def test_redacted_thinking_is_told_without_a_text() -> None:
    run = of(block(0, "redacted_thinking", data="ENC"), stop(0), block(1, "text", text="A"), stop(1), reason())
    assert run.content[0] == {"type": "redacted_thinking", "data": "ENC"}
    assert run.completion.reasoning == ""
    assert typed(run, RawEvent, ReasoningDelta) == [ReasoningDelta("", 0, "redacted", 0, "ENC")]


def test_texts_of_the_start_are_kept_and_grown() -> None:
    run = of(
        block(0, "text", text="He"),
        text(0, "llo"),
        block(1, "thinking", thinking="H"),
        delta(1, "thinking", thinking="m"),
    )
    assert run.content == [{"type": "text", "text": "Hello"}, {"type": "thinking", "thinking": "Hm"}]
    assert [event.text for event in typed(run, TextDelta, ReasoningDelta)] == ["He", "llo", "H", "m"]


@pytest.mark.parametrize("new", [None, ""])
def test_nothing_erases_what_was_compacted(new: Any) -> None:
    run = of(
        block(0, "compaction", content="So far", encrypted_content="D"),
        delta(0, "compaction", content=new, encrypted_content="E"),
        stop(0),
        reason(),
    )
    assert run.content == [{"type": "compaction", "content": "So far", "encrypted_content": "E"}]


def test_compaction_and_fallback() -> None:
    run = of(
        block(0, "compaction", content=None),
        delta(0, "compaction", content="So far", encrypted_content="E"),
        block(1, "fallback", to={"model": "d"}),
        delta(1, "compaction", content="lost"),
        reason("compaction", context_management={"applied_edits": []}, other=None),
    )
    assert run.content[0] == {"type": "compaction", "content": "So far", "encrypted_content": "E"}
    assert run.completion.model == "d"
    assert run.object["context_management"] == {"applied_edits": []}
    assert "other" not in run.object
    assert run.completion.finish_reason == "pause"


@pytest.mark.parametrize(
    ("payloads", "content", "repairs"),
    [
        ((tool(0), text(0, "a"), text(0, "b")), ["f", "ab"], {"delta_type_mismatch": 1}),
        (
            (text(4, "a"), delta(4, "thinking", thinking="h")),
            ["a", "h"],
            {"unknown_index": 1, "delta_type_mismatch": 1},
        ),
        ((block(0, "text", text=""), text(0, "a"), stop(0), text(0, "b")), ["ab"], {}),
        ((block(0, "text", text="a"), block(0, "text", text="b"), text(0, "c")), ["a", "bc"], {"duplicate_index": 1}),
        ((block(3, "text", text="a"), text(3, "b")), ["ab"], {"index_gap": 1}),
        ((block(10**18, "text", text="a"),), ["a"], {"index_gap": 1}),
        ((block(0, "text", text="a"), text(None, "b"), stop("0")), ["ab"], {"missing_index": 2}),
        ((block(0, "text", text="a"), stop(7)), ["a"], {"stop_without_start": 1}),
        (({"type": "content_block_start", "index": 0, "content_block": []},), [], {"bad_block": 1}),
        ((block(0, "fallback", to=None),), [None], {}),
        ((block(0, "server_tool_use", input={"a": 1}), stop(0)), [None], {}),
        ((block(0, "text", text=5), text(0, "a")), [5, "a"], {"delta_type_mismatch": 1}),
        ((block(0, "text", text=None), text(0, None), text(0, 7), delta(0, "novel", text="x")), [None], {}),
    ],
)
def test_deltas_find_their_block(payloads: Any, content: Any, repairs: Any) -> None:
    run = of(*payloads)
    assert [b.get("text", b.get("thinking", b.get("name"))) for b in run.content] == content
    assert run.stream.repairs == repairs
    assert run.error is None


def test_signatures_and_citations() -> None:
    run = of(
        block(0, "thinking", thinking="", signature="S0"),
        delta(0, "signature", signature=None),
        delta(0, "signature", signature=""),
        delta(0, "signature", signature="S1"),
        block(1, "text", text="", citations=None),
        delta(1, "citations", citation=None),
        delta(1, "citations", citation={"n": 1}),
        delta(1, "citations", citation={"n": 2}),
        delta(2, "signature", signature="S2"),
    )
    assert run.content[0]["signature"] == "S1"
    assert run.content[1]["citations"] == [{"n": 1}, {"n": 2}]
    assert run.content[2] == {"type": "thinking", "thinking": "", "signature": "S2"}
    assert [e.signature for e in typed(run, ReasoningDelta)] == ["S0", "", "S1", "S2"]


def test_half_a_surrogate_pair_waits_for_the_other() -> None:
    high, low = '"\\ud83d', '\\ude00"'
    frames = [sse(json.dumps(text(0, "@")).replace('"@"', half)) for half in (high + '"', '"' + low)]
    run = Run([sse(start(), block(0, "text", text="")), *frames, sse(stop(0), END)])
    assert run.completion.text == "\U0001f600"
    for end in ((stop(0), END), (END,), ()):
        for kind in ("text", "thinking"):
            half = json.dumps(delta(0, kind, **{kind: "@"})).replace('"@"', high + '"')
            run = Run(sse(start(), block(0, kind, **{kind: ""}), half, *end))
            assert run.content[0][kind] == "\ud83d"
            assert [e.text for e in typed(run, TextDelta, ReasoningDelta)] == ["\ud83d"]
    half = json.dumps(args(0, "@")).replace('"@"', high + '"')
    assert Run(sse(start(), tool(0), half)).completion.tool_calls[0].arguments == "\ud83d"
