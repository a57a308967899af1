"""Anthropic Messages: one block."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ssemble._dialects.anthropic.blocks import COMPACTION, OTHER, SKELETONS, TEXT, THINKING, TOOL, Block, kind_of

from .messages import delta, of, text


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "text"}, TEXT), ({"type": "text", "text": ""}, TEXT), ({"type": "text", "text": None}, TEXT),
        ({"type": "text", "text": 5}, OTHER), ({"type": "text", "thinking": 5}, TEXT),
        ({"type": "thinking"}, THINKING), ({"type": "thinking", "thinking": "x"}, THINKING),
        ({"type": "thinking", "thinking": []}, OTHER), ({"type": "thinking", "text": 5}, THINKING),
        ({"type": "tool_use"}, TOOL), ({"type": "server_tool_use"}, TOOL), ({"type": "novel", "input": None}, TOOL),
        ({"input": {}}, TOOL), ({"type": None, "input": {}}, TOOL), ({"type": "text", "input": {}}, TOOL),
        ({"type": "tool_used"}, OTHER), ({"type": "tool_result"}, OTHER),
        ({"type": "compaction"}, COMPACTION), ({"type": "compaction", "compaction": 5}, COMPACTION),
        ({"type": 5}, OTHER), ({"type": None}, OTHER), ({"type": ["text"]}, OTHER), ({"type": "novel"}, OTHER), ({}, OTHER),
    ],
)  # fmt: skip
def test_the_kind_of_a_block(fields: dict[str, Any], kind: str) -> None:
    assert kind_of(fields) == kind


def test_blocks_that_deltas_open() -> None:
    run = of(text(0, ""), delta(1, "thinking", thinking=""))
    assert run.content == [{"type": "text", "text": ""}, {"type": "thinking", "thinking": "", "signature": ""}]
    assert list(SKELETONS.values()) == run.content


@pytest.mark.parametrize("kind", [TEXT, THINKING, TOOL, COMPACTION, OTHER])
@pytest.mark.parametrize("streamed", ["", '{"a": 1,', "\ud83d"])
def test_a_block_so_far(kind: str, streamed: str) -> None:
    """What streamed takes the place of a text or of an input; the fields are never changed by it."""
    fields = {"type": "t", "text": "", "thinking": "", "input": {"b": [2]}}
    block = Block(kind, 3, copy.deepcopy(fields))
    assert (block.part, block.call, block.open, block.streamed) == (3, None, True, False)
    if streamed:
        block.text.add(streamed)
        block.streamed = True
    wanted = copy.deepcopy(fields)
    if streamed and kind in (TEXT, THINKING):
        wanted[kind] = streamed
    elif streamed:
        wanted["input"] = {"a": 1} if streamed.isascii() else {}
    found = block.to_json()
    assert found == wanted
    found["input"]["c"] = 3
    assert block.fields == fields
