"""From a fitted model of trees to the same trees, packed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError
from tilth.quality.pruning.layout import LEAF, PlainTree, packed_arrays
from tilth.quality.pruning.packed import (
    Accepts,
    Link,
    PackedBoosting,
    PackedClassifier,
    PackedRegressor,
    PackedTrees,
)

_LINKS: dict[str, Link] = {
    "IdentityLink": "identity",
    "LogLink": "log",
    "LogitLink": "logit",
    "HalfLogitLink": "half logit",
    "MultinomialLogit": "softmax",
}
"""scikit-learn's links, and what they are called here."""


def packed(model: Any, *, n_trees: int | None = None) -> Any:
    """The same model with its trees packed.

    Scores, labels and quantities are those of the model, to the bit (of a forest, those that it
    gives with one thread: with several, its sums are rounded in another order each time); chances
    of boosted trees, which take an exponential, to the last digits.

    Args:
        model: A fitted tree, forest or boosted trees of scikit-learn, or a pipeline that ends
            with one; its other steps are taken as they are.
        n_trees: Only the first so many: trees of a forest, rounds of boosting; all if not given.

    Raises:
        DataError: It has no trees, or such that cannot be packed, and why.
    """
    steps = getattr(model, "steps", None)
    if steps:
        from sklearn.pipeline import Pipeline  # the model is one of its own

        name, last = steps[-1]
        return Pipeline([*steps[:-1], (name, packed(last, n_trees=n_trees))])
    if hasattr(model, "best_estimator_"):
        return packed(model.best_estimator_, n_trees=n_trees)
    kind = type(model).__name__
    try:
        if hasattr(model, "_predictors"):
            return _of_histograms(model, n_trees)
        if hasattr(model, "tree_"):
            return _of_means(model, [model])
        each: Any = getattr(model, "estimators_", ())
        if getattr(each, "ndim", 1) == 2 and hasattr(model, "init_"):
            return _of_gradient_boosting(model, n_trees)
        if kind.startswith(("RandomForest", "ExtraTrees")) and hasattr(each[0], "tree_"):
            return _of_means(model, each[:n_trees])
    except (AttributeError, KeyError, TypeError) as error:  # parts that scikit-learn calls private
        raise DataError(
            f"{kind} cannot be packed: its trees are kept otherwise than is known: {error}"
        ) from error
    raise DataError(
        f"{kind} has no trees that can be packed",
        hint="trees, forests and boosted trees of scikit-learn can be",
    )


def packed_if_trees(model: Any) -> Any:
    """The model packed where it can be, for it is asked faster then; else as it is."""
    try:
        return packed(model)
    except DataError:
        return model


def n_trees_of(model: Any) -> int:
    """Trees of a forest, or rounds of boosting; 1 for a tree, 0 for a model without trees."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    last = getattr(last, "best_estimator_", last)
    if hasattr(last, "_predictors"):
        return len(last._predictors)
    if hasattr(last, "tree_"):
        return 1
    each = getattr(last, "estimators_", None)
    own = type(last).__name__.startswith(("RandomForest", "ExtraTrees", "GradientBoosting"))
    return len(each) if own and each is not None else 0


def _of_means(model: Any, trees: Sequence[Any]) -> PackedTrees:
    """A tree, or a forest, which says the mean of its trees."""
    accepts: Accepts = "missing" if _takes_missing(trees[0]) else "finite"
    plain = [_plain(each.tree_) for each in trees]
    arrays = packed_arrays(plain, single=True, missing=accepts == "missing")
    told = _told(model, single=True, accepts=accepts)
    if not hasattr(model, "classes_"):
        return PackedRegressor(arrays, base=None, link="identity", **told)
    made = PackedClassifier(arrays, base=None, link="identity", **told)
    made.classes_ = model.classes_
    return made


def _takes_missing(tree: Any) -> bool:
    from sklearn.utils import get_tags  # the model is one of its own

    return bool(get_tags(tree).input_tags.allow_nan) and tree.monotonic_cst is None


def _of_gradient_boosting(model: Any, n_trees: int | None) -> PackedTrees:
    rounds = model.estimators_[:n_trees]
    plain = [_plain(each.tree_, scale=model.learning_rate) for each in np.asarray(rounds).ravel()]
    if not _is_constant(model.init_):
        raise DataError(
            f"{type(model).__name__} starts from a {type(model.init_).__name__}, and cannot be "
            "packed",
            hint="leave `init` as it comes",
        )
    base = model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32))[0]
    arrays = packed_arrays(plain, single=True, missing=False)
    return _boosting(model, arrays, base, ties=True, single=True, accepts="finite")


def _is_constant(start: Any) -> bool:
    return start == "zero" or type(start).__name__ in ("DummyClassifier", "DummyRegressor")


def _of_histograms(model: Any, n_trees: int | None) -> PackedTrees:
    if model._preprocessor is not None:
        raise DataError(
            f"{type(model).__name__} was told of categories, and cannot be packed",
            hint="spread them out before it, as the default preparation of stage `train` does",
        )
    plain = [_plain_nodes(each.nodes) for row in model._predictors[:n_trees] for each in row]
    arrays = packed_arrays(plain, single=False, missing=True)
    base = np.asarray(model._baseline_prediction, float).ravel()
    return _boosting(model, arrays, base, ties=False, single=False, accepts="all")


def _boosting(
    model: Any,
    arrays: Any,
    base: NDArray[np.float64],
    *,
    ties: bool,
    single: bool,
    accepts: Accepts,
) -> PackedTrees:
    link = _LINKS[type(model._loss.link).__name__]
    told = _told(model, single=single, accepts=accepts)
    if not hasattr(model, "classes_"):
        # Gradient boosting says the sum whatever its loss.
        own: Link = "identity" if ties else link
        return PackedRegressor(arrays, base=base, link=own, **told)
    made = PackedBoosting(arrays, base=base, link=link, **told)
    made.classes_, made.ties = model.classes_, ties
    return made


def _told(model: Any, **more: Any) -> dict[str, Any]:
    return {
        "n_outputs": int(getattr(model, "n_outputs_", 1)),
        "n_features": int(model.n_features_in_),
        "names": getattr(model, "feature_names_in_", None),
        **more,
    }


def _plain(tree: Any, scale: float = 1.0) -> PlainTree:
    values = np.asarray(tree.value, float)  # (n_nodes, n_targets, n_classes)
    return PlainTree(
        left=np.asarray(tree.children_left, np.int64),
        right=np.asarray(tree.children_right, np.int64),
        feature=np.asarray(tree.feature, np.int64),
        threshold=np.asarray(tree.threshold, float),
        missing_left=np.asarray(tree.missing_go_to_left, bool),
        values=scale * values.reshape(len(values), -1),
    )


def _plain_nodes(nodes: Any) -> PlainTree:
    leaf = nodes["is_leaf"].astype(bool)
    return PlainTree(
        left=np.where(leaf, LEAF, nodes["left"].astype(np.int64)),
        right=np.where(leaf, LEAF, nodes["right"].astype(np.int64)),
        feature=nodes["feature_idx"].astype(np.int64),
        threshold=nodes["num_threshold"].astype(float),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        values=nodes["value"].astype(float)[:, None],
    )
