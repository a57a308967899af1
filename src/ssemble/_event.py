"""The server-sent event: what the reader gives, and how it is written.

WHATWG HTML, section 9.2.5, "Parsing an event stream"::

    event         = *( comment / field ) end-of-line
    field         = 1*name-char [ colon [ space ] *any-char ] end-of-line
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LINE_END = re.compile("\r\n|\r|\n")


@dataclass(slots=True)
class ServerSentEvent:
    """One event of a stream.

    Attributes:
        data: the data lines, joined with LF.
        event: the event's type, ``"message"`` unless the stream names one.
        id: the last event ID when the event was dispatched.
        offset: bytes from the start of the stream to the event's first line; None if it was
            not parsed. It takes no part in comparisons.

    >>> ServerSentEvent(data="two\\nlines", event="note", id="7").encode()
    b'event: note\\nid: 7\\ndata: two\\ndata: lines\\n\\n'
    """

    data: str = ""
    event: str = "message"
    id: str = ""
    offset: int | None = field(default=None, compare=False, repr=False)

    def json(self, loads: Callable[[str], Any] = json.loads) -> Any:
        """Decode the data as JSON; whatever ``loads`` raises is raised."""
        return loads(self.data)

    def encode(self) -> bytes:
        """Write the event as bytes (UTF-8), so that parsing them gives the event back.

        Line ends in ``data`` (CRLF, CR, LF) become LF.

        Raises:
            ValueError: CR or LF in ``event`` or ``id``, or NUL in ``id``: whoever controls the
                value could otherwise write fields and events of their own.
        """
        lines = []
        if self.event not in ("", "message"):
            lines.append("event: " + _single_line("event", self.event))
        if self.id:
            if "\0" in self.id:
                raise ValueError("the id holds NUL, and a reader would ignore it: take it out")
            lines.append("id: " + _single_line("id", self.id))
        lines += ["data: " + line for line in LINE_END.split(self.data)]
        return ("\n".join(lines) + "\n\n").encode()


@dataclass(slots=True)
class Comment:
    """A comment line, as servers send to keep a connection open; ``text`` is all after the colon."""

    text: str

    def encode(self) -> bytes:
        """Write the comment as bytes (UTF-8), one comment line for each line of the text."""
        return "".join(f":{line}\n" for line in LINE_END.split(self.text)).encode()


@dataclass(slots=True)
class IgnoredLine:
    """A line that dispatches nothing: of an unknown field, or the name of an event without data.

    Attributes:
        text: the line.
        offset: bytes from the start of the stream to the line.
        in_event: it stands in an event, behind its data.
    """

    text: str
    offset: int | None = field(default=None, compare=False, repr=False)
    in_event: bool = field(default=False, compare=False, repr=False)


def _single_line(name: str, value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError(f"the {name} holds a line end, and would end its field early: take it out")
    return value
