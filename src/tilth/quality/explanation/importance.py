"""Which columns matter to a model as a whole, with how sure that is, and which way they push."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from tilth.quality.explanation.answers import Answers
from tilth.quality.explanation.explanation import Explanation, told, values_by_column
from tilth.quality.explanation.table import Table
from tilth.quality.intervals import Estimate, Interval, bootstrap_each, mean_of
from tilth.record import field, record

Floats = NDArray[np.float64]

_CLEAR = 0.3
"""From this rank correlation on, more of a column is said to raise or to lower."""

_LEVELS = 6
"""Values of a category that are told, those that push the most."""


@record
class Importance:
    """What a column does to the answers of a model.

    Attributes:
        column: The column.
        strength: Mean absolute share over rows, and over classes if there are several.
        part: Of the strengths of all columns, between 0 and 1.
        direction: `raises` or `lowers` where more of a number does so, `mixed` where neither;
            empty for categories, and where there are several classes.
        levels: Of a category: value -> its mean share, those that push the most.
        loss: By how much the squared error grows as the column is shuffled; None where what is
            so is not known.
    """

    column: str
    strength: Estimate
    part: float
    direction: str
    levels: dict[str, float] = field(default_factory=dict)
    loss: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "column": self.column,
            "strength": self.strength.as_dict(),
            "part": self.part,
            "direction": self.direction,
            "levels": dict(self.levels),
            "loss": self.loss,
        }


def importances(
    found: Explanation, *, losses: Floats | None = None, level: float = 0.95, seed: int = 0
) -> list[Importance]:
    """Sum up an explanation of many rows, the strongest column first.

    Args:
        found: Of rows that were drawn from those that one wants to know of.
        losses: Of `losses_by_shuffling`, shape (n_columns,).
        level: Of the intervals, which are for other rows from the same source.
        seed: Of the bootstrap.

    References:
        S. Lundberg et al., "From local explanations to global understanding with explainable AI
        for trees", Nature Machine Intelligence 2, 2020.
    """
    sizes = np.abs(found.values).mean(axis=2)
    means = sizes.mean(axis=0)
    intervals = [Interval(float("nan"), float("nan"), level)] * means.size
    if found.n_rows > 1:
        # Percentiles, as a column that matters in few rows has hardly any skewness to go by.
        intervals = bootstrap_each(
            mean_of(sizes), found.n_rows, level=level, method="percentile", n_draws=1000, seed=seed
        )
    total = float(means.sum()) or 1.0
    columns = values_by_column(found.table.rows)
    told_of = [
        Importance(
            column=name,
            strength=Estimate(float(means[i]), intervals[i]),
            part=float(means[i]) / total,
            direction=_direction(columns[i], found.values[:, i]),
            levels=_levels(columns[i], found.values[:, i]),
            loss=None if losses is None else float(losses[i]),
        )
        for i, name in enumerate(found.columns)
    ]
    return sorted(told_of, key=lambda each: -each.strength.value)


def _is_number(values: Sequence[Any]) -> bool:
    return all(
        v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values
    )


def _direction(values: Sequence[Any], shares: Floats) -> str:
    if shares.shape[1] > 1 or not _is_number(values):
        return ""
    known = np.array([v is not None for v in values])
    numbers = np.array([v for v in values if v is not None], float)
    own = shares[known, 0]
    if numbers.size < 3 or np.ptp(numbers) == 0 or np.ptp(own) == 0:
        return "mixed"
    together = float(np.corrcoef(rankdata(numbers), rankdata(own))[0, 1])
    return "mixed" if abs(together) < _CLEAR else "raises" if together > 0 else "lowers"


def _levels(values: Sequence[Any], shares: Floats) -> dict[str, float]:
    if shares.shape[1] > 1 or _is_number(values):
        return {}
    names = np.array([told(each) for each in values])
    means = {str(name): float(shares[names == name, 0].mean()) for name in np.unique(names)}
    strongest = sorted(means, key=lambda name: -abs(means[name]))[:_LEVELS]
    return {name: means[name] for name in sorted(strongest, key=lambda name: -means[name])}


def losses_by_shuffling(
    answers: Answers, table: Table, truth: Sequence[Any], *, times: int = 3, seed: int = 0
) -> Floats:
    """By how much the squared error grows as a column's values change places among the rows.

    A check on the shares from another side: these say what moves the answers, this what makes
    them right. A column that moves much and improves nothing is noise that was learned.

    Args:
        answers: How the model is asked.
        table: Rows, whose background is left alone.
        truth: What is so, one for each row; for classes, names of these.
        times: How often each column is shuffled.
        seed: Of that.

    Returns:
        Shape (n_columns,). Of classes it is the squared error of their chances (Brier's score).

    References:
        L. Breiman, "Random forests", Machine Learning 45, 2001, section 10; A. Fisher, C. Rudin
        and F. Dominici, "All models are wrong, but many are useful", JMLR 20, 2019, equation 3.
    """
    random = np.random.default_rng(seed)
    n, d = table.n_rows, len(table.columns)
    if answers.scale == "value":
        so = np.asarray(truth, float)[:, None]
    else:
        so = (np.array([str(t) for t in truth])[:, None] == np.array(answers.outputs)).astype(float)

    def loss(places: NDArray[np.int64]) -> float:
        return float(((answers.ask(table.picked(places)) - so) ** 2).sum(axis=1).mean())

    own = np.tile(np.arange(n), (d, 1))
    before, found = loss(own), np.zeros(d)
    for i in range(d):
        for _ in range(times):
            places = own.copy()
            places[i] = random.permutation(n)
            found[i] += (loss(places) - before) / times
    return found
