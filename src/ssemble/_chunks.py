"""Bytes to decoded payloads, in any framing.

Unambiguous defects are repaired and counted in ``repairs``; everything else is reported as an error,
in stream order.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Literal

from ._dialects.recognition import shape
from ._errors import SsembleError, check_errors, fresh_copy
from ._framing.detect import check_framing
from ._framing.lines import BytesLike
from ._limits import Limits
from ._model.events import ErrorEvent
from ._payloads.decoder import Loads
from ._payloads.parser import PayloadParser
from ._pickling import Picklable


class Collector(Picklable):
    """A sink that lists the payloads."""

    __slots__ = ("error", "open", "skip")
    typed: ClassVar[bool] = False

    def __init__(self, skip: bool) -> None:
        self.skip = skip
        self.open = True
        self.error: SsembleError | None = None

    def framed(self, framing: str) -> None:
        pass

    def add(self, payload: Any, name: str, items: list[Any], size: int) -> bool:
        items.append(payload)
        return False

    def bind(self, payload: Any, name: str) -> None:
        return None

    def fault(self, error: SsembleError, items: list[Any]) -> None:
        if self.skip:
            items.append(ErrorEvent(error))  # type: ignore[arg-type]  # the kinds that are reported
        else:
            self.fail(error, items)

    def fail(self, error: SsembleError, items: list[Any]) -> None:
        self.error = error
        self.open = False

    def terminated(self, items: list[Any]) -> None:
        self.open = False


class ChunkParser(Picklable):
    """Parse fragments of bytes into the JSON payloads in them.

    Args:
        framing: how the payloads are laid out in the bytes, a name in `FRAMINGS`; None tells it from
            the first byte that is not blank.
        loads: the JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, …
        errors: ``"raise"``: the first error ends the stream. ``"event"``: an `ErrorEvent` is returned
            in its place, the bad payload is skipped, and the stream continues.
        limits: ``max_event_size`` limits the bytes of one event, including its unfinished line.

    >>> chunks = ChunkParser()
    >>> chunks.feed(b'data: {"n":'), chunks.feed(b'1}\\n\\ndata: [DONE]\\n\\n'), chunks.ended
    ([], [{'n': 1}], True)
    """

    __slots__ = ("_collector", "_payloads")

    def __init__(
        self,
        *,
        framing: str | None = None,
        loads: Loads = json.loads,
        errors: Literal["raise", "event"] = "raise",
        limits: Limits = Limits(),
    ) -> None:
        check_framing(framing)
        check_errors(errors)
        self._payloads = PayloadParser(loads, shape, framing=framing, limits=limits, templates=False)
        self._collector = Collector(skip=errors == "event")

    def __repr__(self) -> str:
        state = "failed" if self._collector.error is not None else "open" if self._collector.open else "ended"
        return f"<{type(self).__name__} {state}, {self.chunk_count} chunks>"

    @property
    def framing(self) -> str | None:
        """The framing: as given, or as the first bytes tell it; None before that."""
        return self._payloads.framing

    @property
    def ended(self) -> bool:
        """True after the terminator ``[DONE]``; later bytes are not read."""
        return self._payloads.done

    @property
    def chunk_count(self) -> int:
        """Payloads decoded so far."""
        return self._payloads.count

    @property
    def repairs(self) -> dict[str, int]:
        """The defects that were repaired, as codes with counts (a fresh `dict`); empty for a correct stream."""
        return dict(self._payloads.repairs)

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream (a fresh copy, to be raised), or None."""
        error = self._collector.error
        return None if error is None else fresh_copy(error)

    def feed(self, data: BytesLike) -> list[Any]:
        """Take a fragment (bytes, split anywhere) and return the payloads that it completes.

        Returns:
            Decoded JSON (usually a `dict`), and with ``errors="event"`` each `ErrorEvent` in its place.

        Raises:
            InvalidJSON, ProviderError, LimitExceeded: the call that met the fault returned the
                payloads before it; every later call raises.
            TypeError: ``data`` is not bytes.
            RuntimeError: after `end`.
        """
        if self._collector.error is not None:
            raise fresh_copy(self._collector.error)
        items: list[Any] = []
        self._payloads.feed(data, items, self._collector)
        return items

    def end(self) -> list[Any]:
        """End the input; return the last payloads.

        Many servers omit the last blank line, so an unfinished event counts if it is complete JSON. If
        the bytes end inside a payload, `error` is an `IncompleteStream` afterwards. It never raises, and
        may be called again.
        """
        items: list[Any] = []
        self._payloads.end(items, self._collector)
        self._collector.open = False
        return items
