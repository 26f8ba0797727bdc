"""Learning curves: what more rows would bring, how surely, and when not to say.

A curve is measured at some sizes, several times each. Families of curves are fitted to it, their
weights follow from how well they do and how many parameters they need, and what they disagree
about beyond the last size becomes part of the interval. A curve that gets worse with more data
by more than noise, or that none of the families comes near, is refused with a reason: about one
curve in seven is like that, and extending it would be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit
from scipy.stats import f as f_distribution

from tilth.quality.curve_family import FAMILIES, Fitted, fit_family
from tilth.quality.curve_noise import CurveNoise, noise_of
from tilth.quality.intervals import Estimate, Interval
from tilth.record import field, record

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

MIN_SIZES = 4
MIN_REPEATS = 3
_REFUSED_BELOW = 0.01  # chance of so steep a rise, or so bad a fit, were the curve well-shaped
_HORIZON = 1e12  # rows; what is not reached by then is never reached

ReasonRefused = Literal[
    "too few sizes", "too few repeats", "gets worse", "no family fits", "the model failed"
]


@record
class Curve:
    """Scores of a model after training on so many rows, measured several times.

    Attributes:
        sizes: Rising.
        scores: For each size one score for each repeat. A repeat draws its rows and its test
            rows once, and larger sizes contain the smaller ones.
        greater_is_better: As for accuracy; False for an error or a loss.
        best: The score that leaves nothing to wish for, which no curve can pass: 1 for
            accuracy, 0 for an error.
    """

    sizes: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    greater_is_better: bool = True
    best: float = 1.0

    @property
    def shortfalls(self) -> Floats:
        """What is lacking to the best score, shape (n_sizes, n_repeats), at least 0."""
        return np.abs(self.best - np.asarray(self.scores))

    @property
    def means(self) -> tuple[float, ...]:
        """Mean score at each size."""
        return tuple(float(each) for each in np.mean(self.scores, axis=1))


@record
class Refusal:
    """Why a curve is not extended.

    Attributes:
        reason: One of a closed list.
        message: For people, with the sizes and values seen.
        at: Sizes between which it gets worse; empty for other reasons.
    """

    reason: ReasonRefused
    message: str
    at: tuple[int, ...] = ()


def curve_of(
    sizes: Sequence[int] | ArrayLike,
    scores: ArrayLike,
    *,
    greater_is_better: bool = True,
    best: float | None = None,
) -> Curve:
    """Check measurements, and make a curve of them.

    Args:
        sizes: Numbers of rows, rising, shape (n_sizes,).
        scores: Shape (n_sizes, n_repeats), finite.
        greater_is_better: False for an error or a loss.
        best: As in `Curve`; 1 where greater is better, otherwise 0.

    Raises:
        ValueError: Sizes do not rise, shapes differ, a score is not finite or passes the best.
    """
    n, measured = np.asarray(sizes, dtype=float), np.asarray(scores, dtype=float)
    if (
        n.ndim != 1
        or n.size == 0
        or not np.isfinite(n).all()
        or n[0] < 1
        or (np.diff(n) <= 0).any()
    ):
        raise ValueError(f"sizes of a learning curve rise from at least 1, unlike {n.tolist()}")
    if measured.ndim != 2 or measured.shape[0] != n.size or measured.shape[1] == 0:
        raise ValueError(
            f"{n.size} sizes need scores of shape ({n.size}, repeats), not {measured.shape}"
        )
    if not np.isfinite(measured).all():
        row = int(np.flatnonzero(~np.isfinite(measured).all(axis=1))[0])
        raise ValueError(f"a score at size {n[row]:g} is not finite: {measured[row].tolist()}")
    top = (1.0 if greater_is_better else 0.0) if best is None else float(best)
    worst = float((top - measured).min() if greater_is_better else (measured - top).min())
    if worst < -1e-12:
        raise ValueError(f"a score passes the best one, {top:g}, by {-worst:g}; say `best`")
    return Curve(
        sizes=tuple(int(each) for each in n),
        scores=tuple(tuple(float(each) for each in row) for row in measured),
        greater_is_better=greater_is_better,
        best=top,
    )


@record
class CurveFit:
    """A curve with all that was drawn to know how far it can be trusted.

    Attributes:
        curve: What was measured.
        family: The name of the one with the greatest weight.
        weights: Of each family, by name; they sum to 1.
        floor: The score that no number of rows would pass.
        level: Of confidence of all intervals.
        draws: Curves, as the noise of the measurements could have made them.
    """

    curve: Curve
    family: str
    weights: tuple[tuple[str, float], ...]
    floor: Estimate
    level: float
    draws: Fitted = field(compare=False, repr=False)

    def at(self, rows: float) -> Estimate:
        """Score after training on `rows` rows, as the mean over many such trainings.

        Raises:
            ValueError: Fewer than one row.
        """
        return self._told(self._signed(self._lacking(_at_least_one(rows))))

    def gain(self, rows: float, more: float) -> Estimate:
        """What `more` rows bring on top of `rows`; positive where the score gets better."""
        return self._told(self.gains(rows, more))

    def gains(self, rows: float, more: float) -> Floats:
        """The same for each drawn curve, shape (n_draws,)."""
        return self._lacking(_at_least_one(rows)) - self._lacking(_at_least_one(rows + more))

    def rows_for(self, score: float) -> Estimate:
        """How many rows a score needs; infinite where it is not reached."""
        lacking = (self.curve.best - score) * (1 if self.curve.greater_is_better else -1)
        return self._told(self._first(lambda n: self._lacking(n) <= lacking, 1.0))

    def rows_for_gain(self, rows: float, gains: Floats) -> Floats:
        """For each drawn curve how many rows in all do what `rows` rows and a gain do.

        Args:
            rows: At least 1.
            gains: For each draw, in the units of the score, shape (n_draws,).

        Returns:
            Shape (n_draws,); infinite where it is not reached.
        """
        wanted = self._lacking(_at_least_one(rows)) - gains
        return self._first(lambda n: self._lacking(n) <= wanted, 1.0)

    def pays_until(self, gain: float, more: float) -> Estimate:
        """From how many rows on `more` rows bring less than `gain`.

        Args:
            gain: In the units of the score, above 0: what the rows would have to be worth.
            more: Rows, above 0.

        Returns:
            Rows; 1 where they never pay.

        Raises:
            ValueError: `gain` or `more` is not above 0.
        """
        if not (gain > 0 and more > 0):
            raise ValueError(f"gain and rows must be above 0, not {gain} and {more}")
        return self._told(
            self._first(lambda n: self._lacking(n) - self._lacking(n + more) < gain, 1.0)
        )

    def _lacking(self, rows: Floats) -> Floats:
        return self.draws.at(rows / _middle(self.curve))

    def _signed(self, lacking: Floats) -> Floats:
        return self.curve.best + lacking * (-1 if self.curve.greater_is_better else 1)

    def _first(self, holds: Callable[[Floats], Booleans], start: float) -> Floats:
        """The smallest number of rows from which on something holds, for each draw."""
        grid = np.geomspace(start, _HORIZON, 700)[:, None]
        fails = ~holds(grid)
        last = np.where(fails.any(0), fails.shape[0] - 1 - np.argmax(fails[::-1], axis=0), -1)
        never, at_once = last == grid.size - 1, last < 0
        low = np.log(grid[np.maximum(last, 0), 0])
        high = np.log(grid[np.minimum(last + 1, grid.size - 1), 0])
        for _ in range(30):
            middle = (low + high) / 2
            held = holds(np.exp(middle))
            low, high = np.where(held, low, middle), np.where(held, middle, high)
        return np.where(never, np.inf, np.where(at_once, start, np.exp(high)))

    def _told(self, values: Floats) -> Estimate:
        return _estimate(values, self.level)


def fit_curve(
    curve: Curve, *, level: float = 0.9, n_draws: int = 1000, seed: int | np.random.Generator = 0
) -> CurveFit | Refusal:
    """Fit families of curves, or say why this one is not to be extended.

    The measured means are drawn anew from their estimated distribution (what a repeat shifts at
    all sizes, and what differs from size to size), all families are fitted to each draw, and
    each draw takes one of them with the odds of its Akaike weight. What is drawn is therefore
    the noise of the measurement and the doubt about the form.

    Args:
        curve: At least four sizes and three repeats.
        level: Of confidence, for all intervals that are asked of the fit.
        n_draws: Of curves.
        seed: Of the draws.

    Returns:
        The fit, or a refusal.

    Raises:
        ValueError: The level is not between 0 and 1.

    References:
        F. Mohr, T. J. Viering, M. Loog, J. N. van Rijn, "LCDB 1.0", ECML PKDD 2022; C. Yan,
        F. Mohr, T. J. Viering, "LCDB 1.1: a database illustrating learning curves are more
        ill-behaved than previously thought", 2025 (the share of curves that get worse);
        K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference, 2002,
        sections 2.9 (weights) and 4.3 (intervals with the doubt about the model); 2.5 (the
        variance inflation of a form that misfits).
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    rng = np.random.default_rng(seed)
    if (refusal := _too_few(curve)) is not None:
        return refusal
    noise = noise_of(curve.sizes, curve.shortfalls)
    if (refusal := _gets_worse(curve, noise, rng)) is not None:
        return refusal
    means = curve.shortfalls.mean(axis=1)
    x = np.asarray(curve.sizes) / _middle(curve)
    whitener = np.linalg.inv(np.linalg.cholesky(noise.covariance()))
    centre = [fit_family(index, x, means[None, :], whitener) for index in range(len(FAMILIES))]
    inflation = _inflation(centre, means.size)
    if (refusal := _no_family_fits(curve, noise, centre, x, inflation)) is not None:
        return refusal
    drawn = means + noise.drawn(n_draws, inflation, rng)
    fits = [fit_family(index, x, drawn, whitener) for index in range(len(FAMILIES))]
    weights = _akaike(centre, means.size, inflation)[0]
    draws = _one_each(fits, _akaike(fits, means.size, inflation), rng)
    sign = -1 if curve.greater_is_better else 1
    return CurveFit(
        curve=curve,
        family=FAMILIES[int(np.argmax(weights))].name,
        weights=tuple((f.name, float(w)) for f, w in zip(FAMILIES, weights, strict=True)),
        floor=_estimate(curve.best + sign * draws.floors, level),
        level=level,
        draws=draws,
    )


def _too_few(curve: Curve) -> Refusal | None:
    n_sizes, n_repeats = len(curve.sizes), len(curve.scores[0])
    if n_sizes < MIN_SIZES:
        message = f"{n_sizes} sizes were measured; the form shows from {MIN_SIZES} on"
        return Refusal(reason="too few sizes", message=message)
    if n_repeats < MIN_REPEATS:
        message = f"{n_repeats} repeats were measured; the noise shows from {MIN_REPEATS} on"
        return Refusal(reason="too few repeats", message=message)
    return None


def _gets_worse(curve: Curve, noise: CurveNoise, rng: np.random.Generator) -> Refusal | None:
    """Whether the steepest rise of what is lacking is more than noise on a level curve makes."""
    means = curve.shortfalls.mean(axis=1)
    first, second = np.triu_indices(means.size, 1)
    error = np.sqrt(noise.own[first] + noise.own[second])
    rises = (means[second] - means[first]) / error
    drawn = noise.drawn(2000, 1.0, rng)
    by_chance = ((drawn[:, second] - drawn[:, first]) / error).max(axis=1)
    steepest = int(np.argmax(rises))
    if rises[steepest] <= 0 or np.mean(by_chance >= rises[steepest]) >= _REFUSED_BELOW:
        return None
    low, high = curve.sizes[first[steepest]], curve.sizes[second[steepest]]
    before, after = curve.means[first[steepest]], curve.means[second[steepest]]
    return Refusal(
        reason="gets worse",
        message=f"from {low} to {high} rows the score goes from {before:.4g} to {after:.4g}, "
        "which is worse by more than noise",
        at=(low, high),
    )


def _inflation(centre: Sequence[Fitted], n_sizes: int) -> float:
    """How much more the best family misses than noise alone would; at least 1."""
    of = [
        float(fit.misfits[0]) / max(n_sizes - family.n_parameters, 1)
        for family, fit in zip(FAMILIES, centre, strict=True)
    ]
    return max(1.0, min(of))


def _no_family_fits(
    curve: Curve, noise: CurveNoise, centre: Sequence[Fitted], x: Floats, inflation: float
) -> Refusal | None:
    """Whether all families miss by more than noise, and by a tenth of what the curve covers."""
    means = curve.shortfalls.mean(axis=1)
    by_chance = f_distribution.ppf(
        1 - _REFUSED_BELOW, max(means.size - 3, 1), max(noise.freedom[1], 1)
    )
    misses = [float(np.sqrt(np.mean((fit.at(x[:, None])[:, 0] - means) ** 2))) for fit in centre]
    covered = float(np.ptp(means))
    if inflation <= by_chance or min(misses) < covered / 10:
        return None
    return Refusal(
        reason="no family fits",
        message=f"the nearest family of curves misses the measured scores by {min(misses):.3g} "
        f"on average, while they cover {covered:.3g}",
    )


def _akaike(fits: Sequence[Fitted], n_sizes: int, inflation: float) -> Floats:
    """Weights, shape (n_draws, n_families); corrected for few sizes where there are enough."""
    criteria = []
    for family, fit in zip(FAMILIES, fits, strict=True):
        k = family.n_parameters
        correction = 2 * k * (k + 1) / (n_sizes - k - 1) if n_sizes > k + 1 else 0.0
        criteria.append(fit.misfits / inflation + 2 * k + correction)
    worse = np.stack(criteria, axis=1)
    odds = np.exp(-(worse - worse.min(axis=1, keepdims=True)) / 2)
    return odds / odds.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]  # an array


def _one_each(fits: Sequence[Fitted], weights: Floats, rng: np.random.Generator) -> Fitted:
    """For each draw the fit of one family, with the odds of its weight."""
    n_draws = weights.shape[0]
    chosen = (rng.random((n_draws, 1)) > weights.cumsum(axis=1)).sum(axis=1)
    chosen = np.minimum(chosen, len(fits) - 1)  # rounding of the last sum
    rows = np.arange(n_draws)
    names = ("families", "floors", "drops", "scales", "rates", "misfits")
    stacked = {name: np.stack([getattr(fit, name) for fit in fits]) for name in names}
    return Fitted(**{name: values[chosen, rows] for name, values in stacked.items()})


def _middle(curve: Curve) -> float:
    return float(np.exp(np.mean(np.log(curve.sizes))))


def last_doubling(curve: Curve, *, level: float = 0.9) -> Estimate | None:
    """What each doubling of the rows brought between the two largest sizes; positive where better.

    Where returns diminish, as they do on every curve that is not refused, the next doubling
    brings no more than that. So this bounds a gain where no family of curves fits.

    Returns:
        The mean over repeats, in the units of the score, with Student's interval for pairs; None
        where there are fewer than two sizes or two repeats.
    """
    if len(curve.sizes) < 2 or len(curve.scores[0]) < 2:
        return None
    before, after = curve.shortfalls[-2:]
    gains = (before - after) / np.log2(curve.sizes[-1] / curve.sizes[-2])
    n, mean = gains.size, float(gains.mean())
    half = float(stdtrit(n - 1, (1 + level) / 2) * gains.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, Interval(mean - half, mean + half, level))


def _at_least_one(rows: float) -> Floats:
    if not rows >= 1:
        raise ValueError(f"a curve is asked for at least one row, not {rows}")
    return np.asarray(float(rows))


def _estimate(values: Floats, level: float) -> Estimate:
    """Median and quantiles; `inverted_cdf` because infinite values have no middle."""
    tail = (1 - level) / 2
    low, middle, high = np.quantile(values, [tail, 0.5, 1 - tail], method="inverted_cdf")
    return Estimate(float(middle), Interval(float(low), float(high), level))
