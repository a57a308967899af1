"""Gemini generateContent, as Google's APIs and Code Assist stream it.

Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..._errors import LimitExceeded, ProtocolError, StreamError
from ..._limits import Limits, limit_or_max
from ..._model.budget import SizeBudget
from ..._model.completion import Completion
from ..._model.events import MessageStart, RawEvent, StreamEvent, UsageUpdate
from ..._model.result import with_raw
from ..._payloads.server_errors import from_value
from ..._payloads.templates import Binding
from ..base import BaseReader
from ..counts import extra_weight
from ..fields import Fields, check_object, list_in, text_or_none
from ..live_call import LiveCall
from ..recognition import GEMINI, looks_like
from ..tree import to_json
from .binding import bind
from .candidate import Candidate
from .fields import MERGES, assign, fresh, overlay

if TYPE_CHECKING:
    from ..._partial.json import PartialJSON

KEYS = frozenset("candidates usageMetadata promptFeedback modelVersion responseId createTime modelStatus".split())
"""A payload without any of these belongs to another dialect, or is a gateway's own."""
OTHERS = frozenset(("type", "event_type", "object", "choices"))
RESERVED = KEYS | OTHERS
OWN_RULE = frozenset(("candidates", "usageMetadata", "error"))
CANDIDATE_COST = 128  # characters charged for a candidate besides its texts


class GeminiReader(BaseReader):
    """Merge the chunks of a response into the response that is not streamed.

    There is no terminator, and a ``finishReason`` is not the end: more parts can follow.

    Args:
        limits: memory limits.
        n: the number of candidates that were requested, if known. With 1, each is choice 0.
        cumulative: not used.

    Attributes:
        error: the error that ended the message, or None.
        fields: the fields of the response but candidates and usage.
        usage: the token counts so far; each change makes a new object.
        previous_usage: the counts before the last chunk.

    >>> gemini = GeminiReader()
    >>> gemini.add({"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]})[1:]
    [TextDelta(text='Hi', choice=0)]
    >>> gemini.completion().to_dict()
    {'candidates': [{'content': {'parts': [{'text': 'Hi'}]}}]}
    """

    __slots__ = (
        "_candidates", "_counted", "_limits", "_max_candidates", "_may_be_body", "_n", "_partials", "begun", "budget",
        "fields", "previous_usage", "usage",
    )  # fmt: skip

    dialect: ClassVar[str] = "gemini"
    done_is_terminator: ClassVar[bool] = False
    goes_on: ClassVar[bool] = True  # with code execution, after a finishReason

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__()
        self.budget = SizeBudget(limit_or_max(limits.max_message_size))
        self.fields: Fields = {}
        self.usage: Fields = {}
        self.previous_usage: Fields = {}
        self.begun = False
        self._candidates: dict[int, Candidate] = {}  # by index
        self._partials: dict[int, PartialJSON] = {}  # by index
        self._counted = False  # token counts came, even if there were none in them
        self._limits = limits
        self._may_be_body = False
        self._max_candidates = limit_or_max(limits.max_choices)
        self._n = n

    @property
    def complete(self) -> bool:
        """True if every candidate has a finishReason that is an end, or the prompt was blocked."""
        candidates = self._candidates.copy().values()
        if candidates:
            return all(candidate.complete for candidate in candidates)
        feedback = self.fields.get("promptFeedback")
        return isinstance(feedback, dict) and bool(feedback.get("blockReason"))

    @property
    def repairs(self) -> dict[str, int]:
        """The defects that were repaired, as codes with counts (a fresh `dict`); empty for a correct stream."""
        repeated = sum(candidate.parts.repeated for candidate in self._candidates.copy().values())
        return {"duplicate_call_id": repeated} if repeated else {}

    def expect_body(self) -> None:
        """See `Reader`: the parts of the first payload stay as they came, if it has the end too."""
        self._may_be_body = True

    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        """Merge a payload; False if it is none of this dialect."""
        chunk, _ = unwrapped(payload)
        if not isinstance(chunk, dict):
            return False
        if chunk is not payload and chunk.get("error"):
            raise from_value(chunk["error"])
        if KEYS.isdisjoint(chunk) or not (OTHERS.isdisjoint(chunk) or is_own(chunk)):
            return False
        if not self.begun:
            self.begun = True
            self.budget.epoch += 1
            events.append(MessageStart(text_or_none(chunk.get("responseId")), text_or_none(chunk.get("modelVersion"))))
        count = len(events)
        for key, value in chunk.items():
            if key not in OWN_RULE and value is not None:
                MERGES.get(key, assign)(self.fields, key, value, self.budget)
        untold = chunk.get("promptFeedback") is not None
        for number, entry in enumerate(list_in(chunk, "candidates", "$")):
            if entry is not None:
                where = f"$.candidates[{number}]"
                candidate = self._candidate(check_object(entry, where), where)
                candidate.add(entry, where, events, self._may_be_body)
                untold = untold or candidate.parts.untold
        self._may_be_body = False
        self._merge_usage(chunk.get("usageMetadata"), events)
        if untold and len(events) == count:
            events.append(RawEvent(name, payload))
        return True

    def end_of(self, payload: Any, name: str) -> Any:
        """Return what of a chunk says how the message ends, and its token counts."""
        self.budget.fill()
        chunk, _ = unwrapped(payload)
        if not isinstance(chunk, dict):
            return None
        end = {key: chunk[key] for key in ("usageMetadata", "promptFeedback", "error") if key in chunk}
        entries = chunk.get("candidates")
        known = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        end["candidates"] = [
            {key: entry[key] for key in ("index", "finishReason") if key in entry}
            for entry in known
            if self._n == 1 or self._index(entry, "$.candidates") in self._candidates
        ]
        return end

    def _merge_usage(self, update: Any, events: list[StreamEvent]) -> None:
        """Lay token counts over those so far; there is an event only if they changed."""
        self.previous_usage = self.usage
        if update is None:
            return
        update = check_object(update, "$.usageMetadata")
        self._counted = True
        old, usage = self.usage, overlay(self.usage, update, self.budget)
        if usage is not old:
            if not old or any(type(old.get(key)) is not int for key, item in usage.items() if old.get(key) is not item):
                self.budget.epoch += 1
            if old:
                self.budget.charge(extra_weight(usage, update))
            self.usage = usage
            events.append(UsageUpdate(fresh(usage)))

    def candidate_of(self, entry: Fields) -> Candidate | None:
        """Return the candidate that an entry belongs to, if it is known."""
        return self._candidates.get(self._index(entry, "$"))

    def _index(self, entry: Fields, where: str) -> int:
        index = entry.get("index")
        if index is None or self._n == 1:
            return 0
        if type(index) is not int or index < 0:
            raise ProtocolError("expected an index of 0 or more", where=f"{where}.index")
        return index

    def _candidate(self, entry: Fields, where: str) -> Candidate:
        index = self._index(entry, where)
        candidate = self._candidates.get(index)
        if candidate is None:
            if len(self._candidates) >= self._max_candidates:
                raise LimitExceeded._over("max_choices", self._max_candidates)
            self.budget.charge(CANDIDATE_COST)
            self.budget.epoch += 1
            candidate = self._candidates[index] = Candidate(index, self._limits, self.budget)
            # Whichever of this and `attach_partial`, in another thread, comes later sees what the other has done.
            if index in self._partials:
                candidate.parts.answer.attach_partial(self._partials[index])
        return candidate

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Say how another payload like the one that was just merged can be merged; None if that is not certain."""
        chunk, prefix = unwrapped(payload)
        return bind(self, chunk, prefix)

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End the message: every candidate that has a finishReason ends, whether a terminator came or not."""
        self.budget.epoch += 1
        for candidate in self._states():
            candidate.finish(events)
        return None

    def _states(self) -> list[Candidate]:
        """Return the candidates so far, in order; another thread may be adding more."""
        return [candidate for _, candidate in sorted(self._candidates.copy().items())]

    def completion(self, complete: bool | None = None, *, final: bool = False) -> Completion:
        """Return the response so far as a `Completion`.

        Args:
            complete: overrides what the candidates say.
            final: nothing will change any more, so that the JSON can be made when it is wanted.
        """
        states = self._states()
        raws: list[Fields | Callable[[], Fields]] = [state.to_json if final else state.to_json() for state in states]
        fields, usage = to_json(self.fields), self.usage
        completion = Completion(
            id=text_or_none(fields.get("responseId")),
            model=text_or_none(fields.get("modelVersion")),
            choices=tuple([state.view(raw) for state, raw in zip(states, raws, strict=True)]),
            usage=fresh(usage) or None,
            dialect=self.dialect,
            complete=self.complete if complete is None else complete,
        )
        make = partial(_response, fields, raws, usage if self._counted else None)
        return with_raw(completion, make if final else make())

    def find_call(self, choice: int, index: int) -> LiveCall | None:
        """Return the call with these numbers in its events, or None."""
        candidate = self._candidates.get(choice)
        return None if candidate is None else candidate.parts.answer.find_call(index)

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON`; the choice need not have started."""
        self._partials[choice] = partial
        candidate = self._candidates.get(choice)
        if candidate is not None:
            candidate.parts.answer.attach_partial(partial)


def unwrapped(payload: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the response in a payload, and its path: Code Assist puts it under ``response``."""
    if isinstance(payload, dict) and isinstance(payload.get("response"), dict) and RESERVED.isdisjoint(payload):
        return payload["response"], ("response",)
    return payload, ()


def is_own(payload: Fields) -> bool:
    """True unless the payload says that it is of another dialect, or of an unknown type."""
    if isinstance(payload.get("type"), str) or isinstance(payload.get("event_type"), str) or "choices" in payload:
        return False
    return looks_like(payload) == GEMINI


def _response(fields: Fields, raws: list[Any], usage: Fields | None) -> Fields:
    found = dict(fields)
    if raws:
        found["candidates"] = [raw() if callable(raw) else raw for raw in raws]
    if usage is not None:
        found["usageMetadata"] = fresh(usage)
    return found
