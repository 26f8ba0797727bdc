"""Models that are given fewer columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sklearn.pipeline import Pipeline

from tilth.quality.preparation.narrow import only
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
        model: Before its last step, a pipeline may read columns as they are meant and may name
            them in a `ColumnTransformer`, in its own steps or in a pipeline among them.
        names: That are left.
    """
    steps = getattr(model, "steps", ())
    if not steps:
        return model
    left = only(Pipeline(steps[:-1]), names) if len(steps) > 1 else None
    return model if left is None else Pipeline([*left.steps, steps[-1]])
