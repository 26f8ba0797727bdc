"""The worst conjunctions of basic slices: exactly, without looking at all of them.

The search goes down from all rows. Inside of a conjunction it pairs all basic slices that are
left with one another in one pass, so that conjunctions of up to `most` conditions need passes
only for those of up to `most - 2`. A basic slice is followed further only where a part of what it
leaves may still belong to the result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tilth.quality.slices.score import Scoring
from tilth.quality.slices.tally import Sums, Tally, tally_of
from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Rows = NDArray[np.bool_]

_PAIRS = 1 << 18
"""How many pairs are looked at at once: 2 MB for each of their numbers."""


_SMALLEST = -1022
"""The power of two of the smallest number whose reciprocal is finite."""


@record
class Conjunctions:
    """The worst conjunctions, worst first.

    Where two score the same, the one with fewer conditions comes first, then the larger, then
    the one whose basic slices come first.

    Attributes:
        items: The basic slices of each, ascending, then -1; shape (n, most).
        score: Shape (n,).
        looked_at: How many conjunctions were counted to find them.
    """

    items: Integers
    score: Floats
    looked_at: int

    def conjunction(self, position: int) -> tuple[int, ...]:
        """The basic slices of one."""
        return tuple(int(item) for item in self.items[position] if item >= 0)


def worst_conjunctions(
    rows: Rows,
    groups: Sequence[int],
    error: Floats,
    scoring: Scoring,
    *,
    k: int,
    most: int,
    support: int,
    weights: Floats | None = None,
) -> Conjunctions:
    """Find the `k` conjunctions of the highest score.

    Args:
        rows: Which rows are in each basic slice, shape (n_items, n_rows).
        groups: For each basic slice; those of one group are never combined.
        error: Of each row times its weight, shape (n_rows,), at least 0. Sums must be exact
            (`on_a_grid`): their order depends on the way.
        scoring: What is bad.
        k: How many, at least 1.
        most: Conditions in a conjunction, at least 1.
        support: Rows in a conjunction, at least 1.
        weights: Of each row, above 0; None where all are 1.

    Returns:
        Fewer than `k` where fewer have that support, a score above 0 and surprise enough.
    """
    search = _Search(np.asarray(groups, np.int64), scoring, k, most, support)
    tally = tally_of(rows, error, weights)
    single = tally.single()
    per_row = error if weights is None else error / weights
    worst = np.array([per_row[each].max(initial=0.0) for each in rows])
    kept = search.start(single, worst)
    if most > 1 and kept.size > 1:
        search.descend((), tally_of(rows[kept], error, weights), kept)
    return search.best.found(search.looked_at)


def n_candidates(groups: Sequence[int], most: int) -> tuple[int, ...]:
    """How many conjunctions there are of one, two, ... basic slices, each of another group.

    This depends on the attributes alone and not on the errors, so it says how many chances luck
    had, whatever the search was able to leave out.

    Args:
        groups: For each basic slice.
        most: Conditions in a conjunction.
    """
    ways = [1] + [0] * most
    for size in np.unique(np.asarray(groups, np.int64), return_counts=True)[1]:
        for taken in range(most, 0, -1):
            ways[taken] += ways[taken - 1] * int(size)
    return tuple(ways[1:])


def on_a_grid(values: Floats) -> Floats:
    """Values moved by at most 2^-53 of their sum, so that all sums of them are exact.

    Sums then do not depend on the order of adding, hence not on threads or on the way that a
    search takes.

    Args:
        values: At least 0, with a finite sum.
    """
    total = float(values.sum())
    if total == 0:
        return values
    step = math.ldexp(1.0, max(math.frexp(total)[1] - 52, _SMALLEST))
    return np.asarray(np.round(values / step) * step)


class _Search:
    """What is known on the way down."""

    def __init__(self, groups: Integers, scoring: Scoring, k: int, most: int, support: int) -> None:
        self.groups, self.scoring, self.most, self.support = groups, scoring, most, support
        self.best = _Best(k, most)
        self.looked_at = 0
        self.worst = np.zeros(0)

    def start(self, single: Sums, worst: Floats) -> Integers:
        """Look at the basic slices alone; return those to combine, those with few rows first.

        The later ones are paired with all before them, inside of these; so the passes with
        many partners are those over few rows.
        """
        self.worst = worst
        possible = single.count >= self.support
        where = np.flatnonzero(possible)
        self.looked_at += len(single.count)
        self._offer((), where[:, None], single.at(where))
        kept = where[self._may_hold(single.at(where), worst[where], 1)]
        return np.asarray(kept[np.argsort(single.count[kept], kind="stable")], np.int64)

    def descend(self, prefix: tuple[int, ...], tally: Tally, items: Integers) -> None:
        """Look at all pairs inside of a conjunction, then inside of each that is promising."""
        deeper = len(prefix) + 2 < self.most
        step = max(1, _PAIRS // items.size)
        promising: list[tuple[int, Integers, Sums]] = []
        for start in range(0, items.size - 1, step):
            stop = min(start + step, items.size - 1)
            first, second, sums = self._pairs(tally, items, start, stop)
            self._offer(prefix, np.stack([items[first], items[second]], axis=1), sums)
            if deeper:
                promising += _by_first(first, second, sums)
        # The worst first, so that what has to be reached rises early.
        promising.sort(key=lambda each: -self._score(each[2]).max())
        for first_item, others, sums in promising:
            # Asked now, as what was found in between may have raised what has to be reached.
            worst = np.minimum(self.worst[items[first_item]], self.worst[items[others]])
            kept = others[self._may_hold(sums, worst, len(prefix) + 2)]
            if kept.size > 1:
                inside = tally.within(first_item, kept)
                self.descend((*prefix, int(items[first_item])), inside, items[kept])

    def _pairs(
        self, tally: Tally, items: Integers, start: int, stop: int
    ) -> tuple[Integers, Integers, Sums]:
        """Positions and sums of the pairs that are conjunctions with enough rows."""
        sums = tally.pairs(start, stop)
        groups = self.groups[items]
        apart = groups[start:stop, None] != groups[None, start:]
        apart &= np.arange(stop - start)[:, None] < np.arange(items.size - start)[None, :]
        self.looked_at += int(apart.sum())
        first, second = np.nonzero(apart & (sums.count >= self.support))
        chosen = Sums(
            sums.count[first, second], sums.size[first, second], sums.error[first, second]
        )
        return first + start, second + start, chosen

    def _may_hold(self, sums: Sums, worst: Floats, conditions: int) -> NDArray[np.bool_]:
        found = np.zeros(sums.size.shape, bool)
        some = worst > 0  # without an error there is none in any part
        sums, worst = sums.at(some), worst[some]
        surprise = self.scoring.least_surprise(conditions + 1)
        found[some] = self.scoring.may_hold(sums.size, sums.error, worst, self.best.least, surprise)
        return found

    def _score(self, sums: Sums) -> Floats:
        return self.scoring.score(sums.size, sums.error)

    def _offer(self, prefix: tuple[int, ...], items: Integers, sums: Sums) -> None:
        score = self._score(sums)
        surprise = self.scoring.least_surprise(len(prefix) + items.shape[1])
        good = self.scoring.admits(sums.size, sums.error, score, self.best.least, surprise)
        if good.any():
            self.best.add(prefix, items[good], sums.size[good], score[good])


def _by_first(first: Integers, second: Integers, sums: Sums) -> list[tuple[int, Integers, Sums]]:
    """Pairs, of which `first` ascends, apart by their first."""
    if not first.size:
        return []
    found = []
    heads, starts = np.unique(first, return_index=True)
    for head, part in zip(heads, np.split(np.arange(first.size), starts[1:]), strict=True):
        found.append((int(head), second[part], sums.at(part)))
    return found


class _Best:
    """The best so far, and in what order."""

    def __init__(self, k: int, most: int) -> None:
        self._k = k
        self._items = np.zeros((0, most), np.int64)
        self._size = np.zeros(0)
        self._score = np.zeros(0)

    @property
    def least(self) -> float:
        """The score that has to be reached; what only reaches it may still come before."""
        return float(self._score[-1]) if self._score.size == self._k else 0.0

    def add(self, prefix: tuple[int, ...], items: Integers, size: Floats, score: Floats) -> None:
        """Merge, and keep the best."""
        most = self._items.shape[1]
        padded = np.full((len(items), most), -1, np.int64)
        padded[:, : len(prefix)] = prefix
        padded[:, len(prefix) : len(prefix) + items.shape[1]] = items
        self._items = np.concatenate([self._items, _ascending(padded)])
        self._size = np.concatenate([self._size, size])
        self._score = np.concatenate([self._score, score])
        keys = [*self._items.T[::-1], -self._size, (self._items >= 0).sum(axis=1), -self._score]
        order = np.lexsort(keys)[: self._k]
        self._items, self._size = self._items[order], self._size[order]
        self._score = self._score[order]

    def found(self, looked_at: int) -> Conjunctions:
        """The result."""
        return Conjunctions(items=self._items, score=self._score, looked_at=looked_at)


def _ascending(items: Integers) -> Integers:
    """Each row in order, with what is -1 last."""
    last = np.iinfo(np.int64).max
    found = np.sort(np.where(items < 0, last, items), axis=1)
    return np.where(found == last, -1, found)
