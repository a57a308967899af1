"""Packages that only some tests need, from the extras of ``pyproject.toml``."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

# .ci/run sets it: all extras are installed there, and a test that is skipped would hide a fault.
ALL = bool(os.environ.get("SSEMBLE_EXTRAS"))


def needed(package: str, extra: str = "clients", version: str | None = None) -> Any:
    """Import a package that an extra brings, or skip the test and say how to have it."""
    if ALL:
        return importlib.import_module(package)
    return pytest.importorskip(package, minversion=version, reason=f"no {package} here: {how(extra)}")


def how(extra: str) -> str:
    return f"pip install -e '.[{extra}]'"
