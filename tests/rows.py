"""What every row has to be, said once more in a slow and simple way."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import ssemble

STATUSES = {"whole", "cut", "error", "unrecognised"}
CALL = {
    "choice": "int",
    "index": "int",
    "id": "str",
    "type": "str",
    "name": "str",
    "arguments": "str",
    "complete": "bool",
}


def check(row: dict[str, Any]) -> dict[str, Any]:
    """Assert that a row can be stored anywhere; return it."""
    assert list(row) == list(ssemble.ROW_COLUMNS)
    for name, kind in ssemble.ROW_COLUMNS.items():
        value = row[name]
        if value is not None:
            CHECKS[kind](value)
    assert row["status"] in STATUSES
    assert (row["error"] is None) <= (row["status"] in ("whole", "cut"))
    assert row["status"] != "whole" or row["error"] is None
    return row


def _int(value: Any) -> None:
    assert type(value) is int
    assert 0 <= value < 2**63


def _float(value: Any) -> None:
    assert type(value) is float
    assert math.isfinite(value)


def _text(value: Any) -> None:
    assert type(value) is str
    value.encode()


def _json(value: Any) -> None:
    _text(value)
    assert "\\ud" not in value.replace("\\\\", "").lower(), "an escape of half a pair"
    json.loads(value, parse_constant=_refuse, parse_int=str)


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def _bool(value: Any) -> None:
    assert type(value) is bool


def _calls(value: Any) -> None:
    assert type(value) is list
    for call in value:
        assert list(call) == list(CALL)
        for name, kind in CALL.items():
            if call[name] is not None:
                CHECKS[kind](call[name])


CHECKS: dict[str, Callable[[Any], None]]
CHECKS = {"int": _int, "float": _float, "str": _text, "json": _json, "bool": _bool, "calls": _calls}
