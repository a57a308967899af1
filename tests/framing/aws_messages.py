"""Messages of AWS event streams, written from their description."""

from __future__ import annotations

import base64
import json
import struct
from binascii import crc32
from typing import Any

EXCEPTION = {":message-type": "exception", ":exception-type": "throttlingException"}


def header(name: bytes, value: bytes, kind: int = 7) -> bytes:
    size = struct.pack(">H", len(value)) if kind in (6, 7) else b""
    return bytes([len(name)]) + name + bytes([kind]) + size + value


def prelude(total: int, headers: int) -> bytes:
    lengths = struct.pack(">II", total, headers)
    return lengths + struct.pack(">I", crc32(lengths))


def message(headers: bytes | dict[str, str], payload: bytes | Any = b"", total: int | None = None) -> bytes:
    """Write a message; ``total`` is a length that is not true."""
    if isinstance(headers, dict):
        headers = b"".join(header(name.encode(), value.encode()) for name, value in headers.items())
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    total = 16 + len(headers) + len(payload) if total is None else total
    start = prelude(total, len(headers)) + headers + payload
    return start + struct.pack(">I", crc32(start))


def event(name: str, payload: bytes | Any = b"") -> bytes:
    return message({":message-type": "event", ":event-type": name, ":content-type": "application/json"}, payload)


def chunk(payload: bytes | Any, **more: Any) -> bytes:
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return event("chunk", {"bytes": base64.b64encode(payload).decode(), "p": "abc", **more})
