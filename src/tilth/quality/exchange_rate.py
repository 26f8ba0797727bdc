"""What is a checked label worth in new rows?

Cleaning brings a model to where more of the same noisy rows would bring it too, or to where they
never would. That number of rows, less those there are, over the labels that were checked, is the
rate at which labour on the one can be exchanged for labour on the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from tilth.quality.intervals import Estimate, Interval
from tilth.quality.learning_curve import CurveFit
from tilth.record import record

Floats = NDArray[np.float64]


@record
class ExchangeRate:
    """How many rows as noisy as those there are do what cleaning does.

    Attributes:
        rows: In all, those there are included; infinite where no number of rows tried does it.
        factor: `rows` over the rows there are.
        per_label: New rows that one checked label is worth; below 0 where cleaning does harm.
        present: Rows there are.
        checked: Labels that have to be looked at, which is more than are wrong.
        tried_up_to: Rows beyond which nothing was tried; infinite ends mean "more than that".
    """

    rows: Estimate
    factor: Estimate
    per_label: Estimate
    present: int
    checked: float
    tried_up_to: float

    def worth(self, price_of_row: float) -> Estimate:
        """What checking one label saves, in the money that new rows cost."""
        return _scaled(self.per_label, price_of_row)

    def __str__(self) -> str:
        said = f"one label checked = {_told(self.per_label)} new rows"
        if np.isinf(self.per_label.interval.high):
            said += f" (more than {self.tried_up_to:g} rows were not tried)"
        return said


def measured_rate(
    sizes: Sequence[int] | ArrayLike,
    noisy: ArrayLike,
    clean: ArrayLike,
    *,
    present: int,
    checked: float,
    greater_is_better: bool = True,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int | np.random.Generator = 0,
) -> ExchangeRate:
    """The rate where both were measured: a curve on noisy rows, and a score on cleaned ones.

    The size at which the mean noisy curve first reaches the mean cleaned score, by straight lines
    in the logarithm of the size. The interval draws repeats, each with its curve and its cleaned
    score together.

    Args:
        sizes: Rising, shape (n_sizes,).
        noisy: Scores on noisy rows, shape (n_sizes, n_repeats).
        clean: Scores with `present` rows, cleaned, in the same repeats, shape (n_repeats,).
        present: Rows there are.
        checked: Labels that were looked at.
        greater_is_better: False for an error or a loss.
        level: Of confidence.
        n_draws: Of repeats.
        seed: Of the draws.

    Raises:
        ValueError: Sizes do not rise, shapes differ, values are not finite, or nothing was checked.
    """
    n = np.asarray(sizes, dtype=float)
    curves, targets = np.asarray(noisy, dtype=float), np.asarray(clean, dtype=float)
    if n.ndim != 1 or n.size == 0 or not (np.diff(n) > 0).all() or not n[0] >= 1:
        raise ValueError(f"sizes rise from at least 1, unlike {n.tolist()}")
    if curves.ndim != 2 or curves.shape != (n.size, targets.size) or targets.size == 0:
        raise ValueError(
            f"{n.size} sizes and {targets.size} repeats need scores of that shape, "
            f"not {curves.shape}"
        )
    if not (np.isfinite(curves).all() and np.isfinite(targets).all()):
        raise ValueError("a score is not finite")
    sign = 1 if greater_is_better else -1
    repeats = targets.size
    weights = np.random.default_rng(seed).multinomial(
        repeats, np.full(repeats, 1 / repeats), size=n_draws
    )
    drawn = _first_reach(n, sign * weights @ curves.T / repeats, sign * weights @ targets / repeats)
    value = _first_reach(n, sign * curves.mean(1)[None, :], sign * targets.mean()[None])[0]
    rows = _estimate(drawn, level, value=float(value))
    return _rate(rows, present=present, checked=checked, tried_up_to=float(n[-1]))


def predicted_rate(
    fit: CurveFit,
    gain: Estimate,
    *,
    present: int,
    checked: float,
    up_to: float = 1e9,
    seed: int | np.random.Generator = 0,
) -> ExchangeRate:
    """The rate where the gain of cleaning is known or estimated, and the noisy curve is extended.

    Args:
        fit: Of the noisy rows.
        gain: In the units of the score, positive where it gets better, such as from
            `tilth.quality.decision`. Its interval is taken for that of a normal variable, each
            side with its own spread.
        present: Rows there are.
        checked: Labels that have to be looked at for that gain.
        up_to: Rows beyond which a curve is not to be believed; what is not reached by then is
            infinite.
        seed: Of the draws of the gain.

    Raises:
        ValueError: Nothing is checked, or there are no rows.
    """
    rng = np.random.default_rng(seed)
    gains = _drawn(gain, fit.draws.floors.size, rng)
    rows = fit.rows_for_gain(present, gains)
    rows = np.where(rows > up_to, np.inf, rows)
    return _rate(_estimate(rows, fit.level), present=present, checked=checked, tried_up_to=up_to)


def _first_reach(sizes: Floats, curves: Floats, targets: Floats) -> Floats:
    """Where each curve first reaches its target; the first size where it begins above it."""
    reached = curves >= targets[:, None]
    first = np.argmax(reached, axis=1)
    before = np.maximum(first - 1, 0)
    rows = np.arange(len(curves))
    low, high = curves[rows, before], curves[rows, first]
    with np.errstate(invalid="ignore", divide="ignore"):  # at the first size there is no step
        share = np.where(first > 0, (targets - low) / (high - low), 0.0)
    logs = np.log(sizes)
    at = np.exp(logs[before] + share * (logs[first] - logs[before]))
    return np.where(reached.any(axis=1), at, np.inf)


def _drawn(gain: Estimate, n_draws: int, rng: np.random.Generator) -> Floats:
    unit = float(ndtri((1 + gain.interval.level) / 2))
    z = rng.normal(size=n_draws)
    below, above = gain.value - gain.interval.low, gain.interval.high - gain.value
    return gain.value + z * np.where(z < 0, below, above) / unit


def _rate(rows: Estimate, *, present: int, checked: float, tried_up_to: float) -> ExchangeRate:
    if present < 1 or not checked > 0:
        raise ValueError(f"a rate needs rows and checked labels, not {present} and {checked}")
    more = Estimate(
        rows.value - present,
        Interval(rows.interval.low - present, rows.interval.high - present, rows.interval.level),
    )
    return ExchangeRate(
        rows=rows,
        factor=_scaled(rows, 1 / present),
        per_label=_scaled(more, 1 / checked),
        present=present,
        checked=checked,
        tried_up_to=tried_up_to,
    )


def _scaled(estimate: Estimate, by: float) -> Estimate:
    interval = estimate.interval
    return Estimate(
        estimate.value * by, Interval(interval.low * by, interval.high * by, interval.level)
    )


def _estimate(drawn: Floats, level: float, *, value: float | None = None) -> Estimate:
    tail = (1 - level) / 2
    # Infinite values have no middle to interpolate to.
    low, middle, high = np.quantile(drawn, [tail, 0.5, 1 - tail], method="inverted_cdf")
    return Estimate(
        float(middle) if value is None else value, Interval(float(low), float(high), level)
    )


def _told(estimate: Estimate) -> str:
    ends = [f"{each:.3g}" for each in (estimate.interval.low, estimate.interval.high)]
    return f"{estimate.value:.3g} [{ends[0]}, {ends[1]}]"
