"""How sure a number is: intervals of shares, of means, and of whatever the rows can tell.

One engine serves all that is resampled. A resample is told by *weights*: how often each row was
drawn. A statistic that can be worked out from weights is worked out for many resamples at once,
and rows that are equal may be given once with their count, so that a table of a million rows
with a thousand distinct ones costs what a thousand cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Statistic = Callable[[Floats], NDArray[Any]]
"""Weights, shape (n_draws, n_rows) -> values, shape (n_draws,) or (n_draws, n_values).

It is NaN where it is not defined, such as a correlation of constants.
"""

Seed = int | np.random.Generator

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
    design = _Design.of(rows, strata)
    generator = np.random.default_rng(seed)
    drawn = np.concatenate(
        [_as_table(statistic(each)) for each in design.draws(n_draws, generator)]
    )
    estimate = _as_table(statistic(design.counts[None, :].astype(float)))[0]
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "percentile":
        shares = np.repeat(tails[:, None], estimate.size, axis=1)
    elif method == "bca":
        shares = _bca_shares(drawn, estimate, _acceleration(statistic, design, generator), tails)
    else:
        raise ValueError(f"`{method}` is no method; there is `bca` and `percentile`")
    return [
        Interval(*_quantiles(drawn[:, i], shares[:, i], estimate[i]), level)
        for i in range(estimate.size)
    ]


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


_CHUNK = 4_000_000
"""How many weights are held at once: 32 MB."""

_MOST_LEFT_OUT = 1000
"""How many leave-one-out values the acceleration is estimated from, at most."""


@record
class _Design:
    """What is drawn from.

    Attributes:
        counts: How often each distinct row occurs, shape (n_rows,).
        strata: For each stratum, its rows.
    """

    counts: Integers
    strata: tuple[Integers, ...]

    @classmethod
    def of(cls, rows: int | ArrayLike, strata: ArrayLike | None) -> _Design:
        counts = np.ones(rows, np.int64) if isinstance(rows, int) else np.asarray(rows)
        if counts.ndim != 1 or not np.issubdtype(counts.dtype, np.integer):
            raise ValueError("`rows` is a number of rows, or one whole number for each row")
        if counts.size == 0 or counts.min() < 0 or counts.sum() == 0:
            raise ValueError("an interval needs at least one row, and no negative counts")
        return cls(counts=counts.astype(np.int64), strata=_members(counts.size, strata))

    @property
    def per_chunk(self) -> int:
        """How many draws are held at once."""
        return max(1, _CHUNK // self.counts.size)

    def draws(self, n: int, generator: np.random.Generator) -> Iterator[Floats]:
        """Weights of `n` resamples, shape (up to `per_chunk`, n_rows) at a time."""
        for start in range(0, n, self.per_chunk):
            weights = np.zeros((min(self.per_chunk, n - start), self.counts.size))
            for members in self.strata:
                weights[:, members] = _draw(self.counts[members], len(weights), generator)
            yield weights


def _members(n_rows: int, strata: ArrayLike | None) -> tuple[Integers, ...]:
    if strata is None:
        return (np.arange(n_rows),)
    names = np.asarray(strata)
    if names.shape != (n_rows,):
        raise ValueError(f"`strata` has shape {names.shape}, and there are {n_rows} rows")
    _, codes = np.unique(names, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    return tuple(np.split(order, np.cumsum(np.bincount(codes))[:-1]))


def _draw(counts: Integers, n_draws: int, generator: np.random.Generator) -> NDArray[Any]:
    """How often each row comes when as many rows are drawn as there are."""
    n_rows, n_items = counts.size, int(counts.sum())
    if n_items == 0:
        return np.zeros((n_draws, n_rows))
    if n_rows * 8 < n_items:  # a binomial for each distinct row costs about eight plain draws
        return generator.multinomial(n_items, counts / n_items, size=n_draws)
    row_of = np.repeat(np.arange(n_rows), counts)
    chosen = row_of[generator.integers(n_items, size=(n_draws, n_items))]
    chosen += np.arange(n_draws)[:, None] * n_rows
    return np.bincount(chosen.ravel(), minlength=n_draws * n_rows).reshape(n_draws, n_rows)


def _acceleration(statistic: Statistic, design: _Design, generator: np.random.Generator) -> Floats:
    """How fast the spread changes with the value: the skewness of the rows' influences.

    Efron and Tibshirani, equation 14.15, with one term for each stratum. Of many rows, groups
    are left out instead of single ones: a sum over groups has the same expectation.
    """
    squares: Any = 0.0
    cubes: Any = 0.0
    for members in design.strata:
        n = int(design.counts[members].sum())
        if n < 2:
            continue  # without its only row there is no stratum
        values, size, times = _left_out(statistic, design, members, generator)
        centre = (times @ values) / times.sum()
        influence = (n - size)[:, None] * (centre - values) / n
        squares = squares + times @ influence**2
        cubes = cubes + times @ influence**3
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.asarray(cubes / (6 * np.asarray(squares) ** 1.5))
    return np.where(np.isfinite(ratio), ratio, 0.0)


def _left_out(
    statistic: Statistic, design: _Design, members: Integers, generator: np.random.Generator
) -> tuple[Floats, Integers, Integers]:
    """The statistic without some rows; how many were left out; how often that case occurs."""
    counts = design.counts[members]
    present = members[counts > 0]
    if present.size <= _MOST_LEFT_OUT:
        groups = list(present[:, None])
        times = counts[counts > 0]
    else:
        items = generator.permutation(np.repeat(members, counts))
        groups = np.array_split(items, _MOST_LEFT_OUT)
        times = np.ones(len(groups), np.int64)
    found = []
    for start in range(0, len(groups), design.per_chunk):
        some = groups[start : start + design.per_chunk]
        weights = np.repeat(design.counts[None, :].astype(float), len(some), axis=0)
        for weight, group in zip(weights, some, strict=True):
            np.subtract.at(weight, group, 1)
        found.append(_as_table(statistic(weights)))
    return np.concatenate(found), np.array([len(group) for group in groups]), times


def _bca_shares(drawn: Floats, estimate: Floats, acceleration: Floats, tails: Floats) -> Floats:
    """Which quantiles to take; Efron and Tibshirani, equations 14.10 and 14.14."""
    defined = np.maximum(np.isfinite(drawn).sum(axis=0), 1)
    below = ((drawn < estimate).sum(axis=0) + (drawn <= estimate).sum(axis=0)) / (2 * defined)
    # Where all draws lie on one side nothing can be said of the bias beyond half a draw.
    bias = ndtri(np.clip(below, 0.5 / defined, 1 - 0.5 / defined))
    moved = bias + ndtri(tails)[:, None]
    return np.asarray(ndtr(bias + moved / (1 - acceleration * moved)))


def _quantiles(drawn: Floats, shares: Floats, estimate: float) -> tuple[float, float]:
    defined = drawn[np.isfinite(drawn)]
    if defined.size == 0 or not np.isfinite(estimate):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, shares)
    return float(low), float(high)


def _as_table(values: NDArray[Any]) -> Floats:
    table = np.asarray(values, float)
    if table.ndim != 2:
        raise ValueError(f"the statistic has shape {table.shape}, not (n_draws, n_values)")
    return table


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
