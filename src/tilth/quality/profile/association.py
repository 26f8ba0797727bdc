"""How strongly two columns go together, whatever kinds they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.plain import from_plain
from tilth.quality.sketch import kind_of
from tilth.quality.sketch.kind import numbers_of
from tilth.record import record

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MOST_COLUMNS = 100
"""Columns that are compared with one another: time grows with the square."""

MOST_LEVELS = 50
"""Levels of a column that are told apart; all others count as one."""

MISSING = -1
_LEAST_ROWS = 10


@record
class Association:
    """How strongly two columns go together.

    Attributes:
        first: A column.
        second: Another; where the kinds differ, the one with levels.
        measure: `correlation` of two with numbers, `cramers_v` of two with levels,
            `correlation_ratio` of one and one.
        value: Correlation: Pearson's, -1 to 1; the others: 0 to 1.
        ranks: Spearman's correlation, of two with numbers.
        n: Rows of the sample in which both have a value.
    """

    first: str
    second: str
    measure: str
    value: float
    ranks: float | None = None
    n: int = 0

    @property
    def strength(self) -> float:
        """Between 0 and 1, by which pairs of all kinds are ranked."""
        return max(abs(self.value), abs(self.ranks or 0.0))

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Association:
        """Back from plain data."""
        return from_plain(cls, stored)


def associations(frame: pl.DataFrame) -> list[Association]:
    """Every pair of columns that can be compared, the strongest first.

    Numbers, days and times are compared as numbers; booleans and texts by their levels, unless
    nearly all are different. A pair is compared over the rows in which both have a value.
    Spearman's correlation takes the ranks of each column by itself.

    Args:
        frame: A sample; of more than 100 columns the first hundred that can be compared.
    """
    numbers: dict[str, Floats] = {}
    levels: dict[str, Codes] = {}
    for series in frame:
        if len(numbers) + len(levels) == MOST_COLUMNS:
            break
        kind = kind_of(series.dtype)
        if kind.ordered:
            numbers[series.name] = floats_of(series)
        elif kind.named and (codes := _codes(series)) is not None:
            levels[series.name] = codes
    found = [
        *_correlations(numbers),
        *_of_levels(levels),
        *_mixed(numbers, levels),
    ]
    return sorted(found, key=lambda each: -each.strength)


def floats_of(series: pl.Series) -> Floats:
    """An ordered column as floats, NaN where there is no finite value; shape (n,)."""
    found = np.full(len(series), np.nan)
    there = series.is_not_null().to_numpy()
    found[there] = numbers_of(series.drop_nulls())
    found[~np.isfinite(found)] = np.nan
    return found


def codes_of(series: pl.Series) -> Codes:
    """Levels as numbers from 0, the most frequent first, -1 for null; shape (n,)."""
    if isinstance(series.dtype, pl.Duration):  # which has no texts
        series = series.to_physical()
    levels = series.drop_nulls().alias("level").value_counts(sort=True)["level"]
    if not len(levels):
        return np.full(len(series), MISSING, np.int64)
    texts = levels.cast(pl.String)
    found = series.cast(pl.String).replace_strict(
        texts, np.arange(len(texts)), default=MISSING, return_dtype=pl.Int64
    )
    return found.to_numpy()


def _codes(series: pl.Series) -> Codes | None:
    codes = codes_of(series)
    n_valid = int((codes >= 0).sum())
    n_levels = int(codes.max(initial=-1)) + 1
    if n_levels > MOST_LEVELS and n_levels > 0.5 * n_valid:
        return None
    return np.minimum(codes, MOST_LEVELS)


def _correlations(columns: Mapping[str, Floats]) -> Iterator[Association]:
    if len(columns) < 2 or not len(next(iter(columns.values()))):
        return
    values = np.stack(list(columns.values()), 1)
    there = np.isfinite(values)
    ranked = np.stack([_ranks(each) for each in values.T], 1)
    pearson, n = _pairwise(values, there)
    spearman, _ = _pairwise(ranked, there)
    names = list(columns)
    for i, j in combinations(range(len(names)), 2):
        if n[i, j] >= _LEAST_ROWS and np.isfinite(pearson[i, j]):
            yield Association(
                first=names[i],
                second=names[j],
                measure="correlation",
                value=float(pearson[i, j]),
                ranks=float(spearman[i, j]) if np.isfinite(spearman[i, j]) else None,
                n=int(n[i, j]),
            )


def _ranks(values: Floats) -> Floats:
    there = np.isfinite(values)
    found = np.full(len(values), np.nan)
    found[there] = mean_ranks(values[there])
    return found


def mean_ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values having the mean of theirs; shape (n,)."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: Floats = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return found


def _pairwise(values: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Pearson's correlation of each two columns over the rows in which both have a value.

    Sums over such rows are products of matrices, in which a missing value counts nothing.

    Returns:
        The correlations, NaN where one of both does not vary, and the numbers of rows; each of
        shape (n_columns, n_columns).
    """
    mask = there.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Around the mean, or digits are lost to it; in units of the spread, or squares overflow.
        centre = np.nanmean(np.where(there.any(0), values, 0.0), 0)
        spread = np.nanstd(np.where(there.any(0), values, 0.0), 0)
        usable = np.isfinite(spread) & (spread > 1e-12 * np.abs(centre))
        scaled = np.where(there, (values - centre) / np.where(usable, spread, np.nan), 0.0)
        n = mask.T @ mask
        sums, squares, products = scaled.T @ mask, (scaled**2).T @ mask, scaled.T @ scaled
        spreads = squares - sums**2 / n
        # Of a column and another's rows: [i, j] is of column i where column j has a value.
        found = (products - sums * sums.T / n) / np.sqrt(spreads * spreads.T)
        tiny = (spreads <= 1e-9 * n) | (1e-9 * n >= spreads.T)
    return np.where(tiny, np.nan, found).clip(-1, 1), n


def _of_levels(columns: Mapping[str, Codes]) -> Iterator[Association]:
    for (first, a), (second, b) in combinations(columns.items(), 2):
        both = (a >= 0) & (b >= 0)
        value = cramers_v(a[both], b[both]) if both.sum() >= _LEAST_ROWS else None
        if value is not None:
            yield Association(
                first=first, second=second, measure="cramers_v", value=value, n=int(both.sum())
            )


def _mixed(numbers: Mapping[str, Floats], levels: Mapping[str, Codes]) -> Iterator[Association]:
    for first, values in numbers.items():
        for second, codes in levels.items():
            both = np.isfinite(values) & (codes >= 0)
            enough = both.sum() >= _LEAST_ROWS
            value = correlation_ratio(values[both], codes[both]) if enough else None
            if value is not None:
                yield Association(
                    first=first,
                    second=second,
                    measure="correlation_ratio",
                    value=value,
                    n=int(both.sum()),
                )


def cramers_v(first: Codes, second: Codes) -> float | None:
    """Cramér's V, corrected for its bias; 0 to 1, None where a column has one level only.

    Without the correction two unrelated columns with many levels would seem related.

    Args:
        first: Levels as numbers from 0, shape (n,).
        second: Likewise, shape (n,).

    References:
        W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", Journal of the Korean
        Statistical Society 42(3), 2013, section 3.
    """
    first, second = (np.unique(each, return_inverse=True)[1] for each in (first, second))
    r, c, n = int(first.max(initial=-1)) + 1, int(second.max(initial=-1)) + 1, len(first)
    if r < 2 or c < 2:
        return None
    table = np.bincount(first * c + second, minlength=r * c).reshape(r, c).astype(np.float64)
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    phi2 = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
    least = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return min(1.0, float(np.sqrt(phi2 / least))) if least > 0 else None


def correlation_ratio(values: Floats, codes: Codes) -> float | None:
    """How far levels tell a number: the root of the variance between levels over all variance.

    Corrected for the number of levels, of which many would seem to tell something by chance;
    0 to 1, None where the number or the level does not vary.

    Args:
        values: Shape (n,).
        codes: Levels as numbers from 0, shape (n,).

    References:
        T. L. Kelley, "An unbiased correlation ratio measure", Proceedings of the National
        Academy of Sciences 21(9), 1935 (epsilon squared).
    """
    codes = np.unique(codes, return_inverse=True)[1]
    n, k = len(values), int(codes.max(initial=-1)) + 1
    with np.errstate(over="ignore", invalid="ignore"):
        apart = values - values.mean() if n else values
        total = float((apart**2).sum())
        if k < 2 or n <= k or not 0 < total < np.inf:
            return None
        sums = np.bincount(codes, apart)
        between = float((sums**2 / np.bincount(codes)).sum())
    epsilon = 1 - (1 - between / total) * (n - 1) / (n - k)
    return float(np.sqrt(np.clip(epsilon, 0, 1)))
