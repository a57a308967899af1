"""The framing of AWS event streams, ``application/vnd.amazon.eventstream``, as Bedrock sends them.

A message, with numbers in big-endian order::

    total length (4)   headers length (4)   CRC32 of these 8 bytes (4)
    headers            payload              CRC32 of everything before it (4)

Source: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import crc32
from struct import Struct
from typing import Any, ClassVar

from .._errors import IncompleteStream, InvalidJSON, LimitExceeded, ProviderError, StreamError, quote
from .._limits import Limits, limit_or_max
from .._pickling import Picklable
from .aws_headers import Damage, read_headers
from .base import Fault, Frames, Item, JSONText, Run
from .blocks import decoded

LENGTHS = Struct(">III")
PRELUDE, CHECKSUM = 12, 4
SMALLEST = PRELUDE + CHECKSUM
LARGEST_HEADERS = 128 * 1024
find_text = json.JSONDecoder().raw_decode


class AWSEventStream(Picklable):
    """Splits an AWS event stream into its messages, and reads what they say.

    A message that is damaged ends the stream: where the next one begins is not known any more.

    The lengths and checksums of a message differ each time. So the raw frame of an event is not its message, but
    the name of the event, a line feed and its JSON text, which can be compared with templates.
    """

    __slots__ = ("_count", "_limit", "_offset", "_total", "_unfinished", "error", "rest")
    blank: ClassVar[bytes] = b""
    bare: ClassVar[bool] = False
    at_boundary: ClassVar[bool] = False  # a message is never a raw frame

    def __init__(self, *, limits: Limits = Limits()) -> None:
        self.rest = bytearray()  # always empty
        self.error: StreamError | None = None
        self._limit = limit_or_max(limits.max_event_size)
        self._offset = 0  # of the next message
        self._count = 0
        self._unfinished = bytearray()
        self._total = 0  # length of the unfinished message; 0 before its prelude is complete

    def advance(self, size: int, frames: int) -> None:
        """Count bytes that were skipped. The messages of raw frames are counted already."""
        self._offset += 0 if frames else size

    def feed(self, data: bytes) -> Frames:
        """Take a fragment; give what the messages say that it completes."""
        at, unfinished = 0, self._unfinished
        while self.error is None and at < len(data):
            wanted = (self._total or PRELUDE) - len(unfinished)
            piece = data[at : at + wanted]
            at += len(piece)
            if len(piece) < wanted:
                unfinished += piece
                return
            message = bytes(unfinished + piece) if unfinished else piece
            unfinished.clear()
            if not self._total:
                self._read_prelude(message)
                if self._total > len(data) - at + PRELUDE or self.error is not None:
                    unfinished += message
                    continue
                at += self._total - PRELUDE
                message += data[at - self._total + PRELUDE : at]
            try:
                item = read_message(message, self._offset, self._count + 1)
            except Damage as damage:
                self._damaged(str(damage))
                return
            self._total = 0
            if item is not None:
                yield item
            self._offset += len(message)
            self._count += 1

    def _read_prelude(self, prelude: bytes) -> None:
        """Check the first 12 bytes of a message, before a length in them is believed."""
        total, headers, checksum = LENGTHS.unpack(prelude)
        if crc32(prelude[:8]) != checksum:
            self._damaged("the checksum of its first bytes is wrong")
        elif total < SMALLEST or headers > total - SMALLEST or headers > LARGEST_HEADERS:
            self._damaged(f"its lengths cannot be: {total} bytes, of them {headers} of headers")
        elif total > self._limit:
            self.error = LimitExceeded._over("max_event_size", self._limit, offset=self._offset, event=self._count + 1)
        self._total = total

    def _damaged(self, reason: str) -> None:
        message = f"a message of the AWS event stream is damaged: {reason}"
        self.error = StreamError(message, offset=self._offset, event=self._count + 1)

    def read(self, frame: bytes) -> list[Item]:
        """Read a raw frame: that of the message that was taken last."""
        name, payload = _parts(frame)
        return [JSONText(decoded(payload), self._offset, name or "message", name or None)]

    def text_in(self, frame: bytes) -> tuple[str, int] | None:
        """Return the name of the event in a raw frame and the index of its text; None if it must be read."""
        name, payload = _parts(frame)
        if not name:
            return "message", 1
        try:  # alone: with a key and brackets around it, some text would become JSON that is none
            text = payload.decode()
            end = find_text(text)[1]
        except (ValueError, RecursionError):
            return None
        return (name, len(name) + 1) if end == len(text) else None

    def end(self, flush: bool) -> list[Item]:
        """No more bytes: the last message must be complete."""
        if self._unfinished and self.error is None:
            message = "the AWS event stream ends inside a message"
            self.error = IncompleteStream(message, offset=self._offset, event=self._count + 1)
        self._unfinished.clear()
        return []


def read_message(message: bytes, offset: int, number: int) -> Item | Run | None:
    """Read a complete message whose prelude is right; None if it is of a type that is not known.

    Raises:
        Damage: its checksum or its headers are wrong.
    """
    if crc32(message[:-CHECKSUM]) != int.from_bytes(message[-CHECKSUM:], "big"):
        raise Damage("its checksum is wrong")
    end = PRELUDE + int.from_bytes(message[4:8], "big")
    headers = read_headers(message[PRELUDE:end])
    payload = message[end:-CHECKSUM]
    kind = headers.get(":message-type", "event")
    if kind == "exception":
        return Fault(_exception(headers.get(":exception-type"), decoded(payload)))
    if kind == "error":
        return Fault(_error(headers.get(":error-code"), headers.get(":error-message")))
    if kind != "event":
        return None
    name = headers.get(":event-type")
    if name == "chunk" and type(chunk := _json(decoded(payload))) is dict and type(chunk.get("bytes")) is str:
        try:
            return Run([b"\n" + b64decode(chunk["bytes"], validate=True)], b"")
        except ValueError:
            words = quote(chunk["bytes"])
            return Fault(InvalidJSON(f"a chunk is not base64: {words}", offset=offset, event=number))
    payload = payload or b"{}"
    if name is None or (name.isidentifier() and name.isascii()):
        key = (name or "").encode()
        return Run([b"%b\n" % key + (b'{"%b":%b}' % (key, payload) if key else payload)], b"")
    return JSONText(decoded(payload), offset, name or "message", name)


def _parts(frame: bytes) -> tuple[str, bytes]:
    """Return the name of the event in a raw frame, or "", and its payload."""
    name, _, text = frame.partition(b"\n")
    return name.decode(), text[len(name) + 4 : -1] if name else text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _exception(kind: str | None, payload: str) -> ProviderError:
    """Make the error of an exception message."""
    found = _json(payload)
    return exception_of(kind, found if type(found) is dict else {"message": payload} if payload else {})


def exception_of(kind: str | None, raw: dict[str, Any]) -> ProviderError:
    """Make the error of an exception: its name, and what it says."""
    words = next((raw[key] for key in ("message", "Message") if type(raw.get(key)) is str and raw[key]), None)
    code = raw.get("originalStatusCode")
    message = words or kind or "the server reported an exception and gave no reason"
    return ProviderError._named(message, raw, type=kind, code=code if type(code) in (int, str) else None)


def _error(code: str | None, words: str | None) -> ProviderError:
    """Make the error of an error message: it is in the headers."""
    raw = {key: value for key, value in (("code", code), ("message", words)) if value is not None}
    return ProviderError(words or code or "the server reported an error and gave no reason", raw=raw)
