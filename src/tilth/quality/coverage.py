"""Coverage: which combinations of values data has rows of, and how far other rows lie from it.

Combinatorial coverage counts pairs: a fault, or a gap in what a model has learned, seldom needs
more than two values that come together (D. R. Kuhn, R. N. Kacker, Y. Lei, "Practical
Combinatorial Testing", NIST SP 800-142, 2010, chapter 2; and for measuring what data covers,
D. R. Kuhn et al., "Combinatorial coverage measurement", NISTIR 7878, 2012, section 2). A pair
that no row has is a hole. Holes are ranked by how many rows one would expect there, were the two
columns independent: where many are expected and none is, the pair is impossible or missing, and
somebody should know which.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.neighbours import Space
from tilth.quality.slices.condition import (
    Attribute,
    Between,
    Condition,
    Equal,
    Missing,
    Rare,
    number_text,
)
from tilth.quality.slices.edges import readable_edges
from tilth.quality.table_features import TableFeatures
from tilth.record import record

LEVELS = 20
"""Levels of a column that count by themselves; the others count as one."""

BINS = 5
"""Ranges that numbers are cut into."""

_DRAWN = 5_000
"""Rows of the reference whose own nearest neighbours say what is usual."""

_USUAL = 0.99
"""The quantile of their distances beyond which a row counts as far."""

Codes = NDArray[np.int64]


@record
class Hole:
    """A pair of values that no row has.

    Attributes:
        conditions: The two.
        expected: Rows that would have it, were the columns independent.
    """

    conditions: tuple[Condition, Condition]
    expected: float

    @property
    def text(self) -> str:
        """As a slice is written: `carrier = HA and month = 2`."""
        return " and ".join(each.text for each in self.conditions)


@record
class PairCoverage:
    """How many pairs of values there are of those that could be.

    Attributes:
        n_rows: Of the table.
        columns: Column -> its values, or ranges of them.
        seen: Pairs that some row has.
        possible: Pairs of values of different columns.
        holes: Pairs without a row, those first that most rows are expected of.
    """

    n_rows: int
    columns: Mapping[str, tuple[Condition, ...]]
    seen: int
    possible: int
    holes: tuple[Hole, ...]

    @property
    def share(self) -> float:
        """Of the possible pairs, between 0 and 1; NaN where there are none."""
        return self.seen / self.possible if self.possible else math.nan


@record
class Distances:
    """How far rows lie from the nearest row of a reference, such as what a model learned from.

    Attributes:
        distances: Of each row, shape (n_rows,), in standard deviations over all features.
        usual: The distance that 99 of 100 rows of the reference have at most to their own
            nearest neighbour in it.
        far: Positions of the rows beyond it, the farthest first.
        left_out: Columns that distance says nothing of.
    """

    distances: NDArray[np.float64]
    usual: float
    far: tuple[int, ...]
    left_out: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the rows that are far, between 0 and 1: about 0.01 of rows like the reference's."""
        return len(self.far) / self.distances.size


def pair_coverage(
    table: pl.DataFrame, columns: Sequence[str] | None = None, *, bins: int = BINS
) -> PairCoverage:
    """Count the pairs of values that a table has rows of.

    Args:
        table: At least one row.
        columns: Which, at least two; all of which something can be asked where not given. A
            date counts by its month.
        bins: Ranges that numbers are cut into, at least 2; few different ones stand alone.

    Raises:
        UnknownNameError: A column is not there.
        ValueError: No rows, or fewer than two columns that have values to combine.
    """
    if table.height == 0:
        raise ValueError("there are no rows, so there is nothing to cover")
    names = table.columns if columns is None else list(dict.fromkeys(columns))
    found = {name: _coded(table, name, bins) for name in names}
    parts = {name: each for name, each in found.items() if len(each[0]) > 1}
    if len(parts) < 2:
        said = ", ".join(f"`{name}`" for name in names)
        raise ValueError(f"pairs need two columns of several values each; of {said} there are not")
    seen, possible, holes = 0, 0, []
    for one, other in combinations(parts, 2):
        counts = _joint(parts[one], parts[other])
        possible += counts.size
        seen += int((counts > 0).sum())
        holes += list(_holes(counts, parts[one][0], parts[other][0]))
    return PairCoverage(
        n_rows=table.height,
        columns={name: conditions for name, (conditions, _) in parts.items()},
        seen=seen,
        possible=possible,
        holes=tuple(sorted(holes, key=lambda each: (-each.expected, each.text))),
    )


Coded = tuple[tuple[Condition, ...], Codes]
"""The values of a column, and which of them each row has."""


def _joint(one: Coded, other: Coded) -> NDArray[np.int64]:
    """How many rows have each pair, shape (n_values, n_values)."""
    (first, rows), (second, columns) = one, other
    cells = np.bincount(rows * len(second) + columns, minlength=len(first) * len(second))
    return cells.reshape(len(first), len(second))


def _holes(
    counts: NDArray[np.int64], first: Sequence[Condition], second: Sequence[Condition]
) -> Iterator[Hole]:
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    for row, column in np.argwhere(counts == 0).tolist():
        yield Hole(conditions=(first[row], second[column]), expected=float(expected[row, column]))


def _coded(table: pl.DataFrame, name: str, bins: int) -> Coded:
    attribute = Attribute(name)
    values = attribute.of(table)
    if values.dtype in (pl.Date, pl.Datetime):
        attribute = Attribute(name, "month")
        values = attribute.of(table)
    kind = values.dtype
    if kind == pl.Object or kind.is_nested() or kind in (pl.Binary, pl.Duration, pl.Time):
        return (), np.zeros(table.height, np.int64)
    return _ranges(attribute, values, bins) if kind.is_numeric() else _levels(attribute, values)


def _ranges(attribute: Attribute, values: pl.Series, bins: int) -> Coded:
    numbers = values.cast(pl.Float64).to_numpy()
    known = ~np.isnan(numbers)
    finite = numbers[np.isfinite(numbers)]
    edges = readable_edges(finite, bins) if finite.size else []
    codes = np.searchsorted(edges, numbers, side="right")
    conditions: list[Condition] = []
    for code, (low, high) in enumerate(pairwise([-math.inf, *edges, math.inf])):
        inside = numbers[known & (codes == code)]
        if inside.size and inside.min() == inside.max():
            conditions.append(Equal(attribute, number_text(float(inside[0]))))
        else:
            conditions.append(Between(attribute, low, high))
    return _with_missing(attribute, conditions, codes, known)


def _levels(attribute: Attribute, values: pl.Series) -> Coded:
    text = values.cast(pl.String).alias("level")
    counts = text.drop_nulls().value_counts(name="n").sort("n", "level", descending=[True, False])
    if text.dtype == pl.String and counts.height > LEVELS and counts.height == text.len():
        return (), np.zeros(text.len(), np.int64)  # it names single rows
    common = counts.get_column("level").head(LEVELS).to_list()
    conditions: list[Condition] = [Equal(attribute, level) for level in common]
    if counts.height > len(common):
        conditions.append(Rare(attribute, tuple(common)))
    places = {level: code for code, level in enumerate(common)}
    codes = text.replace_strict(places, default=len(common), return_dtype=pl.Int64).to_numpy()
    return _with_missing(attribute, conditions, codes, text.is_not_null().to_numpy())


def _with_missing(
    attribute: Attribute, conditions: list[Condition], codes: Codes, known: NDArray[np.bool_]
) -> Coded:
    if known.all():
        return tuple(conditions), codes
    codes = np.where(known, codes, len(conditions))
    return (*conditions, Missing(Attribute(attribute.column))), codes


def distances_to(
    rows: pl.DataFrame,
    reference: pl.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    most_rows: int = 20_000,
    seed: int = 0,
) -> Distances:
    """How far each row lies from the nearest row of a reference.

    Columns become numbers as `TableFeatures` makes them, learned from the reference; the
    distance is Euclidean, divided by the root of the number of columns, so that it does not grow
    with them. What is far follows from the reference itself: the nearest neighbours of its own
    rows, each without itself, as novelty detection does (D. M. J. Tax, R. P. W. Duin, "Data
    description in subspaces", ICPR 2000, for the nearest neighbour as a description of data).

    Args:
        rows: To be judged, at least one.
        reference: What a model learned from, say; at least two rows.
        columns: Which; those that both have where not given.
        most_rows: Of the reference, drawn where there are more.
        seed: Of these draws.

    Raises:
        ValueError: Too few rows, no column in common, or none that can be turned into numbers.
    """
    names = [name for name in reference.columns if name in rows.columns]
    names = [name for name in names if columns is None or name in columns]
    if not names or rows.height == 0 or reference.height < 2:
        raise ValueError(
            f"{rows.height:,} rows cannot be compared with {reference.height:,} by "
            f"{len(names)} columns that both have"
        )
    known = _drawn(reference.select(names), most_rows, seed)
    features = TableFeatures().fit(known)
    scale = math.sqrt(len(names) - len(features.left_out))
    space = Space.of(features.transform(known))
    own = _drawn(known.with_row_index("row of the reference"), _DRAWN, seed)
    among_own = _nearest(
        space, features.transform(own.select(names)), own["row of the reference"].to_numpy()
    )
    usual = float(np.quantile(among_own, _USUAL)) / scale
    found = _nearest(space, features.transform(rows.select(names))) / scale
    order = np.argsort(-found, kind="stable")
    far = tuple(int(row) for row in order if found[row] > usual)
    return Distances(distances=found, usual=usual, far=far, left_out=features.left_out)


def _nearest(
    space: Space, queries: NDArray[np.float64], itself: NDArray[np.generic] | None = None
) -> NDArray[np.float64]:
    """The distance of each query to the nearest row; `itself` is a row that does not count."""
    narrow = space.queries(queries)
    found = np.empty(len(narrow))
    for block in space.blocks(len(narrow)):
        squared = space.distances(narrow[block])
        if itself is not None:
            squared[np.arange(len(squared)), itself[block].astype(np.int64)] = np.inf
        found[block] = np.sqrt(squared.min(axis=1))
    return found


def _drawn(table: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    return table if table.height <= most else table.sample(most, seed=seed)
