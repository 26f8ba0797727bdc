"""Many trees as one set of arrays, so that rows go down all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.trees import LEAF, Tree
from tilth.record import field, record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NODES = 200_000
"""Of trees that are joined, about."""


@record
class JoinedTrees:
    """Trees one after the other, and the rows that go down them.

    Attributes:
        roots: The first node of each tree, shape (n_trees,).
        left: Where a node's `yes` leads, and a leaf itself; shape (n_nodes,).
        right: Where its `no` leads.
        leaf: Whether it is one.
        feature: Which number a node asks about; 0 for a leaf.
        threshold: Numbers up to this go left.
        missing_left: Whether NaN goes left.
        values: What a node says, shape (n_nodes, n_outputs).
        numbers: Of all rows, as precise as the trees compare them; shape (n_rows, n_numbers).
        asks_codes: Node -> its place in `code_left`, -1 for one that asks about a number.
        code_left: Of nodes that ask about categories, which rows go left; shape (n, n_rows).
    """

    roots: Ints = field(repr=False)
    left: Ints = field(repr=False)
    right: Ints = field(repr=False)
    leaf: Bools = field(repr=False)
    feature: Ints = field(repr=False)
    threshold: Floats = field(repr=False)
    missing_left: Bools = field(repr=False)
    values: Floats = field(repr=False)
    numbers: Floats = field(repr=False)
    asks_codes: Ints = field(repr=False)
    code_left: Bools = field(repr=False)

    def goes_left(self, nodes: Ints, rows: Ints) -> Bools:
        """Whether a node sends a row to its left, for each pair of them."""
        own = self.numbers[rows, self.feature[nodes]]
        goes: Bools = own <= self.threshold[nodes]
        missing = np.isnan(own)
        if missing.any():
            goes[missing] = self.missing_left[nodes[missing]]
        if len(self.code_left):
            place = self.asks_codes[nodes]
            coded = place >= 0
            goes[coded] = self.code_left[place[coded], rows[coded]]
        return goes


def groups(trees: Sequence[Tree]) -> Iterator[list[Tree]]:
    """Trees that are few enough to be joined."""
    some: list[Tree] = []
    n_nodes = 0
    for tree in trees:
        if some and n_nodes + len(tree.left) > _NODES:
            yield some
            some, n_nodes = [], 0
        some.append(tree)
        n_nodes += len(tree.left)
    yield some


def joined(trees: Sequence[Tree], numbers: Floats) -> JoinedTrees:
    """Join trees.

    Args:
        trees: At least one; all compare numbers alike.
        numbers: Of the rows that are to go down them, shape (n_rows, n_numbers).
    """
    sizes = [len(tree.left) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    shift = np.repeat(roots, sizes)
    own = np.arange(len(shift))
    left = np.concatenate([tree.left for tree in trees])
    leaf = left == LEAF
    asks_codes, code_left = _codes(trees, roots, numbers)
    return JoinedTrees(
        roots=roots,
        left=np.where(leaf, own, left + shift),
        right=np.where(leaf, own, np.concatenate([tree.right for tree in trees]) + shift),
        leaf=leaf,
        feature=np.where(leaf, 0, np.concatenate([tree.feature for tree in trees])),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        missing_left=np.concatenate([tree.missing_left for tree in trees]),
        values=np.concatenate([tree.values for tree in trees]),
        numbers=numbers.astype(np.float32).astype(float) if trees[0].single else numbers,
        asks_codes=asks_codes,
        code_left=code_left,
    )


def added_up(trees: Sequence[Tree], numbers: Floats) -> Floats:
    """What the trees say of rows, summed; shape (n_rows, n_outputs)."""
    said = np.zeros((len(numbers), trees[0].values.shape[1]))
    for some in groups(trees):
        forest = joined(some, numbers)
        node = np.repeat(forest.roots, len(numbers))
        row = np.tile(np.arange(len(numbers)), len(some))
        while not forest.leaf[node].all():
            node = np.where(forest.goes_left(node, row), forest.left[node], forest.right[node])
        said += forest.values[node].reshape(len(some), *said.shape).sum(axis=0)
    return said


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
