"""The choices so far, in the provider's shape and as typed objects."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..._errors import StreamError
from ..._model.budget import SizeBudget
from ..._model.completion import Choice
from ..._model.message import Message
from ..._model.result import Raw, with_raw
from .choice import ChoiceState
from .context import MessageContext
from .merge import to_json


class Once:
    """JSON of a completion that is made when a part of it is first wanted."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make
        self._made: dict[str, Any] | None = None

    def __call__(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def choice(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self()["choices"][number]
        return found

    def message(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.choice(number)["message"]
        return found


def choice_json(choice: ChoiceState) -> dict[str, Any]:
    """Return the choice so far in the provider's shape."""
    full = _with_full_message(choice)
    fields = to_json(full.fields)
    logprobs = fields.get("logprobs")
    if isinstance(logprobs, dict) and all(value is None for value in logprobs.values()):
        fields["logprobs"] = None
    return {
        "index": full.index,
        "message": _message(full),
        "finish_reason": to_json(full.finish_reason),
        **fields,
    }


def choice_view(choice: ChoiceState, raw: Raw, body: Raw) -> Choice:
    """Return the choice as typed objects.

    Args:
        raw: the result of `choice_json`.
        body: the message in it.
    """
    full = _with_full_message(choice)
    calls = tuple([call.view() for calls in full.all_calls() for call in calls.real() if not call.foreign])
    text, reasoning, refusal = full.text.to_json(), full.reasoning, full.refusal
    refused = "" if refusal is None else refusal.to_json()
    if isinstance(body, dict) and full.adopted is None:
        # While the stream is open, the views show the very texts of the JSON: another thread may add to them.
        # But a full message may have more text than the events, if an error ended it while it was processed.
        text = body["content"] if type(body.get("content")) is str else text
        refused = body["refusal"] if type(body.get("refusal")) is str else refused
    role = (full.role or "assistant") if full.adopted is None else full.adopted.get("role", "assistant")
    role = role if isinstance(role, str) else "assistant"
    thoughts = "" if reasoning is None else reasoning.to_json()
    message = with_raw(Message(role, text, thoughts, refused, calls), body)
    return with_raw(Choice(choice.index, message, full.shared_reason(), full.raw_reason()), raw)


def _message(choice: ChoiceState) -> dict[str, Any]:
    content = None if choice.content is None else choice.content.to_json()
    if choice.adopted is not None:
        adopted = {"role": "assistant", **to_json(choice.adopted)}
        if adopted.get("content") is None and content is not None:
            adopted["content"] = content  # a null erases nothing that a delta said
        return adopted
    message = {"role": to_json(choice.role) or "assistant", "content": content, **to_json(choice.message)}
    if choice.function is not None and (function := choice.function.real()):
        message["function_call"] = function[0].to_json()["function"]
    if choice.calls is not None and (calls := choice.calls.real()):
        message["tool_calls"] = [call.to_json() for call in calls]
    return message


def _with_full_message(choice: ChoiceState) -> ChoiceState:
    """Return this choice; if only a full message arrived, a new choice that was filled from it."""
    full_message = choice.full_message
    if full_message is None or choice.saw_delta:
        return choice
    context = choice.context
    budget = SizeBudget(context.budget.limit)
    budget.size = context.budget.size
    full = ChoiceState(choice.index, MessageContext(budget, context.max_tool_calls, context.cumulative))
    full.role, full.finish_reason, full.fields = choice.role, choice.finish_reason, choice.fields
    full.message = to_json(choice.message)
    full.content = None if choice.content is None else full.text
    full.full_message, full.full_message_size, full.unstreamed = (
        full_message,
        choice.full_message_size,
        choice.unstreamed,
    )
    with contextlib.suppress(StreamError):
        full.adopt_full_message([])
    return full
