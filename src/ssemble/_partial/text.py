"""Decoding the JSON that a model wrote: arguments of a call, or a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._errors import DECODER_BUGS, IncompleteJSON, JSONTextError, MalformedJSON, quote
from .decoders import DECODERS


def parse_text(text: str, what: str, loads: Callable[[str], Any] | None, strict: bool) -> Any:
    """Decode a JSON text; nothing is guessed.

    Args:
        text: the text.
        what: what the text is, for the errors.
        loads: a decoder to use instead of `json`. A blank text is not given to it, since a
            lenient one could make a value of nothing.
        strict: refuse raw control characters in strings; for `json` alone.

    Raises:
        IncompleteJSON: the text was cut short, or is blank.
        MalformedJSON: the text is not JSON, or the decoder refuses it.
    """
    if not text.strip():
        loads = None
    try:
        return (loads or DECODERS[strict].decode)(text)
    except DECODER_BUGS:
        raise
    except Exception as error:  # a decoder of the caller's choice raises what it likes
        raise _fault(text, what, error, strict and loads is None) from error


def _fault(text: str, what: str, error: Exception, strict: bool) -> JSONTextError:
    from .json import PartialJSON  # not at the top: most texts are JSON

    partial = PartialJSON(strict=strict)
    partial.feed(text)
    fault = partial.error
    if fault is None and not partial.complete:
        end = len(text)
        return IncompleteJSON(f"{what} cut short at character {end}: {quote(text)}; ask the model again", pos=end)
    pos = fault.pos if fault is not None else _place(error, text)
    return MalformedJSON(f"{what} not JSON at character {pos}: {quote(text)}; ask the model again", pos=pos)


def _place(error: Exception, text: str) -> int:
    """Return where in the text a decoder's error says it is at fault; 0 if it does not."""
    pos = getattr(error, "pos", None)
    return pos if type(pos) is int and 0 <= pos <= len(text) else 0
