"""Whether a target is a number to be met or a class to be told."""

from __future__ import annotations

from typing import Literal

import polars as pl

from tilth.errors import DataError

Task = Literal["auto", "classification", "regression"]
TASKS: tuple[Task, ...] = ("auto", "classification", "regression")

FEW_LEVELS = 30
"""Whole numbers with more different values than this are a quantity."""


def check_kind(values: pl.Series, where: str) -> None:
    """Refuse a target that is neither a class nor a number, such as a date.

    Raises:
        DataError: It is of such a kind.
    """
    dtype = values.dtype
    if dtype.is_temporal():
        raise DataError(
            f"{where}: column `{values.name}` holds {'times' if dtype == pl.Time else 'dates'} "
            f"({dtype}), which are neither classes nor a quantity",
            hint="make a column of it first: the days from some day on, or its month as a text",
        )
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        raise DataError(
            f"{where}: column `{values.name}` holds {dtype}, which is neither a class nor a number",
            hint="make a column of single values of it first",
        )


def is_quantity(values: pl.Series, task: Task = "auto") -> bool:
    """Whether a target is a quantity: numbers with a fraction, or many different whole ones.

    Args:
        values: The target; what is missing is left aside.
        task: What a person says; `auto` to find it out.
    """
    if task != "auto":
        return task == "regression"
    dtype = values.dtype
    if not dtype.is_numeric():
        return False
    if dtype.is_decimal():
        return True
    there = values.drop_nulls()
    odd = dtype.is_float() and bool((there != there.round()).any())
    return odd or there.n_unique() > FEW_LEVELS
