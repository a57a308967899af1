"""What runs inside WebAssembly: pytest, where there are no processes, threads, sockets and compiled packages.

A test is skipped where it asks for one of them, so no list of tests has to be kept.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from types import ModuleType
from typing import Any, NoReturn

import pytest

import ssemble

COMPILED = ("msgspec", "orjson")
# Python does not know how large the stack of WebAssembly is, and recurses for as long as there is any.
UNBOUNDED = "recursion has no bound here"
SKIPPED = {
    "test_attacks.py::test_outcome_and_memory[100,000 brackets, closed": UNBOUNDED,
    "test_errors.py::test_a_value_is_shown_in_few_words[list-str2]": UNBOUNDED,
    "test_errors.py::test_a_value_is_shown_in_few_words[dict-str1]": UNBOUNDED,
    "test_json_array.py::test_deep_elements": UNBOUNDED,
    "test_json.py::test_deeper_than_the_stack_is_an_error_of_ours": UNBOUNDED,
    "test_strict_json.py::test_depth_has_no_limit": UNBOUNDED,
    "test_binding.py::test_whatever_stands_in_a_place": "takes half a minute here",
}


class StandIn(ModuleType):
    """In the place of a compiled package, or of anything in it."""

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}")

    def __call__(self, *arguments: Any, **options: Any) -> StandIn:
        if self.__name__.rpartition(".")[2].istitle():  # a class may be used where tests are collected
            return self
        pytest.skip(f"{self.__name__} is compiled")


class Loop(asyncio.BaseEventLoop):
    """With no sockets there is nothing to wait for but the clock; the browser's own loop cannot wait at all."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    def select(self, timeout: float | None) -> list[Any]:
        time.sleep(timeout or 0)
        return []

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def run(main: Coroutine[Any, Any, Any]) -> Any:
    loop = Loop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def skipping(reason: str) -> Callable[..., NoReturn]:
    def instead(*arguments: Any, **options: Any) -> NoReturn:
        pytest.skip(reason)

    return instead


class Plugin:
    def pytest_report_header(self) -> str:
        return f"ssemble {ssemble.__version__} from {ssemble.__path__[0]}"

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            for test, reason in SKIPPED.items():
                if f"/{test}" in item.nodeid:
                    item.add_marker(pytest.mark.skip(reason=reason))


def prepare() -> None:
    """Put something that skips in the place of all that is not here."""
    for name in COMPILED:
        sys.modules[name] = StandIn(name)
    asyncio._set_running_loop(None)
    patch = pytest.MonkeyPatch()
    patch.setattr("asyncio.run", run)
    patch.setattr("subprocess.Popen.__init__", skipping("no processes here"))
    patch.setattr("threading.Thread.start", skipping("no threads here"))
    patch.setattr("socket.socket.__init__", skipping("no sockets here"))


def main(arguments: str) -> int:
    """Run pytest with these arguments, a JSON list."""
    prepare()
    # pyproject.toml's own options are those of a plugin that is not here. Rewriting assertions takes as long as
    # compiling the tests, and only makes their messages longer.
    options = ["-o", "addopts=-rfEs --strict-markers --strict-config", "-p", "no:cacheprovider", "--assert=plain"]
    return int(pytest.main([*options, *json.loads(arguments)], plugins=[Plugin()]))
