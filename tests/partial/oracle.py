"""What `PartialJSON` has to show, read slowly and obviously, one character after the other.

The rules of its docstring, with `json.loads` to judge single numbers; each text is read from its start.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ssemble import PartialJSON

WHITE = " \t\n\r"
WORDS = {"true": True, "false": False, "null": None, "NaN": float("nan"), "Infinity": float("inf")}
ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class End(Exception):
    """The text is over."""


class Bad(Exception):
    """No JSON goes on like this; the place is its argument."""


@dataclass
class Shown:
    """All that can be seen of a text so far."""

    value: str
    started: bool
    complete: bool
    open_path: tuple[str | int, ...] | None
    fault: int | None


def safe_repr(text: str, strict: bool = True, max_depth: int = 512) -> Shown:
    """Tell what is to be seen once a text has arrived."""
    reader = Reader(text, strict, max_depth)
    fault = None
    try:
        reader.document()
    except End:
        pass
    except Bad as bad:
        fault = bad.args[0]
    value = reader.top[0] if reader.top else None
    complete = bool(reader.top) and not reader.open and fault is None
    return Shown(repr(value), bool(reader.top), complete, tuple(reader.open[1:]) if reader.open else None, fault)


def seen(partial: PartialJSON) -> Shown:
    """Tell what is seen."""
    error = partial.error
    return Shown(
        repr(partial.value),
        partial.started,
        partial.complete,
        partial.open_path,
        None if error is None else error.pos,
    )


Put = Callable[[Any], None]


class Reader:
    def __init__(self, text: str, strict: bool, max_depth: int) -> None:
        self.text = text
        self.at = 0
        self.strict = strict
        self.max_depth = max_depth
        self.top: list[Any] = []
        self.open: list[str | int] = []

    def peek(self) -> str:
        if self.at == len(self.text):
            raise End
        return self.text[self.at]

    def take(self, allowed: str) -> str:
        char = self.peek()
        if char not in allowed:
            raise Bad(self.at)
        self.at += 1
        return char

    def space(self) -> str:
        while self.peek() in WHITE:
            self.at += 1
        return self.peek()

    def document(self) -> None:
        self.space()
        self.value(self.placing(self.top, 0), 0, WHITE, 0)
        self.space()
        raise Bad(self.at)

    def placing(self, container: Any, step: Any) -> Put:
        def put(value: Any) -> None:
            if isinstance(container, list) and len(container) == step:
                container.append(value)
            else:
                container[step] = value

        return put

    def value(self, put: Put, step: str | int, stops: str, depth: int) -> None:
        char = self.peek()
        if char in "{[":
            if depth == self.max_depth:
                raise Bad(self.at)
            self.at += 1
            self.open.append(step)
            if char == "[":
                self.array(put, depth + 1)
            else:
                self.object(put, depth + 1)
            self.open.pop()
        elif char == '"':
            self.at += 1
            self.open.append(step)
            self.string(put)
            self.open.pop()
        elif char in "-0123456789":
            self.number(put, stops)
        else:
            self.word(put)

    def array(self, put: Put, depth: int) -> None:
        items: list[Any] = []
        put(items)
        if self.space() == "]":
            self.at += 1
            return
        while True:
            self.space()
            self.value(self.placing(items, len(items)), len(items), WHITE + ",]", depth)
            self.space()
            if self.take(",]") == "]":
                return

    def object(self, put: Put, depth: int) -> None:
        items: dict[str, Any] = {}
        put(items)
        if self.space() == "}":
            self.at += 1
            return
        while True:
            self.space()
            self.take('"')
            key = [""]
            self.string(self.placing(key, 0))
            self.space()
            self.take(":")
            self.space()
            self.value(self.placing(items, key[0]), key[0], WHITE + ",}", depth)
            self.space()
            if self.take(",}") == "}":
                return

    def string(self, put: Put) -> None:
        text = ""
        put(text)
        while True:
            char = self.character()
            if char == "":
                return
            while len(char) == 2:  # the escape of a high surrogate: its other half may follow
                high, char = char[0], ""
                if self.peek() != "\\":
                    if self.strict and self.peek() < " ":
                        raise Bad(self.at)
                    text += high
                    break
                char = self.character()
                if len(char) == 1 and "\udc00" <= char <= "\udfff":
                    char = (high + char).encode("utf-16", "surrogatepass").decode("utf-16")
                else:
                    text += high
                    put(text)
            text += char
            put(text)

    def character(self) -> str:
        """The next one; ``""`` is the end, two are an escaped high surrogate and a mark."""
        char = self.peek()
        if self.strict and char < " ":
            raise Bad(self.at)
        self.at += 1
        if char == '"':
            return ""
        if char != "\\":
            return char
        kind = self.take('"\\/bfnrtu')
        if kind != "u":
            return ESCAPED[kind]
        char = chr(int("".join(self.take("0123456789abcdefABCDEF") for _ in range(4)), 16))
        return char + "+" if "\ud800" <= char <= "\udbff" else char

    def number(self, put: Put, stops: str) -> None:
        start = self.at
        while self.peek() not in stops:
            if self.text[start : self.at] == "-" and self.peek() == "I":
                self.word(lambda value: put(-value))
                return
            if not could_be_number(self.text[start : self.at + 1]):
                raise Bad(self.at)
            self.at += 1
        try:
            value = json.loads(self.text[start : self.at])
        except json.JSONDecodeError:
            raise Bad(self.at) from None
        except ValueError:  # too many digits
            raise Bad(start) from None
        put(value)

    def word(self, put: Put) -> None:
        start = self.at
        while True:
            self.peek()
            so_far = self.text[start : self.at + 1]
            if not any(word.startswith(so_far) for word in WORDS):
                raise Bad(self.at)
            self.at += 1
            if so_far in WORDS:
                put(WORDS[so_far])
                return


def could_be_number(text: str) -> bool:
    if not set(text) <= set("-+.eE0123456789"):
        return False
    for rest in ("", "0"):
        try:
            json.loads(text + rest)
        except json.JSONDecodeError:
            continue
        except ValueError:  # too many digits
            pass
        return True
    return False
