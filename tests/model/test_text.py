"""Text that arrives in pieces."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._model.text import JOIN_EVERY, Base64, MaybeConstantText, Text

from ..counting import assert_linear
from ..helpers import MOVES


@pytest.mark.parametrize(
    ("pieces", "shown", "text"),
    [
        (["a", "b"], ["a", "b"], "ab"),
        ([], [], ""),
        (["\ud83d", "\ude00"], ["", "😀"], "😀"),
        (["a\ud83d", "\ude00b"], ["a", "😀b"], "a😀b"),
        (["\ud83d", "", "\ude00"], ["", "", "😀"], "😀"),
        (["\ud83d", "x"], ["", "\ud83dx"], "\ud83dx"),
        (["\ud83d", "\ud83d", "\ude00"], ["", "\ud83d", "😀"], "\ud83d😀"),
        (["\ude00", "\ud83d"], ["\ude00", ""], "\ude00\ud83d"),
        (["\udbff", "\udfff"], ["", "\U0010ffff"], "\U0010ffff"),
        (["\ud800", "\udc00"], ["", "\U00010000"], "\U00010000"),
    ],
    ids=ascii,
)
def test_a_surrogate_pair_is_joined_before_it_is_shown(pieces: list[str], shown: list[str], text: str) -> None:
    streamed = Text()
    assert [streamed.add(piece) for piece in pieces] == shown
    assert streamed.to_json() == streamed.to_json() == text
    half = streamed.release()
    assert "".join(shown) + half == text == streamed.to_json()
    assert streamed.size == len(text)
    assert streamed.release() == ""


@pytest.mark.parametrize(
    ("pieces", "data"),
    [
        (["YWI="], "YWI="),
        (["YW", "I="], "YWI="),
        (["YR=="], "YR=="),  # written anew it would be YQ==
        (["YWI=", "YWI="], "YWJhYg=="),
        (["YQ==", "Yg==", "Yw"], "YQ==Yg==Yw"),  # the last is not whole: as it came
        (["YQ==", "Yg==", "Yw=="], "YWJj"),
        (["!=", "é"], "!=é"),
        (["YQ", "==", "Yg", "=="], "YWI="),
    ],
)
def test_base64_padded_in_the_middle_is_encoded_again(pieces: list[str], data: str) -> None:
    text = Base64()
    for piece in pieces:
        text.add(piece)
    assert text.to_json() == text.to_json() == data


def test_base64_that_is_none_is_joined_as_it_came() -> None:
    text = Base64()
    text.add("YQ==\ud83d")
    text.add("x")
    assert text.to_json() == "YQ==\ud83dx"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([], ""),
        (["low", "low", "low"], "low"),
        (["a", "b"], "ab"),
        (["a", "a", "b"], "aab"),
        (["a", "b", "b"], "abb"),
        (["a", "b", "a"], "aba"),
        (["\ud83d", "\ude00"], "😀"),
        (["\ud83d", "\ud83d"], "\ud83d"),
    ],
    ids=ascii,
)
def test_a_guess_is_a_constant_until_another_value_comes(pieces: list[str], text: str) -> None:
    guess = MaybeConstantText()
    for piece in pieces:
        guess.add(piece)
    assert guess.to_json() == guess.to_json() == text


def test_a_text_that_is_looked_at_goes_on() -> None:
    for kind in (Text, MaybeConstantText, Base64):
        text, shown = kind(), ""
        for piece in ("YQ", "Yg\ud83d", "\ude00", "x"):
            shown += text.add(piece)
            assert text.to_json() == shown + text.pending_surrogate
        assert text.size == len("YQYg😀x")


@pytest.mark.parametrize("kind", [Text, MaybeConstantText, Base64])
@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
@pytest.mark.parametrize("pieces", [["YQ==", "Yg=="], ["\ud83d", "\ude00"], ["a", "a"]], ids=ascii)
def test_texts_move(kind: type[Text], move: Any, pieces: list[str]) -> None:
    straight, moved = kind(), kind()
    for piece in pieces:
        before = moved.to_json()
        twin = move(moved)
        assert twin.add(piece) == straight.add(piece)
        assert (moved.to_json(), twin.to_json(), twin.size) == (before, straight.to_json(), straight.size)
        moved = twin


@pytest.mark.parametrize("kind", [Text, MaybeConstantText, Base64])
@pytest.mark.parametrize(
    "looked_at", [[], [1], [JOIN_EVERY - 1, JOIN_EVERY, JOIN_EVERY + 1], range(0, 3 * JOIN_EVERY, 7)], ids=str
)
def test_many_pieces_take_few_places(kind: type[Text], looked_at: Any) -> None:
    text, whole = kind(), ""
    for number in range(3 * JOIN_EVERY):
        piece = chr(97 + number % 26)
        assert text.add(piece) == piece
        whole += piece
        assert len(text.pieces) < JOIN_EVERY + 1 + number // JOIN_EVERY
        if number in looked_at:
            assert text.to_json() == whole
    assert (text.to_json(), text.size) == (whole, len(whole))
    assert [len(piece) for piece in text.pieces] == [JOIN_EVERY] * 3
    assert (text.join(), text.pieces) == (whole, [whole])
    text.add("x")
    assert (text.to_json(), text.pieces) == (f"{whole}x", [whole, "x"])


@pytest.mark.parametrize("kind", [Text, MaybeConstantText, Base64])
def test_work_is_linear_in_the_number_of_pieces(kind: type[Text]) -> None:
    def work(count: int) -> None:
        text = kind()
        for number in range(count):
            text.add("YQ==" if number % 2 else "Yg==")
        text.to_json()

    assert_linear(work, 1000)


def test_a_certain_text_is_appended_as_any_other() -> None:
    certain, other = Text(), Text()
    for text in ["a", "bc", *"d" * (JOIN_EVERY + 1), "e"]:
        certain.append(text)
        other.add(text)
        assert (certain.pieces, certain.size) == (other.pieces, other.size)


def test_no_character_is_joined_more_than_once_on_the_way() -> None:
    text = Text()
    for _ in range(3):
        for _ in range(JOIN_EVERY):
            text.add("a")
        packed = text.pieces[:-1]
        assert [id(piece) for piece in text.pieces[: len(packed)]] == [id(piece) for piece in packed]
        assert [len(piece) for piece in text.pieces] == [JOIN_EVERY] * len(text.pieces)


@pytest.mark.parametrize("kind", [Text, MaybeConstantText, Base64])
@pytest.mark.parametrize("pieces", [[], ["a"], ["YQ==", "Yg=="], ["a", "b\ud83d"], ["a"] * (JOIN_EVERY + 5)], ids=len)
def test_reading_changes_nothing(kind: type[Text], pieces: list[str]) -> None:
    text = kind()
    for piece in pieces:
        text.add(piece)
    pending_surrogate, kept = text.pieces, [*text.pieces]
    before = text.__getstate__()
    assert text.to_json() == text.to_json()
    assert text.slice(1, 2) == "".join(kept)[1:2]
    assert text.__getstate__() == before
    assert (text.pieces is pending_surrogate, pending_surrogate) == (True, kept)


@pytest.mark.parametrize("pieces", [[], ["a"], ["a\ud83d"], ["a", "b"]], ids=ascii)
def test_what_is_joined_for_good_reads_the_same(pieces: list[str]) -> None:
    text = Text()
    for piece in pieces:
        text.add(piece)
    assert text.join() == text.join() == text.to_json() == "".join(pieces)
    assert len(text.pieces) <= 1


def test_the_list_of_pieces_is_the_same_for_ever() -> None:
    """The straight line appends to it."""
    text = Text()
    pieces = text.pieces
    for piece in ["a"] * (2 * JOIN_EVERY):
        text.add(piece)
        if text.size % 700 == 0:
            assert text.join() == "a" * text.size
    text.release()
    assert text.pieces is pieces


@pytest.mark.parametrize("pending_surrogate", ["", "\ud83d"], ids=ascii)
@pytest.mark.parametrize("more", ["x", "\ude00", "y\ud83d", "\ude00\ud83d", ""], ids=ascii)
def test_what_is_added_while_it_is_read_comes_whole_or_not_at_all(pending_surrogate: str, more: str) -> None:
    """Another thread may add between any two steps of a reader; here it does when the reader looks at what is held."""

    class Shifting(Text):
        __slots__ = ("waiting",)
        waiting: list[str]

        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if name == "pending_surrogate" and (waiting := super().__getattribute__("waiting")):
                super().__getattribute__("pieces").append("")
                text = Text()
                text.pending_surrogate = value
                added = text.add(waiting.pop())
                if added:
                    super().__getattribute__("pieces").append(added)
                self.pending_surrogate = text.pending_surrogate
            return value

    shifting = Shifting()
    shifting.waiting = []
    shifting.pieces.append("a")
    shifting.pending_surrogate = pending_surrogate
    shifting.waiting.append(more)
    calm = Text()
    calm.add("a" + pending_surrogate)
    calm.add(more)
    assert shifting.to_json() == calm.to_json()


def test_a_group_of_base64_that_has_just_begun_changes_nothing() -> None:
    text = Base64()
    text.add("YR==")
    text.starts.append(text.size)
    assert text.to_json() == "YR=="
