"""A small panel of unlike models: what all of them disown is seldom one model's fancy."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import MissingLibraryError
from tilth.quality.table_features import TableFeatures, as_table

_MOST_CLASSES = 30
"""Boosting grows a tree for each class in each round; beyond this it is left out."""


_LITTLE = 2_000_000
"""Numbers in a matrix below which a fit gets one thread."""


class PanelModel:
    """A classifier that takes any table; it is fitted on its own features.

    Attributes:
        classes_: The labels in the order of the columns of `predict_proba`.
    """

    def __init__(self, make: Callable[[int], Any], random_state: int | None = None) -> None:
        self.make = make
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What `scikit-learn` makes an equal, unfitted one from."""
        return {"make": self.make, "random_state": self.random_state}

    def set_params(self, **params: Any) -> PanelModel:
        """Change what `get_params` tells."""
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(self, table: Any, labels: NDArray[Any]) -> PanelModel:
        """Learn how to encode the table, and the labels."""
        rows = as_table(table)
        self._features = TableFeatures().fit(rows)
        self._model = self.make(self.random_state or 0)
        matrix = self._features.transform(rows)
        with few_threads(matrix.size), warnings.catch_warnings():
            # One that has not converged is as good a witness as any.
            warnings.simplefilter("ignore")
            self._model.fit(matrix, labels)
        self.classes_ = self._model.classes_
        return self

    def predict_proba(self, table: pl.DataFrame) -> NDArray[np.float64]:
        """Shape (n, number of classes)."""
        matrix = self._features.transform(as_table(table))
        with few_threads(matrix.size):
            found: NDArray[np.float64] = self._model.predict_proba(matrix)
        return found


def default_panel(n_classes: int) -> Mapping[str, PanelModel]:
    """Linear, neighbours, forest and boosting, by name; unlike in what they get wrong.

    Args:
        n_classes: Boosting is left out above 30.
    """
    makers: dict[str, Callable[[int], Any]] = {
        "linear": _linear,
        "neighbours": _neighbours,
        "forest": _forest,
    }
    if n_classes <= _MOST_CLASSES:
        makers["boosting"] = _boosting
    return {name: PanelModel(make) for name, make in makers.items()}


def _linear(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression  # a second, and only a panel needs it

    return LogisticRegression(max_iter=300, random_state=seed)


def _neighbours(seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier  # as above

    return _FewNeighbours(KNeighborsClassifier)


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier  # as above

    return RandomForestClassifier(
        n_estimators=100, min_samples_leaf=3, max_samples=0.7, random_state=seed
    )


def _boosting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier  # as above

    return HistGradientBoostingClassifier(
        max_iter=30, max_leaf_nodes=8, learning_rate=0.25, max_bins=63, random_state=seed
    )


class _FewNeighbours:
    """Votes of 15 neighbours, or of as many as there are."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def fit(self, rows: NDArray[np.float64], labels: NDArray[Any]) -> _FewNeighbours:
        self._model = self._kind(n_neighbors=min(15, len(rows)))
        self._model.fit(rows, labels)
        self.classes_ = self._model.classes_
        return self

    def predict_proba(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self._model.predict_proba(rows)
        return found


def few_threads(n_numbers: int) -> Any:
    """On little data threads gain nothing, and on a busy machine they wait for one another.

    A fit of a fifth of a second was seen to take twenty seconds that way.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # sklearn's

    return threadpool_limits(1 if n_numbers < _LITTLE else None)


def needs_sklearn() -> None:
    """Say so where it is not installed.

    Raises:
        MissingLibraryError: It is not.
    """
    try:
        import sklearn  # noqa: F401 - half a second, and only probabilities need it
    except ImportError:
        raise MissingLibraryError(
            "making out-of-fold probabilities", "scikit-learn", extra="ml"
        ) from None
