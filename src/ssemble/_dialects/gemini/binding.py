"""Bindings of Gemini: a chunk with one text part, and token counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._copied import copied
from ..._model.budget import LARGE
from ..._model.events import StreamEvent, UsageUpdate
from ..._model.text import Text
from ..._payloads.templates import NUMBER, TEXT, Binding, Slot
from ..bindings import TextBinding, bind_reasoning, bind_text
from ..counts import extra_weight
from ..fields import Fields
from .candidate import Candidate

if TYPE_CHECKING:
    from .reader import GeminiReader

Path = tuple["str | int", ...]


def with_one_text(payload: Fields) -> Fields | None:
    """Return the candidate of a payload that has nothing but one text part and what repeats; else None."""
    candidates = payload.get("candidates")
    if type(candidates) is not list or len(candidates) != 1 or type(candidates[0]) is not dict:
        return None
    candidate = candidates[0]
    content = candidate.get("content")
    if (
        not candidate.keys() <= {"content", "index"}
        or type(content) is not dict
        or not content.keys() <= {"parts", "role"}
    ):
        return None
    parts = content.get("parts")
    if (
        type(parts) is not list
        or len(parts) != 1
        or type(parts[0]) is not dict
        or type(parts[0].get("text")) is not str
    ):
        return None
    if not parts[0].keys() <= {"text", "thought"} or not parts[0]["text"]:
        return None
    return candidate


def bind(reader: GeminiReader, payload: Fields, prefix: Path) -> Binding | None:
    """Make the binding of a payload that was just merged; None if it cannot have one.

    Args:
        reader: the reader that merged it.
        prefix: where the response is in the payload.
    """
    entry = with_one_text(payload)
    usage = payload.get("usageMetadata")
    for key, value in payload.items():
        if key not in ("candidates", "usageMetadata") and not (type(value) is str and value == reader.fields.get(key)):
            return None
    candidate = None if entry is None else reader.candidate_of(entry)
    if candidate is None or type(usage) not in (dict, type(None)) or candidate.parts.call is not None:
        return None
    part = candidate.parts.text
    text = None if part is None else part.get("text")
    if not isinstance(text, Text) or text.pending_surrogate:
        return None
    slot = Slot((*prefix, "candidates", 0, "content", "parts", 0, "text"), TEXT)
    if usage is None:
        return _block(candidate, text, (slot,))
    before = reader.previous_usage
    counts = [
        key for key, value in usage.items() if type(value) is int and 0 < value < LARGE and value != before.get(key)
    ]
    numbers = [Slot((*prefix, "usageMetadata", key), NUMBER) for key in counts]
    keys = list(payload)
    first = keys.index("candidates") < keys.index("usageMetadata")
    block = _block(candidate, text, (slot, *numbers) if first else (*numbers, slot))
    return None if block is None else CountedBinding(block, reader, usage, counts, 0 if first else len(counts))


def _block(candidate: Candidate, text: Text, slots: tuple[Slot, ...]) -> TextBinding | None:
    parts, answer = candidate.parts, candidate.parts.answer
    number = len(parts.items) - 1
    if parts.text is not None and parts.text.get("thought"):
        return bind_reasoning(answer, slots, text, number, "text")
    return bind_text(answer, slots, text, number)


class CountedBinding:
    """Appends a text, and lays the token counts that come with it over those so far."""

    __slots__ = ("_at", "_block", "_counts", "_extra", "_lists", "_nested", "_reader", "_usage", "slots")

    def __init__(self, block: TextBinding, reader: GeminiReader, usage: Fields, counts: list[str], at: int) -> None:
        self.slots = block.slots
        self._block = block
        self._reader = reader
        self._usage = {key: value for key, value in reader.usage.items() if usage.get(key) is not None}
        self._extra = extra_weight(reader.usage, usage)
        nested = {key: value for key, value in reader.usage.items() if type(value) in (dict, list)}
        self._lists = [key for key, value in nested.items() if _is_flat(value)]
        self._nested = [key for key in nested if key not in self._lists]
        self._counts = counts
        self._at = at  # where the text is among the values

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        reader, extra, text = self._reader, self._extra, values
        old = reader.usage
        usage: Fields = {**old, **self._usage} if extra else self._usage.copy()
        if self._counts:
            text = values.pop(self._at)
            for key, count in zip(self._counts, values, strict=False):
                usage[key] = count
        if usage == old:
            return self._block.apply(text, events)
        if extra:
            budget = reader.budget
            if budget.size + len(text) + extra > budget.limit or not self._block.apply(text, events):
                return False
            budget.size += extra
        elif not self._block.apply(text, events):
            return False
        reader.usage = usage
        shown = usage.copy()
        for key in self._lists:
            shown[key] = [item.copy() for item in shown[key]]
        for key in self._nested:
            shown[key] = copied(shown[key])
        events.append(UsageUpdate(shown))
        return True

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        if self._counts or {**self._reader.usage, **self._usage} != self._reader.usage:
            return False
        return self._block.apply_run(rows, events)


def _is_flat(value: Any) -> bool:
    """True for a list of objects without containers in them, such as the counts of each modality."""
    return type(value) is list and all(
        type(item) is dict and not any(type(inner) in (dict, list) for inner in item.values()) for item in value
    )
