"""AWS event streams."""

from __future__ import annotations

import struct
from typing import Any, ClassVar

import pytest

import ssemble
from ssemble import IncompleteStream, InvalidJSON, LimitExceeded, ProviderError
from ssemble._framing.aws import AWSEventStream
from ssemble._framing.aws_headers import read_headers
from ssemble._framing.base import Run

from ..needed import needed
from .aws_messages import EXCEPTION, chunk, event, header, message, prelude
from .suite import DAMAGE, Case, Framings, parser, read

A, B = event("messageStart", {"role": "assistant"}), event("messageStop", {"stopReason": "end_turn"})
START, STOP = {"messageStart": {"role": "assistant"}}, {"messageStop": {"stopReason": "end_turn"}}
EVERY_TYPE = b"".join(
    header(f"h{kind}".encode(), value, kind)
    for kind, value in enumerate(
        (b"", b"", b"1", b"12", b"1234", b"12345678", b"\xff" * 300, b"x", b"12345678", b"1" * 16)
    )
)
NAMED = header(b":event-type", b"x")
WRONG = "a message of the AWS event stream is damaged: its checksum is wrong"
WRONG_START = "a message of the AWS event stream is damaged: the checksum of its first bytes is wrong"


def broken(at: int, body: bytes) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


class TestAWSEventStream(Framings):
    framing: ClassVar[str] = "aws"
    cases: ClassVar[dict[str, Case]] = {
        "two messages": Case(A + B, [START, STOP]),
        "text of several bytes": Case(event("x", {"n": "é€😀"}) + event("x", '{"n": "é"}'.encode()), [{"x": {"n": "é€😀"}}, {"x": {"n": "é"}}]),
        "not UTF-8": Case(event("x", b'{"n": "\xff"}'), [{"x": {"n": "\ufffd"}}]),
        "no payload": Case(event("x"), [{"x": {}}]),
        "no type": Case(message({":event-type": "x"}, {"n": 1}), [{"x": {"n": 1}}]),
        "no name": Case(message(b"", {"n": 1}), [{"n": 1}]),
        "list for a payload": Case(event("x", [1]), [{"x": [1]}]),
        "headers of every type": Case(message(EVERY_TYPE + NAMED, {"n": 1}), [{"x": {"n": 1}}]),
        "a name that is no text": Case(message(header(b":event-type", b"12", 3), {"n": 1}), [{"n": 1}]),
        "a type of the future": Case(message({":message-type": "ping"}, b"\xff") + A, [START]),
        "chunk": Case(chunk({"type": "ping"}) + chunk({"n": 1}), [{"type": "ping"}, {"n": 1}]),
        "chunk with other keys": Case(event("chunk", {"n": 1}), [{"chunk": {"n": 1}}]),
        "chunk that is no object": Case(event("chunk", [1]), [{"chunk": [1]}]),
        "chunk of the terminator": Case(chunk(b"[DONE]"), []),
        "chunk that is not base64": Case(
            event("chunk", {"bytes": "a*="}) + A, [], InvalidJSON, {"offset": 0, "event": 1}, [START]
        ),
        "chunk with a byte that is not base64": Case(event("chunk", {"bytes": "e3*0="}), [], InvalidJSON, {}, []),
        "chunk with text that is no ASCII": Case(event("chunk", {"bytes": "é"}), [], InvalidJSON, {}, []),
        "chunk that is not JSON": Case(A + chunk(b"oh") + B, [START], InvalidJSON, {"offset": len(A)}, [START, STOP]),
        "payload that is not JSON": Case(event("x", b"oh") + A, [], InvalidJSON, {"offset": 0}, [START]),
        "payload that closes the object around it": Case(event("x", b'1,"y":2'), [], InvalidJSON, {"offset": 0}, []),
        "chunk payload that is not JSON": Case(event("chunk", b"{oh"), [], InvalidJSON, {"offset": 0}, []),
        "exception": Case(
            A + message(EXCEPTION, {"message": "slow", "x": 1}) + B,
            [START],
            ProviderError,
            {"type": "throttlingException", "message": "slow", "code": None, "raw": {"message": "slow", "x": 1}},
            [START, STOP],
        ),
        "exception with its status": Case(
            message(EXCEPTION, {"Message": "gone", "originalStatusCode": 424}),
            [], ProviderError, {"type": "throttlingException", "message": "gone", "code": 424}, [],
        ),
        "exception without words": Case(
            message(EXCEPTION), [], ProviderError, {"message": "throttlingException", "raw": {}}, []
        ),
        "exception in plain text": Case(message(EXCEPTION, b"oh"), [], ProviderError, {"message": "oh"}, []),
        "exception without a name": Case(
            message({":message-type": "exception"}, []), [], ProviderError, {"type": None, "raw": {"message": "[]"}}, []
        ),
        "error": Case(
            message({":message-type": "error", ":error-code": "E", ":error-message": "m"}) + A,
            [], ProviderError, {"code": "E", "message": "m", "type": None, "raw": {"code": "E", "message": "m"}}, [START],
        ),
        "error without words": Case(message({":message-type": "error"}), [], ProviderError, {"raw": {}, "code": None}, []),
        "checksum of the prelude": Case(A + broken(8, B), [START], DAMAGE, {"offset": len(A), "event": 2, "says": WRONG_START}),
        "length that is not true": Case(A + broken(3, B), [START], DAMAGE, {"offset": len(A), "says": WRONG_START}),
        "checksum of the message": Case(
            A + B + broken(len(B) - 1, B), [START, STOP], DAMAGE, {"offset": len(A + B), "event": 3, "says": WRONG},
        ),
        "one wrong bit": Case(A + broken(60, B) + A, [START], DAMAGE, {"offset": len(A), "says": WRONG}),
        "too short": Case(message(b"", b"", total=15), [], DAMAGE, {"offset": 0}),
        "headers past the end": Case(message(NAMED, b"", total=20), [], DAMAGE, {"offset": 0}),
        "header past the headers": Case(message(NAMED[:-1]), [], DAMAGE, {"offset": 0, "says": "damaged: its headers end inside one"}),
        "text instead": Case(A + b"internal server error", [START], DAMAGE, {"offset": len(A)}),
        "cut in a prelude": Case(
            A + B[:5], [START], IncompleteStream,
            {"offset": len(A), "event": 2, "says": "the AWS event stream ends inside a message"},
        ),
        "cut in the headers": Case(A + B[:30], [START], IncompleteStream, {"offset": len(A)}),
        "cut before the last byte": Case(A + B[:-1], [START], IncompleteStream, {"offset": len(A)}),
        "one byte": Case(b"\0", [], IncompleteStream, {"offset": 0}),
        "largest message": Case(A, [START], limit=len(A)),
        "too large": Case(A + event("x", {"n": "x" * 99}), [START], LimitExceeded, {"offset": len(A)}, limit=len(A)),
    }  # fmt: skip

    @staticmethod
    def long(size: int) -> dict[str, bytes]:
        return {
            "one message": event("x", {"n": "x" * size}),
            "many messages": event("x", {}) * (size // 50 + 1),
            "many headers": message(header(b"a", b"", 0) * (size // 3) + NAMED),
            "one chunk": chunk({"n": "x" * size}),
        }

    @staticmethod
    def frames(payloads: list[Any]) -> bytes:
        return b"".join(map(chunk, payloads))


@pytest.mark.parametrize("total", range(40))
def test_which_lengths_can_be(total: int) -> None:
    """A message of 12 to 15 bytes could be its prelude alone, and its checksum that of the prelude."""
    for headers in range(30):
        stream = AWSEventStream()
        stream.advance(5, 0)
        assert list(stream.feed(prelude(total, headers))) == []
        if total < 16 or headers > total - 16:
            assert str(stream.error) == (
                "a message of the AWS event stream is damaged: its lengths cannot be: "
                f"{total} bytes, of them {headers} of headers (event 1, byte 5)"
            )
        else:
            assert stream.error is None


def test_the_headers_have_a_limit_of_their_own() -> None:
    for headers, right in ((128 * 1024, True), (128 * 1024 + 1, False)):
        stream = AWSEventStream()
        assert list(stream.feed(prelude(1 << 20, headers))) == []
        assert (stream.error is None) == right


def test_a_length_is_not_believed_before_its_checksum() -> None:
    """And one that is too large is an error at once, not when the bytes have come."""
    large = message(b"", total=1 << 24)
    assert large[0] == 1
    stream = AWSEventStream(limits=ssemble.Limits(max_event_size=1 << 20))
    seen: list[Any] = []
    for piece in (A, B, large[:11], large[11:12]):
        seen += list(stream.feed(piece))
        seen.append(type(stream.error))
    none = type(None)
    assert [each for each in seen if isinstance(each, type)] == [none, none, none, LimitExceeded]
    assert stream.error is not None
    assert (stream.error.offset, stream.error.event) == (len(A + B), 3)


def test_what_a_message_says_names_its_event() -> None:
    stream = ssemble.MessageStream()
    assert stream.feed(event("trace", {"n": 1})) == [ssemble.RawEvent("trace", {"trace": {"n": 1}})]
    assert stream.feed(chunk({"n": 2})) == [ssemble.RawEvent("message", {"n": 2})]


@pytest.mark.parametrize("flush", [True, False])
def test_a_raw_frame_is_the_name_and_the_text(flush: bool) -> None:
    stream = AWSEventStream()
    stream.advance(2, 0)
    stream.advance(3, 0)
    fed = stream.feed(A + message({}, {}) + chunk({"n": 1}))
    run = next(fed)
    assert isinstance(run, Run)
    assert run == ([b'messageStart\n{"messageStart":{"role": "assistant"}}'], b"")
    (frame,) = run[0]
    assert stream.text_in(frame) == ("messageStart", 13)
    assert stream.read(frame) == [('{"role": "assistant"}', 5, "messageStart", "messageStart")]
    stream.advance(len(frame), 1)
    assert next(fed) == ([b"\n{}"], b"")
    assert stream.read(b"\n{}") == [("{}", 5 + len(A), "message", None)]
    assert list(fed) == [([b'\n{"n": 1}'], b"")]
    assert stream.text_in(b'\n{"n": 1}') == ("message", 1)
    assert not stream.rest
    assert not stream.at_boundary
    assert stream.end(flush) == []


@pytest.mark.parametrize("payload", [b"{},", b'1, "b": 2', b'{}, "b": {}', b"{", b"\xff", b"[" * 100_000])
def test_a_payload_must_be_json_by_itself(payload: bytes) -> None:
    """With brackets around it, it could be JSON."""
    assert AWSEventStream().text_in(b'a\n{"a":' + payload + b"}") is None
    found = read([event("a", payload), A], parser("event"))
    assert (found.payloads, len(found.reported), found.error) == ([START], 1, None)


def test_names_that_are_no_words() -> None:
    for name in ('a"', "a\n", "é", ""):
        found = read([event(name, {"n": 1})], parser("raise"))
        assert found.payloads == [{name: {"n": 1}}]


def test_frames_have_templates() -> None:
    """Lengths, checksums and headers differ, but not the texts."""
    stream = ssemble.MessageStream()
    for number in range(30):
        stream.feed(chunk({"choices": [{"index": 0, "delta": {"content": f"word {number}"}}]}))
    assert [template.used for template in stream._payloads._templates.known] == [True]


def test_a_deep_payload_is_an_error_of_its_message() -> None:
    deep = event("chunk", b"[" * 200_000)
    found = read([deep, A], parser("event"))
    assert (found.payloads, len(found.reported), found.error) == ([START], 1, None)


def test_botocore_reads_the_same_messages() -> None:
    eventstream = needed("botocore.eventstream")
    read_by_both = 0
    for name, case in TestAWSEventStream.cases.items():
        buffer = eventstream.EventStreamBuffer()
        buffer.add_data(case.body)
        if "checksum" in name or name == "one wrong bit":
            with pytest.raises(eventstream.ChecksumMismatch):
                list(buffer)
        elif case.error is None:
            at = 0
            for each in buffer:
                total, size = struct.unpack(">II", case.body[at : at + 8])
                texts = {key: value for key, value in each.headers.items() if isinstance(value, str)}
                assert read_headers(case.body[at + 12 : at + 12 + size]) == texts
                assert case.body[at + 12 + size : at + total - 4] == each.payload
                at += total
                read_by_both += 1
            assert at == len(case.body)
    assert read_by_both > 10
