"""ssemble turns the bytes of an LLM stream, split anywhere, into events and the finished message.

`assemble` returns the finished message; `MessageStream` gives typed events as they arrive. The
library does no I/O and has no dependencies.
"""

from ._chunks import ChunkParser
from ._completion import Choice, Completion, FinishReason, Message, ToolCall
from ._dialects import DIALECTS, accumulator
from ._dialects._base import Accumulator
from ._dialects._partial_call import PartialToolCall
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
from ._event import Comment, ServerSentEvent
from ._events import (
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
from ._functions import (
    StreamOptions,
    aassemble,
    aiter_chunks,
    aiter_events,
    aiter_sse,
    assemble,
    iter_chunks,
    iter_events,
    iter_sse,
)
from ._iterate import AsyncSource, Source
from ._limits import Limits
from ._lines import BytesLike
from ._partial import PartialJSON
from ._partial_watch import TextWatch, Watch
from ._payloads import Loads
from ._sse import SSEParser
from ._stream import MessageStream

__version__ = "0.1.0"

__all__ = [
    "DIALECTS",
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
    "assemble",
    "iter_chunks",
    "iter_events",
    "iter_sse",
]
