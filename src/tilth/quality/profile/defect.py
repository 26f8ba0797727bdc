"""A defect: something in the data that is probably not meant, and where it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tilth.quality.profile.plain import from_plain
from tilth.record import record

MOST_ROWS = 100
"""Numbers of rows that are kept of a defect, unless more are asked for."""


class DefectKind(StrEnum):
    """What can be wrong; the worst first."""

    LEAK = "leak"
    CORRUPTED = "corrupted"
    UNREADABLE = "unreadable"
    MIXED_TYPES = "mixed types"
    SENTINEL = "sentinel"
    OUT_OF_RANGE = "out of range"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near-duplicate"
    OFF_TOPIC = "off-topic"
    MISSPELT = "misspelt"
    ODD_PATTERN = "odd pattern"
    EMPTY = "empty"
    CONSTANT = "constant"
    ID_LIKE = "id-like"

    @property
    def meaning(self) -> str:
        """In a sentence."""
        return _MEANINGS[self]


_MEANINGS: Mapping[DefectKind, str] = {
    DefectKind.LEAK: "A column tells the target, as only something that comes after it can.",
    DefectKind.CORRUPTED: "Texts with control characters, or decoded with the wrong encoding.",
    DefectKind.UNREADABLE: "Texts that are no number, or no date, where nearly all others are.",
    DefectKind.MIXED_TYPES: "Values of another type than nearly all others.",
    DefectKind.SENTINEL: "A value that stands for a missing one, such as -999 or `N/A`.",
    DefectKind.OUT_OF_RANGE: "Numbers or days far out, with a gap between them and the others.",
    DefectKind.DUPLICATE: "Rows, or columns, that repeat an earlier one.",
    DefectKind.NEAR_DUPLICATE: "Rows or texts that repeat an earlier one but for little.",
    DefectKind.OFF_TOPIC: "Texts that share hardly a word with the others.",
    DefectKind.MISSPELT: "Rare levels that differ from a frequent one by a letter or by case.",
    DefectKind.ODD_PATTERN: "Texts of another form than nearly all others.",
    DefectKind.EMPTY: "Rows, or columns, that hold nothing.",
    DefectKind.CONSTANT: "Columns that hold one value only.",
    DefectKind.ID_LIKE: "Columns that number or name the rows, and so tell nothing of new ones.",
}


@record
class Defect:
    """One defect.

    Attributes:
        kind: What is wrong.
        column: Where; empty for whole rows.
        n: How many rows have it; 0 where it is the column as a whole.
        rows: Numbers of such rows, counted from 0, the first ones.
        of: How many rows were looked at; fewer than the table has where it was a sample.
        reason: Why it is taken for one, with numbers.
        examples: What stands there.
        other: The column that it was found with, if any.
    """

    kind: DefectKind
    column: str = ""
    n: int = 0
    rows: tuple[int, ...] = ()
    of: int = 0
    reason: str = ""
    examples: tuple[str, ...] = ()
    other: str = ""

    @property
    def is_column(self) -> bool:
        """Whether it is the column as a whole."""
        return self.n == 0

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Defect:
        """Back from plain data."""
        return from_plain(cls, stored, kind=DefectKind)


def by_weight(defect: Defect) -> tuple[int, int, str]:
    """The order in which a person should look: the worst kind first, then the most rows."""
    return list(DefectKind).index(defect.kind), -defect.n, defect.column
