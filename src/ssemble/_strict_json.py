"""Strict JSON output, readable by any JSON parser, and text that can be encoded as UTF-8."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any


def dumps(value: Any, indent: int | None = None) -> str:
    """Encode a value like `json.dumps`, but always as valid JSON (RFC 8259).

    RFC 8259, section 6: "Numeric values that cannot be represented in the grammar below (such as
    Infinity and NaN) are not permitted." They become null. Nesting depth and number
    length are not limited.

    Args:
        value: a decoded JSON value; floats may be `Decimal`, from ``parse_float=Decimal``.
        indent: as in `json.dumps`.
    """
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    # ValueError: Infinity, NaN, or an int with more digits than str() allows. RecursionError: too deeply nested.
    # TypeError: a Decimal.
    except (ValueError, RecursionError, TypeError):
        return "".join(_pieces(value, indent))


def whole(text: str) -> str:
    """Return a text without half surrogate pairs, which UTF-8 cannot encode: each becomes U+FFFD.

    >>> whole("a\\ud83d")
    'a\ufffd'
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        # The two halves of a pair may be side by side, and are then joined.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _pieces(value: Any, indent: int | None) -> Iterator[str]:
    """Encode a value in pieces. An explicit stack of open containers avoids the recursion limit."""
    separator = ", " if indent is None else ","
    stack: list[tuple[Iterator[Any], bool]] = []  # remaining members, and whether the container is an object
    item, first = value, True
    while True:
        if isinstance(item, (dict, list, tuple)) and item:
            is_object = isinstance(item, dict)
            yield "{" if is_object else "["
            stack.append((iter(item.items() if isinstance(item, dict) else item), is_object))
            first = True
        else:
            yield _scalar(item)
            first = False
        while stack:
            members, is_object = stack[-1]
            try:
                item = next(members)
            except StopIteration:
                stack.pop()
                yield _line_end(indent, len(stack)) + ("}" if is_object else "]")
                first = False
                continue
            yield ("" if first else separator) + _line_end(indent, len(stack))
            if is_object:
                key, item = item
                yield f"{json.dumps(key, ensure_ascii=False)}: "
            break
        else:
            return


def _line_end(indent: int | None, depth: int) -> str:
    return "" if indent is None else "\n" + " " * (indent * depth)


def _scalar(item: Any) -> str:
    if isinstance(item, int) and not isinstance(item, bool):
        return str(Decimal(item))  # unlike int, without a limit on digits
    if isinstance(item, Decimal):
        return str(item) if item.is_finite() else "null"
    if isinstance(item, float) and not math.isfinite(item):
        return "null"
    return json.dumps(item, ensure_ascii=False)
