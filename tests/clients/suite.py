"""What must hold with every HTTP client. A client's test module says how bytes come out of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, closing
from typing import Any, ClassVar

import pytest

import ssemble

from .server import Cut, Framing, LoopbackServer, Reply
from .wire import DONE, FRAGMENTS, WHOLE, one_event_each

OnEvent = Callable[[ssemble.StreamEvent], object]
Errors = tuple[type[Exception], ...]
FRAMINGS: tuple[Framing, ...] = ("chunked", "close", "length")


class Suite:
    """The tests; `SyncSuite` and `AsyncSuite` know how to loop."""

    broken: ClassVar[Errors]  # what the client raises where a body with chunks breaks off
    short: ClassVar[Errors]  # and where fewer bytes come than Content-Length says
    reset: ClassVar[Errors]  # and at a TCP reset
    no_gzip: ClassVar[str] = ""  # why the client cannot be tested with it
    decodes: ClassVar[bool] = True  # the client undoes Content-Encoding; else that is left to its user

    def read(self, url: str, stream: ssemble.MessageStream, on_event: OnEvent) -> None:
        """Read the whole body into the stream."""
        raise NotImplementedError

    @pytest.mark.parametrize("framing", FRAMINGS)
    def test_every_framing_gives_the_whole_message(self, server: LoopbackServer, framing: Framing) -> None:
        stream = ssemble.MessageStream()
        events: list[ssemble.StreamEvent] = []
        self.read(server.url(Reply(FRAGMENTS, framing)), stream, events.append)
        completion = stream.close()
        assert completion.to_dict() == WHOLE
        assert completion.complete
        assert stream.repairs == {}
        told = [event.text for event in events if isinstance(event, ssemble.TextDelta)]
        assert "".join(told) == completion.text
        ends = [event.tool_call.name for event in events if isinstance(event, ssemble.ToolCallEnd)]
        assert ends == ["weather", "time"]

    @pytest.mark.parametrize("framing", FRAMINGS)
    def test_gzip_gives_the_whole_message_or_an_error_that_names_it(
        self, server: LoopbackServer, framing: Framing
    ) -> None:
        if self.no_gzip:
            pytest.skip(self.no_gzip)
        stream, url = ssemble.MessageStream(), server.url(Reply(FRAGMENTS, framing, gzip=True))
        if self.decodes:
            self.read(url, stream, ignore)
            assert stream.close().to_dict() == WHOLE
        else:
            with pytest.raises(ssemble.StreamError, match="gzip"):
                self.read(url, stream, ignore)

    @pytest.mark.parametrize("encoding", ["plain", "gzip"])
    @pytest.mark.parametrize("framing", FRAMINGS)
    def test_events_are_seen_before_the_next_fragment_is_sent(
        self, server: LoopbackServer, framing: Framing, encoding: str
    ) -> None:
        if encoding == "gzip" and (self.no_gzip or not self.decodes):
            pytest.skip(self.no_gzip or "its user must decode: no event can be seen")
        fragments = [*one_event_each("one", "two", "three", "four"), DONE[3:]]
        reply = Reply(fragments, framing, gzip=encoding == "gzip", gated=True)
        stream = ssemble.MessageStream()
        self.read(server.url(reply), stream, go_on(reply))
        assert stream.close().text == "onetwothreefour"
        assert reply.overdue == 0

    @pytest.mark.parametrize(
        ("framing", "how"),
        [("chunked", "end"), ("chunked", "middle"), ("chunked", "reset"), ("length", "end"), ("close", "end")],
    )
    def test_a_broken_connection_leaves_what_came_before(
        self, server: LoopbackServer, framing: Framing, how: Cut
    ) -> None:
        errors = self.errors(framing, how)
        reply = Reply(one_event_each("kept, ", "and kept"), framing, gated=True, cut=how)
        stream = ssemble.MessageStream()
        with pytest.raises(errors):
            self.read(server.url(reply), stream, go_on(reply))
        assert reply.overdue == 0
        so_far = stream.completion()
        assert so_far.text == "kept, and kept"
        assert not so_far.complete
        with pytest.raises(ssemble.IncompleteStream) as caught:
            stream.close()
        assert caught.value.partial == so_far

    def test_a_reader_that_stops_early_keeps_the_message_so_far_and_hangs_up(self, server: LoopbackServer) -> None:
        pieces = [str(number) + " " for number in range(400)]
        reply = Reply(one_event_each(*pieces), gated=True, patience=0.05)
        stream = ssemble.MessageStream()
        seen: list[str] = []

        def stop_at_the_third(event: ssemble.StreamEvent) -> None:
            if isinstance(event, ssemble.TextDelta):
                reply.go()
                seen.append(event.text)
                if len(seen) == 3:
                    raise Enough

        with pytest.raises(Enough):
            self.read(server.url(reply), stream, stop_at_the_third)
        reply.go(400)
        assert stream.completion().text == "0 1 2 "
        assert reply.gone.wait(5)

    def errors(self, framing: Framing, how: Cut) -> Errors:
        if how == "reset":
            return self.reset
        if framing == "close":
            return (ssemble.IncompleteStream,)  # no client can know
        return self.broken if framing == "chunked" else self.short


class Enough(Exception):
    """The reader has seen what it wanted."""


class SyncSuite(Suite):
    """A client whose bytes come from a generator."""

    def body(self, url: str) -> Iterator[bytes]:
        raise NotImplementedError

    def read(self, url: str, stream: ssemble.MessageStream, on_event: OnEvent) -> None:
        body: Any = self.body(url)  # a generator, which has a close()
        with closing(body):
            drain(stream.events(body), on_event)


class AsyncSuite(Suite):
    """A client whose bytes come from an asynchronous generator."""

    def body(self, url: str) -> AsyncIterator[bytes]:
        raise NotImplementedError

    def read(self, url: str, stream: ssemble.MessageStream, on_event: OnEvent) -> None:
        asyncio.run(self._read(url, stream, on_event))

    async def _read(self, url: str, stream: ssemble.MessageStream, on_event: OnEvent) -> None:
        body: Any = self.body(url)  # a generator, which has an aclose()
        async with aclosing(body):
            async for event in stream.aevents(body):
                on_event(event)


def ignore(event: ssemble.StreamEvent) -> None:
    """Want no event."""


def drain(events: Iterable[ssemble.StreamEvent], on_event: OnEvent = ignore) -> None:
    """Hand out every event."""
    for event in events:
        on_event(event)


def go_on(reply: Reply) -> OnEvent:
    """Let the server go on once a piece of text was seen."""

    def on_event(event: ssemble.StreamEvent) -> None:
        if isinstance(event, ssemble.TextDelta):
            reply.go()

    return on_event
