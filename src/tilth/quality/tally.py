"""A tally: what the votes of each item look like, with equal items counted once.

Who cast a vote does not matter to most coefficients, so 50,000 items of three votes over ten
classes have 220 different looks at most. All coefficients, and all their resamples, are worked
out from those.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from tilth.quality.resample import Floats
from tilth.quality.votes import Codes, Votes
from tilth.record import record


@record
class Tally:
    """How often each class was voted for, for each different look of an item.

    Attributes:
        counts: How many items look so, shape (n_looks,); 0 for items without a vote.
        table: Votes for each class, sparse, shape (n_looks, n_classes).
        size: Votes in all, shape (n_looks,).
        look: The look of each item, shape (n_items,).
    """

    counts: Codes
    table: Any
    size: Floats
    look: Codes

    @classmethod
    def of(cls, votes: Votes) -> Tally:
        """Count the votes of each item, and equal items together."""
        look, first = _looks(votes)
        per_item = votes.per_item
        starts = np.cumsum(per_item) - per_item
        size = per_item[first]
        # The votes of one item for each look, as a sparse table that sums what repeats.
        row = np.repeat(np.arange(first.size), size)
        within = np.arange(row.size) - np.repeat(np.cumsum(size) - size, size)
        column = votes.label[starts[first][row] + within]
        shape = (first.size, len(votes.classes))
        table = csr_array((np.ones(row.size), (row, column)), shape=shape)
        table.sum_duplicates()
        counts = np.bincount(look, minlength=first.size)
        return cls(
            counts=np.where(size > 0, counts, 0), table=table, size=size.astype(float), look=look
        )

    @property
    def compared(self) -> Floats:
        """1 where an item has at least two votes, else 0, shape (n_looks,)."""
        return (self.size >= 2).astype(float)

    @property
    def squares(self) -> Floats:
        """Sum over classes of the squared number of votes, shape (n_looks,)."""
        return np.asarray((self.table * self.table).sum(axis=1))

    @property
    def agreeing(self) -> Floats:
        """Which share of the pairs of votes agree, shape (n_looks,); 0 where there is no pair."""
        return ratio(self.squares - self.size, self.size * (self.size - 1), otherwise=0.0)

    def scaled(self, factor: Floats) -> Any:
        """The table with each row multiplied; sparse, shape (n_looks, n_classes)."""
        return (self.table * factor[:, None]).tocsr()

    def total(self, table: Any) -> Floats:
        """Sums over all items, of a sparse table of looks; shape (n_columns,)."""
        return np.asarray((self.counts[None, :] @ table)[0])  # two axes: SciPy squeezes one

    @property
    def shares(self) -> Any:
        """Which share of an item's votes a class has; sparse, shape (n_looks, n_classes)."""
        return self.scaled(ratio(np.ones_like(self.size), self.size, otherwise=0.0))


def ratio(above: Any, below: Any, *, otherwise: float = float("nan")) -> Floats:
    """`above / below`, and `otherwise` where `below` is zero."""
    top, bottom = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    found: Floats = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=found, where=bottom != 0)
    return found


_MOST_PADDING = 4
"""Up to how many places for each vote it pays to lay the items out as a rectangle."""


def _looks(votes: Votes) -> tuple[Codes, Codes]:
    """The look of each item, and one item for each look."""
    per_item = votes.per_item
    n_items, widest = per_item.size, int(per_item.max())
    if n_items * widest > _MOST_PADDING * votes.item.size + 10_000:
        return np.arange(n_items), np.arange(n_items)
    base = len(votes.classes) + 1
    rectangle = np.zeros((n_items, widest), np.int64)
    within = np.arange(votes.item.size) - (np.cumsum(per_item) - per_item)[votes.item]
    rectangle[votes.item, within] = votes.label + 1
    rectangle.sort(axis=1)
    key, top = np.zeros(n_items, np.int64), 1
    for column in rectangle.T:
        if top > 2**62 // base:
            key = np.unique(key, return_inverse=True)[1]
            top = n_items
        key, top = key * base + column, top * base
    return _numbered(key, top)


def _numbered(key: Codes, top: int) -> tuple[Codes, Codes]:
    """Positions among the sorted keys, and where each key is found."""
    if top > 4 * key.size + 100_000:
        _, first, look = np.unique(key, return_index=True, return_inverse=True)
        return look, first
    place = np.full(top, -1)
    place[key[::-1]] = np.arange(key.size)[::-1]  # the first of equals is written last
    first = place[place >= 0]
    place[place >= 0] = np.arange(first.size)
    return place[key], first
