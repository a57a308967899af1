"""The errors of a stream that ended without a complete message."""

from __future__ import annotations

from ._dialects import DIALECTS
from ._errors import IncompleteStream, StreamError, UnknownDialect, quote


def unrecognised(first: tuple[str, str] | None, last_line: str) -> StreamError:
    """Make the error for a stream without a message.

    Args:
        first: what the payloads look like, and the first payload; None if there was none.
        last_line: the last unrecognised line, or "".
    """
    if first is None:
        return IncompleteStream(f"the stream ended before any message began{_quoted(last_line)}")
    looks, payload = first
    like = f": the payloads look like {looks}" if looks else ""
    known = ", ".join(DIALECTS)
    return UnknownDialect(f"no known dialect{like}; the first is {payload}; known are: {known}", looks_like=looks)


def unfinished(begun: bool, ended: bool, doubt: str, last_line: str) -> StreamError:
    """Make the error for a stream whose message is not complete.

    Args:
        begun: a choice started.
        ended: the terminator arrived, after an error.
        doubt: a line with data after other text, or "".
        last_line: the last unrecognised line, or "".
    """
    if not begun:
        return IncompleteStream(f"the stream ended before any choice began{_quoted(last_line)}")
    if doubt:
        return StreamError(f"a line has data after other text, so other lines may be missing: {quote(doubt)}")
    reason = "an error came before the terminator" if ended else "no terminator, and no finish_reason"
    return IncompleteStream(f"the stream ended before the message was complete: {reason}{_quoted(last_line)}")


def _quoted(last_line: str) -> str:
    return f"; the last unrecognised line: {quote(last_line)}" if last_line else ""
