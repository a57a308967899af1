"""The real servers, each started once."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from ..needed import ALL
from .llama import LlamaServer


@pytest.fixture(scope="session")
def llama() -> Iterator[LlamaServer]:
    """llama.cpp's server with a tiny model that knows thirteen answers by heart."""
    if find_spec("xllamacpp") is None and not ALL:
        pytest.skip("llama.cpp's server is in the extra 'servers': pip install --only-binary xllamacpp -e '.[servers]'")
    with LlamaServer() as running:
        yield running
