"""Settings that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ssemble import _shortcut

settings.register_profile("few", max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of shared cases and recordings that ``SSEMBLE_CORPUS`` names."""
    folder = os.environ.get("SSEMBLE_CORPUS")
    if not folder:
        pytest.skip("SSEMBLE_CORPUS names no folder of shared cases and recordings")
    return Path(folder)


@pytest.fixture(scope="module")
def learning_at_once() -> Iterator[None]:
    """Learn each form from its first chunk, so that short streams take the shortcuts too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_shortcut, "PRICE", 1)
        yield
