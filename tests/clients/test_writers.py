"""The official packages read what `MessageWriter` writes, over loopback and in small pieces.

Each client reads each message of the vectors. `OWN_WAYS` has what a client does differently, and why; every other
message must be what the library itself reads from the same bytes.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx2
import pytest

import ssemble
from ssemble import ProviderError
from tests.recordings import by_sizes
from tests.vectors.written import MESSAGES, START, body

from ..needed import needed
from .server import LoopbackServer, Reply

BUSY = ssemble.ErrorEvent(ProviderError("Busy", raw={"message": "Busy", "type": "overloaded_error"}))


class Seen(NamedTuple):
    """What a client has of a message: its text, reasoning, calls, reason, and tokens of the answer."""

    text: str
    reasoning: str
    calls: list[tuple[str | None, str, Any]]
    reason: str | None
    output: int | None


def openai_client(url: str, http: httpx2.Client) -> Any:
    return needed("openai").OpenAI(api_key="k", base_url=url, max_retries=0, http_client=http)


def chat_message(choice: Any, usage: Any) -> Seen:
    message = choice.message
    calls = []
    for call in message.tool_calls or ():
        if isinstance(call, dict) or call.type == "custom":  # the types of the package do not know these in streams
            call = call if isinstance(call, dict) else call.to_dict()
            calls.append((call["id"], call["custom"]["name"], call["custom"]["input"]))
        else:
            calls.append((call.id, call.function.name, value(call.function.arguments)))
    extra = message.model_extra or {}
    text = (message.content or "") + (message.refusal or "")
    return Seen(
        text, extra.get("reasoning_content") or "", calls, choice.finish_reason, usage and usage.completion_tokens
    )


def openai_chat(url: str, http: httpx2.Client) -> Seen:
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    with openai_client(url, http).chat.completions.stream(**asked) as stream:
        completion = stream.get_final_completion()
    return chat_message(completion.choices[0], completion.usage)


def openai_responses(url: str, http: httpx2.Client) -> Seen:
    with openai_client(url, http).responses.stream(model="m", input="Hi") as stream:
        response = stream.get_final_response()
    text, reasoning, calls = "", "", []
    for item in response.output:
        if item.type == "message":
            text += "".join(part.text if part.type == "output_text" else part.refusal for part in item.content)
        elif item.type == "reasoning":
            reasoning += "".join(part.text for part in item.summary)
        elif item.type == "custom_tool_call":
            calls.append((item.call_id, item.name, item.input))
        else:
            calls.append((item.call_id, item.name, value(item.arguments)))
    usage = response.usage
    return Seen(text, reasoning, calls, response.status, usage and usage.output_tokens)


def anthropic_messages(url: str, http: httpx2.Client) -> Seen:
    client = needed("anthropic").Anthropic(api_key="k", base_url=url, max_retries=0, http_client=http)
    asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    with client.messages.stream(**asked) as stream:
        message = stream.get_final_message()
    return Seen(
        "".join(block.text for block in message.content if block.type == "text"),
        "".join(block.thinking for block in message.content if block.type == "thinking"),
        [(block.id, block.name, block.input) for block in message.content if block.type == "tool_use"],
        message.stop_reason,
        message.usage.output_tokens,
    )


def google_genai(url: str, http: httpx2.Client) -> Seen:
    genai = needed("google.genai")
    verify = {"verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
    options = genai.types.HttpOptions(base_url=url, httpx_client=http, client_args=verify)
    client = genai.Client(api_key="k", vertexai=False, http_options=options)
    text, reasoning, calls, reason, output = "", "", [], None, None
    for chunk in client.models.generate_content_stream(model="m", contents="Hi"):
        candidate = chunk.candidates[0]
        for part in candidate.content.parts:
            if part.function_call:
                calls.append((part.function_call.id, part.function_call.name, part.function_call.args))
            elif part.thought:
                reasoning += part.text or ""
            else:
                text += part.text or ""
        reason = candidate.finish_reason.value if candidate.finish_reason else reason
        output = chunk.usage_metadata.candidates_token_count if chunk.usage_metadata else output
    return Seen(text, reasoning, calls, reason, output)


def value(text: str) -> Any:
    """Arguments, decoded if they are JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


CLIENTS: dict[str, tuple[str, Callable[[str, httpx2.Client], Seen]]] = {
    "openai-python chat.completions.stream": ("openai-chat", openai_chat),
    "openai-python responses.stream": ("openai-responses", openai_responses),
    "anthropic-python messages.stream": ("anthropic", anthropic_messages),
    "google-genai generate_content_stream": ("gemini", google_genai),
}
RAISES_ON_A_LIMIT = "the helper raises on a reason of length or content_filter"
NO_FINAL = "the helper knows response.completed only, not response.incomplete"
UNREADABLE = "the helper raises on arguments that are not JSON"
REPAIRED = "the helper completes truncated arguments by itself"
# What a client does differently: the name of what it raises, or "" if it has another value; and the reason.
OWN_WAYS: dict[tuple[str, str], tuple[str, str]] = {
    **{
        ("openai-chat", name): ("LengthFinishReasonError", RAISES_ON_A_LIMIT)
        for name in ("cut text", "cut call", "cut calls")
    },
    ("openai-chat", "custom call"): ("AttributeError", "the helper knows no custom calls in streams"),
    ("anthropic", "cut call"): ("", REPAIRED),
    ("anthropic", "cut calls"): ("", REPAIRED),
    ("anthropic", "no JSON"): ("ValueError", UNREADABLE),
    ("openai-chat", "filtered"): ("ContentFilterFinishReasonError", RAISES_ON_A_LIMIT),
    **{
        ("openai-responses", name): ("RuntimeError", NO_FINAL)
        for name in ("cut text", "cut call", "cut calls", "filtered")
    },
}


def expected(dialect: str, data: bytes) -> Seen:
    completion = ssemble.assemble(data, dialect)
    message = completion.message
    calls = []
    for call in message.tool_calls:
        custom = call.type == "custom"
        calls.append((call.id, call.name, call.arguments if custom else value(call.arguments or "{}")))
    tokens = completion.tokens
    output = tokens.output
    if dialect == "gemini" and output is not None:
        output -= tokens.reasoning or 0
    return Seen(
        message.text + message.refusal, message.reasoning, calls, completion.choices[0].raw_finish_reason, output
    )


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", MESSAGES)
def test_a_message(name: str, client: str, server: LoopbackServer) -> None:
    dialect, read = CLIENTS[client]
    data = body(dialect, MESSAGES[name])
    url = server.url(Reply(by_sizes(data, iter(lambda: 13, None))))
    raised, seen = "", None
    with httpx2.Client() as http:
        try:
            seen = read(url, http)
        except Exception as error:
            raised = type(error).__name__
            if raised == "Skipped":
                raise
    if (dialect, name) in OWN_WAYS:
        assert raised == OWN_WAYS[dialect, name][0], seen
        assert seen != expected(dialect, data)
    else:
        assert (raised, seen) == ("", expected(dialect, data))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "events", [[START, ssemble.TextDelta("A"), BUSY], [START, ssemble.TextDelta("A")]], ids=["error", "cut"]
)
def test_an_error_and_a_cut_are_raised(events: list[ssemble.StreamEvent], client: str, server: LoopbackServer) -> None:
    dialect, read = CLIENTS[client]
    url = server.url(Reply(by_sizes(body(dialect, events), iter(lambda: 13, None))))
    name = "google.genai.errors" if dialect == "gemini" else client.partition("-")[0]
    with httpx2.Client() as http:
        # The helper for Responses has no error of its own, see `NO_FINAL`.
        read_error = RuntimeError if dialect == "openai-responses" else needed(name).APIError
        with pytest.raises(read_error):
            read(url, http)
