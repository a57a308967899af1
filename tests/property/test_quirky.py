"""Many quirks in one stream: the message is the one that was meant."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.quirky import quirky_streams
from tests.strategies import cuttings
from tests.test_shared_quirks import without_nulls
from tests.trace import events_match_result, trace


@given(st.data(), quirky_streams())
def test_the_message_is_the_one_that_was_meant(data: st.DataObject, stream: tuple[bytes, dict[str, Any]]) -> None:
    body, expected = stream
    whole = trace([body])
    assert whole.error is None
    assert without_nulls(whole.result) == expected
    assert whole.completion.complete
    events_match_result(whole.events, whole.completion)
    assert trace(data.draw(cuttings(body))) == whole
