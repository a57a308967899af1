"""Copies JSON."""

from __future__ import annotations

from typing import Any

CONTAINERS = frozenset((dict, list))


def copied(value: Any) -> Any:
    """Make a deep copy of JSON, without recursion."""
    if type(value) not in CONTAINERS:
        return value
    copy = value.copy()
    unread: list[Any] = [copy]
    for container in unread:  # it grows meanwhile
        for key, item in container.items() if type(container) is dict else enumerate(container):
            if type(item) in CONTAINERS:
                container[key] = inner = item.copy()
                unread.append(inner)
    return copy
