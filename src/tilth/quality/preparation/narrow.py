"""A preparation of fewer columns than it was made for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from tilth.quality.preparation.transformers import ReadColumns


def only(preparation: Any, names: Sequence[str]) -> Any:
    """The same unfitted preparation of some of its columns; the others may be there all the same.

    Args:
        preparation: What reads columns as they are meant, a `ColumnTransformer` that names
            columns, or a pipeline of such steps. Any other transformer stays as it is.
        names: The columns that are left.
    """
    return _only(preparation, set(names))[0]


def _only(step: Any, names: set[str]) -> tuple[Any, set[str] | None]:
    """The step with fewer columns, and what they are called behind it; None if nobody knows."""
    if isinstance(step, ReadColumns):
        left = {name: spec for name, spec in (step.columns or {}).items() if name in names}
        gone = [name for name in step.columns or {} if name not in left]
        fresh = clone(step).set_params(columns=left, ignored=[*step.ignored, *gone])
        return fresh, {str(each) for each in fresh.get_feature_names_out()}
    if isinstance(step, ColumnTransformer):
        return clone(step).set_params(transformers=_left(step.transformers, names)), None
    if not isinstance(step, Pipeline):
        return step, None
    found: list[tuple[str, Any]] = []
    known: set[str] | None = names
    for name, each in step.steps:
        fresh = each
        if known is not None and each not in (None, "passthrough"):
            fresh, known = _only(each, known)
        found.append((name, fresh))
    return Pipeline(found), known


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
