"""A stream read to its end, as plain JSON that survives renamed methods and reworded errors."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import ssemble

ESCAPES = re.compile(r'(?:\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt]))+')
OURS = "<worded by ssemble>"

Outcome = tuple[list[Any], Exception | None, ssemble.Completion, dict[str, int]]


def read(fragments: Iterable[bytes], options: dict[str, Any]) -> Outcome:
    """Read a stream: its events, its error, its message and its repairs.

    This is the one place that calls the API by name. It takes old and new names, so that the same
    file runs on the code before and after a rename.
    """
    stream: Any = ssemble.MessageStream(**options)
    end = next(getattr(stream, name) for name in ("end", "flush") if hasattr(stream, name))
    events: list[Any] = []
    error = None
    try:
        for fragment in fragments:
            events += stream.feed(fragment)
        events += end()
        stream.close()
    except ssemble.SsembleError as caught:
        error = caught
    return events, error, stream.completion(), stream.repairs


def form(fragments: Sequence[bytes], options: dict[str, Any]) -> dict[str, Any]:
    """Read a stream and give its normal form.

    Events and results are the names and fields of their classes, and what their ``to_dict`` gives.
    Errors are their class, their place and what the server said, without what ssemble says itself.
    """
    events, error, completion, repairs = read(fragments, options)
    server = Server(b"".join(fragments))
    return {
        "events": [plain(event, server) for event in events],
        "error": plain(error, server),
        "result": plain(completion, server),
        "repairs": repairs,
    }


def written(value: Any, indent: int | None = None) -> str:
    """Write a normal form as text that is always the same for the same form."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, sort_keys=True, indent=indent, separators=separators)


NEW_FIELDS = {"part", "tool_type", "signature"}  # and `created` of a MessageStart


def plain(value: Any, server: Server) -> Any:
    """Give a value as JSON. A field that is None, or younger than the base, is left out."""
    if isinstance(value, ssemble.SsembleError):
        return _fault(value, server)
    if isinstance(value, tuple):
        return [plain(item, server) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    found: dict[str, Any] = {"class": type(value).__name__}
    for name in _fields(value.__class__):
        new = name in NEW_FIELDS or (name == "created" and isinstance(value, ssemble.MessageStart))
        if not new and (item := getattr(value, name)) is not None:
            found[name] = plain(item, server)
    if isinstance(value, (ssemble.ToolCall, ssemble.Completion)):
        found["to_dict"] = value.to_dict()
    return found


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if not field.name.startswith("_"))


def _fault(error: ssemble.SsembleError, server: Server) -> dict[str, Any]:
    facts = {name: getattr(error, name, None) for name in ("offset", "event", "where", "limit")}
    if isinstance(error, ssemble.ProviderError):
        message = error.message if server.said(error.message) else OURS
        raw = {key: message if item == error.message else item for key, item in error.raw.items()}
        facts |= {"code": error.code, "type": error.type, "message": message, "raw": raw}
    return {"class": type(error).__name__, **facts}


class Server:
    """Tells the words of the server from those of ssemble: the server's are in the body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    @functools.cached_property
    def _texts(self) -> tuple[str, str]:
        text = self._body.decode("utf-8", "replace")
        return text, ESCAPES.sub(lambda found: json.loads(f'"{found[0]}"'), text)

    def said(self, words: str) -> bool:
        """True if each line of these words is in the body as it is or escaped as in JSON."""
        return all(any(line in text for text in self._texts) for line in words.split("\n"))
