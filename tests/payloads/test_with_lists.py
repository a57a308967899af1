"""Templates with lists: read value by value, and never what the decoder would not read."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble._payloads.nesting import NESTED
from ssemble._payloads.templates import DIGITS, LIST, NUMBER, SKIP, Slot
from ssemble._payloads.with_lists import ListTemplate

from ..helpers import nested
from .test_templates import A, read, taught

L = Slot(("l",), LIST)
M = Slot(("m", "l"), LIST)
PAD = Slot(("p",), SKIP)
COUNT = Slot(("n",), NUMBER)
TIME = Slot(("t",), DIGITS)


@pytest.mark.parametrize(
    ("payload", "slots", "other", "values"),
    [
        ('{"a":"x","l":[1]}', [A, L], '{"a":"y","l":[2,3]}', ["y", [2, 3]]),
        ('{"l": [1] , "a": "x"}', [L, A], '{"l": [ {"]": "]"} ] , "a": "\\""}', [[{"]": "]"}], '"']),
        ('{"l":[1]}', [L], '{"l":[]}', [[]]),
        ('{"l":[[1]],"m":{"l":["\\""]}}', [L, M], '{"l":[[]],"m":{"l":["é"]}}', [[[]], ["é"]]),
        ('{"n":5,"a":"x","l":[1]}', [COUNT, A, L], '{"n":67,"a":"","l":[{"l":[1]}]}', [67, "", [{"l": [1]}]]),
        ('{"t":5,"l":[1],"a":"x"}', [TIME, L, A], '{"t":6,"l":[1],"a":"\\u00e9"}', [[1], "é"]),
        ('{"a":"x","l":[1],"p":"-"}', [A, L, PAD], '{"a":"y","l":[-0.5],"p":"é\\""}', ["y", [-0.5]]),
        ('{"a":"x","l":[1]}', [A, L], '{"a":"y","l":["\\ud83d"]}', ["y", ["\ud83d"]]),
    ],
)
def test_a_template_with_lists_is_learned_and_read(payload: str, slots: list[Slot], other: str, values: Any) -> None:
    known = taught(payload, *slots)
    assert isinstance(known, ListTemplate)
    assert read(known, b"data: " + other.encode()) == values


@pytest.mark.parametrize(
    "other",
    [
        '{"a":"y","l":{}}', '{"a":"y","l":"[]"}', '{"a":"y","l":null}', '{"a":"y","l":[1}', '{"a":"y","l":[1]]}',
        '{"a":"y","l":[1],"l":[2]}', '{"a":"y","l":[1] }', '{"a":"y","k":[1]}', '{"a":"y","l":}', '{"a":"y","l":[1,]}',
        '{"a":"\\ud83d","l":[1]}', '{"a":"\t","l":[1]}', '{"a":"y', '{"a":"y","l":[', '{"a":7,"l":[1]}', '{"b":"y","l":[1]}',
        '{"a":"y","l":[1]', '{"a":"y","l":[1]}]}',
    ],
)  # fmt: skip
def test_what_needs_the_usual_way_does_not_match(other: str) -> None:
    assert read(taught('{"a":"x","l":[1]}', A, L), b"data: " + other.encode()) is None


def test_bytes_that_are_not_utf8_do_not_match() -> None:
    assert read(taught('{"a":"x","l":[1]}', A, L), b'data: {"a":"\xff","l":[1]}') is None


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "true", '"1"', "1" + "0" * 18, "[1]"])
def test_a_number_that_needs_the_usual_way_does_not_match(number: str) -> None:
    for slots in ([COUNT, L], [TIME, L]):
        payload = '{"%s":%s,"l":[1]}'
        name = slots[0].path[0]
        known = taught(payload % (name, 5), *slots)
        assert read(known, ("data: " + payload % (name, number)).encode()) is None
        for fits in ("1", "9" * 18):
            assert read(known, ("data: " + payload % (name, fits)).encode()) is not None


def test_lists_that_may_be_too_deep_do_not_match() -> None:
    known = taught('{"l":[1]}', L)
    for depth, fits in ((NESTED - 1, True), (NESTED, False), (100_000, False)):
        frame = b'data: {"l":' + b"[" * depth + b"]" * depth + b"}"
        assert (read(known, frame) is not None) == fits


@pytest.mark.parametrize("loads", [orjson.loads, lambda text: json.loads(text)])
def test_another_decoder_may_refuse_what_is_in_a_list(loads: Any) -> None:
    assert taught('{"l":[1]}', L, loads=loads) is None


@pytest.mark.parametrize(
    ("payload", "tree"),
    [
        ('{"l":[1],"l":[2]}', {"l": [1]}),
        ('{"l":[1', {"l": [1]}),
        ('{"l":7,"l":[1]}', {"l": [2]}),
        ('{"l":x}', {"l": [2]}),
        ('{"l":[NaN]}', {"l": [float("nan")]}),
    ],
)
def test_what_cannot_be_proven_is_not_learned(payload: str, tree: Any) -> None:
    assert taught(payload, L, tree=tree) is None


def test_spaces_are_no_padding_beside_a_list() -> None:
    known = taught('{"l":[1]   }', L)
    assert read(known, b'data: {"l":[2]   }') == [[2]]
    assert read(known, b'data: {"l":[2]    }') is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.floats(-1, 1) | st.text('"]\\a', max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("lam"), inner, max_size=2),
    max_leaves=6,
)


@given(text=st.text('"\\]}é\ud83d\ude00,:al', max_size=6), other=JSON, tail=st.sampled_from(["", "]", ",", '"', " "]))
def test_what_a_template_reads_is_what_the_frame_says(text: str, other: Any, tail: str) -> None:
    known = taught('{"a":"x","l":[1],"p":"-"}', A, L, PAD)
    for payload in ({"a": text, "l": other, "p": "-"}, {"a": "x", "l": [other, nested(3)], "p": text}):
        for ascii_only in (True, False):
            line = json.dumps(payload, separators=(",", ":"), ensure_ascii=ascii_only)
            frame = f"data: {line}{tail}".encode("utf-8", "surrogatepass")
            sent = json.loads(line)  # two halves of a pair that are escaped side by side are one character
            values = read(known, frame)
            if values is not None:
                assert values == [sent["a"], sent["l"]]
                assert not tail
            elif not tail and type(sent["l"]) is list and ascii_only:
                assert any("\ud800" <= sign <= "\udfff" for sign in sent["a"])
