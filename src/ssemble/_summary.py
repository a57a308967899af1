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
NOTHING = "see what the sender says: curl -sSN --fail-with-body shows its own errors and the server's"
# What the keys of `MessageStream.repairs` and `ChunkParser.repairs` mean.
REPAIRS = {
    "arguments_after_end": "more arguments came after the end of their call",
    "arguments_at_other_index": "arguments came under another index than their call",
    "arguments_not_text": "arguments came as JSON, not as text",
    "array_of_payloads": "several payloads in a list, taken one by one",
    "bad_frame_after_end": "data that is no JSON came after the message had ended, skipped",
    "bare_json": "JSON without an event stream around it",
    "bytes_after_terminator": "bytes came after the end of the stream, not read",
    "changed_name": "a call got a second name, and keeps its first",
    "changing_id": "a call's id changed, and it keeps its first",
    "comment_as_data": "a comment sent as data, skipped",
    "cumulative_arguments": "each part of the arguments said all so far",
    "cumulative_name": "a name was sent again from its beginning",
    "data_behind_text": "a line held its data behind other text, as a log does",
    "doubled_data_prefix": "data: stood twice before a payload",
    "duplicate_id": "two calls have the same id",
    "empty_data": "an event without data, skipped",
    "encoded_twice": "a payload was JSON inside a JSON text",
    "error_field": "an error on an error: line",
    "flat_call": "a call's name or arguments outside its function object",
    "fraction_as_index": "an index written with a fraction, as 0.0",
    "glued_texts": "several payloads, or something else, on one line",
    "id_at_other_index": "a call went on under another index",
    "ignored_line": "a line that is no part of an event stream, skipped",
    "indented_data_line": "blanks or capitals at the beginning of a data line",
    "message_instead_of_delta": "a whole message where a stream sends parts",
    "missing_blank_line": "several events without a blank line between them",
    "missing_finish_reason": "the stream ended, and nothing said why a choice did",
    "missing_index": "a part of a call without index and id, added to the latest call",
    "null_data": "null as a payload, skipped",
    "null_name": "a call named null, taken as one without a name",
    "number_as_text": "a number where text belongs",
    "object_instead_of_list": "one object where a list belongs",
    "placeholder_arguments": "{} came before the real arguments, left out",
    "replayed_arguments": "whole arguments were sent again, left out",
    "reused_index": "a new call under the index of another",
    "text_delta": "a delta that is text, not an object",
    "text_index": "an index written as text",
    "truncated_frame": "an event was cut off and the next one glued to it",
    "truncated_tail": "the last event was cut off",
    "unescaped_error": "an error whose words were put in without escaping them",
    "unknown_shape": "a field of a shape that nobody knows, kept as it came",
    "uppercase_type": "a call's type in capital letters",
}


def summarise(session: Session) -> None:
    """Say on standard error how the stream went."""
    err, layer = session.err, session.layer
    word, style = VERDICTS[session.code] if session.code or session.whole else ("ended", GREEN)
    why = _named(session.error) if session.error else session.stopped or "the rest is whole" * bool(session.reported)
    if session.quiet:
        why = _named(session.reported[0]) if session.reported else why
        err.write(f"ssemble: {word}: {why}\n" if session.code else "")
        return
    rows = [("reported", _named(error)) for error in session.reported]
    if session.faults > len(session.reported):
        rows.append(("reported", f"and {session.faults - len(session.reported):,} more"))
    if isinstance(layer, MessageStream):
        rows += _message_rows(layer.completion())
    if not isinstance(layer, SSEParser) and layer.repairs:
        rows += [("repairs", _repaired(code, count)) for code, count in layer.repairs.items()]
    if not session.received and session.error and session.name == "-":
        rows.append(("hint", NOTHING))
    err.write("\n" if err.shares(session.out) else "")
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
    text = f"{session.layer.chunk_count:,} chunks, {session.characters:,} characters in {session.seconds:.2f} s"
    if session.first is not None:
        rate = session.characters / max(session.seconds, 0.001)  # the clock may not have moved
        text += f" ({rate:,.0f} a second), the first after {session.first - session.start:.2f} s"
    return text


def _repaired(code: str, count: int) -> str:
    return f"{code} {count:,}" + (f": {REPAIRS[code]}" if code in REPAIRS else "")


def _short(text: str) -> str:
    """Fit a value into one line."""
    text = escaped(text, table=ON_A_LINE)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... and {len(text) - LONGEST:,} characters more"


def _named(error: SsembleError) -> str:
    name = "" if isinstance(error, IncompleteStream) else f"{type(error).__name__}: "  # the verdict has said it
    return name + _short(str(error))
