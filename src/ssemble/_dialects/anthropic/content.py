"""The content of a message: which block a delta belongs to, and when a block and its call end."""

from __future__ import annotations

from typing import Any

from ..._errors import ProtocolError
from ..._model.events import ReasoningDelta, StreamEvent
from ..._pickling import Picklable
from ..answer import Answer
from ..fields import ensure_list, erases, index_or, replace_field, text_or_repr
from ..tool_input import as_text, is_whole
from .blocks import COMPACTION, SKELETONS, TEXT, THINKING, TOOL, Block, kind_of

TOOL_USE = "tool_use"


class Content(Picklable):
    """The content blocks.

    An index on the wire is a key, not a position: gateways skip indices and use them again.

    Args:
        answer: makes the events.

    Attributes:
        blocks: all blocks, in the order of their starts.
    """

    __slots__ = ("_last", "_places", "_waiting", "answer", "blocks")

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.blocks: list[Block] = []
        self._places: dict[int, list[Block]] = {}  # the blocks of each index: more than one if deltas do not fit
        self._last = 0  # the index that was started last
        self._waiting: Block | None = None

    @property
    def is_open(self) -> bool:
        """True if a block has no stop."""
        return any([block.open for block in self.blocks])

    def find(self, index: int, kind: str) -> Block | None:
        """Return the block of a kind at an index."""
        for block in self._places.get(index, ()):
            if block.kind == kind:
                return block
        return None

    def start(self, payload: dict[str, Any], events: list[StreamEvent]) -> bool:
        """Take a content_block_start."""
        fields = payload.get("content_block")
        if not isinstance(fields, dict):
            self.answer.repair("bad_block")
            return False
        index = self._index(payload, len(self.blocks))
        if index in self._places:
            self.answer.repair("duplicate_index")
            self._close_all(index, events)
        elif index != len(self.blocks):
            self.answer.repair("index_gap")
        self.end_waiting(events)
        self._places[index] = []
        self._last = index
        told = len(events)
        block = self._add(index, fields, events)
        return block.kind in SKELETONS or len(events) > told

    def delta(self, payload: dict[str, Any], events: list[StreamEvent]) -> bool:
        """Take a content_block_delta; False if it has no typed event."""
        delta = payload.get("delta")
        if not isinstance(delta, dict):
            return False
        kind = delta.get("type")
        if kind == "text_delta" and isinstance(text := _text_in(delta, "text"), str):
            block = self._block(payload, TEXT, events)
            self.answer.add_text(block.text, block.part, text, events)
        elif kind == "input_json_delta":
            return self._arguments(payload, _text_in(delta, "partial_json"), events)
        elif kind == "thinking_delta" and isinstance(text := _text_in(delta, "thinking"), str):
            block = self._block(payload, THINKING, events)
            self.answer.add_reasoning(block.text, block.part, text, "text", events)
        elif kind == "signature_delta":
            return self._sign(self._block(payload, THINKING, events), delta.get("signature"), events)
        elif kind == "citations_delta":
            self._cite(self._block(payload, TEXT, events), delta.get("citation"))
            return False
        elif kind == "compaction_delta" and (found := self.find(self._index(payload, self._last), COMPACTION)):
            known = found.fields
            news = {key: value for key, value in delta.items() if key != "type" and not erases(known.get(key), value)}
            self._assign(found, news)
            return False
        else:
            return False
        return True

    def stop(self, payload: dict[str, Any], events: list[StreamEvent]) -> bool:
        """Take a content_block_stop."""
        index = self._index(payload, self._last)
        if index in self._places:
            self._close_all(index, events)
        else:
            self.answer.repair("stop_without_start")
        return True

    def end(self, calls_are_whole: bool, events: list[StreamEvent]) -> None:
        """Take the message_stop.

        Args:
            calls_are_whole: the stop_reason says that the model has written its calls. Servers that
                leave out the stop of a block close them so; if a limit cut the message, nothing does.
        """
        self.end_waiting(events)
        for block in self.blocks:
            if calls_are_whole and not self.answer.budget.full and block.open and block.kind == TOOL:
                if not block.streamed or is_whole(block.text.to_json()):
                    self._close(block, events)
                    self.end_waiting(events)
        self.release(events)

    def end_waiting(self, events: list[StreamEvent]) -> None:
        """End the call that waits: no arguments came for it."""
        block, self._waiting = self._waiting, None
        if block is not None and block.call is not None and not self.answer.budget.full:
            self.answer.end_call(block.call, events)

    def release(self, events: list[StreamEvent]) -> None:
        """Give out what was held back in blocks whose stop did not come."""
        for block in self.blocks:
            if block.call is not None:
                self.answer.flush_call(block.call, events)
            else:
                self._end_text(block, events)

    def _add(self, index: int, fields: dict[str, Any], events: list[StreamEvent]) -> Block:
        """Add a block; what its start holds already is told as if it had streamed."""
        answer = self.answer
        answer.changed()
        kind = kind_of(fields)
        text = fields.get(kind) if kind in SKELETONS else None
        kept = {**fields, kind: ""} if text else fields  # the text is charged when it is told
        block = Block(kind, len(self.blocks), answer.budget.copy(kept))
        if fields.get("type") == TOOL_USE:
            block.fields["type"] = TOOL_USE  # all calls share one text
            call_id, name = fields.get("id"), fields.get("name")
            call_id = text_or_repr(call_id)
            block.call = answer.start_call(call_id, name if isinstance(name, str) else "", "function", events)
            block.text = block.call.arguments
        self.blocks.append(block)
        self._places.setdefault(index, []).append(block)
        if text and kind == TEXT:
            answer.add_text(block.text, block.part, text, events)
        elif text:
            answer.add_reasoning(block.text, block.part, text, "text", events)
        if block.kind == THINKING and isinstance(signature := fields.get("signature"), str) and signature:
            events.append(ReasoningDelta("", 0, "text", block.part, signature))
        if fields.get("type") == "redacted_thinking" and isinstance(data := fields.get("data"), str) and data:
            events.append(ReasoningDelta("", 0, "redacted", block.part, data))
        return block

    def _block(self, payload: dict[str, Any], kind: str, events: list[StreamEvent]) -> Block:
        """Return the block that a delta wants; text in the wrong place gets a block of its own."""
        index = self._index(payload, self._last)
        block = self.find(index, kind)
        if block is None:
            self.answer.repair("delta_type_mismatch" if index in self._places else "unknown_index")
            block = self._add(index, SKELETONS[kind], events)
        return block

    def _arguments(self, payload: dict[str, Any], text: Any, events: list[StreamEvent]) -> bool:
        if text == "":
            return True
        index = self._index(payload, self._last)
        block, waiting = self.find(index, TOOL), self._waiting
        if not isinstance(text, str):
            message = f"expected arguments as text, got {type(text).__name__}"
            raise ProtocolError(message, where="$.delta.partial_json")
        if waiting is not None and (block is waiting or index not in self._places):
            self.answer.repair("orphan_arguments")
            block = waiting
        elif block is None:
            # A call would run without them.
            raise ProtocolError(
                f"expected arguments of an open tool block, got some for index {index}", where="$.index"
            )
        elif not block.open:
            self.answer.repair("late_delta")
            return False
        if not block.streamed:
            self.answer.changed()
            block.streamed = True
        if block.call is None:
            self.answer.budget.charge(len(text))
            block.text.add(text)
            return False
        self.answer.add_arguments(block.call, text, events)
        return True

    def _sign(self, block: Block, signature: Any, events: list[StreamEvent]) -> bool:
        if signature or "signature" not in block.fields:
            self._assign(block, {"signature": signature})
        if not isinstance(signature, str):
            return False
        events.append(ReasoningDelta("", 0, "text", block.part, signature))
        return True

    def _cite(self, block: Block, citation: Any) -> None:
        self.answer.changed()
        if citation is not None:
            ensure_list(block.fields, "citations").append(self.answer.budget.copy(citation))

    def _assign(self, block: Block, values: dict[str, Any]) -> None:
        self.answer.changed()
        for key, value in values.items():
            block.fields[key] = replace_field(block.fields, key, value, self.answer.budget)

    def _close_all(self, index: int, events: list[StreamEvent]) -> None:
        for block in self._places[index]:
            if block.open:
                self._close(block, events)

    def _close(self, block: Block, events: list[StreamEvent]) -> None:
        """End a block. A call without any input waits: gateways send it behind the stop."""
        self.end_waiting(events)
        self.answer.changed()
        block.open = False
        call = block.call
        if block.kind != TOOL:
            self._end_text(block, events)
        elif block.streamed:
            if call is not None:
                self.answer.end_call(call, events)
        elif block.fields.get("input"):
            if call is not None:
                self.answer.add_arguments(call, as_text(block.fields["input"]), events)
                self.answer.end_call(call, events)
        else:
            block.fields["input"] = {}
            self._waiting = None if call is None else block

    def _end_text(self, block: Block, events: list[StreamEvent]) -> None:
        if block.kind == TEXT:
            self.answer.end_text(block.text, block.part, events)
        elif block.kind == THINKING:
            self.answer.end_reasoning(block.text, block.part, "text", events)

    def _index(self, payload: dict[str, Any], default: int) -> int:
        index = payload.get("index")
        if type(index) is not int:
            self.answer.repair("missing_index")
        return index_or(index, default)


def _text_in(delta: dict[str, Any], key: str) -> Any:
    """Return the text of a delta: null is no text."""
    text = delta.get(key)
    return "" if text is None else text
