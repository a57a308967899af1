"""Amazon Bedrock's ConverseStream. A payload is ``{name of the event: its body}``, as boto3 gives it.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from .._errors import ProtocolError
from .._framing.aws import exception_of
from .._limits import Limits
from .._model.completion import FinishReason
from .._model.events import ReasoningDelta, StreamEvent
from .._model.text import Base64
from .fields import Fields, object_in, text_in
from .tree import Arguments, Blocks, Kind, Said, assign
from .tree_answer import LEAF_COST
from .tree_reader import TreeReader
from .unstreamed import CallPlace, Places, SignaturePlace

INDEX, TEXT, REASONING, HIDDEN = "contentBlockIndex", "text", "reasoningContent", "redactedContent"
CITED = "citationsContent"
NOT_STORED = frozenset(("p", "usage", "output"))  # "p" is padding
AT_THE_END = frozenset(("messageStop", "metadata"))
DELTA = "$.contentBlockDelta.delta"
PATH = ("contentBlockDelta", "delta")


class ConverseReader(TreeReader):
    """Merge the events of a message into the response of Converse.

    >>> converse = ConverseReader()
    >>> converse.add({"messageStart": {"role": "assistant"}})
    [MessageStart(id=None, model=None)]
    >>> converse.add({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}})
    [TextDelta(text='Hi', choice=0)]
    >>> converse.completion().to_dict()
    {'output': {'message': {'role': 'assistant', 'content': [{'text': 'Hi'}]}}}
    """

    __slots__ = ("_blocks", "_message")

    dialect: ClassVar[str] = "bedrock-converse"
    ignored: ClassVar[frozenset[str]] = frozenset(("p",))
    levels: ClassVar[int] = 2
    message_path: ClassVar[tuple[str, ...] | None] = ("output", "message")
    reasons: ClassVar[dict[str, FinishReason]] = {
        **dict.fromkeys(("end_turn", "stop_sequence"), "stop"),
        **dict.fromkeys(("max_tokens", "model_context_window_exceeded"), "length"),
        "tool_use": "tool_calls",
        **dict.fromkeys(("guardrail_intervened", "content_filtered"), "content_filter"),
        **dict.fromkeys(("malformed_model_output", "malformed_tool_use"), "error"),  # and all others of this beginning
    }

    places: ClassVar[Places] = {
        "output": {
            "message": {
                "content": {
                    "text": "text",
                    "citationsContent": {"content": {"text": "text"}},
                    "reasoningContent": {"reasoningText": {"text": "reasoning", "signature": SignaturePlace("text")}},
                    "toolUse": {"=server_tool_use": {}, "input": CallPlace("toolUseId", 1)},
                },
            },
        },
    }
    reason_key: ClassVar[str] = "stopReason"

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self._blocks = Blocks()
        self._message: Fields = {}  # without its content

    def end_of(self, payload: Any, name: str) -> Any:
        """Return an event that says how the message ends, or its token counts."""
        self.budget.fill()
        event = next(iter(payload), "") if isinstance(payload, dict) else ""
        return payload if event in AT_THE_END or event.endswith("Exception") else None

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge an event, which is the only key of its payload. Token counts often come behind the end."""
        event = next(iter(payload), "")
        body = payload.get(event)
        if len(payload) != 1 or not isinstance(body, dict):
            return False
        if event.endswith("Exception"):
            raise exception_of(event, self.budget.copy(body))
        if event not in EVENTS or (self.over and event != "metadata"):
            return False
        if event != "metadata" and self.begun == (event == "messageStart"):
            self.repair("duplicate_start" if self.begun else "missing_start")
        self.begin(None, None, events)
        return EVENTS[event](self, body, events)

    def tree(self) -> Fields:
        """Return the object in the provider's shape."""
        return {"output": {"message": {**self._message, "content": self._blocks}}, **super().tree()}

    def _keep(self, fields: Fields, body: Fields) -> None:
        for key, value in body.items():
            if key not in NOT_STORED:
                assign(fields, key, value, self.budget)

    def _start(self, body: Fields, events: list[StreamEvent]) -> bool:
        self._keep(self._message, {key: value for key, value in body.items() if key != "content"})
        return True

    def _block_start(self, body: Fields, events: list[StreamEvent]) -> bool:
        index = self.index_in(body, INDEX, len(self._blocks))
        told = True
        for key, value in object_in(body, "start").items():
            if index in self._blocks:
                self.repair("duplicate_index")
                self._close(index, events)
            told = self._open(index, key, value, events) and told
        return told

    def _open(self, index: int, key: str, value: Any, events: list[StreamEvent]) -> bool:
        """Add a block as its start gives it; False if it is no call of the caller's."""
        if not isinstance(value, dict):
            self.repair("bad_block")
            return False
        block = self._append(
            index, {key: {name: item for name, item in value.items() if (key, name) != ("toolUse", "input")}}
        )
        if key == "toolResult":
            block[key].setdefault("content", [])
        if key != "toolUse":
            return False
        given = value.get("input") or {}
        if value.get("type") == "server_tool_use":
            arguments = Arguments(None, self.budget.copy(given), True)
        else:
            arguments = self.start_call(value.get("toolUseId"), value.get("name"), given, True, events)
        block[key]["input"] = arguments
        return arguments.call is not None

    def _append(self, index: int, block: Fields) -> Fields:
        self.answer.changed()
        stored: Fields = self.budget.copy(block)
        self._blocks.add(index, stored)
        return stored

    def _find(self, index: int, key: str) -> Any:
        """Return the newest value of a key in the blocks of an index."""
        return next((block[key] for block in self._blocks.at(index) if key in block), None)

    def _block_delta(self, body: Fields, events: list[StreamEvent]) -> bool:
        index = self.index_in(body, INDEX, max(0, len(self._blocks) - 1))
        delta = object_in(body, "delta")
        told = bool(delta)
        for key, value in delta.items():
            if key == TEXT:
                self.say(self._text(index)[0], text_in(delta, key, DELTA), (*PATH, key), events)
            elif key == "toolUse":
                told = self._arguments(index, object_in(delta, key), events) and told
            elif key == REASONING:
                told = self._reasoning(index, object_in(delta, key), events) and told
            else:
                self._other(index, key, value)
                told = False
        return told

    def _new(self, index: int, kind: str) -> Fields:
        """Add a block for a delta: only calls have a start, but what is in the wrong place has a block of its own."""
        if index in self._blocks:
            self.repair("delta_type_mismatch")
        return self._append(index, {kind: {}})

    def _text(self, index: int) -> tuple[Said, Fields]:
        """Return the text of an index, and its block."""
        for block in self._blocks.at(index):
            if isinstance(said := _cited(block).get(TEXT), Said):
                return said, block
        said = self.start_text("text")
        block = self._new(index, TEXT)
        block[TEXT] = said
        return said, block

    def _reasoning(self, index: int, delta: Fields, events: list[StreamEvent]) -> bool:
        """Append to reasoning, to its signature, or to reasoning that is hidden."""
        told = bool(delta)
        for key, value in delta.items():
            if key == TEXT:
                said = self._leaf(self._reasoned(index), key, "reasoning")
                self.say(said, text_in(delta, key, f"{DELTA}.{REASONING}"), (*PATH, REASONING, key), events)
            elif key == "signature":
                reasoned = self._reasoned(index)
                signature = text_in(delta, key, f"{DELTA}.{REASONING}")
                self.say(self._leaf(reasoned, key, ""), signature, (), events)
                part = reasoned[TEXT].part if TEXT in reasoned else 0
                events.append(ReasoningDelta("", 0, "text", part, signature))
            else:
                told = False
                self._hidden(index, key, value)
        return told

    def _reasoned(self, index: int) -> Fields:
        """Return the reasoning of an index: an object with a text and a signature."""
        for block in self._blocks.at(index):
            found = object_in(block, REASONING, "reasoningText")
            if found and all(isinstance(leaf, Said) for leaf in found.values()):
                return found
        reasoned: Fields = {}
        self._new(index, REASONING)[REASONING] = {"reasoningText": reasoned}
        return reasoned

    def _leaf(self, fields: Fields, key: str, kind: Kind) -> Said:
        if key not in fields:
            fields[key] = self.start_text(kind)
        said: Said = fields[key]
        return said

    def _hidden(self, index: int, key: str, value: Any) -> None:
        """Keep reasoning that is hidden: base64, each piece of it encoded on its own."""
        if key != HIDDEN or value is None:
            return
        content = self._find(index, REASONING)
        if content is None or HIDDEN not in content:
            content = self._new(index, REASONING)[REASONING]
        if isinstance(value, str):
            self.answer.changed()
            self.budget.charge(LEAF_COST + len(value))
            if not isinstance(content.get(HIDDEN), Base64):
                content[HIDDEN] = Base64()
            content[HIDDEN].add(value)
        else:
            assign(content, HIDDEN, value, self.budget)

    def _arguments(self, index: int, delta: Fields, events: list[StreamEvent]) -> bool:
        text = text_in(delta, "input", f"{DELTA}.toolUse")
        tool = self._find(index, "toolUse")
        if not text:
            return True
        if tool is None:  # a call would run without them
            raise ProtocolError(f"expected arguments of an open call, got some for block {index}", where=DELTA)
        if not tool["input"].open:
            self.repair("late_delta")
            return False
        return self.argue(tool["input"], text, (*PATH, "toolUse", "input"), events)

    def _other(self, index: int, key: str, value: Any) -> None:
        """Keep what has no typed event: citations, results and images."""
        if key == "citation" and value is not None:
            _, block = self._text(index)
            if TEXT in block:
                block[CITED] = {"content": [{TEXT: block.pop(TEXT)}], "citations": []}
            self.answer.changed()
            block[CITED]["citations"].append(self.budget.copy(value))
        elif key == "toolResult" and isinstance(value, list):
            result = self._find(index, key)
            if result is None or not isinstance(result.get("content"), list):
                result = self._new(index, key)[key]
                result["content"] = []
            self.answer.changed()
            result["content"] += self.budget.copy(value)
        elif key == "image" and isinstance(value, dict):
            image = self._find(index, key)
            self._keep(self._new(index, key)[key] if image is None else image, value)

    def _block_stop(self, body: Fields, events: list[StreamEvent]) -> bool:
        self._close(self.index_in(body, INDEX, max(0, len(self._blocks) - 1)), events)
        return True

    def _close(self, index: int, events: list[StreamEvent]) -> None:
        for block in self._blocks.at(index):
            if "toolUse" in block:
                self.close(block["toolUse"]["input"], events)

    def _stop(self, body: Fields, events: list[StreamEvent]) -> bool:
        self._keep(self.fields, body)
        reason = self.fields.get("stopReason")
        if reason == "tool_use":
            self.close_all(events, only_whole=True)
        malformed = isinstance(reason, str) and reason.startswith("malformed_")
        self.end_answer(reason, events, "error" if malformed else None)
        return True

    def _metadata(self, body: Fields, events: list[StreamEvent]) -> bool:
        self._keep(self.fields, body)
        self.count(body.get("usage"), events)
        return True


def _cited(block: Fields) -> Fields:
    """Return what holds the text of a block: citations put it inside. A start can have anything there."""
    content = object_in(block, CITED).get("content", [block])
    held = content[0] if isinstance(content, list) and content else None
    return held if isinstance(held, dict) else {}


EVENTS: dict[str, Callable[[ConverseReader, Fields, list[StreamEvent]], bool]] = {
    "messageStart": ConverseReader._start,
    "contentBlockStart": ConverseReader._block_start,
    "contentBlockDelta": ConverseReader._block_delta,
    "contentBlockStop": ConverseReader._block_stop,
    "messageStop": ConverseReader._stop,
    "metadata": ConverseReader._metadata,
}
