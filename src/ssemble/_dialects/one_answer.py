"""What the readers share whose messages have one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._limits import Limits, limit_or_max
from .._model.budget import SizeBudget
from .answer import Answer
from .base import BaseReader
from .partial_call import CallState

if TYPE_CHECKING:
    from .._partial.json import PartialJSON


class OneAnswerReader(BaseReader):
    """A reader of messages with one answer, which is choice 0.

    Attributes:
        answer: makes the events.
        budget: the size of the message.
    """

    __slots__ = ("answer", "budget")

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.budget = SizeBudget(limit_or_max(limits.max_message_size))
        self.answer = Answer(limits, self.budget)

    @property
    def repairs(self) -> dict[str, int]:
        """The defects that were repaired, as codes with counts (a fresh `dict`); empty for a correct stream."""
        return self.answer.repairs.copy()

    def repair(self, code: str) -> None:
        """Count a defect."""
        self.answer.repair(code)

    def find_call(self, choice: int, index: int) -> CallState | None:
        """Return the call with these numbers in its events, or None."""
        return self.answer.find_call(index) if choice == 0 else None

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text to a `PartialJSON`; there is only choice 0."""
        if choice == 0:
            self.answer.attach_partial(partial)
