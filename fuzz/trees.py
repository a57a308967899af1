"""JSON trees from fuzzer input, with the names of chat completions, so that a few bytes give a useful tree."""

from __future__ import annotations

from typing import Any

NAMES = (
    "choices delta message index finish_reason content refusal role tool_calls function_call function name arguments "
    "id type custom input reasoning reasoning_content reasoning_details thinking thinking_blocks signature text "
    "summary logprobs audio data transcript usage prompt_tokens completion_tokens total_tokens error object created "
    "model images x"
).split()
TEXTS = 'a b assistant stop { } {"a":1} null \ud83d \ude00 é YQ== function tool_calls reasoning.text summary'.split()
LEAVES: list[Any] = [None, True, False, 0, 1, -1, 2, 10**18, 1.5, "", *TEXTS]
MOST = 150  # bytes; longer inputs only repeat, and each step compares everything so far


class Trees:
    """Trees from bytes. After the last byte, all values are null."""

    def __init__(self, data: bytes) -> None:
        self._data = data[:MOST]
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def tree(self, depth: int = 0) -> Any:
        """Return a value: a leaf for a small byte, otherwise an object or a list."""
        kind = self.byte()
        if kind < 128 or depth > 6:
            return LEAVES[kind % len(LEAVES)]
        if kind < 192:
            return [self.tree(depth + 1) for _ in range(kind % 4)]
        return self.object(kind % 5, depth)

    def object(self, size: int, depth: int = 0) -> dict[str, Any]:
        return {NAMES[self.byte() % len(NAMES)]: self.tree(depth + 1) for _ in range(size)}

    def chunk(self) -> dict[str, Any]:
        """Return a chunk with one choice, whose delta and other fields come from the input."""
        index, finish = self.byte() % 3, self.byte()
        choice = {**self.object(finish % 2), "index": index, "delta": self.object(1 + finish // 2 % 4)}
        if finish > 200:
            choice["finish_reason"] = self.tree()
        return {**self.object(finish // 64 % 2), "choices": [choice]}
