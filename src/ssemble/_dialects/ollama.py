"""Ollama's own API: ``/api/chat`` and ``/api/generate``, as JSON lines or, from proxies, as server-sent events.

Source: https://docs.ollama.com/api/streaming
"""

from __future__ import annotations

from typing import Any, ClassVar

from .._errors import ProtocolError
from .._limits import Limits
from .._model.budget import SizeBudget
from .._model.completion import FinishReason
from .._model.events import StreamEvent
from .._payloads.templates import Binding, Slot
from .bindings import TextBinding
from .fields import Fields, check_object, list_in, object_in, text_in
from .recognition import OLLAMA, shape
from .tree import Kind, Said, assign
from .tree_reader import TreeReader

TEXTS: dict[str, Kind] = {"content": "text", "response": "text", "thinking": "reasoning"}
COUNTS = ("prompt_eval_count", "eval_count")
STAMP = "created_at"  # differs in every line; that of the last line is kept
OWN_RULE = frozenset((STAMP, "message", "logprobs", "error"))


class OllamaReader(TreeReader):
    """Merge the lines of an answer into the one line of an answer that is not streamed.

    >>> ollama = OllamaReader()
    >>> ollama.add({"model": "q", "message": {"role": "assistant", "content": "Hi"}, "done": False})
    [MessageStart(id=None, model='q'), TextDelta(text='Hi', choice=0)]
    >>> ollama.add({"model": "q", "message": {"content": "!"}, "done": True, "done_reason": "stop"})
    [TextDelta(text='!', choice=0), ChoiceEnd(choice=0, finish_reason='stop', raw_finish_reason='stop')]
    >>> ollama.completion().to_dict()["message"]
    {'role': 'assistant', 'content': 'Hi!'}
    """

    __slots__ = ("_last_reason",)

    dialect: ClassVar[str] = "ollama"
    levels: ClassVar[int] = 2
    message_path: ClassVar[tuple[str, ...] | None] = ("message",)
    reasons: ClassVar[dict[str, FinishReason]] = {"stop": "stop", "length": "length", "tool_calls": "tool_calls"}

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self._last_reason: Any = None  # the done_reason of the last line

    def end_of(self, payload: Any, name: str) -> Any:
        """Return the last line without its text."""
        self.budget.fill()
        if not isinstance(payload, dict) or payload.get("done") is not True:
            return None
        return {key: value for key, value in payload.items() if key not in TEXTS and key not in ("message", "logprobs")}

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge a line."""
        if not is_own(payload):
            return False
        self.begin(None, payload.get("model"), events)
        count = len(events)
        if self._last_reason != payload.get("done_reason"):
            self.answer.changed()
            self._last_reason = payload.get("done_reason")
        self._stamp(payload.get(STAMP))
        for key, value in payload.items():
            if key in TEXTS:
                self._text(self.fields, payload, (key,), events)
            elif key not in OWN_RULE:
                assign(self.fields, key, value, self.budget)
        self._message(payload, events)
        self._extend(self.fields, payload, "logprobs")
        if payload.get("done") is True:
            self.ended = True
            self._end(events)
        return len(events) > count or not object_in(payload, "message").get("images")

    def _stamp(self, stamp: Any) -> None:
        """Keep the time of the last line. It is no change of the message."""
        known = self.fields.get(STAMP)
        if stamp and isinstance(stamp, str) and isinstance(known, str):
            self.budget.charge(len(stamp) - len(known))
            self.fields[STAMP] = stamp
        else:
            assign(self.fields, STAMP, stamp, self.budget)

    def _message(self, payload: Fields, events: list[StreamEvent]) -> None:
        message = payload.get("message")
        if message is None:
            return
        if "message" not in self.fields:
            self.answer.changed()
            self.fields["message"] = {}
        known = self.fields["message"]
        for key, value in check_object(message, "$.message").items():
            if key in TEXTS:
                self._text(known, message, ("message", key), events)
            elif key not in ("tool_calls", "images"):
                assign(known, key, value, self.budget)
        self._extend(known, message, "images")
        for entry in list_in(message, "tool_calls", "$.message"):
            self._call(known, entry, events)

    def _text(self, known: Fields, source: Fields, path: tuple[str, ...], events: list[StreamEvent]) -> None:
        """Append to a text; thinking that is empty is left out."""
        key = path[-1]
        text = text_in(source, key, ".".join(("$", *path[:-1])))
        if not isinstance(known.get(key), Said):
            if key == "thinking" and not text:
                return
            known[key] = self.start_text(TEXTS[key])
        self.say(known[key], text, path, events)

    def _extend(self, known: Fields, source: Fields, key: str) -> None:
        """Join the lists of all lines."""
        entries = source.get(key)
        if not isinstance(entries, list) or not entries:
            return
        self.answer.changed()
        known.setdefault(key, []).extend(self.budget.copy(entries))

    def _call(self, known: Fields, entry: Any, events: list[StreamEvent]) -> None:
        """Add a call: they come whole. Arguments may be an object, or its text."""
        function = entry.get("function") if isinstance(entry, dict) else None
        if not isinstance(function, dict):
            raise ProtocolError("expected a call with a function", where="$.message.tool_calls")
        given = {} if function.get("arguments") is None else function["arguments"]
        stored: Fields = self.budget.copy({**entry, "function": {**function, "arguments": None}})
        stored["function"]["arguments"] = self.whole_call(entry.get("id"), function.get("name"), given, events)
        known.setdefault("tool_calls", []).append(stored)

    def _end(self, events: list[StreamEvent]) -> None:
        self.count({key: self.fields[key] for key in COUNTS if key in self.fields}, events)
        called = self._last_reason == "stop" and self.answer.calls
        self.end_answer(self._last_reason, events, "tool_calls" if called else None)

    def settle(self, terminated: bool, events: list[StreamEvent]) -> None:
        """End the answer if the last line has a done_reason: some backends never say ``done``."""
        if self._last_reason:
            self._end(events)

    def tree(self) -> Fields:
        """Return the object; its token counts are fields of their own."""
        return self.fields

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Bind the text of a line, and its time."""
        binding = super().bind(payload, name)
        stamp = payload.get(STAMP)
        if not isinstance(binding, TextBinding) or not isinstance(stamp, str) or not stamp.isascii():
            return binding
        keys = list(payload)
        at = int(keys.index(STAMP) < keys.index(binding.slots[0].path[0]))
        return StampedBinding(self.fields, self.budget, binding, at)


class StampedBinding:
    """Appends a text, and keeps the time of its line.

    Args:
        fields: where the time is.
        budget: the size of the message.
        binding: appends the text.
        at: where the text is among the two values.
    """

    __slots__ = ("_at", "_binding", "_budget", "_fields", "slots")

    def __init__(self, fields: Fields, budget: SizeBudget, binding: TextBinding, at: int) -> None:
        stamp, text = Slot((STAMP,)), binding.slots[0]
        self.slots: tuple[Slot, ...] = (stamp, text) if at else (text, stamp)
        self._fields = fields
        self._budget = budget
        self._binding = binding
        self._at = at

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        at, budget = self._at, self._budget
        stamp, text, known = values[1 - at], values[at], self._fields[STAMP]
        if not stamp or not isinstance(known, str):
            return False
        grown = len(stamp) - len(known)
        if budget.size + grown + len(text) > budget.limit or not self._binding.apply(text, events):
            return False
        budget.size += grown
        self._fields[STAMP] = stamp
        return True

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        return False  # a template of two texts reads no runs


def is_own(payload: Fields) -> bool:
    """True unless a payload is of another dialect, or of none."""
    if payload.get("type") or not (
        isinstance(payload.get("message"), dict) or "response" in payload or "done" in payload
    ):
        return False
    return ("model" in payload and "done" in payload) or shape(payload) in (OLLAMA, "")
