"""Base class of the results, which may store the JSON that they were created from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from .._copied import copied
from .._record import Record

Raw = dict[str, Any] | Callable[[], dict[str, Any]]
"""JSON, or a function that makes it when it is first wanted, always the same."""


class Result(Record, ABC):
    """Base class of the results.

    A result of a stream also stores its JSON in the provider's shape. That is not a field: it is not
    part of the constructor, of comparisons, of ``repr`` or of ``asdict``, and `dataclasses.replace`
    drops it, so that `to_dict` never contradicts the fields.
    """

    __slots__ = ("_make", "_raw")
    _make: Callable[[], Result] | None
    _raw: Raw

    def _json(self) -> dict[str, Any] | None:
        """Return the JSON as received, made now if it was not yet; None if there is none."""
        raw: Raw | None = getattr(self, "_raw", None)
        if callable(raw):
            raw = raw()
            object.__setattr__(self, "_raw", raw)
        return raw

    def _to_dict(self) -> dict[str, Any]:
        """Return a fresh `dict`: the JSON as received, or else one built from the fields."""
        raw = self._json()
        return self._from_fields() if raw is None else copied(raw)

    @abstractmethod
    def _from_fields(self) -> dict[str, Any]:
        """Return a `dict` built from the fields."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The methods of a frozen dataclass with slots only pickle the fields.
        values = tuple([getattr(self, name) for name in self.__match_args__])
        return _restored, (type(self), values, self._json())


def _fill(result: Result, name: str) -> Any:
    """Return an attribute whose slot is empty: the result is filled now, if `when_read` created it."""
    if (name == "_raw" or name in result.__match_args__) and (make := getattr(result, "_make", None)) is not None:
        made = make()
        for each in result.__match_args__:
            object.__setattr__(result, each, getattr(made, each))
        if (raw := getattr(made, "_raw", None)) is not None:
            object.__setattr__(result, "_raw", raw)
        object.__setattr__(result, "_make", None)  # last: another thread that sees it must also see the fields
    return object.__getattribute__(result, name)


Result.__getattr__ = _fill  # type: ignore[attr-defined]  # in the class, a type checker would accept every name

AnyResult = TypeVar("AnyResult", bound=Result)


def with_raw(result: AnyResult, raw: Raw) -> AnyResult:
    """Store in a new result the JSON that it was created from; it must not be changed afterwards."""
    object.__setattr__(result, "_raw", raw)
    return result


def when_read(kind: type[AnyResult], make: Callable[[], AnyResult]) -> AnyResult:
    """Return a result that is made when it is first looked at.

    Args:
        kind: its class.
        make: returns it, an equal one each time: it may be called by two threads at once.
    """
    result = object.__new__(kind)
    object.__setattr__(result, "_make", make)
    return result


def _restored(kind: type[AnyResult], values: tuple[Any, ...], raw: dict[str, Any] | None) -> AnyResult:
    result = kind(*values)
    return result if raw is None else with_raw(result, raw)
