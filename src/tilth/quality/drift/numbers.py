"""Two samples of numbers, as ranks of some values: are they of one distribution?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh_tridiagonal

from tilth.quality.drift.effect import Effect, jensen_shannon, stability_index
from tilth.quality.drift.outcome import Outcome
from tilth.quality.drift.quadratic import upper_tail
from tilth.quality.sketch import Moments, Ranks
from tilth.record import record

Floats = NDArray[np.float64]

FEWEST = 5
"""Values that each sample must have, or nothing is tested."""


@record
class Sample:
    """What is known of one sample: ranks and moments of its finite values."""

    ranks: Ranks
    moments: Moments

    def shares(self, edges: NDArray[np.generic]) -> tuple[Floats, Floats]:
        """The share of values up to each edge: at least, and at most; shape (n_edges,)."""
        least, most = self.ranks.at_most(edges)
        return least / self.ranks.n, most / self.ranks.n

    def middle_shares(self, edges: NDArray[np.generic]) -> Floats:
        """The share of values up to each edge, halfway between what it can be."""
        least, most = self.shares(edges)
        return 0.5 * (least + most)


def compare_numbers(reference: Sample, current: Sample) -> Outcome | None:
    """Test whether two samples of numbers are of one distribution: Anderson-Darling, grouped.

    The cumulative shares are compared at the values whose rank is known in both samples. Where
    there are too few of these, as when both are kept sketches, they are compared at all that
    the reference kept, and only the part of a difference counts that is certain. Tied values
    are no trouble: the distribution of the statistic is the one for these very groups.

    Returns:
        None where there is nothing to test: fewer than five values, or one value throughout.

    References:
        T. W. Anderson, D. A. Darling, "A test of goodness of fit", JASA 49, 1954; A. N. Pettitt,
        "A two-sample Anderson-Darling rank statistic", Biometrika 63(1), 1976; V. Choulakian,
        R. A. Lockhart, M. A. Stephens, "Cramér-von Mises statistics for discrete
        distributions", Canadian Journal of Statistics 22(1), 1994 (the weights of its
        chi-squares).
    """
    n, m = reference.ranks.n, current.ranks.n
    if min(n, m) < FEWEST:
        return None
    edges = _edges(reference, current)
    pooled = (n * reference.middle_shares(edges) + m * current.middle_shares(edges)) / (n + m)
    inner = _inner(pooled)
    if not len(inner):
        return None
    apart = _certain(reference.shares(edges), current.shares(edges))
    statistic, weights = _anderson_darling(apart[inner], pooled[inner], n, m)
    return Outcome(
        method="Anderson-Darling",
        statistic=statistic,
        p=max(upper_tail(statistic, weights), _smallest(n, m)),
        effect=_effect_of(reference, current, float(np.abs(apart).max())),
    )


def _edges(reference: Sample, current: Sample) -> NDArray[np.generic]:
    """Where to compare: a sample alone must not say where, or its gaps look like differences."""
    edges = np.union1d(reference.ranks.values, current.ranks.values)
    known = np.ones(len(edges), np.bool_)
    for each in (reference, current):
        least, most = each.ranks.at_most(edges)
        known &= least == most
    return edges[known] if 2 * known.sum() >= len(reference.ranks) else reference.ranks.values


def _inner(pooled: Floats) -> NDArray[np.intp]:
    """The edges that part two groups with values in them."""
    before = np.concatenate(([0.0], np.maximum.accumulate(pooled)[:-1]))
    return np.flatnonzero((pooled > before) & (pooled < 1 - 1e-15))


def _certain(reference: tuple[Floats, Floats], current: tuple[Floats, Floats]) -> Floats:
    """The signed difference of shares, current less reference, as far as it is certain."""
    above = (current[0] - reference[1]).clip(min=0)
    below = (reference[0] - current[1]).clip(min=0)
    signed: Floats = above - below
    return signed


def _anderson_darling(apart: Floats, pooled: Floats, n: int, m: int) -> tuple[float, Floats]:
    """The statistic, and the weights of the chi-squares whose sum it is if nothing drifted.

    Given the pooled groups, the differences have the covariance of a Brownian bridge at the
    pooled shares, times 1/n + 1/m (and N / (N - 1), as nothing is drawn twice). The inverse of
    such a matrix has three diagonals, which makes its eigenvalues cheap.
    """
    groups = np.diff(pooled, prepend=0.0, append=1.0)
    weight = 0.5 * (groups[:-1] + groups[1:]) / (pooled * (1 - pooled))
    statistic = n * m / (n + m) * float((weight * np.square(apart)).sum())
    diagonal = (1 / groups[:-1] + 1 / groups[1:]) / weight
    beside = -1 / (groups[1:-1] * np.sqrt(weight[:-1] * weight[1:]))
    inverse = eigvalsh_tridiagonal(diagonal, beside) if len(beside) else diagonal
    return statistic, (n + m) / (n + m - 1) / inverse


def _smallest(n: int, m: int) -> float:
    """The chance of the most extreme order of two small samples, both ways."""
    logarithm = math.lgamma(n + 1) + math.lgamma(m + 1) - math.lgamma(n + m + 1)
    return 2 * math.exp(logarithm)


def _effect_of(reference: Sample, current: Sample, share: float) -> Effect:
    scale = reference.moments.deviation
    away = current.moments.mean - reference.moments.mean
    shift = max(_wasserstein(reference, current), abs(away))
    known = scale > 0 and math.isfinite(scale) and math.isfinite(shift)
    bins = _tenths(reference, current)
    p, q = (each / each.sum() for each in bins)
    return Effect(
        share=share,
        shift=shift / scale if known else None,
        mean_shift=away / scale if known else None,
        jensen_shannon=jensen_shannon(p, q),
        psi=stability_index(*bins),
    )


def _wasserstein(reference: Sample, current: Sample) -> float:
    """The area between the two cumulative shares, as known at the kept values of both."""
    edges = np.union1d(reference.ranks.values, current.ranks.values).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        between = 0.5 * edges[:-1] + 0.5 * edges[1:]
        apart = np.abs(reference.middle_shares(between) - current.middle_shares(between))
        return float((apart * np.diff(edges)).sum())


def _tenths(reference: Sample, current: Sample) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of both samples in bins that hold a tenth of the reference each, as far as ties let."""
    cuts = [reference.ranks.quantile(tenth / 10) for tenth in range(1, 10)]
    edges = np.unique(np.array(cuts, reference.ranks.values.dtype))
    counts = (
        np.rint(np.diff(each.middle_shares(edges), prepend=0.0, append=1.0) * each.ranks.n)
        for each in (reference, current)
    )
    first, second = (each.astype(np.int64) for each in counts)
    return first, second
