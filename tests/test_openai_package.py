"""The result is what the ``openai`` package calls a ChatCompletion, and what its own accumulator gives."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

import ssemble
from tests.recordings import rows
from tests.vectors.chat import VECTORS, Vector

from .needed import needed

chat = needed("openai.types.chat")
streaming = needed("openai.lib.streaming.chat")
models = needed("openai._models")


def plain(value: Any, drop: frozenset[str] = frozenset(("parsed", "parsed_arguments"))) -> Any:
    """Leave out nulls, and what the package adds for itself."""
    if isinstance(value, dict):
        return {key: plain(item, drop) for key, item in value.items() if item is not None and key not in drop}
    return [plain(item, drop) for item in value] if isinstance(value, list) else value


def by_openai(body: bytes) -> dict[str, Any]:
    """Put the stream together as the package does; it leaves the index on each tool call."""
    state = streaming.ChatCompletionStreamState()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for chunk in ssemble.iter_chunks(body):
            state.handle_chunk(models.construct_type(type_=chat.ChatCompletionChunk, value=chunk))
        result: dict[str, Any] = plain(state.current_completion_snapshot.to_dict())
    for choice in result["choices"]:
        for call in choice["message"].get("tool_calls", ()):
            call.pop("index")
    return result


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_own_vectors(vector: Vector) -> None:
    body = vector.body()
    result = ssemble.assemble([body[i : i + 1] for i in range(len(body))]).to_dict()
    assert plain(result) == plain(vector.expected())
    if "citations" not in vector.name:  # a provider's own shape
        chat.ChatCompletion.model_validate(result)
        assert plain(result) == by_openai(body)


def test_recordings_of_openai_itself(corpus: Path) -> None:
    compared = 0
    for row in rows(corpus, "openai-chat"):
        if row["provider"] != "openai" or row["has_error"]:
            continue
        body = (corpus / "corpus" / row["file"]).read_bytes()
        result = ssemble.assemble(body).to_dict()
        if any(choice["finish_reason"] is None for choice in result["choices"]):
            continue  # audio: its chunks have no choices, and the package's accumulator raises
        chat.ChatCompletion.model_validate(result)
        theirs = by_openai(body)
        # It adds the numbers of a chunk that came twice, and takes `created` and the usage from the last chunk.
        ours = plain(result)
        for field in ("created", "usage"):
            theirs[field] = ours.get(field)
        assert plain(theirs) == ours, row["file"]
        assert json.loads(json.dumps(result)) == result
        compared += 1
    assert compared > 90
