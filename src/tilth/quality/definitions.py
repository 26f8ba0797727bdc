"""How good predictions are by a definition of classes that they may not have been made by.

Where a prediction cannot be told by the definition - it says a class that has been split since -
it is counted and left out, and bounds say what it could do to the accuracy at worst and at best.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.intervals import Estimate, estimate_each, paired_difference
from tilth.quality.resample import Floats
from tilth.quality.tally import ratio
from tilth.record import record

Codes = NDArray[np.int64]


@record
class Scores:
    """Predictions, judged by one definition.

    Attributes:
        n: Rows that were judged: truth and prediction are known by the definition.
        n_untold: Rows whose prediction cannot be told by it; not judged.
        n_open: Rows whose truth is not known by it; not judged.
        accuracy: Share of right predictions.
        recall: Mean over classes that occur of the share of their rows that was found; also
            called balanced accuracy.
        f1: Mean of the F1 score over classes that occur or are predicted; also called macro-F1.
        at_worst: Accuracy, were all that cannot be told wrong.
        at_best: Accuracy, were all of it right.
    """

    n: int
    n_untold: int
    n_open: int
    accuracy: Estimate
    recall: Estimate
    f1: Estimate
    at_worst: float
    at_best: float


def scores(
    truth: ArrayLike,
    predicted: ArrayLike,
    n_classes: int,
    *,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int = 0,
) -> Scores:
    """Judge predictions; intervals by drawing rows anew (BCa).

    Args:
        truth: Code of the class of each row, shape (n_rows,); -1 where it is not known.
        predicted: The same of what was predicted; -1 where it cannot be told.
        n_classes: Codes are below it.
        level: Of confidence.
        n_draws: How many resamples.
        seed: Of the draws.

    Raises:
        ValueError: Shapes differ, a code is out of range, or no row can be judged.

    References:
        F1 of several classes: D. D. Lewis et al., "Training algorithms for linear text
        classifiers", SIGIR 1996; intervals: `tilth.quality.intervals.bootstrap`.
    """
    true, said = _codes(truth, n_classes), _codes(predicted, n_classes)
    if true.shape != said.shape:
        raise ValueError(f"{true.size} truths and {said.size} predictions are not pairs")
    known = true >= 0
    judged = known & (said >= 0)
    if not judged.any():
        raise ValueError("no row has both a truth and a prediction that can be told")
    cells, counts = np.unique(true[judged] * n_classes + said[judged], return_counts=True)
    found = estimate_each(
        _Figures(cells // n_classes, cells % n_classes, n_classes),
        counts,
        level=level,
        n_draws=n_draws,
        seed=seed,
    )
    right, n_untold = int((true == said)[judged].sum()), int((known & ~judged).sum())
    return Scores(
        n=int(judged.sum()),
        n_untold=n_untold,
        n_open=int((~known).sum()),
        accuracy=found[0],
        recall=found[1],
        f1=found[2],
        at_worst=right / int(known.sum()),
        at_best=(right + n_untold) / int(known.sum()),
    )


def difference(
    truth: ArrayLike, first: ArrayLike, second: ArrayLike, n_classes: int, **drawn: Any
) -> Estimate | None:
    """How much more often the second predictions are right than the first, on the same rows.

    Args:
        truth: As for `scores`.
        first: Predictions, likewise.
        second: Others of the same rows.
        n_classes: Codes are below it.
        drawn: `level`, `n_draws` and `seed`, as for `scores`.

    Returns:
        The difference of accuracy over rows that can be judged for both; None where there are
        none.
    """
    true, one, other = (_codes(each, n_classes) for each in (truth, first, second))
    judged = (true >= 0) & (one >= 0) & (other >= 0)
    if not judged.any():
        return None
    before, after = ((each == true)[judged].astype(float) for each in (one, other))
    return Estimate(float((after - before).mean()), paired_difference(before, after, **drawn))


class _Figures:
    """Accuracy, mean recall and mean F1 from weights of cells of the confusion matrix."""

    def __init__(self, truth: Codes, predicted: Codes, n_classes: int) -> None:
        self._right = (truth == predicted).astype(float)
        classes = np.arange(n_classes)
        self._true = (truth[:, None] == classes).astype(float)
        self._said = (predicted[:, None] == classes).astype(float)
        self._both = self._true * self._said

    def __call__(self, weights: Floats) -> Floats:
        """Shape (n_draws, n_cells) -> (n_draws, 3)."""
        true, said, both = weights @ self._true, weights @ self._said, weights @ self._both
        recall = np.nanmean(ratio(both, true), axis=1)
        f1 = np.nanmean(ratio(2 * both, true + said), axis=1)
        return np.stack([weights @ self._right / weights.sum(axis=1), recall, f1], axis=1)


def _codes(values: ArrayLike, n_classes: int) -> Codes:
    codes = np.asarray(values, np.int64)
    if codes.ndim != 1 or (codes < -1).any() or (codes >= n_classes).any():
        raise ValueError(f"codes lie between -1 and {n_classes - 1}, in one row")
    return codes
