"""JSON as the command prints it: what any other program can read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any


def dumps(value: Any, indent: int | None = None) -> str:
    """Write a value as `json.dumps` does, but always as JSON in the sense of RFC 8259.

    RFC 8259, section 6: "Numeric values that cannot be represented in the grammar below (such as
    Infinity and NaN) are not permitted." They become null. Depth and the digits of a number have no limit.

    Args:
        value: as a JSON decoder gives it, also one with ``parse_float=Decimal``.
        indent: as of `json.dumps`.
    """
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    # Infinity, NaN, or an int of more digits than str() may write; too deep; a Decimal.
    except (ValueError, RecursionError, TypeError):
        return "".join(_pieces(value, indent))


def _pieces(value: Any, indent: int | None) -> Iterator[str]:
    """Write a value piece by piece; what is begun and not ended is on a stack of our own."""
    between = ", " if indent is None else ","
    begun: list[tuple[Iterator[Any], bool]] = []  # the members left, and whether they have names
    item, first = value, True
    while True:
        if isinstance(item, (dict, list, tuple)) and item:
            named = isinstance(item, dict)
            yield "{" if named else "["
            begun.append((iter(item.items() if isinstance(item, dict) else item), named))
            first = True
        else:
            yield _scalar(item)
            first = False
        while begun:
            members, named = begun[-1]
            try:
                item = next(members)
            except StopIteration:
                begun.pop()
                yield _line_end(indent, len(begun)) + ("}" if named else "]")
                first = False
                continue
            yield ("" if first else between) + _line_end(indent, len(begun))
            if named:
                key, item = item
                yield f"{json.dumps(key, ensure_ascii=False)}: "
            break
        else:
            return


def _line_end(indent: int | None, depth: int) -> str:
    return "" if indent is None else "\n" + " " * (indent * depth)


def _scalar(item: Any) -> str:
    if isinstance(item, int) and not isinstance(item, bool):
        return str(Decimal(item))  # which has no limit of digits
    if isinstance(item, Decimal):
        return str(item) if item.is_finite() else "null"
    if isinstance(item, float) and not math.isfinite(item):
        return "null"
    return json.dumps(item, ensure_ascii=False)
