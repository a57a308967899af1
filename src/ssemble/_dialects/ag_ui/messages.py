"""The messages of an AG-UI run, in their order."""

from __future__ import annotations

from ..fields import Fields, text_of
from ..tree import Ordered


class Messages(Ordered):
    """Messages; the results of a call stand right behind the message that made it.

    Attributes:
        by_id: the messages, by id.
        calls: the entries of the calls, by id.
        answered: the ids of the calls that have a result.
    """

    __slots__ = ("_groups", "_of_call", "_of_message", "answered", "by_id", "calls")

    def __init__(self) -> None:
        self._groups: list[list[Fields]] = []  # a message, and the results of its calls
        self._of_message: dict[str, list[Fields]] = {}
        self._of_call: dict[str, list[Fields]] = {}
        self.by_id: dict[str, Fields] = {}
        self.calls: dict[str, Fields] = {}
        self.answered: set[str] = set()

    def ordered(self) -> list[Fields]:
        return [message for group in self._groups.copy() for message in group.copy()]

    def add(self, message: Fields) -> Fields:
        """Append a message."""
        key = text_of(message.get("id"))
        group = self._of_message[key] = [message]
        self.by_id[key] = message
        self._groups.append(group)
        return message

    def add_call(self, message: Fields, entry: Fields) -> None:
        """Append a call to a message."""
        message.setdefault("toolCalls", []).append(entry)
        self._index(message, entry)

    def _index(self, message: Fields, entry: Fields) -> None:
        key = text_of(entry.get("id"))
        self.calls[key] = entry
        self._of_call[key] = self._of_message[text_of(message.get("id"))]

    def add_result(self, message: Fields) -> None:
        """Add the result of a call."""
        key = text_of(message.get("toolCallId"))
        self.answered.add(key)
        group = self._of_call.get(key)
        if group is None:
            self.add(message)
        else:
            group.append(message)
            self._of_message[text_of(message.get("id"))] = group
            self.by_id[text_of(message.get("id"))] = message

    def _place_result(self, message: Fields) -> None:
        """Add a result where a snapshot has it."""
        key = text_of(message.get("toolCallId"))
        if self._groups and self._of_call.get(key) is self._groups[-1]:
            self.add_result(message)
        else:
            self.answered.add(key)
            self.add(message)

    def replace(self, messages: list[Fields]) -> None:
        """Replace all messages by others, in this order."""
        self._groups, self._of_message, self._of_call = [], {}, {}
        self.by_id, self.calls = {}, {}
        for message in messages:
            if message.get("role") == "tool":
                self._place_result(message)
                continue
            self.add(message)
            for entry in message.get("toolCalls", ()):
                if isinstance(entry, dict) and isinstance(entry.get("function"), dict):
                    self._index(message, entry)
