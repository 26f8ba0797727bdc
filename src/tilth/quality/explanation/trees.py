"""Trees of scikit-learn as plain arrays, whichever of its classes they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.prepared import last_step
from tilth.quality.pruning.packed import PackedTrees
from tilth.record import changed, field, record

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAF = -1


@record
class Tree:
    """One tree.

    Attributes:
        left: The node to which `yes` leads, `LEAF` for a leaf; shape (n_nodes,).
        right: The node to which `no` leads.
        feature: Which number a node asks about.
        threshold: Numbers up to this go left.
        missing_left: Whether NaN goes left.
        categories: Node -> the codes that go left, and those that are known; of others it is
            as if they were missing.
        values: What a node says, shape (n_nodes, n_outputs).
        single: Whether numbers are compared in single precision.
    """

    left: NDArray[np.int64] = field(repr=False)
    right: NDArray[np.int64] = field(repr=False)
    feature: NDArray[np.int64] = field(repr=False)
    threshold: Floats = field(repr=False)
    missing_left: Bools = field(repr=False)
    categories: dict[int, tuple[frozenset[int], frozenset[int]]] = field(repr=False)
    values: Floats = field(repr=False)
    single: bool

    @property
    def n_leaves(self) -> int:
        """How many leaves it has."""
        return int((self.left == LEAF).sum())

    def goes_left(self, node: int, numbers: Floats) -> Bools:
        """Which rows a node sends to its left, shape (n_rows,).

        Args:
            node: One that splits.
            numbers: Of all rows, shape (n_rows, n_numbers).
        """
        own = numbers[:, self.feature[node]]
        missing = np.isnan(own)
        if node in self.categories:
            to_left, known = self.categories[node]
            goes = np.isin(own, list(to_left))
            missing |= ~np.isin(own, list(known))
        else:
            goes = (own.astype(np.float32) if self.single else own) <= self.threshold[node]
        return np.where(missing, self.missing_left[node], goes)


def trees_of(model: Any) -> list[Tree] | None:
    """The trees whose answers a model adds up; None where it is none of trees.

    What it says need not be the sum: a boosted classifier makes chances of it. Boosting by
    histograms is read by parts that scikit-learn calls private; None where they are others.
    """
    try:
        return _read(last_step(model)[1])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


def _read(estimator: Any) -> list[Tree] | None:
    if hasattr(estimator, "tree_"):
        return _with_one_target([_from_tree(estimator.tree_, 1.0)])
    if hasattr(estimator, "_predictors"):
        return _from_histograms(estimator)
    if isinstance(estimator, PackedTrees):
        return _from_packed(estimator)
    each = getattr(estimator, "estimators_", None)
    if each is None or not len(each) or not all(hasattr(e, "tree_") for e in np.ravel(each)):
        return None
    return _from_many(estimator, each)


def _from_many(estimator: Any, each: Any) -> list[Tree] | None:
    if hasattr(estimator, "learning_rate") and np.ndim(each) == 2:
        return _from_gradient_boosting(estimator)
    if type(estimator).__name__.startswith(("RandomForest", "ExtraTrees")):
        return _with_one_target([_from_tree(e.tree_, 1 / len(each)) for e in each])
    return None


def _with_one_target(trees: list[Tree]) -> list[Tree] | None:
    return trees if trees[0].values.ndim == 2 else None


def _from_tree(tree: Any, scale: float) -> Tree:
    values = np.asarray(tree.value, float) * scale  # (n_nodes, n_targets, n_classes)
    return Tree(
        left=np.asarray(tree.children_left, np.int64),
        right=np.asarray(tree.children_right, np.int64),
        feature=np.asarray(tree.feature, np.int64),
        threshold=np.asarray(tree.threshold, float),
        missing_left=np.asarray(tree.missing_go_to_left, bool),
        categories={},
        values=values[:, 0] if values.shape[1] == 1 else values,
        single=True,
    )


def _from_gradient_boosting(estimator: Any) -> list[Tree]:
    """Each round has a tree for each class, which adds to the score of that class alone."""
    found = []
    for round_ in estimator.estimators_:
        for i, each in enumerate(round_):
            tree = _from_tree(each.tree_, estimator.learning_rate)
            found.append(_for_output(tree, i, len(round_)))
    return found


def _from_histograms(estimator: Any) -> list[Tree]:
    known, places = estimator._bin_mapper.make_known_categories_bitsets()
    found = []
    for round_ in estimator._predictors:
        for i, predictor in enumerate(round_):
            tree = _from_nodes(predictor, known, places)
            found.append(_for_output(tree, i, len(round_)))
    return found


def _from_packed(model: PackedTrees) -> list[Tree] | None:
    """Trees that were packed to be small: of a forest they are averaged, of boosting added."""
    if model.n_outputs_ > 1:
        return None
    laid = model.laid()
    ends = np.r_[laid.roots[1:], len(laid.children)]
    found = []
    for number, (start, end) in enumerate(zip(laid.roots.tolist(), ends.tolist(), strict=True)):
        own = slice(start, end)
        leaf = laid.children[own] == np.arange(start, end)
        left = np.where(leaf, LEAF, laid.children[own] - start)
        values = laid.values[laid.rows[own]]
        tree = Tree(
            left=left,
            right=np.where(leaf, LEAF, left + 1),
            feature=laid.features[own].astype(np.int64),
            threshold=laid.thresholds[own].astype(float),
            missing_left=~laid.missing_right[own],
            categories={},
            values=values / model.n_trees if model.base is None else values,
            single=model.single,
        )
        n = 1 if model.base is None else model.base.size
        found.append(tree if model.base is None else _for_output(tree, number % n, n))
    return found


def _from_nodes(predictor: Any, known: Any, places: Any) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    feature = nodes["feature_idx"].astype(np.int64)
    bits = predictor.raw_left_cat_bitsets
    categories = {
        int(at): (
            _codes(bits[nodes["bitset_idx"][at]]),
            _codes(known[places[feature[at]]]),
        )
        for at in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf)
    }
    return Tree(
        left=np.where(leaf, LEAF, nodes["left"].astype(np.int64)),
        right=np.where(leaf, LEAF, nodes["right"].astype(np.int64)),
        feature=feature,
        threshold=nodes["num_threshold"].astype(float),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        categories=categories,
        values=nodes["value"].astype(float)[:, None],
        single=False,
    )


def _codes(bitset: Any) -> frozenset[int]:
    """The numbers whose bits are set in eight words of 32."""
    words = np.asarray(bitset, np.uint64)
    return frozenset(
        32 * w + b for w, word in enumerate(words.tolist()) for b in range(32) if word >> b & 1
    )


def _for_output(tree: Tree, i: int, n: int) -> Tree:
    values = np.zeros((len(tree.values), n))
    values[:, i] = tree.values[:, 0]
    return changed(tree, values=values)
