"""Shapley values of linear models in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.prepared import NO_OWNER, Prepared

Floats = NDArray[np.float64]


def weights_of(prepared: Prepared) -> Floats | None:
    """The weights of a linear model, shape (n_numbers, n_outputs); None where it has none."""
    given = getattr(prepared.estimator, "coef_", None)
    if given is None or not np.isfinite(prepared.numbers).all():
        return None
    weights: Floats = np.atleast_2d(np.asarray(given, float)).T
    return weights if len(weights) == prepared.numbers.shape[1] else None


def linear_values(prepared: Prepared, weights: Floats, n_rows: int, n_columns: int) -> Floats:
    """A column's share is its weight times how far the row is from the mean of the background.

    Args:
        prepared: The numbers of rows and background, and the columns that these come from.
        weights: As `weights_of` gives; what they add up to is what is explained.
        n_rows: How many rows are to be explained.
        n_columns: Of the table.

    Returns:
        Shape (n_rows, n_columns, n_outputs).

    References:
        S. Lundberg and S.-I. Lee, "A unified approach to interpreting model predictions",
        NeurIPS 2017, corollary 1.
    """
    away = prepared.numbers[:n_rows] - prepared.numbers[n_rows:].mean(axis=0)
    values = np.zeros((n_rows, n_columns, weights.shape[1]))
    for i in np.flatnonzero(prepared.owners != NO_OWNER):
        values[:, prepared.owners[i]] += away[:, i, None] * weights[None, i]
    return values
