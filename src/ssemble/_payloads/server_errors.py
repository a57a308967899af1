"""Errors that a server reports inside the stream, in the forms that any server may use.

What only one wire shape has, its reader knows. A payload whose type belongs to a known dialect is its
reader's too: there, ``error`` or ``message`` can be anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .._errors import ProviderError, quote, safe_repr

DEEPEST = 100  # levels of nesting that are copied
# "transformers serve" writes {"error": "…"} without escaping quotes and line ends in the text.
UNESCAPED = r'(?s)\s*\{\s*"error"\s*:\s*"(.*)'
NOT_ERROR_CODES = frozenset(("", "0", "200", "ok", "success", "none"))

# A payload without any of these reports no error, unless its type or the name of its event says so.
ERROR_FIELDS = frozenset(
    "error error_message error_msg errorMessage errorText Error Response errors message msg success code "
    "status statusCode detail".split()
)

# What an answer has, and no error that is beside it.
ANSWER_FIELDS = frozenset("choices id object model created usage".split())

ERROR_TYPES = ("error", "response.error")

Known = Callable[[Any, str], str]


def nobody(payload: Any, event: str) -> str:
    """Know no wire shape."""
    return ""


def is_error_name(event: str) -> bool:
    """True if an event with this name is an error: ``error``, ``internalServerException`` (AWS), …"""
    name = event.lower()
    if "err" not in name and "exc" not in name:
        return False
    last_word = name.replace("-", ".").replace("_", ".").rpartition(".")[2]
    return last_word in ("error", "errors") or name.endswith("exception")


def is_merged(payload: dict[str, Any], error: ProviderError | None) -> bool:
    """True unless a payload is nothing but the error that it reports: there may be choices beside it."""
    return error is None or "choices" in payload


def reported_error(
    event: str, payload: dict[str, Any], bare: bool = False, known: Known = nobody, typed: bool = False
) -> ProviderError | None:
    """Return the error that a payload reports, or None.

    Args:
        event: name of the payload's event.
        payload: the decoded object.
        bare: the payload is not in an event, but a line or a body, like an error response.
        known: tells the wire shape of a payload.
        typed: each payload of the stream has a type.

    A payload of a known type is no error, nor is one of an unknown type where each has a type, unless the
    type or the name of its event says so. Otherwise the forms are, in order:

    ========================================= ============================================
    ``error`` not empty: an object or a text   almost all servers, also beside ``choices``
    ``error: true``                            the payload is the error
    ``type`` of `ERROR_TYPES`                  the payload is the error
    ``object: "error"``                        the payload is the error: vLLM
    an event with an error name               the payload is the error: `is_error_name`
    without choices: `_in_words`              gateways and clouds
    of no known dialect: `_error_body`        the body of an error response
    ========================================= ============================================
    """
    kind = payload.get("type") or payload.get("event_type")
    named = event != "message" and is_error_name(event)
    called = kind in ERROR_TYPES or payload.get("object") == "error"
    if not named and not called and ERROR_FIELDS.isdisjoint(payload):
        return None
    # An OpenAI response may stand alone, in an event that has the type.
    if (kind or payload.get("object") == "response") and not called and known(payload, event):
        return None
    if typed and isinstance(kind, str) and kind and not (named or called or is_error_name(kind)):
        return None
    name = kind if event == "message" and called and isinstance(kind, str) else event
    error = payload.get("error")
    if error and error is not True:
        return from_value(error, _beside(payload, error), name)
    if payload.get("object") == "error":
        payload = {key: value for key, value in payload.items() if key != "object"}
    if error:
        payload = {key: value for key, value in payload.items() if key not in ANSWER_FIELDS}
        name = "error" if name == "message" else name
    if called or named or error:
        return _in_words(payload) or from_value(payload, event=name)
    if payload.get("choices"):
        return None
    return _in_words(payload) or (None if known(payload, event) else _error_body(payload, bare))


def _beside(payload: dict[str, Any], error: Any) -> dict[str, Any]:
    """Return what is said of an error beside it: details, and the code of one that is a text, as of Ollama."""
    found = {"detail": payload["detail"]} if payload.get("detail") else {}
    status = payload.get("status_code", payload.get("status"))
    return {**found, "code": status} if isinstance(error, str) and type(status) is int else found


def _in_words(payload: dict[str, Any]) -> ProviderError | None:
    """Return the error in a field that is for errors only, or None.

    ============================================ =========================================
    ``error_message``, ``error_msg``             OpenAI-compatible servers, Baidu
    ``errorMessage``, ``errorText``              AWS Lambda; Vercel's UI stream
    ``Error``, ``Response.Error``                Tencent Cloud
    ``errors``: a list or object, not empty      Cloudflare, GraphQL gateways
    ``success: false``                           Cloudflare, Zhipu
    ============================================ =========================================
    """
    for key in ("error_message", "error_msg", "errorMessage", "errorText"):
        if isinstance(words := payload.get(key), str) and words:
            if key == "errorText" and payload.get("type", "error") != "error":
                continue  # of a tool
            return from_value({**payload, "message": words})
    response = payload.get("Response")
    for holder in (payload, response):
        if isinstance(holder, dict) and holder.get("Error"):
            return from_value(holder["Error"])
    listed = payload.get("errors")
    if listed and isinstance(listed, (list, dict)):
        first = listed[0] if isinstance(listed, list) else listed
        return from_value({**payload, **(first if isinstance(first, dict) else {"message": first})})
    return from_value(payload) if payload.get("success") is False else None


def _error_body(payload: dict[str, Any], bare: bool) -> ProviderError | None:
    """Return the error that an object is if it is no payload of a known dialect, or None.

    ============================================ =========================================
    ``code`` of an error, with a text            DashScope, SiliconFlow, Spring gateways
    ``status``, ``statusCode``: 400 or more      problem+json, NestJS; also "error", "failed"
    ``detail``                                   FastAPI
    ``message``: a text, in a bare body          AWS, Mistral
    ============================================ =========================================
    """
    text = next((payload[key] for key in ("message", "msg") if isinstance(payload.get(key), str)), None)
    status = payload.get("status", payload.get("statusCode"))
    failed = status >= 400 if type(status) is int else status in ("error", "failed")
    if failed and (text or payload.get("title")):
        return from_value(payload)
    if text and _is_error_code(payload.get("code")):
        return from_value(payload)
    if payload.get("detail") and (bare or "type" not in payload):
        return from_value(payload)
    return from_value(payload) if bare and text and "choices" not in payload else None


def _is_error_code(code: Any) -> bool:
    """True for a code that a successful answer does not have."""
    if isinstance(code, str):
        return code.lower() not in NOT_ERROR_CODES
    return type(code) in (int, float) and code not in (0, 200)


def unescaped_error(text: str) -> ProviderError | None:
    """Return the error in a text that is not JSON because the server did not escape its message."""
    found = re.match(UNESCAPED, text)
    if found is None:
        return None
    words = found[1].rstrip()
    words = words[:-1].rstrip() if words.endswith("}") else words
    return from_value(words[:-1] if words.endswith('"') else words)


def from_value(error: Any, beside: dict[str, Any] | None = None, event: str = "message") -> ProviderError:
    """Make the exception for an error value: an object is ``raw`` itself, anything else its message.

    Args:
        error: the value; a text that is JSON is decoded, and may hold another ``error``.
        beside: what else is said about it.
        event: the name of its event, which is the message if there is no other word.
    """
    if isinstance(error, str) and error.lstrip()[:1] == "{":
        error = _decoded(error)
    raw = dict(error) if isinstance(error, dict) else {"message": error if isinstance(error, str) else safe_repr(error)}
    for key, value in (beside or {}).items():
        raw.setdefault(key, value)
    raw = {key: _own(value, 1) for key, value in raw.items()}
    return ProviderError(_words(raw, event), raw=raw)


def _decoded(text: str) -> Any:
    """Decode an error that is JSON inside a text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    inner = found.get("error")
    return inner if inner and isinstance(inner, (dict, str)) else found


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


def _words(raw: dict[str, Any], event: str) -> str:
    for key in ("message", "Message", "msg", "detail", "title", "status", "type", "code"):
        words = raw.get(key)
        if isinstance(words, dict):
            words = words.get("message")
        if type(words) is int and words and key == "code":
            return str(words)
        if isinstance(words, str) and words:
            return words
    return f"the server reported an error: {safe_repr(raw)}" if event == "message" else event
