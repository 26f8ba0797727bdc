"""Where to draw the line: what each threshold on a score finds, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.record import field, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@record
class Costs:
    """What mistakes cost, in any unit.

    Attributes:
        false_positive: To call a row positive that is not.
        false_negative: To miss one that is.
    """

    false_positive: float = 1.0
    false_negative: float = 1.0

    @property
    def threshold(self) -> float:
        """From which chance on it is cheaper to call a row positive, where chances are right.

        References:
            C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, equation 2.
        """
        return self.false_positive / (self.false_positive + self.false_negative)


@record
class OperatingPoints:
    """All that thresholds can do: a row is called positive from its threshold on.

    Attributes:
        thresholds: Falling; the first is above all scores, shape (n_points,).
        found: Positive rows that are called so, rising.
        alarms: Others that are called so, rising.
        n_positive: How many there are.
        n_negative: How many others.
    """

    thresholds: Floats = field(repr=False)
    found: Integers = field(repr=False)
    alarms: Integers = field(repr=False)
    n_positive: int
    n_negative: int

    @property
    def recall(self) -> Floats:
        """Of the positive rows, the share that is found."""
        return np.asarray(self.found / self.n_positive, float)

    @property
    def false_alarm_rate(self) -> Floats:
        """Of the others, the share that is called positive."""
        return np.asarray(self.alarms / self.n_negative, float)

    @property
    def precision(self) -> Floats:
        """Of those that are called positive, the share that is; 1 where none is called so."""
        called = self.found + self.alarms
        shares = np.divide(self.found, called, out=np.ones(len(called)), where=called > 0)
        return np.asarray(shares, float)

    def cost(self, costs: Costs) -> Floats:
        """What mistakes cost at each threshold, of a row on average."""
        missed = self.n_positive - self.found
        total = costs.false_positive * self.alarms + costs.false_negative * missed
        return np.asarray(total / (self.n_positive + self.n_negative), float)

    def cheapest(self, costs: Costs) -> int:
        """Where mistakes cost least; of equally cheap places the one nearest to the middle."""
        cost = self.cost(costs)
        best = np.flatnonzero(cost <= cost.min() + 1e-12)
        return int(best[np.abs(self.thresholds[best] - 0.5).argmin()])

    def at(self, threshold: float) -> int:
        """The point that a threshold comes to."""
        return int(np.searchsorted(-self.thresholds, -threshold, "right")) - 1

    def told(self, most: int = 200) -> list[dict[str, float]]:
        """Points for a picture, as plain data; evenly along the curve, with both ends."""
        n = len(self.thresholds)
        at = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))
        rates = (self.recall, self.false_alarm_rate, self.precision)
        recall, alarms, precision = (each[at].tolist() for each in rates)
        thresholds = np.minimum(self.thresholds[at], 1.0).tolist()
        return [
            {"threshold": t, "recall": r, "false_alarm_rate": a, "precision": p}
            for t, r, a, p in zip(thresholds, recall, alarms, precision, strict=True)
        ]


def operating_points(scores: ArrayLike, is_positive: ArrayLike) -> OperatingPoints:
    """What every threshold on a score does.

    Args:
        scores: Higher is more likely positive, shape (n_rows,), finite.
        is_positive: Shape (n_rows,).

    Raises:
        ValueError: The shapes differ, a score is not finite, or there is no row of a kind.

    References:
        T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006,
        algorithm 1.
    """
    values, positive = np.asarray(scores, float), np.asarray(is_positive, bool)
    if values.ndim != 1 or values.shape != positive.shape or not np.isfinite(values).all():
        raise ValueError("one finite score and one answer are needed for each row")
    if positive.all() or not positive.any():
        raise ValueError("there have to be rows of both kinds")
    order = np.argsort(-values, kind="stable")
    ranked, hits = values[order], positive[order]
    last = np.flatnonzero(np.r_[np.diff(ranked) != 0, True])  # equal scores are one threshold
    found = np.cumsum(hits)[last]
    return OperatingPoints(
        thresholds=np.r_[np.inf, ranked[last]],
        found=np.r_[0, found].astype(np.int64),
        alarms=np.r_[0, last + 1 - found].astype(np.int64),
        n_positive=int(positive.sum()),
        n_negative=int((~positive).sum()),
    )


def advised_threshold(
    chances: ArrayLike, is_positive: ArrayLike, costs: Costs, *, seed: int = 0
) -> Mapping[str, Any]:
    """Which threshold is cheapest, and what it costs on rows that it was not chosen on.

    The cost at a threshold that was chosen on the same rows is too good. So halves of the rows
    take turns: chosen on the one, measured on the other.

    Args:
        chances: Between 0 and 1, shape (n_rows,).
        is_positive: Shape (n_rows,).
        costs: Of mistakes.
        seed: Of the halves.

    Returns:
        `threshold` (chosen on all rows), `by_theory` (where chances are right), and costs of a
        row: `cost` (at the chosen one, on other rows), `cost_at_half`, `cost_of_none`
        (nothing is called positive), `cost_of_all`; `recall`, `precision` and
        `false_alarm_rate` at the threshold.

    Raises:
        ValueError: As `operating_points`.
    """
    told, positive = np.asarray(chances, float), np.asarray(is_positive, bool)
    points = operating_points(told, positive)
    at = points.cheapest(costs)
    threshold = float(min(points.thresholds[at], 1.0))
    cost = points.cost(costs)
    return {
        "threshold": threshold,
        "by_theory": costs.threshold,
        "cost": _on_other_rows(told, positive, costs, seed),
        "cost_at_half": float(cost[points.at(0.5)]),
        "cost_of_none": float(cost[0]),
        "cost_of_all": float(cost[-1]),
        "recall": float(points.recall[at]),
        "precision": float(points.precision[at]),
        "false_alarm_rate": float(points.false_alarm_rate[at]),
    }


def _on_other_rows(
    told: Floats, positive: NDArray[np.bool_], costs: Costs, seed: int
) -> float | None:
    """Mean cost of a row; None where a half has no row of a kind."""
    first = np.random.default_rng(seed).permutation(len(told)) < len(told) / 2
    paid = np.zeros(len(told))
    for chosen_on in (first, ~first):
        own = positive[chosen_on]
        if own.all() or not own.any():
            return None
        points = operating_points(told[chosen_on], own)
        threshold = points.thresholds[points.cheapest(costs)]
        called, other = told[~chosen_on] >= threshold, positive[~chosen_on]
        paid[~chosen_on] = np.where(
            called & ~other,
            costs.false_positive,
            np.where(~called & other, costs.false_negative, 0),
        )
    return float(paid.mean())
