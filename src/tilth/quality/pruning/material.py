"""What a model learned from, read anew to see what smaller ones would have learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.classes import coded
from tilth.quality.folds import grouped_folds, stratified_folds
from tilth.record import changed, field, record

Integers = NDArray[np.int64]


@record
class Material:
    """Rows to learn from.

    Attributes:
        table: What models are given.
        truth: What is so, shape (n_rows,).
        weights: How much each row counts when models are fitted, shape (n_rows,); None for all
            alike.
        groups: What must not be parted, shape (n_rows,); None without.
        slices: What is true of some rows, in words -> which, shape (n_rows,).
    """

    table: pl.DataFrame = field(repr=False)
    truth: NDArray[Any] = field(repr=False)
    weights: NDArray[np.float64] | None = field(default=None, repr=False)
    groups: Integers | None = field(default=None, repr=False)
    slices: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.truth)

    def only(self, rows: Integers) -> Material:
        """Some of the rows, by position."""
        return changed(
            self,
            table=self.table[rows],
            truth=self.truth[rows],
            weights=None if self.weights is None else self.weights[rows],
            groups=None if self.groups is None else self.groups[rows],
            slices={name: each[rows] for name, each in self.slices.items()},
        )

    def folds(self, n: int, *, classes: bool, seed: int) -> list[tuple[Integers, Integers]]:
        """Rows to train on and rows to ask about, for each of `n` folds.

        Raises:
            ValueError: There are fewer rows or groups than folds.
        """
        given = coded(self.truth.tolist() if classes else [0] * len(self))
        if self.groups is None:
            fold_of = stratified_folds(given, n, seed=seed)
        else:
            fold_of = grouped_folds(given, self.groups, n, seed=seed)
        return [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in range(n)]


def fit(model: Any, material: Material) -> Any:
    """Fit an unfitted model on all rows."""
    more: dict[str, Any] = {}
    if material.weights is not None:
        step = f"{model.steps[-1][0]}__" if hasattr(model, "steps") else ""
        more[f"{step}sample_weight"] = material.weights
    return model.fit(material.table, material.truth, **more)
