"""The arguments of a call: their JSON arrives as text, and the object holds them parsed."""

from __future__ import annotations

import json
from typing import Any

from .._partial import partial_json
from .._partial.machine import deeper

MAX_DEPTH = 100  # levels; what is nested deeper may not be copied or written again


def is_whole(text: str) -> bool:
    """True if the text is one JSON value."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def says(text: str, value: Any) -> bool:
    """True if the text is JSON of a value."""
    try:
        return bool(json.loads(text) == value)
    except (ValueError, RecursionError):
        return False


def parse_input(text: str) -> dict[str, Any]:
    """Return the object that a text holds, or holds so far.

    Of unfinished text the object so far is returned: an unfinished string, number, literal or key at its
    end is left out. Text that no continuation could mend, and a value that is no object, give ``{}``.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        return {}
    except ValueError:
        value = _so_far(text)
    else:
        value = {} if deeper(text, MAX_DEPTH) else value
    return value if isinstance(value, dict) else {}


def _so_far(text: str) -> Any:
    partial = partial_json(max_depth=MAX_DEPTH)
    partial.feed(text)
    path = partial.open_path
    if partial.error is not None or partial.complete or path is None:
        return {}
    value = owner = partial.snapshot()
    for step in path[:-1]:
        owner = owner[step]
    if path and isinstance(owner[path[-1]], str):
        del owner[path[-1]]
    return value


def as_text(value: Any) -> str:
    """Return an input that came parsed as the text of arguments; one that came as text is not encoded again."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
