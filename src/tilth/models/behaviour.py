"""How a model behaves when rows are changed on purpose: invariance, direction, minimum.

References:
    M. T. Ribeiro, T. Wu, C. Guestrin, S. Singh, "Beyond accuracy: behavioral testing of NLP models
    with CheckList", ACL 2020 (minimum functionality, invariance and directional tests).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.models.goals import Goal
from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Ask = Callable[[pl.DataFrame], Floats]
"""Rows -> what the model says of them, shape (n_rows, n_outputs)."""

_LEVELS, _STEPS = 12, 7
"""So many levels of a column are tried at most, and so many steps of a number."""

_DIGITS, _EXACT = 12, 1e-9
"""A change below this comes from rounding."""


@record
class Behaviour:
    """What came of changing rows.

    Attributes:
        n_rows: Rows that were changed, or asked about.
        n_broken: Of them, those that broke the goal.
        most: The largest change of an answer that breaks it; 0 where there is none.
        evidence: In words, with the worst row.
    """

    n_rows: int
    n_broken: int
    most: float
    evidence: str


def invariance(
    goal: Goal, ask: Ask, rows: pl.DataFrame, places: Integers | None = None
) -> Behaviour:
    """Give each row every other value of a column, and see whether the answer stays.

    Levels are the most frequent ones that occur; of a number with many values, quantiles.

    Args:
        goal: For `invariance`.
        ask: The model.
        rows: The rows.
        places: What the rows are called in messages, shape (n_rows,); their positions if not given.

    Raises:
        UnknownNameError: There is no such column.
        DataError: The column has one value alone.
    """
    values = _levels(goal, rows)
    before = ask(rows)
    moved = np.zeros(rows.height)
    to = np.zeros(rows.height, int)
    for at, value in enumerate(values):
        after = ask(_with(rows, goal.column, value))
        away = np.abs(after - before).max(axis=1).round(_DIGITS)  # the first of equal ones counts
        to = np.where(away > moved, at, to)
        moved = np.maximum(moved, away)
    worst = int(moved.argmax())
    was, other = rows[goal.column][worst], values[to[worst]]
    said = (
        f"in row {_place(worst, places)}, `{goal.column}` from {_text(was)} to {_text(other)} "
        "moves the answer by {}"
    )
    return _behaviour(goal, moved, said)


def direction(
    goal: Goal, ask: Ask, rows: pl.DataFrame, places: Integers | None = None
) -> Behaviour:
    """Raise a number step by step in each row, and see whether the answer goes the right way.

    Of several classes, and of models with several outputs, the last one is the answer.

    Args:
        goal: For `direction`.
        ask: The model.
        rows: The rows.
        places: As for `invariance`.

    Raises:
        UnknownNameError: There is no such column.
        DataError: It holds no numbers, or one value alone.
    """
    column = _column(goal, rows)
    if not column.dtype.is_numeric():
        raise DataError(
            f"{_where(goal)}: column `{goal.column}` is {column.dtype}, and only numbers rise"
        )
    steps = _quantiles(column, _STEPS)
    if len(steps) < 2:
        raise _one_value(goal)
    sign = 1.0 if goal.rises else -1.0
    answers = [ask(_with(rows, goal.column, each))[:, -1] * sign for each in steps]
    falls = np.stack([a - b for a, b in pairwise(answers)], axis=1)
    moved = falls.max(axis=1)
    worst, at = np.unravel_index(int(falls.argmax()), falls.shape)
    way = "lowers" if goal.rises else "raises"
    said = (
        f"in row {_place(int(worst), places)}, `{goal.column}` from {steps[at]:g} to "
        f"{steps[at + 1]:g} {way} the answer by {{}}"
    )
    return _behaviour(goal, np.maximum(moved, 0.0), said)


def minimum(goal: Goal, said: NDArray[np.generic], so: NDArray[np.generic]) -> Behaviour:
    """Compare answers that must be right with what they must be.

    Args:
        goal: With the change of a number that is none.
        said: By the model, shape (n_rows,): codes of classes, or numbers.
        so: What it must say; likewise.

    Raises:
        DataError: There are no rows.
    """
    if not len(so):
        raise DataError(f"{_where(goal)}: dataset `{goal.dataset}` has no rows")
    away = np.abs(np.asarray(said, float) - np.asarray(so, float))
    broken = away > max(goal.change, _EXACT)
    named = ", ".join(str(each) for each in np.flatnonzero(broken)[:8])
    evidence = f"all {len(so):,} rows are answered rightly"
    if broken.any():
        evidence = f"{int(broken.sum()):,} of {len(so):,} rows are answered wrongly: row {named}"
    return Behaviour(
        n_rows=len(so), n_broken=int(broken.sum()), most=float(away.max()), evidence=evidence
    )


def _behaviour(goal: Goal, moved: Floats, said: str) -> Behaviour:
    broken = moved > max(goal.change, _EXACT)
    n, n_broken, most = len(moved), int(broken.sum()), float(moved.max())
    evidence = f"it holds in all {n:,} rows"
    if most > _EXACT:
        evidence += f"; the answer moves by {most:.3g} at most"
    if n_broken:
        evidence = f"{n_broken:,} of {n:,} rows break it; {said.format(f'{most:.3g}')}"
    return Behaviour(n_rows=n, n_broken=n_broken, most=most if n_broken else 0.0, evidence=evidence)


def _levels(goal: Goal, rows: pl.DataFrame) -> list[object]:
    column = _column(goal, rows)
    if column.dtype.is_numeric() and column.n_unique() > _LEVELS:
        return list(_quantiles(column, _LEVELS))
    counts = column.value_counts(sort=True, name="n")
    found = counts.sort(["n", goal.column], descending=[True, False], nulls_last=True)[
        goal.column
    ].to_list()
    if len(found) < 2:
        raise _one_value(goal)
    return found[:_LEVELS]


def _quantiles(column: pl.Series, n: int) -> list[float]:
    known = column.drop_nulls().cast(pl.Float64).drop_nans()
    if known.is_empty():
        return []
    found = np.unique(np.quantile(known.to_numpy(), np.linspace(0, 1, n), method="nearest"))
    return [float(each) for each in found]


def _with(rows: pl.DataFrame, name: str, value: object) -> pl.DataFrame:
    return rows.with_columns(pl.lit(value).cast(rows.schema[name]).alias(name))


def _column(goal: Goal, rows: pl.DataFrame) -> pl.Series:
    if goal.column not in rows.columns:
        raise UnknownNameError("column", goal.column, rows.columns, where=_where(goal))
    return rows[goal.column]


def _one_value(goal: Goal) -> DataError:
    return DataError(
        f"{_where(goal)}: column `{goal.column}` has one value in all rows",
        hint="nothing can be changed; judge on rows that differ in it",
    )


def _place(row: int, places: Integers | None) -> int:
    return row if places is None else int(places[row])


def _text(value: object) -> str:
    return "null" if value is None else str(value)


def _where(goal: Goal) -> str:
    return goal.place or f"goal `{goal.text}`"
