"""Anthropic Messages: which values of a delta may change."""

from __future__ import annotations

from typing import ClassVar

import pytest

from ssemble._payloads.templates import DIGITS, SKIP, TEXT

from ..binding_suite import Bindings, Bound
from .messages import args, block, delta, start, stop, text, tool

WORDS, THOUGHTS, INPUT = ("delta.text", TEXT), ("delta.thinking", TEXT), ("delta.partial_json", TEXT)
TEXTS = [start(), block(0, "text", text="")]
THINKING = [start(), block(0, "thinking", thinking="")]


class TestBindings(Bindings):
    dialect: ClassVar[str] = "anthropic"
    bound: ClassVar[dict[str, Bound]] = {
        "text": Bound(TEXTS, text(0, "a"), [WORDS]),
        "second text": Bound([*TEXTS, text(0, "x"), block(1, "text", text="")], text(1, "a"), [WORDS]),
        "thinking": Bound(THINKING, delta(0, "thinking", thinking="a"), [THOUGHTS]),
        "thinking, counted": Bound(
            THINKING, delta(0, "thinking", thinking="a", estimated_tokens=1), [THOUGHTS, ("delta.estimated_tokens", DIGITS)]
        ),
        "counted before": Bound(
            THINKING,
            {"type": "content_block_delta", "delta": {"estimated_tokens": 10**18 - 10, "type": "thinking_delta", "thinking": "a"}, "index": 0},
            [("delta.estimated_tokens", DIGITS), THOUGHTS],
        ),
        "not counted": Bound(THINKING, delta(0, "thinking", thinking="a", estimated_tokens=0), [THOUGHTS]),
        "a count too large": Bound(THINKING, delta(0, "thinking", thinking="a", estimated_tokens=10**18), [THOUGHTS]),
        "a count that is none": Bound(THINKING, delta(0, "thinking", thinking="a", estimated_tokens=True), [THOUGHTS]),
        "arguments": Bound([start(), tool(0)], args(0, "a"), [INPUT]),
        "second call": Bound([start(), tool(0), stop(0), tool(1, "t2")], args(1, "a"), [INPUT]),
        "padded": Bound(TEXTS, {**text(0, "a"), "p": "abc"}, [WORDS, ("p", SKIP)]),
        "padded with a number": Bound(TEXTS, {**text(0, "a"), "p": 5}, [WORDS]),
        "another key": Bound(TEXTS, {**text(0, "a"), "q": "abc"}, [WORDS]),
        "no text": Bound(TEXTS, text(0, "")),
        "half a character": Bound(TEXTS, text(0, "\ud83d")),
        "no block": Bound(TEXTS, text(None, "a")),
        "no number": Bound(TEXTS, text("0", "a")),
        "a truth": Bound([*TEXTS, text(1, "x")], text(True, "a")),
        "no delta": Bound(TEXTS, {"type": "content_block_delta", "index": 0, "delta": None}),
        "another delta": Bound(TEXTS, delta(0, "citations", citation={})),
        "arguments of the server's tool": Bound([start(), block(0, "server_tool_use", input={})], args(0, "a")),
        "arguments behind a stop": Bound([start(), tool(0), stop(0)], args(0, "a")),
        "another event": Bound([start()], block(0, "text", text="a")),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["text", "thinking"])
def test_a_delta_of_a_kind_that_its_block_is_not(kind: str) -> None:
    """It has a block of its own at the same index: the delta binds to that."""
    found = Bound([start(), tool(0)], delta(0, kind, **{kind: "a"}))
    suite = TestBindings()
    binding = suite.merged(found).bind(found.payload, "message")
    assert binding is not None
    suite.test_a_binding_does_what_the_reader_does(found._replace(slots=[(f"delta.{kind}", TEXT)]))
