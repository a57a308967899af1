"""Streams without the fast path: all that a caller can see is the same."""

from __future__ import annotations

from typing import Any

import ssemble


def make_stream(*, templates: bool = True, **options: Any) -> ssemble.MessageStream:
    """Make a stream with the fast path or without, of the class that is `MessageStream` now: a test may plant one."""
    kind = ssemble.MessageStream
    if templates:
        return kind(**options)
    before = kind._templates
    kind._templates = False
    try:
        return kind(**options)
    finally:
        kind._templates = before
