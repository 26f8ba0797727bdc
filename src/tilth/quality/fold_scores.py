"""What scores on folds tell of a model, and of two models on the same folds.

Folds share most of the rows that are trained on, so their scores differ less from one another
than those of models that were trained on data of their own. The usual interval of a mean is too
narrow for that; Nadeau and Bengio's correction widens it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from tilth.quality.intervals import Estimate, Interval


def mean_of_folds(
    scores: ArrayLike, n_trained: ArrayLike, n_scored: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """The mean of scores on folds, with the corrected interval of a resampled mean.

    Its variance is (1/k + n_scored / n_trained) s² rather than s²/k, by Student's t with k - 1
    degrees of freedom. With five folds that is wide, and rightly so.

    Args:
        scores: One for each fold, or the differences of two models; shape (k,), k >= 2, finite.
        n_trained: Rows that were trained on, shape (k,) or one number.
        n_scored: Rows that were scored, likewise.
        level: Of confidence.

    Raises:
        ValueError: Fewer than two scores, one that is not finite, or no rows.

    References:
        C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine Learning 52, 2003,
        equation 17 and section 4.1; R. R. Bouckaert, E. Frank, "Evaluating the replicability of
        significance tests for comparing learning algorithms", PAKDD 2004 (k-fold).
    """
    given = np.asarray(scores, float)
    if given.ndim != 1 or given.size < 2 or not np.isfinite(given).all():
        raise ValueError("an interval needs the scores of two folds at least, all finite")
    trained, scored = np.mean(np.asarray(n_trained, float)), np.mean(np.asarray(n_scored, float))
    if not (trained > 0 and scored > 0):
        raise ValueError(f"{scored:g} rows were scored and {trained:g} trained on")
    mean = float(given.mean())
    spread = np.sqrt((1 / given.size + scored / trained) * given.var(ddof=1))
    reach = float(student.ppf((1 + level) / 2, given.size - 1) * spread)
    return Estimate(mean, Interval(mean - reach, mean + reach, level))


def simplest_within_noise(
    scores: Mapping[str, ArrayLike],
    simplicity: Mapping[str, tuple[float, ...]],
    n_trained: ArrayLike,
    n_scored: ArrayLike,
    *,
    level: float = 0.95,
) -> tuple[str, str]:
    """The best model, and the simplest that the folds do not tell apart from it.

    Args:
        scores: Model -> its scores on the same folds, shape (k,), greater is better.
        simplicity: Model -> what it is ordered by, the simplest first.
        n_trained: Rows that were trained on, shape (k,) or one number.
        n_scored: Rows that were scored, likewise.
        level: Of confidence.

    Returns:
        Both names. Of models with equal means, the simpler is the best.
    """
    means = {name: float(np.mean(np.asarray(each, float))) for name, each in scores.items()}
    best = min(means, key=lambda name: (-means[name], simplicity[name]))

    def within(name: str) -> bool:
        behind = _paired(scores[best], scores[name])
        return mean_of_folds(behind, n_trained, n_scored, level=level).interval.low <= 0

    near = [name for name in scores if name == best or within(name)]
    return best, min(near, key=lambda name: simplicity[name])


def _paired(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(np.asarray(first, float) - np.asarray(second, float))
