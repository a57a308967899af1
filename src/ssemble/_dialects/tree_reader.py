"""What the readers of the smaller dialects share.

Such a reader keeps the provider's object as a tree (see `tree`), and says for each type of event what it
does to it. All else is here and in `tree_answer`: texts and calls with their events, the views, the end,
and the bindings.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import Any, ClassVar

from .._copied import copied
from .._errors import ProviderError, StreamError, without_frames
from .._limits import Limits
from .._model.completion import Choice, Completion, FinishReason
from .._model.events import ChoiceEnd, MessageStart, StreamEvent, UsageUpdate
from .._model.message import Message
from .._model.result import with_raw
from .counts import check_keys, extra_weight
from .fields import Fields, text_of, text_or_none, type_of
from .recognition import READ, body_shape
from .tree import Arguments, assign, fill, leaves, to_json
from .tree_answer import TreeAnswer
from .unstreamed import Places, Teller

Reasons = tuple["FinishReason | None", "str | None"]


class TreeReader(TreeAnswer):
    """A reader with one answer, whose object is a tree.

    Subclasses set these.

    Attributes:
        type_key: the key of the type of a payload.
        levels: how many objects above its arguments the object of a call is.
        message_path: where the message is in the object; None if the object has no message of its own.
        ends: the types of the payloads that say how the answer ends, or its token counts.
        reasons: the finish reason of each of the provider's words; any other is "other".
        places: what is where in a response that was not streamed.
        reason_key: the key of the provider's word in it.
        over: the answer ended.
    """

    __slots__ = ("_begun", "_complete", "_reasons", "over")

    dialect: ClassVar[str]
    done_is_terminator: ClassVar[bool] = False
    type_key: ClassVar[str] = "type"
    levels: ClassVar[int] = 1
    message_path: ClassVar[tuple[str, ...] | None] = None
    ends: ClassVar[frozenset[str]] = frozenset()
    reasons: ClassVar[dict[str, FinishReason]] = {}
    places: ClassVar[Places] = {}
    reason_key: ClassVar[str] = ""

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self._begun = False
        self.over = False
        self._complete = False
        self._reasons: Reasons = None, None

    @property
    def begun(self) -> bool:
        """True if the message started."""
        return self._begun

    @property
    def complete(self) -> bool:
        """True if the message ended as its dialect ends it."""
        return self._complete

    @abstractmethod
    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge a payload that is no error; see `merge`."""

    def end_of(self, payload: Any, name: str) -> Any:
        """Return a payload that says how the answer ends, or its token counts; see `Reader`."""
        self.budget.fill()
        return payload if isinstance(payload, dict) and type_of(payload, name, self.type_key) in self.ends else None

    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        """Merge a payload; False for one that has no typed event, whether it was stored or not."""
        if self.ended:
            return True
        self._bound = None
        if not isinstance(payload, dict):
            return False
        kind = type_of(payload, name, self.type_key)
        if not self._begun and READ.get(body_shape(payload)) == self.dialect:
            return self._unstreamed(payload, events)
        epoch, count = self.budget.epoch, len(events)
        merged = self.take(payload, kind, events)
        if self.budget.epoch != epoch or len(events) != count + 1:
            self._bound = None
        return merged

    def _unstreamed(self, body: Fields, events: list[StreamEvent]) -> bool:
        """Take a response that was not streamed."""
        head, usage = self.head(body), body.get("usage")
        self.begin(head.get("id"), head.get("model"), events)
        counts = isinstance(usage, dict)
        rest = {key: value for key, value in body.items() if key != "usage" or not counts}
        Teller(self, events).tell(self.fields, rest, self.places, "$")
        self.count(usage, events)
        self.end_body(self.fields.get(self.reason_key), events)
        return True

    def end_body(self, raw: Any, events: list[StreamEvent]) -> None:
        """End a response that was not streamed, with the provider's word."""
        self.ended = True
        self.end_answer(raw, events)

    def coded_error(self, payload: Fields, kind: str) -> ProviderError:
        """Make the error of an event that is the error itself, with a code and a message."""
        code, words = payload.get("code"), payload.get("message")
        message = words if isinstance(words, str) and words else text_of(code or kind)
        raw = self.budget.copy({key: value for key, value in payload.items() if key != self.type_key})
        return ProviderError._named(message, raw, code=code if type(code) in (int, str) else None)

    def settle(self, terminated: bool, events: list[StreamEvent]) -> None:
        """End a message whose end did not come, and that no error ended: some have a logical end."""

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End the message; see `Reader`."""
        error = None
        if self._begun and not self.over:
            if not failed:
                try:
                    self.settle(terminated, events)
                except StreamError as fault:
                    error = without_frames(fault)
            self.release(events)
        return error

    def begin(self, message_id: Any, model: Any, events: list[StreamEvent]) -> None:
        """Start the message, if it has not started."""
        if not self._begun:
            self._begun = True
            self.answer.changed()
            events.append(MessageStart(text_or_none(message_id), text_or_none(model)))

    def end_answer(self, raw: Any, events: list[StreamEvent], reason: FinishReason | None = None) -> None:
        """End the answer with the provider's word; it is complete.

        Args:
            raw: the provider's word, or None.
            events: the last events are appended.
            reason: the shared word, if the provider's does not tell it.
        """
        self.release(events)
        raw = text_or_none(raw or None)
        if reason is None and raw is not None:
            reason = self.reasons.get(raw, "other")
        self._reasons = reason, raw
        self._complete = self.over = True
        self.answer.changed()
        events.append(ChoiceEnd(0, reason, raw))

    def count(self, usage: Any, events: list[StreamEvent], known: Fields | None = None) -> None:
        """Overwrite token counts: they are cumulative.

        Args:
            usage: what came.
            events: the event is appended.
            known: what it is laid over; None for the counts so far.
        """
        if isinstance(usage, dict):
            known = (self.usage or {}).copy() if known is None else known
            self.budget.charge(extra_weight(known, usage))
            for key, value in usage.items():
                assign(known, key, value, self.budget)
            fill(known, usage, self.budget)
            self.answer.changed()
            self.usage = check_keys(known)
            if usage:
                events.append(UsageUpdate(copied(known)))

    def completion(self, complete: bool | None = None, *, final: bool = False) -> Completion:
        """Return the message so far.

        Args:
            complete: overrides what the payloads say.
            final: nothing will change any more, so that the JSON can be made when it is wanted.
        """
        complete = self.complete if complete is None else complete
        if not self._begun:
            return with_raw(Completion(dialect=self.dialect, complete=complete), {})
        tree = self.tree()
        raw = partial(to_json, tree) if final else to_json(tree)
        completion = Completion(
            choices=self.choices(tree, final),
            usage=copied(self.usage) or None,
            dialect=self.dialect,
            complete=complete,
            **self.head(tree),
        )
        return with_raw(completion, raw)

    def head(self, tree: Fields) -> Fields:
        """Return id, model and created of the message."""
        return {"id": text_or_none(tree.get("id")), "model": text_or_none(tree.get("model"))}

    def choices(self, tree: Fields, final: bool) -> tuple[Choice, ...]:
        """Return the answers so far."""
        message = self.message(tree, final)
        if self.message_path is not None:
            inner: Any = tree
            for key in self.message_path:
                inner = inner.get(key, {})
            message = with_raw(message, partial(to_json, inner) if final else to_json(inner))
        return (Choice(0, message, *self._reasons),)

    def message(self, tree: Fields, final: bool) -> Message:
        """Return what the texts and calls in a tree say."""
        texts: dict[bool, list[str]] = {True: [], False: []}
        calls = []
        for leaf, above in leaves(tree):
            if isinstance(leaf, Arguments):
                if leaf.call is not None:
                    owner = above[-self.levels]
                    calls.append(with_raw(leaf.call.view(), partial(to_json, owner) if final else to_json(owner)))
            elif leaf.kind:
                texts[leaf.kind == "text"].append(leaf.to_json())
        return Message("assistant", "".join(texts[True]), "".join(texts[False]), "", tuple(calls))
