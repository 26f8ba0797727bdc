"""Trees that `shap` explains faster: large forests, and few rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import MissingLibraryError
from tilth.quality.explanation.prepared import Prepared
from tilth.quality.explanation.trees import Tree

Floats = NDArray[np.float64]


def is_installed() -> bool:
    """Whether `shap` is there; it is not imported for that, which takes seconds."""
    return find_spec("shap") is not None


def is_fit(trees: Sequence[Tree], prepared: Prepared) -> bool:
    """Whether its values would be those of columns.

    It takes each number for a player of its own, so that a column of categories, encoded, would
    be asked about in rows that are two categories at once. Boosting by histograms it reads in
    single precision, so that a row near a threshold goes astray, and categories as if they were
    numbers (shap issue 3436).
    """
    return prepared.is_plain and all(each.single for each in trees)


def shap_values(prepared: Prepared, n_rows: int, n_columns: int) -> Floats:
    """The values of `shap.TreeExplainer`, shape (n_rows, n_columns, n_outputs).

    Args:
        prepared: A model that `is_fit`.
        n_rows: How many of its rows are to be explained.
        n_columns: Of the table.

    Raises:
        MissingLibraryError: It is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of its own imports
        explainers = _imported()
        explainer = explainers.TreeExplainer(
            prepared.estimator,
            # A bare array of more than 100 rows would be thinned out to 100 without a word.
            data=explainers.maskers_independent(prepared.numbers[n_rows:]),
            feature_perturbation="interventional",
        )
        found = np.asarray(
            explainer.shap_values(prepared.numbers[:n_rows], check_additivity=False), float
        )
    found = found if found.ndim == 3 else found[:, :, None]
    values = np.zeros((n_rows, n_columns, found.shape[2]))
    owned = np.flatnonzero(prepared.owners >= 0)
    values[:, prepared.owners[owned]] = found[:, owned]
    return values


class _Shap:
    """What is used of the library."""

    def __init__(self, module: Any) -> None:
        self.TreeExplainer = module.TreeExplainer
        self._independent = module.maskers.Independent

    def maskers_independent(self, background: Floats) -> Any:
        return self._independent(background, max_samples=len(background))


def _imported() -> _Shap:
    try:
        import shap  # seconds, and half a gigabyte
    except ImportError:
        raise MissingLibraryError("method `shap`", "shap", extra="explain") from None
    return _Shap(shap)
