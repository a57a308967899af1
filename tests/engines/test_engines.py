"""The recipes of the README: every engine makes the rows that a plain loop makes, and poison stops none."""

from __future__ import annotations

import base64
import json
import random
import re
import runpy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import ssemble

from ..rows import check
from .data import ROWS, bodies, digest, interleaved, read, write
from .recipes import FILES, LOG, RECIPES, ROOT, missing, run


@pytest.fixture(scope="module")
def found() -> list[bytes | None]:
    return bodies()


@pytest.fixture(scope="module")
def plain(found: list[bytes | None]) -> list[dict[str, Any]]:
    return [ssemble.row(body) for body in found]


def test_the_plain_loop(plain: list[dict[str, Any]]) -> None:
    assert len(plain) == ROWS
    statuses = [check(row)["status"] for row in plain]
    assert set(statuses) == {"whole", "cut", "error", "unrecognised"}
    assert statuses.count("whole") > 0.9 * ROWS
    assert len({row["id"] for row in plain}) > ROWS / 2
    assert digest(plain) == digest(reversed(plain)) != digest(plain[1:])


@pytest.mark.parametrize("name", RECIPES)
def test_an_engine_makes_the_same_rows(
    name: str, found: list[bytes | None], plain: list[dict[str, Any]], tmp_path: Path
) -> None:
    if why := missing(name):
        pytest.skip(why)
    write(tmp_path, found)
    run(name, tmp_path)
    rows = read(tmp_path)
    assert len(rows) == ROWS
    assert digest(rows) == digest(plain)


@pytest.mark.parametrize("seed", range(5))
def test_a_log_of_many_streams_in_any_order(
    seed: int,
    found: list[bytes | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = random.Random(seed)
    streams: dict[str, list[tuple[float, bytes]]] = {}
    for number, body in enumerate(rng.sample(found, 40)):
        cuts = sorted(rng.choices(range(len(body or b"") + 1), k=rng.randrange(9)))
        pieces = [(body or b"")[start:end] for start, end in pairwise([0, *cuts, len(body or b"")])]
        streams[str(number)] = [(rng.random() + at, piece) for at, piece in enumerate(pieces)]
    with open(tmp_path / "log.jsonl", "w") as log:
        for stream, at, data in interleaved(streams, seed):
            log.write(json.dumps({"stream": stream, "at": at, "fragment": base64.b64encode(data).decode()}) + "\n")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(LOG))
    rows = {row.pop("stream"): row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows == {stream: check(ssemble.row(fragments)) for stream, fragments in streams.items()}


@pytest.mark.parametrize("name", FILES)
def test_the_readme_has_the_recipe(name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text in re.findall(r"^~~~python\n(.*?)^~~~$", readme, re.MULTILINE | re.DOTALL)
    assert len(text.splitlines()) < 15
