"""How bad given slices are, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tilth.quality.intervals import Estimate, Interval
from tilth.quality.slices.condition import Mask, Slice
from tilth.quality.slices.evidence import Chance, difference
from tilth.quality.slices.losses import losses_of, weights_of
from tilth.record import record

Floats = NDArray[np.float64]


@record
class MeasuredSlice:
    """A slice, how bad it is, and how sure that is.

    Attributes:
        slice: What it is.
        size: How many rows.
        share: Their share of all rows, by weight.
        error: Their mean error.
        overall: The mean error of all rows.
        difference: `error - overall`. The intervals of all slices that were looked at hold
            together: with the stated level, none of them misses.
        p_value: Adjusted for all slices that were looked at.
        excess: How much error there would be less if the slice were like all rows: rows (or
            weight) times `difference`.
        also: Other descriptions of about the same rows.
    """

    slice: Slice
    size: int
    share: float
    error: float
    overall: float
    difference: Estimate
    p_value: float
    excess: float
    also: tuple[Slice, ...] = ()

    @property
    def share_of_error(self) -> float:
        """Which part of all errors is made here, by weight; NaN where no row errs."""
        return self.share * self.error / self.overall if self.overall else float("nan")

    def as_dict(self) -> dict[str, Any]:
        """As plain data; `slice` can be read back by `Slice.parse`."""
        return {
            "slice": self.slice.text,
            "title": self.slice.title,
            "rows": self.size,
            "share": self.share,
            "error": self.error,
            "overall": self.overall,
            "difference": self.difference.as_dict(),
            "p": self.p_value,
            "excess": self.excess,
            "share_of_error": self.share_of_error,
            "also": [each.title for each in self.also],
        }

    @property
    def text(self) -> str:
        """One line for people."""
        ends = self.difference.interval
        return (
            f"{self.slice}: error {self.error:.3g} on {self.size} rows ({self.share:.1%}), "
            f"{self.difference.value:+.3g} [{ends.low:+.3g}, {ends.high:+.3g}] "
            f"against all rows, p = {self.p_value:.2g}"
        )


def measured(
    slices: Sequence[Slice],
    frame: pl.DataFrame,
    error: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    level: float = 0.05,
) -> list[MeasuredSlice]:
    """How bad given slices are on given rows, such as new ones, in the given order.

    Only these slices were looked at, so p-values are adjusted (Holm) and intervals widened
    (Bonferroni) for their number alone. A slice without rows has error NaN and p-value 1.

    Raises:
        ValueError: No rows, errors or weights that do not fit.
        UnknownNameError: The frame lacks a column.

    References:
        S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
        of Statistics 6, 1979.
    """
    loss, weight = losses_of(error, frame.height), weights_of(weights, frame.height)
    counted = weight > 0
    masks = [each.mask(frame)[counted] for each in slices]
    loss, weight = loss[counted], weight[counted]
    chance = Chance(loss)
    p_values = [chance.p_value(int(each.sum()), float(loss[each].sum())) for each in masks]
    adjusted = _holm(p_values)
    return [
        measure(each, loss, weight, inside, p=p, level=level, chances=len(slices))
        for each, inside, p in zip(slices, masks, adjusted, strict=True)
    ]


def measure(
    which: Slice,
    loss: Floats,
    weight: Floats,
    inside: Mask,
    *,
    p: float,
    level: float,
    chances: int,
) -> MeasuredSlice:
    """Put together what is said of a slice.

    Args:
        which: The slice.
        loss: Of each row, shape (n_rows,).
        weight: Of each row, shape (n_rows,).
        inside: Which rows are in it, shape (n_rows,).
        p: Its p-value, adjusted.
        level: How often the intervals of all slices that were looked at may not hold together.
        chances: Among how many slices that is shared.
    """
    total, own = float(weight.sum()), float(weight[inside].sum())
    overall = float(weight @ loss) / total
    error = float(weight[inside] @ loss[inside]) / own if own else float("nan")
    ends = difference(loss, weight, inside, error_rate=level / max(1, chances))
    return MeasuredSlice(
        slice=which,
        size=int(inside.sum()),
        share=own / total,
        error=error,
        overall=overall,
        difference=Estimate(error - overall, Interval(ends.low, ends.high, 1 - level)),
        p_value=p,
        excess=own * (error - overall) if own else 0.0,
    )


def _holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number."""
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, position in enumerate(np.argsort(p_values, kind="stable")):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = least
    return adjusted
