"""How well each column alone tells the target, so that one that tells it all is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.association import codes_of, floats_of, mean_ranks
from tilth.quality.profile.plain import from_plain
from tilth.quality.sketch import kind_of
from tilth.record import record

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

LEAK_AUC = 0.995
LEAK_R2 = 0.98
"""At these a column alone tells the target nearly perfectly; bins cost a line some 0.01 of R²."""

LEAK_PHI = 0.98
"""Where its gaps go with a level of the target so closely, they are one thing."""

_FOLDS = 5
_MOST_BINS = 64
_PER_BIN = 20
_MOST_CLASSES = 20
_LEAST_OF_CLASS = 10
_LEAST_ROWS = 50


@record
class Target:
    """What is to be predicted.

    Attributes:
        task: `class` for levels (also of numbers, up to 20), `number` otherwise.
        values: Numbers, or levels as numbers from 0, the most frequent first; shape (n,).
        names: Of the levels.
    """

    task: Literal["class", "number"]
    values: Floats
    names: tuple[str, ...] = ()

    __hash__ = None  # type: ignore[assignment]  # arrays have none


@record
class Power:
    """How well a column alone tells the target, on rows that it was not fitted to.

    Attributes:
        column: Which.
        measure: `auc` (0.5 tells nothing, 1 all; the mean over classes, each against the
            rest), or `r2` (0 nothing, 1 all).
        value: How well.
        gaps: Where its gaps go with one level of the target: that level.
    """

    column: str
    measure: str
    value: float
    gaps: str = ""

    @property
    def share(self) -> float:
        """Between 0 for nothing and 1 for all, whatever the measure."""
        return max(0.0, 2 * self.value - 1 if self.measure == "auc" else self.value)

    @property
    def leaks(self) -> bool:
        """Whether it tells what only the target can tell."""
        limit = LEAK_AUC if self.measure == "auc" else LEAK_R2
        return bool(self.gaps) or self.value >= limit

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Power:
        """Back from plain data."""
        return from_plain(cls, stored)


def target_of(series: pl.Series) -> Target | None:
    """A target as numbers; None for one with too few values, or with one only."""
    kind = kind_of(series.dtype)
    if not (kind.ordered or kind.named) or len(series) - series.null_count() < _LEAST_ROWS:
        return None
    if kind.ordered and series.n_unique() > _MOST_CLASSES:
        values = floats_of(series)
        usable = values[np.isfinite(values)]
        varies = len(usable) >= _LEAST_ROWS and usable.min() < usable.max()
        return Target(task="number", values=values) if varies else None
    codes = codes_of(series)
    counts = np.bincount(codes[codes >= 0])[:_MOST_CLASSES]
    if (counts >= _LEAST_OF_CLASS).sum() < 2:
        return None
    levels = series.drop_nulls().alias("level").value_counts(sort=True)["level"]
    names = tuple(str(each) for each in levels.head(_MOST_CLASSES).to_list())
    return Target(
        task="class", values=np.where(codes < 0, np.nan, codes).astype(np.float64), names=names
    )


def powers(frame: pl.DataFrame, target: str, *, seed: int = 0) -> list[Power]:
    """How well each column alone tells the target, the best first.

    Each column is cut into bins (numbers at quantiles, texts by level, what is missing by
    itself), and the mean of the target in each bin of four fifths of the rows predicts the last
    fifth. A level that those four fifths have not seen predicts the mean of all: so a column
    that is different in each row tells nothing.

    Args:
        frame: A sample.
        target: Its column.
        seed: Of the draw of fifths.

    Returns:
        Empty where the target has too few values, or one only.

    References:
        D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes",
        SIGKDD Explorations 3(1), 2001 (the mean of the target per level, drawn to that of all);
        S. Kaufman, S. Rosset, C. Perlich, "Leakage in data mining: formulation, detection, and
        avoidance", KDD 2011 (what is too good to be true).
    """
    told = target_of(frame[target])
    if told is None:
        return []
    rows = np.isfinite(told.values)
    values = told.values[rows]
    # Blocks that are shuffled: each fifth has as many rows as any other.
    folds = np.random.default_rng(seed).permutation(len(values)) % _FOLDS
    found = []
    for series in frame:
        if series.name == target:
            continue
        seen = series.filter(pl.Series(rows))
        codes = _binned(seen)
        if codes is None:
            continue
        measure, value = _power(codes, values, folds, told)
        if told.task == "number" and kind_of(seen.dtype).ordered:
            value = max(value, _line(floats_of(seen), values))
        gaps = _gaps(series, told, frame[target])
        found.append(Power(column=series.name, measure=measure, value=value, gaps=gaps))
    return sorted(found, key=lambda each: (not each.gaps, -each.value))


def _binned(series: pl.Series) -> Codes | None:
    """Bins as numbers from 0, what is missing by itself; None for what cannot be compared."""
    kind = kind_of(series.dtype)
    if kind.named:
        return codes_of(series) + 1
    if not kind.ordered:
        return None
    values = floats_of(series)
    there = np.isfinite(values)
    usable = values[there]
    codes = np.zeros(len(values), np.int64)
    if not len(usable):
        return codes
    different = np.unique(usable)
    n_bins = max(2, min(_MOST_BINS, len(usable) // _PER_BIN))
    edges = different
    if len(different) > n_bins:
        quantiles = np.quantile(usable, np.linspace(0, 1, n_bins + 1)[1:-1])
        # A value that fills bins (0 where nothing was paid) has one of its own, as what is next
        # to it may mean something else altogether.
        frequent = quantiles[1:][quantiles[1:] == quantiles[:-1]]
        edges = np.unique(np.concatenate((quantiles, np.nextafter(frequent, np.inf))))
    codes[there] = 1 + np.searchsorted(edges, usable, "right")
    return codes


def _power(
    codes: Codes, values: Floats, folds: NDArray[np.int64], told: Target
) -> tuple[str, float]:
    if told.task == "number":
        predicted = _cross_fitted(codes, values, folds)
        with np.errstate(over="ignore", invalid="ignore"):
            spread = float(((values - values.mean()) ** 2).sum())
            r2 = 1 - float(((values - predicted) ** 2).sum()) / spread
        return "r2", max(0.0, r2) if np.isfinite(r2) else 0.0
    areas, weights = [], []
    n_classes = min(int(values.max()) + 1, _MOST_CLASSES)
    for each in range(1 if n_classes == 2 else n_classes):
        is_it = (values == each).astype(np.float64)
        if min(is_it.sum(), (1 - is_it).sum()) >= _LEAST_OF_CLASS:
            predicted = _cross_fitted(codes, is_it, folds)
            areas.append(_area(predicted, is_it, folds))
            weights.append(is_it.sum())
    return "auc", float(np.average(areas, weights=weights)) if areas else 0.5


def _line(column: Floats, values: Floats) -> float:
    """R² of a line, which few rows are enough for, where bins are coarse; 0 for gaps."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = np.corrcoef(column, values)[0, 1] ** 2
    return float(found) if np.isfinite(found) else 0.0


def _cross_fitted(codes: Codes, values: Floats, folds: NDArray[np.int64]) -> Floats:
    """Of each row, the mean of its bin over the rows of other fifths, drawn to their mean."""
    n_bins = int(codes.max(initial=0)) + 1
    sums = np.zeros((_FOLDS, n_bins))
    counts = np.zeros((_FOLDS, n_bins))
    np.add.at(sums, (folds, codes), values)
    np.add.at(counts, (folds, codes), 1.0)
    others, n_others = sums.sum(0) - sums, counts.sum(0) - counts
    means = others.sum(1, keepdims=True) / np.maximum(n_others.sum(1, keepdims=True), 1)
    # Half a row of the mean: enough that one row alone is not believed wholly.
    fitted: Floats = (others + 0.5 * means) / (n_others + 0.5)
    return fitted[folds, codes]


def _area(predicted: Floats, is_it: Floats, folds: NDArray[np.int64]) -> float:
    """The area under the ROC curve, mean over fifths: their means differ, and must not rank."""
    areas = []
    for fold in range(_FOLDS):
        ours, theirs = predicted[folds == fold], is_it[folds == fold]
        n_in, n_out = theirs.sum(), (1 - theirs).sum()
        if n_in and n_out:
            ranks = mean_ranks(ours)
            areas.append(float((ranks[theirs == 1].sum() - n_in * (n_in + 1) / 2) / (n_in * n_out)))
    return float(np.mean(areas)) if areas else 0.5


def _gaps(series: pl.Series, told: Target, target: pl.Series) -> str:
    """The level of the target that a column's gaps go with, if any; by the phi coefficient."""
    missing = series.is_null().to_numpy().astype(np.float64)
    if not _LEAST_OF_CLASS <= missing.sum() <= len(missing) - _LEAST_OF_CLASS:
        return ""
    sides = [(target.is_null().to_numpy(), "missing")]
    sides += [(told.values == i, name) for i, name in enumerate(told.names)]
    found = ""
    for side, name in sides:
        if not _LEAST_OF_CLASS <= side.sum() <= len(side) - _LEAST_OF_CLASS:
            continue
        phi = float(np.corrcoef(missing, side.astype(np.float64))[0, 1])
        if phi >= LEAK_PHI:
            return name
        if phi <= -LEAK_PHI:
            found = f"not {name}"
    return found
