"""Watches of a `PartialJSON`: values that are completed under a path, and the new text of a string."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .._copied import copied
from .._pickling import Picklable

if TYPE_CHECKING:
    from .json import PartialJSON
    from .machine import Place

Step = str | int
Path = tuple[Step, ...]

ANY = "*"


def steps(path: Iterable[object]) -> Path:
    """Check a path: keys and indices."""
    checked: list[Step] = []
    for step in path:
        if not isinstance(step, (str, int)):
            raise TypeError(f"a path consists of keys (str) and indices (int), got {step!r}; pass each as an argument")
        checked.append(step)
    return tuple(checked)


def find(value: Any, path: Path) -> list[Any]:
    """Look up a value; return it in a list, which is empty if there is no such value."""
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return []
        elif not isinstance(value, list) or not 0 <= step < len(value):
            return []
        value = value[step]
    return [value]


class Watch(Picklable):
    """Returns the values under a path as they are completed; created by `PartialJSON.watch`.

    >>> from ssemble import PartialJSON
    >>> partial = PartialJSON()
    >>> cities = partial.watch("cities", "*")
    >>> partial.feed('{"cities": ["Paris", "Ro')
    >>> cities.read()
    [(('cities', 0), 'Paris')]
    """

    __slots__ = ("__weakref__", "_found", "_mark", "_partial", "_path", "_size", "_told")

    def __init__(self, partial: PartialJSON, path: Path) -> None:
        self._partial = partial
        self._path: Path = (0, *path)  # the document is the only item of a list
        # For each step: how many children of the open container were returned or skipped.
        self._told = [0] * len(self._path)
        self._mark: Place | None = None
        self._size = 0
        self._found: list[tuple[Path, Any]] = []  # since the last read()

    def read(self) -> list[tuple[tuple[str | int, ...], Any]]:
        """Return the values that were completed since the last call, in the order of the text.

        Returns:
            Pairs of a path and a copy of its value.
        """
        partial = self._partial
        if not self._found and len(partial._pieces) == partial._seen:
            return []  # the usual case when several watches are read in turn
        with partial._lock:
            partial._state()
            found, self._found = self._found, []
        return found

    def _note(self, top: list[Any], opened: list[Place]) -> None:
        """Collect the values that are complete now."""
        if opened:
            # Nothing is new while the same value is open at that depth and has not grown.
            opened = opened[: len(self._told)]
            mark, size = opened[-1], 0
            if len(opened) < len(self._told) and not isinstance(node := mark[0][mark[1]], str):
                size = len(node)
            if mark is self._mark and size == self._size:
                return
            self._mark, self._size = mark, size
        elif self._told[0]:
            return
        self._visit(top, 0, (), tuple([step for _, step in opened]), self._found)

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        version, fields = super().__getstate__()
        return version, {**fields, "_mark": None}  # it refers to a part of the document

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self._partial._admit(self)

    def _visit(self, node: Any, depth: int, path: Path, opened: Path, found: list[tuple[Path, Any]]) -> None:
        for step, child in self._new(node, depth):
            is_open = bool(opened) and opened[0] == step
            if depth + 1 < len(self._told):
                self._visit(child, depth + 1, (*path, step), opened[1:] if is_open else (), found)
            elif not is_open:
                found.append(((*path, step)[1:], copied(child)))
            if is_open:
                return
            self._told[depth] += 1
            self._told[depth + 1 :] = [0] * (len(self._path) - depth - 1)

    def _new(self, node: Any, depth: int) -> Iterable[tuple[Step, Any]]:
        """The children that match the path and were not returned yet."""
        step, told = self._path[depth], self._told[depth]
        if step != ANY:
            return [] if told else [(step, child) for child in find(node, (step,))]
        if type(node) is list:
            return enumerate(node[told:], told)
        if type(node) is dict:
            # Counted from the end: skipping the old ones would be quadratic.
            new = list(itertools.islice(reversed(node.items()), max(0, len(node) - told)))
            return reversed(new)
        return []


class TextWatch(Picklable):
    """Returns the new characters of one string; created by `PartialJSON.watch_text`.

    >>> from ssemble import PartialJSON
    >>> partial = PartialJSON()
    >>> code = partial.watch_text("code")
    >>> partial.feed('{"code": "print(')
    >>> code.read()
    'print('
    """

    __slots__ = ("__weakref__", "_given", "_new", "_over", "_partial", "_path")

    def __init__(self, partial: PartialJSON, path: Path) -> None:
        self._partial = partial
        self._path: Path = (0, *path)
        self._given = 0
        self._new: list[str] = []  # since the last read
        self._over = False  # the value at the path is complete

    def read(self) -> str:
        """Return the characters that arrived since the last call; ``""`` if there are none, or it is not a string."""
        partial = self._partial
        if not self._new and len(partial._pieces) == partial._seen:
            return ""
        with partial._lock:
            partial._state()
            new, self._new = self._new, []
        return "".join(new)

    def _note(self, top: list[Any], opened: list[Place]) -> None:
        """Collect the characters that are decoded now."""
        if self._over:
            return
        for text in find(top, self._path):
            if isinstance(text, str):
                self._new.append(text[self._given :])
                self._given = len(text)
            depth = len(self._path)
            self._over = tuple([step for _, step in opened[:depth]]) != self._path

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self._partial._admit(self)
