"""The coefficients of agreement as functions of weights: how often each look of an item came.

A figure is the draw in which every item occurs once, and its interval comes of many draws, so
there is one formula for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tilth.quality.resample import Floats
from tilth.quality.tally import Tally, ratio
from tilth.quality.votes import Votes

Metric = Literal["nominal", "ordinal", "interval", "ratio"]

Coefficient = Literal["percent", "fleiss", "alpha", "ac1"]

COEFFICIENTS: tuple[Coefficient, ...] = ("percent", "fleiss", "alpha", "ac1")

Figure = Callable[[Floats], Floats]
"""Weights, shape (n_draws, n_looks) -> figures, shape (n_draws,)."""


def figure_of(tally: Tally, name: Coefficient, votes: Votes, metric: Metric) -> Figure:
    """A coefficient as a function of weights; errors as for `krippendorff_alpha`."""
    if name == "alpha":
        return _alpha(tally, votes, metric)
    if name not in COEFFICIENTS:
        raise ValueError(f"`{name}` is no coefficient; there is {', '.join(COEFFICIENTS)}")
    return _beyond_chance(tally, name)


def _beyond_chance(tally: Tally, name: Coefficient) -> Figure:
    compared, cast, shares = tally.compared, (tally.size > 0).astype(float), tally.shares
    agreeing = compared * tally.agreeing
    chance = _chance_of_fleiss if name == "fleiss" else _chance_of_gwet

    def figure(weights: Floats) -> Floats:
        agreed = ratio(weights @ agreeing, weights @ compared)
        if name == "percent":
            return agreed
        by_chance = chance(ratio(weights @ shares, (weights @ cast)[:, None]))
        return ratio(agreed - by_chance, 1 - by_chance)

    return figure


def _chance_of_fleiss(marginal: Floats) -> Floats:
    several = (marginal > 0).sum(axis=1) > 1
    return np.where(several, (marginal**2).sum(axis=1), 1.0)


def _chance_of_gwet(marginal: Floats) -> Floats:
    n_draws, n_classes = marginal.shape
    if n_classes == 1:
        return np.ones(n_draws)
    return np.asarray((marginal * (1 - marginal)).sum(axis=1) / (n_classes - 1))


def _alpha(tally: Tally, votes: Votes, metric: Metric) -> Figure:
    """Alpha by the table of coincidences, of which only sums are needed."""
    paired = tally.scaled(tally.compared)
    # One vote of an item meets its size - 1 others.
    meets = tally.compared / np.maximum(tally.size - 1, 1)
    if metric == "nominal":
        apart = meets * (tally.size**2 - tally.squares)
        return lambda w: _one_less(w @ apart, w @ paired, lambda n: n.sum(1) ** 2 - (n**2).sum(1))
    if metric == "ordinal":
        return lambda w: _ordinal(w, paired, meets, tally.size)
    values = votes.values()
    if metric == "interval":
        values = values - values.mean()  # small numbers keep their digits when squared
        apart = meets * 2 * (tally.size * (paired @ values**2) - (paired @ values) ** 2)
        return lambda w: _one_less(w @ apart, w @ paired, lambda n: _spread(n, values))
    if metric == "ratio":
        distances = _Ratio(values)
        apart = meets * np.asarray((paired * distances.times(paired.T).T).sum(axis=1)).ravel()
        return lambda w: _one_less(
            w @ apart, w @ paired, lambda n: (n * distances.times(n.T).T).sum(1)
        )
    raise ValueError(f"`{metric}` is no metric; there is nominal, ordinal, interval and ratio")


def _one_less(observed: Floats, n: Floats, expected: Callable[[Floats], Floats]) -> Floats:
    """1 - observed / expected disagreement, where `n` has the votes for each class."""
    several = (n > 0).sum(axis=1) > 1
    chance = np.where(several, expected(n), 0.0)
    return 1 - ratio((n.sum(axis=1) - 1) * observed, chance)


def _spread(n: Floats, values: Floats) -> Floats:
    """Sum of squared differences over all pairs of votes."""
    return np.asarray(2 * (n.sum(1) * (n * values**2).sum(1) - (n * values).sum(1) ** 2))


def _ordinal(weights: Floats, paired: Any, meets: Floats, size: Floats) -> Floats:
    """The votes between two classes are the difference of their mid-ranks.

    So it is the interval metric, with the ranks of each draw as values.
    """
    n = weights @ paired
    ranks = np.cumsum(n, axis=1) - n / 2
    ranks -= n.sum(axis=1, keepdims=True) / 2
    sums, squares = paired @ ranks.T, paired @ (ranks**2).T
    apart = 2 * meets[:, None] * (size[:, None] * squares - sums**2)
    observed = np.einsum("dl,ld->d", weights, apart)
    return _one_less(observed, n, lambda n: _spread(n, ranks))


class _Ratio:
    """Distances of the ratio metric, ((a - b) / (a + b))^2, a block of classes at a time."""

    def __init__(self, values: Floats) -> None:
        if (values < 0).any():
            raise ValueError("a ratio scale starts at zero, and a class is negative")
        self.values = values

    def times(self, table: Any) -> Floats:
        """Distances @ table, shape (n_classes, n_columns)."""
        block = max(1, 4_000_000 // self.values.size)
        return np.concatenate(
            [
                self._rows(self.values[start : start + block]) @ table
                for start in range(0, self.values.size, block)
            ]
        )

    def _rows(self, some: Floats) -> Floats:
        away = some[:, None] - self.values
        return ratio(away, some[:, None] + self.values, otherwise=0.0) ** 2
