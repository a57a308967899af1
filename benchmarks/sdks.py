"""ssemble against the stream helpers of the official SDKs, on the same bytes: ``python -m benchmarks.sdks [rounds]``.

Writes `sdks.md`; all SDKs must be installed. The bytes come from a transport inside the process, and building a client
is not timed. google-genai has no helper that joins its chunks, so it only makes them.
"""

from __future__ import annotations

import json
import platform
import random
import ssl
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ssemble
from benchmarks.interop_peers import MESSAGES, URL, Wire
from benchmarks.peers import module, version
from benchmarks.shapes import CHUNKS, CUTTINGS, words
from benchmarks.timing import Work, least
from tests.clients import official_wire as official
from tests.recordings import by_events, of_providers
from tests.servers.said import answered, value

Said = tuple[str, list[tuple[str, Any]]]
HEAD = """# The official SDKs on the same streams

CPU time of ssemble (all events, the finished object) ÷ that of the SDK's own helper: both in one run, in turn, the
least of {rounds} rounds. Behind httpx2, ssemble reads from the HTTP client that the helper has. Texts and calls are
compared first, and only recordings of which all say the same are timed. Python {python}; {versions}. Made by

    SSEMBLE_CORPUS=... python -m benchmarks.sdks {rounds}

| helper | stream | ssemble ÷ helper | behind httpx2 ÷ helper |
|---|---|---|---|
"""


def by_anthropic(wire: Wire) -> Work:
    client = module("anthropic").Anthropic(api_key="k", base_url=URL, max_retries=0, http_client=wire.sync_client())

    def run() -> Any:
        with client.messages.stream(model="m", max_tokens=9, messages=MESSAGES) as stream:
            return stream.get_final_message()

    return run


def by_openai(wire: Wire) -> Work:
    client = module("openai").OpenAI(api_key="k", base_url=URL, max_retries=0, http_client=wire.sync_client())

    def run() -> Any:
        with client.responses.stream(model="m", input="Hello") as stream:
            return stream.get_final_response()

    return run


def by_google(wire: Wire) -> Work:
    genai, verify = module("google.genai"), {"verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
    options = genai.types.HttpOptions(base_url=URL, httpx_client=wire.sync_client(), client_args=verify)
    models = genai.Client(api_key="k", vertexai=False, http_options=options).models
    return lambda: list(models.generate_content_stream(model="m", contents="Hello"))


def said_by_google(chunks: Any) -> Said:
    contents = [chunk.candidates[0].content for chunk in chunks if chunk.candidates]
    parts = [part for content in contents for part in (content and content.parts) or ()]
    calls = [(part.function_call.name, part.function_call.args or {}) for part in parts if part.function_call]
    return "".join(part.text or "" for part in parts if not part.thought), calls


def said_in(dialect: str) -> Callable[[Any], Said]:
    return lambda message: answered(dialect, message.to_dict())


def said_by_us(completion: ssemble.Completion) -> Said:
    return completion.text, [(call.name, value(call.arguments)) for call in completion.tool_calls]


class SDK(NamedTuple):
    package: str
    helper: str
    wire: official.Wire
    ready: Callable[[Wire], Work]
    said: Callable[[Any], Said]


SDKS = (
    SDK("anthropic", "`messages.stream`", official.ANTHROPIC, by_anthropic, said_in("anthropic")),
    SDK("openai", "`responses.stream`", official.RESPONSES, by_openai, said_in("openai-responses")),
    SDK("google-genai", "`generate_content_stream`", official.GEMINI, by_google, said_by_google),
)


def ours(fragments: Iterable[bytes]) -> ssemble.Completion:
    stream = ssemble.MessageStream()
    for _ in stream.events(fragments):
        pass
    completion = stream.close()
    completion.to_dict()
    return completion


class Contest:
    """ssemble and an SDK on the same bodies in the same pieces, of which they say the same."""

    def __init__(self, sdk: SDK, bodies: list[list[bytes]]) -> None:
        self.wire = Wire()
        self.client = self.wire.sync_client()
        self.helper = sdk.ready(self.wire)
        self.bodies = [body for body in bodies if self._agree(body, sdk.said)]

    def by_http(self) -> ssemble.Completion:
        with self.client.stream("POST", URL, json={"messages": MESSAGES}) as response:
            return ours(response.iter_bytes())

    def times(self, rounds: int) -> dict[str, float]:
        """CPU seconds of each."""
        runs: dict[str, Work] = {"alone": lambda: ours(self.wire.pieces), "http": self.by_http, "helper": self.helper}
        return least({name: self._over_all(run) for name, run in runs.items()}, rounds)

    def _over_all(self, run: Work) -> Work:
        def work() -> None:
            for body in self.bodies:
                self.wire.pieces = body
                run()

        return work

    def _agree(self, body: list[bytes], said: Callable[[Any], Said]) -> bool:
        self.wire.pieces = body
        try:
            expected = said_by_us(ours(body))
            return expected == said_by_us(self.by_http()) == said(self.helper())
        except Exception:  # an SDK that cannot read a recording raises what it likes
            return False


def frames(wire: official.Wire, whole: str, cut: int, pieces: list[str]) -> list[bytes]:
    """The events of an official stream; its text that comes in two, cut there, comes in these pieces instead."""
    first, second, joined = map(json.dumps, (whole[:cut], whole[cut:], whole))
    texts: list[str] = []
    for text in map(json.dumps, wire.payloads):
        if first in text:
            texts += [text.replace(first, json.dumps(piece)) for piece in pieces]
        elif second not in text:
            texts.append(text.replace(joined, json.dumps("".join(pieces))))
    payloads = [json.loads(text) for text in texts]
    for number, payload in enumerate(payloads):
        if "sequence_number" in payload:
            payload["sequence_number"] = number
    return [official.encode(payload, wire.line_end) for payload in payloads]


def contests(sdk: SDK) -> Iterator[tuple[str, Contest]]:
    said = list(words(random.Random(1), CHUNKS))
    arguments = json.dumps({"text": "".join(said)}, ensure_ascii=False)
    pieces = [arguments[at : at + 6] for at in range(0, len(arguments), 6)]
    shapes = {"text": frames(sdk.wire, official.TEXT, 4, said)}
    if sdk.wire is not official.GEMINI:  # its arguments come whole
        shapes["tool arguments"] = frames(sdk.wire, official.ARGUMENTS_TEXT, 12, pieces)
    for shape, events in shapes.items():
        for cutting in ("one event", "16 KiB"):
            found = Contest(sdk, [CUTTINGS[cutting](events)])
            assert found.bodies, f"{sdk.package}: {shape}"
            yield f"{shape}, {cutting} a fragment", found
    recorded = [by_events(each.body) for each in of_providers() if each.dialect == sdk.wire.dialect]
    if recorded:
        found = Contest(sdk, recorded)
        yield f"{len(found.bodies)} of {len(recorded)} recordings", found


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    warnings.simplefilter("ignore")  # the SDKs warn of values that they do not know
    table = ""
    for sdk in SDKS:
        for name, contest in contests(sdk):
            times = contest.times(rounds)
            ratios = [f"{times[each] / times['helper']:.3f}" for each in ("alone", "http")]
            table += f"| {sdk.package} {sdk.helper} | {name} | {' | '.join(ratios)} |\n"
    versions = ", ".join(f"{name} {version(name)}" for name in (*(sdk.package for sdk in SDKS), "httpx2"))
    head = HEAD.format(rounds=rounds, python=platform.python_version(), versions=versions)
    Path(__file__).with_suffix(".md").write_text(head + table, encoding="utf-8")
    print(head + table)


if __name__ == "__main__":
    main()
