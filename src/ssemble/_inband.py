"""Errors that a server reports inside the stream, in every form seen in the wild."""

from __future__ import annotations

from typing import Any

from ._errors import ProviderError, shown

DEEPEST = 100  # levels, as in a message


def reported_error(event: str, payload: dict[str, Any]) -> ProviderError | None:
    """Find the error that a payload reports, or None.

    The forms, in order:

    ======================================= ==============================================
    ``error`` that is true: object or text   almost everyone, also beside ``choices``
    ``object: "error"``                      vLLM: the payload is the error
    ``base_resp.status_code`` not 0          MiniMax
    ``choices[i].error``                     OpenRouter
    ``event: error``                         the payload is the error
    ======================================= ==============================================
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
    if event == "error":
        return from_value(payload)
    return None


def from_value(error: Any, beside: dict[str, Any] | None = None) -> ProviderError:
    """Make the exception from an error value: an object as it is, anything else as a message."""
    raw = dict(error) if isinstance(error, dict) else {"message": error if isinstance(error, str) else shown(error)}
    for key, value in (beside or {}).items():
        raw.setdefault(key, value)
    raw = {key: _own(value, 1) for key, value in raw.items()}
    return ProviderError(_words(raw), raw=raw)


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
    for key in ("message", "msg", "detail", "status", "type", "code"):
        words = raw.get(key)
        if isinstance(words, dict):
            words = words.get("message")
        if isinstance(words, str) and words:
            return words
    return f"the server reported an error: {shown(raw)}"
