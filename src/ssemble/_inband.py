"""Errors that a server reports inside the stream, in every form seen in the wild.

An object with choices is a message, and only the forms that name an error beyond doubt count
there. An object without choices is searched for the words that servers use.
"""

from __future__ import annotations

import re
from typing import Any

from ._errors import ProviderError, excerpt, shown

DEEPEST = 100  # levels, as in a message
# transformers serve writes {"error": "…"} with a text that is not escaped: quotes, line ends.
UNESCAPED = re.compile(r'\s*\{\s*"error"\s*:\s*"(.*)', re.DOTALL)
NOT_ERROR_CODES = frozenset(("", "0", "200", "ok", "success", "none"))


def is_error_name(event: str) -> bool:
    """True if an event of this name is an error: ``error``, ``internalServerException`` (AWS), …"""
    name = event.lower()
    last_word = name.replace("-", ".").replace("_", ".").rpartition(".")[2]
    return last_word in ("error", "errors") or name.endswith("exception")


def reported_error(event: str, payload: dict[str, Any], bare: bool = False) -> ProviderError | None:
    """Find the error that a payload reports, or None.

    Args:
        event: the name of the payload's event.
        payload: the decoded object.
        bare: the payload is no event, but a line or a body of its own, as error responses are.

    The forms, in order:

    ========================================= ============================================
    ``error`` that is true: object or text    almost everyone, also beside ``choices``
    ``object: "error"``                       vLLM: the payload is the error
    ``base_resp.status_code`` not 0           MiniMax
    ``choices[i].error``                      OpenRouter
    an event named as an error                the payload is the error: `is_error_name`
    without choices: the rows of `_in_words`  gateways and clouds
    ========================================= ============================================
    """
    error = payload.get("error")
    if error:
        detail = payload.get("detail")
        return from_value(error, {"detail": detail} if detail else {})
    if payload.get("object") == "error":
        return from_value({key: value for key, value in payload.items() if key != "object"})
    status = payload.get("base_resp")
    if isinstance(status, dict) and status.get("status_code"):
        return from_value({"message": status.get("status_msg"), "code": status["status_code"]})
    choices = payload.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("error"):
            return from_value(choice["error"])
    if event != "message" and is_error_name(event):
        return from_value(payload)
    return None if choices else _in_words(payload, bare)


def _in_words(payload: dict[str, Any], bare: bool) -> ProviderError | None:
    """Find an error in an object without choices.

    ============================================ =========================================
    ``error_message``, ``error_msg``             OpenAI-compatible servers, Baidu
    ``errorMessage``, ``errorText``              AWS Lambda; Vercel's UI stream
    ``Error``, ``Response.Error``                Tencent Cloud
    ``errors``: a list or object that is true    Cloudflare, GraphQL gateways
    ``success: false``                           Cloudflare, Zhipu
    ``code`` that tells of a fault, with a text  DashScope, SiliconFlow, Spring gateways
    ``status``, ``statusCode``: from 400 on      problem+json, NestJS; also "error", "failed"
    ``detail``                                   FastAPI
    ``message`` that is a text, in a bare body   AWS, Mistral
    ============================================ =========================================
    """
    for key in ("error_message", "error_msg", "errorMessage", "errorText"):
        if isinstance(words := payload.get(key), str) and words:
            return from_value({**payload, "message": words})
    response = payload.get("Response")
    for holder in (payload, response):
        if isinstance(holder, dict) and holder.get("Error"):
            return from_value(holder["Error"])
    text = next((payload[key] for key in ("message", "msg") if isinstance(payload.get(key), str)), None)
    listed = payload.get("errors")
    if listed and isinstance(listed, (list, dict)):
        first = listed[0] if isinstance(listed, list) else listed
        return from_value({**payload, **(first if isinstance(first, dict) else {"message": first})})
    status = payload.get("status", payload.get("statusCode"))
    failed = status >= 400 if type(status) is int else status in ("error", "failed")
    if payload.get("success") is False or (failed and (text or payload.get("title"))):
        return from_value(payload)
    if text and "code" in payload and str(payload["code"]).lower() not in NOT_ERROR_CODES:
        return from_value(payload)
    if payload.get("detail") and (bare or "type" not in payload):
        return from_value(payload)
    return from_value(payload) if bare and text and "choices" not in payload else None


def unescaped_error(text: str) -> ProviderError | None:
    """Find the error in a text that is no JSON because the server put its words in without escaping them."""
    found = UNESCAPED.match(text)
    if found is None:
        return None
    words = found[1].rstrip()
    words = words[:-1].rstrip() if words.endswith("}") else words
    return from_value(words[:-1] if words.endswith('"') else words)


def from_value(error: Any, beside: dict[str, Any] | None = None) -> ProviderError:
    """Make the exception from an error value: an object as it is, anything else as a message."""
    raw = dict(error) if isinstance(error, dict) else {"message": error if isinstance(error, str) else shown(error)}
    for key, value in (beside or {}).items():
        raw.setdefault(key, value)
    raw = {key: _own(value, 1) for key, value in raw.items()}
    return ProviderError(_words(raw), raw=raw)


def from_page(text: str, code: int | None = None) -> ProviderError:
    """Make the exception from a body that is a page of text instead of an event stream."""
    message = f"the body is a page of text, not an event stream: {excerpt(text.strip())}"
    return ProviderError(message, raw={"message": message, "body": text, **({} if code is None else {"code": code})})


def _own(value: Any, depth: int) -> Any:
    """Copy JSON, since the payload may be handed out too; what is too deep to be copied with its stream is shown."""
    if not isinstance(value, (dict, list)):
        return value
    if depth > DEEPEST:
        return shown(value)
    if isinstance(value, dict):
        return {key: _own(item, depth + 1) for key, item in value.items()}
    return [_own(item, depth + 1) for item in value]


def _words(raw: dict[str, Any]) -> str:
    for key in ("message", "Message", "msg", "detail", "title", "status", "type", "code"):
        words = raw.get(key)
        if isinstance(words, dict):
            words = words.get("message")
        if isinstance(words, str) and words:
            return words
    return f"the server reported an error: {shown(raw)}"
