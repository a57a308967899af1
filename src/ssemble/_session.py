"""One stream of the command, from its first byte to its exit code."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from time import monotonic
from typing import Any

from ._chunks import ChunkParser
from ._errors import IncompleteStream, SsembleError, excerpt
from ._event import ServerSentEvent
from ._events import ErrorEvent, TextDelta
from ._filling import Filling
from ._sse import SSEParser
from ._stream import MessageStream
from ._terminal import Closed, Live, Output

WHOLE, FAULT, USAGE, CUT = 0, 1, 2, 3
LISTED = 9  # errors that the summary tells


class Session:
    """One stream, from its first byte to its summary."""

    def __init__(self, options: argparse.Namespace, out: Output, err: Output) -> None:
        self.mode, self.quiet = options.mode, options.quiet
        self.out, self.err = out, err
        self.live = Live(out, err, not self.quiet and (err.tty or options.demo or options.reasoning))
        self.layer: MessageStream | ChunkParser | SSEParser[ServerSentEvent]
        self.layer = MessageStream(options.dialect, errors=options.errors)
        if self.mode in ("sse", "chunks"):
            self.layer = SSEParser() if self.mode == "sse" else ChunkParser(errors=options.errors)
        self.filling = Filling(out, self.layer) if isinstance(self.layer, MessageStream) else None
        self.start = monotonic()
        self.seconds = 0.0
        self.first: float | None = None  # when the first text came
        self.items = self.characters = 0
        self.reported: list[SsembleError] = []  # the first few: a server may send any number, each with its payload
        self.faults = 0  # how many there are
        self.error: SsembleError | None = None
        self.stopped = ""  # what stopped it before the end of the bytes
        self.unwritable = False  # standard output failed, and not just its reader left

    def run(self, fragments: Iterable[bytes]) -> None:
        """Read to the end, or to what stops it; whatever that is, it is kept and not raised."""
        for step in (partial(self._read, fragments), self._conclude):
            try:
                step()
            except SsembleError as error:
                self.error = error
            except KeyboardInterrupt:
                self.stopped = "interrupted"
            except Closed as closed:
                self.unwritable = not isinstance(closed.__cause__, BrokenPipeError)
                self.stopped = f"standard output: {closed}"
            except OSError as error:
                self.stopped = f"reading: {error.strerror}"
        self.seconds = monotonic() - self.start

    @property
    def whole(self) -> bool:
        """True if the stream itself said that nothing is missing; plain events cannot."""
        if isinstance(self.layer, MessageStream):
            return self.layer.complete
        return isinstance(self.layer, ChunkParser) and self.layer.done

    @property
    def code(self) -> int:
        if self.unwritable:
            return USAGE
        if self.faults or not (self.error is None or isinstance(self.error, IncompleteStream)):
            return FAULT
        return CUT if self.error or (self.stopped and not self.whole) else WHOLE

    def _read(self, fragments: Iterable[bytes]) -> None:
        for data in fragments:
            self._take(self.layer.feed(data))
            self.layer.check()  # an error is shown when it comes, not with the next bytes
        if isinstance(self.layer, SSEParser):
            if tail := self.layer.close(flush=True):
                raise IncompleteStream(f"the last event has no blank line, and is left out: {excerpt(tail[0].data)}")
        self._take(self.layer.flush())
        self.layer.check()

    def _take(self, items: Sequence[Any]) -> None:
        for item in items:
            self.items += 1
            if isinstance(item, ErrorEvent):
                self.faults += 1
                if self.faults <= LISTED:
                    self.reported.append(item.error)
            elif isinstance(item, TextDelta):
                self.characters += len(item.text)
                self.first = self.first or monotonic()
            if self.mode == "text":
                self.live.show(item)
            elif self.mode == "arguments" and self.filling is not None:
                self.filling.show(item)
            elif self.mode != "json":
                self.out.write(json.dumps(plain_item(item), ensure_ascii=False) + "\n")

    def _conclude(self) -> None:
        if self.mode == "arguments" and self.filling is not None:
            self.filling.end()
        self.live.end()
        if self.mode == "json" and isinstance(self.layer, MessageStream):
            self.out.write(json.dumps(self.layer.completion().to_dict(), ensure_ascii=False, indent=2) + "\n")


def plain_item(item: Any) -> Any:
    """Turn what a layer gives into JSON."""
    if isinstance(item, SsembleError):
        facts = {name: value for name, value in vars(item).items() if name != "partial"}
        return {"class": type(item).__name__, **facts, "message": str(item)}
    if is_dataclass(item):
        names = ("type", *(field.name for field in fields(item) if field.repr))
        return {name: plain_item(getattr(item, name)) for name in names if hasattr(item, name)}  # SSE has no type
    return item
