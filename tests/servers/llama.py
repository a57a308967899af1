"""llama.cpp's own HTTP server on loopback, in a process of its own.

``python tests/servers/llama.py FILE`` runs it until its standard input ends, and writes its address to FILE.
`LlamaServer` starts and stops that process, and asks.
"""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

MODEL = Path(__file__).with_name("taught.gguf")
NEVER_SO_LONG = 300  # waits of 0.1 s for a server that is ready within one second


class LlamaServer:
    """The server, from ``with`` to the end of it."""

    def __enter__(self) -> LlamaServer:
        self._folder = tempfile.TemporaryDirectory()
        address = Path(self._folder.name, "address")
        self._log = Path(self._folder.name, "log").open("w+", encoding="utf-8")
        command = [sys.executable, __file__, str(address)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self._log, stderr=self._log)
        try:
            self._wait_for(address)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()  # the server ends with its input
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self._log.close()
        self._folder.cleanup()

    def _wait_for(self, address: Path) -> None:
        for _ in range(NEVER_SO_LONG):
            if self.process.poll() is not None:
                break
            if address.exists() and (said := address.read_text().strip()):
                self.address = said
                with closing(self._connection()) as connection:
                    connection.request("GET", "/health")
                    if connection.getresponse().status == 200:
                        return
            time.sleep(0.1)
        self._log.seek(0)
        raise RuntimeError(f"llama.cpp's server does not answer; it said:\n{self._log.read()[-2000:]}")

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, timeout=60)

    def ask(self, path: str, request: dict[str, Any]) -> tuple[int, Any]:
        """Give the status and the JSON of the unstreamed answer."""
        with closing(self._connection()) as connection:
            connection.request("POST", path, json.dumps(request), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    @contextmanager
    def stream(self, path: str, request: dict[str, Any]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Give the status and the body of a streamed answer, in small pieces of any size; at the end hang up."""
        with closing(self._connection()) as connection:
            asked = {**request, "stream": True}
            connection.request("POST", path, json.dumps(asked), {"Content-Type": "application/json"})
            response = connection.getresponse()
            yield response.status, pieces(response, random.Random(json.dumps(request)))
            response.close()


def pieces(response: http.client.HTTPResponse, rng: random.Random) -> Iterator[bytes]:
    """Read what is there, 1 to 40 bytes at a time."""
    while data := response.read1(rng.randint(1, 40)):
        yield data


def serve(address: Path) -> None:
    """Run the server until the input ends."""
    xllamacpp = import_module("xllamacpp")  # of an extra: not there for every type checker
    params = xllamacpp.CommonParams()
    params.model.path = str(MODEL)
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # any that is free
    params.n_ctx = 4096
    params.n_parallel = 2  # as many answers as n may ask for
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    params.use_jinja = True
    server = xllamacpp.Server(params)
    address.write_text(server.listening_address.removeprefix("http://") + "\n")
    sys.stdin.read()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
