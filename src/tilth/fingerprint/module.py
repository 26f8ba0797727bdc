"""What one source file says: its parts, what each mentions, and what cannot be known.

A part is all that the top level of a module does to one name: its definitions in order, and the
statements that change it. Facts depend on the file's bytes and Python's minor version alone, not
on where the file lies or what surrounds it, so they are remembered by the file's digest.
"""

from __future__ import annotations

import json
from typing import Any

from tilth.record import record


@record
class Part:
    """All that a module does to one of its names.

    Attributes:
        digest: Of the definitions and changes, in order.
        spans: First and last line of each.
        mentions: Outside names, as `names` writes them.
        imports: The targets that the name may be an import of.
        own: Whether it is more than an import.
        risks: What cannot be known, and the line.
        interface: What a caller sees, as `interface` writes it; None if it cannot be read.
        alias: The expression that the name stands for, if it is a plain dotted one.
    """

    digest: str
    spans: tuple[tuple[int, int], ...]
    mentions: tuple[str, ...]
    imports: tuple[str, ...]
    own: bool
    risks: tuple[tuple[str, int], ...]
    interface: dict[str, Any] | None
    alias: Any


class Facts:
    """What one source file says."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Take what `analysed` gave, fresh or remembered."""
        self._raw = raw
        self._parts: dict[str, Part] = {}
        self.names: frozenset[str] = frozenset(raw["parts"])
        self.stars: tuple[str, ...] = tuple(raw["stars"])

    def part(self, name: str) -> Part:
        """All that the module does to one of its names."""
        found = self._parts.get(name)
        if found is None:
            found = self._parts[name] = _part_of(self._raw["parts"][name])
        return found

    @property
    def rest(self) -> Part:
        """The statements that do nothing to any name, such as assertions."""
        return _part_of(self._raw["rest"])

    @property
    def dynamic(self) -> tuple[tuple[str, int], ...]:
        """What the top level does that may bind names which we cannot see."""
        return tuple((what, line) for what, line in self._raw["dynamic"])

    def starred(self, name: str) -> bool:
        """Whether a star import of this module may bring the name."""
        exports = self._raw["exports"]
        if exports is None:
            return not name.startswith("_")
        return exports == "any" or name in exports

    def exported(self, name: str) -> bool:
        """Whether `__all__` names it, as it may a module of a package."""
        exports = self._raw["exports"]
        return isinstance(exports, list) and name in exports

    def at(self, line: int) -> tuple[str, ...]:
        """The parts that have code in a line."""
        return tuple(
            name
            for name in sorted(self.names)
            if any(first <= line <= last for first, last in self.part(name).spans)
        )

    def to_bytes(self) -> bytes:
        """A form to remember."""
        return json.dumps(self._raw, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Facts:
        """What was remembered."""
        return cls(json.loads(data))


def _part_of(raw: list[Any]) -> Part:
    return Part(
        digest=raw[0],
        spans=tuple((first, last) for first, last in raw[1]),
        mentions=tuple(raw[2]),
        imports=tuple(raw[3]),
        own=raw[4],
        risks=tuple((what, line) for what, line in raw[5]),
        interface=raw[6],
        alias=raw[7],
    )
