"""Assemble streams with other packages, each through its public client and without network access.

As a program it prints the results of every installed package for all recordings and quirks, one JSON object per
line. `interop.py` runs it in each environment, since the packages cannot all be installed in one.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import importlib.metadata
import io
import json
import logging
import operator
import os
import platform
import re
import subprocess
import sys
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ssemble
from tests.recordings import by_sizes, rows
from tests.test_shared_quirks import UNCERTAIN
from tests.test_shared_quirks import wire as pieces_of

os.environ.update(
    LITELLM_LOCAL_MODEL_COST_MAP="True", LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false", OPENAI_API_KEY="none"
)
MESSAGES = [{"role": "user", "content": "Hello"}]
URL = "http://localhost/v1"


class Wire:
    """The answer to every request: a body in the pieces that it came in."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.type = "text/event-stream"
        version = importlib.metadata.version("openai")
        self.httpx = importlib.import_module("httpx2" if int(version.split(".")[0]) > 2 else "httpx")

    def sync_client(self) -> Any:
        return self.httpx.Client(transport=self.httpx.MockTransport(lambda request: self._response(self._sync())))

    def async_client(self) -> Any:
        return self.httpx.AsyncClient(transport=self.httpx.MockTransport(lambda request: self._response(self._async())))

    def _response(self, content: Any) -> Any:
        return self.httpx.Response(200, headers={"content-type": self.type}, content=content)

    def _sync(self) -> Iterator[bytes]:
        yield from self.pieces

    async def _async(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def openai_client(wire: Wire) -> Any:
    openai = importlib.import_module("openai")
    return openai.OpenAI(api_key="none", base_url=URL, max_retries=0, http_client=wire.sync_client())


def by_openai(wire: Wire) -> Callable[[], Any]:
    client = openai_client(wire)
    state_type = importlib.import_module("openai.lib.streaming.chat").ChatCompletionStreamState

    def run() -> Any:
        state = state_type()
        for chunk in client.chat.completions.create(model="m", messages=MESSAGES, stream=True):
            state.handle_chunk(chunk)
        return state.current_completion_snapshot.to_dict(mode="json", warnings=False)

    return run


def by_openai_stream(wire: Wire) -> Callable[[], Any]:
    client = openai_client(wire)

    def run() -> Any:
        with client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
            for _ in stream:
                pass
            return stream.current_completion_snapshot.to_dict(mode="json", warnings=False)

    return run


def by_litellm(wire: Wire) -> Callable[[], Any]:
    litellm: Any = importlib.import_module("litellm")
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    client = openai_client(wire)

    def run() -> Any:
        ask = {"model": "openai/m", "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}}
        chunks = list(litellm.completion(**ask, client=client, max_retries=0, num_retries=0))
        message = litellm.stream_chunk_builder(chunks, messages=MESSAGES)
        return None if message is None else message.model_dump(mode="json", warnings=False)

    return run


def by_langchain(wire: Wire) -> Callable[[], Any]:
    chat = importlib.import_module("langchain_openai").ChatOpenAI(
        model="m", api_key="none", base_url=URL, max_retries=0, http_client=wire.sync_client(), stream_usage=True
    )

    def run() -> Any:
        chunks = list(chat.stream("Hello"))
        message = functools.reduce(operator.add, chunks)
        calls = [(call["id"], call["name"], call["args"]) for call in message.tool_call_chunks]
        usage = message.usage_metadata
        metadata, extra = message.response_metadata, message.additional_kwargs
        return brief(
            metadata.get("id") or message.id,
            metadata.get("model_name"),
            str(message.text),
            extra.get("reasoning_content") or extra.get("reasoning"),
            extra.get("refusal"),
            calls,
            metadata.get("finish_reason"),
            usage and (usage["input_tokens"], usage["output_tokens"]),
        )

    return run


def by_pydantic_ai(wire: Wire) -> Callable[[], Any]:
    models = importlib.import_module("pydantic_ai.models")
    messages = importlib.import_module("pydantic_ai.messages")
    provider = importlib.import_module("pydantic_ai.providers.openai").OpenAIProvider
    loop = asyncio.new_event_loop()
    model = importlib.import_module("pydantic_ai.models.openai").OpenAIChatModel(
        "m", provider=provider(base_url=URL, api_key="none", http_client=wire.async_client())
    )
    ask = [messages.ModelRequest(parts=[messages.UserPromptPart("Hello")])]

    async def answer() -> Any:
        async with model.request_stream(ask, None, models.ModelRequestParameters()) as stream:
            async for _ in stream:
                pass
            return stream.get()

    def run() -> Any:
        message = loop.run_until_complete(answer())
        parts: dict[str, list[Any]] = {"text": [], "thinking": [], "tool-call": []}
        for part in message.parts:
            parts.setdefault(part.part_kind, []).append(part)
        details = message.provider_details or {}
        usage = message.usage
        return brief(
            message.provider_response_id,
            message.model_name,
            "".join(part.content for part in parts["text"]),
            "".join(part.content for part in parts["thinking"]),
            details.get("refusal"),
            [(call.tool_call_id, call.tool_name, call.args) for call in parts["tool-call"]],
            details.get("finish_reason") or message.finish_reason,
            (usage.input_tokens, usage.output_tokens) if usage.input_tokens or usage.output_tokens else None,
        )

    return run


def brief(
    id: Any, model: Any, text: Any, reasoning: Any, refusal: Any, calls: Any, finish_reason: Any, usage: Any
) -> dict[str, Any]:
    """What a message of its own kind has in common with every other."""
    message = {
        "content": text or None,
        "reasoning": reasoning or None,
        "refusal": refusal or None,
        "tool_calls": [{"id": id, "function": {"name": name, "arguments": text}} for id, name, text in calls],
    }
    choice = {"message": message, "finish_reason": finish_reason}
    counts = usage and {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return {"id": id, "model": model, "choices": [choice], "usage": counts}


PEERS: dict[str, Callable[[Wire], Callable[[], Any]]] = {
    "openai": by_openai,
    "openai .stream()": by_openai_stream,
    "litellm": by_litellm,
    "langchain-openai": by_langchain,
    "pydantic-ai-slim": by_pydantic_ai,
}
BRIEF = ("langchain-openai", "pydantic-ai-slim")
"""Packages with a message type of their own: only what `brief` gives is compared."""


CORPUS = Path(os.environ.get("SSEMBLE_CORPUS", "."))


def quirks() -> dict[str, dict[str, Any]]:
    return {quirk["id"]: quirk for quirk in json.loads((CORPUS / "quirks" / "quirks.json").read_text())}


def cases() -> Iterator[tuple[str, list[bytes], str]]:
    """Every case: its name, its body in pieces, its content type. The name of a recording has a slash."""
    for row in rows(CORPUS, "openai-chat"):
        body = (CORPUS / "corpus" / row["file"]).read_bytes()
        sizes = iter(row["recorded_chunks"]) if row["recorded_chunks"] else iter(lambda: 16384, None)
        yield row["file"], by_sizes(body, sizes), row["content_type"] or "text/event-stream"
    for name, quirk in quirks().items():
        yield name, pieces_of(quirk), quirk.get("content_type") or "text/event-stream"


def installed() -> dict[str, str]:
    found = {}
    for name in PEERS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name.split()[0])
    return found


def outcome(run: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"result": run()}
    except Exception as error:  # whatever a package raises is what is to be measured
        words = str(error) or traceback.extract_tb(error.__traceback__)[-1].line
        return {"error": f"{type(error).__name__}: {words}"[:2000]}


class Reference(NamedTuple):
    """What ssemble makes of a case."""

    full: dict[str, Any]
    brief: dict[str, Any]
    content: Any
    error: ssemble.SsembleError | None
    ignore: list[str]


def references() -> dict[str, Reference]:
    found, known = {}, quirks()
    for case, pieces, _ in cases():
        quirk = known.get(case, {})
        stream = ssemble.MessageStream(
            **quirk.get("options") or {}, errors="event" if UNCERTAIN.match(case) else "raise"
        )
        error = None
        try:
            for piece in pieces:
                stream.feed(piece)
            stream.close()
        except ssemble.SsembleError as caught:
            error = caught
        end = stream.completion()
        calls = [(call.id, call.name, call.arguments) for call in end.tool_calls]
        usage = end.usage and (end.usage.get("prompt_tokens"), end.usage.get("completion_tokens"))
        reason = end.choices[0].raw_finish_reason if end.choices else None
        short = brief(end.id, end.model, end.text, end.reasoning, end.message.refusal, calls, reason, usage)
        content = end.message.to_dict().get("content")
        found[case] = Reference(end.to_dict(), short, content, error, quirk.get("ignore") or [])
    return found


def measure(pythons: list[str]) -> tuple[dict[str, str], dict[str, list[dict[str, Any]]]]:
    """Run the peers in every environment; keep the newest version of each."""
    command = ["-m", "benchmarks.interop_peers"]
    runs = [subprocess.Popen([python, *command], stdout=subprocess.PIPE, text=True) for python in pythons]
    versions: dict[str, str] = {}
    outcomes: dict[str, list[dict[str, Any]]] = {}
    ran_on: dict[str, str] = {}
    for run in runs:
        head, *lines = (json.loads(line) for line in run.communicate()[0].splitlines())
        for peer, version in head["versions"].items():
            if peer not in versions or number(version) > number(versions[peer]):
                versions[peer] = version
                ran_on[peer] = "" if peer.startswith("openai") else f" on openai {head['versions']['openai']}"
                outcomes[peer] = [line for line in lines if line["peer"] == peer]
    return {peer: version + ran_on[peer] for peer, version in versions.items()}, outcomes


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, io.StringIO()  # some packages print
    bodies = list(cases())
    print(json.dumps({"python": platform.python_version(), "versions": installed()}), file=out)
    for name in installed():
        wire = Wire()
        run = PEERS[name](wire)
        for case, wire.pieces, wire.type in bodies:
            print(json.dumps({"peer": name, "case": case, **outcome(run)}), file=out)


if __name__ == "__main__":
    main()
