"""One thread feeds a stream, others read it at any time: nothing is raised, and nothing is lost or changed.

The interpreter switches threads as often as it can. How much is done is a number of streams, not of seconds.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ssemble import MessageStream

from .differential import events, said
from .helpers import call, chunk
from .plain import make_stream
from .trace import comparable

LOOKERS = 3
STREAMS = 2  # of each kind, cut and way
LENGTH = 1500  # chunks; more than are kept without being joined

WORDS = [f"w{n} " for n in range(LENGTH)]


def several(count: int) -> list[dict[str, Any]]:
    """Choices that begin one after the other, and go on in turn."""
    return [chunk({"content": word}, index=n % (1 + n * count // LENGTH)) for n, word in enumerate(WORDS)]


def calls(count: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        yield call(n, id=f"c{n}", name=f"f{n}", arguments="[")
        for number in range(LENGTH // count):
            yield call(n, arguments=f'{number}, "')
            yield call(n, arguments=f'x{number}", ')
        yield call(n, arguments="0]")


def parts() -> Iterator[dict[str, Any]]:
    for n, word in enumerate(WORDS[:300]):
        yield chunk({"content": [{"type": ("text", "thinking")[n // 7 % 2], "text": word, f"k{n}": n}]})


def counting() -> Iterator[dict[str, Any]]:
    for n, word in enumerate(WORDS[:300]):
        yield {**chunk({"content": word}), "usage": {"completion_tokens": n, f"more{n % 90}": {"x": n}}}


def unknown() -> Iterator[dict[str, Any]]:
    """Fields that nobody knows, more and more of them, in every place."""
    for n, word in enumerate(WORDS[:300]):
        yield {
            "choices": [
                {
                    "index": 0,
                    "delta": {f"d{n}": word, "same": "same", "grows": word, "audio": {"data": "YQ=="}},
                    "logprobs": {"content": [{"token": word}]},
                    f"c{n}": {"x": {f"y{n}": n}},
                }
            ],
            f"t{n}": [n],
            "x": {f"y{n}": {"z": n}},
        }


KINDS: dict[str, Callable[[], Any]] = {
    "text": lambda: said(*WORDS),
    "a value": lambda: said("[", *(f'{{"n": {n}}}, ' for n in range(LENGTH)), "0]"),
    "halves of pairs": lambda: said(*"a\ud83d\ude00b\ude00\ud83d" * (LENGTH // 6)),
    "reasoning": lambda: (chunk({"reasoning_content": word}) for word in WORDS),
    "reasoning under two names": lambda: (chunk({"reasoning_content": word, "reasoning": word}) for word in WORDS),
    "text and reasoning": lambda: (chunk({"content": word, "reasoning": word}) for word in WORDS),
    "details": lambda: (
        chunk({"reasoning_details": [{"type": "r", "index": 0, "text": word}], "reasoning": word}) for word in WORDS
    ),
    "refusal": lambda: (chunk({"refusal": word}) for word in WORDS),
    "choices": lambda: several(60),
    "one call": lambda: calls(1),
    "calls": lambda: calls(25),
    "parts": parts,
    "usage": counting,
    "unknown fields": unknown,
    "whole messages": lambda: (
        {"choices": [{"index": n, "message": {"content": word, "refusal": None}, f"k{n}": n}], f"t{n}": n}
        for n, word in enumerate(WORDS[:80])
    ),
}
CUTTINGS = {"by event": 1, "by seven": 7}


@contextlib.contextmanager
def switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def values(stream: MessageStream) -> dict[str, Any]:
    """The values that grow; whoever asks first makes them."""
    found: dict[str, Any] = {f"{choice}": stream.partial_json(choice) for choice in (0, 1, 7)}
    for choice in (0, 1):
        for index in (0, 1, 9):
            with contextlib.suppress(LookupError):
                found[f"{choice} {index}"] = stream.tool_call(choice, index).partial_arguments
    return found


def look(stream: MessageStream, seen: list[str]) -> None:
    """Ask for all that a stream offers to who reads it; add the texts that were found."""
    completion = stream.completion()
    raw = completion.to_dict()
    assert [each["index"] for each in raw.get("choices", [])] == [each.index for each in completion.choices]
    json.dumps(raw)
    seen.append(completion.text)
    values(stream)
    with contextlib.suppress(LookupError):
        view = stream.tool_call(0, 0)
        seen.append(view.arguments)
        assert view.view().name == view.name
        repr(view)
    assert stream.chunk_count >= 0
    assert stream.repairs is not stream.repairs
    assert stream.complete in (True, False)


def keep_values(stream: MessageStream, found: list[Any]) -> None:
    found.append(values(stream))


def watched(
    stream: MessageStream, fragments: list[bytes], look: Callable[[MessageStream, list[Any]], None], seen: list[Any]
) -> list[Any]:
    """Feed a stream while others look at it; raise what was raised in their threads."""
    raised: list[BaseException] = []
    over = threading.Event()

    def looking() -> None:
        try:
            while not over.is_set():
                look(stream, seen)
        except BaseException as error:
            raised.append(error)

    lookers = [threading.Thread(target=looking) for _ in range(LOOKERS)]
    told: list[Any] = []
    with switching():
        for looker in lookers:
            looker.start()
        try:
            for fragment in fragments:
                told += map(comparable, stream.feed(fragment))
            told += map(comparable, stream.end())
        finally:
            over.set()
            for looker in lookers:
                looker.join()
    if raised:
        raise raised[0]
    return told


def fragments_of(kind: str, cutting: str) -> list[bytes]:
    body = [*events(*KINDS[kind]()), b"data: [DONE]\n\n"]
    size = CUTTINGS[cutting]
    return [b"".join(body[at : at + size]) for at in range(0, len(body), size)]


@pytest.mark.parametrize("templates", [True, False], ids=["short", "plain"])
@pytest.mark.parametrize("cutting", CUTTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_reading_in_another_thread_changes_nothing(kind: str, cutting: str, templates: bool) -> None:
    fragments = fragments_of(kind, cutting)
    calm = make_stream(templates=templates)
    told = [comparable(event) for fragment in fragments for event in calm.feed(fragment)]
    expected = calm.close()
    call = next(iter(expected.tool_calls), None)
    for _ in range(STREAMS):
        seen: list[str] = []
        stream = make_stream(templates=templates)
        assert watched(stream, fragments, look, seen) == told
        completion = stream.close()
        assert completion.to_dict() == expected.to_dict()
        assert completion == expected
        assert stream.chunk_count == calm.chunk_count
        for text in set(seen):
            sure = text[:-1] if "\ud800" <= text[-1:] <= "\udbff" else text  # the other half had not come
            assert expected.text.startswith(sure) or (call is not None and call.arguments.startswith(sure))


@pytest.mark.parametrize("templates", [True, False], ids=["short", "plain"])
@pytest.mark.parametrize("kind", ["text", "a value", "halves of pairs", "choices", "one call", "calls", "parts"])
def test_who_follows_a_text_from_another_thread_hears_all_of_it_once(kind: str, templates: bool) -> None:
    fragments = fragments_of(kind, "by event")
    for _ in range(STREAMS):
        found: list[dict[str, Any]] = []
        stream = make_stream(templates=templates)
        watched(stream, fragments, keep_values, found)
        completion = stream.close()
        last = values(stream)
        texts = {str(choice.index): choice.message.text for choice in completion.choices}
        for choice in completion.choices:
            texts |= {f"{choice.index} {call.index}": call.arguments for call in choice.message.tool_calls}
        for name, value in last.items():
            assert value.raw == texts.get(name, ""), name
        for each in found:
            assert all(value is last[name] for name, value in each.items()), "the same one for whoever asks"


def test_the_lookers_would_tell() -> None:
    """What is raised in their threads reaches the test."""

    def failing(stream: MessageStream, seen: list[Any]) -> None:
        raise ValueError("found")

    with pytest.raises(ValueError, match="found"):
        watched(MessageStream(), fragments_of("text", "by seven"), failing, [])
