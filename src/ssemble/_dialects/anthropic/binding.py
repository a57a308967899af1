"""Bindings of Anthropic Messages: deltas that only append to a text that streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._payloads.templates import DIGITS, SKIP, TEXT, Binding, Slot, is_number
from ..bindings import bind_arguments, bind_reasoning, bind_text
from . import blocks

if TYPE_CHECKING:
    from .content import Content

STREAMED = {
    "text_delta": (blocks.TEXT, "text"),
    "thinking_delta": (blocks.THINKING, "thinking"),
    "input_json_delta": (blocks.TOOL, "partial_json"),
}
"""For each kind of delta that appends to a text: the kind of its block, and the key of the text."""


def bind(content: Content, payload: dict[str, Any]) -> Binding | None:
    """Make the binding of a payload that was just merged; None if it cannot have one."""
    delta = payload.get("delta")
    index = payload.get("index")
    if type(delta) is not dict or type(index) is not int or delta.get("type") not in STREAMED:
        return None
    kind, key = STREAMED[delta["type"]]
    block = content.find(index, kind)
    if block is None or not delta.get(key) or block.text.pending_surrogate:
        return None
    slots = tuple(_slots(payload, key))
    if kind == blocks.TEXT:
        return bind_text(content.answer, slots, block.text, block.part)
    if kind == blocks.THINKING:
        return bind_reasoning(content.answer, slots, block.text, block.part, "text")
    if block.call is None or not block.open:  # arguments behind a stop have their own rules
        return None
    return bind_arguments(content.answer, slots, block.call)


def _slots(payload: dict[str, Any], key: str) -> list[Slot]:
    """Return the values that may change: the text, and what is not stored."""
    slots = []
    for name, value in payload.items():
        if name == "delta":
            for inner, leaf in value.items():
                if inner == key:
                    slots.append(Slot((name, inner), TEXT))
                elif inner == "estimated_tokens" and is_number(leaf):
                    slots.append(Slot((name, inner), DIGITS))
        elif name == "p" and type(value) is str:
            slots.append(Slot((name,), SKIP))
    return slots
