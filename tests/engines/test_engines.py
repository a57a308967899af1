"""The recipes beside this file: every engine makes the rows that a plain loop makes, and poison stops none."""

from __future__ import annotations

import base64
import json
import random
import runpy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import ssemble

from ..documents import blocks
from ..rows import check
from .data import ROWS, bodies, digest, interleaved, read, write
from .recipes import FILES, HERE, RECIPES, missing, run


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
    run(FILES[name], tmp_path)
    rows = read(tmp_path)
    assert len(rows) == ROWS
    assert digest(rows) == digest(plain)


def fragments_of(found: list[bytes | None], seed: int) -> dict[str, list[tuple[float, bytes]]]:
    """Split some bodies at random, and give each fragment a time."""
    rng = random.Random(seed)
    streams = {}
    for number, body in enumerate(rng.sample(found, 40)):
        body = body or b""
        cuts = sorted(rng.choices(range(len(body) + 1), k=rng.randrange(9)))
        pieces = [body[start:end] for start, end in pairwise([0, *cuts, len(body)])]
        streams[str(number)] = [(rng.random() + at, piece) for at, piece in enumerate(pieces)]
    return streams


@pytest.mark.parametrize("seed", range(5))
def test_a_log_of_many_streams_in_any_order(
    seed: int,
    found: list[bytes | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    streams = fragments_of(found, seed)
    with open(tmp_path / "log.jsonl", "w") as log:
        for stream, at, data in interleaved(streams, seed):
            log.write(json.dumps({"stream": stream, "at": at, "fragment": base64.b64encode(data).decode()}) + "\n")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(FILES["log"]))
    rows = {row.pop("stream"): row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows == {stream: check(ssemble.row(fragments)) for stream, fragments in streams.items()}


def test_spark_keeps_the_pickled_observers(found: list[bytes | None], tmp_path: Path) -> None:
    if why := missing("streaming"):
        pytest.skip(why)
    import pyarrow
    import pyarrow.parquet

    streams = fragments_of(found, seed=0)
    log = interleaved(streams, seed=0)
    (tmp_path / "log").mkdir()
    for number in range(3):  # each is a batch, and most streams are in all of them
        names, times, fragments = zip(*log[len(log) * number // 3 : len(log) * (number + 1) // 3], strict=True)
        columns = {"stream": names, "at": times, "fragment": pyarrow.array(fragments, pyarrow.binary())}
        pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "log" / f"{number}.parquet")
    run(HERE / "spark_stream.py", tmp_path)
    rows: dict[str, dict[str, Any]] = {}
    for batch in sorted((tmp_path / "rows").iterdir(), key=lambda path: int(path.name)):
        rows |= {row.pop("stream"): row for row in pyarrow.parquet.read_table(batch).to_pylist()}
    assert rows == {stream: ssemble.row(fragments) for stream, fragments in streams.items()}


@pytest.mark.parametrize("name", FILES)
def test_the_page_has_the_recipe(name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    assert ("python", text) in blocks(HERE / "README.md")
    assert len(text.splitlines()) < 15
