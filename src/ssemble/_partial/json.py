"""`PartialJSON`: the value so far of a JSON text that is still arriving."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from .._errors import IncompleteJSON, JSONTextError, MalformedJSON, fresh_copy, quote
from .._pickling import STATE
from .decoders import DECODERS
from .machine import deeper, tell
from .reading import QUOTED, PieceReader
from .watch import TextWatch, Watch, find, steps


class PartialJSON(PieceReader):
    """Read JSON that arrives in pieces, such as the arguments of a tool call.

    Args:
        strict: reject raw control characters in strings, like `json.loads`; False allows them.
        max_depth: maximum nesting of containers; None for no limit except that of `json.loads`.

    Raises:
        ValueError: ``max_depth`` below 1.

    The value so far depends only on the text, not on how it is split or when it is read:

    - a container appears when it is opened, a key together with the start of its value;
    - a string grows by complete characters only, never by half an escape or half a surrogate pair;
    - a number appears when the character after it shows its end, a literal with its last letter;
    - no value disappears or changes its type, unless its key is repeated.

    A partial value is never the result: only `close` returns that. After the first read it needs up
    to 50 bytes of memory for each character of the text.

    One thread may feed while others read. But `value` is live, so take a `snapshot` to iterate over
    it in one thread while another thread reads.

    Source: RFC 8259, sections 2 to 9. NaN and Infinity, big integers, repeated keys and lone
    surrogates are read like `json.loads` reads them.

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
        """Add the next piece of text. It is parsed when the value is read.

        Args:
            text: any piece, split anywhere; it may be empty.

        Raises:
            TypeError: ``text`` is not a `str`.
            RuntimeError: after `close`.
        """
        if type(text) is not str:
            text = _plain(text)
        pieces = self._pieces
        pieces.append(text)
        if len(pieces) >= self._room:
            self._pack()

    def _write(self, text: str) -> None:
        """Add the next piece, like `feed`; it is ignored after `close`."""
        if not self._closed:
            self.feed(text)

    @property
    def value(self) -> Any:
        """The value so far; None before there is one, see `started`.

        It is live: the next read may change it. Do not modify or keep it; use `snapshot` for that.
        """
        with self._lock:
            if len(self._pieces) != self._seen:
                self._look()
            return self._top[0] if self._top else None

    def snapshot(self) -> Any:
        """Return the value so far, safe to keep: later text does not change it.

        Open containers are copied. Finished values do not change any more and are shared with later
        snapshots and with `value`, so `copy.deepcopy` the snapshot before you modify it. `close`
        parses the text again and is never affected.
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
        """True if there is a value. It may be None, for the literal ``null``."""
        with self._lock:
            self._state()
            return bool(self._top)

    @property
    def complete(self) -> bool:
        """True if the document is complete, with only white space after it.

        A document that is a single number is complete only after white space or `close`.
        """
        with self._lock:
            return self.started and not self._opened and self._error is None

    @property
    def error(self) -> MalformedJSON | None:
        """The syntax error in the text, which no continuation can correct, or None; `close` raises it."""
        with self._lock:
            self._state()
            return self._error

    @property
    def open_path(self) -> tuple[str | int, ...] | None:
        """Keys and indices of the innermost value that is still open; None if no value is.

        ``()`` is the document itself. Values that were open at a syntax error stay open.
        """
        with self._lock:
            self._state()
            return tuple([step for _, step in self._opened[1:]]) if self._opened else None

    def is_complete(self, *path: str | int) -> bool:
        """Tell whether a value is complete.

        Args:
            path: its keys and indices; no arguments for the document.

        Returns:
            True if there is a value at this path and it is not open.
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
            path: keys and indices; ``"*"`` matches any key or index.

        Returns:
            A `Watch`: its ``read()`` returns pairs of path and value, completed since the last call.
            Each path is returned once. For a repeated key this is its first value (its last one if
            both were parsed before the watch was created).

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
            path: its keys and indices; no arguments for the document.

        Returns:
            A `TextWatch`: its ``read()`` returns the characters that arrived since the last call.
            For a repeated key it reads the first value, like `watch`.

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
        """End the text and parse all of it, strictly.

        Returns:
            The result of ``json.loads(raw)``, a new value for each call.

        Raises:
            IncompleteJSON: the text is truncated (or empty): a continuation could make it valid.
            MalformedJSON: no continuation could make it valid; or `json.loads` cannot read it: an
                integer has too many digits, or it is nested deeper than ``max_depth`` or the stack.
        """
        with self._lock:
            raw = self.raw
            self._closed, self._room = True, 0
            try:
                result = DECODERS[self._strict].decode(raw)
            except (ValueError, RecursionError) as cause:
                if self.error is None:
                    raise self._unreadable(raw, cause) from cause
                raise fresh_copy(self.error)  # noqa: B904  # it has its cause already
            if deeper(raw, self._max_depth) and self.error is not None:
                raise fresh_copy(self.error)
            if isinstance(result, (int, float)) and not self.complete:
                self._send(" ")  # the end of the text also ends a number
                tell(self._watches, self._top, self._opened)
            return result

    def _unreadable(self, raw: str, cause: Exception) -> JSONTextError:
        """Make the error for a text that `json.loads` rejects although no character is wrong."""
        if self.complete or not (self._top or isinstance(cause, json.JSONDecodeError)):
            return MalformedJSON(
                f"json.loads cannot read this text of {len(raw)} characters: {cause}: {quote(raw)}; "
                "value holds what came before, ask for a simpler text",
                pos=len(raw) - len(raw.lstrip()),
            )
        where = "".join(f"[{step!r}]" for step in self.open_path or ())
        return IncompleteJSON(
            f"the text ends too early, at character {len(raw)}{where and f' in {quote(where)[1:-1]}'}: "
            f"{quote(raw[-QUOTED:])}; value holds what arrived, ask for the text again",
            pos=len(raw),
        )

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # The text only: a generator cannot be pickled, and parsing the text again gives the same state.
        fields = {"strict": self._strict, "max_depth": self._max_depth, "raw": self.raw, "closed": self._closed}
        more = super().__getstate__()[1]  # fields of a subclass
        more = {name: value for name, value in more.items() if name not in PieceReader.__slots__}
        return STATE, {**fields, "more": more} if more else fields

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        super().__setstate__((version, fields.get("more", {})))
        PartialJSON.__init__(self, strict=fields["strict"], max_depth=fields["max_depth"])
        PartialJSON.feed(self, fields["raw"])
        if fields["closed"]:
            with contextlib.suppress(JSONTextError):
                PartialJSON.close(self)


def _plain(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"feed() takes str, not {type(text).__name__}; decode bytes with an incremental decoder first")
    return "".join(text)
