"""The signature of a model: which columns it takes, what was seen in them, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from tilth.errors import DataError
from tilth.models.replay import plain
from tilth.quality.classes import classes_of
from tilth.record import record

MOST_LEVELS = 1_000
"""Categories that are listed; a column with more of them is free text, or names its rows."""

_TAKEN = ("Int", "UInt", "Float")


@record
class Learned:
    """What a model learned from.

    Attributes:
        table: The features alone, in the order in which the model takes them.
        frame: What the model is given: `polars`, `pandas` or `array`.
        dataset: What the table is called.
        fingerprint: Of its bytes.
        target: The column that is predicted; empty where that is not on record.
        types: Column -> its type in pandas, for that frame alone.
    """

    table: pl.DataFrame
    frame: str
    dataset: str
    fingerprint: str
    target: str
    types: dict[str, str]


def signature_of(model: Any, learned: Learned) -> dict[str, Any]:
    """What a fitted model of scikit-learn's interface takes and gives, as plain data.

    Returns:
        `task`, `target`, `frame`, `learned_from` (`dataset`, `fingerprint`, `rows`), `columns`
        (`name`, `type`, `nulls` seen, `low` and `high`, or `levels` and how many there are),
        `classes` of a classifier in the order of its probabilities, and `probabilities`.

    Raises:
        DataError: A column has a type that a request cannot hold.
    """
    classes = classes_of(model)
    return {
        "task": "regression" if classes is None else "classification",
        "target": learned.target,
        "frame": learned.frame,
        "learned_from": {
            "dataset": learned.dataset,
            "fingerprint": learned.fingerprint,
            "rows": learned.table.height,
        },
        "columns": [_column(each, learned) for each in learned.table.get_columns()],
        "classes": None if classes is None else plain(_listed(classes)),
        "probabilities": callable(getattr(model, "predict_proba", None)),
    }


def _listed(classes: Any) -> list[Any]:
    """Labels as a list; of several outputs, a list for each."""
    if hasattr(classes, "tolist"):
        return list(classes.tolist())
    return [each.tolist() if hasattr(each, "tolist") else each for each in classes]


def _column(values: pl.Series, learned: Learned) -> dict[str, Any]:
    kinds = values.dtype.categories.to_list() if isinstance(values.dtype, pl.Enum) else None
    kind = str(values.dtype) if kinds is None else "Enum"
    told: dict[str, Any] = {"name": values.name, "type": kind, "nulls": values.null_count()}
    if learned.frame == "pandas":
        told["pandas"] = learned.types[values.name]
    if kind.startswith((*_TAKEN, "Date")):
        return {**told, **_ends(values)}
    if kinds is not None:
        return {**told, "n_levels": len(kinds), "levels": kinds}
    if kind in ("String", "Categorical", "Boolean"):
        levels = values.drop_nulls().unique().cast(pl.String if kind != "Boolean" else pl.Boolean)
        told["n_levels"] = len(levels)
        listed = sorted(levels.to_list()) if len(levels) <= MOST_LEVELS else None
        return {**told, "levels": listed}
    raise DataError(
        f"column `{values.name}` of `{learned.dataset}` is {values.dtype}, which a request cannot "
        "hold",
        hint="numbers, texts, categories, truth values, dates and times can",
    )


def _ends(values: pl.Series) -> dict[str, Any]:
    known = values.drop_nulls()
    if values.dtype.is_float():
        known = known.filter(known.is_finite())
    if known.is_empty():
        return {"low": None, "high": None}
    return {"low": cell(known.min()), "high": cell(known.max())}


def cell(value: Any) -> Any:
    """A value of a table as JSON can hold it."""
    return value.isoformat() if isinstance(value, date | datetime) else plain(value)


def rows_of(table: pl.DataFrame, positions: Sequence[int]) -> list[list[Any]]:
    """Some rows of a table, as JSON can hold them."""
    return [[cell(each) for each in row] for row in table[list(positions)].rows()]
