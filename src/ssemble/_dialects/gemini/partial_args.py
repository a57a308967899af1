"""A call whose arguments arrive as values at JSON paths, as Vertex AI streams them.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..._model.budget import CONTAINER, MAX_DEPTH, SizeBudget, size_of
from ..._model.text import Text
from ..._pickling import Picklable
from ..fields import Fields
from ..live_call import LiveCall
from ..tree import to_json
from .fields import COMPACT, json_text

LARGEST_INDEX = 10_000
STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""")
ESCAPE = re.compile(r'\\.|"')
REQUOTED = {"\\'": "'", '"': '\\"'}
Step = str | int
MISSING: Any = object()


class StreamedCall(Picklable):
    """The arguments of an open call, as an object and as the text that was given out.

    The text is compact JSON of the arguments so far, without the brackets at its end, and without the
    last quote if the string goes on. It can only grow if each value comes behind the last one; if one
    does not, no more text is given out before the end.

    Attributes:
        live: the call.
        part: the part of the message that the call is in.
        args: the arguments so far; a string that grows is a `Text`.
        linear: the text so far is the beginning of the arguments.
    """

    __slots__ = (
        "_budget", "_is_text", "_last", "_path", "_quote", "_spine", "args", "linear", "live", "part",
    )  # fmt: skip

    def __init__(self, live: LiveCall, part: Fields, args: Fields, budget: SizeBudget) -> None:
        self.live = live
        self.part = part
        self.args = args
        self.linear = True
        self._budget = budget
        self._path: tuple[str, list[Step] | None] = ("", None)  # the last path, and its steps
        self._last: Step | None = None  # the last key of the innermost container of the spine
        self._is_text = False  # the last value is a string
        self._quote = False  # and it goes on
        self._spine: list[Any] = [args]  # the containers that are still open in the text
        while inner := list(self._spine[-1].items() if type(self._spine[-1]) is dict else enumerate(self._spine[-1])):
            self._last, value = inner[-1]
            if type(value) not in (dict, list):
                self._is_text = isinstance(value, str)
                break
            self._spine.append(value)

    def beginning(self) -> str:
        """Return the text of the arguments that came with the name."""
        return json_text(self.args, COMPACT).rstrip("}]") if self.args else ""

    def fill(self, args: Fields) -> str:
        """Add the arguments that are missing; return the new text."""
        missing = [(key, self._budget.copy(value)) for key, value in args.items() if key not in self.args]
        return "".join([self._add(self.args, 0, [key], value, False) for key, value in missing])

    def apply(self, entry: Any) -> str:
        """Apply a partial argument; return the new text. What has no value or no usable path is skipped."""
        if not isinstance(entry, dict):
            return ""
        value = _value_of(entry)
        path = entry.get("jsonPath")
        if value is MISSING or not isinstance(path, str):
            return ""
        if path != self._path[0]:
            self._path = (path, steps_of(path))
        steps = self._path[1]
        return "" if steps is None else self._set(steps, value, entry.get("willContinue") is True)

    def end(self) -> str:
        """Return the rest of the text; if the text is not linear, put the true text in its place."""
        if self.linear:
            return self._closing(0) if self.live.arguments.size else json_text(self.args, COMPACT)
        self.live.arguments = Text()
        self.live.feed = None  # it holds the text that was given out
        self.live.append(json_text(to_json(self.args), COMPACT))
        return ""

    def _set(self, steps: list[Step], value: Any, more: bool) -> str:
        """Set the value at a path; return the new text."""
        node: Any = self.args
        for depth, step in enumerate(steps):
            if type(node) is not (dict if isinstance(step, str) else list):
                return ""  # a clash of shapes
            old = _item(node, step)
            if old is MISSING:
                return self._add(node, depth, steps[depth:], value, more)
            if depth + 1 < len(steps):
                node = old
        at_end = self.linear and self._spine[-1] is node and self._last == steps[-1]
        self._budget.charge(size_of(value))
        if isinstance(value, str) and isinstance(old, (str, Text)):
            return self._append(node, steps[-1], old, value, more, at_end)
        node[steps[-1]] = value
        self._is_text = self._is_text and not at_end
        before, after = json_text(to_json(old), COMPACT), json_text(value, COMPACT)
        self.linear = self.linear and (after.startswith(before) if at_end else after == before)
        if not self.linear:
            return ""
        return after[len(before) :] or self._shut()

    def _append(self, node: Any, step: Step, old: str | Text, value: str, more: bool, at_end: bool) -> str:
        """Append to a string; return the new text."""
        if not isinstance(old, Text):
            text = Text()
            text.add(old)
            old = node[step] = text
        old.add(value)
        if at_end and self._quote:
            self._quote = more
            return json_text(value)[1:-1] + ("" if more else '"')
        self.linear = self.linear and not value and (self._quote or not (more and self._is_text))
        return self._shut() if self.linear and not more else ""

    def _shut(self) -> str:
        """Return the quote of the last string, if it is not closed yet: it does not go on."""
        quote = '"' if self._quote else ""
        self._quote = False
        return quote

    def _add(self, node: Any, depth: int, steps: list[Step], value: Any, more: bool) -> str:
        """Add a value, and the containers on the way to it, behind the last one of a container."""
        new: Any = value
        if more and isinstance(value, str):
            new = Text()
            new.add(value)
        spine: list[Any] = []
        for step in reversed(steps[1:]):
            new = {step: new} if isinstance(step, str) else [None] * step + [new]
            spine.insert(0, new)
            self._budget.charge(2 * CONTAINER + (len(step) if isinstance(step, str) else step))
        self._budget.charge(2 * CONTAINER + size_of(value))
        first, gap = steps[0], 0
        text = ""
        if isinstance(first, int):
            gap = first - len(node)
            self._budget.charge(gap)
        self.linear = self.linear and depth < len(self._spine) and self._spine[depth] is node
        if self.linear:
            text = self._closing(depth + 1)
            if not self.live.arguments.size:
                text += "{"
            text += ("," if node else "") + "null," * gap
            text += "" if isinstance(first, int) else json_text(first) + ":"
            self._is_text = isinstance(value, str)
            self._quote = more and self._is_text
            text += json_text(to_json(new), COMPACT)[: -len(spine) - self._quote or None]
            self._spine[depth + 1 :] = spine
            self._last = steps[-1]
        if isinstance(first, int):
            node += [None] * gap + [new]
        else:
            node[first] = new
        return text

    def _closing(self, depth: int) -> str:
        """Return what closes the text down to a depth of the spine."""
        quote = '"' if self._quote else ""
        return quote + "".join(["}" if type(node) is dict else "]" for node in reversed(self._spine[depth:])])


def _item(node: Any, step: Step) -> Any:
    if isinstance(step, str):
        return node.get(step, MISSING)
    return node[step] if step < len(node) else MISSING


def steps_of(path: str) -> list[Step] | None:
    """Return the keys and indices of a path like ``$.a['b c'][0]``; None if it is not usable."""
    if path[:1] != "$":
        return None
    steps: list[Step] = []
    at = 1
    while at < len(path) and len(steps) < MAX_DEPTH:
        found = STEP.match(path, at)
        if found is None:
            return None
        name, index, single, double = found.groups()
        if index is not None:
            if int(index) > LARGEST_INDEX:
                return None
            steps.append(int(index))
        elif name is not None:
            steps.append(name)
        else:
            quoted = double if single is None else ESCAPE.sub(lambda found: REQUOTED.get(found[0], found[0]), single)
            try:
                steps.append(str(json.loads(f'"{quoted}"', strict=False)))
            except ValueError:
                return None
        at = found.end()
    return steps if steps and at == len(path) else None


def _value_of(entry: Fields) -> Any:
    """Return the value of a partial argument, or `MISSING`."""
    text, number, boolean = entry.get("stringValue"), entry.get("numberValue"), entry.get("boolValue")
    if isinstance(text, str):
        return text
    if type(number) in (int, float):
        return number
    if isinstance(boolean, bool):
        return boolean
    return None if "nullValue" in entry else MISSING
