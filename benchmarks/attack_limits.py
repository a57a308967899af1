"""Hostile bodies that fill a limit with what takes the most memory for each byte or character allowed.

Each body is made for the limits that it is to fill, so that the same attacks run small in `tests/test_attacks.py` and
large in `benchmarks.attacks`. What is endless is read until the limit ends the stream.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from benchmarks.attack_bodies import DONE, delta, event
from ssemble import Limits
from ssemble._dialects.chat.object_scanner import UNREAD
from ssemble._model.text import JOIN_EVERY

EVENT, MESSAGE, FRAGMENT = "max_event_size", "max_message_size", "the fragment"
CHOICES, CALLS = "max_choices", "max_tool_calls"
# Bytes of memory for each byte, character, choice or call that a limit allows, and for each byte of a fragment.
PROMISED = {EVENT: 112, MESSAGE: 40, CHOICES: 2500, CALLS: 1250, FRAGMENT: 256}
VALUE = 64  # bytes for each character of a text that is read as a value so far, the text included
PIECES = JOIN_EVERY - 1  # the most that a text keeps apart
HELD = UNREAD - 1  # the same of arguments
DEEP = 90  # levels that every part of the message takes
DEEPER = 300  # levels that the decoder takes, and few enough for small limits to be filled with them


class Filling(NamedTuple):
    """An attack on one limit."""

    fills: str
    body: Callable[[Limits], Iterable[bytes]]  # events
    looked_at: bool = False  # somebody asks for the values so far
    endless: bool = False  # or more than should be in memory at once
    longest: int = 2**30  # a larger limit is filled by less
    part: int = 64  # the limit of the message, where that of events is filled: so many times smaller
    one_answer: bool = False  # all calls are in one choice

    def limits(self, size: int) -> Limits:
        """Limits of which the one to fill is ``size``, and the others are too small to matter."""
        if self.fills == EVENT:
            return Limits(max_event_size=size, max_message_size=max(4096, size // self.part))
        if self.fills == CALLS:  # a call for every 256 characters, as the default limits allow
            calls = max(16, size // 256)
            most = calls if self.one_answer else 16
            return Limits(max_message_size=size, max_choices=calls // most, max_tool_calls=most)
        if self.fills == CHOICES:
            return Limits(max_message_size=size, max_choices=max(16, size // 256))
        return Limits(max_event_size=4096, max_message_size=size)

    @property
    def promised(self) -> int:
        """Bytes for each unit that is allowed."""
        return VALUE if self.looked_at else PROMISED[self.fills]

    def allowed(self, limits: Limits, fragment: int) -> int:
        """Bytes, characters or calls that the limits allow, with what the caller gave in one fragment."""
        if self.fills == EVENT:
            return max(limits.max_event_size or 0, fragment)
        if self.fills in (CHOICES, CALLS):
            return (limits.max_choices or 0) * (limits.max_tool_calls or 0 if self.fills == CALLS else 1)
        return fragment if self.fills == FRAGMENT else (limits.max_message_size or 0) + fragment


def ideographs() -> Iterator[str]:
    """Different characters: Python keeps no copies of them, as it does of those below 256."""
    while True:
        for code in range(0x4E00, 0x3FFFF):
            if not 0xD800 <= code < 0xE000:
                yield chr(code)


def array(entry: str, before: str = "[", after: str = "]", first: bytes = b"", between: str = ",") -> Filling:
    """One event of the largest size, of equal entries."""

    def body(limits: Limits) -> Iterator[bytes]:
        named = 0 if first.endswith(b"\n\n") else len(first)  # the first is of the same event
        room = (limits.max_event_size or 0) - named - len(f"data: {before}{after}\n".encode())
        yield from (first,) if first else ()
        yield event(before + between.join([entry] * (room // len((entry + between).encode()))) + after)
        yield DONE

    return Filling(EVENT, body)


def endless(make: Callable[[int, str], bytes], fills: str = MESSAGE, looked_at: bool = False) -> Filling:
    """Events without end, each of its number and a character of its own."""
    return Filling(fills, lambda limits: map(make, itertools.count(), ideographs()), looked_at, True)


def grouped(entry: Callable[[int, str], str], make: Callable[[str], bytes], count: int = 200) -> Filling:
    """Events without end of many entries each."""

    def body(limits: Limits) -> Iterator[bytes]:
        entries = map(entry, itertools.count(), ideographs())
        while True:
            yield make(",".join(itertools.islice(entries, count)))

    return Filling(MESSAGE, body, endless=True)


def fragment(*events: bytes) -> Filling:
    return Filling(FRAGMENT, lambda limits: itertools.cycle(events), endless=True)


def _calls(limits: Limits) -> Iterator[bytes]:
    """Every call that every choice may have."""
    entries = ",".join(f'{{"index":{index}}}' for index in range(limits.max_tool_calls or 0))
    for choice in range(limits.max_choices or 0):
        yield delta(f'"tool_calls":[{entries}]', choice)
    yield DONE


def _long_forms(limits: Limits) -> Iterator[bytes]:
    """Each form of chunk as long as an event may be, and used."""
    padding = "\u4e00" * (((limits.max_event_size or 0) - 200) // 3)
    for number in itertools.count():
        for _ in range(12):
            yield delta('"content":"a"', number, f',"zz":"{padding}"')
        if number == 70:
            return


def nested(levels: int) -> str:
    return '{"":' * levels + "0" + "}" * levels


def _arguments(number: int) -> str:
    """Deep objects as the arguments of a call, quoted; no fragment opens one, which could begin the text again."""
    begin, name = ("[0", '"name":"f",') if number == 0 else ("", "")
    text = f"{begin},{nested(DEEPER)}".replace('"', '\\"')
    return f'"tool_calls":[{{"index":0,"function":{{{name}"arguments":"{text}"}}}}]'


def _call_in_pieces(number: int, character: str) -> str:
    """The next character of arguments that are one text in a list; each call has as many pieces as are kept apart."""
    name, text = ('"name":"f",', '[\\"') if number % HELD == 0 else ("", character)
    index = number // HELD % 1000
    return f'"tool_calls":[{{"index":{index},"function":{{{name}"arguments":"{text}"}}}}]'


def _choices(limits: Limits) -> Iterator[bytes]:
    yield event('{"choices":[' + ",".join(["{}"] * (limits.max_choices or 0)) + "]}")
    yield DONE


def _spoken(limits: Limits) -> Iterator[bytes]:
    yield from (delta('"content":"a"', number) for number in range(limits.max_choices or 0))
    yield DONE


NAMES = (f'"{name}":{{}}' for name in itertools.islice(ideographs(), 255))
COUNTS = event('{"choices":[],"usage":{' + ",".join(NAMES) + "}}")
UPDATES = ('{"choices":[],"usage":{"a":2}}', '{"choices":[],"usage":{"a":3}}')  # each says something new
LOGPROBS = '{{"choices":[{{"index":0,"logprobs":{{"c":[{}]}}}}]}}'.format
LISTED = '{{"choices":[{{"index":0,"delta":{{"content":"a"}},"logprobs":{{"c":[{}]}}}}]}}'.format
TOKEN_IDS = '{{"choices":[{{"index":0,"delta":{{"content":"a"}},"token_ids":[{}]}}]}}'.format

FILLINGS: dict[str, Filling] = {
    # What one event of the largest size may become.
    "usage updates after 255 counts": array(",".join(UPDATES), first=COUNTS),
    "empty objects": array("{}"),
    "empty lists": array("[]"),
    "objects of one empty key": array('{"":0}'),
    "numbers": array("0"),
    "texts": array('""'),
    "errors": array('{"error":1}'),
    "errors of an event that is one": array("1", first=b"event:error\n"),
    "glued objects": array("{}", "", "", between=""),
    "lines that are not JSON": array("[", "{}\n", "", between="\ndata:"),
    "lines that are no fields": array("{}", "{}\n", "", between="\n"),
    "chunks": array('{"choices":[{}]}'),
    "deltas of one character": array('{"index":0,"delta":{"content":"a"}}', '{"choices":[', "]}"),
    "entries of one call": array("{}", '{"choices":[{"delta":{"tool_calls":[', "]}}]}"),
    "nested objects": array(nested(DEEPER), '{"p":[', "]}"),
    "nested objects of a message": array(nested(DEEP), '{"choices":[],"x":[', "]}"),
    "nested lists": array("[" * DEEPER + "]" * DEEPER, '{"p":[', "]}"),
    "long forms, each used": Filling(EVENT, _long_forms, endless=True, longest=2**16, part=2),
    # What one message of the largest size may become.
    "usage updates, an event each": Filling(
        MESSAGE, lambda limits: itertools.chain((COUNTS,), itertools.cycle(map(event, UPDATES))), endless=True
    ),
    "ids of one character": endless(lambda n, c: delta(f'"tool_calls":[{{"index":0,"id":"{c}"}}]')),
    "keys of one character": grouped(lambda n, c: f'"{c}":null', lambda items: event(f'{{"choices":[],{items}}}')),
    "texts of one character": grouped(lambda n, c: f'"{c}"', lambda items: delta(f'"images":[{items}]')),
    "texts in logprobs": grouped(lambda n, c: f'"{c}"', lambda items: event(LOGPROBS(items))),
    "token ids": grouped(lambda n, c: str(2**30 + n), lambda items: delta(f'"token_ids":[{items}]')),
    "texts in logprobs beside a text": grouped(lambda n, c: f'"{c}"', lambda items: event(LISTED(items))),
    "empty objects in logprobs beside a text": grouped(lambda n, c: "{}", lambda items: event(LISTED(items))),
    "token ids beside a text": grouped(lambda n, c: str(2**30 + n), lambda items: event(TOKEN_IDS(items))),
    "fractions": grouped(lambda n, c: f"0.{n}1", lambda items: delta(f'"x":[{items}]')),
    "empty objects in logprobs": grouped(lambda n, c: "{}", lambda items: event(LOGPROBS(items))),
    "objects of one key": grouped(lambda n, c: f'{{"{c}":0}}', lambda items: delta(f'"images":[{items}]')),
    "entries with an index": endless(lambda n, c: delta(f'"x":[{{"index":{n}}}]')),
    "entries of many types": endless(lambda n, c: delta(f'"reasoning_details":[{{"type":"{c}{n}","text":"x"}}]')),
    "parts": endless(lambda n, c: delta(f'"content":[{{"type":"{c}","text":"x"}}]')),
    "unknown texts": endless(lambda n, c: delta(f'"{c}{n}":"x"')),
    "text, a character in each event": endless(lambda n, c: delta(f'"content":"{c}"')),
    "choices of texts in pieces": endless(
        lambda n, c: delta(f'"content":"{c}","reasoning":"{c}","refusal":"{c}"', n // PIECES)
    ),
    "fields of texts in pieces": endless(lambda n, c: delta(f'"x{n // PIECES}":"{c}"')),
    "parts of texts in pieces": endless(lambda n, c: delta(f'"content":[{{"type":"{n // PIECES}","text":"{c}"}}]')),
    "calls of arguments in pieces": endless(
        lambda n, c: delta(f'"tool_calls":[{{"index":{n // HELD},"function":{{"name":"f","arguments":"{c}"}}}}]')
    ),
    "calls without a name, in pieces": endless(
        lambda n, c: delta(f'"tool_calls":[{{"index":{n // HELD},"function":{{"arguments":"{c}"}}}}]')
    ),
    "text of a second choice": endless(lambda n, c: delta('"content":"\U0001f600"', n % 2)),
    "reasoning under two names": endless(lambda n, c: delta(f'"reasoning":"{c}","reasoning_content":"{c}"')),
    "calls by id": endless(
        lambda n, c: delta(f'"tool_calls":[{{"id":"{c}{n}","function":{{"name":"{c}"}}}}]', n // 1024)
    ),
    "the value of nested arguments": endless(lambda n, c: delta(_arguments(n)), looked_at=True),
    "values of calls in pieces": endless(
        lambda n, c: delta(_call_in_pieces(n, c), n // HELD // 1000), looked_at=True
    ),
    "the value of a text of empty objects": endless(
        lambda n, c: delta(f'"content":"{"[" * (n == 0)}{"{}," * 50}"'), looked_at=True
    ),
    # What the limits on numbers allow.
    "choices without anything": Filling(CHOICES, _choices),
    "choices of one character": Filling(CHOICES, _spoken),
    "calls without anything": Filling(CALLS, _calls),
    # What the events of one fragment may become, however large the limits are.
    "empty objects, an event each": fragment(event("{}")),
    "empty objects, a line each": fragment(b"{}\n"),
    "lines of one character": fragment(b"x\n"),
    "events without data": fragment(b"data\n\n"),
    "errors, a line each": fragment(b"error:\n"),
    "bodies that are not JSON, and errors": fragment(b"[\nerror:\n"),
    "text of one character": fragment(delta('"content":"a"')),
    "forms in turn": fragment(*[delta('"content":"a"')] * 4, delta('"content":"a"', 0, ',"m":1')),
    "errors, an event each": fragment(event('{"error":1}')),
    "payloads that are not JSON": fragment(b"data:{\n\n"),
}  # fmt: skip
