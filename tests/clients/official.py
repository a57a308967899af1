"""What must hold with the official package of each provider, as the HTTP client and as the judge of the message."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NamedTuple

import httpx2
import pytest

import ssemble
from tests.recordings import by_sizes, of_providers

from .official_wire import ARGUMENTS, BUSY, TEXT, Wire, encode
from .server import LoopbackServer, Reply


class Row(NamedTuple):
    """Recordings for which the package gives something else.

    Args:
        differs: the places that are not equal, or what the package raises.
        reason: the rule of the dialect that applies, and who is right.
        names: the recordings.
    """

    differs: str
    reason: str
    names: tuple[str, ...]


class OfficialClient:
    """The tests; a package's test module says how bytes, and its own object, come out of it."""

    wire: ClassVar[Wire]
    error: ClassVar[type[Exception]]  # what the package raises for an error in the stream

    def body(self, url: str) -> Iterator[bytes]:
        """The bytes of the response, as the package gives them."""
        raise NotImplementedError

    def own(self, http: httpx2.Client, url: str) -> Any:
        """The message that the package itself makes of the stream."""
        raise NotImplementedError

    def viewed(self, message: dict[str, Any]) -> Any:
        """A message of ours in the form of `own`."""
        return message

    def told(self, error: Any) -> Any:
        """The provider's error object in the package's exception."""
        raise NotImplementedError

    @pytest.mark.parametrize("size", [1, 3, 50])
    def test_its_bytes_give_the_message(self, server: LoopbackServer, size: int) -> None:
        stream = ssemble.MessageStream()
        events = list(stream.events(self.body(server.url(Reply(by_sizes(self.wire.body, iter(lambda: size, None)))))))
        completion = stream.close()
        assert completion.dialect == self.wire.dialect
        assert completion.to_dict() == self.wire.message
        assert (completion.complete, stream.repairs) == (True, {})
        assert (completion.text, completion.finish_reason) == (TEXT, "tool_calls")
        assert "".join(each.text for each in events if isinstance(each, ssemble.TextDelta)) == TEXT
        ends = [each.tool_call for each in events if isinstance(each, ssemble.ToolCallEnd)]
        assert [(call.id, call.name, call.parse_arguments()) for call in completion.tool_calls] == [
            (self.wire.call_id, "weather", ARGUMENTS)
        ]
        assert ends == list(completion.tool_calls)
        assert completion.usage == self.wire.usage
        assert completion.tokens is not None
        assert (completion.tokens.output, completion.id, completion.model) == (12, events[0].id, "m-1")  # type: ignore[union-attr]  # a MessageStart

    def test_its_own_message_is_equal(self, server: LoopbackServer) -> None:
        with httpx2.Client() as http:
            own = self.own(http, server.url(Reply(by_sizes(self.wire.body, iter(lambda: 7, None)))))
        assert list(differences(self.viewed(self.wire.message), own)) == []

    def test_an_error_in_the_stream(self, server: LoopbackServer) -> None:
        stream = ssemble.MessageStream()
        url = server.url(Reply(by_sizes(self.wire.broken_body, iter(lambda: 7, None))))
        with pytest.raises(ssemble.ProviderError) as ours:
            list(stream.events(self.body(url)))
        assert (ours.value.type, ours.value.message) == (self.wire.error_type, BUSY)
        assert stream.completion().text == TEXT
        assert not stream.completion().complete
        with httpx2.Client() as http, pytest.raises(self.error) as theirs:
            self.own(http, url)
        assert self.told(theirs.value) == self.wire.error["error"]


def differences(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    """Yield the places where two values differ. A null and nothing are equal, and so are 1 and 1.0."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if not ours or not theirs:
            if any(value is not None for value in (*ours.values(), *theirs.values())):
                yield place
            return
        for key in {**ours, **theirs}:
            yield from differences(ours.get(key), theirs.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif ours != theirs:
        yield place


def compared(client: OfficialClient) -> tuple[int, dict[str, str]]:
    """Compare every recording in the dialect; return how many are equal, and for each other one what differs."""
    equal, others = 0, {}
    for recording in of_providers():
        if recording.dialect not in ("openai-chat", "cohere"):
            completion, error = read(recording.body)
            if completion.dialect == client.wire.dialect:
                differs = compare(client, recording.body, completion, error)
                equal += not differs
                if differs:
                    others[recording.row["file"].partition("/")[2]] = differs
    return equal, others


def read(body: bytes) -> tuple[ssemble.Completion, ssemble.SsembleError | None]:
    stream, error = ssemble.MessageStream(), None
    try:
        stream.feed(body)
        stream.end()
        stream.close()
    except ssemble.SsembleError as caught:
        error = caught
    return stream.completion(), error


def compare(
    client: OfficialClient, body: bytes, completion: ssemble.Completion, error: ssemble.SsembleError | None
) -> str:
    """Return what differs, or an empty text. Two equal errors of the provider are no difference."""
    if body.lstrip()[:1] in (b"\0", b"["):  # frames or an array, which these packages do not read
        body = b"".join(map(encode, ssemble.iter_chunks(body)))
    headers = {"Content-Type": "text/event-stream"}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, headers=headers, content=body))
    try:
        with httpx2.Client(transport=transport) as http, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the packages warn of values that they do not know
            own = client.own(http, "http://127.0.0.1")
            viewed = client.viewed(completion.to_dict())
    except Exception as caught:
        if isinstance(error, ssemble.ProviderError) and isinstance(caught, client.error):
            return "" if error.message in str(caught) else f"{error.message} is not {caught}"
        return f"{type(caught).__name__}: {caught}".partition("\n")[0]
    return ", ".join(differences(viewed, own))


def assert_table(client: OfficialClient, table: Iterable[Row], equal: int, *, same_version: bool) -> None:
    """Assert that exactly the recordings of the table differ; with another version of the package, that no others do."""
    expected = {name: row.differs for row in table for name in row.names}
    count, others = compared(client)
    if same_version:
        assert others == expected
        assert count == equal
    else:
        assert others.keys() <= expected.keys()
        assert count >= equal
