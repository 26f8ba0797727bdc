"""How sure a number is: intervals of shares, of means, and of whatever the rows can tell.

A resample is told by *weights*: how often each row was drawn. A statistic that can be worked out
from weights is worked out for many resamples at once, and rows that are equal may be given once
with their count, so that a table of a million rows with a thousand distinct ones costs what a
thousand cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from tilth.quality.resample import Design, Floats, Seed, Statistic, acceleration, as_table
from tilth.record import record

Method = Literal["bca", "percentile"]


@record(kw_only=False)
class Interval:
    """Where a number lies, at a level of confidence; both ends belong to it.

    Attributes:
        low: The lower end; NaN where nothing can be said.
        high: The upper end, at least `low`.
        level: Above 0 and below 1, such as 0.95.
    """

    low: float
    high: float
    level: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        """From end to end."""
        return self.high - self.low


@record(kw_only=False)
class Estimate:
    """A number, and how sure it is.

    Attributes:
        value: The number; NaN where it is not defined.
        interval: Where it lies.
    """

    value: float
    interval: Interval

    @property
    def at_best(self) -> float:
        """The upper end, or without an interval the value: what is surely low sorts first.

        Infinite where nothing is known.
        """
        known = (each for each in (self.interval.high, self.value) if not np.isnan(each))
        return next(known, float("inf"))

    def as_dict(self) -> dict[str, float]:
        """As plain data: `value`, `low`, `high` and `level`."""
        ends = self.interval
        return {"value": self.value, "low": ends.low, "high": ends.high, "level": ends.level}

    @classmethod
    def from_dict(cls, stored: Mapping[str, float]) -> Estimate:
        """Back from `as_dict`; other keys do no harm."""
        ends = Interval(stored["low"], stored["high"], stored["level"])
        return cls(stored["value"], ends)

    @classmethod
    def unknown(cls, level: float) -> Estimate:
        """Of something that nothing is known of."""
        nan = float("nan")
        return cls(nan, Interval(nan, nan, level))


def wilson(successes: float, n: float, *, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share; also right for small `n` and shares near 0 and 1.

    Args:
        successes: How many had it, between 0 and `n`; may be a weight.
        n: Of how many. Of none, the share may be anything: 0 to 1.
        level: Of confidence.

    Raises:
        ValueError: A number is outside of its range.

    References:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
        Journal of the American Statistical Association 22, 1927; L. D. Brown, T. T. Cai,
        A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16,
        2001, equation 4.
    """
    low, high = wilson_bounds([successes], [n], level=level)
    return Interval(float(low[0]), float(high[0]), level)


def wilson_bounds(
    successes: ArrayLike, n: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """The ends of `wilson` for many shares at once; shapes as the arguments broadcast."""
    had, of = np.broadcast_arrays(np.asarray(successes, float), np.asarray(n, float))
    if not (np.isfinite(of).all() and (had >= 0).all() and (had <= of).all()):
        raise ValueError("a share needs 0 <= successes <= n, and both finite")
    squared = _normal_quantile(level) ** 2
    with np.errstate(invalid="ignore"):  # 0 of 0, which is answered below
        centre = (had + squared / 2) / (of + squared)
        spread = np.sqrt(squared * (had * (1 - had / of) + squared / 4)) / (of + squared)
    low, high = centre - spread, centre + spread
    # Rounding must not push an end beyond what it is exactly.
    return np.where(had == 0, 0.0, low), np.where(had == of, 1.0, high)


def bootstrap_mean(
    values: ArrayLike,
    *,
    level: float = 0.95,
    method: Method = "bca",
    n_draws: int = 2000,
    seed: Seed = 0,
) -> Interval:
    """Interval of a mean, by drawing rows anew; arguments and errors as for `bootstrap`.

    Args:
        values: One for each row, shape (n_rows,), finite.
    """
    given = _finite_row("values", values)
    distinct, counts = np.unique(given, return_counts=True)
    return bootstrap(
        mean_of(distinct), counts, level=level, method=method, n_draws=n_draws, seed=seed
    )


_LARGE = 20_000
"""Of more rows the mean is as good as normal, and drawing rows anew takes seconds."""


def mean_interval(values: ArrayLike) -> Interval:
    """Interval of a mean at 95 %, for any number of rows: `bootstrap_mean`, or of many the normal.

    Args:
        values: One for each row, shape (n_rows,), finite.

    Raises:
        ValueError: There are none, or one is not finite.
    """
    given = _finite_row("values", values)
    if len(given) <= _LARGE:
        return bootstrap_mean(given)
    mean = float(given.mean())
    reach = _normal_quantile(0.95) * float(given.std(ddof=1)) / len(given) ** 0.5
    return Interval(mean - reach, mean + reach, 0.95)


def paired_difference(
    first: ArrayLike,
    second: ArrayLike,
    *,
    level: float = 0.95,
    method: Method = "bca",
    n_draws: int = 2000,
    seed: Seed = 0,
) -> Interval:
    """Interval of mean(second) - mean(first), where both were measured on the same rows.

    What the rows have in common cancels, which two separate intervals would count twice.
    Arguments and errors as for `bootstrap`.

    Args:
        first: Before, or one of two models; shape (n_rows,), finite.
        second: After, or the other, in the same order.
    """
    before, after = _finite_row("first", first), _finite_row("second", second)
    if before.shape != after.shape:
        raise ValueError(f"{before.size} and {after.size} values are not pairs")
    return bootstrap_mean(after - before, level=level, method=method, n_draws=n_draws, seed=seed)


def bootstrap(
    statistic: Statistic,
    rows: int | ArrayLike,
    *,
    strata: ArrayLike | None = None,
    level: float = 0.95,
    method: Method = "bca",
    n_draws: int = 2000,
    seed: Seed = 0,
) -> Interval:
    """Interval of one number, by drawing rows anew with replacement.

    `bca` corrects for bias and skewness and is accurate to second order; `percentile` takes
    the quantiles as they come. Draws where the statistic is not defined are left out.

    Args:
        statistic: What is wanted, from weights; `mean_of` and `of_sample` make one.
        rows: How many rows there are, or how often each distinct row occurs, shape (n_rows,).
        strata: The group of each row, shape (n_rows,); each keeps its size in every draw. For
            two samples that were drawn apart, and for samples that were drawn by stratum.
        level: Of confidence.
        method: `bca` or `percentile`.
        n_draws: How many resamples.
        seed: Of the draws.

    Returns:
        The interval; NaN to NaN where the statistic is not defined for the rows themselves.

    Raises:
        ValueError: No rows, negative counts, shapes that differ, or a level out of range.

    References:
        B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical
        Association 82, 1987; B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap,
        1993, sections 13.3 (percentile) and 14.3 (BCa).
    """
    found = bootstrap_each(
        lambda weights: np.asarray(statistic(weights), float)[:, None],
        rows,
        strata=strata,
        level=level,
        method=method,
        n_draws=n_draws,
        seed=seed,
    )
    return found[0]


def bootstrap_each(
    statistic: Statistic,
    rows: int | ArrayLike,
    *,
    strata: ArrayLike | None = None,
    level: float = 0.95,
    method: Method = "bca",
    n_draws: int = 2000,
    seed: Seed = 0,
) -> list[Interval]:
    """Intervals of several numbers from the same draws; arguments as for `bootstrap`.

    Args:
        statistic: Returns shape (n_draws, n_values).

    Returns:
        One interval for each value. Each holds by itself, at `level`; that all hold at once is
        less likely.
    """
    _normal_quantile(level)
    if n_draws < 2:
        raise ValueError(f"an interval needs at least two draws, not {n_draws}")
    design = Design.of(rows, strata)
    generator = np.random.default_rng(seed)
    drawn = np.concatenate([as_table(statistic(each)) for each in design.draws(n_draws, generator)])
    estimate = as_table(statistic(design.counts[None, :].astype(float)))[0]
    found = np.zeros(estimate.size)
    if method == "bca":
        found = np.broadcast_to(acceleration(statistic, design, generator), estimate.shape)
    return [
        interval_of_draws(drawn[:, i], estimate[i], found[i], level=level, method=method)
        for i in range(estimate.size)
    ]


def interval_of_draws(
    drawn: Floats,
    estimate: float,
    acceleration: float = 0.0,
    *,
    level: float = 0.95,
    method: Method = "bca",
) -> Interval:
    """The interval of one number that was worked out of each resample.

    Args:
        drawn: The number in each resample, shape (n_draws,); NaN where it is not defined.
        estimate: The number for the rows themselves.
        acceleration: Of the number; see `tilth.quality.resample.acceleration`.
        level: Of confidence.
        method: `bca` or `percentile`.

    Returns:
        The interval; NaN to NaN where the number is not defined for the rows themselves.

    Raises:
        ValueError: There is no such method.
    """
    shares = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "bca":
        shares = _bca_shares(drawn, estimate, acceleration, shares)
    elif method != "percentile":
        raise ValueError(f"`{method}` is no method; there is `bca` and `percentile`")
    return Interval(*_quantiles(drawn, shares, estimate), level)


def estimate_each(
    statistic: Statistic,
    rows: int | ArrayLike,
    *,
    strata: ArrayLike | None = None,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: Seed = 0,
) -> list[Estimate]:
    """The values for the rows themselves, each with its interval by `bootstrap_each`.

    Args:
        n_draws: 0 for values alone. Then, and where there are no rows, intervals are NaN to NaN.
    """
    whole = np.ones(rows) if isinstance(rows, int) else np.asarray(rows, float)
    values = as_table(statistic(whole[None, :]))[0]
    intervals = [Estimate.unknown(level).interval] * values.size
    if n_draws and whole.any():
        intervals = bootstrap_each(
            statistic, rows, strata=strata, level=level, n_draws=n_draws, seed=seed
        )
    return [Estimate(float(v), each) for v, each in zip(values, intervals, strict=True)]


def mean_of(values: ArrayLike) -> Statistic:
    """The weighted mean as a statistic.

    Args:
        values: One for each row, shape (n_rows,), or several, shape (n_rows, n_values).
    """
    given = np.asarray(values, float)

    def mean(weights: Floats) -> Floats:
        total = weights.sum(axis=1)
        return np.asarray((weights @ given).T / total).T

    return mean


def of_sample(values: ArrayLike, statistic: Callable[[NDArray[Any]], ArrayLike]) -> Statistic:
    """Make a statistic of one that wants the drawn rows themselves, such as a median.

    It is called once for each draw, so it costs more than one that takes weights.

    Args:
        values: The rows, shape (n_rows, ...).
        statistic: Rows, some of them several times -> a number, or numbers.
    """
    given = np.asarray(values)

    def each(weights: Floats) -> Floats:
        times = weights.astype(np.int64)
        return np.array([statistic(np.repeat(given, row, axis=0)) for row in times], float)

    return each


def _bca_shares(drawn: Floats, estimate: float, acceleration: float, tails: Floats) -> Floats:
    """Which quantiles to take; Efron and Tibshirani, equations 14.10 and 14.14."""
    defined = max(int(np.isfinite(drawn).sum()), 1)
    below = (int((drawn < estimate).sum()) + int((drawn <= estimate).sum())) / (2 * defined)
    # Where all draws lie on one side nothing can be said of the bias beyond half a draw.
    bias = ndtri(np.clip(below, 0.5 / defined, 1 - 0.5 / defined))
    moved = bias + ndtri(tails)
    return np.asarray(ndtr(bias + moved / (1 - acceleration * moved)))


def _quantiles(drawn: Floats, shares: Floats, estimate: float) -> tuple[float, float]:
    defined = drawn[np.isfinite(drawn)]
    if defined.size == 0 or not np.isfinite(estimate):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, shares)
    return float(low), float(high)


def _finite_row(name: str, values: ArrayLike) -> Floats:
    row = np.asarray(values, float)
    if row.ndim != 1 or row.size == 0 or not np.isfinite(row).all():
        raise ValueError(f"`{name}` needs at least one number, and none that is NaN or infinite")
    return row


def _normal_quantile(level: float) -> float:
    """How many standard deviations a two-sided interval reaches to each side."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, and {level} does not")
    return float(ndtri((1 + level) / 2))
