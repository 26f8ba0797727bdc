"""Which columns the nodes of trees ask about, counted anew on each path.

On a path the columns are seated in order, from 0, so that a set of them is a number of few bits
however many columns a table has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.joined_trees import JoinedTrees
from tilth.record import field, record

Ints = NDArray[np.int64]

MOST_PLAYERS = 60
"""Columns on one path, so that their bits fit a whole number."""

_NOBODY = -1


@record
class Seats:
    """Who sits where on the paths of trees.

    Attributes:
        bit: A one in the place of the seat of the column that a node asks about; 0 for a leaf,
            and where the answer is the same for all; shape (n_nodes,).
        seated: The column in each seat of a leaf's path, -1 for none; shape (n_nodes, n_seats).
    """

    bit: Ints = field(repr=False)
    seated: Ints = field(repr=False)


def seats_of(forest: JoinedTrees, owners: Ints) -> Seats | None:
    """Seat the columns.

    Args:
        forest: Trees.
        owners: The column that each number comes from, below 0 for none; shape (n_numbers,).

    Returns:
        None where a path asks about more than `MOST_PLAYERS` columns.
    """
    bit = np.zeros(len(forest.left), np.int64)
    leaves: list[tuple[Ints, Ints]] = []
    nodes, seated = forest.roots, np.full((len(forest.roots), 1), _NOBODY)
    while nodes.size:
        ends = forest.leaf[nodes]
        leaves.append((nodes[ends], seated[ends]))
        nodes, seated = nodes[~ends], seated[~ends]
        asked = owners[forest.feature[nodes]]
        sits = seated == asked[:, None]
        n_seated = (seated != _NOBODY).sum(axis=1)
        comes = (asked >= 0) & ~sits.any(axis=1)
        if (n_seated[comes] == seated.shape[1]).any():
            if seated.shape[1] == MOST_PLAYERS:
                return None
            seated = np.c_[seated, np.full(len(seated), _NOBODY)]
            sits = np.c_[sits, np.zeros(len(sits), bool)]
        seated[comes, n_seated[comes]] = asked[comes]
        sits[comes, n_seated[comes]] = True
        known = asked >= 0
        bit[nodes[known]] = 1 << sits[known].argmax(axis=1)
        nodes, seated = np.r_[forest.left[nodes], forest.right[nodes]], np.r_[seated, seated]
    found = np.full((len(forest.left), max(who.shape[1] for _, who in leaves)), _NOBODY)
    for at, who in leaves:
        found[at, : who.shape[1]] = who
    return Seats(bit=bit, seated=found)
