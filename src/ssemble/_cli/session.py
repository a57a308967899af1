"""Read one stream for the command: print it in the chosen mode and work out the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Any

from .._chunks import ChunkParser
from .._errors import IncompleteStream, SsembleError, error_to_dict, fresh_copy, quote
from .._framing.event import ServerSentEvent
from .._framing.parser import SSEParser
from .._model.events import ErrorEvent, Event, TextDelta
from .._stream import MessageStream
from .._strict_json import dumps
from .._timing import Timing
from .._writer import UNFINISHED, MessageWriter
from .recording import Timed
from .terminal import Output, OutputClosed, TextView
from .tool_call_view import ToolCallView

# Exit codes.
COMPLETE, FAILED, USAGE, TRUNCATED = 0, 1, 2, 3
# How many reported errors are kept for the summary. A server may send any number, and each holds its payload.
MAX_LISTED_ERRORS = 9


class Session:
    """One input of the command, its parser, and what the summary needs."""

    def __init__(self, options: argparse.Namespace, out: Output, err: Output, name: str = "-") -> None:
        self.mode, self.quiet = options.mode, options.quiet
        self.out, self.err = out, err
        self.name = name  # file name, or - for standard input
        # With several files each JSON line names its file. Payloads of --chunks are printed unchanged.
        self.head = {"file": name} if len(options.files) > 1 and self.mode != "chunks" else {}
        self.text_view = TextView(out, err, not self.quiet and (err.tty or options.demo or options.reasoning))
        self.layer: MessageStream | ChunkParser | SSEParser[ServerSentEvent]
        self.layer = MessageStream(options.dialect, errors=options.errors)
        if self.mode in ("sse", "chunks"):
            self.layer = SSEParser(flush=True) if self.mode == "sse" else ChunkParser(errors=options.errors)
        self.writer = MessageWriter(options.to) if options.to else None
        self.call_view = ToolCallView(out, self.layer, self.head) if isinstance(self.layer, MessageStream) else None
        self.timing = Timing(0.0)
        self.at = 0.0  # seconds since the start
        self.first: float | None = None  # time of the first text
        self.received = self.items = self.characters = 0
        self.reported: list[SsembleError] = []  # the first MAX_LISTED_ERRORS
        self.error_count = 0  # all reported errors
        self.error: SsembleError | None = None
        self.stopped = ""  # why reading stopped early
        self.cause: BaseException | None = None  # the exception that stopped it
        self.unreadable = False  # reading the file failed
        self.unwritable = False  # writing failed for another reason than a closed pipe

    def run(self, source: Timed) -> None:
        """Read the stream to its end. Errors are stored, not raised."""
        for step in (partial(self._read, source), partial(self._stop, source), self._conclude):
            try:
                step()
            except SsembleError as error:
                self.error = error
            except KeyboardInterrupt as interrupt:
                self.stopped, self.cause = "interrupted", interrupt
            except OutputClosed as closed:
                self.unwritable = not isinstance(closed.__cause__, BrokenPipeError)
                self.stopped, self.cause = str(closed), closed.__cause__
            except OSError as error:
                self.unreadable = True
                self.stopped, self.cause = f"reading: {error.strerror or error}", error

    @property
    def complete(self) -> bool:
        """True if the stream says that it is complete. Server-sent events alone cannot say so."""
        if isinstance(self.layer, MessageStream):
            return self.layer.complete
        return isinstance(self.layer, ChunkParser) and self.layer.ended

    @property
    def over(self) -> bool:
        """True if the terminator came: waiting for the end of the connection is no gap in the message."""
        return isinstance(self.layer, MessageStream) and self.layer.ended

    @property
    def code(self) -> int:
        """The exit code for this stream."""
        if self.unwritable or (self.unreadable and not self.complete):
            return USAGE
        if self.error_count or not (self.error is None or isinstance(self.error, IncompleteStream)):
            return FAILED
        return TRUNCATED if self.error or (self.stopped and not self.complete) else COMPLETE

    @property
    def stop_all(self) -> bool:
        """True if later files must not be read: after Ctrl-C or when output cannot be written."""
        return bool(self.stopped) and not self.unreadable

    @property
    def failure(self) -> dict[str, Any] | None:
        """The error that ended the stream early, as JSON, or None."""
        if self.error is not None:
            return error_to_dict(self.error)
        if self.cause is not None and not self.complete:
            return {"class": type(self.cause).__name__, "message": self.stopped}
        return None

    def _read(self, source: Timed) -> None:
        for self.at, data in source:
            self.received += len(data)
            over = self.over
            items: Sequence[Any] = self.layer.feed(data)
            if not over:
                self.timing.note(self.at, items)
            self._take(items)
            self._check()  # report an error now, not with the next bytes
        if not self.received:
            raise IncompleteStream("no data arrived")
        if isinstance(self.layer, SSEParser):
            if tail := self.layer.end():
                raise IncompleteStream(f"the last event has no blank line and was dropped: {quote(tail[0].data)}")
        self._take(self.layer.end())
        self._check()

    def _stop(self, source: Timed) -> None:
        self.at = source.elapsed()
        if not self.over:
            self.timing.end(self.at)

    def _check(self) -> None:
        if (error := self.layer.error) is not None:
            raise fresh_copy(error)

    def _take(self, items: Sequence[Any]) -> None:
        for item in items:
            self.items += 1
            if isinstance(item, ErrorEvent):
                self.error_count += 1
                if self.error_count <= MAX_LISTED_ERRORS:
                    self.reported.append(item.error)
            elif isinstance(item, TextDelta):
                self.characters += len(item.text)
                self.first = self.at if self.first is None else self.first
            if self.writer is not None:
                self._bytes(self.writer.write(item))
            elif self.mode == "text":
                self.text_view.show(item)
            elif self.mode == "arguments" and self.call_view is not None:
                self.call_view.show(item)
            elif self.mode != "json":
                self._line(item_to_json(item))

    def _conclude(self) -> None:
        if self.writer is not None:
            if self.error is not None:
                self._bytes(self.writer.write(ErrorEvent(self.error)))  # type: ignore[arg-type]  # it takes any error
            self._bytes(self.writer.close())
            if self.writer.failed and self.code == COMPLETE:  # the source is complete, but has no message
                self.error = IncompleteStream(UNFINISHED)
        if self.mode == "arguments" and self.call_view is not None:
            self.call_view.end()
        self.text_view.end()
        if self.mode == "events" and self.failure:
            self._line({"type": "error", "error": self.failure})
        if self.mode == "json" and isinstance(self.layer, MessageStream):
            result = self.layer.completion().to_dict()
            # The first reported error comes before the error at the end, which may only be its consequence.
            if failure := next(map(error_to_dict, self.reported), None) or self.failure:
                result["error"] = failure
            if self.head:
                self._line(result)
            else:
                self.out.write(dumps(result, indent=2) + "\n")

    def _bytes(self, frames: bytes) -> None:
        self.out.write(frames.decode("ascii"))

    def _line(self, value: Any) -> None:
        self.out.write(dumps({**self.head, **value} if self.head else value) + "\n")


def item_to_json(item: Any) -> Any:
    """Convert an event or a payload to a JSON value."""
    if isinstance(item, Event):
        return item.to_dict()
    if isinstance(item, ServerSentEvent):
        facts = {"event": item.event, "data": item.data, "id": item.id}
        return facts if item.retry is None else {**facts, "retry": item.retry}
    return item
