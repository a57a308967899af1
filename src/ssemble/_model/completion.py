"""The finished message, as typed, read-only objects that all dialects share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from .._copied import copied
from .message import Message, ToolCall
from .result import Result

if TYPE_CHECKING:
    from .events import StreamEvent
    from .tokens import Tokens

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "error", "pause", "other"]
"""Why a choice ended, in words that all dialects share.

>>> from typing import get_args
>>> get_args(FinishReason)
('stop', 'length', 'tool_calls', 'content_filter', 'error', 'pause', 'other')
"""
TOLD = frozenset(
    "id responseId object type role model modelVersion created created_at status choices content output candidates "
    "usage usageMetadata stop_reason".split()
)
"""The top-level fields that attributes tell, whatever a dialect calls them."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Choice(Result):
    """One of the answers of a completion.

    Attributes:
        index: the wire's choice index.
        message: the answer.
        finish_reason: why it ended, a `FinishReason`; None before the end.
        raw_finish_reason: the provider's own word.

    >>> Choice(message=Message(text="Hi"), finish_reason="stop").to_dict()
    {'index': 0, 'message': {'role': 'assistant', 'content': 'Hi'}, 'finish_reason': 'stop'}
    """

    index: int = 0
    message: Message = field(default_factory=Message)
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the choice in the provider's own shape (a fresh `dict`).

        A choice that you created has the shape of chat completions.
        """
        return self._to_dict()

    def _from_fields(self) -> dict[str, Any]:
        reason = self.finish_reason if self.raw_finish_reason is None else self.raw_finish_reason
        return {"index": self.index, "message": self.message.to_dict(), "finish_reason": reason}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Completion(Result):
    """The message of a stream: complete, or so far. At the end its fields are made when one is first read.

    Attributes:
        id: the provider's id, or None.
        model: the model that answered, or None.
        created: seconds since 1970, or None.
        choices: the answers in order of their index; `message`, `text`, `reasoning`,
            `refusal`, `tool_calls` and `finish_reason` are those of the first.
        usage: the provider's own token counts (`dict`), or None. Changing it changes nothing else.
        dialect: the wire shape, as in ``"openai-chat"``; None if nothing was recognised.
        complete: True if nothing is missing: every choice has a finish_reason or the terminator
            arrived, with no error before it, and the bytes were not truncated.

    >>> import ssemble
    >>> body = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}'
    >>> completion = ssemble.assemble(body)
    >>> completion.text, completion.finish_reason, completion.complete
    ('Hi', 'stop', True)
    """

    id: str | None = None
    model: str | None = None
    created: int | None = None
    choices: tuple[Choice, ...] = ()
    usage: dict[str, Any] | None = None
    dialect: str | None = None
    complete: bool = False

    def _first(self) -> Choice:
        return self.choices[0] if self.choices else Choice()

    @property
    def message(self) -> Message:
        """The first choice's message; an empty one if there is no choice."""
        return self._first().message

    @property
    def text(self) -> str:
        """All text of the first choice."""
        return self._first().message.text

    @property
    def reasoning(self) -> str:
        """All reasoning of the first choice."""
        return self._first().message.reasoning

    @property
    def refusal(self) -> str:
        """All refusal text of the first choice."""
        return self._first().message.refusal

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls of the first choice."""
        return self._first().message.tool_calls

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the first choice ended; None before the end."""
        return self._first().finish_reason

    @property
    def tokens(self) -> Tokens:
        """The token counts of `usage`, in words that all dialects share.

        >>> Completion(usage={"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}).tokens.output
        2
        """
        from .tokens import tokens_of  # not at the top: many programs never ask

        return tokens_of(self.usage, self.dialect)

    @property
    def extra(self) -> dict[str, Any]:
        """The provider's top-level fields that no attribute has, by their own names (a fresh `dict`).

        >>> import ssemble
        >>> body = b'data: {"service_tier": "flex", "choices": [{"delta": {}, "finish_reason": "stop"}]}'
        >>> ssemble.assemble(body).extra
        {'service_tier': 'flex'}
        """
        return {key: value for key, value in self.to_dict().items() if key not in TOLD}

    def events(self, size: int | None = None) -> Iterator[StreamEvent]:
        """Yield the message as the events of a stream, for a replay; `write_events` makes bytes of them.

        A choice without a finish_reason has no `ChoiceEnd`, and an open call no `ToolCallEnd`.

        Args:
            size: the most characters of a text in one event; None gives each text in one piece.

        Raises:
            ValueError: ``size`` is less than 1.

        >>> completion = Completion(choices=(Choice(message=Message(text="Hello"), finish_reason="stop"),))
        >>> [event.text for event in completion.events(3) if event.type == "text.delta"]
        ['Hel', 'lo']
        """
        if size is not None and size < 1:
            raise ValueError(f"size is {size}: give 1 or more, or None")
        # By name, as the readers are: they stand on this module.
        replayed: Iterator[StreamEvent] = import_module("..._replay", __name__).replay(self, size)
        return replayed

    def to_dict(self) -> dict[str, Any]:
        """Return the object that the provider returns without streaming.

        Returns:
            A fresh `dict` in the provider's own shape, including unknown fields; ``{}`` if a stream
            had no message. A completion that you created has the shape of chat completions.
            (https://platform.openai.com/docs/api-reference/chat/object)
        """
        return self._to_dict()

    def _from_fields(self) -> dict[str, Any]:
        head = {"id": self.id, "object": "chat.completion", "created": self.created, "model": self.model}
        found: dict[str, Any] = {key: value for key, value in head.items() if value is not None}
        found["choices"] = [choice.to_dict() for choice in self.choices]
        return found if self.usage is None else {**found, "usage": copied(self.usage)}
