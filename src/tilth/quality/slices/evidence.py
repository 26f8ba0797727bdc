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
    return Chance(loss).p_value(int(inside.sum()), float(loss[inside].sum()))


class Chance:
    """What luck gives a slice of some rows, whose losses are sorted once for all of its slices.

    Args:
        loss: Of each row, shape (n_rows,), finite and at least 0.
    """

    def __init__(self, loss: Floats) -> None:
        self._low, self._high = float(loss.min(initial=math.inf)), float(loss.max(initial=0.0))
        self._size = loss.size
        self._is_binary = bool(((loss == self._low) | (loss == self._high)).all())
        self._n_failed = int((loss == self._high).sum())
        if not self._is_binary:
            self._mean, self._spread = float(loss.mean()), float(loss.std())
            self._sorted = np.sort((loss - self._mean) / self._spread)
            self._sums = np.cumsum(self._sorted[::-1])
            self._step = _lattice_step(self._sorted)
            self._values, self._counts = _grouped(self._sorted)

    def p_value(self, n_inside: int, total: float) -> float:
        """As the function `p_value`, for a slice of so many rows with this sum of losses."""
        if n_inside in (0, self._size) or self._low == self._high:
            return 1.0
        if self._is_binary:
            n_failed = round((total - n_inside * self._low) / (self._high - self._low))
            found = hypergeom.logsf(n_failed - 1, self._size, self._n_failed, n_inside)
            return float(min(1.0, math.exp(found)))
        return self._permutation_p(n_inside, total)

    def _permutation_p(self, n_inside: int, total: float) -> float:
        """P(sum of `n_inside` losses drawn without replacement >= `total`), by saddlepoint."""
        target = (total - n_inside * self._mean) / self._spread
        if target >= self._sums[n_inside - 1] - 1e-9:
            return _share_of_all_draws(self._sorted, n_inside)
        # Sums of values on a lattice lie on it too; a half step is Yates' correction.
        target -= self._step / 2
        if target <= 0:
            return 1.0  # about half and more of all slices are as bad; no need to know how many
        drawn = _Drawn(self._values, self._counts, n_inside, target)
        return drawn.tail(*drawn.saddlepoint())


_GROUPS = 4096
_APART = 512
"""The smallest and the largest losses, which stay apart where others are put together."""


def _grouped(ordered: Floats) -> tuple[Floats, Floats]:
    """Values and how often each occurs: as they are where few differ, else neighbours together.

    Each group stands at its mean, so that sums stay what they are; what is lost is the spread
    within groups of some ten-thousandth of the rows each, not far out in the tails.
    """
    values, counts = np.unique(ordered, return_counts=True)
    if values.size <= _GROUPS + 2 * _APART:
        return values, counts.astype(float)
    middle = np.linspace(_APART, ordered.size - _APART, _GROUPS + 1).astype(np.int64)
    edges = np.concatenate([np.arange(_APART), middle, np.arange(middle[-1] + 1, ordered.size + 1)])
    edges = np.unique(edges)
    sizes = np.diff(edges).astype(float)
    return np.add.reduceat(ordered, edges[:-1]) / sizes, sizes


def _lattice_step(values: Floats) -> float:
    """The distance of which all differences are multiples; 0 where there is none."""
    gaps = np.diff(np.unique(values))
    gaps = gaps[gaps > 1e-12 * np.ptp(values)]
    steps = gaps / gaps.min()
    return float(gaps.min()) if bool((np.abs(steps - np.round(steps)) < 1e-6).all()) else 0.0


def _share_of_all_draws(ordered: Floats, n_inside: int) -> float:
    """How likely the largest sum there is, exactly: ties at its smallest value count."""
    least = ordered[-n_inside]
    above = int((ordered > least).sum())
    ties = int((ordered == least).sum())
    ways = _log_choose(ties, n_inside - above) - _log_choose(ordered.size, n_inside)
    return math.exp(min(0.0, ways))


def _log_choose(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


class _Drawn:
    """Draws of `n_inside` of some values, `counts` times each, that sum to `target`."""

    def __init__(self, values: Floats, counts: Floats, n_inside: int, target: float) -> None:
        n = float(counts.sum())
        self._values, self._counts, self._n = values, counts, n
        self._odds = math.log(n_inside / (n - n_inside))
        self._share = n_inside / n
        self._wanted = np.array([target, n_inside])

    def saddlepoint(self) -> tuple[float, float]:
        """Tilt the draws so that `target` is what they sum to on average, and their number.

        Row i is drawn with the odds `exp(level + tilt * value)`, times those of an even draw.
        The two equations are the gradient of a convex function, which Newton steps go down.
        """
        at = np.zeros(2)
        worth = self._height(at)
        for _ in range(100):
            drawn = self._share_drawn(at)
            slope = np.array([drawn @ self._values, drawn.sum()]) - self._wanted
            step = np.linalg.solve(self._curvature(at) + 1e-300 * np.eye(2), slope)
            fall = float(slope @ step)
            # Below this the height is rounding, and p-values are exact to nine digits.
            if fall < 1e-12 * max(1.0, abs(worth)):
                break
            size = 1.0
            while size > 1e-10:
                there = at - size * step
                next_worth = self._height(there)
                if next_worth <= worth - 1e-4 * size * fall:
                    break
                size /= 2
            else:
                break
            at, worth = there, next_worth
        return float(at[0]), float(at[1])

    def tail(self, tilt: float, level: float) -> float:
        """The chance of as large a sum or a larger, by Skovgaard's formula."""
        at = np.array([tilt, level])
        height = self._height(at)
        root = math.sqrt(max(0.0, -2 * height))
        even = self._n * self._share * (1 - self._share)
        ratio = tilt * math.sqrt(max(0.0, float(np.linalg.det(self._curvature(at)))) / even)
        if root < 1e-3 or ratio <= 0:
            return 0.5 if root < 1e-3 else _chernoff(height, even)
        log_density = -(root**2) / 2 - math.log(2 * math.pi) / 2
        tail = math.exp(float(log_ndtr(-root))) + math.exp(log_density) * (1 / ratio - 1 / root)
        return min(1.0, tail) if tail > 0 else _chernoff(height, even)

    def _height(self, at: Floats) -> float:
        """The cumulant generating function of all draws, less what is wanted."""
        even = np.logaddexp(0.0, self._odds)
        grown = np.logaddexp(0.0, self._odds + at[1] + at[0] * self._values)
        return float(self._counts @ (grown - even) - at @ self._wanted)

    def _share_drawn(self, at: Floats) -> Floats:
        """How many of each value are drawn on average."""
        return self._counts * _expit(self._odds + at[1] + at[0] * self._values)

    def _curvature(self, at: Floats) -> Floats:
        drawn = _expit(self._odds + at[1] + at[0] * self._values)
        weight = self._counts * drawn * (1 - drawn)
        mixed = weight @ self._values
        return np.array([[weight @ self._values**2, mixed], [mixed, weight.sum()]])


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
