"""OpenAI's older completions API, as vLLM, llama.cpp and SGLang serve it too.

Source: https://platform.openai.com/docs/api-reference/completions
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from .._errors import LimitExceeded, ProtocolError, StreamError
from .._limits import Limits, limit_or_max
from .._model.completion import Choice, FinishReason
from .._model.events import ChoiceEnd, StreamEvent
from .._model.result import with_raw
from .answer import CALL_COST, Answer
from .fields import Fields, check_object, list_in, text_in
from .recognition import is_legacy
from .tree import Kind, Said, assign, fill, to_json
from .tree_reader import TreeReader

if TYPE_CHECKING:
    from .._partial.json import PartialJSON

TEXTS: dict[str, Kind] = {"text": "text", "reasoning": "reasoning"}
FIRST = ("id", "created")  # the first value counts; of other fields the last
OWN_RULE = frozenset(("choices", "usage", "error", *FIRST))


class CompletionsReader(TreeReader):
    """Merge the chunks of a completion into the completion that is not streamed.

    >>> legacy = CompletionsReader()
    >>> legacy.add({"object": "text_completion", "choices": [{"index": 0, "text": "Hi", "finish_reason": "stop"}]})
    [MessageStart(id=None, model=None), TextDelta(text='Hi', choice=0)]
    >>> legacy.end()
    [ChoiceEnd(choice=0, finish_reason='stop', raw_finish_reason='stop')]
    """

    __slots__ = ("_answers", "_choices", "_limits", "_max_choices", "_n", "_partials")

    dialect: ClassVar[str] = "openai-completions"
    done_is_terminator: ClassVar[bool] = True
    reasons: ClassVar[dict[str, FinishReason]] = {
        "stop": "stop",
        "length": "length",
        "content_filter": "content_filter",
        "tool_calls": "tool_calls",
    }

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self._limits = limits
        self._max_choices = limit_or_max(limits.max_choices)
        self._n = n
        self._answers: dict[int, Answer] = {}
        self._choices: dict[int, Fields] = {}
        self._partials: dict[int, PartialJSON] = {}

    @property
    def begun(self) -> bool:
        """True if a choice started."""
        return bool(self._choices)

    @property
    def complete(self) -> bool:
        """True if every choice has a finish_reason."""
        return self.begun and all(choice.get("finish_reason") for choice in self._choices.copy().values())

    def end_of(self, payload: Any, name: str) -> Any:
        """Return what of a chunk says how the choices end, and its token counts."""
        self.budget.fill()
        if not isinstance(payload, dict) or not is_own(payload):
            return None
        known = [
            {"index": entry.get("index"), "finish_reason": entry.get("finish_reason")}
            for entry in list_in(payload, "choices", "$")
            if isinstance(entry, dict) and (self._n == 1 or self._index(entry, "$.choices") in self._choices)
        ]
        return {"object": "text_completion", "choices": known, "usage": payload.get("usage")}

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge a chunk."""
        if not is_own(payload):
            return False
        self.begin(payload.get("id"), payload.get("model"), events)
        rest = {key: value for key, value in payload.items() if key not in OWN_RULE}
        rest.update({key: payload[key] for key in FIRST if key in payload and self.fields.get(key) is None})
        self._keep(self.fields, rest)
        for position, entry in enumerate(list_in(payload, "choices", "$")):
            self._choice(check_object(entry, f"$.choices[{position}]"), position, events)
        if payload.get("usage"):
            self.count(payload["usage"], events, {})  # the last ones count
        return True

    def _keep(self, fields: Fields, source: Fields) -> None:
        for key, value in source.items():
            assign(fields, key, value, self.budget)
        fill(fields, source, self.budget)

    def _choice(self, entry: Fields, position: int, events: list[StreamEvent]) -> None:
        where = f"$.choices[{position}]"
        index = self._index(entry, where)
        choice = self._choices[index] if index in self._choices else self._start(index)
        for key, kind in TEXTS.items():
            if entry.get(key) is not None or (key == "text" and key in entry):
                text = text_in(entry, key, where)
                if not isinstance(choice.get(key), Said):
                    choice[key] = self.start_text(kind, index, sum(name in choice for name in TEXTS))
                self.say(choice[key], text, ("choices", position, key), events)
        self._keep(choice, {key: value for key, value in entry.items() if key not in TEXTS and key != "logprobs"})
        self._logprobs(choice, entry)

    def _index(self, entry: Fields, where: str) -> int:
        index = 0 if entry.get("index") is None or self._n == 1 else entry["index"]
        if type(index) is not int or index < 0:
            raise ProtocolError("expected an index of 0 or more", where=f"{where}.index")
        return index

    def _start(self, index: int) -> Fields:
        if len(self._choices) >= self._max_choices:
            raise LimitExceeded._over("max_choices", self._max_choices)
        self.budget.charge(CALL_COST)
        self.answer.changed()
        answer = self._answers[index] = Answer(self._limits, self.budget, index)
        # Whichever of this and `attach_partial`, in another thread, comes later sees what the other has done.
        if index in self._partials:
            answer.attach_partial(self._partials[index])
        choice = self._choices[index] = {}
        return choice

    def _logprobs(self, choice: Fields, entry: Fields) -> None:
        """Join the lists of the log probabilities."""
        update, known = entry.get("logprobs"), choice.get("logprobs")
        if not isinstance(update, dict) or not isinstance(known, dict):
            self._keep(choice, {key: value for key, value in entry.items() if key == "logprobs"})
            return
        self.answer.changed()
        for key, value in update.items():
            if isinstance(value, list) and isinstance(known.get(key), list):
                known[key] += self.budget.copy(value)
            else:
                self._keep(known, {key: value})

    def answer_of(self, choice: int) -> Answer:
        """Return the answer of a choice."""
        return self._answers[choice]

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End the choices that have a finish_reason, or all at the terminator."""
        if not self.over:
            self.release(events)
            for index, choice in sorted(self._choices.items()):
                reason, raw = self._reason(choice)
                if terminated or raw is not None:
                    self.over = True
                    events.append(ChoiceEnd(index, reason, raw))
        return None

    def _reason(self, choice: Fields) -> tuple[FinishReason | None, str | None]:
        raw = choice.get("finish_reason")
        raw = raw if isinstance(raw, str) and raw else None
        return None if raw is None else self.reasons.get(raw, "other"), raw

    def _ordered(self) -> list[tuple[int, Fields]]:
        return sorted(self._choices.copy().items())

    def tree(self) -> Fields:
        """Return the object in the provider's shape."""
        return {**super().tree(), "choices": [choice for _, choice in self._ordered()]}

    def head(self, tree: Fields) -> Fields:
        """Return id, model and created of the completion."""
        created = tree.get("created")
        return {**super().head(tree), "created": created if type(created) is int else None}

    def choices(self, tree: Fields, final: bool) -> tuple[Choice, ...]:
        """Return the choices so far."""
        return tuple(
            with_raw(
                Choice(index, self.message(choice, final), *self._reason(choice)),
                partial(to_json, choice) if final else to_json(choice),
            )
            for index, choice in self._ordered()
        )

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON`; the choice need not have started."""
        self._partials[choice] = partial
        if choice in self._answers:
            self._answers[choice].attach_partial(partial)


def is_own(payload: Fields) -> bool:
    """True unless a payload is of another dialect, or of none."""
    if payload.get("type"):
        return False
    named = payload.get("object")
    if isinstance(named, str) and named.startswith("text_completion"):
        return True
    choices: Any = payload.get("choices")
    return is_legacy(choices) or (choices == [] and not named)
