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
RETRY_DIGITS = 640  # int() takes as many under every setting of sys.set_int_max_str_digits


class _NoID(str):
    """The empty id of an event that has none, which `encode` can tell from an empty id that was set."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "NO_ID"  # copies and pickles stay the one object


NO_ID = _NoID()


@dataclass(slots=True)
class ServerSentEvent:
    """One event of a stream.

    Attributes:
        data: the data lines, joined with LF.
        event: the event's type, ``"message"`` unless the stream names one.
        id: the last event ID when the event was dispatched; ``""`` if there was none.
        offset: bytes from the start of the stream to the event's first line; None if it was
            not parsed. It takes no part in comparisons.
        retry: the reconnection time in milliseconds that the event's block sets, or None.

    >>> ServerSentEvent(data="two\\nlines", event="note", id="7").encode()
    b'event: note\\nid: 7\\ndata: two\\ndata: lines\\n\\n'
    """

    data: str = ""
    event: str = "message"
    id: str = NO_ID
    offset: int | None = field(default=None, compare=False, repr=False)
    retry: int | None = None

    def __repr__(self) -> str:
        retry = "" if self.retry is None else f", retry={self.retry}"
        return f"{type(self).__qualname__}(data={self.data!r}, event={self.event!r}, id={self.id!r}{retry})"

    def json(self, loads: Callable[[str], Any] = json.loads) -> Any:
        """Decode the data as JSON; whatever ``loads`` raises is raised."""
        return loads(self.data)

    def encode(self) -> bytes:
        """Write the event as bytes (UTF-8), so that parsing them gives the event back.

        Events written one after the other come back too, since each writes its id. An empty id is
        written where it was set, which resets the last event ID: by ``id=""``, or by an ``id`` line
        before or in a parsed event. An event made without an id writes none, and a reader carries
        the last one over. Line ends in ``data`` (CRLF, CR, LF) become LF.

        Raises:
            ValueError: CR or LF in ``event`` or ``id``, or NUL in ``id``: whoever controls the
                value could otherwise write fields and events of their own. Or a ``retry`` that a
                reader would ignore: below 0, or of more than 640 digits.

        >>> ServerSentEvent("a", id="").encode(), ServerSentEvent("a", retry=1500).encode()
        (b'id: \\ndata: a\\n\\n', b'retry: 1500\\ndata: a\\n\\n')
        """
        lines = []
        if self.event not in ("", "message"):
            lines.append("event: " + _single_line("event", self.event))
        if self.id is not NO_ID:
            if "\0" in self.id:
                raise ValueError("the id holds NUL, and a reader would ignore it: take it out")
            lines.append("id: " + _single_line("id", self.id))
        if self.retry is not None:
            if not 0 <= self.retry < 10**RETRY_DIGITS:
                raise ValueError("a reader would ignore this retry: give milliseconds from 0 on, or None")
            lines.append(f"retry: {int(self.retry)}")
        lines += ["data: " + line for line in LINE_END.split(self.data)]
        return ("\n".join(lines) + "\n\n").encode()


@dataclass(slots=True)
class Comment:
    """A comment line, as servers send to keep a connection open.

    Attributes:
        text: all after the colon.
    """

    text: str

    def encode(self) -> bytes:
        """Write the comment as bytes (UTF-8), one comment line for each line of the text."""
        return "".join(f":{line}\n" for line in LINE_END.split(self.text)).encode()


@dataclass(slots=True)
class UnknownField:
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
