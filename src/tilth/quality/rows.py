"""What models are fitted on: rows in the kind they came, labels as they are, seeded copies."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.classes import Classes


class Rows:
    """Rows of any kind of container, picked in that kind."""

    def __init__(self, features: Any) -> None:
        if isinstance(features, pl.LazyFrame):
            features = features.collect()
        self._features = features if hasattr(features, "shape") else np.asarray(features)

    def __len__(self) -> int:
        return int(self._features.shape[0])

    def pick(self, rows: NDArray[np.int64]) -> Any:
        """Some rows, by position; the same may come several times."""
        if hasattr(self._features, "iloc"):
            return self._features.iloc[rows]
        return self._features[rows]


def label_array(classes: Classes) -> NDArray[Any]:
    """The labels as an estimator wants them: of their own type where they share one."""
    kinds = {type(each) for each in classes}
    if len(kinds) == 1 and kinds <= {str, int, float, bool}:
        return np.array(classes)
    values = np.empty(len(classes), dtype=object)
    values[:] = classes
    return values


def seeded(model: Any, seed: int) -> Any:
    """An unfitted copy of an estimator; what it draws follows from the seed.

    A `random_state` that is set is left alone, also one of a step within.
    """
    from sklearn.base import clone  # half a second, and only models need it

    if not hasattr(model, "get_params"):
        return copy.deepcopy(model)
    fresh = clone(model)
    params = fresh.get_params(deep=True)
    unset = [
        name
        for name, value in params.items()
        if value is None and name.split("__")[-1] == "random_state"
    ]
    return fresh.set_params(**dict.fromkeys(unset, seed)) if unset else fresh
