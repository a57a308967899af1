"""Errors in the chunks of a chat completion that only this wire shape has.

============================ ==========================
``base_resp.status_code``    MiniMax, if it is not 0
``choices[i].error``         OpenRouter
============================ ==========================
"""

from __future__ import annotations

from typing import Any

from ..._errors import ProviderError
from ..._payloads.server_errors import from_value


def raise_reported(chunk: dict[str, Any]) -> None:
    """Raise the error that a chunk reports, if there is one."""
    if (error := reported(chunk)) is not None:
        raise error


def reported(chunk: dict[str, Any]) -> ProviderError | None:
    """Return the error that a chunk reports, or None."""
    choices = chunk.get("choices")
    if type(choices) is list:
        for choice in choices:
            if type(choice) is dict and choice.get("error"):
                return from_value(choice["error"])
    status = chunk.get("base_resp")
    if type(status) is dict and status.get("status_code"):
        return from_value({"message": status.get("status_msg"), "code": status["status_code"]})
    return None
