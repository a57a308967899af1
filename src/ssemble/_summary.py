"""How a stream went, in a few lines on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._completion import Choice, Completion
from ._errors import IncompleteStream, SsembleError
from ._session import CUT, FAULT, USAGE, WHOLE, Session
from ._sse import SSEParser
from ._stream import MessageStream
from ._terminal import BOLD, GREEN, ON_A_LINE, RED, YELLOW, escaped

LONGEST = 500  # characters of one value
# From the best to the worst.
VERDICTS = {WHOLE: ("whole", GREEN), CUT: ("cut short", YELLOW), FAULT: ("error", RED), USAGE: ("stopped", RED)}


def summarise(session: Session) -> None:
    """Say on standard error how the stream went."""
    err, layer = session.err, session.layer
    word, style = VERDICTS[session.code] if session.code or session.whole else ("ended", GREEN)
    why = _named(session.error) if session.error else session.stopped or "the rest is whole" * bool(session.reported)
    if session.quiet:
        err.write(f"ssemble: {word}: {why}\n" if session.code else "")
        return
    rows = [("reported", _named(error)) for error in session.reported]
    if session.faults > len(session.reported):
        rows.append(("reported", f"and {session.faults - len(session.reported):,} more"))
    if isinstance(layer, MessageStream):
        rows += _message_rows(layer.completion())
    if not isinstance(layer, SSEParser) and layer.repairs:
        rows.append(("repairs", ", ".join(f"{code} {count}" for code, count in layer.repairs.items())))
    err.write("\n" if err.tty and session.out.tty else "")
    for label, text in [(word, why), *rows, ("stream", _speed(session))]:
        err.write(label, style)
        err.write(f"{' ' * (11 - len(label))}{text}".rstrip() + "\n")
        style = BOLD


def _message_rows(message: Completion) -> Iterator[tuple[str, str]]:
    if message.id or message.model:
        yield "message", _short(", ".join(filter(None, (message.id, message.model))))
    for choice in message.choices:
        yield f"choice {choice.index}", _facts(choice)
        for call in choice.message.tool_calls:
            state = "complete" if call.complete else "arguments are not JSON" if call.closed else "cut short"
            yield f"  call {call.index}", f"{_short(call.name)} {_short(call.arguments)} ({state})"
    if message.usage:
        yield "usage", ", ".join(f"{_short(name)} {count:,}" for name, count in _counts(message.usage))


def _facts(choice: Choice) -> str:
    message = choice.message
    raw = f" ({_short(str(choice.raw_finish_reason))})" if choice.raw_finish_reason != choice.finish_reason else ""
    facts = f"{choice.finish_reason or 'no finish_reason'}{raw}, {len(message.text):,} characters"
    if message.reasoning:
        facts += f", {len(message.reasoning):,} of reasoning"
    return f"{facts}, refused: {_short(message.refusal)}" if message.refusal else facts


def _counts(usage: dict[str, Any]) -> Iterator[tuple[str, int | float]]:
    for name, value in usage.items():
        if isinstance(value, dict):  # details: most of them are zero
            yield from _counts({key: count for key, count in value.items() if count})
        elif type(value) in (int, float):
            yield name, value


def _speed(session: Session) -> str:
    if not isinstance(session.layer, MessageStream):
        return f"{session.items:,} {'events' if session.mode == 'sse' else 'payloads'} in {session.seconds:.2f} s"
    text = f"{session.layer.chunks:,} chunks, {session.characters:,} characters in {session.seconds:.2f} s"
    if session.first is not None:
        rate = session.characters / max(session.seconds, 0.001)  # the clock may not have moved
        text += f" ({rate:,.0f} a second), the first after {session.first - session.start:.2f} s"
    return text


def _short(text: str) -> str:
    """Fit a value into one line."""
    text = escaped(text, table=ON_A_LINE)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... and {len(text) - LONGEST:,} characters more"


def _named(error: SsembleError) -> str:
    name = "" if isinstance(error, IncompleteStream) else f"{type(error).__name__}: "  # the verdict has said it
    return name + _short(str(error))
