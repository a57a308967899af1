"""Invariant: any bytes give an exit code and a summary, and never a traceback."""

from __future__ import annotations

import json
from typing import Any

from fuzz.common import cut, run
from tests.cli import command

ARGUMENTS = ((), *((mode,) for mode in command.MODES), ("--errors", "event"), ("--reasoning",), ("--quiet",))


def strictly(text: str) -> Any:
    """Parse JSON, and reject NaN and Infinity."""
    return json.loads(text, parse_constant=refuse, parse_int=str)


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def TestOneInput(data: bytes) -> None:
    arguments = ARGUMENTS[(data[:1] or b"\0")[0] % len(ARGUMENTS)]
    body, fragments = cut(data[1:])
    results = [command.run(*arguments, data=command.Source(*filter(None, given))) for given in (fragments, [body])]
    assert {result.code for result in results} in ({0}, {1}, {3})
    assert results[0].out == results[1].out
    if "--quiet" in arguments:
        assert bool(results[0].err) == bool(results[0].code)
    if arguments[:1] == ("--json",):
        assert ("error" in strictly(results[0].out)) >= bool(results[0].code)
    elif arguments[:1] in {(mode,) for mode in command.MODES}:
        lines = [strictly(line) for line in results[0].out.split("\n")[:-1]]
        if arguments == ("--events",) and results[0].code:
            assert lines[-1]["type"] == "error"
    assert "Traceback" not in results[0].err


if __name__ == "__main__":
    run(TestOneInput)
