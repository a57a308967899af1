"""Splits bytes into lines.

WHATWG HTML, "Parsing an event stream"::

    stream        = [ bom ] *event
    end-of-line   = ( cr lf / cr / lf )

Nothing else ends a line. ``str.splitlines`` also splits at U+2028, NEL, VT, FF and more, which would
split JSON strings; ``bytes.splitlines`` splits at exactly these three.
"""

from __future__ import annotations

import re

from .._pickling import Picklable

BytesLike = bytes | bytearray | memoryview
"""A fragment of a stream. It is not kept: a buffer may be used again after the call.

>>> SSEParser().feed(memoryview(b"data: a\\n\\n"))
[ServerSentEvent(data='a', event='message', id='')]
"""

BOM = b"\xef\xbb\xbf"
CR, LF, COLON = 13, 10, 58
LINE_END = re.compile(b"[\r\n]")


def as_bytes(data: BytesLike) -> bytes:
    """Return the caller's data as ``bytes``; copied if the caller could change it later."""
    if type(data) is bytes:
        return data
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    hint = "the bytes of the body, as from response.iter_bytes(), not text or lines"
    raise TypeError(f"feed() takes bytes, not {type(data).__name__}: pass {hint}")


class LineSplitter(Picklable):
    """Split fragments of bytes into lines at CR, LF and CRLF.

    A CR ends its line immediately: waiting for an LF would delay complete events. An LF directly
    after it, in this fragment or the next, is dropped. One BOM at the start of the stream is dropped.

    Args:
        keepends: keep the line ends; of a CRLF split between two fragments, only the CR is kept.

    Attributes:
        offset: bytes from the start of the stream to the start of the unfinished line; if that line
            is skipped, to the end of what was skipped so far.

    Source: WHATWG HTML, section 9.2.5, "Parsing an event stream".

    >>> lines = LineSplitter()
    >>> lines.feed(b"data: a\\r"), lines.feed(b"\\ndat"), lines.feed(b"a: b\\n")
    ([b'data: a'], [], [b'data: b'])
    """

    __slots__ = ("_after_cr", "_ended", "_head", "_keepends", "_pending", "_skipping", "offset")

    def __init__(self, *, keepends: bool = False) -> None:
        self._keepends = keepends
        self._head: bytes | None = b""  # the first bytes, while they may be part of a BOM; then None
        self._after_cr = False
        self._pending = bytearray()
        self._skipping = False
        self._ended = False
        self.offset = 0

    @property
    def pending(self) -> bytes:
        """The unfinished line."""
        return (self._head or b"") + bytes(self._pending)

    @property
    def pending_size(self) -> int:
        """Bytes of the unfinished line."""
        return len(self._pending) + len(self._head or b"")

    def feed(self, data: BytesLike) -> list[bytes]:
        """Take a fragment (bytes, split anywhere) and return the lines that it completes.

        Raises:
            TypeError: ``data`` is not bytes.
            RuntimeError: after `end`.
        """
        data = as_bytes(data)
        if self._ended:
            raise RuntimeError("feed() after end(): make a new splitter for a new stream")
        end = self.offset + self.pending_size + len(data)
        lines = self._split(data)
        self.offset = end - self.pending_size
        return lines

    def _split(self, data: bytes) -> list[bytes]:
        if self._head is not None:
            data = self._without_bom(data)
        if self._after_cr and data:
            self._after_cr = False
            if data[0] == LF:
                data = data[1:]
        if self._skipping:
            data = self._after_skipped(data)
        if not data:
            return []
        lines = data.splitlines(self._keepends)
        last = data[-1]
        if last != LF and last != CR:
            if len(lines) == 1:
                self._pending += data
                return []
            tail = lines.pop()
        else:
            self._after_cr = last == CR
            tail = b""
        if self._pending:
            # Linear: each byte is copied once into the pending line and once out of it.
            self._pending += lines[0]
            lines[0] = bytes(self._pending)
            self._pending.clear()
        self._pending += tail
        return lines

    @property
    def at_boundary(self) -> bool:
        """True at the start of a line, if no LF or BOM has to be dropped any more."""
        return not self._pending and not self._after_cr and self._head is None and not self._skipping

    def begins_with(self, data: bytes) -> None:
        """Look at the first bytes of the stream: if they are not part of a BOM, there is nothing to wait for."""
        if self._head == b"" and data and not BOM.startswith(data[:1]):
            self._head = None

    @property
    def buffer(self) -> bytearray:
        """The buffer of the unfinished line; bytes without a line end may be appended to it."""
        return self._pending

    def advance(self, size: int) -> None:
        """Count the bytes of complete lines that were read without this splitter."""
        self.offset += size

    def skip_line(self) -> None:
        """Drop the unfinished line and the rest of it, when it arrives."""
        self.offset += len(self._pending)
        self._pending.clear()
        self._skipping = True

    def end(self, flush: bool = False) -> list[bytes]:
        """End the input; return the unfinished line if ``flush`` and there is one, else nothing."""
        line = self.pending
        self._ended = True
        self._head = None
        self._pending.clear()
        self._skipping = False
        return [line] if flush and line else []

    def _after_skipped(self, data: bytes) -> bytes:
        """Return the data after the line that is skipped."""
        end = LINE_END.search(data)
        if end is None:
            return b""
        self._skipping = False
        data = data[end.end() :]
        if end[0] == b"\r":
            if data:
                return data.removeprefix(b"\n")
            self._after_cr = True
        return data

    def _without_bom(self, data: bytes) -> bytes:
        # "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
        data = (self._head or b"") + data
        if len(data) < len(BOM) and BOM.startswith(data):
            self._head = data
            return b""
        self._head = None
        return data.removeprefix(BOM)
