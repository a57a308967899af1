"""OpenAI's transcriptions of audio."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble

from .suite import RAW, Case, Dialects, Json, read, sse


def delta(text: Any, **fields: Any) -> Json:
    return {"type": "transcript.text.delta", "delta": text, **fields}


def done(text: Any, **fields: Any) -> Json:
    return {"type": "transcript.text.done", "text": text, **fields}


def segment(number: int, text: str) -> Json:
    return {"type": "transcript.text.segment", "id": f"s{number}", "start": 0.5, "text": text}


STOP = ["finish", 0, "stop", None]
CASES: dict[str, Case] = {
    "text": Case(
        [delta("Te"), delta("a"), done("Tea", usage={"type": "tokens", "total_tokens": 3}), "[DONE]"],
        {"text": "Tea", "usage": {"type": "tokens", "total_tokens": 3}},
        [["text", 0, "Tea"], ["usage", {"type": "tokens", "total_tokens": 3}], STOP],
    ),
    "no deltas": Case([done("Tea")], {"text": "Tea"}, [["text", 0, "Tea"], STOP]),
    "what the end adds": Case([delta("Te"), done("Tea")], {"text": "Tea"}, [["text", 0, "Tea"], STOP]),
    "another text at the end": Case(
        [delta("Tee"), done("Tea")], {"text": "Tea"}, [["text", 0, "Tee"], STOP], contrary=True
    ),
    "no text at the end": Case([delta("Tea"), done("")], {"text": "Tea"}, [["text", 0, "Tea"], STOP]),
    "segments": Case(
        [segment(0, "Te"), delta("Te"), segment(1, "a"), delta("a"), done("Tea", duration=1.5)],
        {"segments": [segment(0, "Te"), segment(1, "a")], "text": "Tea", "duration": 1.5},
        [RAW, ["text", 0, "Te"], RAW, ["text", 0, "a"], STOP],
    ),
    "log probabilities": Case(
        [
            delta("Te", logprobs=[{"token": "Te"}]),
            delta("a", logprobs=[{"token": "a"}]),
            done("Tea", logprobs=[{"token": "Tea"}]),
        ],
        {"text": "Tea", "logprobs": [{"token": "Tea"}]},
        [["text", 0, "Tea"], STOP],
    ),
    "a cut": Case(
        [delta("Te", logprobs=[{"token": "Te"}]), delta("a")],
        {"text": "Tea", "logprobs": [{"token": "Te"}]},
        [["text", 0, "Tea"]],
        error="IncompleteStream",
    ),
    "an error": Case(
        [delta("Te"), {"type": "error", "error": {"message": "No.", "code": "bad"}}],
        {"text": "Te"},
        [["text", 0, "Te"]],
        error="ProviderError",
    ),
    "other payloads": Case(
        [delta("Te"), {"type": "transcript.novel"}, {"type": "novel"}, done("Te")],
        {"text": "Te"},
        [["text", 0, "Te"], RAW, RAW, STOP],
    ),
    "half a surrogate pair": Case(
        [delta("A\ud83d"), delta("\ude00\ud83d"), done("A\ud83d\ude00\ud83d")],
        {"text": "A😀\ud83d"},
        [["text", 0, "A😀\ud83d"], STOP],
    ),
    "nothing behind the end": Case(
        [done("Tea"), delta("x")], {"text": "Tea"}, [["text", 0, "Tea"], STOP], repairs={"bytes_after_terminator": 1}
    ),
}


class TestTranscription(Dialects):
    dialect: ClassVar[str] = "openai-transcription"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {"text": [delta(text) for text in texts]}


@pytest.mark.parametrize("payload", [delta(5), done([]), delta("x", logprobs=5)])
def test_fields_of_another_type(payload: Json) -> None:
    assert isinstance(read(sse([delta("A"), payload])).error, ssemble.ProtocolError)


def test_token_counts() -> None:
    usage = {"type": "tokens", "input_tokens": 5, "output_tokens": 3, "total_tokens": 8}
    tokens = read(sse([done("Tea", usage=usage)])).completion.tokens
    assert (tokens.input, tokens.output, tokens.total) == (5, 3, 8)
