"""The content blocks of a message while they arrive."""

from __future__ import annotations

from typing import Any

from ..._copied import copied
from ..._model.text import Text
from ..._pickling import Picklable
from ..live_call import LiveCall
from ..tool_input import parse_input

TEXT, THINKING, TOOL, COMPACTION, OTHER = "text", "thinking", "tool", "compaction", ""
"""Kinds of blocks: each kind takes other deltas. Blocks of the last kind take none, and are kept as they came."""
SKELETONS: dict[str, dict[str, Any]] = {
    TEXT: {"type": "text", "text": ""},
    THINKING: {"type": "thinking", "thinking": "", "signature": ""},
}
"""The blocks that are opened for a delta whose block was never started."""


def kind_of(block: dict[str, Any]) -> str:
    """Return the kind of a block: tools of the future have an ``input`` too."""
    kind = block.get("type")
    if "input" in block or (isinstance(kind, str) and kind.endswith("tool_use")):
        return TOOL
    if kind in (TEXT, THINKING):
        assert isinstance(kind, str)
        return kind if isinstance(block.get(kind, ""), (str, type(None))) else OTHER
    return COMPACTION if kind == COMPACTION else OTHER


class Block(Picklable):
    """One block.

    Attributes:
        kind: see `kind_of`.
        part: its position in the content.
        fields: the block as it was started, and what was assigned later. A text that streams is not in it.
        text: the text or the thinking; of a tool, the text of its input.
        call: the call, if the caller is to run it.
        open: no stop has come.
        streamed: fragments of its input came: they replace the input of the start.
    """

    __slots__ = ("call", "fields", "kind", "open", "part", "streamed", "text")

    def __init__(self, kind: str, part: int, fields: dict[str, Any]) -> None:
        self.kind = kind
        self.part = part
        self.fields = fields
        self.call: LiveCall | None = None
        self.text = Text()
        self.open = True
        self.streamed = False

    def to_json(self) -> dict[str, Any]:
        """Return the block so far. Another thread may be adding to it."""
        fields: dict[str, Any] = copied(self.fields)
        if self.kind in SKELETONS:
            if self.text.size or self.text.pending_surrogate:
                fields[self.kind] = self.text.to_json()
        elif self.streamed:
            fields["input"] = parse_input(self.text.to_json())
        return fields
