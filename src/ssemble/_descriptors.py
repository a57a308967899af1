"""Files and standard streams read and written below Python's buffers.

A descriptor may be non-blocking (O_NONBLOCK), as another program that shares it has set it. Python's
buffers then take "nothing yet" for the end, and drop what the other side does not take at once. Here
both are waited for.
"""

from __future__ import annotations

import io
import select
from collections.abc import Iterator
from typing import Any

SIZE = 65536
"""Bytes of one fragment at most."""


def unbuffered(stream: Any) -> io.RawIOBase | None:
    """Return the file below a stream, or None if there is none, as below a `io.BytesIO`.

    Args:
        stream: a text stream, as `sys.stdout`, or a binary one.
    """
    binary = getattr(stream, "buffer", stream)
    raw = getattr(binary, "raw", binary)
    return raw if isinstance(raw, io.RawIOBase) else None


def fragments(stream: Any) -> Iterator[bytes]:
    """Give the bytes of a stream as they arrive, not when a block of them is full.

    Raises:
        OSError: it cannot be read.
    """
    raw = unbuffered(stream)
    if raw is None:
        binary = getattr(stream, "buffer", stream)
        yield from iter(lambda: binary.read1(SIZE), b"")
        return
    while (data := raw.read(SIZE)) != b"":
        if data is None:  # nothing yet
            select.select([raw.fileno()], [], [])
        else:
            yield data


def write_all(raw: io.RawIOBase, data: bytes) -> None:
    """Write all these bytes, however long the reader takes.

    Raises:
        OSError: it cannot be written.
    """
    rest = memoryview(data)
    while rest:
        count = raw.write(rest)
        if count is None:  # no room yet
            select.select([], [raw.fileno()], [])
        else:
            rest = rest[count:]
