"""The README: its code blocks run, each by itself, and its tables are correct."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import ssemble
from ssemble._cli.main import main

from .clients.server import LoopbackServer, Reply
from .documents import README, blocks
from .rooms import ROOT

TEXT = README.read_text(encoding="utf-8")
BLOCKS = blocks(README)
PYTHON = [number for number, block in enumerate(BLOCKS) if block.language == "python"]
COMMANDS = [line for block in BLOCKS if block.language == "sh" for line in block.code.splitlines()]
[SAMPLE] = [line for line in COMMANDS if line.endswith("> recorded.sse")]
HOSTS = re.compile(r"https://api\.openai\.com|http://localhost:8080")


def run(line: str) -> str:
    """Run a line of the README that calls the command, and return what it prints."""
    arguments, _, _ = line.partition(" > ")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(shlex.split(arguments, comments=True)[1:]) == 0
    return printed.getvalue()


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The sample stream, written as the README says, in the folder where the test runs."""
    monkeypatch.chdir(tmp_path)
    data = run(SAMPLE).encode()
    Path("recorded.sse").write_bytes(data)
    return data


@pytest.fixture
def host(recorded: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that sends the sample stream, and an environment in which clients find it."""
    with LoopbackServer() as server:
        url = server.url(Reply([recorded[:999], recorded[999:]]))
        for name, value in {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url, "NO_PROXY": "127.0.0.1"}.items():
            monkeypatch.setenv(name, value)
        yield url
    assert server.failures == []


@pytest.mark.parametrize("number", PYTHON)
def test_a_block_runs_by_itself(number: int, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "pasted"}
    try:
        exec(compile(HOSTS.sub(host, BLOCKS[number].code), "README.md", "exec"), names)
    except ModuleNotFoundError as missing:
        pytest.skip(f"the extra 'clients' brings {missing.name}")
    printed = capsys.readouterr().out
    following = BLOCKS[number + 1]
    if following.language == "text" and not following.code.startswith("SsembleError"):
        assert printed == following.code
    if "completion" in names:
        assert names["completion"].to_dict()["choices"]


def test_the_first_example_is_four_lines() -> None:
    assert len([line for line in BLOCKS[PYTHON[0]].code.splitlines() if line]) <= 4


def test_commands(recorded: bytes) -> None:
    Path("captured").mkdir()
    Path("captured/recorded.sse").write_bytes(recorded)
    with gzip.open("gateway.jsonl.gz", "wt") as log:
        log.write(json.dumps({"response": {"body": recorded.decode()}}) + "\n")
    lines = [line for line in COMMANDS if line.startswith("ssemble ")]
    assert len(lines) >= 7
    for line in lines:
        assert "demo-1" in run(line) or "--arguments" in line


def test_ci_runs_the_test_command() -> None:
    command = re.search(r"&& (python -m pytest)$", TEXT, re.MULTILINE)
    assert command is not None
    assert f"test_command='{command[1]}'" in (ROOT / ".ci" / "run").read_text()


def test_figures_are_on_the_page_that_is_linked() -> None:
    section = TEXT.partition("## What breaks without it")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    for line in lines:
        claim, _, link = line.partition(" ([")
        page = (ROOT / link[link.index("(") + 1 : link.index(")")]).read_text(encoding="utf-8").replace(",", "")
        known = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", page)]
        for figure in re.findall(r"\d+(?:\.\d+)?", claim):
            decimals = len(figure.partition(".")[2])
            assert float(figure) in {round(each, decimals) for each in known}, line


def test_exception_tree() -> None:
    tree = next(code for language, code in BLOCKS if language == "text" and code.startswith("SsembleError"))
    drawn = set(re.findall(r"\b([A-Z]\w+(?:Error|Exceeded|JSON|Stream|Dialect))\b(?= {2,})", tree))
    public = [getattr(ssemble, name) for name in ssemble.__all__]
    assert drawn == {c.__name__ for c in public if isinstance(c, type) and issubclass(c, ssemble.SsembleError)}


def test_event_table() -> None:
    for event in get_args(ssemble.StreamEvent):
        assert f"`{event.__name__}`" in TEXT


def test_dialect_table() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \|.*\| ?(✓?) ?\|$", TEXT, re.MULTILINE))
    assert tuple(rows) == ssemble.DIALECTS
    for dialect, written in rows.items():
        with contextlib.nullcontext() if written else pytest.raises(ValueError, match="unknown dialect to write"):
            ssemble.MessageWriter(dialect)


@pytest.mark.parametrize("name", ssemble.__all__)
def test_public_names_are_mentioned(name: str) -> None:
    assert re.search(rf"\b{name}\b", TEXT)
