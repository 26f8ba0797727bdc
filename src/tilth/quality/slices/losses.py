"""What is said of each row in numbers: errors, weights, shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def losses_of(error: ArrayLike, n_rows: int) -> Floats:
    """Errors of rows as numbers; arguments and errors as for `finite_per_row`."""
    return finite_per_row("error", error, n_rows)


def weights_of(weights: ArrayLike | None, n_rows: int) -> Floats:
    """Weights of rows, 1 where none are given.

    Raises:
        ValueError: As for `finite_per_row`, or no row has a weight.
    """
    if weights is None:
        return np.ones(n_rows)
    found = finite_per_row("weights", weights, n_rows)
    if not found.any():
        raise ValueError("all weights are 0, so no row counts")
    return found


def finite_per_row(name: str, values: ArrayLike, n_rows: int) -> Floats:
    """Numbers of at least 0, one for each row.

    Args:
        name: What the message calls them.
        values: Shape (n_rows,).
        n_rows: At least 1.

    Raises:
        ValueError: No rows, another shape, no numbers, or one that is negative, NaN or infinite.
    """
    if n_rows == 0:
        raise ValueError("there are no rows, so there are no slices")
    given = np.asarray(values)
    if given.shape != (n_rows,):
        raise ValueError(f"`{name}` has shape {given.shape}, and there are {n_rows} rows")
    if given.dtype.kind not in "biuf":
        raise ValueError(f"`{name}` must be numbers, and is of type {given.dtype}")
    found = given.astype(float)
    wrong = found[~np.isfinite(found) | (found < 0)]
    if wrong.size:
        raise ValueError(f"`{name}` must be finite and at least 0, and one is {wrong[0]}")
    return found
