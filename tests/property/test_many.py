"""Many streams at once: interleaved at random, over threads and over processes, each comes to what it comes to alone."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ssemble
from tests.profiles import LONG
from tests.trace import comparable, describe
from tests.vectors.chat import VECTORS

STREAMS = 10_000 if LONG else 1_000
THREADS = 8
BODIES = [vector.body() for vector in VECTORS] + [
    VECTORS[0].body()[:-30],
    VECTORS[0].body().replace(b"data", b"dat", 1),
    b"<html>502</html>",
    b'data: {"error": {"message": "no", "code": 5}}\n\n',
]
Seen = tuple[str, str | None, str]


class Run:
    """One stream, what is left of its body, and what it told."""

    def __init__(self, number: int) -> None:
        self.body = BODIES[number % len(BODIES)]
        self.stream = ssemble.MessageStream(errors="event" if number % 2 else "raise")
        self.events: list[ssemble.StreamEvent] = []
        self.error: str | None = None
        self.at = 0
        self.over = False

    def step(self, size: int) -> bool:
        """Feed the next bytes, or end the stream; True if there is more to do."""
        if self.over:
            return False
        self.over = self.at >= len(self.body)
        fragment = self.body[self.at : self.at + size]
        self.at += size
        try:
            self.events += self.stream.end() if self.over else self.stream.feed(fragment)
            if self.over:
                self.stream.close()
        except ssemble.SsembleError as error:
            self.error = describe(error)
        return not self.over

    def seen(self) -> Seen:
        told = repr([comparable(event) for event in self.events])
        return told, self.error, repr(self.stream.completion().to_dict())


def alone() -> list[Seen]:
    found = []
    for number in range(2 * len(BODIES)):
        run = Run(number)
        while run.step(1000):
            pass
        found.append(run.seen())
    return found


def interleave(runs: list[Run], seed: int) -> None:
    """Feed the streams in turns that nobody could guess, each a random piece at a time."""
    rng = random.Random(seed)
    live = list(runs)
    while live:
        place = rng.randrange(len(live))
        if not live[place].step(rng.choice((1, 7, 60, 200, 500, 1500, 4000))):
            live[place] = live[-1]
            live.pop()


@pytest.fixture(scope="module")
def expected() -> list[Seen]:
    assert len(BODIES) % 2, "so that each body comes with both ways to take errors"
    return alone()


def test_thousands_of_streams_in_turns(expected: list[Seen]) -> None:
    runs = [Run(number) for number in range(STREAMS)]
    interleave(runs, seed=1)
    for number, run in enumerate(runs):
        assert run.seen() == expected[number % len(expected)]


def test_streams_over_threads_and_from_thread_to_thread(expected: list[Seen]) -> None:
    runs = [Run(number) for number in range(1_000)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            # Each round another thread goes on with a stream, after the one before has let go of it.
            while any(list(pool.map(lambda run: run.step(300), runs))):
                pass
    finally:
        sys.setswitchinterval(interval)
    for number, run in enumerate(runs):
        assert run.seen() == expected[number % len(expected)]


def test_an_idle_stream_is_small() -> None:
    ssemble.MessageStream()
    tracemalloc.start()
    streams = [ssemble.MessageStream() for _ in range(1000)]
    size = tracemalloc.get_traced_memory()[0] / len(streams)
    tracemalloc.stop()
    assert size < 2048


ELSEWHERE = """
import pickle, sys, json
import ssemble
streams = pickle.load(sys.stdin.buffer)
for stream, rest in streams:
    events = [repr(event) for event in stream.feed(rest)]
    print(json.dumps([events, stream.close().to_dict()]))
"""


def test_a_stream_pickled_in_one_process_ends_in_another() -> None:
    halves, wanted = [], []
    for vector in VECTORS:
        body = vector.body()
        for at in range(0, len(body), 97):
            here = ssemble.MessageStream()
            here.feed(body[:at])
            halves.append((pickle.loads(pickle.dumps(here)), body[at:]))
            events = [repr(event) for event in here.feed(body[at:])]
            wanted.append([events, here.close().to_dict()])
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], input=pickle.dumps(halves), capture_output=True, check=True, timeout=60
    )
    found: list[Any] = [json.loads(line) for line in done.stdout.splitlines()]
    assert found == json.loads(json.dumps(wanted))
