"""Stores the pieces of a JSON text, and parses them when the value is read."""

from __future__ import annotations

import weakref
from _thread import RLock  # like functools: importing threading is slow
from collections.abc import Callable
from typing import Any, TypeVar

from .._errors import MalformedJSON, quote, without_frames
from .._limits import check_limit
from .._pickling import Picklable
from .decoders import DECODERS
from .machine import Place, read, tell
from .tokens import Fault
from .watch import TextWatch, Watch

JOIN_EVERY = 64  # pieces are joined when there are so many
QUOTED = 60  # characters
UNREAD = -1  # instead of the number of parsed pieces: some blocks before them are not parsed

AnyWatch = TypeVar("AnyWatch", Watch, TextWatch)


class PieceReader(Picklable):
    """Stores pieces of text and parses them late, in the thread that reads the value.

    Reading takes a lock, feeding never waits for it: `feed` only appends a piece, and joins the
    pieces when the lock is free.
    """

    __slots__ = (
        "_blocks",
        "_closed",
        "_error",
        "_lock",
        "_lost",
        "_max_depth",
        "_opened",
        "_pieces",
        "_read",
        "_reading",
        "_room",
        "_seen",
        "_send",
        "_strict",
        "_top",
        "_watches",
    )

    _watches: list[weakref.ref[Any]]  # weak references: a watch refers to its parser
    _lock: RLock
    _top: list[Any]
    _opened: list[Place]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        # Set here: a watch may be unpickled before the object that it watches.
        self._watches = []
        self._lock = RLock()
        self._top, self._opened = [], []
        return self

    def __init__(self, *, strict: bool = True, max_depth: int | None = 512) -> None:
        self._strict = bool(strict)
        self._max_depth = check_limit("max_depth", max_depth)
        self._closed = False
        self._room = JOIN_EVERY
        self._blocks: list[str] = []  # joined pieces: a short one needs ten times its text
        self._pieces: list[str] = []
        self._reading = False
        self._restart()

    def _restart(self) -> None:
        """Start again before the first character."""
        self._error: MalformedJSON | None = None
        self._top, self._opened = [], []
        machine = read(self._top, self._opened, self._strict, self._max_depth, self._watches)
        next(machine)
        self._send: Callable[[str], None] = machine.send
        self._read = 0  # blocks
        self._seen = UNREAD  # pieces
        self._lost = False

    def _pack(self) -> None:
        """Join the pieces: a short one needs ten times its text."""
        if self._closed:
            self._pieces.pop()
            raise RuntimeError("feed() after close(): create a new PartialJSON for another text")
        if not self._lock.acquire(blocking=False):
            return  # another thread is reading: the next feed tries again
        try:
            if not self._reading:
                pieces, seen, size = self._pieces, self._seen, len(self._pieces)
                if seen > 0:
                    # At least the last block is not parsed yet.
                    self._blocks += ["".join(pieces[:seen]), "".join(pieces[seen:size])]
                    self._read = len(self._blocks) - 1
                else:
                    self._blocks.append("".join(pieces[:size]))
                del pieces[:size]
                self._seen = UNREAD
        finally:
            self._lock.release()

    def _state(self) -> None:
        """Parse the text since the last read; the caller must hold the lock."""
        if len(self._pieces) != self._seen:
            self._look()

    def _look(self) -> None:
        if self._reading:
            return  # called from a signal handler: it sees the value as last parsed
        pieces, seen = self._pieces, self._seen
        size = len(pieces)  # later pieces are left for the next read
        if 0 <= seen == size - 1:
            text = pieces[seen]
        else:
            if self._lost:
                self._restart()
                seen = UNREAD
            text = "".join(self._blocks[self._read :] + pieces[max(0, seen) : size])
            self._read = len(self._blocks)
        self._reading = True
        try:
            self._send(text)
            if self._watches:
                tell(self._watches, self._top, self._opened)
            self._seen = size
        except Fault as fault:
            self._fail(fault, "".join(self._blocks) + "".join(pieces[:size]))
            tell(self._watches, self._top, self._opened)
            self._seen = size
        except BaseException:
            # KeyboardInterrupt or RecursionError: the generator is lost, but the text is not.
            self._lost, self._seen = True, UNREAD
            raise
        finally:
            self._reading = False

    def _fail(self, fault: Fault, raw: str) -> None:
        self._send = _ignore
        pos = len(raw) - fault.remaining
        good = raw[: pos + 1]
        self._error = MalformedJSON(
            f"not JSON at character {pos}, {fault.reason}: {quote(good[-QUOTED:])}; "
            "value holds what came before, ask for the text again",
            pos=pos,
        )
        if not fault.not_in_json_loads:
            try:
                DECODERS[self._strict].decode(good)
            except (ValueError, RecursionError) as error:
                self._error.__cause__ = without_frames(fault.cause or error)

    def _admit(self, watch: AnyWatch) -> AnyWatch:
        """Register a watch. Only a weak reference to it is stored."""
        with self._lock:
            self._watches[:] = [*(each for each in self._watches if each() is not None), weakref.ref(watch)]
            watch._note(self._top, self._opened)
        return watch


def _ignore(text: str) -> None:
    """Replaces the parser after a syntax error."""
