"""OpenAI chat completions, as about fifty providers send them.

Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from functools import partial
from itertools import filterfalse
from typing import TYPE_CHECKING, Any, ClassVar

from ..._errors import LimitExceeded, ProtocolError, StreamError, safe_repr, without_frames
from ..._limits import Limits, limit_or_max
from ..._model.budget import SizeBudget, size_of
from ..._model.completion import Completion
from ..._model.events import MessageStart, StreamEvent, UsageUpdate
from ..._model.result import with_raw
from ..._payloads.templates import Binding
from ..base import BaseReader
from ..partial_feed import PartialFeed
from ..recognition import NOT_CHAT_OBJECTS, is_chat
from .binding import bind
from .call import Call
from .choice import CHOICE_COST, ChoiceState
from .context import MessageContext
from .errors import raise_reported
from .merge import merge_field, to_json
from .names import CHUNK
from .results import Once, choice_json, choice_view
from .usage import merge_usage, usage_shape

if TYPE_CHECKING:
    from ..._partial.json import PartialJSON

# Fields of a chunk with their own rule; "obfuscation" and "p" are padding against traffic analysis.
CHUNK_FIELDS = frozenset(("id", "object", "created", "model", "choices", "usage", "error", "obfuscation", "p"))

CHUNK_OBJECT = "chat.completion.chunk"
HEAD = ("id", "created", "model")
AT_THE_END = ("id", "object", "usage", "x_groq", "error")  # of the last chunks, besides the choices
NULLABLE = frozenset(("usage", "error"))  # a null here is returned if the response was not streamed


class ChatReader(BaseReader):
    """Merge the chunks of a chat completion into its message.

    Args:
        limits: memory limits.
        n: the number of answers that were requested, if known. With 1, every choice is choice 0,
            whatever its index is.
        cumulative: the provider sends all text so far in each chunk, not only the new text.

    Attributes:
        error: the error that ended the message, or None.

    >>> chat = ChatReader()
    >>> chat.add({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})[1:]
    [TextDelta(text='Hi', choice=0)]
    >>> chat.result()["choices"][0]["message"]
    {'role': 'assistant', 'content': 'Hi'}
    """

    __slots__ = (
        "choices",
        "context",
        "created",
        "fields",
        "id",
        "ids_change",
        "max_choices",
        "model",
        "n",
        "named",
        "previous_usage",
        "started",
        "usage",
    )

    dialect: ClassVar[str] = "openai-chat"

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__()
        budget = SizeBudget(limit_or_max(limits.max_message_size))
        self.context = MessageContext(budget, limit_or_max(limits.max_tool_calls), cumulative)
        self.max_choices = limit_or_max(limits.max_choices)
        self.n = n
        self.id: Any = None
        self.ids_change = False  # each chunk has another id
        self.model: Any = None
        self.created: Any = None
        self.named: tuple[str, ...] = ()  # which of id, created and model were sent, even if null
        self.choices: dict[int, ChoiceState] = {}
        self.usage: dict[str, Any] | None = None
        self.previous_usage: dict[str, Any] | None = None  # before the last update
        self.fields: dict[str, Any] = {}
        self.started = False

    @staticmethod
    def recognises(payload: Any) -> bool:
        """True if the payload is a chunk of a chat completion."""
        if not isinstance(payload, dict):
            return False
        kind = payload.get("object")
        if kind == CHUNK_OBJECT or is_chat(payload):
            return True
        if "choices" in payload or (isinstance(kind, str) and kind.startswith(NOT_CHAT_OBJECTS)):
            return False
        return isinstance(payload.get("usage"), dict) and "type" not in payload

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
        for choice in self.choices.copy().values():
            if not choice.finish_reason:
                return False
        return bool(self.choices)

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End the message: what was held back, and the ends of what the wire closed.

        Args:
            terminated: the terminator came, so every choice ends. Otherwise only choices with a
                finish_reason end.
            failed: makes no difference.

        Returns:
            The error of a message that came at once and cannot be merged, or None.
        """
        fault: StreamError | None = None
        for choice in self.choices.values():
            try:
                choice.adopt_full_message(events)
            except StreamError as error:
                fault = without_frames(error)
            choice.finish(terminated, events)
        return fault

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
            "choices": [choice_json(choice) for choice in states],
            **to_json(self.fields),
        }
        if self.usage is not None:
            result["usage"] = to_json(self.usage)
        return result

    def completion(self, complete: bool | None = None, *, final: bool = False) -> Completion:
        """Return the message so far as a `Completion`.

        Args:
            complete: overrides what the choices say.
            final: nothing will change any more, so that the JSON can be made when it is wanted.
        """
        states = self._states()
        raw = Once(lambda: self._result(states)) if final else self._result(states)
        choices = []
        for number, choice in enumerate(states):
            if isinstance(raw, dict):
                choices.append(choice_view(choice, raw["choices"][number], raw["choices"][number]["message"]))
            else:
                choices.append(choice_view(choice, partial(raw.choice, number), partial(raw.message, number)))
        completion = Completion(
            id=_text(self.id),
            model=_text(self.model),
            created=_time(self.created),
            choices=tuple(choices),
            usage=self.usage and to_json(self.usage),
            dialect=self.dialect,
            complete=self.complete if complete is None else complete,
        )
        return with_raw(completion, raw)

    def bind(self, chunk: dict[str, Any], name: str) -> Binding | None:
        """Say how another chunk like the one that was just merged can be merged; None if that is not certain."""
        return bind(self, chunk)

    def find_call(self, choice: int, index: int) -> Call | None:
        """Return the call with these numbers in its events, or None."""
        state = self.choices.get(choice)
        return None if state is None else state.tool_call(index)

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON`; the choice need not have started."""
        partial_feed = self.context.partial_feeds.setdefault(choice, PartialFeed(partial))
        if partial_feed.partial is not partial:
            partial_feed = self.context.partial_feeds[choice] = PartialFeed(partial)
        state = self.choices.get(choice)
        if state is not None:
            state.feed = partial_feed
            partial_feed.catch_up(state.text, state.text.size)

    def end_of(self, payload: Any, name: str) -> Any:
        """Return what of a chunk says how the message ends, and its token counts."""
        self.context.budget.fill()
        if not self.recognises(payload):
            return None
        end = {key: payload[key] for key in AT_THE_END if key in payload}
        entries = payload.get("choices")
        end["choices"] = [
            {key: entry[key] for key in ("index", "finish_reason", "usage") if key in entry}
            if isinstance(entry, dict)
            and (self.n == 1 or (entry["index"] if type(entry.get("index")) is int else position) in self.choices)
            else None  # it keeps the place of an entry that is not wanted
            for position, entry in enumerate(entries if isinstance(entries, list) else ())
        ]
        return end

    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        """Merge a payload if it is a chunk; a fault is raised after its events are appended."""
        merged = (type(payload) is dict and payload.get("object") == CHUNK_OBJECT) or self.recognises(payload)
        if merged:
            self.context.budget.owns = True
            if self._merge(payload, events):
                raise_reported(payload)
        elif type(payload) is dict:
            raise_reported(payload)
        return merged

    def _merge_callers(self, chunk: dict[str, Any], events: list[StreamEvent]) -> None:
        # The merge copies what it keeps of a caller's chunk.
        if self._merge(chunk, events):
            raise_reported(chunk)

    def _merge(self, chunk: dict[str, Any], events: list[StreamEvent]) -> bool:
        """Merge a chunk; True if it may report an error."""
        context, fields = self.context, self.fields
        if not (self.id and self.created) or chunk.get("id") != self.id or chunk.get("model") != self.model:
            self._read_head(chunk)
        context.unstreamed = chunk.get("object") == "chat.completion"
        choices = chunk.get("choices")
        if type(choices) is not list:
            choices = context.list_of(choices, "$.choices")
        if not self.started and (choices or self.id):
            self.started = True
            events.append(MessageStart(_text(self.id), _text(self.model), _time(self.created)))
        usage, may_fail = chunk.get("usage"), "base_resp" in chunk
        for position, entry in enumerate(choices):
            where = f"$.choices[{position}]" if position else "$.choices[0]"
            if not isinstance(entry, dict):
                if entry is None or entry is False:
                    continue
                raise ProtocolError(f"expected a choice object, got {type(entry).__name__}", where=where)
            index = entry.get("index")
            choice = self.choices.get(index) if type(index) is int and self.n is None else None
            if choice is None:
                choice = self._choice(entry, position, where)
            choice.add(entry, where, events)
            usage = usage or entry.get("usage")
            may_fail = may_fail or "error" in entry
        for key in filterfalse(CHUNK_FIELDS.__contains__, chunk):
            value = chunk[key]
            if type(value) is not str or fields.get(key) != value:
                merge_field(fields, key, value, CHUNK, context.budget)
        if context.unstreamed:
            for key in chunk:
                if key in NULLABLE and chunk[key] is None:
                    fields.setdefault(key, None)
        if not usage and isinstance(extra := chunk.get("x_groq"), dict):
            usage = extra.get("usage")
        if usage:
            self._merge_usage(usage, events)
        return may_fail

    def _merge_usage(self, usage: Any, events: list[StreamEvent]) -> None:
        """Merge token counts; there is an event only if they changed."""
        if not isinstance(usage, dict):
            self.context.repair("unknown_shape")
            merge_field(self.fields, "usage", usage, CHUNK, self.context.budget)
            return
        budget = self.context.budget
        merged = merge_usage(self.usage, usage, budget)
        if merged is not self.usage:
            if self.usage is None or usage_shape(self.usage) != usage_shape(merged):
                budget.epoch += 1
            self.previous_usage, self.usage = self.usage, merged
            events.append(UsageUpdate(to_json(merged)))

    def _read_head(self, chunk: dict[str, Any]) -> None:
        """Read what names the message: the id, the time and the model."""
        if self.id and chunk.get("id") != self.id:
            self._check_new_id(chunk)
        if not self.id or not self.created or chunk.get("model") != self.model:
            self._name(chunk)

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
        self.context.budget.epoch += not self.ids_change
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
        before = (self.id, self.created, self.model)
        self.named = tuple([key for key in HEAD if key in chunk or key in self.named])
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
        if before != (self.id, self.created, self.model):
            budget.epoch += 1

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
            self.context.budget.epoch += 1
            self.context.budget.charge(CHOICE_COST)
            choice = self.choices[index] = ChoiceState(index, self.context)
            # Whichever of this and `attach_partial`, in another thread, comes later sees what the other has done.
            if (feed := self.context.partial_feeds.get(index)) is not None:
                choice.feed = feed
        return choice


def _time(value: Any) -> int | None:
    return value if type(value) is int else None


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else safe_repr(value)
