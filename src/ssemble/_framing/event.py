"""The server-sent event, and how it is written.

WHATWG HTML, section 9.2.5, "Parsing an event stream"::

    event         = *( comment / field ) end-of-line
    field         = 1*name-char [ colon [ space ] *any-char ] end-of-line
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._record import Record

LINE_END = re.compile("\r\n|\r|\n")
RETRY_DIGITS = 640  # int() accepts these under every setting of sys.set_int_max_str_digits


class _NoID(str):
    """The id of an event without one. It equals ``""``, but `encode` can tell it from an empty id that was set."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "NO_ID"  # copies and pickles are the same object


NO_ID = _NoID()


@dataclass(slots=True, eq=False, repr=False)
class ServerSentEvent(Record):
    """One event of a stream.

    Attributes:
        data: the data lines, joined with LF.
        event: the event's type, ``"message"`` if the stream names none.
        id: the last event ID when the event was dispatched; ``""`` if there was none.
        offset: bytes from the start of the stream to the event's first line; None if it was
            not parsed. Ignored in comparisons.
        retry: the reconnection time in milliseconds that the event sets, or None.

    >>> ServerSentEvent(data="two\\nlines", event="note", id="7").encode()
    b'event: note\\nid: 7\\ndata: two\\ndata: lines\\n\\n'
    """

    data: str = ""
    event: str = "message"
    id: str = NO_ID
    offset: int | None = None
    retry: int | None = None
    _unseen = frozenset(("offset",))
    _usual = (("retry", None),)

    def json(self, loads: Callable[[str], Any] = json.loads) -> Any:
        """Decode the data as JSON. Exceptions of ``loads`` pass through."""
        return loads(self.data)

    def encode(self) -> bytes:
        """Encode the event as bytes (UTF-8); parsing them returns an equal event.

        A sequence of events can be parsed back too, since each has its id. An empty id that was set
        is written, because it resets the last event ID: set by ``id=""``, or by an ``id`` line before
        or in a parsed event. An event created without an id has no ``id`` line, so a reader keeps the
        last event ID. Line ends in ``data`` (CRLF, CR, LF) become LF.

        Raises:
            ValueError: CR or LF in ``event`` or ``id``, or NUL in ``id``: such a value could inject
                fields and events. Or a ``retry`` that a reader would ignore: negative, or with more
                than 640 digits.

        >>> ServerSentEvent("a", id="").encode(), ServerSentEvent("a", retry=1500).encode()
        (b'id: \\ndata: a\\n\\n', b'retry: 1500\\ndata: a\\n\\n')
        """
        lines = []
        if self.event not in ("", "message"):
            lines.append("event: " + _single_line("event", self.event))
        if self.id is not NO_ID:
            if "\0" in self.id:
                raise ValueError("expected an id without NUL: a reader would ignore it")
            lines.append("id: " + _single_line("id", self.id))
        if self.retry is not None:
            if not 0 <= self.retry < 10**RETRY_DIGITS:
                raise ValueError("expected a retry of 0 or more with at most 640 digits: a reader would ignore it")
            lines.append(f"retry: {int(self.retry)}")
        lines += ["data: " + line for line in LINE_END.split(self.data)]
        return ("\n".join(lines) + "\n\n").encode()


@dataclass(slots=True, eq=False, repr=False)
class Comment(Record):
    """A comment line; servers send these to keep a connection open.

    Attributes:
        text: everything after the colon.

    >>> Comment(" keep-alive").encode()
    b': keep-alive\\n'
    """

    text: str

    def encode(self) -> bytes:
        """Encode the comment as bytes (UTF-8), with one comment line for each line of the text."""
        return "".join(f":{line}\n" for line in LINE_END.split(self.text)).encode()


class UnknownField(Record):
    """A line that the specification ignores: an unknown field, or the name of an event without data.

    Attributes:
        text: the line.
        offset: bytes from the start of the stream to the line.
        in_event: the line is in an event, after its data.
    """

    __slots__ = __match_args__ = ("text", "offset", "in_event")
    _unseen = frozenset(("offset", "in_event"))

    def __init__(self, text: str, offset: int | None = None, in_event: bool = False) -> None:
        self.text = text
        self.offset = offset
        self.in_event = in_event


def _single_line(name: str, value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError(f"expected {name} without a line end: it would end the field")
    return value
