"""What every framing has in common: bytes in, frames out.

A framing hands out two kinds of things. A `Run` holds raw frames, for whoever knows what stands in
them: most payloads are never more than that. Everything else is an item that the framing has read.

The framings, each a class with the interface `Framing`:

============== ================================== ====================================================
``sse``        `SSEFraming`                       an event is a frame; its repairs are the payload room's
``json-lines`` `JSONLines`                        a line is a frame
``json-array`` `JSONArray`                        an element is a frame
``aws``        `AWSEventStream`                   a message is a frame
============== ================================== ====================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple, Protocol

from .._errors import InvalidJSON, ProviderError, StreamError
from .event import Comment, ServerSentEvent, UnknownField


class Run(NamedTuple):
    """Raw frames that follow each other: each with the same end after it, which is not in it."""

    frames: list[bytes]
    blank: bytes


class JSONText(NamedTuple):
    """A frame that must be one JSON text. Nothing in it is repaired.

    Attributes:
        data: the text.
        offset: bytes from the start of the stream to the text.
        name: name of its event.
        member: the key under which the decoded text is handed on, in an object of its own; None to hand
            it on as it is.
    """

    data: str
    offset: int
    name: str = "message"
    member: str | None = None


class Fault(NamedTuple):
    """A frame that is an error. The frames after it can be read."""

    error: InvalidJSON | ProviderError


Item = ServerSentEvent | Comment | UnknownField | JSONText | Fault
Frames = Iterator[Run | Item]


HEAD = 6
"""Bytes of an unfinished frame that tell whether it may be kept as it is."""


class Framing(Protocol):
    """Splits the bytes of a stream into frames.

    Whoever takes a raw frame counts it with `advance`, or hands it to `read`, before the next is taken.
    A framing keeps the unfinished frame and nothing else.

    Attributes:
        blank: the end of most raw frames; a fragment that is one frame ends with it.
        bare: a payload may be the body of an error response, without ``error`` around it.
        rest: the raw bytes of an unfinished frame. Bytes without a line end may be appended to it, as
            long as it has more than `HEAD` and stays within the limit.
    """

    blank: ClassVar[bytes]
    bare: ClassVar[bool]
    rest: bytearray

    @property
    def at_boundary(self) -> bool:
        """True between two frames, with nothing left to decide about what came before.

        Always False if there are no raw frames.
        """

    @property
    def error(self) -> StreamError | None:
        """The error that ended the stream, or None. It comes after the frames before it."""

    def advance(self, size: int, frames: int) -> None:
        """Count raw frames, with their ends; or bytes that were skipped."""

    def feed(self, data: bytes) -> Frames:
        """Take a fragment; give the frames in it, one after the other."""

    def read(self, frame: bytes) -> list[Item]:
        """Read a raw frame, with its end."""

    def text_in(self, frame: bytes) -> tuple[str, int] | None:
        """Return the name of the event in a raw frame and the index of its data; None if it must be read."""

    def end(self, flush: bool) -> list[Item]:
        """No more bytes; ``flush`` hands out the unfinished frame, which may be truncated."""
