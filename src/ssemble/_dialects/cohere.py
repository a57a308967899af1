"""Cohere's chat API, version 2.

Source: https://docs.cohere.com/v2/docs/streaming
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from .._errors import ProtocolError, ProviderError, safe_repr
from .._model.completion import FinishReason
from .._model.events import StreamEvent
from .fields import EMPTY, Fields, list_in, object_in, text_in, text_of
from .tree import Arguments, Blocks, Kind, Said, assign
from .tree_reader import TreeReader
from .unstreamed import CallPlace, Places

KINDS: dict[str, Kind] = {"text": "text", "thinking": "reasoning"}
"""The keys of texts in a content block."""


class CohereReader(TreeReader):
    """Merge the events of a message into the response that is not streamed.

    >>> cohere = CohereReader()
    >>> _ = cohere.add({"type": "message-start", "id": "m1", "delta": {"message": {"role": "assistant"}}})
    >>> content = {"type": "text", "text": "Hi"}
    >>> cohere.add({"type": "content-start", "index": 0, "delta": {"message": {"content": content}}})
    [TextDelta(text='Hi', choice=0)]
    >>> cohere.completion().to_dict()["message"]
    {'role': 'assistant', 'content': [{'type': 'text', 'text': 'Hi'}]}
    """

    __slots__ = ()

    dialect: ClassVar[str] = "cohere"
    typed: ClassVar[bool] = True
    levels: ClassVar[int] = 2
    message_path: ClassVar[tuple[str, ...] | None] = ("message",)
    ends: ClassVar[frozenset[str]] = frozenset(("message-end",))
    reasons: ClassVar[dict[str, FinishReason]] = {
        "COMPLETE": "stop",
        "STOP_SEQUENCE": "stop",
        "MAX_TOKENS": "length",
        "TOOL_CALL": "tool_calls",
        "ERROR": "error",
        "TIMEOUT": "error",
    }

    places: ClassVar[Places] = {
        "message": {
            "tool_plan": "reasoning",
            "content": {"text": "text", "thinking": "reasoning"},
            "tool_calls": {"function": {"arguments": CallPlace("id", 2)}},
        },
    }
    reason_key: ClassVar[str] = "finish_reason"

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge an event."""
        if kind not in EVENTS:
            return kind == "debug"
        if not self.begun and kind != "message-start":
            self.repair("missing_start")
            self._open({}, {}, events)
        return EVENTS[kind](self, payload, events)

    def _open(self, payload: Fields, message: Fields, events: list[StreamEvent]) -> None:
        self.begin(payload.get("id"), None, events)
        assign(self.fields, "id", payload.get("id"), self.budget)
        seeds = {key: value for key, value in message.items() if value is not None and value not in EMPTY}
        rest = {key: value for key, value in seeds.items() if key != "tool_plan" and key not in SEEDED}
        self.fields["message"] = self.budget.copy(rest)
        self._plan({"delta": {"message": seeds}}, events)
        for key, start in SEEDED.items():
            for index, entry in enumerate(list_in(seeds, key, "$.delta.message")):
                start(self, {"index": index, "delta": {"message": {key: entry}}}, events)

    def _start(self, payload: Fields, events: list[StreamEvent]) -> bool:
        if not self.begun:
            self._open(payload, object_in(payload, "delta", "message"), events)
        elif payload.get("id") in (None, self.fields.get("id")):
            self.repair("duplicate_start")
        else:
            found = f"the start of another message with id {safe_repr(payload['id'])}"
            raise ProtocolError(f"expected one message, got {found}: use a new stream for each", where="$.id")
        return True

    def _list(self, key: str) -> Blocks:
        """Return a list of the message; servers send it as an empty seed."""
        blocks = self.fields["message"].get(key)
        if not isinstance(blocks, Blocks):
            self.answer.changed()
            blocks = self.fields["message"][key] = Blocks()
        return blocks

    def _append(self, key: str, payload: Fields, start: Fields) -> Fields:
        """Add a block to a list of the message."""
        blocks = self._list(key)
        index = self.index_in(payload, "index", len(blocks))
        if index in blocks:
            self.repair("index_reused")
        self.answer.changed()
        block: Fields = self.budget.copy(start)
        blocks.add(index, block)
        return block

    def _text(self, payload: Fields, key: str) -> Said:
        """Return the text that a delta belongs to; text in the wrong place has a block of its own."""
        blocks = self._list("content")
        index = self.index_in(payload, "index", max(0, len(blocks) - 1))
        for block in blocks.at(index):
            if not any(other in block for other in KINDS):
                block[key] = self.start_text(KINDS[key])
            if isinstance(said := block.get(key), Said):
                return said
        self.repair("delta_type_mismatch" if index in blocks else "unknown_index")
        said = self.start_text(KINDS[key])
        blocks.add(index, {"type": key, key: said})
        return said

    def _content_start(self, payload: Fields, events: list[StreamEvent]) -> bool:
        start = object_in(payload, "delta", "message", "content")
        if not start:
            self.repair("bad_start")
            return False
        texts = {key: text_in(start, key, "$.delta.message.content") for key in KINDS if key in start}
        block = self._append("content", payload, {key: value for key, value in start.items() if key not in KINDS})
        for key, text in texts.items():
            block[key] = self.start_text(KINDS[key])
            self.say(block[key], text, (), events)
        return bool(texts)

    def _content_delta(self, payload: Fields, events: list[StreamEvent]) -> bool:
        content = object_in(payload, "delta", "message", "content")
        if payload.get("logprobs"):
            self.answer.changed()
            self.fields.setdefault("logprobs", []).append(self.budget.copy(payload["logprobs"]))
        found = False
        for key in KINDS:
            if content.get(key) is not None:
                text = text_in(content, key, "$.delta.message.content")
                self.say(self._text(payload, key), text, ("delta", "message", "content", key), events)
                found = True
        return found

    def _plan(self, payload: Fields, events: list[StreamEvent]) -> bool:
        text = text_in(object_in(payload, "delta", "message"), "tool_plan", "$.delta.message")
        message = self.fields["message"]
        if text and not isinstance(message.get("tool_plan"), Said):
            message["tool_plan"] = self.start_text("reasoning")
        if text:
            self.say(message["tool_plan"], text, ("delta", "message", "tool_plan"), events)
        return True

    def _call_start(self, payload: Fields, events: list[StreamEvent]) -> bool:
        start = object_in(payload, "delta", "message", "tool_calls")
        function = object_in(start, "function")
        text = text_in(function, "arguments", "$.delta.message.tool_calls.function")
        if not start:
            self.repair("bad_start")
            return False
        entry = self._append("tool_calls", payload, {**start, "function": {**function, "arguments": ""}})
        arguments = self.start_call(start.get("id"), function.get("name"), "", False, events)
        entry["function"]["arguments"] = arguments
        return self.argue(arguments, text, (), events)

    def _arguments(self, payload: Fields) -> Arguments | None:
        """Return the open call that an event belongs to."""
        blocks = self.fields["message"].get("tool_calls")
        if not isinstance(blocks, Blocks):
            return None
        for entry in blocks.at(self.index_in(payload, "index", max(0, len(blocks) - 1))):
            arguments = entry["function"]["arguments"]
            if isinstance(arguments, Arguments) and arguments.open:
                return arguments
        return None

    def _call_delta(self, payload: Fields, events: list[StreamEvent]) -> bool:
        function = object_in(payload, "delta", "message", "tool_calls", "function")
        text = text_in(function, "arguments", "$.delta.message.tool_calls.function")
        arguments = self._arguments(payload)
        if arguments is None:
            self.repair("unknown_index")
            return False
        return self.argue(arguments, text, ("delta", "message", "tool_calls", "function", "arguments"), events)

    def _call_end(self, payload: Fields, events: list[StreamEvent]) -> bool:
        arguments = self._arguments(payload)
        if arguments is None:
            self.repair("stop_without_start")
        else:
            self.close(arguments, events)
        return True

    def _citation(self, payload: Fields, events: list[StreamEvent]) -> bool:
        if citation := object_in(payload, "delta", "message", "citations"):
            self._append("citations", payload, citation)
        return False

    def _stop(self, payload: Fields, events: list[StreamEvent]) -> bool:
        return True

    def _end(self, payload: Fields, events: list[StreamEvent]) -> bool:
        delta = object_in(payload, "delta")
        for key, value in delta.items():
            if key not in ("error", "usage"):
                assign(self.fields, key, value, self.budget)
        self.count(delta.get("usage"), events)
        self.ended = True
        self.end_answer(delta.get("finish_reason"), events)
        self._check(delta)
        return True

    def end_body(self, raw: Any, events: list[StreamEvent]) -> None:
        """End a response that was not streamed."""
        super().end_body(raw, events)
        self._check({"finish_reason": raw})

    def _check(self, end: Fields) -> None:
        """Raise the error that the end of a message reports."""
        error, reason = end.get("error"), end.get("finish_reason")
        if error or reason == "ERROR":
            kind = end.get("error_type") or reason
            words = error if isinstance(error, str) and error else text_of(kind)
            raise ProviderError._named(words, self.budget.copy(end), type=kind if isinstance(kind, str) else None)


# The lists of a message, and what starts an entry: a server may begin them in the start.
SEEDED: dict[str, Callable[[CohereReader, Fields, list[StreamEvent]], bool]] = {
    "content": CohereReader._content_start,
    "tool_calls": CohereReader._call_start,
    "citations": CohereReader._citation,
}
EVENTS: dict[str, Callable[[CohereReader, Fields, list[StreamEvent]], bool]] = {
    "message-start": CohereReader._start,
    "content-start": CohereReader._content_start,
    "content-delta": CohereReader._content_delta,
    "content-end": CohereReader._stop,
    "tool-plan-delta": CohereReader._plan,
    "tool-call-start": CohereReader._call_start,
    "tool-call-delta": CohereReader._call_delta,
    "tool-call-end": CohereReader._call_end,
    "citation-start": CohereReader._citation,
    "citation-end": CohereReader._stop,
    "message-end": CohereReader._end,
}
