"""ssemble turns the bytes of an LLM stream, split anywhere, into events and the finished message.

`assemble` returns the finished message; `MessageStream` gives typed events as they arrive. The
library does no I/O and has no dependencies.
"""

import typing as _typing
from importlib import import_module as _import_module

from ._dialects import DIALECTS, accumulator
from ._dialects.base import Accumulator
from ._dialects.partial_call import PartialToolCall
from ._errors import (
    IncompleteJSON,
    IncompleteStream,
    InvalidJSON,
    JSONTextError,
    LimitExceeded,
    MalformedJSON,
    ProtocolError,
    ProviderError,
    SsembleError,
    StreamError,
    UnknownDialect,
)
from ._framing.detect import FRAMINGS
from ._framing.event import Comment, ServerSentEvent
from ._framing.lines import BytesLike
from ._functions import (
    StreamOptions,
    aassemble,
    aiter_events,
    assemble,
    iter_events,
)
from ._iterate import AsyncSource, Source
from ._limits import Limits
from ._model.completion import Choice, Completion, FinishReason
from ._model.events import (
    ChoiceEnd,
    ErrorEvent,
    MessageStart,
    RawEvent,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)
from ._model.message import Message, ToolCall
from ._payloads.decoder import Loads
from ._stream import MessageStream

if _typing.TYPE_CHECKING:
    from ._chunks import ChunkParser
    from ._columns import ROW_COLUMNS, arrow_schema
    from ._framing.parser import SSEParser
    from ._layers import aiter_chunks, aiter_sse, iter_chunks, iter_sse
    from ._model.tokens import Tokens
    from ._observer import Observer
    from ._partial.json import PartialJSON
    from ._partial.watch import TextWatch, Watch
    from ._row import row
    from ._timing import Timing
    from ._transcode import atranscode, transcode, write_events
    from ._writer import MessageWriter
else:  # type checkers would accept any name
    _LAZY = {
        "ChunkParser": "_chunks",
        "MessageWriter": "_writer",
        "Observer": "_observer",
        "PartialJSON": "_partial.json",
        "ROW_COLUMNS": "_columns",
        "SSEParser": "_framing.parser",
        "TextWatch": "_partial.watch",
        "Timing": "_timing",
        "Tokens": "_model.tokens",
        "Watch": "_partial.watch",
        "aiter_chunks": "_layers",
        "aiter_sse": "_layers",
        "arrow_schema": "_columns",
        "atranscode": "_transcode",
        "iter_chunks": "_layers",
        "iter_sse": "_layers",
        "row": "_row",
        "transcode": "_transcode",
        "write_events": "_transcode",
    }

    def __getattr__(name: str) -> object:
        """Import the module of a name that few programs need, when the name is first used."""
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value = getattr(_import_module(f".{_LAZY[name]}", __name__), name)
        return value


__version__ = "0.2.0"

__all__ = [
    "DIALECTS",
    "FRAMINGS",
    "ROW_COLUMNS",
    "Accumulator",
    "AsyncSource",
    "BytesLike",
    "Choice",
    "ChoiceEnd",
    "ChunkParser",
    "Comment",
    "Completion",
    "ErrorEvent",
    "FinishReason",
    "IncompleteJSON",
    "IncompleteStream",
    "InvalidJSON",
    "JSONTextError",
    "LimitExceeded",
    "Limits",
    "Loads",
    "MalformedJSON",
    "Message",
    "MessageStart",
    "MessageStream",
    "MessageWriter",
    "Observer",
    "PartialJSON",
    "PartialToolCall",
    "ProtocolError",
    "ProviderError",
    "RawEvent",
    "ReasoningDelta",
    "RefusalDelta",
    "SSEParser",
    "ServerSentEvent",
    "Source",
    "SsembleError",
    "StreamError",
    "StreamEvent",
    "StreamOptions",
    "TextDelta",
    "TextWatch",
    "Timing",
    "Tokens",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallEnd",
    "ToolCallStart",
    "UnknownDialect",
    "UsageUpdate",
    "Watch",
    "aassemble",
    "accumulator",
    "aiter_chunks",
    "aiter_events",
    "aiter_sse",
    "arrow_schema",
    "assemble",
    "atranscode",
    "iter_chunks",
    "iter_events",
    "iter_sse",
    "row",
    "transcode",
    "write_events",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
