"""``python -m ssemble``."""

from __future__ import annotations

import importlib
import runpy
import sys

import pytest

import ssemble
from ssemble._cli import main as _cli


def test_it_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["ssemble", "--version"])
    monkeypatch.delitem(sys.modules, "ssemble.__main__", raising=False)
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("ssemble", run_name="__main__")
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"ssemble {ssemble.__version__}\n"


def test_the_exit_code_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cli, "main", lambda: 3)
    monkeypatch.delitem(sys.modules, "ssemble.__main__", raising=False)
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("ssemble", run_name="__main__")
    assert stop.value.code == 3


def test_importing_it_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ssemble.__main__", raising=False)
    assert importlib.import_module("ssemble.__main__").main is _cli.main
