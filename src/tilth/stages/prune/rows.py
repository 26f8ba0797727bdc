"""What the model learned from, read from a table and looked through for what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.quality.explanation.features import features_of
from tilth.quality.pruning.material import Material
from tilth.quality.slices.attributes import attributes_of
from tilth.quality.slices.condition import Slice

_BINS = 4
"""Ranges into which numbers are cut where slices are told by them."""


def material_of(
    model: Any, table: pl.DataFrame, asked: Mapping[str, Any], which: str, classes: Any
) -> Material:
    """Read a table of rows with what is so.

    Args:
        model: What is going to be asked about them.
        table: The rows.
        asked: What the stage was told; see `tilth.stages.prune`.
        which: `train` or `test`, for messages; only of `train` are groups and weights read.
        classes: That the model tells apart; None of a quantity.

    Raises:
        UnknownNameError: A column is not there.
        DataError: There are no rows, a value is missing, or the target is not what the model
            predicts.
    """
    where = f"stage `prune`, dataset `{asked[which]}`"
    roles = [asked["target"], *asked["slices"]]
    roles += [asked[each] for each in ("group", "weights") if asked[each] and which == "train"]
    for name in roles:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)
    if table.height == 0:
        raise DataError(f"{where}: there are no rows", hint="see what the node that makes it got")
    names = features_of(model, table.columns, asked["features"], asked["target"])
    if not asked["features"] and not hasattr(model, "feature_names_in_"):
        names = [each for each in names if each not in (asked["group"], asked["weights"])]
    is_train = which == "train"
    if not is_train and classes is not None:
        table = _of_known_classes(table, asked["target"], classes)
    truth = _truth(table[asked["target"]], classes, where)
    return Material(
        table=table.select(names),
        truth=truth,
        weights=_weights(table, truth, asked, where) if is_train else None,
        groups=_groups(table, asked["group"], where) if is_train else None,
        slices=_slices(table, asked["slices"]),
    )


def _of_known_classes(table: pl.DataFrame, target: str, classes: Any) -> pl.DataFrame:
    """Rows of classes that the model can name: of the others, it and smaller ones err alike.

    Where none is known, the target is another, and all are kept to be refused.
    """
    known = set(classes.tolist())
    rows = [each is None or each in known for each in table[target].to_list()]
    return table.filter(pl.Series(rows, dtype=pl.Boolean)) if any(rows) else table


def _truth(values: pl.Series, classes: Any, where: str) -> NDArray[Any]:
    _refuse_gaps(values, where)
    if classes is None:
        if not values.dtype.is_numeric():
            raise DataError(
                f"{where}: column `{values.name}` must be numbers, and is {values.dtype}: the "
                "model predicts a quantity",
                hint="is `target` the column that the model was trained on?",
            )
        return values.cast(pl.Float64).to_numpy()
    known = set(classes.tolist())
    others = [each for each in values.unique().to_list() if each not in known]
    if others:
        raise DataError(
            f"{where}: column `{values.name}` holds {others[0]!r:.40}, and the model tells apart "
            f"{', '.join(map(repr, classes.tolist()[:8]))}",
            hint="is `target` the column that the model was trained on?",
        )
    return np.array(values.to_list(), dtype=classes.dtype)


def _refuse_gaps(values: pl.Series, where: str) -> None:
    missing = values.null_count() + (values.is_nan().sum() if values.dtype.is_float() else 0)
    if missing:
        raise DataError(
            f"{where}: column `{values.name}` has no value in {missing:,} of {values.len():,} rows",
            hint="leave these rows out",
        )


def _weights(
    table: pl.DataFrame, truth: NDArray[Any], asked: Mapping[str, Any], where: str
) -> NDArray[np.float64] | None:
    own = None
    if asked["weights"]:
        given = table[asked["weights"]]
        _refuse_gaps(given, where)
        if not given.dtype.is_numeric() or not (given >= 0).all():
            raise DataError(f"{where}: column `{given.name}` must be weights of 0 or more")
        own = given.cast(pl.Float64).to_numpy()
    if not asked["balanced"]:
        return own
    _, codes, counts = np.unique(truth, return_inverse=True, return_counts=True)
    even = len(truth) / (len(counts) * counts[codes])
    return np.asarray(even if own is None else even * own)


def _groups(table: pl.DataFrame, name: str | None, where: str) -> NDArray[np.int64] | None:
    if name is None:
        return None
    _refuse_gaps(table[name], where)
    return table[name].rank("dense").cast(pl.Int64).to_numpy()


def _slices(table: pl.DataFrame, names: list[str]) -> dict[str, NDArray[np.bool_]]:
    """Ranges and levels of the columns, each as a condition that can be asked of other rows."""
    if not names:
        return {}
    found = attributes_of(table.select(names), bins=_BINS)
    texts = [Slice((each,)).text for each in found.conditions]
    return dict(zip(texts, found.rows, strict=True))


def same_slices(material: Material, table: pl.DataFrame, texts: list[str]) -> dict[str, Any]:
    """Those slices of other rows, read back from their conditions."""
    return {text: Slice.parse(text).mask(table) for text in texts}
