"""The parts of a candidate: texts, calls, and everything else.

Source: https://ai.google.dev/api/caching#Part
"""

from __future__ import annotations

from typing import Any

from ..._errors import ProtocolError
from ..._limits import Limits
from ..._model.budget import CONTAINER, SizeBudget
from ..._model.events import ReasoningDelta, StreamEvent
from ..._model.text import Text
from ..._pickling import Picklable
from ..answer import Answer
from ..fields import Fields
from ..live_call import LiveCall
from ..tree import to_json
from .fields import assign, json_text
from .partial_args import StreamedCall

TEXT_KEYS = frozenset(("text", "thought", "thoughtSignature"))
NO_ARGUMENTS: Fields = {}
"""What all calls without arguments share; it is replaced, never changed."""
CALL_KEYS = frozenset(("partialArgs", "willContinue", "args"))
BESIDE = -1  # instead of a block: the signature is of another part


class Parts(Picklable):
    """The parts of a candidate.

    Attributes:
        answer: the texts and calls, and their events.
        items: the parts; the text of each is a `Text`.
        text: the last part, if it is a text part that more text can be appended to.
        call: the call whose arguments are arriving.
        untold: something came that no typed event stands for.
        whole: the parts come at once: each text part stays by itself.
        repeated: number of calls that were sent again.
    """

    __slots__ = ("_by_id", "_dropped", "answer", "call", "items", "repeated", "text", "untold", "whole")

    def __init__(self, index: int, limits: Limits, budget: SizeBudget) -> None:
        self.answer = Answer(limits, budget, index)
        self.items: list[Fields] = []
        self.text: Fields | None = None
        self.call: StreamedCall | None = None
        self.untold = self.whole = False
        self.repeated = 0
        self._by_id: dict[str, tuple[Fields, LiveCall]] = {}
        self._dropped: Fields | None = None  # the first empty text part

    def add(self, part: Fields, where: str, events: list[StreamEvent]) -> None:
        if isinstance(part.get("functionCall"), dict):
            self._function_call(part, part["functionCall"], f"{where}.functionCall", events)
        elif part.keys() <= TEXT_KEYS and (part.get("text") is None or isinstance(part["text"], str)):
            self._text_part(part, events)
        else:
            self.untold = True
            self._store(part, events)

    def _text_part(self, part: Fields, events: list[StreamEvent]) -> None:
        """Append to the last part if it is text of the same kind; an empty text without a signature is dropped."""
        text, signature = part.get("text") or "", part.get("thoughtSignature")
        if self.whole:
            self.text = self._store(part, events)
            return
        if not text and not signature:
            if not self.items and self._dropped is None:
                self.answer.changed()
                self._dropped = self.answer.budget.copy(part)
            return
        last = self.text
        if last is None or self.call is not None or bool(last.get("thought")) != bool(part.get("thought")):
            self.text = self._store(part, events)
            return
        signed = last.get("thoughtSignature")
        if signed and signature and signed != signature:
            self.text = self._store(part, events)
            return
        if text:
            self._write(last, len(self.items) - 1, text, events)
        if signature and not signed:
            self.answer.changed()
            last["thoughtSignature"] = self.answer.budget.copy(signature)
            self._sign(last, len(self.items) - 1, events)

    def _store(self, part: Fields, events: list[StreamEvent]) -> Fields:
        """Store a part, and give out its text, whatever else is in it."""
        self.end_text(events)
        text = part.get("text")
        has_text = isinstance(text, str)
        kept = {key: value for key, value in part.items() if not (has_text and key == "text")}
        stored: Fields = self.answer.budget.copy(kept)
        if has_text:
            self.answer.budget.charge(2 * CONTAINER)
            stored["text"] = Text()
        self.answer.changed()
        self.items.append(stored)
        if isinstance(text, str) and text:
            self._write(stored, len(self.items) - 1, text, events)
        if part.get("thoughtSignature"):
            self._sign(part, len(self.items) - 1, events)
        return stored

    def _write(self, part: Fields, number: int, text: str, events: list[StreamEvent]) -> None:
        if not isinstance(part.get("text"), Text):
            self.answer.changed()
            part["text"] = Text()
        if part.get("thought"):
            self.answer.add_reasoning(part["text"], number, text, "text", events)
        else:
            self.answer.add_text(part["text"], number, text, events)

    def _sign(self, part: Fields, number: int, events: list[StreamEvent]) -> None:
        """Tell the signature of a part: a client must send it back. That of a call comes before the call."""
        signature = part["thoughtSignature"]
        if isinstance(signature, str):
            number = number if part.get("thought") else BESIDE
            events.append(ReasoningDelta("", self.answer.index, "text", number, signature))

    def _function_call(self, part: Fields, call: Fields, where: str, events: list[StreamEvent]) -> None:
        name, args = call.get("name"), call.get("args")
        if not name or not isinstance(name, str):
            self._continue(part, call, where, events)
            return
        self.end_call(events)
        call_id = call.get("id") if isinstance(call.get("id"), str) else None
        streamed = call.get("willContinue") is True or call.get("partialArgs") is not None
        if call_id and not streamed and call_id in self._by_id:
            self._repeat(part, *self._by_id[call_id], events)
            return
        inner = {key: value for key, value in call.items() if key not in CALL_KEYS}
        inner["args"] = {} if args is None else args
        stored = self._store({**part, "functionCall": inner}, events)
        self.text = None
        live = self.answer.start_call(call_id, name, "function", events)
        if call_id:
            self._by_id.setdefault(call_id, (stored, live))
        inner = stored["functionCall"]
        if not streamed:
            if inner["args"] == {}:
                inner["args"] = NO_ARGUMENTS
            self.answer.add_arguments(live, json_text(inner["args"]), events)
            self.answer.end_call(live, events)
            return
        if type(inner["args"]) is not dict:
            raise ProtocolError(f"expected an object, got {type(args).__name__}", where=f"{where}.args")
        self.call = StreamedCall(live, stored, inner["args"], self.answer.budget)
        self._give(self.call.beginning(), events)
        self._arguments(call, events)

    def _repeat(self, part: Fields, stored: Fields, live: LiveCall, events: list[StreamEvent]) -> None:
        """The same call was sent again: lay it over the first one."""
        budget = self.answer.budget
        self.untold = True
        self.repeated += 1
        self.answer.changed()
        for key, value in part.items():
            if key not in ("functionCall", "text", "thought"):
                assign(stored, key, value, budget)
        for key, value in part["functionCall"].items():
            if key not in ("partialArgs", "willContinue") and value != {}:
                assign(stored["functionCall"], key, value, budget)
        if part["functionCall"].get("args") and live.ended:
            text = json_text(to_json(stored["functionCall"]["args"]))
            if text != live.arguments.to_json():
                live.feed = None
                live.arguments = Text()
                live.append(text)

    def _continue(self, part: Fields, call: Fields, where: str, events: list[StreamEvent]) -> None:
        """Continue the open call, or end it."""
        if self.call is None:
            if call.get("partialArgs") or call.get("args"):
                raise ProtocolError("expected an open call for these arguments: they belong to none", where=where)
            self.untold = True
            return
        stored, budget = self.call.part, self.answer.budget
        inner = stored["functionCall"]
        self.answer.changed()
        signed = stored.get("thoughtSignature")
        for target, source in ((stored, part), (inner, call)):
            for key, value in source.items():
                if key not in CALL_KEYS and key not in ("functionCall", "text", "name") and target.get(key) is None:
                    assign(target, key, value, budget)
        if part.get("thoughtSignature") and not signed:
            self._sign(part, BESIDE, events)
        if self.call.live.id is None and isinstance(inner.get("id"), str):
            self.call.live.id = inner["id"]
            self._by_id.setdefault(inner["id"], (stored, self.call.live))
        args = call.get("args")
        self._give(self.call.fill(args if isinstance(args, dict) else {}), events)
        self._arguments(call, events)

    def _arguments(self, call: Fields, events: list[StreamEvent]) -> None:
        """Apply the partial arguments of an entry, and end the call unless it says that it goes on."""
        assert self.call is not None
        entries = call.get("partialArgs")
        for entry in entries if isinstance(entries, list) else ():
            self._give(self.call.apply(entry), events)
        if call.get("willContinue") is not True:
            self.end_call(events)

    def _give(self, text: str, events: list[StreamEvent]) -> None:
        if text and self.call is not None:
            self.answer.add_arguments(self.call.live, text, events)

    def end_call(self, events: list[StreamEvent]) -> None:
        """End the open call: the wire closed it."""
        if self.call is not None:
            self._give(self.call.end(), events)
            self.answer.end_call(self.call.live, events)
            self.call.part["functionCall"]["args"] = to_json(self.call.args)
            self.call = None

    def end_text(self, events: list[StreamEvent]) -> None:
        """End the last part: another one follows, or nothing."""
        part, number = self.items[-1] if self.items else {}, len(self.items) - 1
        text = part.get("text")
        if isinstance(text, Text):
            if part.get("thought"):
                self.answer.end_reasoning(text, number, "text", events)
            else:
                self.answer.end_text(text, number, events)
        self.text = None

    def finish(self, events: list[StreamEvent]) -> None:
        """End the last part. A call that is open now was truncated: it is not ended."""
        self.end_text(events)
        if self.call is not None:
            self.answer.flush_call(self.call.live, events)

    def joined(self, *, thought: bool) -> str:
        """Return all text so far, or all thoughts."""
        texts = [part["text"] for part in self.items.copy() if bool(part.get("thought")) is thought and "text" in part]
        return "".join([text.to_json() for text in texts if isinstance(text, Text)])

    def to_json(self) -> list[Any]:
        """Return the parts so far. Of empty texts, the first is kept if there is nothing else."""
        items: list[Any] = to_json(self.items)
        return items or ([] if self._dropped is None else [to_json(self._dropped)])
