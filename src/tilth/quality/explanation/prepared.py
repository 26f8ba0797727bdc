"""A model as two parts: what turns a table into numbers, and what predicts from these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.explanation.table import Table
from tilth.record import field, record

Floats = NDArray[np.float64]

NO_OWNER = -1
"""Of a number that is the same whatever a row holds."""

SEVERAL = -2
"""Of a number that comes from more than one column."""


@record
class Prepared:
    """What a model's last step is given.

    Attributes:
        numbers: Of rows and background, shape (n_rows + n_background, n_numbers).
        owners: The column that each number comes from, `NO_OWNER` or `SEVERAL`; shape
            (n_numbers,).
        estimator: The last step.
    """

    numbers: Floats = field(repr=False)
    owners: NDArray[np.int64] = field(repr=False)
    estimator: Any

    @property
    def is_apart(self) -> bool:
        """Whether no number comes from several columns, so that shares of columns are known."""
        return not bool((self.owners == SEVERAL).any())


def last_step(model: Any) -> tuple[list[Any], Any]:
    """The steps that prepare, and the one that predicts; searches are looked through."""
    if hasattr(model, "best_estimator_"):
        return last_step(model.best_estimator_)
    if isinstance(getattr(model, "steps", None), list):  # not a setting of that name
        before = [each for _, each in model.steps[:-1] if each not in (None, "passthrough")]
        inner, last = last_step(model.steps[-1][1])
        return [*before, *inner], last
    return [], model


def prepared(model: Any, table: Table) -> Prepared | None:
    """Take a model apart, and find out by trial which number comes from which column.

    Whatever the steps are (encoders, scalers, functions of the user's), a number comes from a
    column if it changes as the values of that column change places. This is all that
    explanations need to know, and holds for encoders that nobody has thought of.

    Returns:
        None where the steps give no numbers.
    """
    before, estimator = last_step(model)

    def encode(frame: Any) -> Any:
        for step in before:
            frame = step.transform(frame)
        return _numbers(frame, estimator)

    try:
        numbers = encode(table.frame)
        return Prepared(
            numbers=numbers, owners=_owners(encode, numbers, table), estimator=estimator
        )
    except Exception:  # the steps are the user's; the whole can still be asked
        return None


def _numbers(frame: Any, estimator: Any) -> Floats:
    """The numbers that the estimator compares or multiplies."""
    if hasattr(estimator, "_preprocess_X") and getattr(estimator, "_preprocessor", None):
        # Boosting of scikit-learn that was told of categories encodes them itself.
        frame = estimator._preprocess_X(frame, reset=False)
    elif hasattr(estimator, "feature_names_in_") and hasattr(frame, "columns"):
        frame = frame[list(estimator.feature_names_in_)]
    if hasattr(frame, "toarray"):
        frame = frame.toarray()
    numbers = np.asarray(frame, dtype=float)
    if numbers.ndim != 2:
        raise ValueError("no table of numbers")
    return numbers


def _owners(encode: Callable[[Any], Floats], numbers: Floats, table: Table) -> NDArray[np.int64]:
    owners = np.full(numbers.shape[1], NO_OWNER)
    n = len(table.frame)
    for i in range(len(table.columns)):
        places = np.tile(np.arange(n), (len(table.columns), 1))
        places[i] = np.roll(places[i], 1)  # any column that is not constant changes somewhere
        moved = encode(table.picked(places))
        same = (moved == numbers) | (np.isnan(moved) & np.isnan(numbers))
        changed = ~same.all(axis=0)
        owners[changed] = np.where(owners[changed] == NO_OWNER, i, SEVERAL)
    return owners
