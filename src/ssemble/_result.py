"""The base of the views of a finished message: they may hold the JSON that they were made from."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from ._partial_watch import copied


class Result:
    """What the views share.

    One that came from a stream also holds its JSON as the provider has it. That is no field: it is
    no part of the constructor, of comparisons, of ``repr`` and of ``asdict``, and `dataclasses.replace`
    drops it, so that `to_dict` never contradicts the fields. No view is hashable, since a `Completion`
    holds a dict. (A dataclass would make a hash again, so each class says so itself.)
    """

    __slots__ = ("_raw",)
    __match_args__: ClassVar[tuple[str, ...]]
    _raw: dict[str, Any]

    def _to_dict(self) -> dict[str, Any]:
        """Return a fresh `dict`: the JSON that came, or else one built from the fields."""
        raw = getattr(self, "_raw", None)
        return self._from_fields() if raw is None else copied(raw)

    def _from_fields(self) -> dict[str, Any]:
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        # The methods that a frozen dataclass with slots has for this know its fields only.
        values = tuple([getattr(self, name) for name in self.__match_args__])
        return _restored, (type(self), values, getattr(self, "_raw", None))


AnyResult = TypeVar("AnyResult", bound=Result)


def with_raw(result: AnyResult, raw: dict[str, Any]) -> AnyResult:
    """Give a new result the JSON that it was made from, which nobody may change from now on."""
    object.__setattr__(result, "_raw", raw)
    return result


def _restored(kind: type[AnyResult], values: tuple[Any, ...], raw: dict[str, Any] | None) -> AnyResult:
    result = kind(*values)
    return result if raw is None else with_raw(result, raw)
