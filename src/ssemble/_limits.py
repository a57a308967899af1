"""How much a server may make us keep."""

from __future__ import annotations

import sys
from dataclasses import dataclass

MIB = 1024 * 1024

# The largest event on record is 503,282 bytes (a web search's results); a generated image
# arrives as one base64 line of several MB. Fixed caps of 64 to 512 KB broke users of four
# other parsers, so this one is far above both.
MAX_EVENT_SIZE = 32 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what one stream may hold in memory; None lifts one.

    What is said of memory is the worst that a hostile server reaches; ordinary text takes a few
    bytes a character. Besides, all events of one `feed` are held at once: 256 bytes for each byte
    of its fragment at worst.

    Args:
        max_event_size: bytes of one event, its unfinished line included. (At worst 112 bytes of
            memory for each.)
        max_message_size: characters kept in one message: text, arguments, every other field. A
            key, an object, a list and a text in a field count as 16 more, a number above 256 or
            with a fraction as 3, a call and a choice as 128: what they take besides. (At worst 40
            bytes for each; 64 where it is read as a value so far. 256 Mi: several images of full
            size.)
        max_choices: choices in one message. (2,500 bytes for each. OpenAI allows n = 128.)
        max_tool_calls: tool calls in one choice. (1,250 bytes for each. The most on record is 15;
            OpenAI allows 128.)

    Raises:
        ValueError: a limit below 1.

    >>> Limits(max_event_size=1_000_000).max_choices
    1024
    """

    max_event_size: int | None = MAX_EVENT_SIZE
    max_message_size: int | None = 256 * MIB
    max_choices: int | None = 1024
    max_tool_calls: int | None = 1024

    def __post_init__(self) -> None:
        for name in self.__slots__:
            bound(name, getattr(self, name))


def bound(name: str, limit: int | None) -> int:
    """Check a limit and turn it into a number to compare with."""
    if limit is not None and limit < 1:
        raise ValueError(f"{name} is {limit}: give a number from 1 on, or None for no limit")
    return most(limit)


def most(limit: int | None) -> int:
    """Turn a limit that was checked into a number to compare with: None becomes one that nothing reaches."""
    return sys.maxsize if limit is None else limit
