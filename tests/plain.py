"""Streams without the fast path: all that a caller can see is the same. And the modules that are under test."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
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


def all_modules() -> list[ModuleType]:
    """Import all modules of the package: some are imported when they are first used, which is no work of a stream."""
    return [import_module(found.name) for found in walk_packages(ssemble.__path__, "ssemble.")]
