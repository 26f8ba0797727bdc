"""Models that are given fewer columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sklearn.base import clone
from sklearn.compose import ColumnTransformer

from tilth.quality.pruning.ground import Ground
from tilth.quality.pruning.material import Material, fit
from tilth.quality.pruning.variant import Variant
from tilth.record import changed

_SHARES = (3 / 4, 1 / 2, 1 / 4, 1 / 8, 1 / 16)


def fewer_features(ground: Ground) -> Iterator[Variant]:
    """The model fitted on the columns without which most would be lost."""
    n = len(ground.material.table.columns)
    for k in sorted({round(n * share) for share in _SHARES} - {0, n}, reverse=True):
        yield Variant(
            means=("fewer_features",),
            told=f"{k} of {n} columns",
            fit=partial(_with_best, k=k),
        )


def _with_best(ground: Ground, k: int) -> Any:
    best = set(ground.ranking[:k])
    names = [each for each in ground.material.table.columns if each in best]
    return fit_on(ground.fresh(), ground.material, names)


def fit_on(model: Any, material: Material, names: Sequence[str]) -> Any:
    """Fit an unfitted model on some columns; what prepares others is left out."""
    return fit(narrowed(model, names), changed(material, table=material.table.select(names)))


def narrowed(model: Any, names: Sequence[str]) -> Any:
    """The same unfitted model, where columns are named only with those that are left.

    Args:
        model: A pipeline may begin with a `ColumnTransformer` that names columns.
        names: That are left.
    """
    steps = getattr(model, "steps", ())
    for at, (name, step) in enumerate(steps[:-1]):
        if isinstance(step, ColumnTransformer):
            from sklearn.pipeline import Pipeline  # with what is imported above

            fresh = clone(step).set_params(transformers=_left(step.transformers, set(names)))
            return Pipeline([*steps[:at], (name, fresh), *steps[at + 1 :]])
    return model


def _left(transformers: Sequence[Any], names: set[str]) -> list[Any]:
    found = []
    for name, transformer, columns in transformers:
        if isinstance(columns, str):
            kept: Any = columns if columns in names else []
        elif isinstance(columns, list | tuple) and all(isinstance(c, str) for c in columns):
            kept = [each for each in columns if each in names]
        else:
            kept = columns
        if not isinstance(kept, list) or kept:
            found.append((name, transformer, kept))
    return found
