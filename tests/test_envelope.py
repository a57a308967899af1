"""Forms learned from one payload, and what later frames have in their holes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble._envelope import PREFIX, TRIES, Envelope, Hole, learn

from .envelope_cases import AROUND, DEEP, DIGITS, FORMS, IN_A_HOLE, PADDING, TEXT, THOUGHT, TIME, UNLEARNED


def teach(
    payload: str | bytes, *holes: Hole, loads: Callable[[str], Any] = json.loads
) -> tuple[Envelope, list[int]] | None:
    frame = PREFIX + (payload if isinstance(payload, bytes) else payload.encode())
    return learn(frame, loads(frame[len(PREFIX) :].decode(errors="replace")), holes, loads)


def taught(payload: str, *holes: Hole, loads: Callable[[str], Any] = json.loads) -> Envelope:
    found = teach(payload, *holes, loads=loads)
    assert found is not None
    return found[0]


def put(payload: Any, holes: Sequence[Hole], order: Sequence[int], texts: Sequence[str]) -> Any:
    """The payload with these texts in its wanted holes."""
    payload = copy.deepcopy(payload)
    wanted = [hole for hole in holes if hole.wanted]
    for number, text in zip(order, texts, strict=True):
        *path, last = wanted[number].path
        owner = payload
        for step in path:
            owner = owner[step]
        owner[last] = text
    return payload


def without_padding(payload: Any) -> Any:
    return {key: value for key, value in payload.items() if key not in ("p", "created")}


forms = pytest.mark.parametrize(("payload", "holes", "other", "texts"), FORMS.values(), ids=list(FORMS))


@forms
@pytest.mark.parametrize("end", ["", "\n\n"], ids=["bare", "with its end"])
def test_a_form_is_learned_and_read(payload: str, holes: list[Hole], other: str, texts: list[str], end: str) -> None:
    learned = teach(payload + end, *holes)
    assert learned is not None
    envelope, order = learned
    found = envelope.read(PREFIX + (other + end).encode(), True)
    assert found == texts
    expected = without_padding(json.loads(other))
    assert without_padding(put(json.loads(payload), holes, order, found)) == expected


def test_a_frame_is_a_data_line() -> None:
    learned = learn(b'data: {"content":"a"}', {"content": "a"}, [TEXT], json.loads)
    assert learned is not None
    assert learned[0].read(b'data: {"content":"b"}', True) == ["b"]


def test_a_proof_is_tried_few_times_however_many_places_a_text_could_have() -> None:
    """Of three holes with twenty places each there are 8,000 combinations."""
    decoded: list[str] = []

    def loads(text: str) -> Any:
        decoded.append(text)
        return json.loads(text)

    keys = ("content", "thought", "p")
    payload = json.dumps({"x": [dict.fromkeys(keys, "a")] * 20, **dict.fromkeys(keys, "a")})
    assert teach(payload, TEXT, THOUGHT, Hole(("p",)), loads=loads) is None
    assert len(decoded) == 1 + TRIES


@forms
def test_the_end_may_be_added_later(payload: str, holes: list[Hole], other: str, texts: list[str]) -> None:
    envelope = taught(payload, *holes)
    whole = envelope.followed_by(b"\r\n\r\n")
    frame = PREFIX + other.encode()
    assert whole.read(frame + b"\r\n\r\n", True) == texts
    assert whole.read(frame, True) is None
    assert envelope.read(frame + b"\r\n\r\n", True) is None
    assert envelope.read(frame, True) == texts


@forms
def test_a_frame_that_was_cut_or_has_more_is_of_another_form(
    payload: str, holes: list[Hole], other: str, texts: list[str]
) -> None:
    envelope = taught(payload, *holes)
    frame = PREFIX + other.encode()
    for at in range(len(frame)):
        assert envelope.read(frame[:at], True) is None
        assert envelope.read(frame[at:], True) == (texts if at == 0 else None)
    for more in (b"\n", b" ", b"}", b"\0"):
        assert envelope.read(frame + more, True) is None


in_a_hole = pytest.mark.parametrize(("hole", "text", "escaped"), IN_A_HOLE.values(), ids=list(IN_A_HOLE))


@in_a_hole
@pytest.mark.parametrize(("head", "tail", "holes"), AROUND.values(), ids=list(AROUND))
def test_what_a_hole_holds(
    head: bytes, tail: bytes, holes: list[Hole], hole: bytes, text: str | None, escaped: bool
) -> None:
    learned = teach(head + b"a" + tail, *holes)
    assert learned is not None
    envelope, order = learned
    frame = head + hole + tail
    found = envelope.read(PREFIX + frame, True)
    if text is None:
        assert found is None
    else:
        assert found is not None
        payload = json.loads(frame)
        assert payload["content"] == text
        assert put(payload, holes, order, found) == payload
        assert text in found
    if escaped:
        assert envelope.read(PREFIX + frame, False) is None, "a decoder that may take it in another way"
    else:
        assert envelope.read(PREFIX + frame, False) == found


@pytest.mark.parametrize(("head", "tail", "holes"), AROUND.values(), ids=list(AROUND))
@pytest.mark.parametrize("escapes", [True, False], ids=["escapes", "none"])
def test_a_run_ends_where_a_frame_must_be_read_alone(
    head: bytes, tail: bytes, holes: list[Hole], escapes: bool
) -> None:
    learned = teach(head + b"a" + tail, *holes)
    assert learned is not None
    envelope, _ = learned
    runs = sum(hole.wanted for hole in holes) == 1
    for hole, text, escaped in [*IN_A_HOLE.values(), (b"", "", False)]:
        frames = [PREFIX + head + each + tail for each in (b"x", b"y", hole, b"z")]
        ends = not text or (escaped and not escapes)
        expected = ["x", "y"] if ends else ["x", "y", text, "z"]
        for at in range(4):
            found = envelope.read_run(frames, at, escapes)
            assert found == ((["z"] if at == 3 else expected[at:] if not (ends and at == 2) else []) if runs else [])
        assert envelope.read_run([*frames[:2], b"", b": comment", *frames[:1]], 0, escapes) == (
            ["x", "y"] if runs else []
        )
        assert envelope.read_run([], 0, escapes) == []


@in_a_hole
def test_what_padding_holds_is_passed_over_if_it_is_one_text(hole: bytes, text: str | None, escaped: bool) -> None:
    envelope = taught('{"p":"x","content":"a"}', TEXT, PADDING)
    frame = PREFIX + b'{"p":"' + hole + b'","content":"b"}'
    assert envelope.read(frame, True) == (None if text is None else ["b"])
    assert envelope.read(frame, False) == (None if text is None or escaped else ["b"])


@pytest.mark.parametrize(("digits", "read"), DIGITS.values(), ids=list(DIGITS))
def test_what_stands_for_a_time(digits: str, read: bool) -> None:
    for head, tail in (('{"created":', ',"content":"a"}'), ('{"content":"a","created":', "}")):
        envelope = taught(f"{head}5{tail}", TEXT, TIME)
        assert envelope.read(PREFIX + f"{head}{digits}{tail}".encode(), True) == (["a"] if read else None)


@pytest.mark.parametrize(
    ("payload", "holes", "frames"),
    [
        ('{"content":"a"}', [TEXT], ['{"content":"}', '{"content":""', '{"content":', ""]),
        ('{"content":"a","thought":"b"}', [TEXT, THOUGHT], ['{"content":"","thought":"}', '{"content":"","}', '{"content":"a"}']),
        ('{"thought":"b","content":"a"}', [TEXT, THOUGHT], ['{"thought":"","content":"}', '{"thought":"content":"a"}']),
        ('{"content":"a","created":5}', [TEXT, TIME], ['{"content":"","created":}', '{"content":"created":5}']),
    ],
    ids=["one hole", "two", "two, by their place", "a time"],
)  # fmt: skip
def test_head_and_tail_do_not_share_bytes(payload: str, holes: list[Hole], frames: list[str]) -> None:
    envelope = taught(payload, *holes)
    for frame in frames:
        assert envelope.read(PREFIX + frame.encode(), True) is None


@pytest.mark.parametrize(("payload", "holes"), UNLEARNED.values(), ids=list(UNLEARNED))
def test_what_cannot_be_proven_is_not_learned(payload: str | bytes, holes: list[Hole]) -> None:
    frame = PREFIX + (payload if isinstance(payload, bytes) else payload.encode())
    decoded = json.loads(frame[len(PREFIX) :].decode(errors="replace"))
    assert learn(frame, decoded, holes, json.loads) is None


def test_a_payload_that_the_frame_does_not_hold_is_not_learned() -> None:
    """The proof compares all of it, whatever the decoder did."""
    frame = PREFIX + b'{"content":"a","x":1}'
    assert learn(frame, {"content": "a", "x": 1}, [TEXT], json.loads) is not None
    assert learn(frame, {"content": "a", "x": 2}, [TEXT], json.loads) is None
    assert learn(frame, {"content": "b", "x": 1}, [TEXT], json.loads) is None


@pytest.mark.parametrize("error", [ValueError, KeyError, IndexError, TypeError])
def test_a_decoder_that_fails_at_the_proof(error: type[Exception]) -> None:
    def fails(text: str) -> Any:
        raise error("no")

    assert learn(PREFIX + b'{"content":"a"}', {"content": "a"}, [TEXT], fails) is None


@pytest.mark.parametrize(
    "other",
    [[], 7, None, {}, {"content": "a"}, {"content": 7}, {"content": "A~"}, {"content": "a~", "x": 1}],
    ids=repr,
)
def test_a_decoder_that_makes_another_tree_at_the_proof(other: Any) -> None:
    assert learn(PREFIX + b'{"content":"a"}', {"content": "a"}, [TEXT], lambda text: copy.deepcopy(other)) is None


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 10**19], ids=str)
@pytest.mark.parametrize("loads", [json.loads, orjson.loads, msgspec.json.decode], ids=["json", "orjson", "msgspec"])
def test_a_number_that_one_digit_more_turns_into_another_kind(number: int, loads: Any) -> None:
    payload = f'{{"content":"a","created":{number}}}'
    learned = teach(payload, TEXT, TIME, loads=loads) if type(loads(payload)["created"]) is int else None
    if learned is not None:
        assert loads(f'{{"created":{number}7}}')["created"] == number * 10 + 7


# Whatever it reads, the decoder reads too.

BASES = [
    ('{"content":"a","created":5,"p":"x","thought":"b"}', [TEXT, THOUGHT, PADDING, TIME]),
    ('{"p":"x","content":"a"}', [TEXT, PADDING]),
    ('{"x":{"content":"a"},"content":"a"}', [TEXT]),
    ('{"choices":[{"delta":{"content":"a"}}]}', [DEEP]),
]
LEARNED = [(json.loads(payload), holes, teach(payload, *holes), payload.encode()) for payload, holes in BASES]
PIECES = st.sampled_from(
    [b'"', b"\\", b",", b":", b"{", b"}", b'"content":"', b'","p":"', b"\\n", b"\\u00e9", b"\xff", b"\n", b"0", b"7", b"a", b""]
)  # fmt: skip


@given(st.sampled_from(LEARNED), st.data())
def test_what_is_read_is_what_the_decoder_finds(form: Any, data: st.DataObject) -> None:
    payload, holes, learned, frame = form
    envelope, order = learned
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(frame)))
        end = data.draw(st.integers(start, min(len(frame), start + 6)))
        frame = frame[:start] + b"".join(data.draw(st.lists(PIECES, max_size=3))) + frame[end:]
    texts = envelope.read(PREFIX + frame, True)
    if texts is not None:
        found = json.loads(frame.decode())
        assert without_padding(put(payload, holes, order, texts)) == without_padding(found)
    assert envelope.read(PREFIX + frame, False) in (None, texts)


def test_a_run_ends_where_only_the_beginning_or_only_the_end_is_that_of_the_form() -> None:
    envelope = taught('{"content": "a", "x": 1}', Hole(("content",)))
    fits, begins, ends = (
        PREFIX + payload
        for payload in (b'{"content": "b", "x": 1}', b'{"content": "b", "x": 2}', b'{"Content": "b", "x": 1}')
    )
    for other in (begins, ends):
        assert envelope.read(other, True) is None
        assert envelope.read_run([fits, other, fits], 0, True) == ["b"]
        assert envelope.read_run([other], 0, True) == []
