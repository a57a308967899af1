"""pydantic-ai, with an accumulator in place of its own mapping of deltas."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import pytest

import ssemble

from ..needed import needed
from . import adapters
from .test_tracers import HARD, bodies

pytestmark = pytest.mark.filterwarnings("ignore")


def test_the_parts_are_those_of_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    needed("pydantic_ai", "embedders")
    httpx, openai = importlib.import_module("httpx"), importlib.import_module("openai")
    streaming = importlib.import_module("pydantic_ai.models.openai._chat_streaming")
    models, providers = (importlib.import_module(f"pydantic_ai.{name}.openai") for name in ("models", "providers"))
    direct, messages = (importlib.import_module(f"pydantic_ai.{name}") for name in ("direct", "messages"))
    monkeypatch.setattr(streaming.OpenAIStreamedResponse, "_map_part_delta", adapters.pydantic_ai)
    headers = {"content-type": "text/event-stream"}

    async def parts(body: bytes) -> list[Any]:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=body))
        async with httpx.AsyncClient(transport=transport) as http:
            client = openai.AsyncOpenAI(api_key="none", base_url="http://test", http_client=http, max_retries=0)
            model = models.OpenAIChatModel("m", provider=providers.OpenAIProvider(openai_client=client))
            request = [messages.ModelRequest.user_text_prompt("?")]
            async with direct.model_request_stream(model, request) as stream:
                async for _ in stream:
                    pass
                return list(stream.get().parts)

    compared = 0
    for name, body, completion in [*HARD, *bodies()]:
        if len(completion.choices) != 1 or completion.refusal or not completion.finish_reason or not plain(body):
            continue  # it knows one choice only, drops what comes beside a refusal, and does not see the terminator
        found = asyncio.run(parts(body))
        texts = {
            kind: "".join(part.content for part in found if part.part_kind == kind) for kind in ("text", "thinking")
        }
        assert texts == {"text": completion.text, "thinking": completion.reasoning}, name
        calls = [(part.tool_name, part.args or "") for part in found if part.part_kind == "tool-call"]
        assert calls == [(call.name, call.arguments) for call in completion.tool_calls], name
        compared += 1
    assert compared > 2


def plain(body: bytes) -> bool:
    """True if every chunk has a delta: the loop around the adapter skips others, and whole messages."""
    chunks = [each for each in ssemble.iter_chunks(body) if isinstance(each, dict)]
    choices = [choice for each in chunks for choice in each.get("choices") or ()]
    return all(isinstance(choice, dict) and isinstance(choice.get("delta"), dict) for choice in choices)
