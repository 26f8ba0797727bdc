"""Which rows to collect: not more of all, but of the slices that gain most by more.

The curve of each slice tells what its next rows bring to it, and its share in use what that is
worth to the whole. Rows are given where the next one brings most for its price, until the budget
is spent; what a slice gains less and less makes room for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from tilth.quality.intervals import Estimate, Interval
from tilth.quality.learning_curve import Curve, CurveFit
from tilth.record import changed, record

Floats = NDArray[np.float64]


@record
class Need:
    """A slice that rows could be collected of.

    Attributes:
        name: Such as `carrier = EV`.
        share: Of the rows that the model meets in use, above 0 and at most 1.
        present: Rows of it to train on, at least 1.
        fit: Of the score on this slice, by rows of this slice; see `by_own_rows`.
        price: Of one row of it, above 0.
    """

    name: str
    share: float
    present: int
    fit: CurveFit
    price: float = 1.0


@record
class Lot:
    """Rows to collect of one slice.

    Attributes:
        name: Of the slice.
        rows: How many; 0 where others gain more.
        gain: Of the score over all rows in use.
        price: Of these rows.
    """

    name: str
    rows: int
    gain: Estimate
    price: float


@record
class CollectionOrder:
    """What to collect for a budget.

    Attributes:
        lots: One for each slice, the greatest gain first.
        gain: Of all lots together.
    """

    lots: tuple[Lot, ...]
    gain: Estimate


def collection_order(needs: Sequence[Need], *, budget: float, steps: int = 200) -> CollectionOrder:
    """Spend a budget where the next row brings most for its price.

    Where curves flatten, as those of Tilth's families do beyond their first rows, no other way
    to spend the budget gains more.

    Args:
        needs: Slices that do not overlap, with curves of the same score.
        budget: In the unit of the prices, at least 0.
        steps: The budget is spent in so many parts.

    Raises:
        ValueError: No slices, two of one name, or a number out of its range.

    References:
        B. Fox, "Discrete optimization via marginal analysis", Management Science 13(3), 1966.
    """
    _check(needs, budget)
    bought = np.zeros(len(needs))
    part = budget / steps
    for _ in range(steps if budget > 0 else 0):
        worth = [
            _gains(need, bought[i] + part / need.price).mean() - _gains(need, bought[i]).mean()
            for i, need in enumerate(needs)
        ]
        best = int(np.argmax(worth))
        bought[best] += part / needs[best].price
    return _order(needs, np.floor(bought + 1e-9).astype(np.int64))


def by_own_rows(curve: Curve, share: float) -> Curve:
    """The curve of a slice by the rows of it, from one by the rows of the whole.

    Args:
        curve: As `measure_curves` gives it, with the slice at the same share in each size.
        share: Of training rows that are of the slice, above 0 and at most 1.

    Raises:
        ValueError: The share is out of its range, or so small that sizes become equal.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {share}")
    sizes = tuple(max(1, round(size * share)) for size in curve.sizes)
    if len(set(sizes)) < len(sizes):
        raise ValueError(f"a share of {share:g} leaves too few rows: {list(sizes)}")
    return changed(curve, sizes=sizes)


def _gains(need: Need, more: float) -> Floats:
    """What rows of a slice bring to the whole, for each draw of its curve."""
    return need.share * need.fit.gains(need.present, more)


def _order(needs: Sequence[Need], rows: NDArray[np.int64]) -> CollectionOrder:
    drawn = [_gains(need, float(count)) for need, count in zip(needs, rows, strict=True)]
    level = min(need.fit.level for need in needs)
    lots = [
        Lot(
            name=need.name,
            rows=int(count),
            gain=_estimate(gains, level),
            price=float(count * need.price),
        )
        for need, count, gains in zip(needs, rows, drawn, strict=True)
    ]
    # Curves of slices were fitted apart, so the draws of one know nothing of another's.
    n_draws = min(each.size for each in drawn)
    total = np.sum([each[:n_draws] for each in drawn], axis=0)
    lots.sort(key=lambda lot: (-lot.gain.value, lot.name))
    return CollectionOrder(lots=tuple(lots), gain=_estimate(total, level))


def _estimate(drawn: Floats, level: float) -> Estimate:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(drawn.mean()), Interval(float(low), float(high), level))


def _check(needs: Sequence[Need], budget: float) -> None:
    names = [need.name for need in needs]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"slices to collect have names of their own, unlike {names}")
    if not (isfinite(budget) and budget >= 0):
        raise ValueError(f"a budget is at least 0, not {budget}")
    for need in needs:
        if not 0 < need.share <= 1 or need.present < 1 or not need.price > 0:
            raise ValueError(
                f"slice `{need.name}` needs a share, rows and a price above 0, "
                f"not {need.share}, {need.present} and {need.price}"
            )
