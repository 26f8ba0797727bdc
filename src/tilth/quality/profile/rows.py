"""Rows that are empty, or that repeat another, wholly or but for little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.column import shown_text
from tilth.quality.sketch import Kind, TableSketch, kind_of
from tilth.record import record

Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]

_MOST_KEPT = 1 << 25
"""Hashes of rows that are kept of a table that streams by: a quarter of a gigabyte."""

SURPRISE = 10
"""So many times what chance would give is odd."""
_MOST_ALIKE = 0.2
CLOSE = 1e-3
"""Numbers within so many standard deviations of their column are equal but for rounding."""

_CELL = 0.05


def is_odd(n_found: int, n_rows: int, collisions: Sequence[float]) -> bool:
    """Whether so many pairs of rows agree as would not by chance.

    Were the columns independent of one another, n (n - 1) / 2 times the product of the chances
    that two rows agree in each would be expected. Ten times that is odd; more than a fifth of
    all rows is how the table is made.

    Args:
        n_found: Rows that agree with an earlier one.
        n_rows: How many rows there are.
        collisions: Of each column, the chance that two rows agree in it.
    """
    if not n_found or n_found > _MOST_ALIKE * n_rows:
        return False
    with np.errstate(divide="ignore"):
        log_expected = np.log(n_rows) * 2 - np.log(2) + np.log(np.array(collisions)).sum()
    return bool(np.log(n_found / SURPRISE) > log_expected)


class EmptyRows:
    """Looks for rows without any value, but for constants and what is different in each row."""

    def __init__(self, sketch: TableSketch) -> None:
        # What is there even if nothing else is does not fill a row: its number, a constant.
        self._columns = [
            name
            for name, each in sketch.columns.items()
            if each.n_null + each.n_nan < each.n
            and each.n_distinct != 1
            and not (each.n_valid == each.n and (each.n_distinct or 0) > 0.9 * each.n)
        ]
        shares = [_share_missing(sketch, name) for name in self._columns]
        self._by_chance = sketch.n_rows * float(np.prod(shares))
        self._rows: list[NDArray[np.int64]] = []

    def see(self, batch: pl.DataFrame, start: int) -> None:
        """The next rows of the table, from row number `start`."""
        if len(self._columns) < 2:
            return
        empty = batch.select(pl.all_horizontal(_blank(batch, each) for each in self._columns))
        self._rows.append(np.flatnonzero(empty.to_series().to_numpy()) + start)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Their numbers, rising; none where columns with so many gaps have as many by chance."""
        found = np.concatenate([np.zeros(0, np.int64), *self._rows])
        return found if len(found) > SURPRISE * self._by_chance else found[:0]


def _share_missing(sketch: TableSketch, name: str) -> float:
    """Of nulls, NaN and blank texts; the rows that are empty themselves are among them."""
    column = sketch.columns[name]
    blank = 0
    if column.kind is Kind.TEXT and column.levels is not None:
        blank = sum(each.at_least for each in column.levels if not each.name.strip())
    return min(1.0, (column.n_null + column.n_nan + blank) / max(column.n, 1))


def _blank(batch: pl.DataFrame, name: str) -> pl.Expr:
    column, dtype = pl.col(name), batch.schema[name]
    if dtype == pl.String:
        return column.is_null() | (column.str.strip_chars() == "")
    return column.is_null() | column.is_nan() if dtype.is_float() else column.is_null()


class RowHashes:
    """Keeps a hash of each row that passes by, to find those that are there twice.

    Of more rows than 33 million only those are kept whose hash falls into a part of all hashes:
    equal rows are kept or left out together, so that their share is estimated without bias.
    """

    def __init__(self, n_rows: int) -> None:
        self.one_in = max(1, -(-n_rows // _MOST_KEPT))
        self._kept: list[Hashes] = []
        self._rows: list[NDArray[np.int64]] = []

    def see(self, batch: pl.DataFrame, start: int) -> None:
        """The next rows of the table, from row number `start`."""
        hashes = total_of(column_hashes(batch))
        rows = np.arange(start, start + batch.height)
        if self.one_in > 1:
            kept = hashes % np.uint64(self.one_in) == 0
            hashes, rows = hashes[kept], rows[kept]
        self._kept.append(hashes)
        self._rows.append(rows)

    def repeated(self) -> NDArray[np.int64]:
        """Numbers of the rows that repeat an earlier one, rising."""
        if not self._kept:
            return np.zeros(0, np.int64)
        rows = np.concatenate(self._rows)
        return np.sort(rows[later_of(np.concatenate(self._kept))])


def column_hashes(frame: pl.DataFrame) -> dict[str, Hashes]:
    """A hash of each value, by column, of columns whose values can be compared."""
    return {
        series.name: series.hash(seed).to_numpy()
        for seed, series in enumerate(frame)
        if kind_of(series.dtype) is not Kind.OTHER
    }


def total_of(hashes: Mapping[str, Hashes]) -> Hashes:
    """A hash of each row; that of some columns taken off, it is one of all others."""
    sums = list(hashes.values())
    if not sums:
        return np.zeros(0, np.uint64)
    total = sums[0].copy()
    for each in sums[1:]:
        total += each  # modulo 2^64
    return total


def later_of(keys: Hashes) -> NDArray[np.int64]:
    """Places of keys that occurred at an earlier place already, rising."""
    ordered = np.sort(keys)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.zeros(0, np.int64)
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    return np.sort(order[1:][same])


def collision_of(hashes: Hashes) -> float:
    """The chance that two different rows agree in a column."""
    n = len(hashes)
    if n < 2:
        return 1.0
    ordered = np.sort(hashes)
    ends = np.flatnonzero(np.concatenate((ordered[1:] != ordered[:-1], [True])))
    counts = np.diff(ends, prepend=-1).astype(np.float64)
    pairs = float((counts * (counts - 1)).sum()) / (n * (n - 1.0))
    return max(pairs, 1 / n**2)  # one that was not seen may still be


@record
class NearRows:
    """Rows that repeat an earlier one but for little.

    Attributes:
        column: The one column in which they differ; empty for rounding.
        places: Of the later rows, rising.
    """

    column: str
    places: NDArray[np.int64]

    __hash__ = None  # type: ignore[assignment]  # arrays have none


def near_rows(frame: pl.DataFrame) -> list[NearRows]:
    """Rows that repeat an earlier one but for one column, or but for rounding.

    Rows that repeat another wholly are left out first. Numbers are equal but for rounding that
    differ by at most a thousandth of their column's standard deviation.
    """
    hashes = column_hashes(frame)
    if len(hashes) < 2 or frame.height < 2:
        return []
    total = total_of(hashes)
    kept = np.arange(frame.height)
    if len(repeated := later_of(total)):
        kept = np.delete(kept, repeated)
        total = total[kept]
        for name in hashes:  # one by one: together they may be as large as the table
            hashes[name] = hashes[name][kept]
    chances = {name: collision_of(each) for name, each in hashes.items()}
    found, taken = [], np.zeros(frame.height, np.bool_)
    for name, each in hashes.items():
        places = kept[later_of(total - each)]
        places = places[~taken[places]]
        if is_odd(len(places), len(kept), [chances[e] for e in hashes if e != name]):
            taken[places] = True
            found.append(NearRows(column=name, places=places))
    floats = frame.select(name for name in hashes if frame.schema[name].is_float())
    floats = floats[kept] if len(repeated) and floats.width else floats
    rounded = _rounded(floats, total, hashes, chances)
    places = kept[rounded]
    places = places[~taken[places]]
    if len(places):
        found.append(NearRows(column="", places=places))
    return found


def _rounded(
    floats: pl.DataFrame, total: Hashes, hashes: Mapping[str, Hashes], chances: Mapping[str, float]
) -> NDArray[np.int64]:
    """Places of rows that repeat an earlier one but for rounding.

    Rows are put into cells by all other columns and by a coarse grid of their numbers, sorted
    within these by one number, and compared with their neighbour. A second grid, half a cell
    off, catches those that a border of the first had parted.
    """
    scaled = {
        series.name: scaled for series in floats if (scaled := scaled_column(series)) is not None
    }
    if not scaled:
        return np.zeros(0, np.int64)
    rest = total.copy()
    for name in scaled:
        rest -= hashes[name]
    lead = min(scaled, key=lambda name: chances[name])
    pairs = [close_neighbours(rest, scaled, lead, shift) for shift in (0.0, 0.5)]
    found = np.unique(np.concatenate(pairs))
    # Two normal numbers are within d standard deviations by chance d / sqrt(pi) of the time.
    others = [chances[name] for name in hashes if name not in scaled]
    chance = [*others, *([CLOSE / np.sqrt(np.pi)] * len(scaled))]
    return found if is_odd(len(found), floats.height, chance) else np.zeros(0, np.int64)


def scaled_column(series: pl.Series) -> Floats | None:
    """In standard deviations; None for a column without any."""
    values = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    usable = np.isfinite(values)
    if not usable.any():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(values[usable].std())
        if not 0 < spread < np.inf:
            return None
        # What is missing is alike, and far from all else.
        return np.where(usable, values / spread, 1e9)


def close_neighbours(
    rest: Hashes, scaled: Mapping[str, Floats], lead: str, shift: float
) -> NDArray[np.int64]:
    """Places of rows that are, but for rounding, equal to an earlier neighbour in the sort order.

    Args:
        rest: Of each row, a hash of all that must be the very same.
        scaled: Columns of numbers in standard deviations, as `scaled_column` gives them.
        lead: The one of them to sort by.
        shift: By which share of a cell the grid is moved.
    """
    keys = rest
    for values in scaled.values():
        grid = np.floor(values / _CELL + shift).clip(-(2.0**62), 2.0**62).astype(np.int64)
        keys = (keys ^ grid.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    order = np.lexsort((scaled[lead], keys))
    first, second = order[:-1], order[1:]
    same = np.flatnonzero(keys[first] == keys[second])
    first, second = first[same], second[same]
    close = np.ones(len(first), np.bool_)
    for values in scaled.values():
        close &= np.abs(values[first] - values[second]) <= CLOSE
    return np.maximum(first[close], second[close])


def row_texts(frame: pl.DataFrame, places: NDArray[np.int64]) -> tuple[str, ...]:
    """A few rows, in one line each."""
    rows = frame[places[:3]].rows()
    return tuple(shown_text(", ".join(shown_text(cell) for cell in row[:8])) for row in rows)
