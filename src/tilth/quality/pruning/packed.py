"""A model of trees that is small to keep, and says what the model said that it was made of.

It needs NumPy alone, also where it is read back: from a skops file, or from a pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError, DefinitionError
from tilth.quality.pruning.layout import Grown, grown

Floats = NDArray[np.float64]

Accepts = Literal["finite", "missing", "all"]
Link = Literal["identity", "log", "logit", "half logit", "softmax"]

_AT_ONCE = 1 << 16
"""Pairs of row and tree that are walked together, so that what they need stays in the cache."""


class PackedTrees:
    """Trees in few small arrays, with the interface of scikit-learn's fitted estimators.

    `tilth.quality.pruning.packing.packed` makes one of the classes below; none can be fitted.

    Attributes:
        trees: The arrays; see `tilth.quality.pruning.layout`.
        base: What trees add to, shape (n_scores,); None where their mean is the answer.
        link: How an answer comes of a sum.
        single: Whether numbers are compared in single precision.
        accepts: Which numbers may be asked about: `finite`, also `missing`, or `all`.
        n_outputs_: Targets.
        n_features_in_: Numbers of each row.
        feature_names_in_: Their names, where the model knew some.
    """

    def __init__(
        self,
        trees: Mapping[str, NDArray[Any]],
        *,
        base: Floats | None,
        link: Link,
        single: bool,
        accepts: Accepts,
        n_outputs: int,
        n_features: int,
        names: NDArray[Any] | None,
    ) -> None:
        self.trees = dict(trees)
        self.base, self.link = base, link
        self.single, self.accepts = single, accepts
        self.n_outputs_, self.n_features_in_ = n_outputs, n_features
        if names is not None:
            self.feature_names_in_ = names

    @property
    def n_trees(self) -> int:
        """How many trees it has."""
        return len(self.trees["sizes"])

    @property
    def n_nodes(self) -> int:
        """Nodes of all of them."""
        return len(self.trees["features"])

    def scores(self, rows: Any) -> Floats:
        """The sum of the trees, or their mean; shape (n_rows, n_scores).

        Added up in the trees' order, so that rounding is the same as in the model itself.

        Raises:
            DataError: The rows have another number of columns, or hold what it cannot take.
        """
        numbers = self._numbers(rows)
        laid = self.laid()
        step = max(1, _AT_ONCE // len(laid.roots))
        width = laid.values.shape[1] if self.base is None else self.base.size
        found = np.empty((len(numbers), width))
        for at in range(0, len(numbers), step):
            leaves = leaves_of(laid, numbers[at : at + step])
            found[at : at + step] = self._summed(laid, leaves)
        return found

    def _summed(self, laid: Grown, leaves: NDArray[np.int64]) -> Floats:
        if self.base is None:
            total = np.zeros((len(leaves), laid.values.shape[1]))
            for tree in leaves.T:
                total += laid.values[tree]
            return total / self.n_trees
        total = np.tile(self.base, (len(leaves), 1))
        said = laid.values[:, 0][leaves]
        for at in range(0, said.shape[1], self.base.size):
            total += said[:, at : at + self.base.size]
        return total

    def laid(self) -> Grown:
        """The trees as they are walked; made once, and not kept in files."""
        if "_laid" not in self.__dict__:
            self._laid = grown(self.trees, single=self.single)
        return self._laid

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_laid"}

    def _numbers(self, rows: Any) -> NDArray[Any]:
        if hasattr(rows, "columns") and hasattr(self, "feature_names_in_"):
            rows = rows[[str(each) for each in self.feature_names_in_]]
        if hasattr(rows, "toarray"):
            rows = rows.toarray()
        with np.errstate(over="ignore"):  # told below as infinite
            found = np.asarray(rows, dtype=np.float32 if self.single else np.float64)
        if found.ndim != 2 or found.shape[1] != self.n_features_in_:
            raise DataError(
                f"a packed model was made for rows of {self.n_features_in_} numbers, and got an "
                f"array of shape {found.shape}"
            )
        if self.accepts != "all":
            odd = np.isinf(found) if self.accepts == "missing" else ~np.isfinite(found)
            if odd.any():
                what = "infinite" if self.accepts == "missing" else "missing or infinite"
                raise DataError(
                    f"a packed model was asked about {int(odd.sum()):,} numbers that are {what}",
                    hint="as the model that it was made of, it takes none",
                )
        return np.ascontiguousarray(found)

    # The interface of scikit-learn

    def fit(self, *_: Any, **__: Any) -> Any:
        """There is none: what is lossless to pack is lost to training.

        Raises:
            DefinitionError: Always.
        """
        raise DefinitionError(
            "a packed model cannot be fitted", hint="fit the model that it was made of, and pack it"
        )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """None: it is made of a model, not of settings."""
        return {}

    def __sklearn_clone__(self) -> PackedTrees:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

        several = self.n_outputs_ > 1
        kind = getattr(self, "_estimator_type", None)
        return Tags(
            estimator_type=kind,
            target_tags=TargetTags(required=False, multi_output=several),
            classifier_tags=ClassifierTags() if kind == "classifier" else None,
            regressor_tags=RegressorTags() if kind == "regressor" else None,
            input_tags=InputTags(allow_nan=self.accepts != "finite"),
        )


class PackedRegressor(PackedTrees):
    """Trees that say a quantity, or several."""

    _estimator_type = "regressor"

    def predict(self, rows: Any) -> Floats:
        """Shape (n_rows,), or (n_rows, n_targets) where there are several."""
        said = self.scores(rows)
        if self.link == "log":
            said = np.exp(said)
        elif self.link == "logit":
            said = _logistic(said)
        return said if self.n_outputs_ > 1 else said[:, 0]


class PackedClassifier(PackedTrees):
    """Trees of which each says how likely classes are.

    Attributes:
        classes_: Labels in the order of the columns of `predict_proba`; a list of them where
            there are several targets.
    """

    _estimator_type = "classifier"
    classes_: Any

    def predict_proba(self, rows: Any) -> Any:
        """Shape (n_rows, n_classes); a list of them where there are several targets."""
        found = self.scores(rows)
        if self.n_outputs_ == 1:
            return found
        widest = found.shape[1] // self.n_outputs_
        parts = enumerate(self.classes_)
        return [found[:, i * widest : i * widest + len(classes)] for i, classes in parts]

    def predict(self, rows: Any) -> NDArray[Any]:
        """Labels, shape (n_rows,), or (n_rows, n_targets) where there are several."""
        return self.labels_of(self.predict_proba(rows))

    def labels_of(self, said: Any) -> NDArray[Any]:
        """The likeliest labels, from what `predict_proba` says."""
        if self.n_outputs_ == 1:
            return np.asarray(self.classes_.take(said.argmax(axis=1)))
        found = np.empty((len(said[0]), self.n_outputs_), self.classes_[0].dtype)
        for i, classes in enumerate(self.classes_):
            found[:, i] = classes.take(said[i].argmax(axis=1))
        return found


class PackedBoosting(PackedTrees):
    """Trees whose sum says which class it is.

    Attributes:
        classes_: Labels in the order of the columns of `predict_proba`.
        ties: Whether a score of exactly nought is the second of two classes.
    """

    _estimator_type = "classifier"
    classes_: Any
    ties: bool

    def decision_function(self, rows: Any) -> Floats:
        """Scores, shape (n_rows,) of two classes and (n_rows, n_classes) of several."""
        found = self.scores(rows)
        return found[:, 0] if found.shape[1] == 1 else found

    def predict_proba(self, rows: Any) -> Floats:
        """Shape (n_rows, n_classes)."""
        found = self.scores(rows)
        if self.link == "softmax":
            apart = np.exp(found - found.max(axis=1, keepdims=True))
            return np.asarray(apart / apart.sum(axis=1, keepdims=True))
        second = _logistic((2 * found if self.link == "half logit" else found)[:, 0])
        return np.stack([1 - second, second], axis=1)

    def predict(self, rows: Any) -> NDArray[Any]:
        """Labels, shape (n_rows,)."""
        found = self.scores(rows)
        if found.shape[1] > 1:
            return np.asarray(self.classes_[found.argmax(axis=1)])
        second = found[:, 0] >= 0 if self.ties else found[:, 0] > 0
        return np.asarray(self.classes_[second.astype(int)])


def _logistic(scores: Floats) -> Floats:
    with np.errstate(over="ignore"):  # which gives nought, as it should
        return np.asarray(1 / (1 + np.exp(-scores)))


def leaves_of(laid: Grown, numbers: NDArray[Any]) -> NDArray[np.int64]:
    """The row of `values` that each tree comes to, shape (n_rows, n_trees)."""
    n, width = numbers.shape
    flat = numbers.ravel()
    gaps = bool(np.isnan(flat).any())
    starts = (width * np.arange(n, dtype=np.int64))[:, None]
    nodes = np.broadcast_to(laid.roots, (n, len(laid.roots)))
    for _ in range(laid.depth):
        own = flat.take(starts + laid.features.take(nodes))
        right = own > laid.thresholds.take(nodes)
        if gaps:
            right |= np.isnan(own) & laid.missing_right.take(nodes)
        nodes = laid.children.take(nodes) + right
    return laid.rows.take(nodes).astype(np.int64)
