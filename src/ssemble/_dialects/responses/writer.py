"""The writer of OpenAI Responses.

Source: https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from ..._model import events
from ..._model.tokens import Tokens
from ..frames import HOLE, Fields, around, frame, quoted
from ..sequence import SequenceWriter
from ..writing import Block, BlockKind, Fault, Head, WrittenCall


class PartWords(NamedTuple):
    """How a kind of block is written that is a part of an item."""

    item: str  # type of the item
    prefix: str  # of the id of the item
    key: str  # of the list of parts in the item
    number: str  # the key of the number of the part
    around: str  # the events around the part, without "added" and "done"
    said: str  # the events of the text, without "delta" and "done"
    text: str  # the key of the text
    empty: Fields  # the part without its text
    beside: Fields  # what is in the events of the text besides


CONTENT = ("message", "msg", "content", "content_index", "response.content_part.")
SUMMARY = ("reasoning", "rs", "summary", "summary_index", "response.reasoning_summary_part.")
OUTPUT_TEXT = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
SUMMARY_TEXT = {"type": "summary_text", "text": ""}
# Reasoning of any kind is a summary: clients do not show another.
PARTS: dict[BlockKind, PartWords] = {
    "text": PartWords(*CONTENT, "response.output_text.", "text", OUTPUT_TEXT, {"logprobs": []}),
    "refusal": PartWords(*CONTENT, "response.refusal.", "refusal", {"type": "refusal", "refusal": ""}, {}),
    "reasoning": PartWords(*SUMMARY, "response.reasoning_summary_text.", "text", SUMMARY_TEXT, {}),
}
CALLS = {
    False: ("function_call", "fc", "response.function_call_arguments.", "arguments"),
    True: ("custom_tool_call", "ctc", "response.custom_tool_call_input.", "input"),
}
"""For calls of functions and of custom tools: type of the item, prefix of its id, events, and key of the arguments."""


class ResponsesWriter(SequenceWriter):
    """Writes one item after the other, and all of them again at the end."""

    __slots__ = ("_count", "_item", "_items", "_part", "_pieces", "_word")

    dialect: ClassVar[str] = "openai-responses"
    message_id: ClassVar[str] = "resp_0"
    own_reasons: ClassVar[frozenset[str]] = frozenset(("completed", "max_output_tokens", "content_filter"))
    reasons: ClassVar[dict[str, str]] = {
        "stop": "completed", "length": "max_output_tokens", "content_filter": "content_filter",
    }  # fmt: skip

    def __init__(self, given: Head) -> None:
        super().__init__(given)
        self._count = 0  # of the frames
        self._items: list[Fields] = []  # those that are done
        self._item: Fields = {}  # the open one
        self._part: dict[str, int | str] = {}  # where the open part is
        self._pieces: list[str] = []  # the text of the open block
        self._word = ""

    def start(self) -> bytes:
        response = self._response("in_progress")
        return b"".join([self._frame(f"response.{verb}", response=response) for verb in ("created", "in_progress")])

    def call_end(self, call: WrittenCall) -> bytes:
        empty = not call.custom and not call.given
        out = self.arguments(call, "{}") if empty else b""  # clients parse the text as JSON
        return out + super().call_end(call)

    def end(self, event: events.ChoiceEnd) -> bytes:
        self._word = self.word(event)
        out = super().end(event)
        return out + self._close_item("incomplete" if self._word == "max_output_tokens" else "completed")

    def finish(self, usage: Fields | None) -> bytes:
        status = "completed" if self._word == "completed" else "incomplete"
        details = None if status == "completed" else {"reason": self._word}
        response = self._response(status, incomplete_details=details, output=self._items, usage=usage)
        return self._frame(f"response.{status}", response=response)

    def fail(self, fault: Fault) -> bytes:
        # Not the event "error": some clients do not read it. The codes are those of the official types.
        error = {"code": "rate_limit_exceeded" if fault.is_rate_limit else "server_error", "message": fault.message}
        return self._frame("response.failed", response=self._response("failed", error=error, output=self._items))

    def count(self, tokens: Tokens) -> Fields:
        counted, said, total = self.sums(tokens)
        cache = {"cached_tokens": tokens.cached or 0, "cache_write_tokens": tokens.cache_write or 0}
        return {
            "input_tokens": counted, "input_tokens_details": cache, "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": tokens.reasoning or 0}, "total_tokens": total,
        }  # fmt: skip

    def open_block(self, block: Block) -> bytes:
        self._pieces = []
        if isinstance(block, WrittenCall):
            kind, prefix, said, key = CALLS[block.custom]
            item = {"status": "in_progress", "call_id": block.id, "name": block.name, key: ""}
            out = self._open_item(prefix, kind, item)
            self._open_text(f"{said}delta", {})
            return out
        if block.kind == "redacted":
            return self._open_item("rs", "reasoning", {"summary": []})
        words, out = PARTS[block.kind], b""
        if self._item.get("type") != words.item or "encrypted_content" in self._item:
            fields = {"status": "in_progress", "role": "assistant"} if words.item == "message" else {}
            out = self._open_item(words.prefix, words.item, {**fields, words.key: []})
        self._part = {**self._part, words.number: len(self._item[words.key])}
        self._open_text(f"{words.said}delta", words.beside)
        return out + self._frame(f"{words.around}added", **self._part, part=words.empty)

    def write_redacted(self, data: str) -> bytes:
        return self.write_signature(data)

    def write_text(self, text: str) -> bytes:
        self._pieces.append(text)
        self._count += 1
        return b"%b%b%b%d}\n\n" % (self.envelope[0], quoted(text).encode(), self.envelope[1], self._count - 1)

    def write_signature(self, signature: str) -> bytes:
        self._item["encrypted_content"] = signature  # written when the item is done
        return b""

    def close_block(self, block: Block, last: bool) -> bytes:
        text = "".join(self._pieces)
        if isinstance(block, WrittenCall):
            _, _, said, key = CALLS[block.custom]
            self._item.update({key: text, "status": "completed" if block.ended else "incomplete"})
            told = {key: text} if block.custom else {key: text, "name": block.name}
            return (self._frame(f"{said}done", **self._part, **told) if block.ended else b"") + self._close_item()
        if block.kind == "redacted":
            return b""
        words = PARTS[block.kind]
        whole = {**words.empty, words.text: text}
        self._item[words.key].append(whole)
        out = self._frame(f"{words.said}done", **self._part, **{words.text: text}, **words.beside)
        return out + self._frame(f"{words.around}done", **self._part, part=whole)

    def _open_item(self, prefix: str, kind: str, fields: Fields) -> bytes:
        out, at = self._close_item(), len(self._items)
        self._item = {"id": f"{prefix}_{self.head.id}_{at}", "type": kind, **fields}
        self._part = {"item_id": self._item["id"], "output_index": at}
        return out + self._frame("response.output_item.added", output_index=at, item=self._item)

    def _close_item(self, status: str = "completed") -> bytes:
        item, self._item = self._item, {}
        if not item:
            return b""
        if item["type"] == "message":
            item["status"] = status
        self._items.append(item)
        return self._frame("response.output_item.done", output_index=len(self._items) - 1, item=item)

    def _open_text(self, event: str, beside: Fields) -> None:
        """Keep the bytes before a text, and those between it and the number of its frame."""
        fields = {"type": event, **self._part, "delta": HOLE, **beside, "sequence_number": 0}
        before, after = around(fields, event)
        self.envelope = before, after[: -len(b"0}\n\n")]

    def _frame(self, event: str, **fields: Any) -> bytes:
        self._count += 1
        return frame({"type": event, **fields, "sequence_number": self._count - 1}, event)

    def _response(self, status: str, **told: Any) -> Fields:
        head = self.head
        return {
            "id": head.id, "object": "response", "created_at": head.created or 0, "status": status, "error": None,
            "incomplete_details": None, "instructions": None, "metadata": {}, "model": head.model or "", "output": [],
            "parallel_tool_calls": True, "temperature": None, "tool_choice": "auto", "tools": [], "top_p": None,
            "usage": None, **told,
        }  # fmt: skip
