"""One run of a scenario: everything that a caller can see, and the invariants of a single run."""

from __future__ import annotations

import copy
import decimal
import importlib
import json
import pickle
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import ssemble
from fuzz.mixed import Options
from ssemble import Limits
from tests.plain import make_stream
from tests.trace import comparable, describe, events_match_result

LATE = b'data: {"choices":[{"index":0,"delta":{"content":"LATE"}}]}\n\n'
MOVES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda machine: pickle.loads(pickle.dumps(machine)),
}
T = TypeVar("T")
FRAMES = 120  # stack depth for all runs, more than at the start of any
CHOICES = 3  # number of choices whose views are read


class OddError(ValueError):
    """A decoder's error whose constructor arguments differ from its args, so that copying it fails."""

    def __init__(self, one: object, two: object) -> None:
        super().__init__(f"{one} {two}")


def odd(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise OddError("no", "JSON") from None


def wrapped(text: str) -> Any:
    return json.loads(text)


def decimals(text: str) -> Any:
    return json.loads(text, parse_float=decimal.Decimal)


def _installed(module: str, name: str) -> Callable[[str], Any]:
    try:
        found: Callable[[str], Any] = getattr(importlib.import_module(module), name)
    except ImportError:
        return json.loads
    return found


DECODERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "wrapped": wrapped,
    "odd": odd,
    "decimal": decimals,
    "orjson": _installed("orjson", "loads"),
    "msgspec": _installed("msgspec.json", "decode"),
}


class Seen(NamedTuple):
    """The results of a run as printed, since 1, True and 1.0 print differently."""

    error: str
    events: list[str]
    result: str
    completion: str
    repairs: str
    chunks: int
    faults: tuple[str, ...]  # names of the broken invariants


def opened(options: Options, limits: Limits, fast: bool = True) -> ssemble.MessageStream:
    """Create a stream. Only this function decides whether fast paths are used."""
    given: dict[str, Any] = {"loads": DECODERS[options.loads], "errors": options.errors, "limits": limits}
    return make_stream(**given, n=options.n, cumulative=options.cumulative, templates=fast)


class Run:
    """A caller that feeds a stream, reads it from time to time, and records the results."""

    def __init__(self, stream: ssemble.MessageStream) -> None:
        self.stream = stream
        self.events: list[ssemble.StreamEvent] = []
        self.error: ssemble.SsembleError | None = None
        self.given: list[tuple[str, Any, str]] = []  # returned objects, and how they printed then
        self.views: list[tuple[str, int, int, Any]] = []
        self.faults: list[str] = []
        self.text_asked = False  # a choice has one `PartialJSON`, of the stream or of the caller

    def take(self, fragments: Iterable[tuple[bytes, tuple[str, ...]]]) -> None:
        try:
            for data, acts in fragments:
                self.events += self.stream.feed(data)
                for act in acts:
                    self.act(act)
            self.events += self.stream.end()
            self.stream.close()
        except ssemble.SsembleError as caught:
            self.error = caught
        self._over()

    def act(self, name: str) -> None:
        """Do what a caller may do at any time. It must not change later results."""
        if name in MOVES:
            self._note("a stream that was copied", self.stream)
            self.stream = MOVES[name](self.stream)
            self.views.clear()
        elif name == "completion":
            self._note(name, self.stream.completion())
        elif name == "repairs":
            self._note(name, self.stream.repairs)
        elif name == "chunks":
            repr(self.stream.chunk_count)
        elif name == "value":
            for *_, view in self.views:
                repr(view.value)
        elif name == "partial_json":
            self.views = [view for view in self.views if view[0] != "text"]  # it replaces the caller's
            self.text_asked = True
            self.views += [("text", n, 0, self.stream.partial_json(n)) for n in range(CHOICES)]
        elif name == "tool_call":
            self._calls(self.stream)
        elif (chat := self.stream._assembly.reader) is not None:
            self._beneath(name, chat)

    def _beneath(self, name: str, chat: Any) -> None:
        """The same through the accumulator."""
        if name == "accumulator.tool_call":
            self._calls(chat)
        elif name == "accumulator.attach_partial":
            if not self.text_asked:
                self.text_asked = True
                partial = ssemble.PartialJSON()
                self.views.append(("text", 0, 0, partial))
                chat.attach_partial(0, partial)
        elif name == "result":
            self._note(name, chat.completion())
            self._note("repairs of the accumulator", chat.repairs)

    def _calls(self, owner: Any) -> None:
        for choice in range(CHOICES):
            for index in range(2):
                try:
                    view = owner.tool_call(choice, index).partial_arguments
                except LookupError:
                    continue
                self.views.append(("call", choice, index, view))

    def _note(self, name: str, thing: Any) -> None:
        self.given.append((name, thing, _shown(thing)))

    def _over(self) -> None:
        """Check after the end that the stream and all returned objects no longer change."""
        stream, before = self.stream, repr(self.stream.completion())
        if self.error is None:
            refused = _raised(lambda: stream.feed(LATE), RuntimeError) is None
            self._holds("feed() after close() is a RuntimeError", refused)
        else:
            told = describe(self.error)
            again = [_raised(call) for call in (lambda: stream.feed(LATE), stream.close)]
            same = all(error is not None and describe(error) == told for error in again)
            self._holds("the same error is raised again", same)
        self._holds("end() gives nothing after the end", stream.end() == [])
        self._holds("completion() is stable after the end", repr(stream.completion()) == before)
        for move in MOVES.values():
            self._holds("a copy has the same message", repr(move(stream).completion()) == before)
        for name, thing, printed in self.given:
            self._holds(f"{name} does not change after it was returned", _shown(thing) == printed)
        for kind, choice, index, view in self.views if stream.dialect != "gemini" else ():
            value, text = ssemble.PartialJSON(), "".join(_told(self.events, kind, choice, index))
            if kind == "call" and stream.dialect == "openai-responses":
                call = stream.tool_call(choice, index)
                self._holds("a view has the arguments of the object", call.partial_arguments.raw == call.arguments)
                if call.arguments != text:
                    continue  # the wire contradicted itself: an older view has what was said before
            value.feed(text)
            same = view.raw == text and repr(view.value) == repr(value.value)
            self._holds(f"the value of a {kind} equals its events", same)
        if stream.dialect not in (None, "openai-chat"):
            return  # a later event may replace a text
        try:
            events_match_result(self.events, stream.completion())
        except AssertionError as broken:
            self.faults.append(f"events_match_result: {str(broken).partition('(')[0][:60]}")

    def _holds(self, name: str, holds: bool) -> None:
        if not holds:
            self.faults.append(name)


def _raised(call: Callable[[], Any], *others: type[Exception]) -> ssemble.SsembleError | None:
    try:
        call()
    except ssemble.SsembleError as caught:
        return caught
    except others:
        pass
    return None


def _shown(thing: Any) -> str:
    return repr(thing.completion() if isinstance(thing, ssemble.MessageStream) else thing)


def _told(events: Iterable[Any], kind: str, choice: int, index: int) -> Iterable[str]:
    for event in events:
        if kind == "text" and isinstance(event, ssemble.TextDelta) and event.choice == choice:
            yield event.text
        elif isinstance(event, ssemble.ToolCallDelta) and kind == "call":
            if (event.choice, event.index) == (choice, index):
                yield event.arguments


def at_one_depth(call: Callable[[], T]) -> T:
    """Call with a fixed stack depth, since it limits the depth of JSON and a seed must be reproducible."""
    depth, frame = 0, sys._getframe()
    while (frame := frame.f_back) is not None:  # type: ignore[assignment]  # until there is none
        depth += 1
    return _deeper(FRAMES - depth, call)


def _deeper(levels: int, call: Callable[[], T]) -> T:
    return _deeper(levels - 1, call) if levels > 0 else call()


def seen(
    fragments: Iterable[tuple[bytes, tuple[str, ...]]], options: Options, limits: Limits, fast: bool = True
) -> Seen:
    """Run fragments through a stream. Unexpected exceptions are not caught."""
    run = Run(opened(options, limits, fast))
    at_one_depth(lambda: run.take(fragments))
    stream = run.stream
    completion = stream.completion()
    error = "" if run.error is None else describe(run.error)
    shown = [repr(comparable(event)) for event in run.events]
    result = repr(completion.to_dict())
    faults = tuple(dict.fromkeys(run.faults))
    return Seen(error, shown, result, repr(completion), repr(stream.repairs), stream.chunk_count, faults)
