"""The server that all tests of this folder read from."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.clients.suite", "tests.clients.official")

from .server import LoopbackServer  # noqa: E402  # after the registration


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server on loopback; whatever went wrong in it fails the test."""
    with LoopbackServer() as running:
        yield running
    assert running.failures == []


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients read proxies from the environment, and loopback needs none."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
