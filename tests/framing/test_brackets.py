"""Where a JSON object ends."""

from __future__ import annotations

import pickle

from hypothesis import example, given
from hypothesis import strategies as st

from ssemble._framing.brackets import Brackets


class Slow:
    """The same, byte by byte."""

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self.escaped = False

    def closes(self, byte: str) -> bool:
        """True if the byte is a closing bracket, and no other is open any more."""
        if self.escaped:
            self.escaped = False
        elif self.in_string:
            self.escaped = byte == "\\"
            self.in_string = byte != '"'
        elif byte == '"':
            self.in_string = True
        elif byte in "{[":
            self.depth += 1
        elif byte in "}]":
            self.depth = max(self.depth - 1, 0)
            return self.depth == 0
        return False


@given(st.lists(st.text('{}[]""\\a', max_size=12), max_size=5), st.booleans())
@example(['{"":{}}{"\\\\":["]"]}'], False)
@example(['{"a\\', '"}', "\\", '\\"', "}}"], True)
def test_the_end_is_found_whatever_the_cuts(pieces: list[str], moved: bool) -> None:
    slow, brackets = Slow(), Brackets()
    for piece in pieces:
        at = 0
        while at >= 0:
            end = next((end + 1 for end in range(at, len(piece)) if slow.closes(piece[end])), -1)
            if moved:
                brackets = pickle.loads(pickle.dumps(brackets))
            at = brackets.close(piece.encode(), at)
            assert at == end
            assert (brackets.depth, brackets.in_string) == (slow.depth, slow.in_string)
