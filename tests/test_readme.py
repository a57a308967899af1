"""The README: its code blocks run, and its links and tables are correct."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest

import ssemble
from ssemble._cli.main import main
from tests.helpers import call, chunk, sse
from tests.vectors.chat import VECTORS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
ITEMS = [{"name": "tea", "count": 2}, {"name": "milk", "count": 1}]
ORDER = re.findall(".{1,7}", json.dumps({"items": ITEMS, "note": ""}))
DONE = "[DONE]"
CALLS = next(vector for vector in VECTORS if vector.name == "parallel tool calls")


def test_python_blocks() -> None:
    pytest.importorskip("httpx", reason="the extra 'clients' brings httpx")
    from tests.clients.server import LoopbackServer, Reply

    with LoopbackServer() as server:
        names: dict[str, Any] = {
            "url": server.url(Reply([CALLS.body()])),
            "request": {"model": "m"},
            "fragments": [CALLS.body()],
            "order": sse(
                call(0, id="c", name="order", arguments=""), *(call(0, arguments=piece) for piece in ORDER), DONE
            ),
            "cut_short": VECTORS[0].body()[:-80],
            "sdk_stream": iter(list(ssemble.iter_chunks(VECTORS[0].body()))),
            "captured": sse(chunk({"content": "Hello"}, "stop"), DONE),
        }
        ran = 0
        for (language, code), (following, output) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True):
            if language == "python":
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(compile(code, "README.md", "exec"), names)
                if following == "text" and not output.startswith("SsembleError"):
                    assert printed.getvalue() == output
                ran += 1
        assert ran >= 5
        assert names["completion"].complete


def test_first_example_is_four_lines() -> None:
    assert BLOCKS[0][0] == "python"
    assert len([line for line in BLOCKS[0][1].splitlines() if line]) <= 4


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recorded.sse").write_bytes(VECTORS[0].body())
    monkeypatch.chdir(tmp_path)
    lines = [line for language, code in BLOCKS if language == "sh" for line in code.splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("ssemble ")]
    assert len(commands) >= 2
    for command in commands:
        assert main(command) == 0
        assert "Grüße" in capsys.readouterr().out or {"--arguments", "--to"} & set(command)


def test_ci_runs_the_test_command() -> None:
    command = re.search(r"&& (python -m pytest)$", README, re.MULTILINE)
    assert command is not None
    assert f"test_command='{command[1]}'" in (ROOT / ".ci" / "run").read_text()


def test_exception_tree() -> None:
    tree = next(code for language, code in BLOCKS if language == "text" and code.startswith("SsembleError"))
    drawn = set(re.findall(r"\b([A-Z]\w+(?:Error|Exceeded|JSON|Stream|Dialect))\b(?= {2,})", tree))
    public = [getattr(ssemble, name) for name in ssemble.__all__]
    assert drawn == {c.__name__ for c in public if isinstance(c, type) and issubclass(c, ssemble.SsembleError)}


def test_event_table() -> None:
    for event in get_args(ssemble.StreamEvent):
        assert f"`{event.__name__}`" in README


@pytest.mark.parametrize("name", ssemble.__all__)
def test_public_names_are_mentioned(name: str) -> None:
    shown = README.partition("## Changes")[0]
    assert re.search(rf"\b{name}\b", shown)


def test_links() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
