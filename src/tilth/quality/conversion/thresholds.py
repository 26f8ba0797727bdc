"""Values of a table at which trees of a model change their mind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError
from tilth.quality.pruning.ground import last_of, prepared
from tilth.quality.pruning.packing import packed

_EACH = 4
"""Thresholds of a feature that are hit, at most."""


def crossings(
    model: Any, table: pl.DataFrame, usual: pl.DataFrame
) -> Iterator[tuple[str, str, float]]:
    """Column, why, and value: thresholds, and their neighbours in double and single precision.

    What a preparation makes of a column is found by asking it about two values: numbers that
    follow a column along a line are led back to it.

    Args:
        model: Fitted, of scikit-learn's interface; one without trees has no thresholds.
        table: The features that it learned from.
        usual: The row whose values are changed.
    """
    cuts = _cuts(model)
    if not cuts:
        return
    for name in table.columns:
        column = table[name]
        if not column.dtype.is_numeric():
            continue
        known = column.cast(pl.Float64).drop_nulls().drop_nans()
        known = known.filter(known.is_finite())
        if known.n_unique() < 2:
            continue
        ends = [float(known.min()), float(known.max())]  # type: ignore[arg-type]  # numbers
        for at in _led_back(model, usual, name, ends, cuts):
            if column.dtype.is_integer():
                yield name, "is beside a threshold", float(np.floor(at))
                yield name, "is beside a threshold", float(np.ceil(at))
                continue
            near = np.float32(at)
            yield name, "is a threshold", at
            yield name, "is a threshold in single precision", float(near)
            for way in (-np.inf, np.inf):
                yield name, "is next to a threshold", float(np.nextafter(at, way))
                yield (
                    name,
                    "is next to a threshold in single precision",
                    float(np.nextafter(near, np.float32(way))),
                )


def _cuts(model: Any) -> dict[int, NDArray[np.float64]]:
    """Feature -> thresholds, of few of them."""
    try:
        laid = packed(last_of(model)).laid()
    except DataError:
        return {}
    splits = laid.children != np.arange(len(laid.children))
    features, values = laid.features[splits], laid.thresholds[splits].astype(float)
    found = {}
    for feature in np.unique(features):
        own = np.unique(values[(features == feature) & np.isfinite(values)])
        places = np.linspace(0, len(own) - 1, min(_EACH, len(own))).astype(int)
        found[int(feature)] = own[places]
    return found


def _led_back(
    model: Any,
    usual: pl.DataFrame,
    name: str,
    ends: list[float],
    cuts: dict[int, NDArray[np.float64]],
) -> list[float]:
    kind = usual.schema[name]
    two = pl.concat([usual, usual]).with_columns(pl.Series(name, ends).cast(kind))
    try:
        numbers = np.asarray(prepared(model, two), float)
    except Exception:  # a preparation of the user's own may want another table
        return []
    low, high = numbers
    found = []
    for feature, values in cuts.items():
        rise = high[feature] - low[feature]
        if np.isfinite(rise) and rise != 0:
            for each in values:
                share = (each - low[feature]) / rise
                exact = rise == ends[1] - ends[0] and low[feature] == ends[0]
                found.append(float(each if exact else ends[0] + share * (ends[1] - ends[0])))
    return found
