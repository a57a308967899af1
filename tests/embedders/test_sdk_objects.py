"""Recordings as bytes, as chunks, and as the objects that the official packages make of these: the same completion."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import ssemble
from tests.recordings import Recording, committed, of_providers

from ..needed import needed

Make = Callable[[dict[str, Any]], Any]


def openai(name: str, module: str) -> Make:
    """Make objects as the openai package does: without validation."""
    construct = importlib.import_module("openai._models").construct_type
    kind = getattr(importlib.import_module(module), name)
    return lambda payload: construct(type_=kind, value=payload)


def anthropic() -> Make:
    construct = importlib.import_module("anthropic._models").construct_type
    kind = importlib.import_module("anthropic.types.beta").BetaRawMessageStreamEvent
    return lambda payload: construct(type_=kind, value=payload)


def gemini() -> Make:
    """Make objects as google-genai does: with validation, after it has dropped and renamed some fields."""
    types = importlib.import_module("google.genai.types")
    models = importlib.import_module("google.genai.models")

    def make(payload: dict[str, Any]) -> Any:
        known = models._GenerateContentResponse_from_mldev(payload)
        response = types.GenerateContentResponse._from_response(response=known, kwargs={})
        response.sdk_http_response = types.HttpResponse(headers={"set-cookie": "secret"})
        return response

    return make


PACKAGES: dict[str, tuple[str, Callable[[], Make]]] = {
    "openai-chat": ("openai", lambda: openai("ChatCompletionChunk", "openai.types.chat")),
    "openai-responses": ("openai", lambda: openai("ResponseStreamEvent", "openai.types.responses")),
    "anthropic": ("anthropic", anthropic),
    "gemini": ("google.genai", gemini),
}


def namespaces(value: Any) -> Any:
    if isinstance(value, dict):
        return SimpleNamespace(**{key: namespaces(item) for key, item in value.items()})
    return [namespaces(item) for item in value] if isinstance(value, list) else value


def by_accumulator(dialect: str, chunks: list[Any]) -> ssemble.Completion:
    accumulator = ssemble.accumulator(dialect)
    for chunk in chunks:
        accumulator.add(chunk)
    accumulator.end()
    return accumulator.completion()


def by_observer(chunks: list[Any]) -> ssemble.Completion:
    observer = ssemble.Observer()
    for chunk in chunks:
        observer.add(chunk)
    observer.end()
    assert all(isinstance(error, ssemble.IncompleteStream) for error in observer.errors), observer.errors
    return observer.completion()


def facts(completion: ssemble.Completion) -> tuple[Any, ...]:
    """What the terminator cannot change, which chunk objects do not show."""
    choices = [
        (each.message.text, each.message.reasoning, each.message.refusal, each.finish_reason, each.raw_finish_reason)
        for each in completion.choices
    ]
    calls = [(call.id, call.name, call.arguments) for each in completion.choices for call in each.message.tool_calls]
    return choices, calls, completion.id, completion.model, completion.created, completion.tokens


# What google-genai drops, renames or refuses; each is its own.
LOST = {"serviceTier", "finishMessage", "citationMetadata", "createTime"}


def without_lost(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_lost(item) for key, item in value.items() if key not in LOST and item is not None}
    return [without_lost(item) for item in value] if isinstance(value, list) else value


def compared(dialect: str, recordings: list[Recording]) -> int:
    """Compare recordings; return how many."""
    package, maker = PACKAGES[dialect]
    needed(package)
    make, count = maker(), 0
    for recording in recordings:
        if recording.dialect != dialect:
            continue
        body = recording.body
        try:
            expected = ssemble.assemble(body)
        except ssemble.SsembleError:
            continue
        if expected.dialect != dialect:
            continue  # a provider's other API
        chunks = [each for each in ssemble.iter_chunks(body) if isinstance(each, dict)]
        as_objects = [namespaces(each) for each in chunks]
        for read in (lambda each: by_accumulator(dialect, each), by_observer):
            for given in (chunks, as_objects):
                found = read(given)
                assert found.to_dict() == expected.to_dict(), recording.name
                assert facts(found) == facts(expected), recording.name
        try:
            made = [make(each) for each in copy.deepcopy(chunks)]
        except (ValueError, AttributeError):  # google-genai refuses a wrong base64, and the number of an enum
            assert dialect == "gemini"
            continue
        usual = without_lost if dialect == "gemini" else lambda value: value
        for found in (by_accumulator(dialect, made), by_observer(made)):
            assert usual(found.to_dict()) == usual(expected.to_dict()), recording.name
            assert facts(found) == facts(expected), recording.name
        count += 1
    return count


@pytest.mark.parametrize("dialect", PACKAGES)
def test_committed_recordings(dialect: str) -> None:
    recordings = [each for each in committed() if each.dialect == dialect]
    assert compared(dialect, recordings) or not recordings


@pytest.mark.filterwarnings("ignore:.* is not a valid ")  # google-genai, of an enum that it does not know
@pytest.mark.parametrize("dialect", PACKAGES)
def test_recordings_of_providers(dialect: str) -> None:
    recordings = [each for each in of_providers() if each.dialect == dialect]
    if not recordings:
        pytest.skip("SSEMBLE_CORPUS names no folder of shared cases and recordings")
    assert compared(dialect, recordings) > 100
