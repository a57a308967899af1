"""h11 on a raw socket: ``stream.feed(event.data)``."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import h11

import ssemble

from .server import LoopbackServer, Reply
from .suite import SyncSuite
from .wire import FRAGMENTS, WHOLE


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    sock = socket.create_connection((parts.hostname, parts.port or 80), timeout=10)
    sock.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return sock


def body(connection: h11.Connection, data: bytes) -> Iterator[bytes]:
    """Undo HTTP: the part of the body that the bytes of a socket bring; ``b""`` says that they ended."""
    connection.receive_data(data)
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Data):
            yield bytes(event.data)
        elif event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            return


class TestSocket(SyncSuite):
    broken = short = (h11.RemoteProtocolError,)
    reset = (ConnectionResetError,)
    decodes = False

    def body(self, url: str) -> Iterator[bytes]:
        connection = h11.Connection(h11.CLIENT)
        with connect(url) as sock:
            parts = urlsplit(url)
            connection.send(h11.Request(method="GET", target=parts.path, headers=[("Host", parts.netloc)]))
            connection.send(h11.EndOfMessage())
            while connection.their_state is not h11.DONE and connection.their_state is not h11.CLOSED:
                yield from body(connection, sock.recv(65536))


def test_the_raw_socket_mixes_chunk_sizes_into_the_data(server: LoopbackServer) -> None:
    raw = bytearray()
    with connect(server.url(Reply(FRAGMENTS))) as sock:
        while data := sock.recv(65536):
            raw += data
    stream = ssemble.MessageStream(errors="event")
    stream.feed(bytes(raw).partition(b"\r\n\r\n")[2])
    stream.end()
    assert stream.completion().to_dict() != WHOLE
