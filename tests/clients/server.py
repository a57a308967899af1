"""A loopback HTTP/1.1 server that says what a test wrote down, cut where the test wants it cut."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

Framing = Literal["chunked", "close", "length"]
Cut = Literal["", "end", "middle", "reset"]


@dataclass(eq=False)
class Reply:
    """One answer of the server.

    Args:
        fragments: the body, one write each; a generator is read as the answer is written.
        framing: what tells the client where the body ends: chunks, the end of the connection, or
            a Content-Length.
        status: HTTP status.
        gzip: encode the body, flushed at every fragment.
        gated: write a fragment, and make the cut, only after one more `go`.
        cut: break off after the fragments: ``"end"`` without what ends the body (the last chunk, or
            ten more bytes), ``"middle"`` in the middle of a chunk, ``"reset"`` with a TCP reset.
        patience: seconds to wait for a `go`, so that nothing hangs.
        bare: leave HTTP away, and write the body alone.
        content_type: media type of the body.

    Attributes:
        overdue: how often a `go` did not come in time; 0 proves that nothing was written early.
        gone: the client hung up before the body was whole.
    """

    fragments: Iterable[bytes] = ()
    framing: Framing = "chunked"
    status: int = 200
    gzip: bool = False
    gated: bool = False
    cut: Cut = ""
    patience: float = 5.0
    bare: bool = False
    content_type: str = "text/event-stream"
    overdue: int = 0
    gone: threading.Event = field(default_factory=threading.Event)
    _gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def go(self, times: int = 1) -> None:
        """Let the next fragment through: the test has seen what it waited for."""
        self._gate.release(times)

    def wait(self) -> None:
        if self.gated and not self._gate.acquire(timeout=self.patience):
            self.overdue += 1

    def pieces(self) -> Iterator[tuple[bool, bytes]]:
        """The body as it is written, and whether a fragment begins: an encoded one is cut in two."""
        if not self.gzip:
            for fragment in self.fragments:
                yield True, fragment
            return
        squeeze = zlib.compressobj(wbits=31)
        for fragment in self.fragments:
            data = squeeze.compress(fragment) + squeeze.flush(zlib.Z_SYNC_FLUSH)
            yield True, data[:3]  # of the first, not even gzip's head
            yield False, data[3:]
        if not self.cut:
            yield False, squeeze.flush()


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class LoopbackServer(ThreadingHTTPServer):
    """Serves `Reply` objects on 127.0.0.1 from threads of its own, all of which end with it."""

    daemon_threads = False  # so that closing waits for them

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[Request] = []
        self.failures: list[BaseException] = []
        self._lock = threading.Lock()
        self._scripts: dict[str, list[Reply]] = {}
        self._replies: list[Reply] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    def url(self, *replies: Reply) -> str:
        """Return a fresh address: its first request gets the first reply, and so on; the last one stays."""
        with self._lock:
            script = f"/{len(self._scripts) + 1}"
            self._scripts[script] = list(replies)
            self._replies += replies
        return f"http://127.0.0.1:{self.server_port}{script}"

    def reply_to(self, request: Request) -> Reply | None:
        with self._lock:
            self.requests.append(request)
            script = self._scripts.get("/" + request.path.split("/")[1], [])
            return script.pop(0) if len(script) > 1 else script[0] if script else None

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # kept in `failures`

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for reply in self._replies:
            reply.go(100_000)  # whoever still waits at a gate writes on, to nobody
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Writes one reply and closes the connection."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    disable_nagle_algorithm = True
    server: LoopbackServer

    def do_GET(self) -> None:
        self.close_connection = True
        request = Request(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
        reply = self.server.reply_to(request)
        if reply is None:
            self.send_error(404)
            return
        try:
            self.answer(reply)
        except (ConnectionError, TimeoutError):
            reply.gone.set()
        except BaseException as error:
            self.server.failures.append(error)
            raise
        finally:
            close = getattr(reply.fragments, "close", None)
            if close is not None:
                close()

    do_POST = do_GET

    def answer(self, reply: Reply) -> None:
        pieces: Iterable[tuple[bool, bytes]] = reply.pieces()
        size = 0
        if reply.framing == "length":
            pieces = list(pieces)
            size = sum(len(data) for _, data in pieces)
        if not reply.bare:
            self.head(reply, size)
        chunked = reply.framing == "chunked" and not reply.bare
        for number, (begins, data) in enumerate(pieces):
            if begins and number:
                reply.wait()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
        if reply.cut:
            reply.wait()
        if reply.cut == "reset":
            self.reset()
        elif reply.cut == "middle":
            self.wfile.write(b'40\r\ndata: {"choices": [{"del')  # 64 bytes were promised
        elif chunked and not reply.cut:
            self.wfile.write(b"0\r\n\r\n")

    def head(self, reply: Reply, size: int) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Connection", "close")
        if reply.gzip:
            self.send_header("Content-Encoding", "gzip")
        if reply.framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.framing == "length":
            self.send_header("Content-Length", str(size + (10 if reply.cut else 0)))
        self.end_headers()

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:
        pass
