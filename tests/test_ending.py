"""Why a stream that has ended is no complete message."""

from __future__ import annotations

import pytest

from ssemble import IncompleteStream, StreamError, UnknownDialect
from ssemble._ending import unfinished, unrecognised


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (unrecognised(None, ""), IncompleteStream, "the stream ended before any message began"),
        (unrecognised(None, "oh"), IncompleteStream, "began; the last unrecognised line: 'oh'"),
        (unrecognised(("", "'5'"), ""), UnknownDialect, "no known dialect; the first is '5'; known are: openai-chat"),
        (unrecognised(("Gemini", "'5'"), ""), UnknownDialect, "the payloads look like Gemini; the first is '5'"),
        (unfinished(False, True, "", "oh"), IncompleteStream, "before any choice began; the last unrecognised line"),
        (unfinished(True, True, "1 data: {}", ""), StreamError, "lines may be missing: '1 data: {}'"),
        (unfinished(True, True, "", ""), IncompleteStream, "an error came before the terminator"),
        (unfinished(True, False, "", "oh"), IncompleteStream, "finish_reason; the last unrecognised line"),
    ],
)
def test_the_words_fit_the_cause(error: StreamError, kind: type[StreamError], words: str) -> None:
    assert type(error) is kind
    assert words in str(error)
    assert getattr(error, "looks_like", "") == ("Gemini" if "Gemini" in words else "")
