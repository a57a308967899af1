"""The summary that the command prints to standard error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._errors import IncompleteStream, SsembleError
from .._framing.parser import SSEParser
from .._model.completion import Choice, Completion
from .._stream import MessageStream
from .session import COMPLETE, FAILED, TRUNCATED, USAGE, Session
from .terminal import BOLD, GREEN, ON_A_LINE, RED, YELLOW, escaped

MAX_VALUE_LENGTH = 500  # characters
SHORTEST_GAP = 0.005  # seconds; a shorter one would be printed as 0.00
# From best to worst: with several files the worst code is returned.
VERDICTS = {
    COMPLETE: ("complete", GREEN),
    TRUNCATED: ("truncated", YELLOW),
    FAILED: ("error", RED),
    USAGE: ("stopped", RED),
}
HINT_NO_DATA = "check the sender: curl -sSN --fail-with-body prints its own errors and those of the server"
# Explanations for the keys of `MessageStream.repairs` and `ChunkParser.repairs`.
REPAIRS = {
    "arguments_after_end": "arguments arrived after their call had ended",
    "arguments_at_other_index": "arguments had a different index than their call",
    "arguments_not_text": "arguments were a JSON value instead of a string",
    "array_of_payloads": "several payloads were sent as one list",
    "bad_block": "a block without an object was ignored",
    "bad_frame_after_end": "invalid JSON after the end of the message was skipped",
    "bad_item": "an item without an object was ignored",
    "bad_start": "a start without a message was ignored",
    "bare_json": "JSON was sent without an event stream",
    "bytes_after_terminator": "bytes after the end of the stream were not read",
    "changed_name": "a call changed its name; the first one was kept",
    "changing_id": "a call changed its id; the first one was kept",
    "comment_as_data": "a comment sent as data was skipped",
    "cumulative_arguments": "each fragment repeated all arguments so far",
    "cumulative_name": "a name was sent again from its beginning",
    "data_behind_text": "other text preceded data: on a line, as in a log",
    "delta_type_mismatch": "a delta was of another kind than its block, and has a block of its own",
    "doubled_data_prefix": "a data: prefix was duplicated",
    "duplicate_call_id": "the same call was sent again",
    "duplicate_id": "two calls have the same id",
    "duplicate_index": "a block was started again under the same index",
    "duplicate_part": "a part was announced twice",
    "duplicate_start": "the message was started twice; the second start was ignored",
    "empty_data": "an event without data was skipped",
    "empty_terminal_output": "the final response had none of its items",
    "encoded_twice": "a payload was encoded as JSON twice",
    "error_field": "an error was sent in an error: field",
    "flat_call": "a call's name or arguments were not in a function object",
    "fraction_as_index": "an index was written as a fraction, such as 0.0",
    "glued_texts": "one event held several payloads or other text",
    "id_at_other_index": "a call continued under a different index",
    "ignored_line": "a line that is not part of an event stream was skipped",
    "indented_data_line": "a data: line began with spaces or capital letters",
    "index_gap": "an index was skipped",
    "index_reused": "another item came under a used index",
    "item_type_mismatch": "a delta was of another kind than its item",
    "late_delta": "a delta came after the end of its item and was ignored",
    "message_instead_of_delta": "a complete message was sent instead of a delta",
    "missing_blank_line": "the blank line between events was missing",
    "missing_finish_reason": "a choice ended without a finish_reason",
    "missing_index": "a fragment without index or id was added to the latest call",
    "missing_item_added": "an event came for an item that was not announced",
    "missing_output_index": "an event did not say which item it belongs to",
    "missing_part_added": "deltas came for a part that was not announced",
    "missing_start": "content came before the start of the message",
    "null_data": "a null payload was skipped",
    "null_name": "the name null was treated as missing",
    "number_as_text": "a number was sent instead of a string",
    "object_instead_of_list": "an object was sent instead of a list",
    "orphan_arguments": "arguments came without their call, and were given to one that waited",
    "part_type_mismatch": "a delta was of another kind than its part",
    "placeholder_arguments": "a {} before the real arguments was dropped",
    "replayed_arguments": "complete arguments were repeated; the copy was ignored",
    "reused_index": "a new call used the index of another call",
    "sequence_not_increasing": "sequence numbers were repeated or out of order",
    "stop_without_start": "a block was ended that had not started",
    "text_delta": "a delta was a string instead of an object",
    "text_index": "an index was a string",
    "truncated_frame": "an event was truncated and joined to the next one",
    "truncated_tail": "the last event was truncated",
    "unescaped_error": "an error message was not escaped as JSON",
    "unknown_index": "a delta came for an index or an id that never started",
    "unknown_shape": "a field of unknown shape was kept unchanged",
    "uppercase_type": "a call's type was in capital letters",
}
# Explanations for the keys of `MessageWriter.losses`.
LOSSES = {
    "after_end": "an event came after the end of its choice",
    "arguments_after_end": "arguments came after the end of their call",
    "call_cut": "a truncated call was closed or left out",
    "choice": "all choices but the first were left out",
    "custom_as_json": "the text for a custom tool was written as JSON",
    "malformed_arguments": "a call was left out, since its arguments are not JSON",
    "nameless_call": "a call without a name was left out",
    "raw": "a payload without a typed event was left out",
    "redacted": "reasoning that is only opaque data was left out",
    "refusal_as_text": "a refusal was written as text",
}


def summarise(session: Session) -> None:
    """Print the summary of a stream to standard error."""
    err, layer = session.err, session.layer
    word, style = VERDICTS[session.code] if session.code or session.complete else ("ended", GREEN)
    rest = "the rest is complete" if session.reported else ""
    why = _with_class(session.error) if session.error else session.stopped or rest
    if session.quiet:
        why = _with_class(session.reported[0]) if session.reported else why
        err.write(f"ssemble: {word}: {why}\n" if session.code else "")
        return
    rows = [("reported", _with_class(error)) for error in session.reported]
    if session.error_count > len(session.reported):
        rows.append(("reported", f"and {session.error_count - len(session.reported):,} more"))
    if isinstance(layer, MessageStream):
        rows += _message_rows(layer.completion())
    if not isinstance(layer, SSEParser) and layer.repairs:
        rows += [("repairs", _repair_text(code, count)) for code, count in layer.repairs.items()]
    if session.writer is not None and session.writer.losses:
        rows += [("losses", f"{code} {count:,}: {LOSSES[code]}") for code, count in session.writer.losses.items()]
    if not session.received and session.error and session.name == "-":
        rows.append(("hint", HINT_NO_DATA))
    err.write("\n" if err.shares(session.out) else "")
    for label, text in [(word, why), *rows, ("stream", _timing(session))]:
        err.write(label, style)
        err.write(f"{' ' * (11 - len(label))}{text}".rstrip() + "\n")
        style = BOLD


def _message_rows(message: Completion) -> Iterator[tuple[str, str]]:
    if message.id or message.model:
        yield "message", _one_line(", ".join(filter(None, (message.id, message.model))))
    for choice in message.choices:
        yield f"choice {choice.index}", _choice_summary(choice)
        for call in choice.message.tool_calls:
            state = "complete" if call.complete else "arguments are not JSON" if call.closed else "truncated"
            yield f"  call {call.index}", f"{_one_line(call.name)} {_one_line(call.arguments)} ({state})"
    if message.usage:
        yield "usage", ", ".join(f"{_one_line(name)} {count:,}" for name, count in _counts(message.usage))


def _choice_summary(choice: Choice) -> str:
    message = choice.message
    raw = f" ({_one_line(str(choice.raw_finish_reason))})" if choice.raw_finish_reason != choice.finish_reason else ""
    facts = f"{choice.finish_reason or 'no finish_reason'}{raw}, {len(message.text):,} characters"
    if message.reasoning:
        facts += f", {len(message.reasoning):,} of reasoning"
    return f"{facts}, refused: {_one_line(message.refusal)}" if message.refusal else facts


def _counts(usage: dict[str, Any]) -> Iterator[tuple[str, int | float]]:
    for name, value in usage.items():
        if isinstance(value, dict):  # details, most of which are zero
            yield from _counts({key: count for key, count in value.items() if count})
        elif type(value) in (int, float):
            yield name, value


def _timing(session: Session) -> str:
    seconds = session.at
    if not isinstance(session.layer, MessageStream):
        return f"{session.items:,} {'events' if session.mode == 'sse' else 'payloads'} in {seconds:.2f} s"
    text = f"{session.layer.chunk_count:,} chunks, {session.characters:,} characters in {seconds:.2f} s"
    if session.first is not None:
        rate = session.characters / max(seconds, 0.001)  # a coarse clock may show no time passed
        text += f" ({rate:,.0f} a second), the first after {session.first:.2f} s"
    gap = session.timing.longest_gap
    if gap is not None and gap >= SHORTEST_GAP:
        text += f"; the longest gap: {gap:.2f} s in {_one_line(str(session.timing.longest_gap_in))}"
    return text


def _repair_text(code: str, count: int) -> str:
    return f"{code} {count:,}" + (f": {REPAIRS[code]}" if code in REPAIRS else "")


def _one_line(text: str) -> str:
    """Escape a value so that it fits on one line, and shorten it."""
    text = escaped(text, table=ON_A_LINE)
    rest = len(text) - MAX_VALUE_LENGTH
    return text if rest <= 0 else f"{text[:MAX_VALUE_LENGTH]}... and {rest:,} characters more"


def _with_class(error: SsembleError) -> str:
    name = "" if isinstance(error, IncompleteStream) else f"{type(error).__name__}: "  # the verdict says so already
    return name + _one_line(str(error))
