"""The message so far as a `Completion`."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._copied import copied
from ..._model.completion import Choice, Completion, FinishReason
from ..._model.message import Message
from ..._model.result import with_raw
from ..fields import text_or_repr
from .blocks import TEXT, THINKING, Block

FINISH_WORDS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "pause_turn": "pause",  # a server tool runs on when the message is sent back
    "compaction": "pause",
}


def completion_of(fields: dict[str, Any], blocks: list[Block], complete: bool, final: bool) -> Completion:
    """Make the result. Another thread may be adding to the message.

    Args:
        fields: the message without its content.
        blocks: its content.
        complete: nothing is missing.
        final: nothing will change any more, so that the JSON can be made when it is wanted.
    """
    made = Made(fields, blocks)
    if not final:
        made()
    role = fields.get("role")
    message = Message(
        role if isinstance(role, str) else "assistant",
        "".join([block.text.to_json() for block in blocks if block.kind == TEXT]),
        "".join([block.text.to_json() for block in blocks if block.kind == THINKING]),
        tool_calls=tuple(
            with_raw(block.call.view(), partial(Made.block, made, at))
            for at, block in enumerate(blocks)
            if block.call is not None
        ),
    )
    choice = Choice(0, with_raw(message, made.turn), *reason_of(fields.get("stop_reason")))
    completion = Completion(
        id=text_or_repr(fields.get("id")),
        model=text_or_repr(fields.get("model")),
        choices=(with_raw(choice, made),),
        usage=copied(fields["usage"]) or None,
        dialect="anthropic",
        complete=complete,
    )
    return with_raw(completion, made)


def reason_of(stop_reason: Any) -> tuple[FinishReason | None, str | None]:
    """Return why a message ended, in the shared words and in the provider's."""
    raw = text_or_repr(stop_reason or None)
    return None if raw is None else FINISH_WORDS.get(raw, "other"), raw


class Made:
    """The JSON of a completion, made when it is first wanted."""

    __slots__ = ("_blocks", "_fields", "_made")

    def __init__(self, fields: dict[str, Any], blocks: list[Block]) -> None:
        self._fields = fields
        self._blocks = blocks
        self._made: dict[str, Any] | None = None

    def __call__(self) -> dict[str, Any]:
        if self._made is None:
            self._made = {**copied(self._fields), "content": [block.to_json() for block in self._blocks]}
        return self._made

    def block(self, at: int) -> dict[str, Any]:
        found: dict[str, Any] = self()["content"][at]
        return found

    def turn(self) -> dict[str, Any]:
        """The message as it is sent back."""
        return {key: value for key, value in self().items() if key in ("role", "content")}
