"""A JSON text that is still arriving: its value so far, at any moment."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from ._errors import IncompleteJSON, InvalidJSON, MalformedJSON, again, excerpt
from ._movable import STATE
from ._partial_machine import deeper, tell
from ._partial_reading import DECODERS, QUOTED, PieceReader
from ._partial_watch import TextWatch, Watch, find, steps


class PartialJSON(PieceReader):
    """Read JSON that arrives in pieces, such as the arguments of a tool call.

    Args:
        strict: refuse raw control characters in strings, as `json.loads` does; False allows them.
        max_depth: containers in containers, at most; None for no limit but that of `json.loads`.

    Raises:
        ValueError: ``max_depth`` below 1.

    What it shows never depends on the cuts, nor on when it is looked at:

    - a container appears when it is opened, a key with the start of its value;
    - a string grows by certain characters only, never by half an escape or half a surrogate pair;
    - a number appears when the character behind it proves it whole, a literal with its last letter;
    - nothing that was shown vanishes or changes its type, unless its key comes a second time.

    A value so far is never the result: that is what `close` returns, and nothing else. Once somebody
    looks, it takes up to 50 bytes of memory for each character of the text.

    One thread may feed while others look: no look raises, and none is lost. But `value` is alive, so
    take a `snapshot` to go through it in one thread while another looks.

    Source: RFC 8259, sections 2 to 9; NaN and Infinity, big integers, equal keys and lone
    surrogates as `json.loads` reads them.

    >>> partial = PartialJSON()
    >>> for fragment in ('{"city": "Par', 'is", "days": [1, 2', '0], "units"', ': null}'):
    ...     partial.feed(fragment)
    ...     print(partial.value, partial.open_path)
    {'city': 'Par'} ('city',)
    {'city': 'Paris', 'days': [1]} ('days',)
    {'city': 'Paris', 'days': [1, 20]} ()
    {'city': 'Paris', 'days': [1, 20], 'units': None} None
    >>> partial.close()
    {'city': 'Paris', 'days': [1, 20], 'units': None}
    """

    __slots__ = ()

    def feed(self, text: str) -> None:
        """Remember the next piece of text; it is read when somebody looks.

        Args:
            text: any piece, cut anywhere, also an empty one.

        Raises:
            TypeError: ``text`` is no `str`.
            RuntimeError: after `close`.
        """
        if type(text) is not str:
            text = _plain(text)
        pieces = self._pieces
        pieces.append(text)
        if len(pieces) >= self._room:
            self._pack()

    def follow(self, text: str) -> None:
        """Take the next piece of a stream: as `feed`, but behind a `close` it is passed over."""
        if not self._closed:
            self.feed(text)

    @property
    def value(self) -> Any:
        """The value so far, None before there is any; see `started`.

        It is alive: the next look may change it. Neither change it nor keep it; `snapshot` is for that.
        """
        with self._lock:
            if len(self._pieces) != self._seen:
                self._look()
            return self._top[0] if self._top else None

    def snapshot(self) -> Any:
        """Return the value so far, safe to keep: what arrives later does not change it.

        What is still open is copied. What is finished does not change any more, and is shared with
        later snapshots and with `value`, so `copy.deepcopy` it before you change it. `close` reads
        the text itself and is never affected.
        """
        with self._lock:
            self._state()
            if not self._top:
                return None
            node: Any = self._top.copy()
            copy = node
            for _, step in self._opened:
                if isinstance(node[step], str):
                    break
                node[step] = node[step].copy()
                node = node[step]
            return copy[0]

    @property
    def started(self) -> bool:
        """True once there is a value, which may be None: the literal ``null``."""
        with self._lock:
            self._state()
            return bool(self._top)

    @property
    def complete(self) -> bool:
        """True if the whole document was read, and nothing but white space stands behind it.

        A number that is the whole document is never proven whole before `close`, or white space.
        """
        with self._lock:
            return self.started and not self._opened and self._error is None

    @property
    def error(self) -> MalformedJSON | None:
        """What makes it impossible that the text becomes JSON, or None; `close` raises it."""
        with self._lock:
            self._state()
            return self._error

    @property
    def open_path(self) -> tuple[str | int, ...] | None:
        """Keys and indices down to the innermost value that is still open; None if none is.

        ``()`` is the document itself. What a fault left unfinished stays open for ever.
        """
        with self._lock:
            self._state()
            return tuple([step for _, step in self._opened[1:]]) if self._opened else None

    def is_complete(self, *path: str | int) -> bool:
        """Tell whether a value was read to its end.

        Args:
            path: its keys and indices, none for the document.

        Returns:
            True if there is a value at this path, and it is not open; False of one that is not known yet.
        """
        checked = steps(path)
        with self._lock:
            if not self.started or not find(self._top[0], checked):
                return False
            opened = self.open_path
            return opened is None or opened[: len(checked)] != checked

    def watch(self, *path: str | int) -> Watch:
        """Watch the values under a path.

        Args:
            path: keys and indices; ``"*"`` stands for any of either.

        Returns:
            A `Watch`: its ``read()`` returns pairs of path and value, finished since it was called last.
            Each path comes once; of a key that comes twice, its first value. (The last one, as in
            the result, if both were read before the watch was made.)

        >>> partial = PartialJSON()
        >>> items = partial.watch("items", "*")
        >>> partial.feed('{"items": [{"n": 1}, {"n": 2}, {"n')
        >>> items.read()
        [(('items', 0), {'n': 1}), (('items', 1), {'n': 2})]
        >>> partial.feed('": 3}]}')
        >>> items.read()
        [(('items', 2), {'n': 3})]
        """
        return self._admit(Watch(self, steps(path)))

    def watch_text(self, *path: str | int) -> TextWatch:
        """Watch one string.

        Args:
            path: its keys and indices, none for the document.

        Returns:
            A `TextWatch`: its ``read()`` returns the characters that came since it was called last.
            Of a key that comes twice, it is the first value, as of `watch`.

        >>> partial = PartialJSON()
        >>> code = partial.watch_text("code")
        >>> for fragment in ('{"code": "a', ' = 1\\\\', 'nb"}'):
        ...     partial.feed(fragment)
        ...     print(repr(code.read()))
        'a'
        ' = 1'
        '\\nb'
        """
        return self._admit(TextWatch(self, steps(path)))

    @property
    def raw(self) -> str:
        """All text that was fed."""
        with self._lock:
            return "".join(self._blocks) + "".join(self._pieces)

    def close(self) -> Any:
        """End the text, and read it from the start, strictly.

        Returns:
            What ``json.loads(raw)`` returns, a fresh value each time.

        Raises:
            IncompleteJSON: the text is cut: it could still become JSON. An empty one is, too.
            MalformedJSON: nothing that could follow makes it JSON; or `json.loads` cannot read it:
                too many digits in an integer, or containers deeper than ``max_depth`` or the stack.
        """
        with self._lock:
            raw = self.raw
            self._closed, self._room = True, 0
            try:
                result = DECODERS[self._strict].decode(raw)
            except (ValueError, RecursionError) as cause:
                if self.error is None:
                    raise self._unreadable(raw, cause) from cause
                raise again(self.error)  # noqa: B904  # it has its own cause
            if deeper(raw, self._max_depth) and self.error is not None:
                raise again(self.error)
            if isinstance(result, (int, float)) and not self.complete:
                self._send(" ")  # the end, too, proves a number whole
                tell(self._watches, self._top, self._opened)
            return result

    def _unreadable(self, raw: str, cause: Exception) -> InvalidJSON:
        """What an error of `json.loads` means where no character is at fault."""
        if self.complete or not (self._top or isinstance(cause, json.JSONDecodeError)):
            return MalformedJSON(
                f"json.loads cannot read this text of {len(raw)} characters: {cause}: {excerpt(raw)}; "
                "value holds what came before, ask for a simpler text",
                pos=len(raw) - len(raw.lstrip()),
            )
        where = "".join(f"[{step!r}]" for step in self.open_path or ())
        return IncompleteJSON(
            f"the text ends too early, at character {len(raw)}{where and f' in {excerpt(where)[1:-1]}'}: "
            f"{excerpt(raw[-QUOTED:])}; value holds what arrived, ask for the text again",
            pos=len(raw),
        )

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # The text alone: a generator cannot move, and one that reads it again stands in the same place.
        fields = {"strict": self._strict, "max_depth": self._max_depth, "raw": self.raw, "closed": self._closed}
        more = super().__getstate__()[1]  # what a subclass keeps
        more = {name: value for name, value in more.items() if name not in PieceReader.__slots__}
        return STATE, {**fields, "more": more} if more else fields

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        super().__setstate__((version, fields.get("more", {})))
        PartialJSON.__init__(self, strict=fields["strict"], max_depth=fields["max_depth"])
        PartialJSON.feed(self, fields["raw"])
        if fields["closed"]:
            with contextlib.suppress(InvalidJSON):
                PartialJSON.close(self)


def _plain(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"feed() takes str, not {type(text).__name__}; bytes need an incremental decoder first")
    return "".join(text)
