"""Named, seeded bodies for benchmarks, and ways to split them. `tests/test_shapes.py` tests them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import dialect_shapes

CHUNKS = 2000
HEAD = {
    "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
    "object": "chat.completion.chunk",
    "created": 1741570283,
    "model": "gpt-x-2026-08-06",
    "service_tier": "default",
    "system_fingerprint": "fp_44709d6fcb",
}
WORDS = (
    "the of stream and to bytes a in that is token it for was on with as event he be at by I this had not are but "
    "naïve façade 世界 Привет 🙂 from or have an they which one you were her all she there would their we him been"
).split()


def payload(delta: dict[str, Any], index: int = 0, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**HEAD, "choices": [choice], **more}


def frame(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def words(rng: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        word = " " + rng.choice(WORDS)
        yield rng.choice((word, word, word, word + ".\n", ' "quoted"'))


def _text(rng: random.Random, count: int) -> list[dict[str, Any]]:
    texts = [payload({"content": word}) for word in words(rng, count)]
    return [payload({"role": "assistant", "content": "", "refusal": None}), *texts, payload({}, finish="stop")]


def _obfuscated(rng: random.Random, count: int) -> list[dict[str, Any]]:
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return [
        {**chunk, "obfuscation": "".join(rng.choices(alphabet, k=rng.randint(0, 12)))} for chunk in _text(rng, count)
    ]


def _padded(rng: random.Random, count: int) -> list[dict[str, Any]]:
    return [{**chunk, "p": "abcdefghijklmnopqrstuvwxyz0123456789"[: rng.randint(1, 36)]} for chunk in _text(rng, count)]


def _tools(rng: random.Random, count: int) -> list[dict[str, Any]]:
    chunks = [payload({"role": "assistant", "content": None})]
    for call in range(4):
        head = {"index": call, "id": f"call_{call}", "type": "function", "function": {"name": "write", "arguments": ""}}
        chunks.append(payload({"tool_calls": [head]}))
        text = json.dumps({"path": "a.txt", "text": "".join(words(rng, count // 4))})
        pieces = [
            text[i : i + len(text) // (count // 4) + 1] for i in range(0, len(text), len(text) // (count // 4) + 1)
        ]
        chunks += [payload({"tool_calls": [{"index": call, "function": {"arguments": piece}}]}) for piece in pieces]
    return [*chunks, payload({}, finish="tool_calls")]


def _choices(rng: random.Random, count: int) -> list[dict[str, Any]]:
    texts = [payload({"content": word}, i % 8) for i, word in enumerate(words(rng, count))]
    starts = [payload({"role": "assistant", "content": ""}, i) for i in range(8)]
    return [*starts, *texts, *(payload({}, i, "stop") for i in range(8))]


def _reasoning(rng: random.Random, count: int) -> list[dict[str, Any]]:
    thoughts = [payload({"reasoning_content": word, "content": None}) for word in words(rng, count // 2)]
    return [*thoughts, *_text(rng, count // 2)]


def _usage(rng: random.Random, count: int) -> list[dict[str, Any]]:
    return [
        {**chunk, "usage": {"prompt_tokens": 31, "completion_tokens": i, "total_tokens": 31 + i}}
        for i, chunk in enumerate(_text(rng, count))
    ]


def _created(rng: random.Random, count: int) -> list[dict[str, Any]]:
    return [{**chunk, "created": 1741570283 + i // 20} for i, chunk in enumerate(_text(rng, count))]


def _logprobs(rng: random.Random, count: int) -> list[dict[str, Any]]:
    chunks = []
    for word in words(rng, count):
        entry = {"token": word, "logprob": -rng.random(), "bytes": list(word.encode()), "top_logprobs": []}
        chunk = payload({"content": word})
        chunk["choices"][0]["logprobs"] = {"content": [entry], "refusal": None}
        chunks.append(chunk)
    return [*chunks, payload({}, finish="stop")]


def _huge(rng: random.Random, count: int) -> list[dict[str, Any]]:
    image = "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789+/", k=count * 1000))
    url = {"url": f"data:image/png;base64,{image}"}
    return [payload({"content": "", "images": [{"type": "image_url", "image_url": url}]}), payload({}, finish="stop")]


def _of_dialect(make: dialect_shapes.Make) -> Callable[[random.Random, int], list[dict[str, Any]]]:
    return lambda rng, count: list(make(list(words(rng, count))))


SHAPES: dict[str, Callable[[random.Random, int], list[dict[str, Any]]]] = {
    "text": _text,
    "obfuscation": _obfuscated,
    "padding": _padded,
    "tool arguments": _tools,
    "eight choices": _choices,
    "reasoning": _reasoning,
    "usage": _usage,
    "created": _created,
    "logprobs": _logprobs,
    "huge event": _huge,
    **{name: _of_dialect(make) for name, make in dialect_shapes.SHAPES.items()},
}


def chunks(shape: str, count: int = CHUNKS) -> list[dict[str, Any]]:
    """The payloads of a shape, the same at every call."""
    return SHAPES[shape](random.Random(shape), count)


def frames(shape: str, count: int = CHUNKS) -> list[bytes]:
    """The events of a shape, one bytes object each, in chat the terminator last."""
    if shape in dialect_shapes.SHAPES:
        return [dialect_shapes.frame(chunk, "padded" in shape) for chunk in chunks(shape, count)]
    return [*map(frame, chunks(shape, count)), b"data: [DONE]\n\n"]


def body_of_lines(count: int) -> bytes:
    """One event of many short data lines."""
    return b"data: [\n" + b"data: 1,\n" * count + b"data: 1]\n\n"


def sized(body: bytes, size: int) -> list[bytes]:
    return [body[i : i + size] for i in range(0, len(body), size)]


def _at_random(body: bytes, seed: int = 1) -> list[bytes]:
    rng, start, pieces = random.Random(seed), 0, []
    while start < len(body):
        end = start + rng.randint(1, 100)
        pieces.append(body[start:end])
        start = end
    return pieces


CUTTINGS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "one event": lambda frames: frames,
    "16 KiB": lambda frames: sized(b"".join(frames), 16384),
    "1,400 bytes": lambda frames: sized(b"".join(frames), 1400),
    "1 to 100 bytes": lambda frames: _at_random(b"".join(frames)),
    "one byte": lambda frames: sized(b"".join(frames), 1),
}
