"""OpenAI chat completions, as about fifty providers send them.

Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from typing import Any, ClassVar

from .._budget import SizeBudget, size_of
from .._completion import Completion
from .._errors import LimitExceeded, ProtocolError, StreamError, fresh_copy, safe_repr, without_frames
from .._events import MessageStart, StreamEvent, UsageUpdate
from .._limits import Limits, limit_or_max
from .._merge import CHUNK, merge_field, to_json
from .._partial import PartialJSON
from .._pickling import Picklable
from .._result import with_raw
from .._usage import merge_usage
from ._choice import CHOICE_COST, ChoiceState
from ._context import MessageContext
from ._partial_call import PartialToolCall
from ._partial_feed import PartialFeed

# Fields of a chunk with their own rule; "obfuscation" and "p" are padding against traffic analysis.
CHUNK_FIELDS = frozenset(("id", "object", "created", "model", "choices", "usage", "error", "obfuscation", "p"))

OTHER_OBJECTS = ("text_completion", "response", "thread.")  # prefixes of ``object`` in OpenAI's other APIs
ANSWER_FIELDS = frozenset(("delta", "message"))  # fields of a choice with the answer
NULLABLE = frozenset(("usage", "error"))  # a null here is returned if the response was not streamed


class ChatCompletionAccumulator(Picklable):
    """Merge the chunks of a chat completion into its message.

    Args:
        limits: memory limits.
        n: the number of answers that were requested, if known. With 1, every choice is choice 0,
            whatever its index is.
        cumulative: the provider sends all text so far in each chunk, not only the new text.

    Attributes:
        error: the error that ended the message, or None.

    >>> chat = ChatCompletionAccumulator()
    >>> chat.add({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})[1:]
    [TextDelta(text='Hi', choice=0)]
    >>> chat.result()["choices"][0]["message"]
    {'role': 'assistant', 'content': 'Hi'}
    """

    __slots__ = (
        "choices",
        "context",
        "created",
        "error",
        "fields",
        "id",
        "ids_change",
        "max_choices",
        "model",
        "n",
        "named",
        "started",
        "usage",
    )

    dialect: ClassVar[str] = "openai-chat"

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        budget = SizeBudget(limit_or_max(limits.max_message_size))
        self.context = MessageContext(budget, limit_or_max(limits.max_tool_calls), cumulative)
        self.max_choices = limit_or_max(limits.max_choices)
        self.n = n
        self.id: Any = None
        self.ids_change = False  # each chunk has another id
        self.model: Any = None
        self.created: Any = None
        self.named: set[str] = set()  # which of id, created and model were sent, even if null
        self.choices: dict[int, ChoiceState] = {}
        self.usage: dict[str, Any] | None = None
        self.fields: dict[str, Any] = {}
        self.started = False
        self.error: StreamError | None = None

    @staticmethod
    def recognises(payload: Any) -> bool:
        """True if the payload is a chunk of a chat completion."""
        if not isinstance(payload, dict):
            return False
        kind = payload.get("object")
        if isinstance(kind, str):
            if kind.startswith("chat.completion"):
                return True
            if kind.startswith(OTHER_OBJECTS):
                return False
        if "choices" in payload:
            return not _is_legacy(payload["choices"])
        return isinstance(payload.get("usage"), dict) and "type" not in payload

    @staticmethod
    def begins(payload: Any) -> bool:
        """True if the payload can be the first of a chat completion. Token counts alone may be of another API."""
        named = isinstance(payload, dict) and ("choices" in payload or "object" in payload)
        return named and ChatCompletionAccumulator.recognises(payload)

    @property
    def repairs(self) -> dict[str, int]:
        """The defects that were repaired, as codes with counts (a fresh `dict`); empty for a correct stream."""
        return dict(self.context.repairs)

    @property
    def begun(self) -> bool:
        """True if a choice started."""
        return bool(self.choices)

    @property
    def complete(self) -> bool:
        """True if every choice seen has a finish_reason."""
        return bool(self.choices) and all(choice.finish_reason for choice in self.choices.copy().values())

    def add(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        """Merge a chunk; it is neither changed nor stored.

        Args:
            chunk: a decoded ``chat.completion.chunk``.

        Returns:
            The new events.

        Raises:
            ProtocolError, LimitExceeded: the chunk cannot be merged. If there are events before
                the fault, they are returned and the next call raises; else this call raises.
            TypeError: ``chunk`` is not a `dict`.
        """
        if self.error is not None:
            raise fresh_copy(self.error)
        if not isinstance(chunk, dict):
            hint = "for bytes, use MessageStream.feed()"
            raise TypeError(f"add() takes a decoded chunk (dict), not {type(chunk).__name__}: {hint}")
        events: list[StreamEvent] = []
        try:
            self._chunk(chunk, events)
        except StreamError as error:
            self.error = without_frames(error)
        if self.error is not None and not events:
            raise fresh_copy(self.error)
        return events

    def finish(self, terminated: bool | None = None) -> list[StreamEvent]:
        """End the message.

        Args:
            terminated: the terminator came, so every choice ends. With False, or None for unknown,
                only choices with a finish_reason end.

        Returns:
            Text that was held back, and the end events.
        """
        events: list[StreamEvent] = []
        for choice in self.choices.values():
            try:
                choice.adopt_full_message(events)
            except StreamError as error:
                self.error = without_frames(error)
            choice.finish(bool(terminated), events)
        return events

    def end(self) -> list[StreamEvent]:
        """End the message: choices with a finish_reason end."""
        return self.finish(None)

    def result(self) -> dict[str, Any]:
        """Return the message so far as a fresh ``chat.completion`` object.

        Source: https://platform.openai.com/docs/api-reference/chat/object
        """
        return self._result(self._states())

    def _states(self) -> list[ChoiceState]:
        """Return the choices so far, in order; another thread may be adding more."""
        return [choice for _, choice in sorted(self.choices.copy().items())]

    def _result(self, states: list[ChoiceState]) -> dict[str, Any]:
        head = {"id": self.id, "object": "chat.completion", "created": self.created, "model": self.model}
        result = {
            **{key: to_json(value) for key, value in head.items() if key == "object" or key in self.named},
            "choices": [choice.to_json() for choice in states],
            **to_json(self.fields),
        }
        if self.usage is not None:
            result["usage"] = to_json(self.usage)
        return result

    def completion(self, complete: bool | None = None) -> Completion:
        """Return the message so far as a `Completion`; ``complete`` overrides what the choices say."""
        states = self._states()
        raw = self._result(states)
        choices = [choice.view(each) for choice, each in zip(states, raw["choices"], strict=True)]
        completion = Completion(
            id=_text(self.id),
            model=_text(self.model),
            created=self.created if type(self.created) is int else None,
            choices=tuple(choices),
            usage=self.usage and to_json(self.usage),
            dialect=self.dialect,
            complete=self.complete if complete is None else complete,
        )
        return with_raw(completion, raw)

    def tool_call(self, choice: int = 0, index: int = 0) -> PartialToolCall:
        """Return a live view of a call; its numbers are those in its events.

        Raises:
            LookupError: there is no such call yet: its `ToolCallStart` has not arrived.
        """
        state = self.choices.get(choice)
        call = state.tool_call(index) if state is not None else None
        if call is None:
            raise LookupError(f"no tool call {index} of choice {choice} so far: wait for its ToolCallStart event")
        return PartialToolCall(call)

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON`; the choice need not have started."""
        partial_feed = self.context.partial_feeds.setdefault(choice, PartialFeed(partial))
        if partial_feed.partial is not partial:
            partial_feed = self.context.partial_feeds[choice] = PartialFeed(partial)
        state = self.choices.get(choice)
        if state is not None:
            partial_feed.catch_up(state.text, state.text.size)

    def _chunk(self, chunk: dict[str, Any], events: list[StreamEvent]) -> None:
        if self.id and chunk.get("id") != self.id:
            self._check_new_id(chunk)
        if not self.id or not self.created or chunk.get("model") != self.model:
            self._name(chunk)
        self.context.unstreamed = chunk.get("object") == "chat.completion"
        choices = chunk.get("choices")
        if type(choices) is not list:
            choices = self.context.list_of(choices, "$.choices")
        if not self.started and (choices or self.id):
            self.started = True
            events.append(MessageStart(_text(self.id), _text(self.model)))
        usage = chunk.get("usage")
        for position, entry in enumerate(choices):
            where = f"$.choices[{position}]" if position else "$.choices[0]"
            if entry is None or entry is False:
                continue
            if not isinstance(entry, dict):
                raise ProtocolError(f"expected a choice object, got {type(entry).__name__}", where=where)
            self._choice(entry, position, where).add(entry, where, events)
            usage = usage or entry.get("usage")
        fields = self.fields
        for key, value in chunk.items():
            if key not in CHUNK_FIELDS and not (type(value) is str and fields.get(key) == value):
                merge_field(fields, key, value, CHUNK, self.context.budget)
            elif value is None and key in NULLABLE and self.context.unstreamed:
                fields.setdefault(key, None)
        extra = chunk.get("x_groq")
        if not usage and isinstance(extra, dict):
            usage = extra.get("usage")
        if usage:
            self._merge_usage(usage, events)

    def _merge_usage(self, usage: Any, events: list[StreamEvent]) -> None:
        """Merge token counts; there is an event only if they changed."""
        if not isinstance(usage, dict):
            self.context.repair("unknown_shape")
            merge_field(self.fields, "usage", usage, CHUNK, self.context.budget)
            return
        merged = merge_usage(self.usage, usage, self.context.budget)
        if merged is not self.usage:
            self.usage = merged
            events.append(UsageUpdate(to_json(merged)))

    def _check_new_id(self, chunk: dict[str, Any]) -> None:
        """Reject a second response after the first, for example if two bodies were written into one file.

        It has a new id, and content for a choice, after all choices ended. Token counts may come after the end
        with any id, and some servers give each chunk another id.
        """
        if not chunk.get("id"):
            return
        choices = chunk.get("choices")
        entries = choices if isinstance(choices, list) else []
        if self.complete and not self.ids_change and any(self._restarts(entry) for entry in entries):
            found = f"a second response with id {safe_repr(chunk['id'])}"
            hint = "use a new stream for each response"
            raise ProtocolError(f"expected no more chunks after the response ended, got {found}: {hint}", where="$.id")
        self.ids_change = True

    def _restarts(self, entry: Any) -> bool:
        """True if an entry has content for a choice that started before."""
        if not isinstance(entry, dict) or entry.get("index", 0) not in self.choices:
            return False
        delta = entry.get("delta")
        return bool(entry.get("message")) or (isinstance(delta, dict) and any(delta.values()))

    def _name(self, chunk: dict[str, Any]) -> None:
        """Use the id and the time of the first chunk that has one, and the model of the last."""
        budget = self.context.budget
        self.named.update(key for key in ("id", "created", "model") if key in chunk)
        if not self.id and chunk.get("id"):
            self.id = budget.copy(chunk["id"])
        created = chunk.get("created")
        if created and not self.created:
            self.created = budget.copy(created)
        elif self.created is None and created is not None:
            self.created = budget.copy(created)
        model = chunk.get("model")
        if model and model != self.model and (self.model is None or isinstance(model, str)):
            if isinstance(self.model, str):
                budget.refund(size_of(self.model))
            self.model = budget.copy(model)

    def _choice(self, entry: dict[str, Any], position: int, where: str) -> ChoiceState:
        index = 0 if self.n == 1 else entry.get("index")
        if type(index) is not int:
            index = self.context.index_of(index, f"{where}.index")
            index = position if index is None else index
        if index < 0:
            raise ProtocolError(f"expected a choice index of 0 or more, got {index}", where=f"{where}.index")
        choice = self.choices.get(index)
        if choice is None:
            if len(self.choices) >= self.max_choices:
                raise LimitExceeded._over("max_choices", self.max_choices)
            self.context.budget.charge(CHOICE_COST)
            choice = self.choices[index] = ChoiceState(index, self.context)
        return choice


def _is_legacy(choices: Any) -> bool:
    """True for the choices of the older completions API, whose text is in the choice itself."""
    if not isinstance(choices, list) or not choices:
        return False
    return all(
        isinstance(entry, dict) and "text" in entry and entry.keys().isdisjoint(ANSWER_FIELDS) for entry in choices
    )


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else safe_repr(value)
