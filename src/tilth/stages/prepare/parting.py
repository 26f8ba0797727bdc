"""Rows on their sides, and what a person should know of how they came there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tilth.data.metrics import Metrics
from tilth.errors import DataError, UnknownNameError
from tilth.quality.quantity import Task, check_kind, is_quantity
from tilth.quality.split import Split, split_rows, uneven_strata
from tilth.quality.split_plan import SplitPlan

_MANY_CLASSES, _ROWS_EACH = 100, 10
"""As `stage: train` has it: more classes need so many rows each on average."""

_MOST_TOLD = 20


def parted(table: pl.DataFrame, asked: Mapping[str, Any]) -> tuple[Any, ...]:
    """See `tilth.stages.prepare.nodes.split_table`."""
    where = f"stage `prepare`, dataset `{asked['table']}`"
    target = asked["target"]
    if target not in table.columns:
        raise UnknownNameError("column", target, table.columns, where=where)
    plan = SplitPlan.of(asked["split"])
    rows = with_target(table, target, where)
    quantity = check_target(rows[target], asked["task"], where)
    split = split_rows(rows, plan, target=target, where=where)
    sides = {side: rows[split.rows(side)] for side in plan.sides}
    counts = {} if quantity else _classes(sides, target)
    metrics = {
        "rows": rows.height,
        "without_target": table.height - rows.height,
        **{
            side: {"rows": part.height, "share": part.height / rows.height}
            for side, part in sides.items()
        },
        "stable": split.stable,
        "reason": split.reason,
        "classes": _shares(counts, sides),
        "warnings": [
            *_warnings(table, rows, split, counts, target),
            *_uneven(uneven_strata(rows, plan, split), plan.test),
        ],
    }
    if split.test_from is not None:
        metrics["test_from"] = str(split.test_from)
    if split.validation_from is not None:
        metrics["validation_from"] = str(split.validation_from)
    return Metrics(metrics), *sides.values()


def with_target(table: pl.DataFrame, target: str, where: str) -> pl.DataFrame:
    """Rows from which something can be learned.

    Raises:
        DataError: There is none.
    """
    values = pl.col(target)
    usable = values.is_not_null()
    if table.schema[target].is_float():
        usable &= values.is_finite()
    rows = table.filter(usable)
    if rows.height == 0:
        raise DataError(
            f"{where}: column `{target}` has no value in any of {table.height:,} rows",
            hint="there is nothing to learn where nothing is known of the target",
        )
    return rows


def check_target(values: pl.Series, task: Task, where: str) -> bool:
    """Whether the target is a number rather than a class.

    Raises:
        DataError: Nothing can be learned of it.
    """
    check_kind(values, where)
    named = f"{where}: column `{values.name}`"
    n_levels = values.n_unique()
    if n_levels == 1:
        raise DataError(
            f"{named} is {values[0]!r} in all {len(values):,} rows that have a target",
            hint="with one value there is nothing to learn",
        )
    if task == "regression" and not values.dtype.is_numeric():
        raise DataError(
            f"{named} must be numbers, and is {values.dtype}",
            hint="`task: classification` takes any labels",
        )
    quantity = is_quantity(values, task)
    if not quantity and n_levels > _MANY_CLASSES and len(values) < _ROWS_EACH * n_levels:
        raise DataError(
            f"{named} has {n_levels:,} different values in {len(values):,} rows, too many to be "
            "classes",
            hint="is it a name or a number of the row? or a quantity: `task: regression`",
        )
    return quantity


Counts = dict[str, dict[str, int]]
"""Class -> side -> rows."""


def _classes(sides: Mapping[str, pl.DataFrame], target: str) -> Counts:
    found: Counts = {}
    for side, part in sides.items():
        for level, n in part[target].value_counts(sort=True).rows():
            found.setdefault(str(level), dict.fromkeys(sides, 0))[side] = n
    return found


def _shares(counts: Counts, sides: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, float]]:
    largest = sorted(counts, key=lambda each: -sum(counts[each].values()))[:_MOST_TOLD]
    return {
        each: {side: n / sides[side].height for side, n in counts[each].items()} for each in largest
    }


def _uneven(strata: list[tuple[str, float]], asked: float) -> list[str]:
    if not strata:
        return []
    named = ", ".join(f"{share:.0%} of `{name}`" for name, share in strata[:5])
    more = f" and {len(strata) - 5} more" if len(strata) > 5 else ""
    return [
        f"strata are met as chance allows, as rows stay on their sides: {named}{more} lie in the "
        f"test, and not {asked:.0%}; `exact: true` cuts each to the row, and rows may change sides"
    ]


def _warnings(
    table: pl.DataFrame, rows: pl.DataFrame, split: Split, counts: Counts, target: str
) -> list[str]:
    told = []
    lost = table.height - rows.height
    if lost:
        told.append(
            f"{lost:,} of {table.height:,} rows have no `{target}` and are left out: if they lack "
            "it for a reason, a model of the others may not hold for them"
        )
    if not split.stable:
        told.append(f"rows may change sides when others come: {split.reason}")
    if split.n_unnamed:
        told.append(
            f"{split.n_unnamed:,} rows have no key or group, and are known by their content"
        )
    for side in ("train", "test"):
        alone = [each for each, of in counts.items() if not of[side]]
        if alone:
            names = ", ".join(f"`{each}`" for each in alone[:5])
            more = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
            what = "nothing can be learned of it" if side == "train" else "it is never tested on"
            told.append(f"no row of the side `{side}` is of class {names}{more}: {what}")
    return told
