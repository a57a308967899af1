"""A message, and a stream that brings it with the quirks of many providers at once.

The message comes first, so what is right is known; the stream is then written in whatever way
servers have been seen to write it. Hypothesis draws only a seed: drawing every choice took nine tenths of
the time of a test. `quirky_stream(Random(seed))` makes the same stream again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

ALPHABET = 'ab \n"\\{}é😀\u2028'
ABSENT = object()


def coin(rng: Random) -> bool:
    return rng.random() < 0.5


def text(rng: Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 4)))


def few(rng: Random, most: int) -> int:
    """A number up to ``most``, the small ones more often: most quirks need no long stream."""
    return min(rng.randint(0, most), rng.randint(0, most))


def texts(rng: Random) -> list[str]:
    return [text(rng) for _ in range(few(rng, 4))]


def integer(rng: Random) -> int:
    return rng.choice([1, -1]) * rng.getrandbits(rng.choice([1, 8, 70]))


def shuffled(rng: Random, size: int) -> list[int]:
    return rng.sample(range(size), size)


@dataclass
class Call:
    """A tool call as the model meant it."""

    id: str
    name: str
    pieces: list[str]

    def plain(self) -> dict[str, Any]:
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": "".join(self.pieces)}}


@dataclass
class Answer:
    """A choice as the model meant it."""

    content: list[str]
    reasoning: list[str]
    refusal: list[str]
    calls: list[Call]
    finish_reason: str
    deltas: list[dict[str, Any]] = field(default_factory=list)

    def plain(self, index: int, reasoning_key: str, constant: str | None) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant"}
        if self.content:
            message["content"] = "".join(self.content)
        if self.reasoning:
            message[reasoning_key] = "".join(self.reasoning)
        if "".join(self.refusal):
            message["refusal"] = "".join(self.refusal)
        if constant is not None and self.deltas:
            message["channel_name"] = constant
        if self.calls:
            message["tool_calls"] = [call.plain() for call in self.calls]
        return {"index": index, "message": message, "finish_reason": self.finish_reason}


def arguments(rng: Random) -> list[str]:
    """The text of a JSON object, in pieces."""
    value = {text(rng): rng.choice([text, integer, texts])(rng) for _ in range(rng.randint(1, 3))}
    written = json.dumps(value, ensure_ascii=coin(rng))
    cuts = sorted(rng.randint(1, len(written)) for _ in range(rng.randint(0, 4)))
    return [written[a:b] for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)]


def answers(rng: Random, choice: int) -> Answer:
    names = ["get_weather", "run", "getX"]
    calls = [Call(f"call_{choice}_{i}", rng.choice(names), arguments(rng)) for i in range(few(rng, 3))]
    reasoning = texts(rng)
    reason = rng.choice(["stop", "tool_calls", "length", "content_filter"])
    return Answer(texts(rng), [*reasoning, "r"] if reasoning else [], texts(rng), calls, reason)


def quirky_stream(rng: Random) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a stream, and the ``chat.completion`` that they must come to (without nulls)."""
    chosen = [answers(rng, index) for index in range(1 + few(rng, 2))]
    reasoning_key = rng.choice(["reasoning", "reasoning_content"])
    constant = rng.choice([None, "final"])
    style = rng.choice(["index", "from one", "text index", "id", "id first", "index zero"])
    for answer in chosen:
        answer.deltas = list(_deltas(rng, answer, reasoning_key, style))
    usage = {"prompt_tokens": 7, "completion_tokens": rng.randint(1, 9), "total_tokens": 16}
    sends_usage = coin(rng)
    chunks = [*_chunks(rng, chosen, constant), *_ending(rng, chosen, usage if sends_usage else None)]
    expected: dict[str, Any] = {"id": "c1", "object": "chat.completion", "created": 5, "model": "m"}
    expected["choices"] = [answer.plain(i, reasoning_key, constant) for i, answer in enumerate(chosen)]
    if sends_usage:
        expected["usage"] = usage
    return b"".join([_frame(rng, chunk) for chunk in chunks]) + _terminator(rng), expected


def _deltas(rng: Random, answer: Answer, reasoning_key: str, style: str) -> list[dict[str, Any]]:
    plan = [("content", piece) for piece in _halved(rng, answer.content)]
    plan += [(reasoning_key, piece) for piece in answer.reasoning]
    plan += [("refusal", piece) for piece in answer.refusal]
    fragments = [
        [{"tool_calls": [entry]} for entry in _fragments(rng, call, i, style)] for i, call in enumerate(answer.calls)
    ]
    lanes = [[{key: piece}] for key, piece in plan]
    # Only an index or an id on every fragment lets calls interleave.
    order = shuffled(rng, sum(map(len, fragments))) if style in ("index", "from one", "text index", "id") else None
    if order is None:
        calls = [delta for lane in fragments for delta in lane]
    else:
        calls = _interleaved(fragments, order)
    texts = [lane[0] for lane in lanes]
    merged: list[dict[str, Any]] = []
    while texts or calls:
        merged.append((texts if texts and (not calls or coin(rng)) else calls).pop(0))
    fill = {"content": None, "tool_calls": None, "refusal": "", reasoning_key: None, "function_call": None}
    keys = sorted(fill)
    return [{**{key: fill[key] for key in rng.sample(keys, rng.randint(0, 2))}, **delta} for delta in merged]


def _interleaved(lanes: list[list[dict[str, Any]]], order: Any) -> list[dict[str, Any]]:
    """Take from the lanes in a random order that keeps each lane's own, and the calls' first fragments."""
    owners = [i for i, lane in enumerate(lanes) for _ in lane]
    waiting = [list(lane) for lane in lanes]
    started = 0
    merged = []
    for place in order:
        owner = owners[place] if owners[place] <= started else started
        if not waiting[owner]:
            owner = next(i for i, lane in enumerate(waiting) if lane)
        started = max(started, owner + 1) if owner == started else started
        merged.append(waiting[owner].pop(0))
    return merged


def _halved(rng: Random, pieces: list[str]) -> list[str]:
    """Pieces of which some are cut inside a surrogate pair, as JSON escapes can be."""
    out: list[str] = []
    for piece in pieces:
        if piece.endswith("😀") and coin(rng):
            out += [piece[:-1] + "\ud83d", "\ude00"]
        else:
            out.append(piece)
    return out


def _fragments(rng: Random, call: Call, position: int, style: str) -> list[dict[str, Any]]:
    addresses: dict[str, dict[str, Any]] = {
        "index": {"index": position},
        "from one": {"index": position + 1},
        "text index": {"index": str(position)},
        "index zero": {"index": 0},
    }
    address = addresses.get(style, rng.choice([{}, {"index": None}]))
    ids: list[Any] = [call.id] if style == "id" else [ABSENT, "", None]
    if style in ("index", "from one", "text index"):
        ids.append(call.id)
    types = [ABSENT, "", None, "function", "FUNCTION"]
    whole = coin(rng)  # the first fragment brings arguments too
    name_first = coin(rng) or len(call.name) < 4
    head = call.name if name_first or whole or style in ("id first", "index zero") else call.name[:3]
    first = {"name": head, "arguments": call.pieces[0] if whole else rng.choice(["", None])}
    out = [{**address, "id": call.id, "type": rng.choice(["function", "FUNCTION"]), "function": first}]
    if head != call.name:
        rest = rng.choice([call.name[3:], call.name])
        out.append(_without({**address, "id": rng.choice(ids), "function": {"name": rest}}))
    names: list[Any] = [ABSENT, "", None, "null"]
    if style not in ("id first", "index zero"):
        names.append(call.name)
    for piece in call.pieces[1 if whole else 0 :]:
        body = _without({"name": rng.choice(names), "arguments": piece})
        out.append(_without({**address, "id": rng.choice(ids), "type": rng.choice(types), "function": body}))
    return out


def _without(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not ABSENT}


def _chunks(rng: Random, chosen: list[Answer], constant: str | None) -> list[dict[str, Any]]:
    lanes = [(index, list(answer.deltas)) for index, answer in enumerate(chosen)]
    roles = [ABSENT, "", None, "assistant"]
    chunks = [_envelope(rng, {"choices": [], "id": ""})] if coin(rng) else []
    so_far = {index: "" for index, _ in lanes}
    mirrors = coin(rng)
    for index, _ in lanes:  # every choice shows itself
        chunks.append(_envelope(rng, {"choices": [{"index": index, "delta": {"role": "assistant"}}]}))
    while any(lane for _, lane in lanes):
        index, lane = rng.choice([pair for pair in lanes if pair[1]])
        delta = _without({"role": rng.choice(roles), **lane.pop(0)})
        if constant is not None:
            delta["channel_name"] = constant
        choice: dict[str, Any] = {"index": index, "delta": delta}
        so_far[index] += delta.get("content") or ""
        if mirrors:
            choice["message"] = {"role": "assistant", "content": so_far[index] or None}
        reason = rng.choice([ABSENT, None, ""])
        chunks.append(_envelope(rng, {"choices": [_without({**choice, "finish_reason": reason})]}))
    return chunks


def _ending(rng: Random, chosen: list[Answer], usage: dict[str, int] | None) -> list[dict[str, Any]]:
    chunks = []
    for index, answer in enumerate(chosen):
        ends = {
            "index": index,
            "delta": rng.choice([{}, None, {"content": None}]),
            "finish_reason": answer.finish_reason,
        }
        chunks.append(_envelope(rng, {"choices": [ends]}))
        if coin(rng):
            again = rng.choice([answer.finish_reason, "stop", None]) if answer.finish_reason != "stop" else "stop"
            chunks.append(_envelope(rng, {"choices": [{**ends, "finish_reason": again}]}))
    if usage is not None:
        zeros = dict.fromkeys(usage, 0)
        if coin(rng):
            chunks.insert(0, _envelope(rng, {"choices": [], "usage": zeros}))
        chunks.append(_envelope(rng, rng.choice([
            {"choices": [], "usage": usage},
            {"choices": None, "usage": usage},
            {"choices": [{"index": 0, "delta": {}, "usage": usage}]},
        ])))  # fmt: skip
        if coin(rng):
            chunks.append(_envelope(rng, {"choices": [], "usage": rng.choice([None, {}, zeros])}))
    return chunks


def _envelope(rng: Random, chunk: dict[str, Any]) -> dict[str, Any]:
    head = {"id": "c1", "created": 5, "model": rng.choice(["m", ""]) if chunk.get("id") == "" else "m"}
    kind = rng.choice(["chat.completion.chunk", "chat.completion", "chat.completion.done"])
    pad = rng.choice([{}, {"obfuscation": "x9"}, {"p": "ab"}])
    return {**head, "object": kind, **pad, **chunk}


def _frame(rng: Random, chunk: dict[str, Any]) -> bytes:
    text = json.dumps(chunk, ensure_ascii=coin(rng))
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair travels as an escape only
        data = json.dumps(chunk).encode()
    before = rng.choice(
        [b"", b"", b": ping\n\n", b"id: 4\n", b"event: message\n", b"data:\n\n", b"data: null\n\n", b"retry: 9\n"]
    )
    prefix = rng.choice([b"data: ", b"data: ", b"data:", b"data: data: "])
    end = rng.choice([b"\n\n", b"\n\n", b"\r\n\r\n", b"\r\r", b"\n\r\n"])
    return before + prefix + data + end


def _terminator(rng: Random) -> bytes:
    return rng.choice(
        [b"", b"data: [DONE]\n\n", b"data:[DONE] \r\n\r\n", b"data: [DONE]", b"event: done\ndata: [DONE]\n"]
    )


def quirky_streams() -> st.SearchStrategy[tuple[bytes, dict[str, Any]]]:
    """Streams with many quirks, each with the message that it must give."""
    return st.integers(0, 2**32 - 1).map(lambda seed: quirky_stream(Random(seed)))
