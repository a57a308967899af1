"""Settings that all tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssemble._payloads import learned

from . import profiles as profiles  # loads the profile before any test is collected


def freeze() -> None:
    """Spare later collections of cycles what there is by now. It lives to the end, and is more than a million objects."""
    gc.collect()
    gc.freeze()


def pytest_collection_finish() -> None:
    freeze()
    # Tests leave few cycles behind, and to look for them after each 700 new objects takes 4 % of the time.
    gc.set_threshold(10_000)


@pytest.fixture(scope="module")
def frozen() -> None:
    """Freeze once more, for tests that collect often: other tests have imported large packages meanwhile."""
    freeze()


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
