"""Settings that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssemble._payloads import learned

from . import profiles as profiles  # loads the profile before any test is collected


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of shared cases and recordings that ``SSEMBLE_CORPUS`` names."""
    folder = os.environ.get("SSEMBLE_CORPUS")
    if not folder:
        pytest.skip("SSEMBLE_CORPUS names no folder of shared cases and recordings")
    return Path(folder)


@pytest.fixture(scope="module")
def learning_at_once() -> Iterator[None]:
    """Learn each template from its first payload, so that short streams use templates too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learned, "LEARN_AFTER", 1)
        yield
