"""One answer and its tool calls, as typed, read-only objects that all dialects share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._errors import IncompleteJSON, JSONTextError, quote
from .result import Result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ToolCall(Result):
    """A tool call that the model requests.

    Attributes:
        id: the provider's id, or None if none was sent.
        type: ``"function"`` or ``"custom"``.
        name: name of the tool.
        arguments: the exact text received; of a custom tool, its input.
        index: ordinal of the call within its choice, in order of first appearance.
        closed: the wire ended the call. A call with complete arguments is closed by the next call,
            by any finish_reason or by the terminator. Any other call, for example one without
            arguments, is closed only by a finish_reason of ``"stop"`` or ``"tool_calls"``.
    """

    id: str | None
    type: str
    name: str
    arguments: str
    index: int = 0
    closed: bool = True

    @property
    def complete(self) -> bool:
        """True if the wire closed the call and `parse_arguments` can parse its arguments.

        A length limit can truncate arguments although the finish_reason is ``tool_calls``, so the
        text itself is parsed. The input of a custom tool is free text.
        """
        if not self.closed or self.type == "custom":
            return self.closed
        try:
            self._parsed()
        except JSONTextError:
            return False
        return True

    def parse_arguments(self, loads: Callable[[str], Any] | None = None, *, strict: bool = False) -> Any:
        """Decode the arguments. They are never guessed or completed.

        Args:
            loads: a JSON decoder to use instead of `json`.
            strict: reject raw control characters in strings, as `json.loads` does. Models often write
                them, mostly line ends, and their meaning is clear. It has no effect on another
                decoder.

        Returns:
            The arguments; ``{}`` if the text of a closed call is empty, as for tools without parameters.

        Raises:
            IncompleteJSON: the wire did not close the call, so more of it may be missing even if the text
                is JSON so far; or it closed the call, but the text is truncated, as by a length limit. A
                truncated command is never run.
            MalformedJSON: the model wrote something other than JSON. Both are `JSONTextError`.

        >>> ToolCall("c1", "function", "add", '{"a": 1}').parse_arguments()
        {'a': 1}
        """
        found = self._parsed(loads, strict)
        if not self.closed:
            end = len(self.arguments)
            message = f"{self._what()} whole so far, but the provider did not close the call: more may be missing"
            raise IncompleteJSON(message, pos=end)
        return found

    def arguments_or_text(self) -> Any:
        """Return the decoded arguments or, if they cannot be decoded, their text; None if there is none.

        It never raises, and is for logs and traces: run a call only with what `parse_arguments` returns.

        >>> ToolCall("c1", "function", "add", '{"a": 1}').arguments_or_text()
        {'a': 1}
        >>> ToolCall("c1", "function", "add", '{"a": ').arguments_or_text()
        '{"a": '
        """
        if self.type != "custom":
            try:
                return self._parsed()
            except JSONTextError:
                pass
        return self.arguments or None

    def _what(self) -> str:
        return f"the arguments of {quote(self.name or 'a call')} are"

    def _parsed(self, loads: Callable[[str], Any] | None = None, strict: bool = False) -> Any:
        """Decode the arguments, whether more may come or not."""
        if self.closed and not self.arguments.strip():
            return {}
        from .._partial.text import parse_text  # not at the top: not every program has tools

        return parse_text(self.arguments, self._what(), loads, strict)

    def to_dict(self) -> dict[str, Any]:
        """Return the call in the provider's own shape (a fresh `dict`).

        A call that you created has the shape of chat completions.

        >>> ToolCall("c1", "function", "add", '{"a": 1}').to_dict()
        {'id': 'c1', 'type': 'function', 'function': {'name': 'add', 'arguments': '{"a": 1}'}}
        """
        return self._to_dict()

    def _from_fields(self) -> dict[str, Any]:
        key, text = ("custom", "input") if self.type == "custom" else ("function", "arguments")
        return {"id": self.id, "type": self.type, key: {"name": self.name, text: self.arguments}}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Message(Result):
    """The message of one choice.

    Attributes:
        role: ``"assistant"``, unless the provider sends another role.
        text: all text, ``""`` if there is none.
        reasoning: all reasoning that was sent, ``""`` if there is none.
        refusal: all refusal text, ``""`` if there is none.
        tool_calls: the calls, in the provider's order.
    """

    role: str = "assistant"
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()

    def parse_json(self, loads: Callable[[str], Any] | None = None, *, strict: bool = False) -> Any:
        """Decode the text as JSON, for structured output. It is never guessed or completed.

        Args:
            loads: a JSON decoder to use instead of `json`.
            strict: reject raw control characters in strings, as in `ToolCall.parse_arguments`.

        Returns:
            The value.

        Raises:
            IncompleteJSON: the text was truncated, for example by a length limit, or is empty.
            MalformedJSON: the model wrote something other than JSON. Both are `JSONTextError`.

        >>> Message(text='{"city": "Paris"}').parse_json()
        {'city': 'Paris'}
        """
        from .._partial.text import parse_text

        return parse_text(self.text, "the text is", loads, strict)

    def to_dict(self, *, complete: bool = False) -> dict[str, Any]:
        """Return the message in the provider's own shape (a fresh `dict`), ready for the history.

        A message that you created has the shape of chat completions.

        Args:
            complete: omit calls that are not `complete <ToolCall.complete>`: servers reject a
                history with a call whose arguments are not JSON. Entries that are not a `ToolCall`,
                such as those of an unknown type, stay. If no call is left, ``tool_calls`` is omitted,
                and a content of None becomes ``""``.

        >>> Message(text="hi").to_dict()
        {'role': 'assistant', 'content': 'hi'}
        >>> Message(text="hi", tool_calls=(ToolCall("c1", "function", "add", '{"a'),)).to_dict(complete=True)
        {'role': 'assistant', 'content': 'hi'}
        """
        message = self._to_dict()
        if complete:
            for call in reversed(self.tool_calls):
                if not call.complete:
                    _leave_out(message, call)
            _leave_out_truncated(message)
            if not message.get("tool_calls"):
                message.pop("tool_calls", None)
                if message.get("content") is None and self.tool_calls and "function_call" not in message:
                    message["content"] = ""
        return message

    def _from_fields(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": self.role, "content": self.text}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning  # the name that most servers use
        if self.refusal:
            message["refusal"] = self.refusal
        if self.tool_calls:
            message["tool_calls"] = [call.to_dict() for call in self.tool_calls]
        if not self.text and (self.refusal or self.tool_calls):
            message["content"] = None
        return message


def _leave_out(message: dict[str, Any], call: ToolCall) -> None:
    """Delete a call from the JSON of its message: the last entry that looks like it."""
    raw = call._json()
    for entries in message.values():
        if raw is not None and isinstance(entries, list) and raw in entries:
            entries.remove(raw)
            return
    entries = message.get("tool_calls")
    if isinstance(entries, list):
        for at in reversed(range(len(entries))):
            if _is_entry(entries[at], call):
                del entries[at]
                return
    if _is_entry({"function": message.get("function_call")}, call):
        del message["function_call"]


def _leave_out_truncated(message: dict[str, Any]) -> None:
    """Delete the entries whose arguments are not JSON, for example of two entries that were merged into one call."""
    entries = message.get("tool_calls")
    if isinstance(entries, list):
        message["tool_calls"] = [entry for entry in entries if not _is_truncated(entry)]
    if _is_truncated({"function": message.get("function_call")}):
        del message["function_call"]


def _is_truncated(entry: Any) -> bool:
    body = entry.get("function") if isinstance(entry, dict) else None
    text = body.get("arguments") if isinstance(body, dict) else None
    return isinstance(text, str) and not ToolCall(None, "function", "", text).complete


def _is_entry(entry: Any, call: ToolCall) -> bool:
    """True if an entry of ``tool_calls`` can be this call; a server may send arguments as an object."""
    if not isinstance(entry, dict) or (entry.get("id") or None) != call.id:
        return False
    body = entry.get("function") or entry.get("custom")
    if not isinstance(body, dict) or (body.get("name") or "") != call.name:
        return False
    text = body.get("arguments", body.get("input", ""))
    return text == call.arguments or not isinstance(text, str)
