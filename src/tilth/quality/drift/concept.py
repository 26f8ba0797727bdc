"""Does the same prediction still mean the same? Drift of what is predicted, given the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from tilth.quality.drift.numbers import Sample, compare_numbers
from tilth.quality.sketch import Moments, Ranks
from tilth.record import record

Floats = NDArray[np.float64]

FEWEST = 5
"""Rows that each side must have among rows of like prediction, or these are left out."""


@record
class Stratum:
    """Rows of like prediction.

    Attributes:
        low: The smallest prediction among them.
        high: The largest.
        n_reference: How many are of the reference.
        n_current: How many are not.
        change: Mean of observed less predicted, less the reference's.
    """

    low: float
    high: float
    n_reference: int
    n_current: int
    change: float


@record
class ConceptDrift:
    """Whether what is predicted has changed its relation to the prediction.

    Attributes:
        p: The chance of a difference as large if it has not.
        change: The size: by how much observed less predicted has changed, on average over rows
            of like prediction, without its sign; in the unit of the label. Of a proxy the
            Kolmogorov-Smirnov distance of the predictions, 0 to 1.
        proxy: True where no label was seen. Predictions that are distributed otherwise may mean
            that the rows have changed, or what they mean, or neither that matters; and what
            rows mean may change without any trace in the predictions.
        strata: Where it has changed; empty for a proxy.
    """

    p: float
    change: float
    proxy: bool
    strata: tuple[Stratum, ...] = ()


def concept_drift(
    reference: tuple[ArrayLike, ArrayLike],
    current: tuple[ArrayLike, ArrayLike],
    *,
    n_strata: int = 10,
) -> ConceptDrift:
    """Compare what was observed with what was predicted, among rows of like prediction.

    Rows that merely come in other numbers do not count: within a stratum the two sides have the
    same predictions. Were nothing changed, any row of a stratum could be of either side; the
    statistic is the sum over strata of the squared change over its variance under such
    shuffling, which is known exactly, and chi-square in the limit.

    It sees a change of P(y | prediction). A change of P(y | x) that evens out among rows of
    like prediction it does not see.

    Args:
        reference: Predictions and labels of the reference, each of shape (n,). Predictions are
            probabilities with labels 0 and 1, or numbers with numbers; of many classes take the
            probability of the class that was predicted, and whether it was right.
        current: The same of later rows, once their labels are known.
        n_strata: At most so many groups of like prediction, of about the same size.

    Raises:
        ValueError: Shapes differ, a value is not finite, or no stratum has five rows of each.

    References:
        W. Cochran, "Some methods for strengthening the common chi-square tests", Biometrics
        10(4), 1954; N. Mantel, "Chi-square tests with one degree of freedom: extensions of the
        Mantel-Haenszel procedure", JASA 58, 1963 (mean and variance of shuffling in strata).
    """
    (before, seen_before), (after, seen_after) = _checked(reference), _checked(current)
    predicted = np.concatenate((before, after))
    residual = np.concatenate((seen_before, seen_after)) - predicted
    newer = np.repeat([False, True], [len(before), len(after)])
    group = _groups(predicted, n_strata)
    statistic, strata = 0.0, []
    for each in np.unique(group):
        rows = group == each
        if min(newer[rows].sum(), (~newer[rows]).sum()) >= FEWEST:
            stratum, term = _compared(predicted[rows], residual[rows], newer[rows])
            strata.append(stratum)
            statistic += term
    if not strata:
        raise ValueError(f"no group of like predictions has {FEWEST} rows of each side")
    return ConceptDrift(
        p=float(chi2.sf(statistic, len(strata))),
        change=_mean_change(strata),
        proxy=False,
        strata=tuple(strata),
    )


def prediction_drift(reference: ArrayLike, current: ArrayLike) -> ConceptDrift:
    """Before labels come: are predictions distributed as they were? A proxy, and marked as one.

    Args:
        reference: Predictions, or the probability of the predicted class, shape (n,).
        current: The same of later rows.

    Raises:
        ValueError: A value is not finite.
    """
    samples = []
    for side in (reference, current):
        ordered = np.sort(_finite(side))
        samples.append(Sample(ranks=Ranks.of_sorted(ordered), moments=Moments.of(ordered)))
    outcome = compare_numbers(*samples)
    if outcome is None:  # too few, or one value throughout: nothing speaks for a change
        return ConceptDrift(p=1.0, change=0.0, proxy=True)
    return ConceptDrift(p=outcome.p, change=outcome.effect.share, proxy=True)


def _groups(predicted: Floats, n_strata: int) -> NDArray[np.intp]:
    """The number of each row's stratum: shares of the predictions of both sides together."""
    if not len(predicted):
        return np.zeros(0, np.intp)
    cuts = np.unique(np.quantile(predicted, np.arange(1, n_strata) / n_strata))
    return np.searchsorted(cuts, predicted, "left")


def _compared(
    predicted: Floats, residual: Floats, newer: NDArray[np.bool_]
) -> tuple[Stratum, float]:
    """A stratum, and its change squared over its variance under shuffling."""
    n, m = int((~newer).sum()), int(newer.sum())
    change = float(residual[newer].mean() - residual[~newer].mean())
    variance = float(residual.var(ddof=1)) * (1 / n + 1 / m)
    stratum = Stratum(
        low=float(predicted.min()),
        high=float(predicted.max()),
        n_reference=n,
        n_current=m,
        change=change,
    )
    return stratum, change * change / variance if variance > 0 else 0.0


def _mean_change(strata: Sequence[Stratum]) -> float:
    sizes = np.array([each.n_reference + each.n_current for each in strata])
    return float(np.average([abs(each.change) for each in strata], weights=sizes))


def _checked(side: tuple[ArrayLike, ArrayLike]) -> tuple[Floats, Floats]:
    predicted, observed = map(_finite, side)
    if predicted.shape != observed.shape:
        raise ValueError(f"{len(predicted)} predictions do not belong to {len(observed)} labels")
    return predicted, observed


def _finite(values: ArrayLike) -> Floats:
    found = np.asarray(values, np.float64).ravel()
    if not np.isfinite(found).all():
        raise ValueError("predictions and labels must be finite numbers")
    return found
