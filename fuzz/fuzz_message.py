"""Invariant: events, result and error do not depend on the splits, and the events of a chat add up to its result.

In other dialects a later event may replace a text that was told.
"""

from __future__ import annotations

from fuzz.common import cut, run
from tests.trace import events_match_result, trace


def TestOneInput(data: bytes) -> None:
    body, fragments = cut(data)
    for errors in ("raise", "event"):
        whole = trace([body], errors=errors)
        assert trace(fragments, errors=errors) == whole
    if whole.completion.dialect in (None, "openai-chat"):
        events_match_result(whole.events, whole.completion)


if __name__ == "__main__":
    run(TestOneInput)
