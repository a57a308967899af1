"""A captured body as one flat row of a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ._framing.lines import BytesLike
from ._iterate import Source
from ._limits import Limits
from ._observer import Observer
from ._payloads.decoder import Loads
from ._strict_json import whole


def row(
    body: Source | str | Iterable[str] | Iterable[tuple[float, BytesLike]] | None,
    dialect: str | None = None,
    *,
    start: float | None = None,
    framing: str | None = None,
    loads: Loads = json.loads,
    limits: Limits = Limits(),
    n: int | None = None,
    cumulative: bool = False,
) -> dict[str, Any]:
    r"""Read a captured body, and return what it holds as one flat row.

    No body makes it raise: what is wrong with one is in its row. A payload that cannot be read is skipped,
    and the row has the status ``"error"``.

    Args:
        body: bytes or a `str`; None for no body at all; an iterable of fragments, or of ``(time, fragment)``
            with times in seconds. What else it is, or an exception that it raises, is the error of the row.
        dialect: the wire shape; None recognises it.
        start: when the request was sent, on the clock of the fragments; None takes the time of the first one.
        framing, loads, limits, n, cumulative: as in `Observer`.

    Returns:
        A fresh `dict` with the keys of `ROW_COLUMNS`:

        - ``status``: ``"whole"``; ``"cut"``, the end is missing; ``"unrecognised"``, no payload is of a known
          dialect, or the body is compressed; ``"error"``, any other error. Only ``"whole"`` is a success.
        - ``text`` to ``tool_calls`` are those of `Completion`, but ``tool_calls`` has the calls of every choice.
        - ``error`` is the class of the first error, ``error_type`` and ``error_code`` are the server's words.
        - ``first_byte``, ``first_event`` (the first with content), ``duration`` and ``longest_gap`` (without
          content) are seconds. They and ``fragments`` are null if the fragments have no times, so that a row
          does not depend on how its body is split.
        - ``usage``, ``repairs`` and ``completion`` (its `to_dict <Completion.to_dict>`) are strict JSON.

    Raises:
        ValueError: an unknown dialect, or another wrong option.

    >>> found = row(b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: [DONE]\n\n')
    >>> found["status"], found["text"], found["error"]
    ('whole', 'Hi', None)
    >>> row(b"<html>Bad gateway</html>")["error"]
    'ProviderError'
    """
    observer = Observer(
        dialect, framing=framing, loads=loads, limits=limits, n=n, cumulative=cumulative, clock=None, start=start
    )
    try:
        for at, data in _fragments(body):
            observer.feed(data, at)
    except Exception as error:  # of the source: whatever it is, the row tells it
        observer.end(error)
    else:
        observer.end()
    return observer.row()


def _fragments(body: object) -> Iterator[tuple[float | None, BytesLike]]:
    """Yield the bytes of a body, each with its time if it has one."""
    if body is None:
        return
    if isinstance(body, (bytes, bytearray, memoryview, str)):
        body = (body,)
    elif not isinstance(body, Iterable):
        raise TypeError(f"expected bytes, a str, None or an iterable of fragments, got {type(body).__name__}")
    for item in body:
        at, data = item if isinstance(item, tuple) else (None, item)
        yield None if at is None else float(at), whole(data).encode() if isinstance(data, str) else data
