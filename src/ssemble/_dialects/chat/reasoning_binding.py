"""Bindings of reasoning: under one name, or beside other texts."""

from __future__ import annotations

from typing import Any

from ..._model.events import ReasoningDelta, StreamEvent, TextDelta
from ..._model.text import Text
from ..._payloads.templates import Binding
from ..answer import ReasoningKind
from .choice import ChoiceState
from .merge import MergedList
from .reasoning import REASONING_FIELDS, block_of
from .slots import Path
from .text_binding import ChoiceBinding

REASONING_KEYS = ("reasoning_details", *REASONING_FIELDS)  # the first present makes the event, like in `reasoning_of`


def reasoning_binding(choice: ChoiceState, delta: dict[str, Any], paths: list[Path]) -> Binding | None:
    """Make the binding of the texts of a delta, if one of them is reasoning."""
    names = [path[0] for path in paths]
    thought = next((names.index(name) for name in REASONING_KEYS if name in names), None)
    targets = [_target(choice, delta, path) for path in paths]
    texts: list[Text] = [each for each in targets if isinstance(each, Text) and not each.pending_surrogate]
    reasoning = choice.reasoning
    if thought is None or len(texts) < len(paths) or reasoning is None or reasoning.pending_surrogate:
        return None
    kind: ReasoningKind = "summary" if paths[thought][-1] == "summary" else "text"
    block = block_of(delta["reasoning_details"][0]) if names[thought] == "reasoning_details" else 0
    if len(texts) == 1:
        return ReasoningBinding(choice, reasoning, texts[0], kind, block)
    return SeveralBinding(choice, reasoning, texts, kind, block, thought, names)


class ReasoningBinding(ChoiceBinding):
    """Appends to one field of reasoning, and to the reasoning of all fields."""

    __slots__ = ("block", "field", "kind")

    def __init__(self, choice: ChoiceState, reasoning: Text, field: Text, kind: ReasoningKind, block: int) -> None:
        super().__init__(choice, reasoning)
        self.field = field
        self.kind = kind
        self.block = block

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, field, text, size = self.budget, self.field, self.text, len(values)
        total = budget.size + 2 * size
        if budget.epoch != self.epoch or not size or total > budget.limit:
            return False
        budget.size = total
        # As `Text.append`, twice.
        field.pieces.append(values)
        field.size += size
        if len(field.pieces) >= field.join_at:
            field.join_newest()
        text.pieces.append(values)
        text.size += size
        if len(text.pieces) >= text.join_at:
            text.join_newest()
        events.append(ReasoningDelta(values, self.index, self.kind, self.block))
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, new = self.budget, "".join(rows)
        total = budget.size + 2 * len(new)
        if budget.epoch != self.epoch or total > budget.limit or "" in rows:
            return False
        budget.size = total
        self.field.append(new)
        self.text.append(new)
        index, kind, block = self.index, self.kind, self.block
        events += [ReasoningDelta(text, index, kind, block) for text in rows]
        return True


class SeveralBinding(ChoiceBinding):
    """Appends several texts of one delta: content, and reasoning under one or more names with one event."""

    __slots__ = ("block", "choice", "content", "kind", "targets", "thought")

    def __init__(
        self, choice: ChoiceState, reasoning: Text, targets: list[Text], kind: ReasoningKind, block: int, thought: int,
        names: list[Any],
    ) -> None:  # fmt: skip
        super().__init__(choice, reasoning)
        self.choice = choice
        self.targets = targets
        self.kind = kind
        self.block = block
        self.thought = thought  # the number of the text that makes the event
        self.content = names.index("content") if "content" in names else None

    def apply(self, values: list[str], events: list[StreamEvent]) -> bool:
        budget, size = self.budget, len(values[self.thought])
        for text in values:
            if not text:
                return False
            size += len(text)
        if budget.epoch != self.epoch or budget.size + size > budget.limit:
            return False
        budget.size += size
        for target, text in zip(self.targets, values, strict=True):
            target.append(text)
        if self.content is not None:
            self._follow(values[self.content], events)
        text = values[self.thought]
        self.text.append(text)
        events.append(ReasoningDelta(text, self.index, self.kind, self.block))
        return True

    def _follow(self, text: str, events: list[StreamEvent]) -> None:
        events.append(TextDelta(text, self.index))
        if (feed := self.choice.feed) is not None:
            content = self.targets[self.content or 0]
            feed.take(text, content, content.size)

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        return False


def _target(choice: ChoiceState, delta: dict[str, Any], path: Path) -> Any:
    """The place where a text of the delta was merged."""
    if path == ("content",):
        return choice.content if choice.content is choice.text else None
    if path[0] != "reasoning_details":
        return choice.message.get(str(path[0]))
    entry = delta["reasoning_details"][0]
    entries = choice.message.get("reasoning_details")
    merged = entries.last.get(entry["index"]) if isinstance(entries, MergedList) else None
    return None if merged is None else merged.get(str(path[-1]))
