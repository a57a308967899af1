"""One stream of the command, from its first byte to its exit code."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from functools import partial
from time import monotonic
from typing import Any

from ._chunks import ChunkParser
from ._errors import IncompleteStream, SsembleError, error_to_dict, fresh_copy, quote
from ._event import ServerSentEvent
from ._events import ErrorEvent, Event, TextDelta
from ._sse import SSEParser
from ._stream import MessageStream
from ._strict_json import dumps
from ._terminal import Closed, Output, TextView
from ._tool_call_view import ToolCallView

WHOLE, FAULT, USAGE, CUT = 0, 1, 2, 3
MAX_LISTED_ERRORS = 9  # errors that the summary tells


class Session:
    """One stream, from its first byte to its summary."""

    def __init__(self, options: argparse.Namespace, out: Output, err: Output, name: str = "-") -> None:
        self.mode, self.quiet = options.mode, options.quiet
        self.out, self.err = out, err
        self.name = name  # of the file
        # With several files each line of JSON says whose it is, but for payloads, which are the server's own.
        self.head = {"file": name} if len(options.files) > 1 and self.mode != "chunks" else {}
        self.live = TextView(out, err, not self.quiet and (err.tty or options.demo or options.reasoning))
        self.layer: MessageStream | ChunkParser | SSEParser[ServerSentEvent]
        self.layer = MessageStream(options.dialect, errors=options.errors)
        if self.mode in ("sse", "chunks"):
            self.layer = SSEParser(flush=True) if self.mode == "sse" else ChunkParser(errors=options.errors)
        self.filling = ToolCallView(out, self.layer, self.head) if isinstance(self.layer, MessageStream) else None
        self.start = monotonic()
        self.seconds = 0.0
        self.first: float | None = None  # when the first text came
        self.received = self.items = self.characters = 0
        self.reported: list[SsembleError] = []  # the first few: a server may send any number, each with its payload
        self.faults = 0  # how many there are
        self.error: SsembleError | None = None
        self.stopped = ""  # what stopped it before the end of the bytes
        self.cause: BaseException | None = None  # the exception that did
        self.unreadable = False  # the file failed while it was read
        self.unwritable = False  # standard output failed, and not just its reader left

    def run(self, fragments: Iterable[bytes]) -> None:
        """Read to the end, or to what stops it; whatever that is, it is kept and not raised."""
        for step in (partial(self._read, fragments), self._conclude):
            try:
                step()
            except SsembleError as error:
                self.error = error
            except KeyboardInterrupt as interrupt:
                self.stopped, self.cause = "interrupted", interrupt
            except Closed as closed:
                self.unwritable = not isinstance(closed.__cause__, BrokenPipeError)
                self.stopped, self.cause = f"standard output: {closed}", closed.__cause__
            except OSError as error:
                self.unreadable = True
                self.stopped, self.cause = f"reading: {error.strerror or error}", error
        self.seconds = monotonic() - self.start

    @property
    def whole(self) -> bool:
        """True if the stream itself said that nothing is missing; plain events cannot."""
        if isinstance(self.layer, MessageStream):
            return self.layer.complete
        return isinstance(self.layer, ChunkParser) and self.layer.ended

    @property
    def code(self) -> int:
        if self.unwritable or (self.unreadable and not self.whole):
            return USAGE
        if self.faults or not (self.error is None or isinstance(self.error, IncompleteStream)):
            return FAULT
        return CUT if self.error or (self.stopped and not self.whole) else WHOLE

    @property
    def final(self) -> bool:
        """True if no further file is to be read: Ctrl-C, or nowhere to write to."""
        return bool(self.stopped) and not self.unreadable

    @property
    def failure(self) -> dict[str, Any] | None:
        """What ended the stream before it was whole, as JSON."""
        if self.error is not None:
            return error_to_dict(self.error)
        if self.cause is not None and not self.whole:
            return {"class": type(self.cause).__name__, "message": self.stopped}
        return None

    def _read(self, fragments: Iterable[bytes]) -> None:
        for data in fragments:
            self.received += len(data)
            self._take(self.layer.feed(data))
            self._check()  # an error is shown when it comes, not with the next bytes
        if not self.received:
            raise IncompleteStream("nothing arrived, not a single byte")
        if isinstance(self.layer, SSEParser):
            if tail := self.layer.end():
                raise IncompleteStream(f"the last event has no blank line, and is left out: {quote(tail[0].data)}")
        self._take(self.layer.end())
        self._check()

    def _check(self) -> None:
        if (error := self.layer.error) is not None:
            raise fresh_copy(error)

    def _take(self, items: Sequence[Any]) -> None:
        for item in items:
            self.items += 1
            if isinstance(item, ErrorEvent):
                self.faults += 1
                if self.faults <= MAX_LISTED_ERRORS:
                    self.reported.append(item.error)
            elif isinstance(item, TextDelta):
                self.characters += len(item.text)
                self.first = self.first or monotonic()
            if self.mode == "text":
                self.live.show(item)
            elif self.mode == "arguments" and self.filling is not None:
                self.filling.show(item)
            elif self.mode != "json":
                self._line(plain_item(item))

    def _conclude(self) -> None:
        if self.mode == "arguments" and self.filling is not None:
            self.filling.end()
        self.live.end()
        if self.mode == "events" and self.failure:
            self._line({"type": "error", "error": self.failure})
        if self.mode == "json" and isinstance(self.layer, MessageStream):
            result = self.layer.completion().to_dict()
            # The first error reported, before how the stream ended, which may only follow from it.
            if failure := next(map(error_to_dict, self.reported), None) or self.failure:
                result["error"] = failure
            if self.head:
                self._line(result)
            else:
                self.out.write(dumps(result, indent=2) + "\n")

    def _line(self, plain: Any) -> None:
        self.out.write(dumps({**self.head, **plain} if self.head else plain) + "\n")


def plain_item(item: Any) -> Any:
    """Turn what a layer gives into JSON."""
    if isinstance(item, Event):
        return item.to_dict()
    if isinstance(item, ServerSentEvent):
        facts = {"event": item.event, "data": item.data, "id": item.id}
        return facts if item.retry is None else {**facts, "retry": item.retry}
    return item
