"""The fuzz targets run, so that they cannot rot."""

from __future__ import annotations

import pytest

from fuzz.smoke import NAMES, smoke


@pytest.mark.parametrize("name", NAMES)
def test_target_finds_nothing_in_its_seeds_and_a_few_mutants(name: str) -> None:
    assert smoke(name, count=20) > 100
