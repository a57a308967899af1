"""Token counts that are given out with each change: what that costs is bounded."""

from __future__ import annotations

from typing import Any

from .._errors import ProtocolError

MAX_KEYS = 256  # of an object that each change copies; the largest recorded one has 12


def check_keys(fields: dict[str, Any]) -> dict[str, Any]:
    """Return an object that each change copies, if it has not too many keys."""
    if len(fields) > MAX_KEYS:
        raise ProtocolError(f"expected at most {MAX_KEYS} keys in an object that grows, got more")
    return fields


def extra_weight(usage: dict[str, Any], update: dict[str, Any]) -> int:
    """Return the characters charged for an event that repeats counts which its payload did not have."""
    repeated = [value for key, value in usage.items() if update.get(key) is None]
    return sum(map(_weight, repeated)) if repeated else 0


def _weight(value: Any) -> int:
    if isinstance(value, (dict, list)):
        return 4 + sum(map(_weight, value.values() if isinstance(value, dict) else value))
    return 4 + len(value) if isinstance(value, str) else 4
