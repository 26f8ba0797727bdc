"""Linear models with small coefficients dropped, and the columns that nothing is left of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from tilth.quality.pruning.columns import fit_on, narrowed
from tilth.quality.pruning.ground import Ground, is_classifier, last_of, with_last
from tilth.quality.pruning.variant import Variant

_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Of the penalty, as a share of one that leaves no coefficient."""


def sparse(ground: Ground) -> Iterator[Variant]:
    """A linear model fitted with a penalty on the sum of absolute coefficients.

    References:
        R. Tibshirani, "Regression shrinkage and selection via the lasso", Journal of the Royal
        Statistical Society B 58, 1996.
    """
    if not hasattr(last_of(ground.original), "coef_"):
        return
    for strength in _STRENGTHS:
        yield Variant(
            means=("sparse",),
            told=f"coefficients dropped at {strength:g}",
            fit=partial(_sparse, strength=strength),
        )


def _sparse(ground: Ground, strength: float) -> Any:
    """Fitted twice: the second time without the columns that came to nothing."""
    model = with_last(ground.fresh(), _penalised(ground, strength))
    columns = ground.material.table.columns
    first = fit_on(model, ground.material, columns)
    kept = np.asarray(np.atleast_2d(last_of(first).coef_).any(axis=0))
    names = [each for each in columns if kept[ground.reach[each]].any()]
    return fit_on(narrowed(model, names), ground.material, names) if names else first


def _penalised(ground: Ground, strength: float) -> Any:
    from sklearn.linear_model import Lasso, LogisticRegression  # the model is one of these kinds

    numbers, truth = ground.numbers, ground.material.truth
    if not hasattr(numbers, "toarray"):
        numbers = np.asarray(numbers, float)
    # Residuals add up to nought, so that numbers need not be centred, which sparse ones cannot be.
    if not is_classifier(ground.original):
        most = np.abs(numbers.T @ (truth - truth.mean())).max() / len(truth)
        return Lasso(alpha=strength * most, max_iter=10_000)
    own = (truth[:, None] == ground.original.classes_).astype(float)
    most = np.abs(numbers.T @ (own - own.mean(axis=0))).max()
    penalty: dict[str, Any] = {"l1_ratio": 1.0}
    if signature(LogisticRegression).parameters["penalty"].default != "deprecated":
        penalty = {"penalty": "l1"}
    # Several times faster, and for two classes alone; it penalises the intercept unless that is
    # scaled up.
    solver: dict[str, Any] = {"solver": "saga", "max_iter": 2000}
    if len(ground.original.classes_) == 2:
        solver = {"solver": "liblinear", "intercept_scaling": 100}
    return LogisticRegression(
        C=1 / (strength * most), random_state=ground.seed, **solver, **penalty
    )
