"""Errors that a server reports inside the stream, in all recorded forms.

An object with ``choices`` is a message: only the unambiguous forms count as an error in it. In an
object without ``choices``, the field names that servers use for errors count too.
"""

from __future__ import annotations

import re
from typing import Any

from ._errors import ProviderError, quote, safe_repr

DEEPEST = 100  # levels of nesting that are copied
# "transformers serve" writes {"error": "…"} without escaping quotes and line ends in the text.
UNESCAPED = re.compile(r'\s*\{\s*"error"\s*:\s*"(.*)', re.DOTALL)
NOT_ERROR_CODES = frozenset(("", "0", "200", "ok", "success", "none"))


def is_error_name(event: str) -> bool:
    """True if an event with this name is an error: ``error``, ``internalServerException`` (AWS), …"""
    name = event.lower()
    last_word = name.replace("-", ".").replace("_", ".").rpartition(".")[2]
    return last_word in ("error", "errors") or name.endswith("exception")


def reported_error(event: str, payload: dict[str, Any], bare: bool = False) -> ProviderError | None:
    """Return the error that a payload reports, or None.

    Args:
        event: name of the payload's event.
        payload: the decoded object.
        bare: the payload is not in an event, but a line or a body, like an error response.

    The forms, in order:

    ========================================= ============================================
    ``error`` not empty: an object or a text   almost all servers, also beside ``choices``
    ``object: "error"``                       vLLM: the payload is the error
    ``base_resp.status_code`` not 0           MiniMax
    ``choices[i].error``                      OpenRouter
    an event with an error name               the payload is the error: `is_error_name`
    without choices: the table of `_in_words` gateways and clouds
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
    """Return the error in an object without choices, or None.

    ============================================ =========================================
    ``error_message``, ``error_msg``             OpenAI-compatible servers, Baidu
    ``errorMessage``, ``errorText``              AWS Lambda; Vercel's UI stream
    ``Error``, ``Response.Error``                Tencent Cloud
    ``errors``: a list or object, not empty      Cloudflare, GraphQL gateways
    ``success: false``                           Cloudflare, Zhipu
    ``code`` of an error, with a text            DashScope, SiliconFlow, Spring gateways
    ``status``, ``statusCode``: 400 or more      problem+json, NestJS; also "error", "failed"
    ``detail``                                   FastAPI
    ``message``: a text, in a bare body          AWS, Mistral
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
    """Return the error in a text that is not JSON because the server did not escape its message."""
    found = UNESCAPED.match(text)
    if found is None:
        return None
    words = found[1].rstrip()
    words = words[:-1].rstrip() if words.endswith("}") else words
    return from_value(words[:-1] if words.endswith('"') else words)


def from_value(error: Any, beside: dict[str, Any] | None = None) -> ProviderError:
    """Make the exception for an error value: an object is ``raw`` itself, anything else its message."""
    raw = dict(error) if isinstance(error, dict) else {"message": error if isinstance(error, str) else safe_repr(error)}
    for key, value in (beside or {}).items():
        raw.setdefault(key, value)
    raw = {key: _own(value, 1) for key, value in raw.items()}
    return ProviderError(_words(raw), raw=raw)


def from_page(text: str, code: int | None = None) -> ProviderError:
    """Make the exception for a body that is a page of text."""
    message = f"the body is a page of text, not an event stream: {quote(text.strip())}"
    return ProviderError(message, raw={"message": message, "body": text, **({} if code is None else {"code": code})})


def _own(value: Any, depth: int) -> Any:
    """Copy JSON, because the user may get the payload too. What is nested too deep to be pickled becomes its repr."""
    if not isinstance(value, (dict, list)):
        return value
    if depth > DEEPEST:
        return safe_repr(value)
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
    return f"the server reported an error: {safe_repr(raw)}"
