"""Resamples of rows, told by weights: how often each row was drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Statistic = Callable[[Floats], NDArray[Any]]
"""Weights, shape (n_draws, n_rows) -> values, shape (n_draws,) or (n_draws, n_values).

It is NaN where it is not defined, such as a correlation of constants.
"""

Seed = int | np.random.Generator

_CHUNK = 4_000_000
"""How many weights are held at once: 32 MB."""

_CACHED = 50_000
"""How many rows are drawn at once, so that they and their counts stay in the cache."""

_MOST_LEFT_OUT = 1000
"""How many leave-one-out values the acceleration is estimated from, at most."""


@record
class Design:
    """What is drawn from.

    Attributes:
        counts: How often each distinct row occurs, shape (n_rows,).
        strata: For each stratum, its rows.
    """

    counts: Integers
    strata: tuple[Integers, ...]

    @classmethod
    def of(cls, rows: int | ArrayLike, strata: ArrayLike | None) -> Design:
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
    if n_rows * 8 < n_items:  # one row's binomial costs about eight plain draws
        return generator.multinomial(n_items, counts / n_items, size=n_draws)
    row_of = None if n_rows == n_items else np.repeat(np.arange(n_rows), counts)
    weights = np.empty((n_draws, n_rows))
    at_once = max(1, _CACHED // n_items)
    for start in range(0, n_draws, at_once):
        some = weights[start : start + at_once]
        chosen = generator.integers(n_items, size=(len(some), n_items))
        cells = chosen if row_of is None else row_of[chosen]
        cells += np.arange(len(some))[:, None] * n_rows
        some[:] = np.bincount(cells.ravel(), minlength=some.size).reshape(some.shape)
    return weights


def acceleration(statistic: Statistic, design: Design, generator: np.random.Generator) -> Floats:
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
    statistic: Statistic, design: Design, members: Integers, generator: np.random.Generator
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
        found.append(as_table(statistic(weights)))
    return np.concatenate(found), np.array([len(group) for group in groups]), times


def as_table(values: NDArray[Any]) -> Floats:
    """What a statistic returned, if it has the shape that it owes."""
    table = np.asarray(values, float)
    if table.ndim != 2:
        raise ValueError(f"the statistic has shape {table.shape}, not (n_draws, n_values)")
    return table
