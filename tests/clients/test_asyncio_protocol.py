"""asyncio.Protocol: ``for event in self.stream.feed(data)`` in ``data_received``."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import h11

import ssemble

from .server import LoopbackServer, Reply
from .suite import OnEvent, Suite, go_on
from .test_h11 import body
from .wire import DONE, one_event_each


class Reader(asyncio.Protocol):
    """Feeds what comes; what goes wrong ends the wait."""

    def __init__(self, url: str, stream: ssemble.MessageStream, on_event: OnEvent) -> None:
        self.url = urlsplit(url)
        self.stream = stream
        self.on_event = on_event
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(f"GET {self.url.path} HTTP/1.1\r\nHost: {self.url.netloc}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        try:
            for event in self.stream.feed(data):
                self.on_event(event)
        except Exception as error:
            self.end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(exc)

    def end(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None) if error is None else self.ended.set_exception(error)
        self.transport.abort()  # data_received is not called again


class HTTPReader(Reader):
    """As above, with HTTP undone first."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.http = h11.Connection(h11.CLIENT)
        self.http.send(h11.Request(method="GET", target=self.url.path, headers=[("Host", self.url.netloc)]))
        self.http.send(h11.EndOfMessage())

    def data_received(self, data: bytes) -> None:
        try:
            for part in body(self.http, data):
                if not self.ended.done():
                    super().data_received(part)
        except h11.RemoteProtocolError as error:
            self.end(error)

    def eof_received(self) -> None:
        if self.http.their_state is h11.SEND_BODY:
            self.data_received(b"")


async def read(reader: type[Reader], url: str, stream: ssemble.MessageStream, on_event: OnEvent) -> None:
    host, _, port = urlsplit(url).netloc.partition(":")
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(lambda: reader(url, stream, on_event), host, int(port))
    try:
        await asyncio.wait_for(protocol.ended, 10)
        stream.close()
    finally:
        transport.close()
        await asyncio.sleep(0)  # the loop closes the socket now


class TestProtocol(Suite):
    broken = short = (h11.RemoteProtocolError,)
    reset = (ConnectionResetError,)
    decodes = False

    def read(self, url: str, stream: ssemble.MessageStream, on_event: OnEvent) -> None:
        asyncio.run(read(HTTPReader, url, stream, on_event))


def test_a_connection_without_http_is_fed_as_it_is(server: LoopbackServer) -> None:
    reply = Reply([*one_event_each("one", "two"), DONE[3:]], bare=True, gated=True)
    stream = ssemble.MessageStream()
    asyncio.run(read(Reader, server.url(reply), stream, go_on(reply)))
    assert stream.completion().text == "onetwo"
    assert reply.overdue == 0
