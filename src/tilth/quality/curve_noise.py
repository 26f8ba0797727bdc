"""How far the mean of a few trainings may be from that of many, for each size of a curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tilth.record import record

Floats = NDArray[np.float64]


@record
class CurveNoise:
    """How the mean at each size may err: in common, and of its own.

    Attributes:
        common: Variance that a repeat adds at all sizes, already of the mean.
        own: Variance of each size's mean beside that, shape (n_sizes,).
        freedom: Degrees of freedom of the common variance, and of each own one: more than its
            repeats alone would give, as it borrows from the other sizes.
    """

    common: float
    own: Floats
    freedom: tuple[int, int]

    def covariance(self) -> Floats:
        return np.diag(self.own) + self.common

    def drawn(self, n_draws: int, inflation: float, rng: np.random.Generator) -> Floats:
        """Errors with the heavier tails of variances that are estimates, (n_draws, n_sizes)."""
        first, second = self.freedom
        common = rng.standard_t(first, (n_draws, 1)) * np.sqrt(self.common)
        own = rng.standard_t(second, (n_draws, self.own.size)) * np.sqrt(self.own * inflation)
        return common + own  # type: ignore[no-any-return]  # an array


def noise_of(sizes: Sequence[int], values: Floats) -> CurveNoise:
    """Two-way analysis of variance; the own part may shrink with the size as a power of it.

    Args:
        sizes: Numbers of rows.
        values: Measured at each, shape (n_sizes, n_repeats), two repeats at least.
    """
    n_sizes, n_repeats = values.shape
    left = values - values.mean(1, keepdims=True)
    shift = left.mean(0)
    own = left - shift
    freedom = (n_sizes - 1) * (n_repeats - 1)
    # Exact agreement of all repeats would weigh a size without bound.
    least = (1e-9 + 1e-6 * float(np.abs(values).max())) ** 2
    pooled = float((own**2).sum()) / freedom
    common = max(n_sizes * float((shift**2).sum()) / (n_repeats - 1) - pooled, 0.0) / n_sizes
    by_size = np.maximum(own.var(axis=1) * n_repeats / (n_repeats - 1), least)
    log_n = np.log(sizes) - np.mean(np.log(sizes))
    slope = float(np.clip(log_n @ np.log(by_size) / (log_n @ log_n), -2.0, 0.0))
    relative = np.exp(slope * log_n)
    own_variance = np.maximum(pooled * relative / relative.mean(), least)
    return CurveNoise(
        common=common / n_repeats,
        own=own_variance / n_repeats,
        freedom=(n_repeats - 1, 2 * (n_repeats - 1)),
    )
