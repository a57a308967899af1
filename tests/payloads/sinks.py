"""What the sinks of this room's tests have in common."""

from __future__ import annotations

from typing import Any

from ssemble import SsembleError


class Stopping:
    """Ends at the terminator and at the first error; with ``skip``, errors are listed by their class."""

    typed = False

    def __init__(self, skip: bool = False) -> None:
        self.open = True
        self.error: SsembleError | None = None
        self.skip = skip

    def framed(self, framing: str) -> None:
        pass

    def add(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        events.append((name, payload))
        return True

    def bind(self, payload: Any, name: str) -> Any:
        return None

    def fault(self, error: SsembleError, events: list[Any]) -> None:
        if self.skip:
            events.append(type(error))
        else:
            self.fail(error, events)

    def fail(self, error: SsembleError, events: list[Any]) -> None:
        self.error = error
        self.open = False

    def terminated(self, events: list[Any]) -> None:
        self.open = False
