"""The worst slices of a table with errors: exactly, and without regard to chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from tilth.quality.slices.attributes import Attributes
from tilth.quality.slices.condition import Mask, Slice
from tilth.quality.slices.losses import losses_of, weights_of
from tilth.quality.slices.score import ALPHA, Scoring
from tilth.quality.slices.search import Conjunctions, on_a_grid, worst_conjunctions
from tilth.record import record

Floats = NDArray[np.float64]
Items = tuple[int, ...]


@record
class ScoredSlice:
    """One of the worst slices by score, without regard to chance.

    Attributes:
        slice: What it is.
        score: SliceLine's; above 0.
        size: How many rows.
        error: Their mean error.
    """

    slice: Slice
    score: float
    size: int
    error: float


@record
class Depth:
    """What is looked for.

    Attributes:
        conditions: In a slice, at most.
        alpha: What error counts against size in the score, above 0 and at most 1.
    """

    conditions: int
    alpha: float

    def __post_init__(self) -> None:
        if self.conditions < 1 or not 0 < self.alpha <= 1:
            raise ValueError(
                f"conditions={self.conditions} must be at least 1, "
                f"and alpha={self.alpha} above 0 and at most 1"
            )


@record
class Rated:
    """A table's basic slices, and how wrong each row is. Rows without weight are gone.

    Attributes:
        attributes: The basic slices.
        rows: Which rows are in each, shape (n_conditions, n_rows).
        loss: Of each row, shape (n_rows,).
        weight: Of each row, above 0, shape (n_rows,).
    """

    attributes: Attributes
    rows: NDArray[np.bool_]
    loss: Floats
    weight: Floats

    @classmethod
    def of(cls, attributes: Attributes, error: ArrayLike, weights: ArrayLike | None) -> Rated:
        """Check what was given."""
        loss = losses_of(error, attributes.n_rows)
        weight = weights_of(weights, attributes.n_rows)
        counted = weight > 0
        rows = attributes.rows if counted.all() else attributes.rows[:, counted]
        return cls(attributes=attributes, rows=rows, loss=loss[counted], weight=weight[counted])

    def only(self, kept: Mask) -> Rated:
        """Some of the rows."""
        return Rated(
            attributes=self.attributes,
            rows=self.rows[:, kept],
            loss=self.loss[kept],
            weight=self.weight[kept],
        )

    def inside(self, items: Items) -> Mask:
        """Which rows meet all of some conditions."""
        return np.asarray(self.rows[list(items)].all(axis=0))

    def mean(self, inside: Mask) -> float:
        """The mean error of some rows, at least one."""
        return float(np.average(self.loss[inside], weights=self.weight[inside]))

    def worst(self, k: int, depth: Depth, rarities: Sequence[float] = ()) -> Conjunctions:
        """The conjunctions of the highest score.

        Args:
            k: How many, at least 1.
            depth: What is looked for.
            rarities: Slices of one, two, ... conditions that chance gives more often than this
                need not be found; all are where it is empty, or where rows have weights.
        """
        even = bool((self.weight == self.weight[0]).all())
        weight = np.ones(self.weight.size) if even else on_a_grid(self.weight)
        error = on_a_grid(self.loss * weight)
        total = float(weight.sum())
        if not error.any():
            nothing = np.zeros((0, depth.conditions), np.int64)
            return Conjunctions(items=nothing, score=np.zeros(0), looked_at=0)
        scoring = Scoring(
            total=total,
            mean=float(error.sum()) / total,
            lightest=self.attributes.support * float(weight.min()),
            alpha=depth.alpha,
            spread=float(self.loss.std()),
            surprises=tuple(_surprise_of(each, self.loss) for each in rarities) if even else (),
        )
        return worst_conjunctions(
            self.rows,
            self.attributes.groups,
            error,
            scoring,
            k=k,
            most=depth.conditions,
            support=self.attributes.support,
            weights=None if even else weight,
        )


def _surprise_of(rarity: float, loss: Floats) -> float:
    """How surprising a slice must be to have a chance of being as rare as this.

    Upper tails of what is skewed to the right are heavier than the normal one, so its quantile
    is needed at the least. To the left they are lighter: of errors that nearly all are 1, a
    slice without a 0 is as rare as a normal value sqrt(2) times as far out.
    """
    quantile = -float(ndtri(rarity))
    skewed_right = float(((loss - loss.mean()) ** 3).mean()) >= 0
    return quantile * (0.95 if skewed_right else 0.7)


def top_slices(
    attributes: Attributes,
    error: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    k: int = 10,
    conditions: int = 3,
    alpha: float = ALPHA,
) -> list[ScoredSlice]:
    """The slices of the highest score: exactly those that an exhaustive search would find.

    The list is raw: it may tell one finding in many words, and luck may have made it.
    `weak_slices` gives findings.

    Args:
        attributes: From `attributes_of`.
        error: Of each row: 0 or 1, or any loss of at least 0; shape (n_rows,).
        weights: Of each row, at least 0; rows without weight do not count.
        k: How many.
        conditions: In a slice, at most.
        alpha: What error counts against size, above 0 and at most 1.

    Raises:
        ValueError: Errors or weights that do not fit, or an argument out of its range.
    """
    if k < 1:
        raise ValueError(f"k={k} must be at least 1")
    rated = Rated.of(attributes, error, weights)
    found = rated.worst(k, Depth(conditions=conditions, alpha=alpha))
    listed = []
    for position, score in enumerate(found.score):
        items = found.conjunction(position)
        inside = rated.inside(items)
        listed.append(
            ScoredSlice(
                slice=attributes.slice_of(items),
                score=float(score),
                size=int(inside.sum()),
                error=rated.mean(inside),
            )
        )
    return listed
