"""Trees with fewer leaves, and models with fewer trees."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tilth.errors import DataError
from tilth.quality.pruning.ground import Ground, last_of, with_last
from tilth.quality.pruning.material import fit
from tilth.quality.pruning.packing import n_trees_of
from tilth.quality.pruning.variant import Variant

_STEP = 1.6
"""By what the number of trees is divided from one candidate to the next."""

_OF_A_TREE = 8
_OF_A_FOREST = 3


def prune_trees(ground: Ground) -> Iterator[Variant]:
    """The trees with their weakest branches cut, after the model is fitted anew.

    A branch is cut where its leaves lower the training error by less than `alpha` each. The
    alphas to try are those at which half of the leaves of a tree are left, a quarter, and so on,
    each the geometric mean of two at which something is cut.

    References:
        L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification and Regression Trees, 1984,
        sections 3.3 (minimal cost-complexity pruning) and 3.4.2 (geometric means).
    """
    last = last_of(ground.original)
    several = type(last).__name__.startswith(("RandomForest", "ExtraTrees"))
    tree = last.estimators_[0] if several else last
    if not hasattr(tree, "tree_"):
        return  # boosting has trees as well, but they are small by design
    truth = _as_taught(last, ground.material.truth)
    path = tree.cost_complexity_pruning_path(
        ground.numbers, truth, sample_weight=ground.material.weights
    )
    for alpha in _alphas(path.ccp_alphas, _OF_A_FOREST if several else _OF_A_TREE):
        if alpha > (last.ccp_alpha or 0):
            yield Variant(
                means=("prune_trees",),
                told=f"branches cut at {alpha:.2g}",
                fit=partial(_refitted, ccp_alpha=alpha),
            )


def _refitted(ground: Ground, **settings: Any) -> Any:
    return fit(ground.fresh(**settings), ground.material)


def _as_taught(last: Any, truth: Any) -> Any:
    """Labels as the trees of a forest are taught them, which is as codes."""
    if hasattr(last, "estimators_") and hasattr(last, "classes_"):
        return np.searchsorted(last.classes_, truth).astype(float)
    return truth


def _alphas(path: Any, most: int) -> list[float]:
    """Alphas that leave a half, a quarter, ... of the leaves, of which each step takes one."""
    found: list[float] = []
    left = len(path) / 2
    while left >= 2 and len(found) < most:
        at = len(path) - round(left)
        middle = float(np.sqrt(path[at - 1] * path[at]))
        if middle > 0 and middle not in found:
            found.append(middle)
        left /= 2
    return found


def sizes_of(model: Any) -> list[int]:
    """Numbers of trees to try, fewer than there are, ascending."""
    found: list[int] = []
    n = n_trees_of(model) / _STEP
    while round(n) >= 1:
        found.append(round(n))
        n /= _STEP
    return sorted(set(found) - {n_trees_of(model)})


def first_trees(model: Any, n_trees: int, ground: Ground) -> Any:
    """A model of the first trees of a forest, or of the first rounds of boosting.

    Trees of a forest are drawn alike, so any of them make a forest; which ones would have been
    the best on few rows is mostly luck. Boosting of histograms, whose rounds cannot be taken away
    from outside, is fitted again up to that round, which comes to the same.

    Args:
        model: Fitted on the rows of the ground.
        n_trees: At most so many.
        ground: Of the model.
    """
    last = last_of(model)
    if hasattr(last, "_predictors"):
        if model is not ground.original:
            raise DataError(f"{type(last).__name__} cannot be cut to fewer trees")
        return fit(ground.fresh(max_iter=min(n_trees, n_trees_of(model))), ground.material)
    short = copy.copy(last)
    short.estimators_ = last.estimators_[:n_trees]
    short.n_estimators = len(short.estimators_)
    if hasattr(last, "n_estimators_"):
        short.n_estimators_ = short.n_estimators
    return with_last(model, short)
