"""The live view of tool calls on standard output (``--arguments``)."""

from __future__ import annotations

from time import monotonic
from typing import Any
from unicodedata import east_asian_width

from .._dialects.partial_call import PartialToolCall
from .._model.events import ToolCallDelta, ToolCallEnd, ToolCallStart
from .._model.message import ToolCall
from .._partial.json import PartialJSON
from .._stream import MessageStream
from .._strict_json import dumps
from .terminal import ON_A_LINE, Output, escaped

REDRAW_INTERVAL = 0.05  # seconds, at least, between two redraws
MAX_DRAW_SHARE = 0.1  # of the running time: drawing a long line is slow
CallKey = tuple[int, int]  # choice, index


class ToolCallView:
    """Shows tool calls while their arguments arrive.

    On a terminal each call has one line that is redrawn in place. Elsewhere each completed value is
    printed as a line of JSON: strings, numbers and other scalars at the top level of the arguments,
    and complete items of lists and objects there.
    """

    def __init__(self, out: Output, stream: MessageStream, head: dict[str, Any]) -> None:
        self.out, self.stream = out, stream
        self.head = head  # keys put first in each line of JSON
        self.open: dict[CallKey, CompletedValues] = {}
        self.drawn: CallKey | None = None  # the call shown on the current line
        self.next_redraw = 0.0  # not before this time

    def show(self, event: Any) -> None:
        if isinstance(event, ToolCallStart):
            self.open[event.choice, event.index] = CompletedValues(self.stream.tool_call(event.choice, event.index))
        elif isinstance(event, ToolCallDelta):
            self._change(event.choice, event.index)
        elif isinstance(event, ToolCallEnd):
            values = self.open.pop((event.choice, event.index))
            self._end(event.choice, values, event.tool_call)

    def end(self) -> None:
        """The stream has ended: print the calls that are still open as truncated."""
        for (choice, _), values in self.open.items():
            self._end(choice, values, values.call.view())
        self.open.clear()

    def _change(self, choice: int, index: int) -> None:
        values = self.open.get((choice, index))
        if values is None:
            return  # arguments after the end of their call
        if not self.out.draws:
            self._lines(choice, values)
        elif (started := monotonic()) >= self.next_redraw:
            self._draw((choice, index), values.call.name, partial_text(values.call.partial_arguments))
            now = monotonic()
            self.next_redraw = now + max(REDRAW_INTERVAL, (now - started) / MAX_DRAW_SHARE)

    def _end(self, choice: int, values: CompletedValues, call: ToolCall) -> None:
        arguments = call.parse_arguments() if call.complete and call.type != "custom" else call.arguments
        if self.out.draws:
            state = "" if call.complete else "  (not JSON)" if call.closed else "  (truncated)"
            text = dumps(arguments) if call.complete else partial_text(values.call.partial_arguments)
            self._draw((choice, call.index), call.name, text + state)
            self.out.end_line()
            self.drawn, self.next_redraw = None, 0.0
        else:
            self._lines(choice, values)
            self._line(choice, call.index, call.name, {"arguments": arguments, "complete": call.complete})

    def _lines(self, choice: int, values: CompletedValues) -> None:
        for path, value in values.read():
            self._line(choice, values.call.index, values.call.name, {"path": path, "value": value})

    def _line(self, choice: int, index: int, name: str, facts: dict[str, Any]) -> None:
        line = {**self.head, "choice": choice, "index": index, "name": name, **facts}
        self.out.write(dumps(line) + "\n")

    def _draw(self, key: CallKey, name: str, text: str) -> None:
        if self.drawn not in (None, key):
            self.out.end_line()
        # Escape before fitting, since escapes are longer.
        name, text = (escaped(part, table=ON_A_LINE) for part in (name, text))
        self.out.redraw(fit_line(name, text, self.out.columns - 1))
        self.drawn = key


class CompletedValues:
    """The values of one call's arguments as they become complete."""

    def __init__(self, call: PartialToolCall) -> None:
        self.call = call
        arguments = call.partial_arguments
        self.watches = arguments.watch("*"), arguments.watch("*", "*")

    def read(self) -> list[tuple[tuple[str | int, ...], Any]]:
        top, items = (watch.read() for watch in self.watches)
        # A list or object is reported through its items, unless it is empty.
        found = items + [(path, value) for path, value in top if not (value and isinstance(value, (dict, list)))]
        order = self._positions({path[0] for path, _ in found}) if len(found) > 1 else {}
        return sorted(found, key=lambda pair: order[pair[0][0]] if order else 0)

    def _positions(self, steps: set[str | int]) -> dict[str | int, int]:
        """Positions of these keys in the arguments, counted back from the end, where new values are."""
        value = self.call.partial_arguments.value
        backwards = reversed(value if isinstance(value, dict) else range(len(value)))
        positions: dict[str | int, int] = {}
        while len(positions) < len(steps):
            step = next(backwards)
            if step in steps:
                positions[step] = -len(positions)
        return positions


def partial_text(arguments: PartialJSON) -> str:
    """Return the value so far as JSON text."""
    return dumps(arguments.value) if arguments.started else ""


def fit_line(name: str, text: str, columns: int) -> str:
    """Shorten a name and a text to one line; a wrapped line could not be redrawn.

    Args:
        name: shortened at its end, to half the line if the text needs the rest.
        text: shortened at its beginning, since it grows at the end.
        columns: width of the line.
    """
    line = f"{name} {text}"
    if _width(line) <= columns:
        return line
    if _width(name) > columns // 2:
        name = _truncate(name, max(columns // 2, columns - _width(text) - 1) - 1) + "…"
    head = f"{name} "
    remaining = columns - _width(head)
    if _width(text) <= remaining:
        return head + text
    return head + ("…" + _truncate(text[::-1], remaining - 1)[::-1] if remaining > 0 else "")


def _truncate(text: str, columns: int) -> str:
    """Return the longest beginning of the text that fits."""
    at = 0
    while at < len(text) and (columns := columns - _width(text[at])) >= 0:
        at += 1
    return text[:at]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
