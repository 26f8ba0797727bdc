"""Which part of a metric's change is the data's, the code's, the parameters'?

Run old and new code on old and new data: four values. Each factor is owed what it changes on
average over the orders in which the factors could have been replaced, and these parts sum to the
change. What the factors do only together is told apart, since a sum of parts would hide it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.intervals import Estimate, Interval, bootstrap_each, mean_of
from tilth.record import record

Floats = NDArray[np.float64]
Replaced = frozenset[str]
"""The factors that are new in one of the runs; empty for the old run."""

_MOST_FACTORS = 6  # 64 runs


@record
class Attribution:
    """A change, split.

    Attributes:
        change: From all old to all new.
        parts: Factor -> its share of the change (Shapley value); they sum to the change.
        alone: Factor -> the change where it alone is new.
        together: Two or more factors -> what they change beyond all that fewer of them do;
            `alone` and `together` sum to the change too. An interaction of two is split evenly
            between their parts.
    """

    change: Estimate
    parts: Mapping[str, Estimate]
    alone: Mapping[str, Estimate]
    together: Mapping[tuple[str, ...], Estimate]


def attribute(
    scores: Mapping[Iterable[str], float | ArrayLike],
    *,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int | np.random.Generator = 0,
) -> Attribution:
    """Split the change of a metric between the factors that changed.

    Args:
        scores: For each combination of factors, those that are new -> the metric, or a score
            for each of the same test rows, shape (n_rows,), whose mean is the metric. The empty
            combination is the old run: ``{(): 0.8, ("data",): 0.9, ("code",): 0.8,
            ("code", "data"): 0.92}``.
        level: Of confidence. Intervals need scores by row; they are paired, as the same rows
            were scored in all runs. Without them both ends are NaN.
        n_draws: Of the bootstrap.
        seed: Of the draws.

    Raises:
        ValueError: A combination is missing, shapes differ, or a score is not finite.

    References:
        L. S. Shapley, "A value for n-person games", 1953; J. C. Harsanyi, "A simplified
        bargaining model for the n-person cooperative game", International Economic Review
        4(2), 1963 (the dividends, here `alone` and `together`).
    """
    table, by_row = _table(scores)
    factors = sorted(frozenset[str]().union(*table))
    contrasts = _dividends(table, factors)
    quantities = [
        table[frozenset(factors)] - table[frozenset()],
        *(_part(contrasts, each) for each in factors),
        *contrasts.values(),
    ]
    told = _estimates(np.stack(quantities, axis=1), by_row, level, n_draws, seed)
    n = len(factors)
    of_sets = dict(zip(contrasts, told[1 + n :], strict=True))
    return Attribution(
        change=told[0],
        parts=dict(zip(factors, told[1 : 1 + n], strict=True)),
        alone={one: of_sets[(one,)] for one in factors},
        together={some: of_sets[some] for some in of_sets if len(some) > 1},
    )


def _table(
    scores: Mapping[Iterable[str], float | ArrayLike],
) -> tuple[dict[Replaced, Floats], bool]:
    """Scores as rows of one length, and whether they are by row of data."""
    table = {
        frozenset((names,) if isinstance(names, str) else names): np.asarray(values, dtype=float)
        for names, values in scores.items()
    }
    factors = sorted(frozenset[str]().union(*table)) if table else []
    if not 1 <= len(factors) <= _MOST_FACTORS:
        raise ValueError(f"between one factor and {_MOST_FACTORS} can be told apart, not {factors}")
    for size in range(len(factors) + 1):
        for some in combinations(factors, size):
            if frozenset(some) not in table:
                raise ValueError(f"no score of the run in which {list(some)} is new, and no other")
    shapes = {values.shape for values in table.values()}
    if len(shapes) > 1 or len(next(iter(shapes))) > 1 or (0,) in shapes:
        raise ValueError(f"scores are of the same rows in all runs, unlike shapes {sorted(shapes)}")
    if not all(np.isfinite(values).all() for values in table.values()):
        raise ValueError("a score is not finite")
    by_row = shapes != {()}
    return {names: np.atleast_1d(values) for names, values in table.items()}, by_row


def _dividends(
    table: Mapping[Replaced, Floats], factors: list[str]
) -> dict[tuple[str, ...], Floats]:
    """For each set of factors what it changes beyond all of its subsets."""
    found: dict[tuple[str, ...], Floats] = {}
    for size in range(1, len(factors) + 1):
        for some in combinations(factors, size):
            within = [found[fewer] for n in range(1, size) for fewer in combinations(some, n)]
            change = table[frozenset(some)] - table[frozenset()]
            found[some] = change - sum(within, np.zeros_like(change))
    return found


def _part(dividends: Mapping[tuple[str, ...], Floats], factor: str) -> Floats:
    """The Shapley value: each set's dividend, shared evenly by its members."""
    shares = [values / len(some) for some, values in dividends.items() if factor in some]
    return np.sum(shares, axis=0)  # type: ignore[no-any-return]  # an array


def _estimates(
    rows: Floats, by_row: bool, level: float, n_draws: int, seed: int | np.random.Generator
) -> list[Estimate]:
    means = rows.mean(axis=0)
    if not by_row or len(rows) < 2:
        unknown = Interval(np.nan, np.nan, level)
        return [Estimate(float(each), unknown) for each in means]
    statistic: Callable[[Floats], Floats] = mean_of(rows)
    intervals = bootstrap_each(statistic, len(rows), level=level, n_draws=n_draws, seed=seed)
    return [Estimate(float(m), i) for m, i in zip(means, intervals, strict=True)]
