"""Invariant: merged values share nothing with the input or with a copy, and their size is counted."""

from __future__ import annotations

import copy
import json
from typing import Any

import ssemble
from fuzz.common import run
from fuzz.fuzz_chat import ruin
from fuzz.trees import Trees
from ssemble._dialects.chat.merge import merge_fields, to_json
from ssemble._dialects.chat.names import CHUNK, DELTA, NESTED
from ssemble._model.budget import SizeBudget

SCOPES = (DELTA, NESTED, CHUNK)


def TestOneInput(data: bytes) -> None:
    trees = Trees(data)
    scope = SCOPES[trees.byte() % 3]
    fields: dict[str, Any] = {}
    budget = SizeBudget(10**6)
    while trees:
        update = trees.object(1 + trees.byte() % 4)
        before = copy.deepcopy(update)
        twin, twin_kept = copy.deepcopy(fields), copy.copy(budget)
        try:
            merge_fields(fields, update, scope, budget)
        except ssemble.SsembleError:
            return
        assert repr(update) == repr(before)
        ruin(update)
        merge_fields(twin, before, scope, twin_kept)
        assert repr(to_json(fields)) == repr(to_json(twin))
        assert budget.size == twin_kept.size >= 0
        ruin(to_json(twin))
        assert repr(to_json(fields)) == repr(to_json(twin))
    json.dumps(to_json(fields))


if __name__ == "__main__":
    run(TestOneInput)
