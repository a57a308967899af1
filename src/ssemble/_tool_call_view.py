"""Tool calls as they fill in, on standard output."""

from __future__ import annotations

from time import monotonic
from typing import Any
from unicodedata import east_asian_width

from ._completion import ToolCall
from ._dialects._partial_call import PartialToolCall
from ._events import ToolCallDelta, ToolCallEnd, ToolCallStart
from ._partial import PartialJSON
from ._stream import MessageStream
from ._strict_json import dumps
from ._terminal import ON_A_LINE, Output, escaped

REDRAW_INTERVAL = 0.05  # seconds between two drawings
MAX_DRAW_SHARE = 0.1  # of the time, at most, goes into drawing: a long line takes long
Place = tuple[int, int]  # choice, index


class ToolCallView:
    """Each call on a line that is drawn again and again; elsewhere than on a terminal, a line for each finished value.

    A value is finished where it can be used: text, numbers and the like at the top of the
    arguments, and whole items of the lists and objects there.
    """

    def __init__(self, out: Output, stream: MessageStream, head: dict[str, Any]) -> None:
        self.out, self.stream = out, stream
        self.head = head  # of each line of JSON
        self.open: dict[Place, CompletedValues] = {}
        self.drawn: Place | None = None  # what stands on the last line
        self.next = 0.0  # when it may be drawn again

    def show(self, event: Any) -> None:
        if isinstance(event, ToolCallStart):
            self.open[event.choice, event.index] = CompletedValues(self.stream.tool_call(event.choice, event.index))
        elif isinstance(event, ToolCallDelta):
            self._change(event.choice, event.index)
        elif isinstance(event, ToolCallEnd):
            finished = self.open.pop((event.choice, event.index))
            self._end(event.choice, finished, event.tool_call)

    def end(self) -> None:
        """The stream is over; what is still open was cut short."""
        for (choice, _), finished in self.open.items():
            self._end(choice, finished, finished.call.view())
        self.open.clear()

    def _change(self, choice: int, index: int) -> None:
        finished = self.open.get((choice, index))
        if finished is None:
            return  # more arguments behind their end
        if not self.out.draws:
            self._lines(choice, finished)
        elif (begun := monotonic()) >= self.next:
            self._draw((choice, index), finished.call.name, safe_repr(finished.call.partial_arguments))
            now = monotonic()
            self.next = now + max(REDRAW_INTERVAL, (now - begun) / MAX_DRAW_SHARE)

    def _end(self, choice: int, finished: CompletedValues, call: ToolCall) -> None:
        whole = call.parse_arguments() if call.complete and call.type != "custom" else call.arguments
        if self.out.draws:
            state = "" if call.complete else "  (not JSON)" if call.closed else "  (cut short)"
            text = dumps(whole) if call.complete else safe_repr(finished.call.partial_arguments)
            self._draw((choice, call.index), call.name, text + state)
            self.out.end_line()
            self.drawn, self.next = None, 0.0
        else:
            self._lines(choice, finished)
            self._line(choice, call.index, call.name, {"arguments": whole, "complete": call.complete})

    def _lines(self, choice: int, finished: CompletedValues) -> None:
        for path, value in finished.read():
            self._line(choice, finished.call.index, finished.call.name, {"path": path, "value": value})

    def _line(self, choice: int, index: int, name: str, facts: dict[str, Any]) -> None:
        line = {**self.head, "choice": choice, "index": index, "name": name, **facts}
        self.out.write(dumps(line) + "\n")

    def _draw(self, place: Place, name: str, text: str) -> None:
        if self.drawn not in (None, place):
            self.out.end_line()
        # Escaped first, since what is escaped takes more room.
        name, text = (escaped(part, table=ON_A_LINE) for part in (name, text))
        self.out.redraw(fitted(name, text, self.out.columns - 1))
        self.drawn = place


class CompletedValues:
    """The values of a call that can be used, as they are finished."""

    def __init__(self, call: PartialToolCall) -> None:
        self.call = call
        arguments = call.partial_arguments
        self.watches = arguments.watch("*"), arguments.watch("*", "*")

    def read(self) -> list[tuple[tuple[str | int, ...], Any]]:
        top, items = (watch.read() for watch in self.watches)
        # Of a list or an object the items are told, if it has any.
        found = items + [(path, value) for path, value in top if not (value and isinstance(value, (dict, list)))]
        places = self._places({path[0] for path, _ in found}) if len(found) > 1 else {}
        return sorted(found, key=lambda pair: places[pair[0][0]] if places else 0)

    def _places(self, steps: set[str | int]) -> dict[str | int, int]:
        """Where these stand in the arguments, counted from the end, where what is new is."""
        value = self.call.partial_arguments.value
        backwards = reversed(value if isinstance(value, dict) else range(len(value)))
        places: dict[str | int, int] = {}
        while len(places) < len(steps):
            step = next(backwards)
            if step in steps:
                places[step] = -len(places)
        return places


def safe_repr(arguments: PartialJSON) -> str:
    """Write the value so far as JSON."""
    return dumps(arguments.value) if arguments.started else ""


def fitted(name: str, text: str, columns: int) -> str:
    """Fit a name and a text into one line, or the terminal wraps it and the next drawing misses its beginning.

    Args:
        name: its beginning is shown, in half of the line if the text needs the rest.
        text: its end is shown, where it grows.
        columns: of the line.
    """
    whole = f"{name} {text}"
    if _width(whole) <= columns:
        return whole
    if _width(name) > columns // 2:
        name = _beginning(name, max(columns // 2, columns - _width(text) - 1) - 1) + "…"
    head = f"{name} "
    room = columns - _width(head)
    if _width(text) <= room:
        return head + text
    return head + ("…" + _beginning(text[::-1], room - 1)[::-1] if room > 0 else "")


def _beginning(text: str, columns: int) -> str:
    """Cut a text behind the last character that fits."""
    at = 0
    while at < len(text) and (columns := columns - _width(text[at])) >= 0:
        at += 1
    return text[:at]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
