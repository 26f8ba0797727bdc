"""Many trees as one set of arrays, so that rows go down all of them together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.prepared import Prepared
from tilth.quality.explanation.trees import LEAF, Tree
from tilth.record import field, record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_PLAYERS = 60
"""Columns on one path, so that their bits fit a whole number."""

_NOBODY = -1


@record
class JoinedTrees:
    """Trees one after the other, and the rows that go down them.

    On each path the columns that are asked about are seated in order, from 0, so that a set of
    them is a number, however many columns a table has.

    Attributes:
        roots: The first node of each tree, shape (n_trees,).
        left: Where a node's `yes` leads, and a leaf itself; shape (n_nodes,).
        right: Where its `no` leads.
        leaf: Whether it is one.
        number: Which number a node asks about.
        threshold: Numbers up to this go left.
        missing_left: Whether NaN goes left.
        bit: A one in the place of the seat of the column that a node asks about; 0 for a leaf,
            and where the answer is the same for all.
        seated: The column in each seat of a leaf's path, -1 for none; shape (n_nodes, n_seats).
        values: What a node says, shape (n_nodes, n_outputs).
        numbers: Of all rows, as precise as the trees compare them; shape (n_rows, n_numbers).
        asks_codes: Node -> its place in `code_left`, -1 for one that asks about a number.
        code_left: Of nodes that ask about categories, which rows go left; shape (n, n_rows).
    """

    roots: Ints = field(repr=False)
    left: Ints = field(repr=False)
    right: Ints = field(repr=False)
    leaf: Bools = field(repr=False)
    number: Ints = field(repr=False)
    threshold: Floats = field(repr=False)
    missing_left: Bools = field(repr=False)
    bit: Ints = field(repr=False)
    seated: Ints = field(repr=False)
    values: Floats = field(repr=False)
    numbers: Floats = field(repr=False)
    asks_codes: Ints = field(repr=False)
    code_left: Bools = field(repr=False)

    def goes_left(self, nodes: Ints, rows: Ints) -> Bools:
        """Whether a node sends a row to its left, for each pair of them."""
        own = self.numbers[rows, self.number[nodes]]
        goes: Bools = own <= self.threshold[nodes]
        missing = np.isnan(own)
        if missing.any():
            goes[missing] = self.missing_left[nodes[missing]]
        if len(self.code_left):
            place = self.asks_codes[nodes]
            coded = place >= 0
            goes[coded] = self.code_left[place[coded], rows[coded]]
        return goes


def joined(trees: Sequence[Tree], prepared: Prepared) -> JoinedTrees | None:
    """Join trees; None where a path asks about more than `MOST_PLAYERS` columns."""
    sizes = [len(tree.left) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    shift = np.repeat(roots, sizes)
    own = np.arange(len(shift))
    left = np.concatenate([tree.left for tree in trees])
    leaf = left == LEAF
    right = np.where(leaf, own, np.concatenate([tree.right for tree in trees]) + shift)
    left = np.where(leaf, own, left + shift)
    number = np.where(leaf, 0, np.concatenate([tree.feature for tree in trees]))
    seats = _seats(roots, left, right, np.where(leaf, _NOBODY, prepared.owners[number]))
    if seats is None:
        return None
    asks_codes, code_left = _codes(trees, roots, prepared.numbers)
    single = trees[0].single
    return JoinedTrees(
        roots=roots,
        left=left,
        right=right,
        leaf=leaf,
        number=number,
        threshold=np.concatenate([tree.threshold for tree in trees]),
        missing_left=np.concatenate([tree.missing_left for tree in trees]),
        bit=seats[0],
        seated=seats[1],
        values=np.concatenate([tree.values for tree in trees]),
        numbers=prepared.numbers.astype(np.float32).astype(float) if single else prepared.numbers,
        asks_codes=asks_codes,
        code_left=code_left,
    )


def _seats(roots: Ints, left: Ints, right: Ints, player: Ints) -> tuple[Ints, Ints] | None:
    """The bit of each node's column, and who sits where on the path of each leaf."""
    bit = np.zeros(len(left), np.int64)
    leaves: list[tuple[Ints, Ints]] = []
    nodes, seated = roots, np.zeros((len(roots), 0), np.int64)
    while nodes.size:
        ends = left[nodes] == nodes
        leaves.append((nodes[ends], seated[ends]))
        nodes, seated = nodes[~ends], seated[~ends]
        asked = player[nodes]
        sits = seated == asked[:, None]
        n_seated = (seated != _NOBODY).sum(axis=1)
        comes = ~sits.any(axis=1) & (asked >= 0)
        if (n_seated[comes] == seated.shape[1]).any():
            if seated.shape[1] == MOST_PLAYERS:
                return None
            seated = np.c_[seated, np.full(len(seated), _NOBODY)]
        seated[comes, n_seated[comes]] = asked[comes]
        seat = n_seated if not sits.shape[1] else np.where(comes, n_seated, sits.argmax(axis=1))
        bit[nodes] = np.where(asked >= 0, 1 << seat, 0)
        nodes, seated = np.r_[left[nodes], right[nodes]], np.r_[seated, seated]
    found = np.full((len(left), leaves[-1][1].shape[1]), _NOBODY)
    for at, who in leaves:
        found[at, : who.shape[1]] = who
    return bit, found


def _codes(trees: Sequence[Tree], roots: Ints, numbers: Floats) -> tuple[Ints, Bools]:
    """Where the nodes that ask about categories are told, and which rows they send left."""
    asks = [
        (root + node, tree.goes_left(node, numbers))
        for root, tree in zip(roots.tolist(), trees, strict=True)
        for node in tree.categories
    ]
    places = np.full(sum(len(tree.left) for tree in trees), -1)
    places[[node for node, _ in asks]] = np.arange(len(asks))
    goes = np.zeros((len(asks), len(numbers)), bool)
    for i, (_, left) in enumerate(asks):
        goes[i] = left
    return places, goes
