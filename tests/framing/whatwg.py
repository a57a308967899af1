"""A slow, obvious reader of event streams, written line by line from the specification.

WHATWG HTML, section 9.2.6, "Interpreting an event stream". It takes the whole input at once, as
text, and shares nothing with the parser that it judges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What an event stream comes to."""

    events: list[tuple[str, str, str]] = field(default_factory=list)  # type, data, last event ID
    comments: list[str] = field(default_factory=list)
    retry: int | None = None
    last_event_id: str = ""
    retries: list[int | None] = field(default_factory=list)  # what the block of each event set


def interpret(body: bytes, last_event_id: str = "") -> Outcome:
    """Interpret a whole body as an event stream."""
    # "Streams must be decoded using the UTF-8 decode algorithm", which strips one BOM.
    text = body.decode("utf-8", "replace")
    if text.startswith("\ufeff"):
        text = text[1:]
    # "Lines must be separated by either a CRLF character pair, a single LF, or a single CR."
    *lines, _unfinished = re.split("\r\n|\n|\r", text)
    outcome = Outcome(last_event_id=last_event_id)
    data, event_type, id_buffer = "", "", last_event_id
    retry: int | None = None
    for line in lines:
        if line == "":
            # Dispatch the event.
            outcome.last_event_id = id_buffer
            if data != "":
                if data.endswith("\n"):
                    data = data[:-1]
                outcome.events.append((event_type or "message", data, outcome.last_event_id))
                outcome.retries.append(retry)
            data, event_type, retry = "", "", None
            continue
        if line.startswith(":"):
            outcome.comments.append(line[1:])
            continue
        if ":" in line:
            name, value = line.split(":", 1)
            if value.startswith(" "):
                value = value[1:]
        else:
            name, value = line, ""
        if name == "event":
            event_type = value
        elif name == "data":
            data += value + "\n"
        elif name == "id":
            if "\0" not in value:
                id_buffer = value
        elif name == "retry" and re.fullmatch("[0-9]+", value) and len(value.lstrip("0")) <= 640:
            outcome.retry = retry = int(value.lstrip("0") or "0")
    return outcome
