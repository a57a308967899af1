"""The text of a JSON document in pieces, and the machine that reads it when somebody looks."""

from __future__ import annotations

import json
import weakref
from _thread import RLock  # as functools does: a lock is no input or output, and threading takes long to import
from collections.abc import Callable
from typing import Any, TypeVar

from ._errors import MalformedJSON, excerpt, without_frames
from ._limits import bound
from ._movable import Movable
from ._partial_machine import Place, read, tell
from ._partial_tokens import Fault
from ._partial_watch import TextWatch, Watch

MANY = 64  # pieces that are not joined
QUOTED = 60  # characters
UNREAD = -1  # instead of the number of pieces that were read: blocks before them were not

AnyWatch = TypeVar("AnyWatch", Watch, TextWatch)

DECODERS = {strict: json.JSONDecoder(strict=strict) for strict in (True, False)}


class PieceReader(Movable):
    """Keeps pieces of text and reads them late, in whichever thread looks.

    A lock is held by whoever reads the text, or looks at what was read. Feeding does not wait for it: it only
    appends, and joins the pieces when nobody looks.
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

    _watches: list[weakref.ref[Any]]  # weak, or each would be a cycle
    _lock: RLock
    _top: list[Any]
    _opened: list[Place]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        # These here, since a watch may be restored before what it watches.
        self._watches = []
        self._lock = RLock()
        self._top, self._opened = [], []
        return self

    def __init__(self, *, strict: bool = True, max_depth: int | None = 512) -> None:
        self._strict = bool(strict)
        self._max_depth = bound("max_depth", max_depth)
        self._closed = False
        self._room = MANY
        self._blocks: list[str] = []  # pieces that were joined, since a short one takes ten times its text
        self._pieces: list[str] = []
        self._reading = False
        self._restart()

    def _restart(self) -> None:
        """Stand before the first character, with all text unread."""
        self._error: MalformedJSON | None = None
        self._top, self._opened = [], []
        machine = read(self._top, self._opened, self._strict, self._max_depth, self._watches)
        next(machine)
        self._send: Callable[[str], None] = machine.send
        self._read = 0  # blocks
        self._seen = UNREAD  # pieces
        self._lost = False

    def _pack(self) -> None:
        """Join the pieces, since a short one takes ten times its text."""
        if self._closed:
            self._pieces.pop()
            raise RuntimeError("feed() after close(): the text is over; use a new PartialJSON for another")
        if not self._lock.acquire(blocking=False):
            return  # somebody is looking: the next piece tries again
        try:
            if not self._reading:
                pieces, seen, size = self._pieces, self._seen, len(self._pieces)
                if seen > 0:
                    # The last block, at least, is unread.
                    self._blocks += ["".join(pieces[:seen]), "".join(pieces[seen:size])]
                    self._read = len(self._blocks) - 1
                else:
                    self._blocks.append("".join(pieces[:size]))
                del pieces[:size]
                self._seen = UNREAD
        finally:
            self._lock.release()

    def _state(self) -> None:
        """Read what was fed since the last look; the lock must be held."""
        if len(self._pieces) != self._seen:
            self._look()

    def _look(self) -> None:
        if self._reading:
            return  # in a signal handler, which shows what was read before
        pieces, seen = self._pieces, self._seen
        size = len(pieces)  # what is appended from here on is left to the next look
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
            # An interrupt, or a stack that was full already: the generator is lost, the text is not.
            self._lost, self._seen = True, UNREAD
            raise
        finally:
            self._reading = False

    def _fail(self, fault: Fault, raw: str) -> None:
        self._send = _ignore
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
                self._error.__cause__ = without_frames(fault.cause or error)

    def _admit(self, watch: AnyWatch) -> AnyWatch:
        """Let a watch see what was read, and what will be; it is let go with its last other reference."""
        with self._lock:
            self._watches[:] = [*(each for each in self._watches if each() is not None), weakref.ref(watch)]
            watch.note(self._top, self._opened)
        return watch


def _ignore(text: str) -> None:
    """Stand in for the machine behind a fault."""
