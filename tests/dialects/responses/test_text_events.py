"""OpenAI Responses: what each payload with a text comes to, in every field."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ssemble import (
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallStart,
)

from ..steps_suite import RAW, Refused, StepByStep, Steps
from .responses import (
    BEGUN,
    CREATED,
    EMPTY,
    MADE,
    PART,
    added,
    call,
    done,
    ev,
    message,
    said,
    summary,
    text,
    text_done,
)

R: dict[str, Any] = {"id": "i0", "type": "reasoning", "summary": []}
DEEP: Any = json.loads("[" * 99 + "]" * 99)
TOKEN, LAST = [{"token": "b"}], [{"token": "d"}]


def refusal(kind: str, part: int, **fields: Any) -> Any:
    return ev(f"refusal.{kind}", output_index=0, content_index=part, **fields)


def part(verb: str, index: int, at: int, value: Any) -> Any:
    return ev(f"content_part.{verb}", output_index=index, content_index=at, part=value)


class TestEvents(StepByStep):
    dialect: ClassVar[str] = "openai-responses"
    key: ClassVar[str] = "output"
    cases: ClassVar[dict[str, Steps]] = {
        "parts": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (PART, []),
                (text("a"), [TextDelta("a", 0, 0)]),
                (text(None), []),  # type: ignore[arg-type]  # some proxies send it
                (text(5), RAW),  # type: ignore[arg-type]  # no text
                (text("b", 0, 0, logprobs=TOKEN), [TextDelta("b", 0, 0)]),
                (text("c", 0, 0, logprobs=LAST), [TextDelta("c", 0, 0)]),
                (refusal("delta", 1, delta="no", logprobs=[1]), [RefusalDelta("no", 0, 1)]),
                (PART, []),
                (text("", 0, 1), []),
            ],
            [
                {
                    **message(),
                    "content": [
                        said("abc", logprobs=TOKEN + LAST), {"type": "refusal", "refusal": "no"}, said(""),
                    ],
                }
            ],
            {"missing_part_added": 1, "duplicate_part": 1, "part_type_mismatch": 1},
        ),
        "texts that are done": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (PART, []),
                (text("a", logprobs=TOKEN), [TextDelta("a", 0, 0)]),
                (text_done("ab", logprobs=LAST), [TextDelta("b", 0, 0)]),
                (text_done(""), []),
                (text_done("ab"), []),
                (refusal("delta", 1, delta="no"), [RefusalDelta("no", 0, 1)]),
                (refusal("done", 1, refusal="not"), [RefusalDelta("t", 0, 1)]),
                (part("done", 0, 0, said("abc")), [TextDelta("c", 0, 0)]),
                (text("d"), [TextDelta("d", 0, 0)]),
            ],
            [{**message(), "content": [said("abcd", logprobs=LAST), {"type": "refusal", "refusal": "not"}]}],
            {"missing_part_added": 1},
        ),
        "texts that are replaced": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (PART, []),
                (text("ab"), [TextDelta("ab", 0, 0)]),
                (text_done("x"), []),
                (text("c"), [TextDelta("c", 0, 0)]),
                (text_done("xc"), []),
                (text_done("abcd"), [TextDelta("d", 0, 0)]),
                (text("e"), [TextDelta("e", 0, 0)]),
            ],
            [{**message(), "content": [said("abcde")]}],
        ),
        "gaps": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (text("x", 0, 2), [TextDelta("x", 0, 0)]),
                (text("y", 0, 30), [TextDelta("y", 0, 1)]),
                (text("z", 0, 30), [TextDelta("z", 0, 1)]),
                (text("w", 0, 31), [TextDelta("w", 0, 2)]),
            ],
            [{**message(), "content": [EMPTY, EMPTY, said("x"), said("yz"), said("w")]}],
            {"missing_part_added": 3},
        ),
        "a gap that is announced": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (text("x", 0, 1), [TextDelta("x", 0, 0)]),
                (PART, []),
                (PART, []),
                (text("y"), [TextDelta("y", 0, 1)]),
            ],
            [{**message(), "content": [said("y"), said("x")]}],
            {"missing_part_added": 1, "duplicate_part": 1},
        ),
        "parts that count from 1": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                (text("x", 0, 1), [TextDelta("x", 0, 0)]),
                (text("z", 0, 2), [TextDelta("z", 0, 1)]),
                (
                    done(0, {**message(), "content": [said("xy"), said("zz")]}),
                    [TextDelta("y", 0, 0), TextDelta("z", 0, 1)],
                ),
            ],
            [{**message(), "content": [said("xy"), said("zz")]}],
            {"missing_part_added": 2},
        ),
        "no index of a part": Steps(
            [
                BEGUN,
                (added(0, message()), []),
                ({**text("a"), "content_index": None}, [TextDelta("a", 0, 0)]),
                (text("b", 0, 1), [TextDelta("b", 0, 1)]),
                ({**text("c"), "content_index": "0"}, [TextDelta("c", 0, 1)]),
            ],
            [{**message(), "content": [said("a"), said("bc")]}],
            {"missing_part_added": 2},
        ),
        "texts that are none": Steps(
            [
                BEGUN,
                (added(0, {**message(), "content": [said(5)]}), []),  # type: ignore[arg-type]  # no text
                (text_done("a"), [TextDelta("a", 0, 0)]),
                (added(1, call()), [ToolCallStart(0, 0, "c1", "f")]),
                (part("added", 1, 0, EMPTY), []),
                (text("b", 1), [TextDelta("b", 0, 1)]),
            ],
            [{**message(), "content": [said("a")]}, call(), {**MADE, "content": [said("b")]}],
            {"item_type_mismatch": 1},
        ),
        "parts of other types": Steps(
            [
                BEGUN,
                (added(0, {**message(), "content": [{"type": "novel", "x": 1}]}), []),
                (text("a"), [TextDelta("a", 0, 0)]),
                (text("b"), [TextDelta("b", 0, 0)]),
                (added(1, {"type": "message", "content": [{"type": "output_text", "text": 5}]}), []),
                (text("c", 1), [TextDelta("c", 0, 1)]),
                (part("added", 1, 1, {"type": "novel", "n": 1}), RAW),
                (part("done", 1, 1, {"type": "novel", "n": 2}), RAW),
                (part("added", 5, 0, {"type": "novel", "n": 3}), RAW),
                (part("added", 0, 0, 5), RAW),
                (part("done", 1, 0, said("cd")), [TextDelta("d", 0, 1)]),
            ],
            [
                {**message(), "content": [{"type": "novel", "x": 1}, said("ab")]},
                {"type": "message", "content": [said("cd"), {"type": "novel", "n": 2}]},
                {**MADE, "content": [{"type": "novel", "n": 3}]},
            ],
            {"part_type_mismatch": 1, "missing_item_added": 1},
        ),
        "thoughts": Steps(
            [
                BEGUN,
                (added(0, R), []),
                (summary("text.delta", 0, delta="a"), [ReasoningDelta("a", 0, "summary", 0)]),
                (summary("text.delta", 1, delta="b"), [ReasoningDelta("b", 0, "summary", 1)]),
                (
                    ev("reasoning_text.delta", output_index=0, content_index=0, delta="c"),
                    [ReasoningDelta("c", 0, "text", 2)],
                ),
                (part("added", 0, 1, EMPTY), []),
                (summary("text.done", 0, text="ax"), [ReasoningDelta("x", 0, "summary", 0)]),
                (
                    summary("part.added", 2, part={"type": "summary_text", "text": "s"}),
                    [ReasoningDelta("s", 0, "summary", 3)],
                ),
                (
                    done(0, {**R, "summary": [{"type": "summary_text", "text": "ax!"}], "encrypted_content": "E"}),
                    [ReasoningDelta("!", 0, "summary", 0), ReasoningDelta("", 0, "text", 2, "E")],
                ),
                (
                    done(1, {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "t"}], "encrypted_content": "F"}),
                    [ReasoningDelta("t", 0, "text", 4), ReasoningDelta("", 0, "text", 4, "F")],
                ),
                (done(2, {**R, "encrypted_content": "G"}), [ReasoningDelta("", 0, "redacted", 5, "G")]),
                (added(4, {**R, "encrypted_content": "early"}), []),
                (done(3, {**message("m"), "encrypted_content": "G"}), [TextDelta("m", 0, 6)]),
                (summary("part.added", 0, 9, part={"type": "novel", "n": 1}), RAW),
            ],
            [
                {
                    **R,
                    "summary": [{"type": "summary_text", "text": "ax!"}],
                    "encrypted_content": "E",
                    "content": [{"type": "reasoning_text", "text": "c"}],
                },
                {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "t"}], "encrypted_content": "F"},
                {**R, "encrypted_content": "G"},
                {**message("m"), "encrypted_content": "G"},
                {**R, "encrypted_content": "early"},
                {"id": None, "type": "reasoning", "summary": [{"type": "novel", "n": 1}]},
            ],
            {"missing_part_added": 3, "missing_item_added": 1},
        ),
    }  # fmt: skip
    refused: ClassVar[dict[str, Refused]] = {
        "nested too deep": Refused(
            [CREATED, added(0, {**message(), "x": DEEP})], "expected at most 32 levels of nesting, got more", "$"
        ),
    }
