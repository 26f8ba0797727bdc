"""Tests of shares of right answers that hold for few rows and for shares near one.

A resample draws from the rows that are there. Where five of 400 are wrong it takes the spread of
five for known, though the bound that is tested may stand for twelve. These tests take the spread
that there would be at the bound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binom

from tilth.quality.measures.measure import Measure
from tilth.quality.measures.outcome import Outcome

Truths = NDArray[np.bool_]


def rows_of_share(measure: Measure, outcome: Outcome) -> Truths | None:
    """The rows of which a measure is the share with the right class; None where it is none."""
    if measure.name == "accuracy":
        return np.ones(len(outcome), bool)
    if outcome.positive is not None and measure.name in ("recall", "specificity"):
        is_positive: Truths = outcome.truth == outcome.positive
        return is_positive if measure.name == "recall" else ~is_positive
    return None


def p_of_share(right: Truths, bound: float) -> tuple[float, float]:
    """How likely such rows are if the true share were `bound` or less, and `bound` or more; exact.

    Args:
        right: Whether each answer is right, shape (n_rows,).
        bound: Between 0 and 1.

    References:
        C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the
        case of the binomial", Biometrika 26, 1934.
    """
    n, n_right = right.size, int(right.sum())
    share = min(max(bound, 0.0), 1.0)
    return float(binom.sf(n_right - 1, n, share)), float(binom.cdf(n_right, n, share))


def p_of_gain(before: Truths, after: Truths, bound: float) -> tuple[float, float]:
    """The same of the gain of one share over another, on the same rows; by the score test.

    Args:
        before: Whether each answer of the one model is right, shape (n_rows,).
        after: Of the other, on the same rows.
        bound: What the gain is held against, between -1 and 1.

    References:
        T. Tango, "Equivalence test and confidence interval for the difference in proportions for
        the paired-sample design", Statistics in Medicine 17, 1998.
    """
    n = before.size
    lost, won = int((before & ~after).sum()), int((~before & after).sum())
    score = _score(n, lost, won, -bound)
    return float(ndtr(-score)), float(ndtr(score))


def _score(n: int, lost: int, won: int, loss: float) -> float:
    """By how many standard deviations the gain lies above a true loss.

    The likeliest chance to win a row, where the chance to lose one is larger by `loss`, is the
    larger root of a quadratic; the spread follows from it.
    """
    if not -1 < loss < 1:
        return float("inf") if loss >= 1 else float("-inf")
    slope = loss * (2 * n + won - lost) - (lost + won)
    root = np.sqrt(max(slope**2 + 8 * n * won * loss * (1 - loss), 0.0))
    chance = max((root - slope) / (4 * n), 0.0, -loss)
    variance = n * (2 * chance + loss - loss**2)
    away = won - lost + n * loss
    if variance <= 0:
        return float(np.sign(away)) * float("inf") if away else 0.0
    return float(away / np.sqrt(variance))
