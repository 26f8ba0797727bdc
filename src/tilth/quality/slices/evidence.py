"""Whether a slice is worse than the rest by more than chance, and by how much.

The question is asked of the rows at hand: *if their errors were dealt out to them anew, blind to
their attributes, how often would this slice get as many as it has?* For errors of 0 and 1 the
answer is Fisher's exact test; for any other loss it is the permutation test of the mean, whose
tail is computed by a saddlepoint, because the p-values that survive a search are far too small
to be counted by shuffling.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaln, log_ndtr, stdtrit
from scipy.stats import hypergeom

from tilth.quality.intervals import Interval
from tilth.quality.slices.condition import Mask

Floats = NDArray[np.float64]


def is_binary(loss: Floats) -> bool:
    """Whether all losses are 0 or 1."""
    return bool(((loss == 0) | (loss == 1)).all())


def p_value(loss: Floats, inside: Mask) -> float:
    """The chance that as many random rows have a sum of losses as large as these rows have.

    One-sided: small where the slice is *worse*. Weights of rows play no part in it.

    Args:
        loss: Of each row, shape (n_rows,), finite and at least 0.
        inside: Which rows are in the slice, shape (n_rows,).

    Returns:
        Between 0 and 1: Fisher's exact test where there are but two losses, such as 0 and 1;
        else the permutation test by saddlepoint, whose relative error shrinks with 1 / n.

    References:
        R. A. Fisher, "The logic of inductive inference", Journal of the Royal Statistical
        Society 98, 1935; J. Robinson, "Saddlepoint approximations for permutation tests and
        confidence intervals", Journal of the Royal Statistical Society B 44, 1982; I. M.
        Skovgaard, "Saddlepoint expansions for conditional distributions", Journal of Applied
        Probability 24, 1987.
    """
    n_inside = int(inside.sum())
    low, high = float(loss.min(initial=math.inf)), float(loss.max(initial=0.0))
    if n_inside in (0, loss.size) or low == high:
        return 1.0
    if bool(((loss == low) | (loss == high)).all()):
        failed = loss == high
        n_failed = int(failed[inside].sum())
        found = hypergeom.logsf(n_failed - 1, loss.size, int(failed.sum()), n_inside)
        return float(min(1.0, math.exp(found)))
    return _permutation_p(loss, n_inside, float(loss[inside].sum()))


def _permutation_p(loss: Floats, n_inside: int, total: float) -> float:
    """P(sum of `n_inside` losses drawn without replacement >= `total`), by double saddlepoint."""
    mean, spread = float(loss.mean()), float(loss.std())
    values = (loss - mean) / spread
    target = (total - n_inside * mean) / spread
    if target >= np.sort(values)[-n_inside:].sum() - 1e-9:
        return _share_of_all_draws(values, n_inside)
    # Sums of values on a lattice lie on it too; a half step is Yates' correction.
    target -= _lattice_step(values) / 2
    if target <= 0:
        return 1.0  # about half and more of all slices are as bad; no need to know how many
    tilt, level = _saddlepoint(values, n_inside, target)
    return _skovgaard_tail(values, n_inside, target, tilt, level)


def _lattice_step(values: Floats) -> float:
    """The distance of which all differences are multiples; 0 where there is none."""
    gaps = np.diff(np.unique(values))
    gaps = gaps[gaps > 1e-12 * np.ptp(values)]
    steps = gaps / gaps.min()
    return float(gaps.min()) if bool((np.abs(steps - np.round(steps)) < 1e-6).all()) else 0.0


def _share_of_all_draws(values: Floats, n_inside: int) -> float:
    """How likely the largest sum there is, exactly: ties at its smallest value count."""
    least = np.sort(values)[-n_inside]
    above = int((values > least).sum())
    ties = int((values == least).sum())
    ways = _log_choose(ties, n_inside - above) - _log_choose(values.size, n_inside)
    return math.exp(min(0.0, ways))


def _log_choose(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _saddlepoint(values: Floats, n_inside: int, target: float) -> tuple[float, float]:
    """Tilt the draws so that `target` is what they sum to on average, and `n_inside` their number.

    Row i is drawn with the odds `exp(level + tilt * value)`, times those of an even draw. The
    two equations are the gradient of a convex function, which Newton steps go down.
    """
    at = np.zeros(2)
    odds = math.log(n_inside / (values.size - n_inside))
    wanted = np.array([target, n_inside])
    worth = _height(values, odds, at, wanted)
    for _ in range(100):
        drawn = _expit(odds + at[1] + at[0] * values)
        slope = np.array([drawn @ values, drawn.sum()]) - wanted
        curve = _curvature(values, drawn)
        step = np.linalg.solve(curve + 1e-300 * np.eye(2), slope)
        fall = float(slope @ step)
        if fall < 1e-16:
            break
        size = 1.0
        while size > 1e-10:
            there = at - size * step
            next_worth = _height(values, odds, there, wanted)
            if next_worth <= worth - 1e-4 * size * fall:
                break
            size /= 2
        else:
            break
        at, worth = there, next_worth
    return float(at[0]), float(at[1])


def _height(values: Floats, odds: float, at: Floats, wanted: Floats) -> float:
    """The cumulant generating function of all draws, less what is wanted."""
    even = np.logaddexp(0.0, odds)
    grown = np.logaddexp(0.0, odds + at[1] + at[0] * values).sum() - values.size * even
    return float(grown - at @ wanted)


def _curvature(values: Floats, drawn: Floats) -> Floats:
    weight = drawn * (1 - drawn)
    mixed = weight @ values
    return np.array([[weight @ values**2, mixed], [mixed, weight.sum()]])


def _skovgaard_tail(
    values: Floats, n_inside: int, target: float, tilt: float, level: float
) -> float:
    odds = math.log(n_inside / (values.size - n_inside))
    wanted = np.array([target, n_inside])
    height = _height(values, odds, np.array([tilt, level]), wanted)
    root = math.sqrt(max(0.0, -2 * height))
    drawn = _expit(odds + level + tilt * values)
    share = n_inside / values.size
    even = values.size * share * (1 - share)
    ratio = tilt * math.sqrt(max(0.0, float(np.linalg.det(_curvature(values, drawn)))) / even)
    if root < 1e-3 or ratio <= 0:
        return 0.5 if root < 1e-3 else _chernoff(height, even)
    log_density = -(root**2) / 2 - math.log(2 * math.pi) / 2
    tail = math.exp(float(log_ndtr(-root))) + math.exp(log_density) * (1 / ratio - 1 / root)
    return min(1.0, tail) if tail > 0 else _chernoff(height, even)


def _chernoff(height: float, even: float) -> float:
    """An upper bound of the tail, for where the approximation breaks down."""
    return min(1.0, math.exp(height) * math.sqrt(2 * math.pi * even) * 1.1)


def _expit(value: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))


def difference(loss: Floats, weights: Floats, inside: Mask, *, error_rate: float) -> Interval:
    """By how much the slice's mean loss exceeds that of *all* rows.

    All rows include the slice's own, so the difference is the one from the rest, times the
    rest's share. The interval of that one joins those of the two means by squares, which holds
    for unlike and lopsided ones; these are exact (Clopper-Pearson) for errors of 0 and 1
    without weights, else Student's, with as many degrees of freedom as the weights leave.

    Args:
        loss: Of each row, shape (n_rows,).
        weights: Of each row, shape (n_rows,), at least 0.
        inside: Which rows are in the slice, shape (n_rows,).
        error_rate: How often the interval may miss, such as 0.05 over the number of slices
            that were looked at.

    Returns:
        From minus to plus infinity where a mean cannot be told (one row, no weight).

    References:
        C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in
        the case of the binomial", Biometrika 26, 1934; G. Y. Zou, A. Donner, "Construction of
        confidence limits about effect measures: a general approach", Statistics in Medicine 27,
        2008, equation 4 (MOVER).
    """
    level = 1 - error_rate
    if inside.all():
        return Interval(0.0, 0.0, level)
    share_of_rest = float(weights[~inside].sum() / weights.sum())
    one = _mean_ends(loss[inside], weights[inside], error_rate)
    rest = _mean_ends(loss[~inside], weights[~inside], error_rate)
    gap = one[1] - rest[1]
    below = math.hypot(one[1] - one[0], rest[2] - rest[1])
    above = math.hypot(one[2] - one[1], rest[1] - rest[0])
    return Interval((gap - below) * share_of_rest, (gap + above) * share_of_rest, level)


def _mean_ends(loss: Floats, weights: Floats, error_rate: float) -> tuple[float, float, float]:
    """The lower end of a mean, the mean, its upper end."""
    total = float(weights.sum())
    if loss.size == 0 or total == 0:
        return -math.inf, 0.0, math.inf
    mean = float(weights @ loss) / total
    if is_binary(loss) and bool((weights == 1).all()):
        failed, passed = float(loss.sum()), float(loss.size - loss.sum())
        low = float(betaincinv(failed, passed + 1, error_rate / 2)) if failed else 0.0
        high = 1 - float(betaincinv(passed, failed + 1, error_rate / 2)) if passed else 1.0
        return low, mean, high
    effective = total**2 / float(weights @ weights)
    if effective <= 1 + 1e-9:
        return -math.inf, mean, math.inf
    variance = float(weights**2 @ (loss - mean) ** 2) / total**2 * effective / (effective - 1)
    reach = -float(stdtrit(effective - 1, error_rate / 2)) * math.sqrt(variance)
    return mean - reach, mean, mean + reach
