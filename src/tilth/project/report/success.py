"""How well predictions fit what is so, beside the same answer each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilth.quality.intervals import Estimate, mean_interval, wilson
from tilth.record import record

if TYPE_CHECKING:
    import polars

_RARE = 0.4
"""A class with fewer of the rows than this is told of by itself."""

_ENOUGH = 5


@record
class Success:
    """How well predictions fit.

    Attributes:
        is_quantity: Whether a number is predicted; else a class.
        own: The mean absolute error of a number, or the share of classes that are right.
        simple: The same of the same answer each time; None where it is not known.
        usual: That answer: the median, or the most frequent class.
        rare: Of two classes, the one with few rows; None else.
        found: Of the rare ones, the share that was predicted so; None where it is not told.
        right: Of those that were predicted so, the share that are; None where there are none.
    """

    is_quantity: bool
    own: Estimate
    simple: float | None
    usual: Any
    rare: Any = None
    found: float | None = None
    right: float | None = None


def success_of(
    said: polars.DataFrame, target: str, prediction: str = "prediction"
) -> Success | None:
    """Hold predictions against what is so.

    Args:
        said: With the columns `target` and `prediction`; rows without either are left out.
        target: The column with what is so.
        prediction: The column with what was predicted.

    Returns:
        How well they fit; None where there is nothing to compare.
    """
    if target not in said.columns or prediction not in said.columns:
        return None
    rows = said.select(target, prediction).drop_nulls()
    if rows.height == 0:
        return None
    truth, guess = rows[target], rows[prediction]
    if truth.dtype.is_numeric() and guess.dtype.is_float():
        return _of_quantity(truth.cast(float).to_numpy(), guess.to_numpy())
    return _of_classes(truth, guess)


def success_by_measures(quality: Mapping[str, Any]) -> Success | None:
    """The same from what `stage: evaluate` measured; None where that tells too little.

    Args:
        quality: See `tilth.stages.evaluate.measuring`.
    """
    measures, cells = quality["measures"], quality.get("confusion")
    if "mae" in measures:
        own = Estimate.from_dict(measures["mae"])
        return Success(is_quantity=True, own=own, simple=None, usual=None)
    if "accuracy" not in measures or not cells:
        return None
    counts = [sum(row) for row in cells]
    usual = counts.index(max(counts))
    found = right = rare = None
    positive = quality["positive"]
    if positive is not None:
        at = quality["classes"].index(positive)
        called = sum(row[at] for row in cells)
        if _ENOUGH <= counts[at] < _RARE * sum(counts):
            rare, found = positive, cells[at][at] / counts[at]
            right = cells[at][at] / called if called else None
    return Success(
        is_quantity=False,
        own=Estimate.from_dict(measures["accuracy"]),
        simple=max(counts) / sum(counts),
        usual=quality["classes"][usual],
        rare=rare,
        found=found,
        right=right,
    )


def _of_quantity(truth: Any, guess: Any) -> Success:
    import numpy as np  # it comes with Polars' own arrays, and only reports need it

    wrong = np.abs(guess - truth)
    middle = float(np.median(truth))
    return Success(
        is_quantity=True,
        own=Estimate(float(wrong.mean()), mean_interval(wrong)),
        simple=float(np.abs(truth - middle).mean()),
        usual=middle,
    )


def _of_classes(truth: polars.Series, guess: polars.Series) -> Success:
    right = truth.cast(str) == guess.cast(str)
    counts = truth.value_counts(sort=True)
    usual, n = counts[truth.name][0], len(truth)
    share = float(right.sum()) / n
    rare = counts[truth.name][-1] if counts.height == 2 else None
    n_rare = int(counts["count"][-1])
    found = precise = None
    if rare is not None and _ENOUGH <= n_rare < _RARE * n:
        are, called = truth.cast(str) == str_of(rare), guess.cast(str) == str_of(rare)
        hits = int((are & called).sum())
        found = hits / n_rare
        precise = hits / int(called.sum()) if called.any() else None
    return Success(
        is_quantity=False,
        own=Estimate(share, wilson(float(right.sum()), n)),
        simple=float(counts["count"][0]) / n,
        usual=usual,
        rare=rare,
        found=found,
        right=precise,
    )


def str_of(value: Any) -> str:
    """A value as Polars casts it to text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
