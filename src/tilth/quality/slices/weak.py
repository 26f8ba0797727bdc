"""Where a model fails: few slices, each beyond chance, each another finding.

One weak part of the data has many descriptions that score alike. So slices are taken one at a
time: the worst is found exactly, worded as widely as its errors carry, and its rows are set aside
before the next is looked for. A slice is reported only if it is worse than the rest of all rows
*and* of those not yet set aside, each beyond what luck gives the best of all candidates.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tilth.quality.slices.attributes import BINS, Attributes, attributes_of
from tilth.quality.slices.condition import Mask, Slice
from tilth.quality.slices.evidence import Chance
from tilth.quality.slices.measure import MeasuredSlice, measure
from tilth.quality.slices.search import Conjunctions, n_candidates
from tilth.quality.slices.top import Depth, Items, Rated
from tilth.record import changed, record

Floats = NDArray[np.float64]

SMALL_SLICES = 0.99
"""The score's alpha when weak slices are looked for.

A slice of one row in a hundred scores above 0 from twice the average error on; with SliceLine's
0.95 it would need more than six times.
"""

_LISTED = (100, 1000)
"""How many of the worst are tested; more where none of the first is beyond chance."""

_SAME_ROWS = 0.75
"""Jaccard index from which two descriptions are of one finding."""

_FRESH = 0.5
"""A finding has at least this share of rows that no earlier finding has."""

_N_ALSO = 3
"""Other descriptions that are told, at most."""


@record
class WeakSlices:
    """The result of a search.

    Attributes:
        slices: Worst first: by excess.
        n_rows: Rows that were looked at (those with a weight).
        overall: Their mean error.
        support: A slice has at least so many rows.
        candidates: How many slices of one, two, ... conditions could have been reported: what
            chance is measured against.
        level: How often, at most, a data set without any weak slice gives one.
        left_out: Columns that could not be looked at -> why.
    """

    slices: tuple[MeasuredSlice, ...]
    n_rows: int
    overall: float
    support: int
    candidates: tuple[int, ...]
    level: float
    left_out: Mapping[str, str]


def weak_slices(
    frame: pl.DataFrame,
    error: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    tags: Mapping[str, ArrayLike] | None = None,
    k: int = 10,
    conditions: int = 3,
    alpha: float = SMALL_SLICES,
    support: int | None = None,
    bins: int = BINS,
    level: float = 0.05,
) -> WeakSlices:
    """Find the describable parts of the data on which a model does worse, beyond chance.

    Args:
        frame: What is known of each row.
        error: Of each row: 0 or 1, or any loss of at least 0; shape (n_rows,).
        weights: Of each row, at least 0, for sizes, errors and scores; the test counts rows.
        tags: More that can be said of rows: name -> yes or no, shape (n_rows,).
        k: Findings at most.
        conditions: In a slice, at most.
        alpha: What error counts against size in the score, above 0 and at most 1.
        support: Rows in a slice, at least; None for 1 %, but at least 32.
        bins: Into how many ranges numbers are cut.
        level: How often, at most, a data set without any weak slice may give one.

    Raises:
        ValueError: No rows, errors or weights that do not fit, or an argument out of its range.
    """
    if k < 1 or not 0 < level < 1:
        raise ValueError(f"k={k} must be at least 1, and level={level} between 0 and 1")
    depth = Depth(conditions=conditions, alpha=alpha)
    attributes = attributes_of(frame, tags=tags, bins=bins, support=support)
    rated = Rated.of(attributes, error, weights)
    cover = _Cover(rated, depth, level)
    return WeakSlices(
        slices=tuple(sorted(cover.findings(k), key=lambda each: -each.excess)),
        n_rows=rated.loss.size,
        overall=rated.mean(np.ones(rated.loss.size, bool)),
        support=attributes.support,
        candidates=cover.candidates,
        level=level,
        left_out=attributes.left_out,
    )


class _Cover:
    """Takes one finding after the other and sets its rows aside."""

    def __init__(self, rated: Rated, depth: Depth, level: float) -> None:
        self._rated, self._depth, self._level = rated, depth, level
        self.candidates = n_candidates(rated.attributes.groups, depth.conditions)
        self._left = np.ones(rated.loss.size, bool)
        self._of_all = self._of_left = Chance(rated.loss)

    def findings(self, k: int) -> Iterator[MeasuredSlice]:
        """At most `k`, in the order of their scores."""
        for _ in range(k):
            found = self._next()
            if found is None:
                return
            yield self._told(found)
            self._left &= ~self._rated.inside(found)
            self._of_left = Chance(self._rated.loss[self._left])

    def _next(self) -> Items | None:
        """The worst slice among the rows that are left whose badness is no chance, well worded."""
        if not self._left.any():
            return None
        left, chances = self._rated.only(self._left), range(1, self._depth.conditions + 1)
        rarities = [self._level / self._chances(n) for n in chances]
        for k in _LISTED:
            listed = left.worst(k, self._depth, rarities)
            found = self._first_beyond_chance(listed)
            if found is not None:
                return self._widened(found)
            if listed.score.size < k:
                return None
        return None

    def _first_beyond_chance(self, listed: Conjunctions) -> Items | None:
        chance: list[tuple[int, int, float]] = []
        for position in range(listed.score.size):
            items = listed.conjunction(position)
            inside = self._rated.inside(items)
            mild = (len(items), int(inside.sum()), -float(self._rated.loss[inside].sum()))
            # More conditions have more chances, and more rows have as much error more often:
            # what is milder in all ways than what was chance is chance too.
            if any(all(map(operator.ge, mild, known)) for known in chance):
                continue
            if self._p_of_all(items) > self._level:
                chance.append(mild)
            elif self._p_of_left(items) <= self._level:
                return items
        return None

    def _chances(self, n_conditions: int) -> int:
        """By what the p-value of a slice with so many conditions is multiplied.

        Each number of conditions has an equal share of the error rate, and all candidates with
        that number share it in turn. So a plain slice need not pay for all that are not plain.

        References:
            G. I. Webb, "Layered critical values: a powerful direct-adjustment approach to
            discovering significant patterns", Machine Learning 71, 2008.
        """
        return self._depth.conditions * max(1, self.candidates[n_conditions - 1])

    def _p_value(self, items: Items) -> float:
        """Adjusted: against all rows, and against those that are left; the larger counts."""
        return max(self._p_of_all(items), self._p_of_left(items))

    def _p_of_all(self, items: Items) -> float:
        inside = self._rated.inside(items)
        found = self._of_all.p_value(int(inside.sum()), float(self._rated.loss[inside].sum()))
        return min(1.0, found * self._chances(len(items)))

    def _p_of_left(self, items: Items) -> float:
        """1 where most rows are not left: that is an earlier finding in other words."""
        left, inside = self._left, self._rated.inside(items)
        if (inside & left).sum() < _FRESH * inside.sum():
            return 1.0
        both = left & inside
        found = self._of_left.p_value(int(both.sum()), float(self._rated.loss[both].sum()))
        return min(1.0, found * self._chances(len(items)))

    def _widened(self, items: Items) -> Items:
        """The wording that tells most in fewest words, from this one on to wider ones.

        A wording is worth the log-likelihood that it gains when the slice and the rest each have
        a mean error of their own (normal: half the square of the surprise), less what it costs
        to name its conditions among all, `log m` nats each. The score alone would keep each
        condition that happens to leave out a few good rows.

        References:
            J. Rissanen, "Modeling by shortest data description", Automatica 14, 1978.
        """
        best, most = items, self._worth(items)
        while True:
            wider = max(self._wider(best), key=self._worth, default=best)
            worth = self._worth(wider)
            if worth <= most or self._p_value(wider) > self._level:
                return best
            best, most = wider, worth

    def _worth(self, items: Items) -> float:
        loss = self._rated.loss[self._left]
        inside = self._rated.inside(items)[self._left]
        n_inside, n_rest = int(inside.sum()), int((~inside).sum())
        if not n_rest:
            return -math.inf
        gap = max(0.0, float(loss[inside].mean() - loss[~inside].mean()))
        explained = gap**2 * n_inside * n_rest / loss.size
        return explained / float(loss.var()) / 2 - len(items) * math.log(len(self._rated.rows))

    def _wider(self, items: Items) -> Iterator[Items]:
        """One condition less, or one replaced by a wider one on the same attribute."""
        groups, rows = np.asarray(self._rated.attributes.groups), self._rated.rows
        for item in items:
            others = tuple(each for each in items if each != item)
            if others:
                yield others
            for wider in np.flatnonzero(groups == groups[item]):
                if wider != item and not (rows[item] & ~rows[wider]).any():
                    yield tuple(sorted((*others, int(wider))))

    def _told(self, items: Items) -> MeasuredSlice:
        rated = self._rated
        found = measure(
            rated.attributes.slice_of(items),
            rated.loss,
            rated.weight,
            rated.inside(items),
            p=self._p_value(items),
            level=self._level,
            chances=self._chances(len(items)),
        )
        return changed(found, also=self._also(items))

    def _also(self, items: Items) -> tuple[Slice, ...]:
        """Descriptions with one condition less, or on another attribute; the closest first."""
        attributes, inside = self._rated.attributes, self._rated.inside(items)
        asked = {attributes.groups[item] for item in items}
        found = [(1.0, each) for each in _by_other_words(items, attributes)]
        for position in range(len(items)):
            others = (*items[:position], *items[position + 1 :])
            shorter = self._rated.inside(others) if others else inside & False
            if _jaccard(shorter, inside) >= _SAME_ROWS:
                found.append((_jaccard(shorter, inside), attributes.slice_of(others)))
                continue
            alike = self._alike(others, inside)
            for item in np.flatnonzero(alike >= _SAME_ROWS):
                if attributes.groups[item] not in asked:
                    named = attributes.slice_of((*others, int(item)))
                    found.append((float(alike[item]), named))
        found.sort(key=lambda each: -each[0])
        # Of several conditions on one attribute, the closest is told.
        told = {_asked(each): each for _, each in reversed(found)}
        closest = [each for _, each in found if told[_asked(each)] is each]
        return tuple(closest[:_N_ALSO])

    def _alike(self, others: Items, inside: Mask) -> Floats:
        """For each basic slice: the Jaccard index of it and `others` together with some rows."""
        rows = self._rated.rows
        among = self._rated.inside(others) if others else np.ones(inside.size, bool)
        size = rows[:, among].sum(axis=1)
        shared = rows[:, inside].sum(axis=1)
        return np.asarray(shared / np.maximum(size + inside.sum() - shared, 1))


def _jaccard(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


def _by_other_words(items: Items, attributes: Attributes) -> Iterator[Slice]:
    """The slice with one condition replaced by another that holds for the same rows."""
    own = attributes.slice_of(items).conditions
    for position, condition in enumerate(own):
        for other in attributes.same.get(condition, ()):
            yield Slice((*own[:position], other, *own[position + 1 :]))


def _asked(each: Slice) -> frozenset[str]:
    return frozenset(condition.attribute.text for condition in each.conditions)
