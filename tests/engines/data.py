"""Bodies as a log has them, and what a plain loop makes of them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ssemble
from fuzz.seeds import ANTHROPIC, RESPONSES, named

from ..poison import POISON
from ..vectors.chat import VECTORS

ROWS = 2000
POISONED, CUT = 0.03, 0.02
GROUP = 250  # rows of one row group: what Dask takes at once
GOOD = [*(vector.body() for vector in VECTORS), named(*ANTHROPIC), named(*RESPONSES)]


def bodies(seed: int = 0) -> list[bytes | None]:
    """Return bodies with ids of their own; some are cut at a random byte, and some are poison."""
    rng = random.Random(seed)
    poison = list(POISON.values())
    found: list[bytes | None] = []
    for number in range(ROWS):
        body = rng.choice(GOOD).replace(b"chatcmpl-7", b"chatcmpl-%d" % number)
        fate = rng.random()
        if fate < POISONED:
            found.append(poison[number % len(poison)])
        else:
            found.append(body[: rng.randrange(len(body))] if fate < POISONED + CUT else body)
    return found


def write(folder: Path, found: list[bytes | None]) -> None:
    """Write the bodies as the recipes read them."""
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"body": pyarrow.array(found, pyarrow.binary())})
    pyarrow.parquet.write_table(table, folder / "bodies.parquet", row_group_size=GROUP)


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the rows that a recipe wrote."""
    import pyarrow.parquet

    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(folder / "rows.parquet").to_pylist()
    return rows


def digest(rows: Iterable[dict[str, Any]]) -> str:
    """Return a digest of rows that does not depend on their order."""
    lines = sorted(json.dumps({name: row[name] for name in ssemble.ROW_COLUMNS}) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def interleaved(streams: dict[str, list[tuple[float, bytes]]], seed: int) -> list[tuple[str, float, bytes]]:
    """Return the fragments of streams in some order that keeps the order of each stream."""
    rng = random.Random(seed)
    order = [name for name, fragments in streams.items() for _ in fragments]
    rng.shuffle(order)
    rest = {name: iter(fragments) for name, fragments in streams.items()}
    return [(name, *next(rest[name])) for name in order]
