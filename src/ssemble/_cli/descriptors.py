"""Read and write files and standard streams without Python's buffers.

A descriptor may be non-blocking (O_NONBLOCK) because another program that shares it made it so.
Python's buffered readers then treat "no data yet" as the end, and its buffered writers lose data when
the pipe is full. The functions here wait until the descriptor is ready.
"""

from __future__ import annotations

import io
import select
from collections.abc import Iterator
from typing import Any

READ_SIZE = 65536
"""Bytes of the largest fragment."""


def unbuffered(stream: Any) -> io.RawIOBase | None:
    """Return the raw file of a stream, or None if it has none, like `io.BytesIO`.

    Args:
        stream: a text stream such as `sys.stdout`, or a binary one.
    """
    binary = getattr(stream, "buffer", stream)
    raw = getattr(binary, "raw", binary)
    return raw if isinstance(raw, io.RawIOBase) else None


def fragments(stream: Any) -> Iterator[bytes]:
    """Yield the bytes of a stream as they arrive, without waiting for a full block.

    Raises:
        OSError: the stream cannot be read.
    """
    raw = unbuffered(stream)
    if raw is None:
        binary = getattr(stream, "buffer", stream)
        yield from iter(lambda: binary.read1(READ_SIZE), b"")
        return
    while (data := raw.read(READ_SIZE)) != b"":
        if data is None:  # no data yet
            select.select([raw.fileno()], [], [])
        else:
            yield data


def write_all(raw: io.RawIOBase, data: bytes) -> None:
    """Write all the bytes, waiting while the descriptor is full.

    Raises:
        OSError: the file cannot be written.
    """
    rest = memoryview(data)
    while rest:
        count = raw.write(rest)
        if count is None:  # full
            select.select([], [raw.fileno()], [])
        else:
            rest = rest[count:]
