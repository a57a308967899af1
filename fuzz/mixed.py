"""Scenarios for `fuzz_mixed`: what a server sends, how it is split, and what the caller does meanwhile."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from fuzz.choices import Choices
from fuzz.mixed_forms import DEEP, ENDS, OF_DIALECTS, changed, fill, form, opening, twins

ACTS = (
    "tool_call", "accumulator.tool_call", "partial_json", "accumulator.attach_partial", "value", "completion",
    "repairs", "chunks", "result", "copy", "deepcopy", "pickle",
)  # fmt: skip
FOREIGN = [
    b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"x"}}',
    b'data: {"type":"response.output_text.delta","delta":"x","sequence_number":3}',
    b'data: {"model":"m","message":{"role":"assistant","content":"x"},"done":false}',
    b'data: {"id":"c1","object":"text_completion","choices":[{"index":0,"text":"x","finish_reason":null}]}',
    b'{"model":"m","response":"x","done":false}',
    b"data: 7", b'data: "text"', b"data: null", b"data: {}", b"data: []", b"data: [1,2]", b"data: true",
    b'data: [{"usage":{"a":1}},{"usage":{"b":2}}]', b'data: {"usage":{"a":1}}', b'data: {"choices":[]}',
    b'data: {"choices":[{"index":4,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}',
]  # fmt: skip
DONE = b"[DONE]"
EDGE = b"[" * 800  # close to the maximum depth of a decoder
LISTS = re.compile('"' + DEEP.format("([0-9]+)") + '"')
NOISE = [
    b": ping", b"id: 5", b"id", b"retry: 7", b"event: x", b"data", b"data:", b"hello", b"x: y", b"\xef\xbb\xbf", b"",
    b"data: : ping", b"data: data: {}", b"data: \xff",
]  # fmt: skip
FAULTS = [
    b'data: {"error":{"message":"no","code":5}}', b"event: error\ndata: oops", b"data: {", b'data: {"a":1}}',
    b'data: {"error":"busy","choices":[]}', b'data: [{"error":1},{"error":2}]', b"error: full", b"<html>",
    b'data: {"a":\ndata: 1', b'data: {"choices":[{"index":0,"delta":{"content":"a"',
]  # fmt: skip


class Options(NamedTuple):
    """The options of the stream; picklable, and not shared between streams."""

    errors: Literal["raise", "event"] = "raise"
    n: int | None = None
    cumulative: bool = False
    loads: str = "json"  # a name in `fuzz.mixed_run.DECODERS`
    limit: str = ""  # a field of `Limits`
    beside: int = 0  # difference between the limit and what the stream needs


class Piece(NamedTuple):
    """Usually one event."""

    parts: tuple[bytes, ...]  # its fragments
    last: bool = True  # False: the fragment continues with the next piece
    acts: tuple[str, ...] = ()  # what the caller does after that fragment


class Scenario(NamedTuple):
    pieces: tuple[Piece, ...]
    options: Options

    @property
    def body(self) -> bytes:
        return b"".join(part for piece in self.pieces for part in piece.parts)

    def fragments(self) -> list[tuple[bytes, tuple[str, ...]]]:
        """The fragments, and what the caller does after each."""
        found: list[tuple[bytes, tuple[str, ...]]] = []
        held = b""
        acts: tuple[str, ...] = ()
        for piece in self.pieces:
            *parts, end = piece.parts
            for part in parts:
                found.append((held + part, acts))
                held, acts = b"", ()
            held, acts = held + end, acts + piece.acts
            if piece.last:
                found.append((held, acts))
                held, acts = b"", ()
        return [*found, (held, acts)] if held or acts else found


def scenario(data: bytes) -> Scenario:
    """Return the scenario for an input."""
    choices = Choices(data)
    options = _options(choices)
    style = choices.below(6)  # of line ends and splits
    ends = [(b"\n",), (b"\n",), (b"\r\n",), (b"\r",), (b"\n", b"\r\n", b"\r"), (b"\n",)][choices.below(6)]
    acting = choices.of([0, 0, 8, 3])
    looks = [choices.of(ACTS) for _ in range(3)]  # a caller reads in only a few ways per scenario
    pieces = []
    for event in _events(choices):
        end = choices.of(ends)
        whole = event.replace(b"\n", end) + end + (b"" if choices.below(40) == 39 else choices.of(ends))
        acts: tuple[str, ...] = ()
        if acting and choices.one_in(acting):
            acts = tuple(choices.of(looks) for _ in range(1 + choices.below(2)))
        if DONE in event and choices.one_in(2):  # a fragment also begins at the end of the stream
            pieces.append(Piece((whole[:-1], whole[-1:]), False, acts))
        else:
            pieces.append(_cut(whole, style, acts, choices))
    made = Scenario(tuple(pieces), options)
    if options.loads == "msgspec" and EDGE in made.body:
        # CPython 3.11 counts a call of this C function as a frame until the call site is warm, so the maximum depth can
        # differ by one level between runs.
        return made._replace(options=options._replace(loads="json"))
    return made


def _options(choices: Choices) -> Options:
    limit = choices.of(["max_event_size", "max_message_size", "max_choices", "max_tool_calls"])
    return Options(
        errors="event" if choices.one_in(2) else "raise",
        n=choices.of([None, None, None, None, 1, 2]),
        cumulative=choices.one_in(12),
        loads=choices.of(["json", "json", "json", "json", "wrapped", "odd", "orjson", "msgspec", "decimal", "json"]),
        limit=limit if choices.one_in(8) else "",
        beside=choices.below(3) - 1,
    )


def _cut(whole: bytes, style: int, acts: tuple[str, ...], choices: Choices) -> Piece:
    """Split one event never, rarely or often. One split in three is between its two line ends."""
    if style == 0:
        return Piece((whole,), True, acts)
    if style == 1:
        return Piece((whole,), choices.one_in(4), acts)
    places = set()
    for _ in range(choices.below(3) if style < 4 else choices.one_in(6)):
        where = choices.below(3)
        places.add(len(whole) - 1 if where == 0 else 1 + choices.below(max(1, len(whole) - 1)))
    bounds = [0, *sorted(place for place in places if 0 < place < len(whole)), len(whole)]
    parts = tuple(whole[start:stop] for start, stop in itertools.pairwise(bounds))
    return Piece(parts, choices.below(4) > 0 if style < 3 else choices.one_in(5), acts)


def _events(choices: Choices) -> Iterator[bytes]:
    """The lines of each event, without line ends."""
    known: list[dict[str, Any]] = []
    dialect = choices.of(["", "", "", *OF_DIALECTS])
    compact, ascii = choices.below(2), choices.below(3)
    separators = (",", ":") if compact else (", ", ": ")

    def written(chunk: Any) -> bytes:
        text = json.dumps(chunk, ensure_ascii=ascii > 0, separators=separators)
        text = LISTS.sub(lambda found: "[" * int(found[1]) + "]" * int(found[1]), text)
        kind = chunk.get("type") if dialect and isinstance(chunk, dict) else None
        name = f"event: {kind}\n".encode() if isinstance(kind, str) else b""
        return name + b"data: " + text.encode(errors="replace" if choices.one_in(2) else "surrogatepass")

    for _ in range(1 + choices.below(7)):
        for event in _block(choices, dialect, known, written):
            yield event
            while choices.one_in(14):
                yield _other(choices)
    if dialect and choices.below(3):
        yield written(ENDS[dialect])
    reasons = [{"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]} for index in range(2)]
    yield from map(written, reasons[: 0 if dialect else choices.below(3)])
    if choices.one_in(3):
        yield written({"choices": [], "usage": {"total_tokens": choices.below(9)}})
    if choices.below(5):
        yield choices.of(
            [b"data: [DONE]", b"data: [DONE]", b"data: [DONE]", b"data:[DONE] ", b"event: x\ndata: [DONE]"]
        )
        if choices.below(3) == 0 and known:
            yield from _block(choices, dialect, known, written)


def _other(choices: Choices) -> bytes:
    """An event that is not a chunk; usually harmless."""
    kind = choices.below(8)
    return choices.of(FAULTS if kind == 7 else FOREIGN if kind > 4 else NOISE)


def _block(choices: Choices, dialect: str, known: list[dict[str, Any]], written: Any) -> Iterator[bytes]:
    """Yield new forms, earlier ones, and variants that differ from earlier ones in one place."""
    first = choices.of(known) if known and choices.below(3) else form(choices, dialect)
    forms = [first]
    kind = choices.below(6)
    if kind == 0:
        forms = twins(first, choices)
    for _ in range(kind - 3):
        forms.append(changed(choices.of(forms), choices))
    if kind in (1, 3) and known:
        forms = [changed(first, choices)]
    for each in forms:
        head = opening(each) if choices.below(6) else None
        if head is not None:
            yield written(fill(head, choices, 0))
    known += forms
    yield from _rounds(choices, forms, written)


def _rounds(choices: Choices, forms: Sequence[dict[str, Any]], written: Any) -> Iterator[bytes]:
    rounds = 1 + choices.below(10)
    turns, packed, doubled = choices.below(4), choices.one_in(20), choices.one_in(20)
    for count in range(rounds * len(forms)):
        each = forms[count % len(forms)] if turns else choices.of(forms)
        chunk = fill(each, choices, count)
        line = written([chunk, chunk, 3] if packed else chunk)
        if doubled and line.endswith(b"}"):
            line = line[:-1] + choices.of([b',"m":1}', b',"m":true,"m":1.0}', b',"choices":[]}', b',"id":"other"}'])
        yield line
