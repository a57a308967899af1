"""One candidate of a Gemini response while it arrives."""

from __future__ import annotations

from functools import partial

from ..._errors import ProtocolError
from ..._limits import Limits
from ..._model.budget import SizeBudget
from ..._model.completion import Choice, FinishReason
from ..._model.events import ChoiceEnd, StreamEvent
from ..._model.message import Message
from ..._model.result import Raw, with_raw
from ..._pickling import Picklable
from ..fields import Fields, check_object
from ..tree import to_json
from .fields import MERGES, assign
from .parts import Parts

FRAME = frozenset(("content", "finishReason", "index"))  # what the typed events tell
BLOCKED = frozenset(("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"))
FINISH_REASONS: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "pause",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
    "TOO_MANY_TOOL_CALLS": "error",
    "MISSING_THOUGHT_SIGNATURE": "error",
    "MALFORMED_RESPONSE": "error",
    **dict.fromkeys(BLOCKED, "content_filter"),
}
# Protobuf's own JSON writers write the number of the enum. These mean the same in Vertex AI's and in the Gemini API's;
# from 6 on they differ: 7 and 8 block in both.
NUMBERED = {
    "1": "STOP",
    "2": "MAX_TOKENS",
    "3": "SAFETY",
    "4": "RECITATION",
    "5": "OTHER",
    "7": "PROHIBITED_CONTENT",
    "8": "PROHIBITED_CONTENT",
}


class Candidate(Picklable):
    """One candidate.

    Attributes:
        fields: its fields but ``content``.
        content: the fields of its content but ``parts``; None before there is one.
        parts: its parts.
        has_parts: there was a list of parts, even if it was empty.
    """

    __slots__ = ("_ended", "content", "fields", "has_parts", "index", "parts")

    def __init__(self, index: int, limits: Limits, budget: SizeBudget) -> None:
        self._ended = False
        self.index = index
        self.fields: Fields = {}
        self.content: Fields | None = None
        self.parts = Parts(index, limits, budget)
        self.has_parts = False

    @property
    def raw_reason(self) -> str | None:
        """The provider's own finish reason."""
        reason = self.fields.get("finishReason")
        if type(reason) is int:
            return str(reason) if reason else None
        return reason if isinstance(reason, str) and reason else None

    def reasons(self) -> tuple[FinishReason | None, str | None]:
        """Return why it ended, in the shared words and in the provider's."""
        raw = self.raw_reason
        if raw is None:
            return None, None
        name = NUMBERED.get(raw, raw)
        if name == "STOP" and self.parts.answer.calls:
            return "tool_calls", raw
        return FINISH_REASONS.get(name, "content_filter" if name.startswith("IMAGE_") else "other"), raw

    @property
    def complete(self) -> bool:
        return self.reasons()[0] not in (None, "pause")

    def add(self, entry: Fields, where: str, events: list[StreamEvent], may_be_body: bool) -> None:
        """Merge an entry of ``candidates``, which may be of a response that was not streamed."""
        self.parts.untold = False
        budget = self.parts.answer.budget
        for key, value in entry.items():
            if value is None or key == "content":
                continue
            self.parts.untold = self.parts.untold or key not in FRAME
            MERGES.get(key, assign)(self.fields, key, value, budget)
        content = entry.get("content")
        # If it may be a body, an entry with all parts and their end was not streamed: its parts are as they should be.
        self.parts.whole = may_be_body and bool(entry.get("finishReason")) and not self.parts.items
        if content is not None:
            self._content(check_object(content, f"{where}.content"), f"{where}.content", events)
        if entry.get("finishReason") and not budget.full:
            self.parts.end_call(events)

    def _content(self, content: Fields, where: str, events: list[StreamEvent]) -> None:
        budget = self.parts.answer.budget
        if self.content is None:
            self.parts.answer.changed()
            self.content = {}
        for key, value in content.items():
            if key != "parts" and not (key == "role" and self.content.get(key)):
                assign(self.content, key, value, budget)
        parts = content.get("parts")
        if parts is None:
            return
        if not isinstance(parts, list):
            raise ProtocolError(f"expected a list, got {type(parts).__name__}", where=f"{where}.parts")
        self.has_parts = True
        for number, part in enumerate(parts):
            if part is not None:
                self.parts.add(check_object(part, f"{where}.parts[{number}]"), f"{where}.parts[{number}]", events)

    def finish(self, events: list[StreamEvent]) -> None:
        """End the candidate."""
        self.parts.finish(events)
        reason, raw = self.reasons()
        if raw is not None and not self._ended:
            self._ended = True
            events.append(ChoiceEnd(self.index, reason, raw))

    def to_json(self) -> Fields:
        """Return the candidate so far, as in a response that is not streamed."""
        fields: Fields = to_json(self.fields)
        if self.content is not None:
            parts = self.parts.to_json()
            fields["content"] = {**to_json(self.content), **({"parts": parts} if self.has_parts else {})}
        return fields

    def view(self, raw: Raw) -> Choice:
        """Return the candidate so far as a result."""
        role = (self.content or {}).get("role")
        message = Message(
            role if isinstance(role, str) and role not in ("", "model") else "assistant",
            self.parts.joined(thought=False),
            self.parts.joined(thought=True),
            "",
            tuple([call.view() for call in self.parts.answer.calls.copy()]),
        )
        choice = Choice(self.index, with_raw(message, partial(_content_of, raw)), *self.reasons())
        return with_raw(choice, raw)


def _content_of(raw: Raw) -> Fields:
    content: Fields = (raw() if callable(raw) else raw).get("content", {})
    return content
