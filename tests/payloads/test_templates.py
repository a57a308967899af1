"""Templates: learned from one frame, proven, and read from others."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble._payloads.learning import TRIES, learn
from ssemble._payloads.templates import DIGITS, NUMBER, SKIP, SPACE, TEXT, Slot, Template, decodes_apart, leaf

from ..counting import assert_linear

A = Slot(("a",))
PAD = Slot(("p",), SKIP)
TIME = Slot(("created",), DIGITS)
COUNT = Slot(("usage", "n"), NUMBER)
DEEP = Slot(("choices", 0, "delta", "content"))
BLANK = b"\n\n"


def taught(payload: str, *slots: Slot, loads: Any = json.loads, prefix: str = "data: ", tree: Any = None) -> Any:
    frame = (prefix + payload).encode()
    tree = json.loads(payload) if tree is None else tree
    return learn(frame, len(prefix), BLANK, tree, slots, loads)


def template(payload: str, *slots: Slot, prefix: str = "data: ") -> Template:
    found = taught(payload, *slots, prefix=prefix)
    assert isinstance(found, Template)
    return found


def read(known: Template, frame: bytes) -> Any:
    return known.read(frame + BLANK)


def read_run(known: Template, frames: list[bytes]) -> list[Any]:
    return known.read_run(frames, b"".join(frames))


@pytest.mark.parametrize(
    ("payload", "slots", "other", "values"),
    [
        ('{"a":"x"}', [A], '{"a":"yz"}', "yz"),
        ('{"a": "x"}', [A], '{"a": ""}', ""),
        ('{"a" : "x", "b": 1}', [A], '{"a" : "é", "b": 1}', "é"),
        ('{"a":"x"}', [A], '{"a":"\\u00e9\\n\\""}', 'é\n"'),
        ('{"a":"x"}', [A], '{"a":"\\ud83d\\ude00"}', "😀"),
        ('{"a":"x\\n"}', [A], '{"a":"y"}', "y"),
        ('{"a":"x","p":"--"}', [A, PAD], '{"a":"y","p":"-=-"}', "y"),
        ('{"p":"--","a":"x"}', [PAD, A], '{"p":"","a":"y"}', "y"),
        ('{"created":5,"a":"x"}', [TIME, A], '{"created":123,"a":"y"}', "y"),
        ('{"created":5,"a":"x"}', [TIME, A], '{"created":5,"a":"y"}', "y"),
        ('{"a":"x","created":5}', [A, TIME], '{"a":"y","created":123}', "y"),
        ('{"%d":1,"usage":{"n":7},"a":"x"}', [COUNT, A], '{"%d":1,"usage":{"n":8},"a":"y"}', [8, "y"]),
        ('{"a":"x","usage":{"n":7}}', [A, COUNT], '{"a":"y","usage":{"n":12}}', ["y", 12]),
        ('{"usage": {"n": 7 }}', [COUNT], '{"usage": {"n": 8 }}', [8]),
        ('{"a":"x","b":"y"}', [A, Slot(("b",))], '{"a":"1","b":"2"}', ["1", "2"]),
        ('{"a":"x"  }', [A], '{"a":"y"      }', "y"),
        ('{"a":"x","usage":{"n":7},"z":{}    }', [A, COUNT], '{"a":"","usage":{"n":8},"z":{}  }', ["", 8]),
        ('{"choices":[{"delta":{"content":"x"}}]}', [DEEP], '{"choices":[{"delta":{"content":"y"}}]}', "y"),
        ('{"a":"","b":{"a":"x"}}', [Slot(("b", "a"))], '{"a":"","b":{"a":"y"}}', "y"),
        ('{"z":"\\"a\\":","a":"x"}', [A], '{"z":"\\"a\\":","a":"y"}', "y"),
    ],
)
def test_a_template_is_learned_and_read(payload: str, slots: list[Slot], other: str, values: Any) -> None:
    for prefix in ("data: ", "event: x\ndata: "):
        known = template(payload, *slots, prefix=prefix)
        assert known.slots == tuple(slots)
        assert read(known, (prefix + other).encode()) == values


def test_spaces_before_the_last_bracket_are_a_slot_of_their_own() -> None:
    assert template('{"a":"x"  }', A).kinds == (TEXT, SPACE)
    assert template('{"a":"x" }', A).kinds == (TEXT,)
    assert read(template('{"a":"x"  }', A), b'data: {"a":"y"\t}') is None


@pytest.mark.parametrize(
    ("payload", "slots"),
    [
        ('{"a":"x","a":"y"}', [A]),  # the last one counts; the first is found
        ('{"\\u0061":"x"}', [A]),  # an escaped key
        ('{"b":"\\"a\\":\\"x\\"","\\u0061":"x"}', [A]),  # a text that looks like the key
        ('{"a":"x"}', [Slot(("a",)), Slot(("a",))]),
        ('{"p":"-","a":"x"}', [A, PAD]),  # not in the order of the document
    ],
)
def test_what_cannot_be_proven_is_not_learned(payload: str, slots: list[Slot]) -> None:
    tree = json.loads(payload)
    if '"a":"x","a":"y"' in payload:
        tree = {"a": "x"}
    assert taught(payload, *slots, tree=tree) is None


def test_no_template_without_utf8_or_for_another_payload() -> None:
    assert learn(b'data: {"a":"\xff"}', 6, BLANK, {"a": "\ufffd"}, [A], json.loads) is None
    assert taught('{"a":"x","b":1}', A, tree={"a": "x", "b": 2}) is None
    assert taught('{"a":"x"', A, tree={"a": "x"}) is None
    assert taught('{"a":["x"]}', A, tree={"a": "x"}) is None
    assert taught('{"a":"x', A, tree={"a": "x"}) is None
    assert taught('["a", "x"]', A, tree={"a": "x"}) is None


def test_a_proof_is_tried_few_times() -> None:
    decoded: list[str] = []

    def loads(text: str) -> Any:
        decoded.append(text)
        return json.loads(text)

    payload = json.dumps({"x": [{"a": "t"}] * 50, "a": "t"})
    assert taught(payload, A, loads=loads) is None
    assert len(decoded) == TRIES


def test_the_place_may_be_a_later_one() -> None:
    known = template('{"x":[{"a":"t"},{"a":"t"}],"a":"t"}', A)
    assert read(known, b'data: {"x":[{"a":"t"},{"a":"t"}],"a":"u"}') == "u"


@pytest.mark.parametrize(
    "text",
    [b"\xff", b"\xed\xa0\x80", b"\t", b"\0", b'"', b'a"b', b"\\", b"a\\", b"\\x", b"\\u12", b"\\ud83d", b"\\ude00"],
)
def test_a_text_that_needs_the_usual_way_does_not_match(text: bytes) -> None:
    assert read(template('{"a":"x"}', A), b'data: {"a":"' + text + b'"}') is None
    padded = template('{"a":"x","p":"-"}', A, PAD)
    assert read(padded, b'data: {"a":"y","p":"' + text + b'"}') is None
    assert read(padded, b'data: {"a":"' + text + b'","p":"-"}') is None


@pytest.mark.parametrize("digits", ["", "0", "07", "-1", "1.5", "1e3", "x", " 1", "٣", "9" * 19])
def test_a_number_that_needs_the_usual_way_does_not_match(digits: str) -> None:
    for slots, payload in (([COUNT], '{"usage":{"n":%s}}'), ([TIME], '{"created":%s}')):
        known = template(payload % 7, *slots)
        assert read(known, ("data: " + payload % digits).encode()) is None
        assert read(known, ("data: " + payload % ("9" * 18)).encode()) is not None


def test_a_frame_with_other_literals_does_not_match() -> None:
    known = template('{"a":"x","p":"-"}', A, PAD)
    assert read(known, b'data: {"a":"y","q":"-"}') is None
    assert read(known, b'data: {"a":"y","p') is None
    assert read(known, b'data: {"a":"y","p":"}') is None, "head and tail overlap"
    two = template('{"a":"x","b":"y"}', A, Slot(("b",)))
    for wrong in (b'data: {"c":"x","b":"y"}', b'data: {"a":"x","b":"y"]', b'data: {"a":"x","c":"y"}'):
        assert read(two, wrong) is None


def frames(*texts: str, payload: str = '{"a":%s}') -> list[bytes]:
    return [b"data: " + (payload % json.dumps(text)).encode() for text in texts]


@pytest.mark.parametrize(
    "texts",
    [["a", "b", "c"], ["", "", ""], ["é", "\n", '"'], ['","', "x", '"\n,"'], ["😀", "\\", "\u2028"], ["only"]],
    ids=repr,
)
def test_a_run_gives_the_texts_of_its_frames(texts: list[str]) -> None:
    assert read_run(template('{"a":"x"}', A), frames(*texts)) == texts
    for slots, payload in (((A, PAD), '{"a":%s,"p":"12"}'), ((PAD, A), '{"p":"12","a":%s}')):
        known = template(payload % '"x"', *slots)
        assert read_run(known, frames(*texts, payload=payload)) == texts
    spaced = template('{"a":"x"  }', A)
    assert read_run(spaced, [each[:-1] + b" " * at + b"}" for at, each in enumerate(frames(*texts))]) == texts


@pytest.mark.parametrize(
    "wrong",
    [
        b'data: {"b":"y"}',  # another key of the same length: the head of each frame is checked
        b'data: {"0":"y"}',
        b'data: {"a":"y"]',
        b'data: {"a":"\xff"}',
        b'data: {"a":"\\ud83d"}',  # a repr would escape it, so that no search finds it
        b'data: {"a":"y","a":"z"}',
        b'data: {"a":"y"}{"a":"z"}',
        b'data: {"a":"\n"}',
        b'data: {"a":"\t"}',
        b'data: {"a":"\\"}',
    ],
    ids=repr,
)
def test_a_run_is_all_or_nothing(wrong: bytes) -> None:
    known = template('{"a":"x"}', A)
    good = frames("a", "b", "c")
    assert read_run(known, good) == ["a", "b", "c"]
    for at in range(4):
        assert read_run(known, [*good[:at], wrong, *good[at:]]) == []


def test_spaces_that_are_no_padding_are_read_once() -> None:
    def work(count: int) -> object:
        return template('{"a":"x",' + " " * count + '"z":{  }}', A)

    assert_linear(work, 500)


def test_a_run_with_padding_is_all_or_nothing() -> None:
    known = template('{"a":"x","p":"-"}', A, PAD)
    for wrong in (b'data: {"a":"y","q":"-"}', b'data: {"a":"","p":"","p":"-"}', b'data: {"a":"y"}'):
        assert read_run(known, [b'data: {"a":"1","p":"-"}', wrong]) == []


@pytest.mark.parametrize(
    ("payload", "slots"),
    [
        ('{"a":"x","usage":{"n":7}}', [A, COUNT]),
        ('{"a":"x","b":"y"}', [A, Slot(("b",))]),
        ('{"a":"x","p":"-","b":"y"}', [A, PAD, Slot(("b",))]),
    ],
)
def test_other_templates_are_read_frame_by_frame(payload: str, slots: list[Slot]) -> None:
    known = template(payload, *slots)
    assert read_run(known, [b"data: " + payload.encode()] * 3) == []


@functools.wraps(orjson.loads)
def wrapping(text: str) -> Any:
    return orjson.loads(text)


@pytest.mark.parametrize(
    ("loads", "apart"),
    [
        (json.loads, True),
        (orjson.loads, True),
        (msgspec.json.decode, True),
        (msgspec.json.Decoder().decode, False),
        (functools.partial(json.loads), False),
        (functools.lru_cache(orjson.loads), False),
        (wrapping, False),
        (lambda text: json.loads(text), False),
    ],
    ids=["json", "orjson", "msgspec", "a method", "a partial", "a cache", "a wrapper", "a function"],
)
def test_which_decoders_decode_each_value_on_its_own(loads: Any, apart: bool) -> None:
    assert loads("1") == 1
    assert decodes_apart(loads) is apart


TEXTS = st.text(max_size=6) | st.sampled_from(['"', "\\", '","p":"', '"}', "{", "\n", "😀", "data: ", '"a":"'])
SHAPES: list[tuple[str, list[Slot]]] = [
    ('{"a":%s}', [A]),
    ('{"i":1,"choices":[{"delta":{"content":%s}}],"a":"z"}', [DEEP]),
    ('{"a":%s,"p":%s}', [A, PAD]),
    ('{"p":%s,"a":%s}', [PAD, A]),
    ('{"a":%s,"b":%s}', [A, Slot(("b",))]),
    ('{"a":%s,"usage":{"n":%s}}', [A, COUNT]),
    ('{"created":%s,"a":%s   }', [TIME, A]),
    ('{"%%d":0,"n":%s,"a":%s}', [Slot(("n",), NUMBER), A]),
    ('{"n":%s,"a":%s,"p":%s}', [Slot(("n",), NUMBER), A, PAD]),
    ('{"p":%s,"n":%s,"a":%s  }', [PAD, Slot(("n",), NUMBER), A]),
]


@st.composite
def wire_values(draw: st.DrawFn, kind: int) -> str:
    if kind in (NUMBER, DIGITS):
        return str(draw(st.integers(0, 10**20) | st.integers(6, 12)))
    text = draw(TEXTS)
    try:
        return draw(st.sampled_from([json.dumps(text), json.dumps(text, ensure_ascii=False), f'"{text}"']))
    except UnicodeEncodeError:
        return json.dumps(text)


@given(st.data(), st.sampled_from(SHAPES))
def test_what_a_template_reads_is_what_the_frame_says(data: st.DataObject, shape: tuple[str, list[Slot]]) -> None:
    payload, slots = shape
    first = payload % tuple("7" if slot.kind in (NUMBER, DIGITS) else '"x"' for slot in slots)
    known = template(first, *slots)
    lines = []
    for _ in range(data.draw(st.integers(1, 4))):
        text = payload % tuple(data.draw(wire_values(slot.kind)) for slot in slots)
        line = b"data: " + text.encode("utf-8", "surrogatepass")
        lines.append(line)
        values = read(known, line) if b"\n" not in line else None
        if values is None:
            continue
        tree = json.loads(text)
        expected = copy.deepcopy(json.loads(first))
        for slot in slots:  # all other leaves are as they were
            leaf(expected, slot.path[:-1])[slot.path[-1]] = leaf(tree, slot.path)
        assert tree == expected
        wanted = [leaf(tree, slot.path) for slot in slots if slot.kind in (TEXT, NUMBER)]
        assert (values if isinstance(values, list) else [values]) == wanted
    run = read_run(known, lines)
    for line, values in zip(lines if run else [], run, strict=True):
        said = [leaf(json.loads(line[6:]), slot.path) for slot in slots if slot.kind in (TEXT, NUMBER)]
        assert ([*values] if isinstance(values, tuple) else [values]) == said


def test_texts_that_are_no_array_are_no_run() -> None:
    known = template('{"a":"x"}', A)
    assert read_run(known, [b'data: {"a":"y"}', b'data: {"a":"\\"}', b'data: {"a":"z"}']) == []
    forged = [b'data: {"a":"y","z"}', b'data: {"a":"y"}']
    assert read_run(known, forged) == []
    assert read_run(known, [b'data: {"a":"y"]'.replace(b"]", b'"}')] * 2) == []
    assert read_run(known, [b'data: {"a":"y\\"}', b'data: {"a":"z"}']) == []
    assert read_run(known, [b'data: {"a":"y","b":"z"}', b'data: {"a":""}']) == []
    for text in (b'"', b'x",', b'",["', b"\\"):
        assert read_run(known, [b'data: {"a":"' + text + b'"}'] * 2) == []


@pytest.mark.parametrize(
    ("padding", "values"),
    [
        *((text, "y") for text in (b"", b"abc", b"123", b"-", b" ~", b"\\n", "é".encode(), b"\\u00e9", b"\x7f")),
        *((text, None) for text in (b"\\", b"\n", b"\xff", b"\\ud83d", b"\\x")),
    ],
)
def test_what_is_skipped_is_one_valid_text(padding: bytes, values: str | None) -> None:
    known = template('{"a":"x","p":"-"}', A, PAD)
    assert read(known, b'data: {"a":"y","p":"' + padding + b'"}') == values


def numbered(number: object, text: str = "x") -> bytes:
    return b'data: {"n":%b,"a":"%b"}' % (str(number).encode(), text.encode())


def test_a_number_is_expected_and_another_one_is_read_too() -> None:
    known = template('{"n":7,"a":"x"}', Slot(("n",), NUMBER), A)
    for number in (8, 9, 10, 10, 10, 99, 188, 100, 12, 3, 2, 1, 10**18 - 1, 5, 10**17, 10**18 - 1, 1):
        assert read(known, numbered(number, f"t{number}")) == [number, f"t{number}"]
        assert read(known, numbered(number + 1, "\\ud83d")) is None
        assert read(known, b'data: {"m":7,"a":"x"}') is None
    for wrong in ("", 0, -1, "01", 10**18, "9" * 5000, "1.0"):
        assert read(known, numbered(wrong)) is None


def test_a_run_of_numbers_that_rise_by_the_same_step() -> None:
    known = template('{"n":7,"a":"x"}', Slot(("n",), NUMBER), A)
    for first in (8, 12):
        run = [numbered(first + at, f"é{at}") for at in range(4)]
        assert read_run(known, run) == [(first + at, f"é{at}") for at in range(4)]
    assert read_run(known, [numbered(number) for number in (16, 17, 19)]) == []
    assert read_run(known, [numbered(number) for number in (16, 17)]) == [(16, "x"), (17, "x")]
    assert read(known, numbered(10**18 - 2)) is not None
    assert read_run(known, [numbered(5)] * 3) == [], "no number of this step is expected"
    timed = template('{"created":7,"a":"x"}', TIME, A)
    assert read_run(timed, frames("a", "b", payload='{"created":7,"a":%s}')) == ["a", "b"]


@given(
    pieces=st.lists(
        st.sampled_from([b"a", "é".encode(), b"\\n", b"\\u00e9", b"\\ud83d", b"\\ude00", b"\\", b"\xff", b"\n"])
    )
)
def test_a_text_alone_is_read_as_one_of_several(pieces: list[bytes]) -> None:
    value = b"".join(pieces)
    alone = read(template('{"a":"x"}', A), b'data: {"a":"%s"}' % value)
    beside = read(template('{"a":"x","b":"y"}', A, Slot(("b",))), b'data: {"a":"%s","b":"z"}' % value)
    assert beside == (None if alone is None else [alone, "z"])
    try:
        (found := json.loads(b'"%s"' % value)).encode()
    except ValueError:
        found = None
    assert alone == found
