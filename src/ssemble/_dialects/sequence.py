"""The blocks of a message one after the other, for dialects where only one is open at a time.

Blocks wait in the order of their first appearance. The first is open, and is written at once; what
belongs to another one waits, piece by piece, until the blocks before it have ended. A call ends with its
`ToolCallEnd`. Any other block ends when a new one begins, or with its signature; it is closed when the
next one opens.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from typing import ClassVar

from .._model import events
from .frames import Around, fill
from .writing import Block, BlockKind, DialectWriter, Head, Piece, WrittenCall


class SequenceWriter(DialectWriter):
    """Writes one block after the other.

    Attributes:
        envelope: around the text of the deltas of the open block.
    """

    __slots__ = ("_blocks", "_live", "_newest", "envelope")

    several_choices: ClassVar[bool] = False

    def __init__(self, given: Head) -> None:
        super().__init__(given)
        self.envelope: Around = (b"", b"")
        self._blocks: deque[Block] = deque()  # the first is open
        self._newest: Block | None = None
        self._live: Block | None = None  # the open block, if it is no call and more text belongs to it

    def text(self, event: events.TextDelta) -> bytes:
        block = self._live
        if block is not None and block.kind == "text" and block.place == event.part:
            return self.write_text(event.text)
        return self._take("text", event.part, event.text)

    def refusal(self, event: events.RefusalDelta) -> bytes:
        return self._take("refusal", event.part, event.text)

    def reasoning(self, event: events.ReasoningDelta) -> bytes:
        return self._take("reasoning", (event.kind, event.part), event.text, event.signature)

    def redacted(self, event: events.ReasoningDelta, data: str) -> bytes:
        return self._take("redacted", event.part, data)

    def call(self, call: WrittenCall, event: events.ToolCallStart) -> bytes:
        return self._begin(call)

    def arguments(self, call: WrittenCall, text: str) -> bytes:
        return self.write_text(text) if call is self._blocks[0] else self._add(call, text)

    def call_end(self, call: WrittenCall) -> bytes:
        return self._advance()

    def end(self, event: events.ChoiceEnd) -> bytes:
        self._live = None
        return b"".join([self._close() for _ in range(len(self._blocks))])

    @abstractmethod
    def open_block(self, block: Block) -> bytes:
        """Open the next block."""

    def write_text(self, text: str) -> bytes:
        """Write a text of the open block."""
        return fill(self.envelope, text)

    @abstractmethod
    def write_redacted(self, data: str) -> bytes:
        """Write the data of the open block, which has no text."""

    @abstractmethod
    def write_signature(self, signature: str) -> bytes:
        """Write the signature of the open block."""

    @abstractmethod
    def close_block(self, block: Block, last: bool) -> bytes:
        """Close the open block.

        Args:
            last: the choice ends with it. If it is a call that has not ended, it was truncated.
        """

    def _take(self, kind: BlockKind, place: object, text: str, signature: str | None = None) -> bytes:
        """Take new text, or a signature."""
        block, out = self._newest, b""
        # A signature alone is of the reasoning before it, whatever block that is: not all servers number them.
        fits = block is not None and block.kind == kind and (not text or block.place == place)
        if block is None or block.ended or not fits:
            block = Block(kind, place)
            out = self._begin(block)
        if text:
            out += self._add(block, text)
        if signature:
            out += self._add(block, (signature,))
        block.ended = bool(signature) or kind == "redacted"
        self._live = block if block is self._blocks[0] and not block.ended else None
        return out

    def _begin(self, block: Block) -> bytes:
        if self._newest is not None and self._newest.kind != "call":
            self._newest.ended = True
        self._newest = block
        self._live = None
        self._blocks.append(block)
        return self.open_block(block) if len(self._blocks) == 1 else self._advance()

    def _add(self, block: Block, piece: Piece) -> bytes:
        if block is self._blocks[0]:
            return self._write(block, piece)
        block.waiting.append(piece)
        return b""

    def _write(self, block: Block, piece: Piece) -> bytes:
        if isinstance(piece, tuple):
            return self.write_signature(piece[0])
        return self.write_redacted(piece) if block.kind == "redacted" else self.write_text(piece)

    def _advance(self) -> bytes:
        """Close the blocks that have ended; one that is no call waits for the next, since a signature may come."""
        out = []
        while self._blocks and self._blocks[0].ended and (len(self._blocks) > 1 or self._blocks[0].kind == "call"):
            out.append(self._close())
        return b"".join(out)

    def _close(self) -> bytes:
        """Close the open block, open the next one, and write what waited for it."""
        out = self.close_block(self._blocks.popleft(), not self._blocks)
        if not self._blocks:
            self._newest = None
            return out
        block = self._blocks[0]
        waiting, block.waiting = block.waiting, []
        return out + self.open_block(block) + b"".join([self._write(block, piece) for piece in waiting])
