"""The UI message stream of Vercel's AI SDK.

Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..._limits import Limits
from ..._model.completion import FinishReason
from ..._model.events import StreamEvent
from ..fields import Fields, replace_field, text_in, text_of
from ..tree import Kind, assign
from ..tree_reader import TreeReader
from . import tools

KINDS: dict[str, Kind] = {"text": "text", "reasoning": "reasoning"}
VERBATIM = frozenset(("file", "reasoning-file", "source-url", "source-document", "custom"))
Key = tuple[str, str]


class UIMessageReader(TreeReader):
    """Merge the chunks of a message into the ``UIMessage`` that a client of the AI SDK has.

    Attributes:
        tools: the newest part of each call, by the id of the call, with the number of its step.
        step: index of the first part of this step.

    >>> ui = UIMessageReader()
    >>> ui.add({"type": "start", "messageId": "u1"})
    [MessageStart(id='u1', model=None)]
    >>> ui.add({"type": "text-start", "id": "a"}) + ui.add({"type": "text-delta", "id": "a", "delta": "Hi"})
    [TextDelta(text='Hi', choice=0)]
    >>> ui.completion().to_dict()
    {'role': 'assistant', 'parts': [{'type': 'text', 'text': 'Hi', 'state': 'streaming'}], 'id': 'u1'}
    """

    __slots__ = ("_data", "_open", "_parts", "_undo", "step", "tools")

    dialect: ClassVar[str] = "vercel-ui"
    typed: ClassVar[bool] = True
    done_is_terminator: ClassVar[bool] = True
    ends: ClassVar[frozenset[str]] = frozenset(("finish", "error"))
    reasons: ClassVar[dict[str, FinishReason]] = {
        "stop": "stop",
        "length": "length",
        "content-filter": "content_filter",
        "tool-calls": "tool_calls",
        "error": "error",
    }

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self._parts: list[Fields] = []
        self.fields: Fields = {"role": "assistant", "parts": self._parts}
        self._open: dict[Key, Fields] = {}  # texts that have no end, by kind and id
        self._data: dict[Key, Fields] = {}  # parts of data, by type and id
        self.tools: dict[str, tuple[int, Fields]] = {}
        self.step = 0
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []  # what the tables had before this step

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge a chunk."""
        handler = EVENTS.get(kind)
        if handler is None and kind not in VERBATIM and not kind.startswith("data-"):
            return False
        self.begin(payload.get("messageId") if kind == "start" else None, None, events)
        if handler is not None:
            return handler(self, kind, payload, events)
        if kind in VERBATIM:
            self.append(payload)
        elif not payload.get("transient"):
            self._data_part(kind, payload)
        return False

    def append(self, part: Fields) -> Fields:
        """Append a part to the message."""
        self.answer.changed()
        stored: Fields = self.budget.copy(part)
        self._parts.append(stored)
        return stored

    def _data_part(self, kind: str, payload: Fields) -> None:
        """Add a part of data; the same id replaces its data."""
        key = kind, text_of(payload.get("id"))
        if payload.get("id") is not None and key in self._data:
            self.answer.changed()
            part = self._data[key]
            part["data"] = replace_field(part, "data", payload.get("data"), self.budget)
        else:
            self.put(self._data, key, self.append(payload))

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Store a part of this step in a table, until the step is dropped."""
        self._undo.append((table, key, table.get(key)))
        table[key] = value

    def _start(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        assign(self.fields, "id", payload.get("messageId"), self.budget)
        return self._metadata(kind, payload, events)

    def _metadata(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        """Lay metadata over the metadata so far, at every level."""
        update = payload.get("messageMetadata")
        if update is not None:
            self.answer.changed()
            known, update = self.fields.get("metadata"), self.budget.copy(update)
            if isinstance(known, dict) and isinstance(update, dict):
                lay_over(known, update)
            else:
                self.fields["metadata"] = update
        return True

    def _finish(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        self._metadata(kind, payload, events)
        self.ended = True
        self.end_answer(payload.get("finishReason"), events)
        return True

    def settle(self, terminated: bool, events: list[StreamEvent]) -> None:
        """End the message at ``[DONE]``, if there was no finish."""
        if terminated:
            self.end_answer(None, events)

    def _start_step(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        self.append({"type": "step-start"})
        self.step = len(self._parts)
        self._undo.clear()
        return True

    def _finish_step(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        return True

    def _reset_step(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        """Drop the parts of this step: it comes again. What they told is told already."""
        self.answer.changed()
        del self._parts[self.step :]
        for table, key, before in reversed(self._undo):
            if before is None:
                table.pop(key, None)
            else:
                table[key] = before
        self._undo.clear()
        return False

    def _text_start(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        name, _, _ = kind.partition("-")
        part = self.append({"type": name, **({"id": payload.get("id")} if name == "reasoning" else {})})
        part.update(text=self.start_text(KINDS[name]), state="streaming")
        assign(part, "providerMetadata", payload.get("providerMetadata"), self.budget)
        self.put(self._open, (name, text_of(payload.get("id"))), part)
        return True

    def _text_delta(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        key = kind.partition("-")[0], text_of(payload.get("id"))
        text = text_in(payload, "delta", "$")
        if key not in self._open:
            self.repair("missing_start")
            self._text_start(kind, {"id": payload.get("id")}, events)
        part = self._open[key]
        assign(part, "providerMetadata", payload.get("providerMetadata"), self.budget)
        self.say(part["text"], text, ("delta",), events)
        return True

    def _text_end(self, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
        part = self._open.pop((kind.partition("-")[0], text_of(payload.get("id"))), None)
        if part is None:
            self.repair("stop_without_start")
        else:
            assign(part, "providerMetadata", payload.get("providerMetadata"), self.budget)
            assign(part, "state", "done", self.budget)
        return True


EVENTS: dict[str, Callable[[UIMessageReader, str, Fields, list[StreamEvent]], bool]] = {
    "start": UIMessageReader._start,
    "finish": UIMessageReader._finish,
    "message-metadata": UIMessageReader._metadata,
    "start-step": UIMessageReader._start_step,
    "finish-step": UIMessageReader._finish_step,
    "reset-step": UIMessageReader._reset_step,
    **{f"{name}-start": UIMessageReader._text_start for name in KINDS},
    **{f"{name}-delta": UIMessageReader._text_delta for name in KINDS},
    **{f"{name}-end": UIMessageReader._text_end for name in KINDS},
    **tools.EVENTS,
}


def lay_over(known: Fields, update: Fields) -> None:
    """Lay an object over another, at every level; null never erases."""
    for key, value in update.items():
        old = known.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            lay_over(old, value)
        elif value is not None or key not in known:
            known[key] = value
