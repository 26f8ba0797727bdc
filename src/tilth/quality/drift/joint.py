"""Do rows as a whole look different, even where no column does by itself?"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import mannwhitneyu, norm, rankdata

from tilth.errors import MissingLibraryError
from tilth.quality.sketch.kind import kind_of, numbers_of
from tilth.record import record

Floats = NDArray[np.float64]

FEWEST = 40
"""Rows that each side must have: half of them teach, half of them test."""

_LEVELS = 200
"""Levels that are told apart; the rest of a column's levels counts as one."""


@record
class JointDrift:
    """How well a classifier tells rows of the table from rows of the reference.

    Attributes:
        auc: The chance that it takes the newer of two rows, one of each side, for the newer;
            0.5 where nothing tells them apart, 1 where everything does. On rows that it did
            not learn from.
        low: Lower end of its confidence interval.
        high: Upper end.
        p: The chance of an AUC as large if both sides are of one distribution.
        drivers: Column and by how much the AUC falls when that column is shuffled, the largest
            first: what tells the two sides apart, alone or with others.
    """

    auc: float
    low: float
    high: float
    p: float
    drivers: tuple[tuple[str, float], ...]


def joint_drift(
    reference: pl.DataFrame,
    current: pl.DataFrame,
    *,
    seed: int,
    columns: Collection[str] | None = None,
    n_most: int = 10_000,
    confidence: float = 0.95,
) -> JointDrift:
    """Train a classifier to tell the two sides apart, and test it on other rows.

    It needs rows of both sides, or a sample of them: no sketch of columns knows how columns go
    together. The rows are parted at random into those that teach and those that test, so given
    the classifier the test is an ordinary one of two samples, and its level is exact whatever
    the classifier. Gradient boosting of trees takes nulls, levels and any scale as they are.

    Args:
        reference: Rows of the reference.
        current: Rows of the table.
        seed: Of the parting, the classifier and the shuffling.
        columns: Look only at these, of those that both sides have.
        n_most: Draw no more rows than that of each side.
        confidence: Of the interval.

    Raises:
        ValueError: A side has fewer than 40 rows, or there is no column to look at.
        MissingLibraryError: scikit-learn is not installed.

    References:
        D. Lopez-Paz, M. Oquab, "Revisiting classifier two-sample tests", ICLR 2017 (the test);
        E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44(3), 1988 (the variance
        of the AUC; the interval is symmetric on the logit scale).
    """
    rng = np.random.default_rng(seed)
    sides = [_drawn(frame, n_most, rng) for frame in (reference, current)]
    features, names, is_level = _features(sides[0], sides[1], columns)
    newer = np.repeat([0, 1], [side.height for side in sides])
    teach, test = _halves(newer, rng)
    model = _classifier(is_level, seed).fit(features[teach], newer[teach])
    held, truth = features[test], newer[test]
    scores = model.predict_proba(held)[:, 1]
    auc, low, high = auc_interval(scores[truth == 0], scores[truth == 1], confidence)
    found = mannwhitneyu(scores[truth == 1], scores[truth == 0], alternative="greater")
    falls = [auc - _auc_without(place, model, held, truth, rng) for place in range(len(names))]
    drivers = sorted(zip(names, falls, strict=True), key=lambda each: (-each[1], each[0]))
    return JointDrift(auc=auc, low=low, high=high, p=float(found.pvalue), drivers=tuple(drivers))


def auc_interval(
    negatives: Floats, positives: Floats, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Area under the ROC curve with its interval, by DeLong's variance on the logit scale.

    Where all positives score above all negatives (or below), the variance is no guide: the
    other end is then where so many rows of the smaller side would agree by chance.

    Args:
        negatives: Scores, shape (n_negatives,), at least two.
        positives: Scores, shape (n_positives,), at least two.
        confidence: Between 0 and 1.

    Returns:
        The area, and the lower and the upper end of the interval, each between 0 and 1.
    """
    n, m = len(negatives), len(positives)
    ranks = rankdata(np.concatenate((negatives, positives)))
    above = (ranks[n:] - rankdata(positives)) / n
    below = 1 - (ranks[:n] - rankdata(negatives)) / m
    auc = float(above.mean())
    certain = (0.5 - 0.5 * confidence) ** (1 / min(n, m))
    if auc in (0.0, 1.0):
        return auc, certain if auc else 0.0, 1.0 if auc else 1 - certain
    error = math.sqrt(float(above.var(ddof=1)) / m + float(below.var(ddof=1)) / n)
    reach = float(norm.ppf(0.5 + 0.5 * confidence)) * error / (auc * (1 - auc))
    return auc, float(expit(logit(auc) - reach)), float(expit(logit(auc) + reach))


def _drawn(frame: pl.DataFrame, n_most: int, rng: np.random.Generator) -> pl.DataFrame:
    if frame.height < FEWEST:
        raise ValueError(f"joint drift needs {FEWEST} rows of each side, not {frame.height}")
    if frame.height <= n_most:
        return frame
    return frame[np.sort(rng.choice(frame.height, n_most, replace=False))]


def _features(
    reference: pl.DataFrame, current: pl.DataFrame, columns: Collection[str] | None
) -> tuple[Floats, list[str], list[bool]]:
    """One row per row, NaN for what is missing; the columns' names; which of them are levels."""
    names, found, is_level = [], [], []
    for name in reference.columns:
        if name not in current.columns or (columns is not None and name not in columns):
            continue
        sides = [reference[name], current[name]]
        kinds = {kind_of(side.dtype) for side in sides}
        kind = kinds.pop()
        if kinds or not (kind.ordered or kind.named):
            continue
        names.append(name)
        is_level.append(kind.named)
        found.append(_coded(sides) if kind.named else np.concatenate([*map(_numbers, sides)]))
    if not names:
        raise ValueError("the two sides share no column of numbers, dates, texts or booleans")
    return np.column_stack(found), names, is_level


def _numbers(series: pl.Series) -> Floats:
    numbers = np.full(len(series), np.nan)
    numbers[series.is_not_null().to_numpy()] = numbers_of(series.drop_nulls())
    return numbers.clip(-1e300, 1e300)  # the trees take NaN and refuse infinities


def _coded(sides: list[pl.Series]) -> Floats:
    """The place of each level among the most frequent of both sides together."""
    texts = pl.concat([side.cast(pl.String).alias("level") for side in sides])
    counts = (
        texts.drop_nulls().value_counts(name="n").sort(["n", "level"], descending=[True, False])
    )
    codes = counts.head(_LEVELS).with_row_index("code").select("level", "code")
    joined = texts.to_frame().join(codes, on="level", how="left", maintain_order="left")
    other = pl.when(pl.col("level").is_not_null()).then(pl.col("code").fill_null(_LEVELS))
    coded: Floats = joined.select(other.cast(pl.Float64).fill_null(math.nan)).to_series().to_numpy()
    return coded


def _halves(
    newer: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the rows that teach and of those that test, half of each side."""
    teach, test = [], []
    for side in (0, 1):
        places = rng.permutation(np.flatnonzero(newer == side))
        teach.append(places[: len(places) // 2])
        test.append(places[len(places) // 2 :])
    return np.concatenate(teach), np.concatenate(test)


def _classifier(is_level: list[bool], seed: int) -> Any:
    try:
        # A second to import, and only the joint test needs it.
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError:
        raise MissingLibraryError("the joint test of drift", "scikit-learn", extra="ml") from None
    return HistGradientBoostingClassifier(
        max_leaf_nodes=15,
        early_stopping=False,
        class_weight="balanced",
        categorical_features=np.array(is_level),
        random_state=seed,
    )


def _auc_without(
    place: int, model: Any, features: Floats, newer: NDArray[np.int64], rng: np.random.Generator
) -> float:
    shuffled = features.copy()
    shuffled[:, place] = rng.permutation(shuffled[:, place])
    scores = model.predict_proba(shuffled)[:, 1]
    return auc_interval(scores[newer == 0], scores[newer == 1])[0]
