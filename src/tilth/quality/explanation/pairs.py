"""Exact Shapley values of sums of trees, for each pair of a row and a background row.

Rows that are put together from a row x and a background row z go down a tree together until a
node sends x and z apart. There the column that it asks about is decided: on one side it is in
the coalition, on the other out, and from then on its numbers are those of x, or of z. So few
leaves of a large tree are come to, and each with the columns that must be in and those that must
be out; `paths` tells what these get. All pairs take a step down all trees at once, since single
steps are dear.

This takes as long as there are pairs of rows; `paths` takes as long as there are leaves.

References:
    S. Lundberg et al., "From local explanations to global understanding with explainable AI for
    trees", Nature Machine Intelligence 2, 2020, algorithm 3; G. Laberge and Y. Pequignot,
    "Understanding interventional TreeSHAP: how and why it works", arXiv 2209.15123, 2022,
    section 5 (players of several numbers).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.joined_trees import JoinedTrees, groups, joined
from tilth.quality.explanation.paths import path_weights
from tilth.quality.explanation.prepared import Prepared
from tilth.quality.explanation.seats import Seats, seats_of
from tilth.quality.explanation.trees import Tree
from tilth.record import field, record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_WALKERS = 100_000
"""That take a step together, about: what a processor's cache holds."""


def pair_values(
    trees: Sequence[Tree], prepared: Prepared, n_rows: int, n_columns: int
) -> Floats | None:
    """Shapley values of what the trees add up to.

    Args:
        trees: At least one.
        prepared: The numbers of rows and background, and the columns that these come from.
        n_rows: How many of them are to be explained.
        n_columns: Of the table.

    Returns:
        Shape (n_rows, n_columns, n_outputs); None where a path asks about too many columns.
    """
    values = np.zeros((n_rows, n_columns, trees[0].values.shape[1]))
    for some in groups(trees):
        forest = joined(some, prepared.numbers)
        seats = seats_of(forest, prepared.owners)
        if seats is None:
            return None
        for start in _starts(forest, n_rows):
            for arrived in _walk(forest, seats, start):
                says = forest.values[arrived.node]
                values += _shares(seats, arrived, says, n_rows, n_columns)
    return values / (len(prepared.numbers) - n_rows)


@record
class _Walkers:
    """Rows that are put together from two, on their way; each of shape (n_walkers,).

    Attributes:
        node: Where they are.
        row: The row that is explained.
        other: The row of the background.
        inside: The columns that are in the coalition, by the bits of their seats.
        outside: Those that are out of it.
    """

    node: Ints = field(repr=False)
    row: Ints = field(repr=False)
    other: Ints = field(repr=False)
    inside: Ints = field(repr=False)
    outside: Ints = field(repr=False)

    def only(self, which: Bools | slice) -> _Walkers:
        """Some of them."""
        return _Walkers(
            node=self.node[which],
            row=self.row[which],
            other=self.other[which],
            inside=self.inside[which],
            outside=self.outside[which],
        )


def _starts(forest: JoinedTrees, n_rows: int) -> Iterator[_Walkers]:
    """Each pair of rows at the root of each tree."""
    n_others = len(forest.numbers) - n_rows
    step = max(1, _WALKERS // len(forest.roots))
    for first in range(0, n_rows * n_others, step):
        pairs = np.arange(first, min(first + step, n_rows * n_others))
        node = np.repeat(forest.roots, len(pairs))
        nobody = np.zeros(len(node), np.int64)
        yield _Walkers(
            node=node,
            row=np.tile(pairs // n_others, len(forest.roots)),
            other=np.tile(n_rows + pairs % n_others, len(forest.roots)),
            inside=nobody,
            outside=nobody,
        )


def _walk(forest: JoinedTrees, seats: Seats, start: _Walkers) -> Iterator[_Walkers]:
    """Those that have come to a leaf, after each step."""
    waiting = [start]
    while waiting:
        now = waiting.pop()
        n = len(now.node)
        if n > 2 * _WALKERS:
            waiting += [now.only(slice(n // 2, None)), now.only(slice(n // 2))]
            continue
        ends = forest.leaf[now.node]
        if ends.any():
            yield now.only(ends)
            now = now.only(~ends)
        if now.node.size:
            waiting.append(_stepped(forest, seats, now))


def _stepped(forest: JoinedTrees, seats: Seats, now: _Walkers) -> _Walkers:
    """All a step further; who comes to where its rows part goes on as two."""
    bit = seats.bit[now.node]
    if_in = forest.goes_left(now.node, np.where(now.outside & bit, now.other, now.row))
    if_out = forest.goes_left(now.node, np.where(now.inside & bit, now.row, now.other))
    part = (if_in != if_out) & (bit != 0)
    left, right = forest.left[now.node], forest.right[now.node]
    return _Walkers(
        node=np.r_[np.where(if_in, left, right), np.where(if_out, left, right)[part]],
        row=np.r_[now.row, now.row[part]],
        other=np.r_[now.other, now.other[part]],
        inside=np.r_[now.inside | np.where(part, bit, 0), now.inside[part]],
        outside=np.r_[now.outside, now.outside[part] | bit[part]],
    )


def _shares(seats: Seats, arrived: _Walkers, says: Floats, n_rows: int, n_columns: int) -> Floats:
    """What the leaves that were come to add to each column, summed over pairs."""
    seated = seats.seated[arrived.node]
    n_seats = seated.shape[1]
    inside = (arrived.inside[:, None] >> np.arange(n_seats) & 1) == 1
    outside = (arrived.outside[:, None] >> np.arange(n_seats) & 1) == 1
    n_in, n_out = inside.sum(axis=1), outside.sum(axis=1)
    gains, losses = path_weights(n_seats)
    shares = np.zeros((n_rows * n_columns, says.shape[1]))
    for decided, weights in ((inside, gains), (outside, -losses)):
        at = np.flatnonzero(decided)
        who = at // n_seats
        place = arrived.row[who] * n_columns + seated.ravel()[at]
        weight = weights[n_in, n_out][who]
        for output in range(says.shape[1]):
            shares[:, output] += np.bincount(
                place, weight * says[who, output], minlength=len(shares)
            )
    return shares.reshape(n_rows, n_columns, -1)
