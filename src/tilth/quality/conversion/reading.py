"""What `ReadColumns` does with columns, as ONNX.

Values are read as numbers, truth values, levels or moments before, by `OnnxModel`, as ONNX knows no
dates and cannot read texts; bounds and parts of dates are ONNX.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.conversion.nodes import Nodes
from tilth.quality.conversion.onnx_model import NO_MOMENT
from tilth.quality.preparation.transformers import LARGEST, ReadColumns, names_of

_FLOAT, _DOUBLE, _INT64 = 1, 11, 7

AS = {"number": "number", "truth": "truth", "level": "level", "text": "text", "date": "moment"}
"""How `ReadColumns` says that a column is read, and how `OnnxModel` does."""

_DAY, _MINUTE = 86_400_000_000, 60_000_000
_ERA = 146_097
"""Days after which the calendar is the same again: 400 years, and a whole number of weeks."""

_ERAS = 25
"""Added, so that all that is divided is above nought."""


def read_columns(
    made: Nodes, reader: ReadColumns, inputs: dict[str, str], *, double: bool
) -> dict[str, str]:
    """What a fitted `ReadColumns` gives, name by name, of what it is given."""
    found: dict[str, str] = {}
    for name, spec in (reader.columns or {}).items():
        given = inputs[name]
        if spec["as"] == "number":
            found[name] = _bounded(made, given, reader.bounds_[name], double=double)
        elif spec["as"] == "date":
            parts = _Parts(made, given, reader.first_days_[name], double=double)
            for called, part in zip(names_of(name, spec), spec["parts"], strict=True):
                found[called] = parts.of(part)
        else:
            found[name] = made.add("Identity", given)
    return found


def _bounded(made: Nodes, given: str, bound: float, *, double: bool) -> str:
    kind: Any = np.float64 if double else np.float32

    def number(value: float) -> str:
        return made.constant(np.array(value, kind))

    small = made.add("Less", made.add("Abs", given), number(LARGEST))
    known = made.add("Where", small, given, number(np.nan))
    # Clip says nothing of what is not a number; comparisons do.
    low = made.add("Where", made.add("Less", known, number(-bound)), number(-bound), known)
    return made.add("Where", made.add("Greater", low, number(bound)), number(bound), low)


class _Parts:
    """Parts of moments, given as microseconds since 1970, shape (n, 1).

    References:
        H. Hinnant, "chrono-compatible low-level date algorithms", 2013 (days to year and month).
    """

    def __init__(self, made: Nodes, given: str, first: int, *, double: bool) -> None:
        self.made, self.first = made, first
        self.kind: Any = np.float64 if double else np.float32
        self.missing = made.add("Equal", given, self.whole(NO_MOMENT))
        there = made.add("Where", self.missing, self.whole(0), given)
        shifted = made.add("Add", there, self.whole(_ERAS * _ERA * _DAY))
        self.days = made.add("Div", shifted, self.whole(_DAY))  # and 25 eras
        self.minutes = made.add("Div", self.mod(shifted, _DAY), self.whole(_MINUTE))
        self._civil: tuple[str, str] | None = None

    def of(self, part: str) -> str:
        """As `tilth.quality.preparation.dates.part_of`."""
        if part == "missing":
            return self.made.add("Cast", self.missing, to=self.number)
        if part == "days":
            return self.known(self.plus(self.days, -_ERAS * _ERA - self.first))
        if part == "year":
            return self.known(self.civil()[0])
        name, _, turn = part.partition("_")
        at, table = self.places(name)
        if turn:
            # Of few values, each sine is looked up as NumPy has it.
            angle = 2 * np.pi * table / {"month": 12, "weekday": 7, "hour": 24}[name]
            table = np.sin(angle) if turn == "sin" else np.cos(angle)
        return self.known(self.made.add("Gather", self.made.constant(table), at))

    def places(self, name: str) -> tuple[str, NDArray[np.float64]]:
        if name == "month":
            return self.plus(self.civil()[1], -1), np.arange(12.0)
        if name == "weekday":
            return self.mod(self.plus(self.days, 3), 7), np.arange(7.0)
        minutes = np.arange(24 * 60)
        return self.minutes, minutes // 60 + minutes % 60 / 60

    def civil(self) -> tuple[str, str]:
        """The year and the month, from 1."""
        if self._civil is None:
            made = self.made
            days = self.plus(self.days, 719_468)
            era, day = self.div(days, _ERA), self.mod(days, _ERA)
            leap = made.add("Add", made.add("Sub", day, self.div(day, 1460)), self.div(day, 36_524))
            year = self.div(made.add("Sub", leap, self.div(day, 146_096)), 365)
            before = made.add("Sub", self.times(year, 365), self.div(year, 100))
            before = made.add("Add", before, self.div(year, 4))
            month = self.div(self.plus(self.times(made.add("Sub", day, before), 5), 2), 153)
            late = made.add("Less", month, self.whole(10))
            month = made.add("Where", late, self.plus(month, 3), self.plus(month, -9))
            early = made.add("Less", month, self.whole(3))
            full = made.add("Add", year, self.times(self.plus(era, -_ERAS), 400))
            year = made.add("Where", early, self.plus(full, 1), full)
            self._civil = year, month
        return self._civil

    @property
    def number(self) -> int:
        return _DOUBLE if self.kind is np.float64 else _FLOAT

    def known(self, value: str) -> str:
        """Not a number where the date is missing."""
        cast = self.made.add("Cast", value, to=self.number)
        gap = self.made.constant(np.array(np.nan, self.kind))
        return self.made.add("Where", self.missing, gap, cast)

    def whole(self, value: int) -> str:
        return self.made.constant(np.array(value, np.int64))

    def plus(self, name: str, value: int) -> str:
        return self.made.add("Add", name, self.whole(value))

    def times(self, name: str, value: int) -> str:
        return self.made.add("Mul", name, self.whole(value))

    def div(self, name: str, value: int) -> str:
        return self.made.add("Div", name, self.whole(value))

    def mod(self, name: str, value: int) -> str:
        return self.made.add("Mod", name, self.whole(value))
