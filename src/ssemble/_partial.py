"""A JSON text that is still arriving: its value so far, at any moment."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

from ._errors import IncompleteJSON, InvalidJSON, MalformedJSON, excerpt
from ._limits import bound
from ._movable import STATE, Movable
from ._partial_machine import Place, deeper, read
from ._partial_tokens import Fault
from ._partial_watch import TextWatch, Watch, find, steps

MANY = 1000  # pieces
QUOTED = 60  # characters

DECODERS = {strict: json.JSONDecoder(strict=strict) for strict in (True, False)}


class PartialJSON(Movable):
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

    A value so far is never the result: that is what `close` returns, and nothing else.

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

    __slots__ = (
        "_blocks",
        "_closed",
        "_error",
        "_lost",
        "_max_depth",
        "_opened",
        "_pieces",
        "_read",
        "_room",
        "_seen",
        "_send",
        "_strict",
        "_top",
    )

    def __init__(self, *, strict: bool = True, max_depth: int | None = 512) -> None:
        self._strict = bool(strict)
        self._max_depth = bound("max_depth", max_depth)
        self._closed = False
        self._room = MANY
        self._blocks: list[str] = []  # pieces that were joined, since a short one takes ten times its text
        self._pieces: list[str] = []
        self._restart()

    def _restart(self) -> None:
        """Stand before the first character, with all text unread."""
        self._error: MalformedJSON | None = None
        self._top: list[Any] = []
        self._opened: list[Place] = []
        machine = read(self._top, self._opened, self._strict, self._max_depth)
        next(machine)
        self._send: Callable[[str], None] = machine.send
        self._read = 0  # blocks
        self._seen = -1 if self._blocks else 0  # pieces; -1 if there are unread blocks before them
        self._lost = False

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

    def _pack(self) -> None:
        if self._closed:
            self._pieces.pop()
            raise RuntimeError("feed() after close(): the text is over; use a new PartialJSON for another")
        pieces, seen = self._pieces, self._seen
        if seen > 0:
            self._blocks.append("".join(pieces[:seen]))
            self._read = len(self._blocks)
            del pieces[:seen]
            self._seen = 0
        self._blocks.append("".join(pieces))  # the last one, at least, is unread
        pieces.clear()
        self._seen = -1

    def _look(self) -> None:
        """Read what was fed since the last look."""
        pieces, seen = self._pieces, self._seen
        if 0 <= seen == len(pieces) - 1:
            text = pieces[seen]
        else:
            if self._lost:
                self._restart()
                seen = self._seen
            before = self._blocks[self._read :] if seen < 0 else []
            text = "".join([*before, *pieces[max(0, seen) :]])
            self._read = len(self._blocks)
        self._seen = len(pieces)
        try:
            self._send(text)
        except Fault as fault:
            self._fail(fault)
        except BaseException:
            # An interrupt, or a stack that was full already: the generator is lost, the text is not.
            self._lost, self._seen = True, -1
            raise

    def _fail(self, fault: Fault) -> None:
        self._send = _ignore
        raw = self.raw  # all of it was read
        pos = len(raw) - fault.left
        good = raw[: pos + 1]
        self._error = MalformedJSON(
            f"not JSON at character {pos}, {fault.reason}: {excerpt(good[-QUOTED:])}; "
            "value holds what came before, ask for the text again",
            pos=pos,
        )
        if not fault.own:
            try:
                DECODERS[self._strict].decode(good)
            except (ValueError, RecursionError) as error:
                self._error.__cause__ = fault.cause or error.with_traceback(None)

    def _state(self) -> tuple[list[Any], list[Place]]:
        if len(self._pieces) != self._seen:
            self._look()
        return self._top, self._opened

    @property
    def value(self) -> Any:
        """The value so far, None before there is any; see `started`.

        It is alive: the next look may change it. Neither change it nor keep it; `snapshot` is for that.
        """
        if len(self._pieces) != self._seen:
            self._look()
        return self._top[0] if self._top else None

    def snapshot(self) -> Any:
        """Return the value so far, safe to keep: what arrives later does not change it.

        What is still open is copied. What is finished does not change any more, and is shared with
        later snapshots and with `value`, so `copy.deepcopy` it before you change it. `close` reads
        the text itself and is never affected.
        """
        if len(self._pieces) != self._seen:
            self._look()
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
        if len(self._pieces) != self._seen:
            self._look()
        return bool(self._top)

    @property
    def complete(self) -> bool:
        """True if the whole document was read, and nothing but white space stands behind it.

        A number that is the whole document is never proven whole before `close`, or white space.
        """
        return self.started and not self._opened and self._error is None

    @property
    def error(self) -> MalformedJSON | None:
        """What makes it impossible that the text becomes JSON, or None; `close` raises it."""
        if len(self._pieces) != self._seen:
            self._look()
        return self._error

    @property
    def open_path(self) -> tuple[str | int, ...] | None:
        """Keys and indices down to the innermost value that is still open; None if none is.

        ``()`` is the document itself. What a fault left unfinished stays open for ever.
        """
        if len(self._pieces) != self._seen:
            self._look()
        return tuple([step for _, step in self._opened[1:]]) if self._opened else None

    def is_complete(self, *path: str | int) -> bool:
        """Tell whether a value was read to its end.

        Args:
            path: its keys and indices, none for the document.

        Returns:
            True if there is a value at this path, and it is not open; False of one that is not known yet.
        """
        checked = steps(path)
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
            Each path comes once; of a key that comes twice, the value that was found first.

        >>> partial = PartialJSON()
        >>> items = partial.watch("items", "*")
        >>> partial.feed('{"items": [{"n": 1}, {"n": 2}, {"n')
        >>> items.read()
        [(('items', 0), {'n': 1}), (('items', 1), {'n': 2})]
        >>> partial.feed('": 3}]}')
        >>> items.read()
        [(('items', 2), {'n': 3})]
        """
        return Watch(self, steps(path))

    def watch_text(self, *path: str | int) -> TextWatch:
        """Watch one string.

        Args:
            path: its keys and indices, none for the document.

        Returns:
            A `TextWatch`: its ``read()`` returns the characters that came since it was called last.

        >>> partial = PartialJSON()
        >>> code = partial.watch_text("code")
        >>> for fragment in ('{"code": "a', ' = 1\\\\', 'nb"}'):
        ...     partial.feed(fragment)
        ...     print(repr(code.read()))
        'a'
        ' = 1'
        '\\nb'
        """
        return TextWatch(self, steps(path))

    @property
    def raw(self) -> str:
        """All text that was fed."""
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
        raw = self.raw
        self._closed, self._room = True, 0
        try:
            result = DECODERS[self._strict].decode(raw)
        except (ValueError, RecursionError) as cause:
            if self.error is None:
                raise self._unreadable(raw, cause) from cause
            raise self.error.with_traceback(None)  # noqa: B904  # it has its own cause
        if deeper(raw, 0, len(raw), self._max_depth) and self.error is not None:
            raise self.error.with_traceback(None)
        if isinstance(result, (int, float)) and not self.complete:
            self._send(" ")  # the end, too, proves a number whole
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
        return STATE, fields

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        super().__setstate__((version, {}))
        PartialJSON.__init__(self, strict=fields["strict"], max_depth=fields["max_depth"])
        self.feed(fields["raw"])
        if fields["closed"]:
            with contextlib.suppress(InvalidJSON):
                self.close()


def _plain(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"feed() takes str, not {type(text).__name__}; bytes need an incremental decoder first")
    return "".join(text)


def _ignore(text: str) -> None:
    """Stand in for the machine behind a fault."""
