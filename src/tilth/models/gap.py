"""Whether a measure is apart between groups of rows by more than is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.models.goals import Goal
from tilth.models.proof import CANDIDATE, told_few
from tilth.models.verdict import Outcome, Part
from tilth.quality.intervals import interval_of_draws
from tilth.quality.measures.outcome import Outcome as Answered
from tilth.quality.measures.resampled import Resampled, p_at_most, resampled

_MOST_LEVELS = 30


def gap_parts(
    goal: Goal,
    answered: Answered,
    table: pl.DataFrame,
    *,
    groups: NDArray[np.int64] | None,
    draws: int,
    seed: int,
) -> list[Part]:
    """Each pair of levels, which must not be apart by more than the bound.

    That a pair is within the bound is shown by two one-sided tests, so that the larger p-value
    counts; the rows of two levels are others, and are drawn independently.

    Raises:
        UnknownNameError: There is no such column.
        DataError: It has too many levels, or fewer than two that have rows enough.

    References:
        D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach
        for assessing the equivalence of average bioavailability", Journal of Pharmacokinetics and
        Biopharmaceutics 15, 1987.
    """
    assert goal.measure is not None  # it is of one
    levels = _levels(goal, table)
    found = {
        name: resampled(
            answered.only(rows), [goal.measure], [CANDIDATE],
            groups=None if groups is None else groups[rows],
            n_draws=draws, seed=seed + at, method="percentile",
        )
        for at, (name, rows) in enumerate(levels.items())
    }  # fmt: skip
    return [
        _pair(goal, {a: found[a], b: found[b]}, len(levels[a]) + len(levels[b]))
        for a, b in combinations(found, 2)
    ]


def _levels(goal: Goal, table: pl.DataFrame) -> dict[str, NDArray[np.int64]]:
    place = goal.place or f"goal `{goal.text}`"
    if goal.column not in table.columns:
        raise UnknownNameError("column", goal.column, table.columns, where=place)
    kept = {
        name: rows for name, rows in _rows_of(goal, table).items() if len(rows) >= goal.least_rows
    }
    if len(kept) > _MOST_LEVELS:
        raise DataError(
            f"{place}: column `{goal.column}` has {len(kept)} levels",
            hint=f"compare at most {_MOST_LEVELS}; put some of them together",
        )
    if len(kept) < 2:
        raise DataError(
            f"{place}: column `{goal.column}` has {len(kept)} levels with {goal.least_rows} rows "
            "or more, and a gap takes two",
            hint="judge on more rows, or lower `least_rows`",
        )
    return kept


def few_levels(goal: Goal, table: pl.DataFrame) -> str:
    """In words, which levels have too few rows to be compared, the most frequent first."""
    counts = {name: len(rows) for name, rows in _rows_of(goal, table).items()}
    few = [(name, n) for name, n in counts.items() if n < goal.least_rows]
    return told_few(sorted(few, key=lambda each: -each[1]), goal)


def _rows_of(goal: Goal, table: pl.DataFrame) -> dict[str, NDArray[np.int64]]:
    names = table[goal.column].cast(pl.String).fill_null("null").to_numpy()
    levels, codes = np.unique(names, return_inverse=True)
    return {str(name): np.flatnonzero(codes == code) for code, name in enumerate(levels)}


def _pair(goal: Goal, found: Mapping[str, Resampled], n_rows: int) -> Part:
    """Two levels by name; the one with the lower number first."""
    assert goal.measure is not None  # it is of one
    (a, first), (b, second) = sorted(found.items(), key=lambda each: float(each[1].values[0]))
    value = float(second.values[0] - first.values[0])
    drawn = second.draws[:, 0] - first.draws[:, 0]
    drawn = drawn[np.isfinite(drawn)]
    within = max(p_at_most(-drawn, -value, -goal.bound), p_at_most(drawn, value, -goal.bound))
    beyond = p_at_most(drawn, value, goal.bound)
    ends = interval_of_draws(drawn, value, level=1 - 2 * goal.alpha, method="percentile")
    outcome: Outcome = "undecided"
    if within <= goal.alpha:
        outcome = "passed"
    elif beyond <= goal.alpha:
        outcome = "failed"
    evidence = (
        f"{goal.measure.name} is {first.values[0]:.4g} for {a} and {second.values[0]:.4g} for {b}, "
        f"apart by {value:.3g} ({ends.low:.3g} to {ends.high:.3g})"
    )
    return Part(
        slice=f"{goal.column}: {a}, {b}",
        outcome=outcome,
        n_rows=n_rows,
        value=value,
        low=ends.low,
        high=ends.high,
        before=float(first.values[0]),
        after=float(second.values[0]),
        p_value=within,
        p_against=beyond,
        evidence=evidence,
    )
