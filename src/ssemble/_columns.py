"""The columns of a row: a stream as one flat line of a table, for logs, data frames and SQL.

Every row has the same columns and types, whatever the body holds, so that one bad body never stops a job.
An engine takes what Python takes only if:

- text can be encoded as UTF-8: half a surrogate pair becomes U+FFFD;
- an integer fits into 64 bits: any other count, a negative one and one that is no integer become null;
- JSON is strict: no NaN, no Infinity, and no escape of half a surrogate pair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ._errors import IncompleteStream, ProviderError, StreamError, UnknownDialect, safe_repr
from ._model.completion import Completion
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
"""The columns of a row, in their order, and the type of each; see `row`.

>>> ROW_COLUMNS["text"], ROW_COLUMNS["total_tokens"]
('str', 'int')
"""

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

    >>> arrow_schema().field("total_tokens").type
    DataType(int64)
    """
    import pyarrow

    types: dict[str, pyarrow.DataType]
    types = {"int": pyarrow.int64(), "float": pyarrow.float64(), "str": pyarrow.string(), "bool": pyarrow.bool_()}
    call = pyarrow.struct([(name, types[kind]) for name, kind in CALL_FIELDS.items()])
    types = types | {"json": pyarrow.string(), "calls": pyarrow.list_(call)}
    return pyarrow.schema([(name, types[kind]) for name, kind in ROW_COLUMNS.items()])


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
