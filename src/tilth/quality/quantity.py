"""Whether a target is a number to be met or a class to be told."""

from __future__ import annotations

from typing import Literal

import polars as pl

Task = Literal["auto", "classification", "regression"]
TASKS: tuple[Task, ...] = ("auto", "classification", "regression")

FEW_LEVELS = 30
"""Whole numbers with more different values than this are a quantity."""


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
