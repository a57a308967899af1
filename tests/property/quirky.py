"""A message, and a stream that brings it with the quirks of many providers at once.

The message comes first, so what is right is known; the stream is then written in whatever way
servers have been seen to write it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.sampled_from('ab \n"\\{}é😀\u2028'), max_size=4)
ABSENT = object()


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


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    """The text of a JSON object, in pieces."""
    value = draw(st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=2), min_size=1, max_size=3))
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    cuts = sorted(draw(st.lists(st.integers(1, len(text)), max_size=4)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@st.composite
def answers(draw: st.DrawFn, choice: int) -> Answer:
    names = st.sampled_from(["get_weather", "run", "getX"])
    calls = [Call(f"call_{choice}_{i}", draw(names), draw(arguments())) for i in range(draw(st.integers(0, 3)))]
    pieces = st.lists(TEXT, max_size=4)
    reason = st.sampled_from(["stop", "tool_calls", "length", "content_filter"])
    return Answer(draw(pieces), draw(pieces.map(lambda p: [*p, "r"] if p else p)), draw(pieces), calls, draw(reason))


@st.composite
def quirky_streams(draw: st.DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a stream, and the ``chat.completion`` that they must come to (without nulls)."""
    several = draw(st.integers(1, 3))
    chosen = [draw(answers(index)) for index in range(several)]
    reasoning_key = draw(st.sampled_from(["reasoning", "reasoning_content"]))
    constant = draw(st.none() | st.just("final"))
    style = draw(st.sampled_from(["index", "from one", "text index", "id", "id first", "index zero"]))
    for answer in chosen:
        answer.deltas = list(draw(_deltas(answer, reasoning_key, style)))
    usage = {"prompt_tokens": 7, "completion_tokens": draw(st.integers(1, 9)), "total_tokens": 16}
    sends_usage = draw(st.booleans())
    chunks = [*draw(_chunks(chosen, constant)), *draw(_ending(chosen, usage if sends_usage else None))]
    expected: dict[str, Any] = {"id": "c1", "object": "chat.completion", "created": 5, "model": "m"}
    expected["choices"] = [answer.plain(i, reasoning_key, constant) for i, answer in enumerate(chosen)]
    if sends_usage:
        expected["usage"] = usage
    return b"".join([draw(_frame(chunk)) for chunk in chunks]) + draw(_terminator()), expected


@st.composite
def _deltas(draw: st.DrawFn, answer: Answer, reasoning_key: str, style: str) -> list[dict[str, Any]]:
    plan = [("content", piece) for piece in draw(_halved(answer.content))]
    plan += [(reasoning_key, piece) for piece in answer.reasoning]
    plan += [("refusal", piece) for piece in answer.refusal]
    fragments = [
        [{"tool_calls": [entry]} for entry in draw(_fragments(call, i, style))] for i, call in enumerate(answer.calls)
    ]
    lanes = [[{key: piece}] for key, piece in plan]
    # Only an index or an id on every fragment lets calls interleave.
    order = (
        draw(st.permutations(range(sum(map(len, fragments)))))
        if style in ("index", "from one", "text index", "id")
        else None
    )
    if order is None:
        calls = [delta for lane in fragments for delta in lane]
    else:
        calls = _interleaved(fragments, order)
    texts = [lane[0] for lane in lanes]
    merged: list[dict[str, Any]] = []
    while texts or calls:
        merged.append((texts if texts and (not calls or draw(st.booleans())) else calls).pop(0))
    fill = {"content": None, "tool_calls": None, "refusal": "", reasoning_key: None, "function_call": None}
    noise = st.dictionaries(st.sampled_from(sorted(fill)), st.none(), max_size=2)
    return [{**{key: fill[key] for key in draw(noise)}, **delta} for delta in merged]


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


@st.composite
def _halved(draw: st.DrawFn, pieces: list[str]) -> list[str]:
    """Pieces of which some are cut inside a surrogate pair, as JSON escapes can be."""
    out: list[str] = []
    for piece in pieces:
        if piece.endswith("😀") and draw(st.booleans()):
            out += [piece[:-1] + "\ud83d", "\ude00"]
        else:
            out.append(piece)
    return out


@st.composite
def _fragments(draw: st.DrawFn, call: Call, position: int, style: str) -> Iterator[dict[str, Any]]:
    addresses: dict[str, dict[str, Any]] = {
        "index": {"index": position},
        "from one": {"index": position + 1},
        "text index": {"index": str(position)},
        "index zero": {"index": 0},
    }
    address = addresses.get(style, draw(st.sampled_from([{}, {"index": None}])))
    ids: list[Any] = [call.id] if style == "id" else [ABSENT, "", None]
    if style in ("index", "from one", "text index"):
        ids.append(call.id)
    types = st.sampled_from([ABSENT, "", None, "function", "FUNCTION"])
    whole = draw(st.booleans())  # the first fragment brings arguments too
    name_first = draw(st.booleans()) or len(call.name) < 4
    head = call.name if name_first or whole or style in ("id first", "index zero") else call.name[:3]
    first = {"name": head, "arguments": call.pieces[0] if whole else draw(st.sampled_from(["", None]))}
    out = [{**address, "id": call.id, "type": draw(st.sampled_from(["function", "FUNCTION"])), "function": first}]
    if head != call.name:
        rest = draw(st.sampled_from([call.name[3:], call.name]))
        out.append(_without({**address, "id": draw(st.sampled_from(ids)), "function": {"name": rest}}))
    names: list[Any] = [ABSENT, "", None, "null"]
    if style not in ("id first", "index zero"):
        names.append(call.name)
    for piece in call.pieces[1 if whole else 0 :]:
        body = _without({"name": draw(st.sampled_from(names)), "arguments": piece})
        out.append(_without({**address, "id": draw(st.sampled_from(ids)), "type": draw(types), "function": body}))
    return iter(out)


def _without(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not ABSENT}


@st.composite
def _chunks(draw: st.DrawFn, chosen: list[Answer], constant: str | None) -> list[dict[str, Any]]:
    lanes = [(index, list(answer.deltas)) for index, answer in enumerate(chosen)]
    roles = st.sampled_from([ABSENT, "", None, "assistant"])
    chunks = [draw(_envelope({"choices": [], "id": ""}))] if draw(st.booleans()) else []
    so_far = {index: "" for index, _ in lanes}
    mirrors = draw(st.booleans())
    for index, _ in lanes:  # every choice shows itself
        chunks.append(draw(_envelope({"choices": [{"index": index, "delta": {"role": "assistant"}}]})))
    while any(lane for _, lane in lanes):
        index, lane = draw(st.sampled_from([pair for pair in lanes if pair[1]]))
        delta = _without({"role": draw(roles), **lane.pop(0)})
        if constant is not None:
            delta["channel_name"] = constant
        choice: dict[str, Any] = {"index": index, "delta": delta}
        so_far[index] += delta.get("content") or ""
        if mirrors:
            choice["message"] = {"role": "assistant", "content": so_far[index] or None}
        reason = draw(st.sampled_from([ABSENT, None, ""]))
        chunks.append(draw(_envelope({"choices": [_without({**choice, "finish_reason": reason})]})))
    return chunks


@st.composite
def _ending(draw: st.DrawFn, chosen: list[Answer], usage: dict[str, int] | None) -> list[dict[str, Any]]:
    chunks = []
    for index, answer in enumerate(chosen):
        ends = {
            "index": index,
            "delta": draw(st.sampled_from([{}, None, {"content": None}])),
            "finish_reason": answer.finish_reason,
        }
        chunks.append(draw(_envelope({"choices": [ends]})))
        if draw(st.booleans()):
            again = (
                draw(st.sampled_from([answer.finish_reason, "stop", None]))
                if answer.finish_reason != "stop"
                else "stop"
            )
            chunks.append(draw(_envelope({"choices": [{**ends, "finish_reason": again}]})))
    if usage is not None:
        zeros = dict.fromkeys(usage, 0)
        if draw(st.booleans()):
            chunks.insert(0, draw(_envelope({"choices": [], "usage": zeros})))
        chunks.append(draw(_envelope(draw(st.sampled_from([
            {"choices": [], "usage": usage},
            {"choices": None, "usage": usage},
            {"choices": [{"index": 0, "delta": {}, "usage": usage}]},
        ])))))  # fmt: skip
        if draw(st.booleans()):
            chunks.append(draw(_envelope({"choices": [], "usage": draw(st.sampled_from([None, {}, zeros]))})))
    return chunks


@st.composite
def _envelope(draw: st.DrawFn, chunk: dict[str, Any]) -> dict[str, Any]:
    head = {"id": "c1", "created": 5, "model": draw(st.sampled_from(["m", ""])) if chunk.get("id") == "" else "m"}
    kind = draw(st.sampled_from(["chat.completion.chunk", "chat.completion", "chat.completion.done"]))
    pad = draw(st.sampled_from([{}, {"obfuscation": "x9"}, {"p": "ab"}]))
    return {**head, "object": kind, **pad, **chunk}


@st.composite
def _frame(draw: st.DrawFn, chunk: dict[str, Any]) -> bytes:
    text = json.dumps(chunk, ensure_ascii=draw(st.booleans()))
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair travels as an escape only
        data = json.dumps(chunk).encode()
    before = draw(
        st.sampled_from(
            [b"", b"", b": ping\n\n", b"id: 4\n", b"event: message\n", b"data:\n\n", b"data: null\n\n", b"retry: 9\n"]
        )
    )
    prefix = draw(st.sampled_from([b"data: ", b"data: ", b"data:", b"data: data: "]))
    end = draw(st.sampled_from([b"\n\n", b"\n\n", b"\r\n\r\n", b"\r\r", b"\n\r\n"]))
    return before + prefix + data + end


def _terminator() -> st.SearchStrategy[bytes]:
    return st.sampled_from(
        [b"", b"data: [DONE]\n\n", b"data:[DONE] \r\n\r\n", b"data: [DONE]", b"event: done\ndata: [DONE]\n"]
    )
