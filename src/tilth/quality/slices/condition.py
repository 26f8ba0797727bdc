"""What a slice is: conditions on the attributes of a row, all of which must hold.

A slice is a text as much as it is a set of rows: `carrier = EV and hour >= 17`. The text can be
read back and asked of any other frame, so a slice that was found in one run can be watched, or
guarded by a gate, in the next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import UnknownNameError
from tilth.record import record

Mask = NDArray[np.bool_]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

PARTS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "year": lambda column: column.dt.year(),
    "month": lambda column: column.dt.month(),
    "weekday": lambda column: column.dt.weekday().replace_strict(
        dict(enumerate(_WEEKDAYS, 1)), default=None, return_dtype=pl.String
    ),
    "hour": lambda column: column.dt.hour(),
    "length": lambda column: column.str.len_chars(),
    "words": lambda column: column.str.count_matches(r"\S+"),
    "has_digits": lambda column: column.str.contains(r"\d"),
    "has_link": lambda column: column.str.contains(r"(?i)\bhttps?://|\bwww\."),
    "has_question": lambda column: column.str.contains("?", literal=True),
    "has_capitals": lambda column: column.str.contains(r"\b\p{Lu}{3,}\b"),
}
"""What can be asked of a date or a text: name -> how it is worked out.

A date's hour is that of the column's own time zone. `has_capitals` is a word of at least three
letters, all of them capital.
"""


@record(kw_only=False)
class Attribute:
    """What a condition asks about: a column, or a part of one such as `month(departure)`.

    Attributes:
        column: Its name.
        part: One of `PARTS`; empty for the column itself.
    """

    column: str
    part: str = ""

    @property
    def text(self) -> str:
        """As it is written in a condition."""
        name = _written(self.column)
        return f"{self.part}({name})" if self.part else name

    def of(self, frame: pl.DataFrame) -> pl.Series:
        """Its value in each row; a number that is NaN is null.

        Raises:
            UnknownNameError: The frame lacks the column.
            ValueError: The column has no such part.
        """
        if self.column not in frame.columns:
            raise UnknownNameError("column", self.column, frame.columns)
        values = frame.get_column(self.column)
        if self.part:
            try:
                values = frame.select(PARTS[self.part](pl.col(self.column))).to_series()
            except pl.exceptions.PolarsError as error:
                raise ValueError(
                    f"`{self.text}` cannot be asked of a column of type {values.dtype}"
                ) from error
        if values.dtype.is_decimal():
            values = values.cast(pl.Float64)
        return values.fill_nan(None) if values.dtype.is_float() else values


@record(kw_only=False)
class Equal:
    """`carrier = EV`. The value is text; a number is compared as a number."""

    attribute: Attribute
    value: str

    @property
    def text(self) -> str:
        """Can be read back."""
        return f"{self.attribute.text} = {_written(self.value)}"

    @property
    def title(self) -> str:
        """For people."""
        return self.text

    def holds(self, values: pl.Series) -> pl.Series:
        """Whether each value of the attribute meets it; null where the value is."""
        if values.dtype.is_numeric():
            number = _number(self.value)
            return values == number if number is not None else values.is_null() & False
        return _as_text(values) == self.value


@record(kw_only=False)
class Between:
    """`hour >= 17`, `age < 25` or `17 <= hour < 20`; infinity stands for no end."""

    attribute: Attribute
    low: float = float("-inf")
    high: float = float("inf")

    @property
    def text(self) -> str:
        """Can be read back."""
        name = self.attribute.text
        if self.high == float("inf"):
            return f"{name} >= {number_text(self.low)}"
        if self.low == float("-inf"):
            return f"{name} < {number_text(self.high)}"
        return f"{number_text(self.low)} <= {name} < {number_text(self.high)}"

    @property
    def title(self) -> str:
        """For people."""
        return self.text

    def holds(self, values: pl.Series) -> pl.Series:
        """Whether each value of the attribute meets it; null where the value is.

        Raises:
            ValueError: The values are not numbers.
        """
        if not values.dtype.is_numeric():
            raise ValueError(f"`{self.text}` asks for numbers, and the values are {values.dtype}")
        above = values >= self.low if self.low != float("-inf") else values.is_not_null()
        return above & (values < self.high) if self.high != float("inf") else above


@record(kw_only=False)
class Missing:
    """`weather is null`; a NaN is missing too."""

    attribute: Attribute

    @property
    def text(self) -> str:
        """Can be read back."""
        return f"{self.attribute.text} is null"

    @property
    def title(self) -> str:
        """For people."""
        return self.text

    def holds(self, values: pl.Series) -> pl.Series:
        """Whether each value of the attribute meets it."""
        return values.is_null()


@record(kw_only=False)
class Rare:
    """`carrier = other`: none of the levels that are frequent enough to stand for themselves.

    Attributes:
        common: Those levels. They belong to the text, as another frame has other counts.
    """

    attribute: Attribute
    common: tuple[str, ...]

    @property
    def text(self) -> str:
        """Can be read back."""
        return f"{self.attribute.text} not in ({', '.join(map(_written, self.common))})"

    @property
    def title(self) -> str:
        """For people, who know what is common."""
        return f"{self.attribute.text} = other"

    def holds(self, values: pl.Series) -> pl.Series:
        """Whether each value of the attribute meets it; null where the value is."""
        return ~_as_text(values).is_in(list(self.common))


Condition = Equal | Between | Missing | Rare


@record(kw_only=False)
class Slice:
    """A describable part of the data: the rows that meet all conditions.

    Attributes:
        conditions: At least one.

    Example:
        >>> import polars as pl
        >>> from tilth.quality.slices import Slice
        >>> late = Slice.parse("carrier = EV and hour >= 17")
        >>> flights = pl.DataFrame({"carrier": ["EV", "EV", "UA"], "hour": [18, 9, 20]})
        >>> late.mask(flights).tolist()
        [True, False, False]
    """

    conditions: tuple[Condition, ...]

    @property
    def text(self) -> str:
        """The canonical form, which `parse` reads."""
        return " and ".join(each.text for each in self.conditions)

    @property
    def title(self) -> str:
        """The text for people: rare levels are `other`."""
        return " and ".join(each.title for each in self.conditions)

    def __str__(self) -> str:
        return self.title

    def mask(self, frame: pl.DataFrame) -> Mask:
        """Which rows of a frame are in it, shape (n_rows,). A row with a null meets no
        condition on that column but `is null`.

        Raises:
            UnknownNameError: The frame lacks a column.
            ValueError: A column is of a type of which this cannot be asked.
        """
        inside = np.ones(frame.height, bool)
        for each in self.conditions:
            inside &= each.holds(each.attribute.of(frame)).fill_null(False).to_numpy()
        return inside

    @staticmethod
    def parse(text: str) -> Slice:
        """Read the text of a slice.

        Names and values that are not plain words stand in double quotes, as in JSON.

        Raises:
            ValueError: It is none; the message shows where.
        """
        conditions, at = [], 0
        while True:
            match = _CONDITION.match(text, at)
            if match is None:
                raise ValueError(
                    f"`{text}` is no slice: `{text[at:]}` should be like `carrier = EV`, "
                    "`hour >= 17`, `17 <= hour < 20`, `weather is null` or `month(day) = 7`"
                )
            conditions.append(_condition(match))
            at = match.end()
            if not match["more"]:
                return Slice(tuple(conditions))


_WORD = r"(?!(?:and|is|in|not)\b)[^\s\"`(),=<>]+"
_NAME = rf'"(?:[^"\\]|\\.)*"|{_WORD}(?: {_WORD})*'
_NUMBER = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|inf)"
_CONDITION = re.compile(
    rf"\s*(?:(?P<low>{_NUMBER})\s*<=\s*)?"
    rf"(?:(?P<part>{'|'.join(PARTS)})\(\s*(?P<of>{_NAME})\s*\)|(?P<name>{_NAME}))\s*"
    rf"(?:(?P<null>is null)|=\s*(?P<value>{_NAME})|>=\s*(?P<least>{_NUMBER})"
    rf"|<\s*(?P<high>{_NUMBER})|not in\s*\((?P<common>\s*(?:{_NAME})(?:,\s*(?:{_NAME}))*\s*)\))"
    r"\s*(?:\b(?P<more>and)\b|$)"
)
_PLAIN = re.compile(rf"{_WORD}(?: {_WORD})*")


def _condition(match: re.Match[str]) -> Condition:
    found = match.groupdict()
    attribute = Attribute(_read(found["of"] or found["name"]), found["part"] or "")
    if found["low"] is not None and found["high"] is None:
        raise ValueError(f"`{match[0].strip()}` is no condition: its upper end is missing")
    if found["null"]:
        return Missing(attribute)
    if found["value"] is not None:
        return Equal(attribute, _read(found["value"]))
    if found["least"] is not None:
        return Between(attribute, low=float(found["least"]))
    if found["common"] is not None:
        return Rare(attribute, tuple(map(_read, re.findall(_NAME, found["common"]))))
    return Between(attribute, float(found["low"] or "-inf"), float(found["high"]))


def _written(name: str) -> str:
    """A name or a value as it stands in a text: quoted where it is not plain words."""
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _read(written: str) -> str:
    return str(json.loads(written)) if written.startswith('"') else written


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def number_text(number: float) -> str:
    """A number as it stands in a text: whole ones without a point, others so that none is lost."""
    whole = abs(number) < 1e15 and number == int(number)
    return str(int(number)) if whole else repr(number)


def _as_text(values: pl.Series) -> pl.Series:
    return values if values.dtype == pl.String else values.cast(pl.String)
