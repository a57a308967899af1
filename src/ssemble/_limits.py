"""Memory limits for one stream."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ._record import Record

MIB = 1024 * 1024

# The largest recorded event has 503,282 bytes (Groq, the results of a web search); a generated
# image is one base64 line of several MB. Limits of 64 to 512 KB broke users of four other parsers,
# so this one is much larger.
MAX_EVENT_SIZE = 32 * MIB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Limits(Record):
    """Limits on the memory that one stream may use; None disables a limit.

    The memory figures are the worst case for a hostile server; ordinary text needs a few bytes for
    each character. In addition, the events of one `feed` call are in memory together: at worst 256
    bytes for each byte of its fragment.

    Args:
        max_event_size: bytes of one event, including its unfinished line; of one JSON text or AWS message.
            (At worst 112 bytes of memory for each.)
        max_message_size: characters of one message: text, arguments and all other fields. A key,
            an object, a list and a text in a field count 16 more, a number above 256 or with a
            fraction counts 3, a tool call 128 or 192, a choice 128, and 4 where text goes to another
            block. (At worst 40 bytes for each; 64 with partial JSON. The default holds several
            full-size images.)
        max_choices: choices in one message. (2,500 bytes for each. OpenAI allows n = 128.)
        max_tool_calls: tool calls in one choice. (1,250 bytes for each. The largest recorded number
            is 15; OpenAI allows 128.)

    Raises:
        ValueError: a limit below 1.

    >>> Limits(max_event_size=1_000_000).max_choices
    1024
    """

    # Not generated for fields that are keyword only; a record compares these.
    __match_args__ = ("max_event_size", "max_message_size", "max_choices", "max_tool_calls")
    max_event_size: int | None = MAX_EVENT_SIZE
    max_message_size: int | None = 256 * MIB
    max_choices: int | None = 1024
    max_tool_calls: int | None = 1024

    def __post_init__(self) -> None:
        for name in self.__slots__:
            check_limit(name, getattr(self, name))

    def __hash__(self) -> int:  # type: ignore[override]  # unlike other records, it cannot be changed
        return hash(tuple([getattr(self, name) for name in self.__match_args__]))


def check_limit(name: str, limit: int | None) -> int:
    """Check a limit and return it as an int."""
    if limit is not None and limit < 1:
        raise ValueError(f"{name} is {limit}: expected at least 1, or None for no limit")
    return limit_or_max(limit)


def limit_or_max(limit: int | None) -> int:
    """Return a checked limit as an int: None becomes sys.maxsize."""
    return sys.maxsize if limit is None else limit
