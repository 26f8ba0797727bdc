"""A memory for tests."""

from __future__ import annotations


class DictMemo:
    """Remembers in a dict, and what it was asked for.

    Attributes:
        values: Key -> value.
        asked: Keys in the order in which they were asked for.
    """

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.asked: list[str] = []

    def get(self, key: str) -> bytes | None:
        """What was put under this key, or None."""
        self.asked.append(key)
        return self.values.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Remember."""
        self.values[key] = value
