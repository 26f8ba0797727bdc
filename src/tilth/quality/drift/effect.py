"""How large a difference between two samples is, whatever its p-value."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tilth.record import record

Shares = NDArray[np.float64]


@record
class Effect:
    """How far apart two samples of a column are, in several units.

    Attributes:
        share: The share of rows, 0 to 1, that would have to have other values for the two to
            agree: total variation of levels; of numbers the largest difference of their
            cumulative shares (Kolmogorov-Smirnov), which it is at least.
        shift: Numbers only: how far values moved on average (Wasserstein distance), in standard
            deviations of the reference; None where that is 0 or not finite.
        mean_shift: Numbers only: mean minus the reference's, in the same unit, signed.
        jensen_shannon: Square root of the Jensen-Shannon divergence, base 2, 0 to 1.
        psi: Population stability index; above 0.1 is by custom worth a look, above 0.25 a change.
        cramers_v: Levels only: Cramér's V of the table of samples by levels, 0 to 1.
    """

    share: float
    shift: float | None = None
    mean_shift: float | None = None
    jensen_shannon: float = 0.0
    psi: float = 0.0
    cramers_v: float | None = None


@record
class MinimumEffect:
    """Below it a difference does not matter, however significant it is.

    Attributes:
        share: Of `Effect.share`, for values: 5 % of the rows.
        shift: Of `Effect.shift`: a tenth of a standard deviation. Numbers need one of the two:
            a few enormous values move no share, a shape that is bent moves nothing far.
        missing: Of `Effect.share`, for nulls, NaN and infinities: 1 % of the rows.
    """

    share: float = 0.05
    shift: float = 0.1
    missing: float = 0.01


def total_variation(p: Shares, q: Shares) -> float:
    """Half of the summed differences of two distributions over the same levels, 0 to 1."""
    return 0.5 * float(np.abs(p - q).sum())


def jensen_shannon(p: Shares, q: Shares) -> float:
    """Jensen-Shannon distance of two distributions over the same bins, base 2, 0 to 1.

    Symmetric, and finite where a bin is empty on one side.

    References:
        D. M. Endres, J. E. Schindelin, "A new metric for probability distributions", IEEE
        Transactions on Information Theory 49(7), 2003.
    """
    middle = 0.5 * (p + q)
    divergence = 0.5 * (_relative_entropy(p, middle) + _relative_entropy(q, middle))
    return math.sqrt(max(0.0, divergence))


def stability_index(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """Population stability index of counts per bin: symmetrised relative entropy, in nats.

    Half a row is added to each bin, so that an empty one leaves it finite.

    References:
        N. Siddiqi, "Credit risk scorecards", Wiley 2006, chapter 8.
    """
    p, q = ((each + 0.5) / (each + 0.5).sum() for each in (reference, current))
    return float(((q - p) * np.log(q / p)).sum())


def _relative_entropy(p: Shares, q: Shares) -> float:
    seen = p > 0  # 0 log 0 is 0
    return float((p[seen] * np.log2(p[seen] / q[seen])).sum())
