"""A body as one flat row of a table: for logs, data frames and SQL.

Every row has the same columns and types, whatever the body holds, so that one bad body never stops a job.
An engine takes what Python takes only if:

- text can be encoded as UTF-8: half a surrogate pair becomes U+FFFD;
- an integer fits into 64 bits: any other count, a negative one and one that is no integer become null;
- JSON is strict: no NaN, no Infinity, and no escape of half a surrogate pair.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ._errors import IncompleteStream, ProviderError, StreamError, UnknownDialect, safe_repr
from ._framing.lines import BytesLike
from ._iterate import Source
from ._limits import Limits
from ._model.completion import Completion
from ._payloads.decoder import Loads
from ._stream import MessageStream
from ._strict_json import dumps, whole
from ._timing import Timing

if TYPE_CHECKING:
    import pyarrow

ROW_COLUMNS: dict[str, Literal["int", "str", "float", "json", "calls"]] = {
    "status": "str",
    "dialect": "str",
    "id": "str",
    "model": "str",
    "created": "int",
    "finish_reason": "str",
    "raw_finish_reason": "str",
    "text": "str",
    "reasoning": "str",
    "refusal": "str",
    "tool_calls": "calls",
    "choices": "int",
    "input_tokens": "int",
    "output_tokens": "int",
    "total_tokens": "int",
    "cached_tokens": "int",
    "reasoning_tokens": "int",
    "usage": "json",
    "error": "str",
    "error_type": "str",
    "error_code": "str",
    "error_message": "str",
    "error_offset": "int",
    "error_event": "int",
    "bytes": "int",
    "chunks": "int",
    "repairs": "json",
    "fragments": "int",
    "first_byte": "float",
    "first_event": "float",
    "duration": "float",
    "longest_gap": "float",
    "completion": "json",
}
"""The columns of a row, in their order, and the type of each; see `row`."""

CALL_FIELDS: dict[str, Literal["int", "str", "bool"]] = {
    "choice": "int",
    "index": "int",
    "id": "str",
    "type": "str",
    "name": "str",
    "arguments": "str",
    "complete": "bool",
}
"""The fields of one call in the column ``tool_calls``."""


def row(
    body: Source | str | Iterable[str] | Iterable[tuple[float, BytesLike]] | None,
    dialect: str | None = None,
    *,
    start: float | None = None,
    framing: str | None = None,
    loads: Loads = json.loads,
    limits: Limits = Limits(),
    n: int | None = None,
    cumulative: bool = False,
) -> dict[str, Any]:
    r"""Read a captured body, and return what it holds as one flat row.

    No body makes it raise: what is wrong with one is in its row. A payload that cannot be read is skipped,
    as with ``errors="event"``, and the row has the status ``"error"``.

    Args:
        body: bytes or a `str`; None for no body at all; an iterable of fragments, or of ``(time, fragment)``
            with times in seconds. What else it is, or an exception that it raises, is the error of the row.
        dialect: the wire shape; None recognises it.
        start: when the request was sent, on the clock of the fragments; None takes the time of the first one.
        framing, loads, limits, n, cumulative: as in `MessageStream`.

    Returns:
        A fresh `dict` with the keys of `ROW_COLUMNS`:

        - ``status``: ``"whole"``; ``"cut"``, the end is missing; ``"unrecognised"``, no payload is of a known
          dialect, or the body is compressed; ``"error"``, any other error. Only ``"whole"`` is a success.
        - ``text`` to ``tool_calls`` are those of `Completion`, but ``tool_calls`` has the calls of every choice.
        - ``error`` is the class of the first error, ``error_type`` and ``error_code`` are the server's words.
        - ``first_byte``, ``first_event`` (the first with content), ``duration`` and ``longest_gap`` (without
          content) are seconds. They and ``fragments`` are null if the fragments have no times, so that a row
          does not depend on how its body is split.
        - ``usage``, ``repairs`` and ``completion`` (its `to_dict <Completion.to_dict>`) are strict JSON.

    Raises:
        ValueError: an unknown dialect, or another wrong option.

    >>> found = row(b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: [DONE]\n\n')
    >>> found["status"], found["text"], found["error"]
    ('whole', 'Hi', None)
    >>> row(b"<html>Bad gateway</html>")["error"]
    'ProviderError'
    """
    stream = MessageStream(
        dialect, framing=framing, loads=loads, errors="event", limits=limits, n=n, cumulative=cumulative
    )
    timing = Timing(start)
    size = 0
    errors: list[BaseException] = []
    try:
        for at, data in _fragments(body):
            size += len(data)
            ended = stream.ended
            events = [] if stream.error else stream.feed(data)
            if at is not None and data and not ended:
                timing.note(at, events)
    except Exception as error:  # of the source: whatever it is, the row tells it
        errors.append(error)
    stream.end()
    errors = [*stream.errors, *errors, *filter(None, [stream.error])]
    return columns(
        stream.completion(),
        errors,
        size=size,
        chunks=stream.chunk_count,
        repairs=stream.repairs,
        timing=timing,
    )


def columns(
    completion: Completion,
    errors: Sequence[BaseException],
    *,
    size: int,
    chunks: int,
    repairs: dict[str, int],
    timing: Timing,
) -> dict[str, Any]:
    """Return the row of a stream.

    Args:
        completion: its message so far.
        errors: its errors, the first one first.
        size: bytes so far.
        chunks: payloads so far.
        repairs: codes of the repairs, with counts.
        timing: when its fragments came; without any if that is not known.
    """
    error = errors[0] if errors else None
    tokens = completion.tokens
    raw = completion.to_dict()
    return {
        "status": _status(completion, error),
        "dialect": completion.dialect,
        "id": _text(completion.id),
        "model": _text(completion.model),
        "created": _int(completion.created),
        "finish_reason": completion.finish_reason,
        "raw_finish_reason": _text(completion.choices[0].raw_finish_reason) if completion.choices else None,
        "text": _text(completion.text),
        "reasoning": _text(completion.reasoning),
        "refusal": _text(completion.refusal),
        "tool_calls": list(_calls(completion)),
        "choices": len(completion.choices),
        "input_tokens": _int(tokens.input),
        "output_tokens": _int(tokens.output),
        "total_tokens": _int(tokens.total),
        "cached_tokens": _int(tokens.cached),
        "reasoning_tokens": _int(tokens.reasoning),
        "usage": None if completion.usage is None else _json(completion.usage),
        **_error_columns(error),
        "bytes": size,
        "chunks": chunks,
        "repairs": _json(repairs),
        "fragments": timing.fragments or None,
        "first_byte": _float(timing.first_byte),
        "first_event": _float(timing.first_content),
        "duration": _float(timing.duration),
        "longest_gap": _float(timing.longest_gap),
        "completion": _json(raw) if raw else None,
    }


def arrow_schema() -> pyarrow.Schema:
    """Return the schema of a table of rows; it needs pyarrow, as from the extra ``ssemble[arrow]``.

    Returns:
        The columns of `ROW_COLUMNS`: ``int`` is int64, ``float`` is float64, ``str`` and ``json`` are string,
        and ``calls`` is a list of structs. All are nullable.

    Raises:
        ImportError: pyarrow is not installed.
    """
    import pyarrow

    types: dict[str, pyarrow.DataType]
    types = {"int": pyarrow.int64(), "float": pyarrow.float64(), "str": pyarrow.string(), "bool": pyarrow.bool_()}
    call = pyarrow.struct([(name, types[kind]) for name, kind in CALL_FIELDS.items()])
    types = types | {"json": pyarrow.string(), "calls": pyarrow.list_(call)}
    return pyarrow.schema([(name, types[kind]) for name, kind in ROW_COLUMNS.items()])


def _fragments(body: object) -> Iterator[tuple[float | None, BytesLike]]:
    """Yield the bytes of a body, each with its time if it has one."""
    if body is None:
        return
    if isinstance(body, (bytes, bytearray, memoryview, str)):
        body = (body,)
    elif not isinstance(body, Iterable):
        raise TypeError(f"the body is a {type(body).__name__}, not bytes, a str, None, or an iterable of fragments")
    for item in body:
        at, data = item if isinstance(item, tuple) else (None, item)
        yield None if at is None else float(at), whole(data).encode() if isinstance(data, str) else data


def _status(completion: Completion, error: BaseException | None) -> str:
    if error is None:
        return "whole" if completion.complete else "cut"
    if isinstance(error, IncompleteStream):
        return "cut"
    # An error of the bytes that is of no class of its own: they are compressed, or cannot be taken for certain.
    unknown = isinstance(error, UnknownDialect) or (type(error) is StreamError and completion.dialect is None)
    return "unrecognised" if unknown else "error"


def _error_columns(error: BaseException | None) -> dict[str, Any]:
    server = error if isinstance(error, ProviderError) else None
    code = None if server is None else server.code
    return {
        "error": None if error is None else type(error).__name__,
        "error_type": None if server is None else _text(server.type),
        "error_code": _text(code if code is None or isinstance(code, str) else safe_repr(code)),
        "error_message": None if error is None else _text(server.message if server else str(error)),
        "error_offset": _int(error.offset) if isinstance(error, StreamError) else None,
        "error_event": _int(error.event) if isinstance(error, StreamError) else None,
    }


def _calls(completion: Completion) -> Iterator[dict[str, Any]]:
    for choice in completion.choices:
        for call in choice.message.tool_calls:
            yield {
                "choice": _int(choice.index),
                "index": _int(call.index),
                "id": _text(call.id),
                "type": _text(call.type),
                "name": _text(call.name),
                "arguments": _text(call.arguments),
                "complete": call.complete,
            }


def _text(value: object) -> str | None:
    return whole(value) if isinstance(value, str) else None


def _int(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**63 else None


def _float(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _json(value: object) -> str:
    return whole(dumps(value))
