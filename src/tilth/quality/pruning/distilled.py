"""Small models that learn what the original says, in place of what is so."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.pruning.ground import Ground, is_classifier, last_of, with_last
from tilth.quality.pruning.packing import n_trees_of
from tilth.quality.pruning.variant import Variant
from tilth.quality.rows import Rows

_LEAVES = (8, 16, 32, 64, 128, 256)

_LEAST = 0.02
"""A class that the original holds less likely than this for a row is not taught of that row."""


def distil(ground: Ground) -> Iterator[Variant]:
    """A tree of few leaves, or a linear model, that is taught the original's answers.

    Of classes these are its chances: a row is taught once for each class that is likely, with
    that chance as its weight.

    References:
        C. Buciluǎ, R. Caruana, A. Niculescu-Mizil, "Model compression", KDD 2006; G. Hinton,
        O. Vinyals, J. Dean, "Distilling the knowledge in a neural network", 2015 (chances rather
        than labels); L. Breiman, N. Shang, "Born again trees", 1996.
    """
    last = last_of(ground.original)
    is_tree = n_trees_of(last) == 1 and hasattr(last, "tree_")
    for leaves in () if is_tree else _LEAVES:
        yield Variant(
            means=("distil",),
            told=f"distilled into a tree of {leaves} leaves",
            fit=partial(_taught, leaves=leaves),
        )
    if not hasattr(last, "coef_"):
        yield Variant(
            means=("distil",),
            told="distilled into a linear model",
            fit=partial(_taught, leaves=None),
        )


def _taught(ground: Ground, leaves: int | None) -> Any:
    student = _student(ground, leaves)
    rows, answers, weights = _lesson(ground)
    numbers = Rows(ground.numbers).pick(rows)
    return with_last(ground.original, student.fit(numbers, answers, sample_weight=weights))


def _student(ground: Ground, leaves: int | None) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge  # beside what the original needs
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    tells_classes = is_classifier(ground.original)
    if leaves is None:
        return LogisticRegression(max_iter=1000) if tells_classes else Ridge()
    kind = DecisionTreeClassifier if tells_classes else DecisionTreeRegressor
    return kind(max_leaf_nodes=leaves, min_samples_leaf=2, random_state=ground.seed)


def _lesson(ground: Ground) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.float64]]:
    """Rows, what is taught of them, and how much that counts."""
    material, original = ground.material, ground.original
    own = np.ones(len(material)) if material.weights is None else material.weights
    if not is_classifier(original) or not hasattr(original, "predict_proba"):
        return np.arange(len(material)), ground.answers, own
    chances = ground.answers
    is_likely = chances > _LEAST
    is_likely[np.arange(len(chances)), chances.argmax(axis=1)] = True
    rows, classes = np.nonzero(is_likely)
    return rows, original.classes_[classes], own[rows] * chances[rows, classes]
