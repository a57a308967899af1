"""What to pass instead: the error for a source that gives no bytes names the right call of its client.

No client is imported: its classes are known by their names.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable

READ1 = 'iter(partial({}.read1, 65536{}), b"")'
TWINS = "aassemble(), aiter_events() or MessageStream.aevents()"
PLAIN = "assemble(), iter_events() or MessageStream.events()"
PARSED = (
    "it gives chunk objects, no bytes. Pass it to Observer.watch(), or its chunks to accumulator().add(); "
    "for bytes use with_streaming_response, and response.iter_bytes()"
)

HTTPX = ("response.iter_bytes()", "response.aiter_bytes()")
# By the package and the name of a class: the calls that give the bytes of a response, the synchronous one
# and the asynchronous one; "" if there is none.
CALLS = {
    ("httpx", "Response"): HTTPX,
    ("httpx2", "Response"): HTTPX,
    ("requests", "Response"): (READ1.format("response.raw", ", decode_content=True") + " with stream=True", ""),
    ("niquests", "Response"): ("response.iter_content(-1) with stream=True", ""),
    ("niquests", "AsyncResponse"): ("", "await response.iter_content(-1) with stream=True"),
    ("urllib3", "BaseHTTPResponse"): (READ1.format("response", ""), ""),
    ("aiohttp", "ClientResponse"): ("", "response.content.iter_any()"),
    ("aiohttp", "StreamReader"): ("", "response.content.iter_any()"),
}
PARSED_BY = frozenset((package, name) for package in ("openai", "anthropic") for name in ("Stream", "AsyncStream"))


def check_source(source: object, *, asynchronous: bool) -> None:
    """Raise TypeError for a source that gives no bytes, or not as the client's users want them: at once."""
    kind = AsyncIterable if asynchronous else Iterable
    if isinstance(source, str) or not isinstance(source, kind) or names(source) & (CALLS.keys() | PARSED_BY):
        wanted = "an async iterable of bytes" if asynchronous else "an iterable of bytes"
        raise TypeError(f"expected bytes or {wanted}, got {type(source).__name__}: {hint(source, asynchronous)}")


def hint(source: object, asynchronous: bool = False) -> str:
    """Say what to pass instead of a source.

    Args:
        source: what was passed.
        asynchronous: to an asynchronous function.
    """
    known = names(source)
    if known & PARSED_BY:
        return PARSED
    for name in known & CALLS.keys():
        call, other = CALLS[name] if not asynchronous else CALLS[name][::-1]
        return f"pass {call}" if call else f"pass {other} to {PLAIN if asynchronous else TWINS}"
    if hasattr(source, "__await__"):
        return "await it first"
    if callable(source):
        return f"call it: {getattr(source, '__name__', 'it')}()"
    if isinstance(source, AsyncIterable):
        return f"it is asynchronous, so pass it to {TWINS}"
    if asynchronous and isinstance(source, Iterable) and not isinstance(source, str):
        return f"it is synchronous, so pass it to {PLAIN}"
    return f"pass the body, as from {HTTPX[asynchronous]}"


def names(source: object) -> set[tuple[str, str]]:
    """Return the packages and names of the classes of a value."""
    return {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(source).__mro__}
