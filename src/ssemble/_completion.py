"""The finished message: typed, read-only views that every dialect shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ._errors import DECODER_BUGS, IncompleteJSON, JSONTextError, MalformedJSON, excerpt
from ._partial import PartialJSON
from ._partial_reading import DECODERS


def _place(error: Exception, text: str) -> int:
    """Return where in the text a decoder's error says it is at fault; 0 if it does not."""
    pos = getattr(error, "pos", None)
    return pos if type(pos) is int and 0 <= pos <= len(text) else 0


def copy_json(value: Any) -> Any:
    """Copy JSON all the way down, so that neither side sees the other's changes."""
    if type(value) is dict:
        return {key: copy_json(item) for key, item in value.items()}
    if type(value) is list:
        return [copy_json(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool that the model asks for.

    Attributes:
        id: the provider's id, or None if none was sent.
        type: ``"function"`` or ``"custom"``.
        name: name of the tool.
        arguments: the exact text received; of a custom tool, its input.
        index: ordinal of the call within its choice, in order of first appearance.
        closed: the wire said that the call is over. A call that is whole is closed by the next
            one, by any finish_reason or by the terminator; any other, as one whose arguments have
            not begun, only by a finish_reason of ``"stop"`` or ``"tool_calls"``.
    """

    id: str | None
    type: str
    name: str
    arguments: str
    index: int = 0
    closed: bool = True
    _raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def complete(self) -> bool:
        """True if the wire closed the call and `parse_arguments` can parse its arguments.

        A length limit can cut arguments although the finish_reason says ``tool_calls``,
        so the text itself is looked at. The input of a custom tool is free text.
        """
        if not self.closed or self.type == "custom":
            return self.closed
        try:
            self.parse_arguments()
        except JSONTextError:
            return False
        return True

    def parse_arguments(self, loads: Callable[[str], Any] | None = None, *, strict: bool = False) -> Any:
        """Decode the arguments; nothing is guessed.

        Args:
            loads: a JSON decoder to use instead of `json`.
            strict: refuse raw control characters in strings, as `json.loads` does. Models write
                them often, above all line ends, and what they mean is certain. It is for `json`
                alone: another decoder decides for itself.

        Returns:
            The arguments; ``{}`` if the text of a closed call is empty, as tools without parameters send it.

        Raises:
            IncompleteJSON: the text was cut short, as by a length limit, so a truncated command
                is never run; or it had not begun when the stream was cut.
            MalformedJSON: the model wrote something else than JSON. Both are `JSONTextError`.

        >>> ToolCall("c1", "function", "add", '{"a": 1}').parse_arguments()
        {'a': 1}
        """
        if not self.arguments.strip():
            if self.closed:
                return {}
            loads = None  # a lenient decoder could make something of nothing
        try:
            return (loads or DECODERS[strict].decode)(self.arguments)
        except DECODER_BUGS:
            raise
        except Exception as error:  # a decoder of the caller's choice raises what it likes
            raise self._unreadable(error, strict and loads is None) from error

    def _unreadable(self, error: Exception, strict: bool) -> JSONTextError:
        partial = PartialJSON(strict=strict)
        partial.feed(self.arguments)
        fault = partial.error
        cut = fault is None and not partial.complete
        what = f"the arguments of {excerpt(self.name or 'a call')} {'were cut short' if cut else 'are not JSON'}"
        if cut:
            pos = len(self.arguments)
            return IncompleteJSON(f"{what} at character {pos}: {excerpt(self.arguments)}; ask for them again", pos=pos)
        pos = fault.pos if fault is not None else _place(error, self.arguments)
        return MalformedJSON(f"{what} at character {pos}: {excerpt(self.arguments)}; ask for them again", pos=pos)

    def to_dict(self) -> dict[str, Any]:
        """Return the call in the provider's own shape (a fresh `dict`)."""
        return copy_json(self._raw)  # type: ignore[no-any-return]  # a dict's copy is a dict


@dataclass(frozen=True, slots=True)
class Message:
    """What the model said in one choice.

    Attributes:
        role: ``"assistant"``, unless the provider says otherwise.
        text: all text, ``""`` if there is none.
        reasoning: all reasoning that was sent, ``""`` if none.
        refusal: all refusal text, ``""`` if none.
        tool_calls: the calls, in the provider's order.
    """

    role: str = "assistant"
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    _raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the message in the provider's own shape (a fresh `dict`), ready for the history."""
        return copy_json(self._raw)  # type: ignore[no-any-return]  # a dict's copy is a dict


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers of a completion.

    Attributes:
        index: the wire's choice index.
        message: the answer.
        finish_reason: why it ended, in words that all dialects share: ``"stop"``, ``"length"``,
            ``"tool_calls"``, ``"content_filter"``, ``"error"``, ``"other"``; None before the end.
        raw_finish_reason: the provider's own word for it.
    """

    index: int = 0
    message: Message = field(default_factory=Message)
    finish_reason: str | None = None
    raw_finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """The message that a stream adds up to, whole or so far.

    Attributes:
        id: the provider's id, or None.
        model: the model that answered, or None.
        created: seconds since 1970, or None.
        choices: the answers in order of their index; `message`, `text`, `reasoning`,
            `refusal`, `tool_calls` and `finish_reason` are those of the first.
        usage: the provider's own token counts (`dict`), or None.
        dialect: the wire shape, as in ``"openai-chat"``; None if nothing was recognised.
        complete: True if nothing is missing: every choice has a finish_reason or the terminator
            came, no error came before that, and the bytes were not cut.
    """

    id: str | None = None
    model: str | None = None
    created: int | None = None
    choices: tuple[Choice, ...] = ()
    usage: dict[str, Any] | None = None
    dialect: str | None = None
    complete: bool = False
    _raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def _first(self) -> Choice:
        return self.choices[0] if self.choices else Choice()

    @property
    def message(self) -> Message:
        """The first choice's message; an empty one if there is no choice."""
        return self._first().message

    @property
    def text(self) -> str:
        return self._first().message.text

    @property
    def reasoning(self) -> str:
        return self._first().message.reasoning

    @property
    def refusal(self) -> str:
        return self._first().message.refusal

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return self._first().message.tool_calls

    @property
    def finish_reason(self) -> str | None:
        return self._first().finish_reason

    def to_dict(self) -> dict[str, Any]:
        """Return what the same call gives without streaming.

        Returns:
            A fresh `dict` in the provider's own shape, unknown fields included.
            (https://platform.openai.com/docs/api-reference/chat/object)
        """
        return copy_json(self._raw)  # type: ignore[no-any-return]  # a dict's copy is a dict
