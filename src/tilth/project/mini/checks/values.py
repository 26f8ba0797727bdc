"""Are tables empty that should not be, and are there numbers that are none?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from tilth.data.shape import NUMPY, POLARS
from tilth.errors import TilthError
from tilth.project.mini.tested import Check, failed, left_out, passed
from tilth.project.unexamined import is_model

if TYPE_CHECKING:
    from tilth.project.mini.looked import Looked

EMPTY = "no table is empty"
NUMBERS = "all numbers are numbers"

_MOST = 2

_MAY_BE_UNDEFINED = frozenset(
    {"precision", "recall", "f1", "sensitivity", "specificity", "auc", "roc", "lift", "mcc"}
    | {"correlation", "kappa", "r2", "ppv", "npv", "coverage", "ratio", "rate", "share"}
)
"""Measures that divide by a number of rows which may be none: a model that calls no row
positive has no precision."""


def empty(looked: Looked) -> Iterator[Check]:
    """A line for each empty table, or one for all."""
    tables = [name for name, made in looked.made.items() if made.rows is not None]
    empty = [name for name in tables if looked.made[name].rows == 0]
    fine = True
    for name in empty:
        before = looked.before(name)
        if before is not None and before.rows == 0:
            yield left_out(EMPTY, "it is empty in the project's own last result too", name)
        elif looked.lists_findings(name):
            yield left_out(EMPTY, "it lists findings, and there is none", name)
        else:
            fine = False
            yield failed(EMPTY, "it has no rows", name, looked.maker(name))
    if fine and tables:
        yield passed(EMPTY, f"{len(tables) - len(empty):,} tables and arrays have rows")
    if not tables and not looked.result.failures:
        yield left_out(EMPTY, "no node makes a table")


def numbers(looked: Looked) -> Iterator[Check]:
    """A line for each dataset with NaN or infinities that should have none."""
    n_looked, fine = 0, True
    for name in looked.made:
        try:
            odd = _odd_in(looked, name)
        except TilthError as error:
            yield left_out(NUMBERS, f"it cannot be read: {error}".splitlines()[0], name)
            continue
        if odd is None:
            continue
        n_looked += 1
        for check in _told(looked, name, odd):
            fine = fine and check.state != "failed"
            yield check
    if fine and n_looked:
        yield passed(NUMBERS, f"no NaN and no infinity in {n_looked:,} results, but what is told")


def _told(looked: Looked, name: str, odd: Mapping[str, int]) -> Iterator[Check]:
    """What odd numbers mean: they are new, or they were there before."""
    if not odd:
        return
    before = _odd_before(looked, name)
    new = odd if before is None else {key: n for key, n in odd.items() if key not in before}
    shown = _shown(new or odd)
    if not new:
        message = f"the project's own last result has some too: {shown}"
        yield left_out(NUMBERS, message, name)
    elif before is None and all(map(_may_be_undefined, new)) and not _is_said(looked, name):
        few = "undefined on so few rows, and the project has no result to compare with"
        message = f"{shown} {few}"
        yield left_out(NUMBERS, message, name)
    elif before is None and not _must_be_finite(looked, name):
        message = f"{shown} not finite, and there is no result of the project's to compare with"
        yield left_out(NUMBERS, message, name)
    else:
        yield failed(NUMBERS, f"NaN or infinite: {shown}", name, looked.maker(name))


def _shown(odd: Mapping[str, int]) -> str:
    """The first of them, with how often each is there where that is more than once."""
    first = [f"`{key}`" + (f" ({n:,})" if n > 1 else "") for key, n in odd.items()][:_MOST]
    more = len(odd) - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more > 0 else "")


def _may_be_undefined(path: str) -> bool:
    words = set(re.split(r"[^a-z0-9]+", path.lower()))
    return not _MAY_BE_UNDEFINED.isdisjoint(words)


def _must_be_finite(looked: Looked, name: str) -> bool:
    """Metrics, and what a model says."""
    return looked.made[name].format == "metrics" or _is_said(looked, name)


def _is_said(looked: Looked, name: str) -> bool:
    """Whether it is a table that a node makes with a model: predictions."""
    if not looked.is_table(name):
        return False
    reads = looked.inputs_of(looked.maker(name))
    return any(is_model(looked.made[each].shape) for each in reads if each in looked.made)


def _odd_in(looked: Looked, name: str) -> dict[str, int] | None:
    made = looked.made[name]
    if looked.is_table(name):
        return odd_columns(looked.table(name))
    if made.shape == NUMPY or made.format in ("metrics", "json"):
        return odd_numbers(looked.value(name))
    return None


def _odd_before(looked: Looked, name: str) -> dict[str, int] | None:
    """The same of the project's own last result; None where there is none."""
    shape = POLARS if looked.is_table(name) else ""
    value = looked.before_value(name, shape)
    if value is None:
        return None
    return odd_columns(value) if shape else odd_numbers(value)


def odd_columns(table: Any) -> dict[str, int]:
    """Column -> how many NaN and infinities it has, those that have some."""
    import polars as pl  # only where a table is looked at

    names = [name for name, kind in table.schema.items() if kind.is_float()]
    if not names:
        return {}
    counts = table.select(pl.col(names).is_finite().not_().sum()).row(0)
    return {name: int(n) for name, n in zip(names, counts, strict=True) if n}


def odd_numbers(value: Any, where: str = "") -> dict[str, int]:
    """Path -> how many NaN and infinities are there, in nested values and arrays."""
    found: dict[str, int] = {}
    if isinstance(value, Mapping):
        for key, each in value.items():
            found |= odd_numbers(each, f"{where}.{key}" if where else str(key))
    elif isinstance(value, float):
        if not isfinite(value):
            found[where or "value"] = 1
    elif isinstance(value, list | tuple):
        n = sum(n for each in value for n in odd_numbers(each).values())
        if n:
            found[where or "values"] = n
    elif getattr(getattr(value, "dtype", None), "kind", "") == "f":
        import numpy as np

        n = int((~np.isfinite(value)).sum())
        if n:
            found[where or "values"] = n
    return found
