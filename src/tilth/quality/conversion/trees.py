"""Trees, forests and boosted trees of scikit-learn as ONNX.

They are taken from `tilth.quality.pruning.packing`, which knows how scikit-learn's trees compare
and where they send what is missing, and not from skl2onnx: that sends what is missing in a forest
the wrong way, does not return from thresholds that are infinite, forgets the exponential of a
boosted Poisson, and takes many times as long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError
from tilth.quality.conversion.nodes import ML, Nodes, is_double, one_input, tensor
from tilth.quality.pruning.layout import Grown
from tilth.quality.pruning.packed import PackedTrees
from tilth.quality.pruning.packing import packed
from tilth.record import changed

_AT_MOST, _SUM = 0, 1
"""How ONNX writes a comparison, and that trees are added up."""


def kinds() -> list[type]:
    """Classes that are converted here."""
    from sklearn import ensemble, tree  # who converts a model has one of its classes

    names = ("RandomForest", "ExtraTrees", "GradientBoosting", "HistGradientBoosting")
    ends = ("Classifier", "Regressor")
    found = [getattr(ensemble, f"{name}{end}") for name in names for end in ends]
    return found + [
        getattr(tree, f"{name}{end}") for name in ("DecisionTree", "ExtraTree") for end in ends
    ]


def convert_trees(scope: Any, operator: Any, container: Any) -> None:
    """A converter as skl2onnx calls it."""
    model = operator.raw_operator
    asked = container.get_options(model, {}, fail=False) or {}
    if asked.get("raw_scores"):
        raise DataError(f"scores of {type(model).__name__} within another model are not converted")
    if getattr(model, "_preprocessor", None) is not None:
        raise DataError(
            f"{type(model).__name__} was told of categories, and such trees are not converted"
        )
    trees = packed(model)
    if trees.n_outputs_ > 1:
        raise DataError(f"{type(model).__name__} predicts several targets")
    made = Nodes(scope.get_unique_operator_name("trees"))
    double = is_double(operator)
    kind: Any = np.float64 if double else np.float32
    numbers = made.add("Cast", one_input(made, operator), to=_DOUBLE if double else _FLOAT)
    if trees.single and double:  # as they compare it
        numbers = made.add("Cast", made.add("Cast", numbers, to=_FLOAT), to=_DOUBLE)
    scores = _scores(made, trees, numbers, kind)
    if hasattr(model, "classes_"):
        _classes(made, trees, scores, operator, kind)
    else:
        links = {"log": "Exp", "logit": "Sigmoid", "identity": "Identity"}
        made.add(links[trees.link], scores, out=operator.outputs[0].full_name)
    made.into(container)


def shape_of_trees(operator: Any) -> None:
    """What comes out, as skl2onnx asks."""
    from skl2onnx.common import data_types as known  # which asks

    rows = operator.inputs[0].get_first_dimension()
    classes = getattr(operator.raw_operator, "classes_", None)
    kind = known.DoubleTensorType if is_double(operator) else known.FloatTensorType
    if classes is None:
        operator.outputs[0].type = kind([rows, 1])
        return
    texts = np.asarray(classes).dtype.kind in "OSU"
    operator.outputs[0].type = (known.StringTensorType if texts else known.Int64TensorType)([rows])
    operator.outputs[1].type = kind([rows, len(classes)])


_FLOAT, _DOUBLE, _INT64 = 1, 11, 7


def _scores(made: Nodes, trees: PackedTrees, numbers: str, kind: Any) -> str:
    """What trees come to together, shape (n_rows, n_scores); of two chances the second alone."""
    laid = trees.laid()
    whose, leaf = _parts(laid)
    if trees.base is not None:
        width = trees.base.size
        total = _ensemble(
            made,
            laid,
            numbers,
            kind,
            n_targets=width,
            targets=whose[leaf] % width,
            weights=laid.values[laid.rows[leaf], 0],
        )
        return made.add("Add", total, made.constant(trees.base.astype(kind)[None, :]))
    said = laid.values[laid.rows[leaf]]
    said = said[:, 1:] if said.shape[1] == 2 else said
    totals: list[str] = []
    while not totals or said.any():
        # A leaf adds to one target; trees whose leaves say more come once for each of these.
        some = np.unique(whose[leaf][said.any(axis=1)]) if totals else np.arange(trees.n_trees)
        targets = (said != 0).argmax(axis=1)
        own = np.isin(whose[leaf], some)
        weights = said[np.arange(len(said)), targets]
        part = _only(laid, some)
        n = said.shape[1]
        totals.append(
            _ensemble(
                made, part, numbers, kind, n_targets=n, targets=targets[own], weights=weights[own]
            )
        )
        said = said.copy()
        said[np.arange(len(said)), targets] = 0
    total = totals[0]
    for each in totals[1:]:
        total = made.add("Add", total, each)
    return made.add("Div", total, made.constant(np.array(trees.n_trees, kind)))


def _parts(laid: Grown) -> tuple[Any, Any]:
    """The tree of each node, and whether it is a leaf."""
    here = np.arange(len(laid.children))
    ends = np.append(laid.roots[1:], len(here))
    return np.repeat(np.arange(len(laid.roots)), ends - laid.roots), laid.children == here


def _only(laid: Grown, trees: Any) -> Grown:
    """Some of the trees."""
    whose, _ = _parts(laid)
    kept = np.isin(whose, trees)
    at = np.cumsum(kept) - 1
    return changed(
        laid,
        roots=at[laid.roots[trees]],
        children=at[laid.children[kept]].astype(np.int32),
        features=laid.features[kept],
        thresholds=laid.thresholds[kept],
        missing_right=laid.missing_right[kept],
        rows=laid.rows[kept],
    )


def _ensemble(
    made: Nodes, laid: Grown, numbers: str, kind: Any, *, n_targets: int, targets: Any, weights: Any
) -> str:
    """Sums of what leaves say, shape (n_rows, n_targets).

    Args:
        made: Where it is put.
        laid: The trees.
        numbers: What they are given.
        kind: The type that they compute in.
        n_targets: Sums.
        targets: To which of them each leaf adds, in the order of the nodes, shape (n_leaves,).
        weights: What it adds, likewise.
    """
    _, leaf = _parts(laid)
    place = np.cumsum(~leaf) - 1  # of splits among splits, and of leaves among leaves
    place[leaf] = np.arange(int(leaf.sum()))
    splits = np.flatnonzero(~leaf)
    left, right = laid.children[splits], laid.children[splits] + 1
    roots = place[laid.roots]
    alone = np.flatnonzero(leaf[laid.roots])  # trees without a split get one that parts nothing
    only = roots[alone]
    roots[alone] = len(splits) + np.arange(len(alone))

    def listed(values: Any, of_these: Any) -> Any:
        return np.concatenate([values, np.broadcast_to(of_these, len(alone))]).tolist()

    thresholds = np.append(laid.thresholds[splits], np.zeros(len(alone)))
    return made.add(
        "TreeEnsemble",
        numbers,
        domain=ML,
        n_targets=n_targets,
        aggregate_function=_SUM,
        post_transform=0,
        tree_roots=roots.tolist(),
        nodes_featureids=listed(laid.features[splits], 0),
        nodes_splits=tensor(thresholds.astype(kind)),
        nodes_modes=tensor(np.full(len(thresholds), _AT_MOST, np.uint8)),
        nodes_missing_value_tracks_true=listed(1 - laid.missing_right[splits].astype(int), 1),
        nodes_truenodeids=listed(place[left], only),
        nodes_trueleafs=listed(leaf[left].astype(int), 1),
        nodes_falsenodeids=listed(place[right], only),
        nodes_falseleafs=listed(leaf[right].astype(int), 1),
        leaf_targetids=np.asarray(targets, int).tolist(),
        leaf_weights=tensor(np.asarray(weights).astype(kind)),
    )


def _classes(made: Nodes, trees: Any, scores: str, operator: Any, kind: Any) -> None:
    """Chances and labels of what trees come to."""
    label, chances = (each.full_name for each in operator.outputs[:2])
    is_sum = trees.base is not None
    said = scores
    if is_sum and trees.link == "softmax":
        said = made.add("Softmax", scores, axis=1)
    elif is_sum:
        twice = made.add("Add", scores, scores) if trees.link == "half logit" else scores
        said = made.add("Sigmoid", twice)
    if len(trees.classes_) == 2:
        said = made.add(
            "Concat", made.add("Sub", made.constant(np.array(1, kind)), said), said, axis=1
        )
    made.add("Identity", said, out=chances)
    if is_sum and trees.link != "softmax":
        above = "GreaterOrEqual" if trees.ties else "Greater"
        column = made.add("Squeeze", scores, made.constant(np.array([1])))
        is_second = made.add(above, column, made.constant(np.array(0, kind)))
        place = made.add("Cast", is_second, to=_INT64)
    else:
        place = made.add("ArgMax", said, axis=1, keepdims=0)
    made.add("Gather", made.constant(labels_as(operator, trees.classes_)), place, out=label)


def labels_as(operator: Any, classes: Any) -> NDArray[Any]:
    """Labels in the type that skl2onnx gives them."""
    if type(operator.outputs[0].type).__name__ == "StringTensorType":
        return np.array([str(each) for each in classes], object)
    return np.asarray(classes).astype(np.int64)
