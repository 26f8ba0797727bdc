"""What stands before a model where nobody prepared anything: gaps, scales and categories."""

from __future__ import annotations

from typing import Any

import polars as pl

from tilth.errors import DataError

_LEVELS = 30
"""Levels of a category that get a column of their own; rarer ones share one."""


def left_out(table: pl.DataFrame) -> list[str]:
    """Columns that the default preparation has no use for: dates, lists, binary, empty ones."""
    return [each.name for each in table if _kind(each) == ""]


def default_preparation(table: pl.DataFrame, where: str) -> Any:
    """An unfitted transformer of scikit-learn for tables with these columns.

    Numbers get their median where they are missing and are standardised; categories, texts and
    booleans become a column for each of their 30 most frequent levels, and a missing value is a
    level as well. A level that was not there when it was fitted counts as a rare one.

    Raises:
        DataError: There is no column of these kinds.
    """
    from sklearn.compose import ColumnTransformer  # a second, and only who trains needs it
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    kinds = {each.name: _kind(each) for each in table}
    numbers = [name for name, kind in kinds.items() if kind == "number"]
    categories = [name for name, kind in kinds.items() if kind == "category"]
    if not numbers and not categories:
        raise DataError(
            f"{where}: no column holds numbers or categories: {', '.join(kinds)}",
            hint="give a `preparation` that makes some of them",
        )
    parts: list[Any] = []
    if numbers:
        # Columns that are empty in a part of the rows stay, so that each part has the same ones.
        filled = SimpleImputer(strategy="median", keep_empty_features=True)
        steps = [("fill", filled), ("scale", StandardScaler())]
        parts.append(("numbers", Pipeline(steps), numbers))
    if categories:
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=_LEVELS, sparse_output=False
        )
        parts.append(("categories", encoder, categories))
    return ColumnTransformer(parts, verbose_feature_names_out=False)


def _kind(values: pl.Series) -> str:
    """`number`, `category`, or nothing."""
    if values.null_count() == values.len():
        return ""
    dtype = values.dtype
    if dtype.is_float() or dtype.is_integer():
        return "" if dtype.is_float() and values.is_nan().all() else "number"
    if dtype in (pl.Boolean, pl.String) or isinstance(dtype, pl.Categorical | pl.Enum):
        return "category"
    return ""
