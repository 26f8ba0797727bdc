"""The upper tail of a weighted sum of chi-squares, which quadratic tests have if nothing is so."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2, norm


def upper_tail(x: float, weights: NDArray[np.float64]) -> float:
    """P(sum of weights[i] Z_i^2 > x), the Z_i independent and standard normal.

    By the saddle point of the cumulant function, whose relative error is some percent far out in
    the tail as well, where an integral would cancel; exact where all weights are equal.

    Args:
        x: At least 0.
        weights: Above 0, shape (n_weights,), at least one.

    Returns:
        Between 0 and 1.

    References:
        D. Kuonen, "Saddlepoint approximations for distributions of quadratic forms in normal
        variables", Biometrika 86(4), 1999, equations 2 to 4.
    """
    if x <= 0:
        return 1.0
    largest = float(weights.max())
    if largest - weights.min() <= 1e-9 * largest:
        return float(chi2.sf(x / largest, len(weights)))
    x, scaled = x / largest, weights / largest
    mean = float(scaled.sum())
    if abs(x - mean) < 1e-3 * mean:
        # The formula is 0 / 0 at the mean, and smooth around it.
        around = (_tail(mean * 0.998, scaled), _tail(mean * 1.002, scaled))
        return float(np.interp(x / mean, (0.998, 1.002), around))
    return _tail(x, scaled)


def _tail(x: float, weights: NDArray[np.float64]) -> float:
    """Away from the mean; the largest weight is 1."""

    def slope(at: float) -> float:
        return float((weights / (1 - 2 * at * weights)).sum()) - x

    # At a point this far below 0 the slope is negative, as each term is less than -1 / (2 at).
    left, right = -len(weights) / (2 * x) - 1, 0.5 * (1 - 1 / (x + len(weights) + 1))
    while slope(right) < 0:
        right = 0.5 * (right + 0.5)
    at = float(brentq(slope, left, right, xtol=1e-14, rtol=1e-12))
    cumulant = -0.5 * float(np.log1p(-2 * at * weights).sum())
    curve = 2 * float(np.square(weights / (1 - 2 * at * weights)).sum())
    w = math.copysign(math.sqrt(2 * (at * x - cumulant)), at)
    v = at * math.sqrt(curve)
    return min(1.0, float(norm.sf(w + math.log(v / w) / w)))
