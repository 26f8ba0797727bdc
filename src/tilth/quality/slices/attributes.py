"""From a table to basic slices: the single conditions that conjunctions are made of.

Numbers are cut near their quantiles, and each edge gives `x < edge`, `x >= edge` and the range up
to the next: the search then picks the edge that tells most, and each edge counts as a chance
that luck had. Cutting where the errors are would hide that choice from the count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tilth.quality.slices.condition import (
    Attribute,
    Between,
    Condition,
    Equal,
    Mask,
    Missing,
    Rare,
    Slice,
    number_text,
)
from tilth.quality.slices.edges import readable_edges
from tilth.record import record

BINS = 10

_DATE = ("year", "month", "weekday")
_DATETIME = (*_DATE, "hour")
_TEXT = ("length", "words", "has_digits", "has_link", "has_question", "has_capitals")

_FREE_TEXT_WORDS = 3.0
"""From so many words on average, a column of mostly different strings is text, not a name."""

_MANY = 20
"""In so few rows all values may differ by chance."""

_ALL_DIFFERENT = 0.95
"""From this share of different values on, strings are names of single rows."""


@record
class Attributes:
    """The basic slices of a table.

    Attributes:
        conditions: What is in each, in words.
        groups: For each, its attribute's number: conditions of one attribute are not combined.
        rows: Which rows are in each, shape (n_conditions, n_rows).
        support: How many rows are in each, at least.
        left_out: Columns that give no condition -> why.
        same: Condition -> conditions on other attributes that hold for the very same rows.
    """

    conditions: tuple[Condition, ...]
    groups: tuple[int, ...]
    rows: NDArray[np.bool_]
    support: int
    left_out: Mapping[str, str]
    same: Mapping[Condition, tuple[Condition, ...]]

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return int(self.rows.shape[1])

    def slice_of(self, items: tuple[int, ...]) -> Slice:
        """The conjunction of some conditions."""
        return Slice(tuple(self.conditions[item] for item in items))

    def mask_of(self, items: tuple[int, ...]) -> Mask:
        """Which rows meet all of some conditions."""
        return np.asarray(self.rows[list(items)].all(axis=0))


def default_support(n_rows: int) -> int:
    """How many rows a slice has at least: one in a hundred, and 32.

    The first is the choice of SliceLine's experiments, the second the default of its
    implementation in SystemDS.
    """
    return max(32, -(-n_rows // 100))


def attributes_of(
    frame: pl.DataFrame,
    *,
    tags: Mapping[str, ArrayLike] | None = None,
    bins: int = BINS,
    support: int | None = None,
) -> Attributes:
    """Turn a table into basic slices.

    - Strings, categories and booleans: each level with enough rows; the rest together as
      `other`.
    - Numbers: ranges between readable edges; each value by itself where there are few.
    - Dates and times: year, month, weekday and hour, in the column's own time zone.
    - Free text: length, number of words, and whether it has digits, links, questions, capitals.
    - A null, and a NaN, is a value of its own.

    Left out are columns that say nothing (constant, empty), that name single rows (ids), and
    those of which nothing can be asked (lists, objects, bytes, durations).

    Args:
        frame: One row for each error; at least one.
        tags: More that can be said of the rows: name -> yes or no, shape (n_rows,). They are
            conditions such as `angry = true`.
        bins: Into how many ranges numbers are cut, at least 2.
        support: Rows in a slice, at least 1; `default_support` where None.

    Raises:
        ValueError: No rows, or an argument out of its range.
    """
    if frame.height == 0:
        raise ValueError("there are no rows, so there are no slices")
    if bins < 2 or (support is not None and support < 1):
        raise ValueError(f"bins={bins} must be at least 2, and support={support} at least 1")
    builder = _Builder(frame.height, support or default_support(frame.height), bins)
    for values in _with_tags(frame, tags or {}).iter_columns():
        builder.add(values)
    return builder.attributes()


def _with_tags(frame: pl.DataFrame, tags: Mapping[str, ArrayLike]) -> pl.DataFrame:
    columns = []
    for name, tag in tags.items():
        mask = np.asarray(tag)
        if name in frame.columns:
            raise ValueError(f"tag `{name}` has the name of a column")
        if mask.shape != (frame.height,) or mask.dtype != np.bool_:
            raise ValueError(
                f"tag `{name}` needs one boolean for each of {frame.height} rows, "
                f"and has shape {mask.shape} and type {mask.dtype}"
            )
        columns.append(pl.Series(name, mask))
    return frame.with_columns(columns)


class _Builder:
    """Collects conditions, and what they are the same as."""

    def __init__(self, n_rows: int, support: int, bins: int) -> None:
        self._n_rows, self._support, self._bins = n_rows, support, bins
        self._conditions: list[Condition] = []
        self._groups: list[int] = []
        self._rows: list[Mask] = []
        self._known: dict[bytes, int] = {}
        self._same: dict[Condition, list[Condition]] = {}
        self._left_out: dict[str, str] = {}
        self._group = -1

    def add(self, values: pl.Series) -> None:
        """Make the conditions of a column, or say why there are none."""
        reason = _why_not(values)
        if reason is None:
            n_before = len(self._conditions) + sum(map(len, self._same.values()))
            for attribute in _attributes(values):
                self._group += 1
                self._add_all(_conditions(attribute, values, self._support, self._bins))
            if len(self._conditions) + sum(map(len, self._same.values())) == n_before:
                reason = f"no condition on it parts off {self._support} rows or more"
        if reason is not None:
            self._left_out[values.name] = reason

    def _add_all(self, conditions: Iterator[tuple[Condition, Mask]]) -> None:
        for condition, rows in conditions:
            if not self._support <= int(rows.sum()) < self._n_rows:
                continue
            known = self._known.setdefault(np.packbits(rows).tobytes(), len(self._conditions))
            if known == len(self._conditions):
                self._conditions.append(condition)
                self._groups.append(self._group)
                self._rows.append(rows)
            elif self._groups[known] != self._group and condition != self._conditions[known]:
                self._same.setdefault(self._conditions[known], []).append(condition)

    def attributes(self) -> Attributes:
        """The result."""
        rows = np.stack(self._rows) if self._rows else np.zeros((0, self._n_rows), bool)
        return Attributes(
            conditions=tuple(self._conditions),
            groups=tuple(self._groups),
            rows=rows,
            support=self._support,
            left_out=self._left_out,
            same={first: tuple(others) for first, others in self._same.items()},
        )


def _why_not(values: pl.Series) -> str | None:
    """Why a column gives no conditions, or None."""
    kind = values.dtype
    if kind == pl.Object:
        return "it holds Python objects"
    if kind.is_nested() or kind in (pl.Binary, pl.Duration):
        return f"its type is {kind}"
    present = values.drop_nulls()
    if kind.is_float():
        present = present.drop_nans()
    if present.len() == 0:
        return "it has no values"
    n_different = present.n_unique()
    if n_different == 1 and present.len() == values.len():
        return "it has the same value in all rows"
    if present.len() >= _MANY and _names_rows(present, n_different):
        return f"it names single rows: {n_different} different values in {values.len()} rows"
    return None


def _names_rows(present: pl.Series, n_different: int) -> bool:
    if present.dtype.is_integer():
        return n_different == present.len()
    if present.dtype in (pl.String, pl.Categorical):
        return n_different >= _ALL_DIFFERENT * present.len() and not _is_text(present)
    return False


def _is_text(present: pl.Series) -> bool:
    if present.dtype != pl.String or present.n_unique() * 2 < present.len():
        return False
    words = present.str.count_matches(r"\S+").mean()
    return isinstance(words, float) and words >= _FREE_TEXT_WORDS


def _attributes(values: pl.Series) -> list[Attribute]:
    """What is asked of a column: itself, or its parts."""
    parts: tuple[str, ...] = ("",)
    if values.dtype == pl.Date:
        parts = _DATE
    elif values.dtype == pl.Datetime:
        parts = _DATETIME
    elif values.dtype == pl.Time:
        parts = ("hour",)
    elif _is_text(values.drop_nulls()):
        parts = _TEXT
    return [Attribute(values.name, part) for part in parts]


def _conditions(
    attribute: Attribute, column: pl.Series, support: int, bins: int
) -> Iterator[tuple[Condition, Mask]]:
    values = attribute.of(column.to_frame())
    if values.null_count():
        yield Missing(Attribute(attribute.column)), values.is_null().to_numpy()
    if values.dtype.is_numeric():
        yield from _ranges(attribute, values.cast(pl.Float64).to_numpy(), bins)
    else:
        yield from _levels(attribute, values, support)


def _levels(
    attribute: Attribute, values: pl.Series, support: int
) -> Iterator[tuple[Condition, Mask]]:
    """Frequent levels, each by itself, and the others together."""
    text = values.cast(pl.String).alias("level")
    counts = text.drop_nulls().value_counts(name="n").sort("n", "level", descending=[True, False])
    common = counts.filter(pl.col("n") >= support).get_column("level").to_list()
    for level in common:
        yield Equal(attribute, level), (text == level).fill_null(False).to_numpy()
    if len(common) < counts.height:
        rare = Rare(attribute, tuple(common))
        yield rare, rare.holds(text).fill_null(False).to_numpy()


def _ranges(
    attribute: Attribute, values: NDArray[np.float64], bins: int
) -> Iterator[tuple[Condition, Mask]]:
    """Each range between neighbouring edges, and all below and all from each edge on."""
    finite = np.isfinite(values)
    edges = readable_edges(values[finite], bins)
    # A null has become NaN, which no comparison holds for.
    for low, high in pairwise([-math.inf, *edges, math.inf]):
        inside = values >= low if high == math.inf else (values >= low) & (values < high)
        some = values[inside & finite]
        if some.size and some.min() == some.max():
            yield Equal(attribute, number_text(float(some[0]))), values == some[0]
        elif edges:
            yield Between(attribute, low, high), inside
    for edge in edges:
        yield Between(attribute, high=edge), values < edge
        yield Between(attribute, low=edge), values >= edge
    for end in (-math.inf, math.inf):
        yield Equal(attribute, number_text(end)), values == end
