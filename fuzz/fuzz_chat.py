"""Invariant: chunks are not modified, results are not shared, and the events add up to the message."""

from __future__ import annotations

import copy

import ssemble
from fuzz.common import run
from fuzz.trees import Trees
from ssemble._dialects.chat.reader import ChatReader
from tests.helpers import finished
from tests.trace import comparable, events_match_result


def TestOneInput(data: bytes) -> None:
    trees, chat = Trees(data), ChatReader()
    events: list[ssemble.StreamEvent] = []
    try:
        while trees:
            chunk = trees.chunk()
            before = copy.deepcopy(chunk)
            fork = copy.copy(chat)
            new = chat.add(chunk)
            assert repr(chunk) == repr(before)
            assert repr(list(map(comparable, fork.add(before)))) == repr(list(map(comparable, new)))
            assert repr(fork.result()) == repr(chat.result())
            events += new
            ruin(chunk)
            ruin(fork.result())
            assert repr(fork.result()) == repr(chat.result())
    except ssemble.SsembleError:
        pass
    events += finished(chat)
    if chat.error is None:
        events_match_result(events, chat.completion())


def ruin(tree: object) -> None:
    """Empty every object and list in a tree."""
    for item in list(tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()):
        ruin(item)
    if isinstance(tree, (dict, list)):
        tree.clear()


if __name__ == "__main__":
    run(TestOneInput)
