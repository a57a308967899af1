"""All that a decoder has told, in short."""

from __future__ import annotations

from typing import Any, NamedTuple

from ssemble import ErrorEvent, RawEvent
from ssemble._payloads.decoder import Decoder


class All(NamedTuple):
    """What a decoder has said.

    Args:
        items: payloads with the names of their events, and the messages of errors.
        repairs: codes of the repairs, with counts.
        error: the message of the error that ended the stream.
    """

    items: list[Any]
    repairs: dict[str, int] = {}
    error: str = ""
    done: bool = False


def said(decoder: Decoder, items: list[RawEvent | ErrorEvent]) -> All:
    rows: list[Any] = [(i.event, i.data) if isinstance(i, RawEvent) else str(i.error) for i in items]
    assert decoder.count == len([item for item in items if isinstance(item, RawEvent)])
    assert decoder.over is bool(decoder.done or decoder.error)
    return All(rows, decoder.repairs, "" if decoder.error is None else str(decoder.error), decoder.done)
