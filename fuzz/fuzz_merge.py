"""Invariant: merging keeps nothing by reference, counts what it keeps, and forks apart from a copy."""

from __future__ import annotations

import copy
import json
from typing import Any

import ssemble
from fuzz.common import run
from fuzz.fuzz_chat import ruin
from fuzz.trees import Trees
from ssemble._kept import Kept
from ssemble._merge import DELTA, INSIDE, OUTSIDE, merge_fields, plain

SCOPES = (DELTA, INSIDE, OUTSIDE)


def TestOneInput(data: bytes) -> None:
    trees = Trees(data)
    scope = SCOPES[trees.byte() % 3]
    fields: dict[str, Any] = {}
    kept = Kept(10**6)
    while trees:
        update = trees.object(1 + trees.byte() % 4)
        before = copy.deepcopy(update)
        twin, twin_kept = copy.deepcopy(fields), copy.copy(kept)
        try:
            merge_fields(fields, update, scope, kept)
        except ssemble.SsembleError:
            return
        assert repr(update) == repr(before)
        ruin(update)
        merge_fields(twin, before, scope, twin_kept)
        assert repr(plain(fields)) == repr(plain(twin))
        assert kept.size == twin_kept.size >= 0
        ruin(plain(twin))
        assert repr(plain(fields)) == repr(plain(twin))
    json.dumps(plain(fields))


if __name__ == "__main__":
    run(TestOneInput)
