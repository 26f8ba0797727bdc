"""Columns and what becomes of them, decided by the training rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tilth.errors import UnknownNameError
from tilth.quality.preparation import PreparationPlan, decided, preparation_of, told
from tilth.quality.preparation.decide import may_encode
from tilth.quality.quantity import is_quantity
from tilth.quality.split_plan import SplitPlan


def prepared(train: pl.DataFrame, asked: Mapping[str, Any]) -> tuple[Any, pl.DataFrame]:
    """See `tilth.stages.prepare.nodes.prepare_columns`."""
    from sklearn.base import clone  # beside what the preparation imports

    where = f"stage `prepare`, dataset `{asked['table']}`"
    target = asked["target"]
    plan = PreparationPlan(**asked["preparation"])
    split = SplitPlan.of(asked["split"])
    treatments = decided(
        train,
        target,
        plan=plan,
        roles=_roles(train, asked["features"], split, where),
        time=split.columns[0] if split.by == "time" else "",
        by_target=may_encode(train[target], asked["task"]),
        where=where,
    )
    quantity = is_quantity(train[target], asked["task"])
    made = preparation_of(
        treatments, plan=plan, n_rows=train.height, quantity=quantity, beside=(target,)
    )
    answers = train[target].cast(pl.Float64) if quantity else train[target].cast(pl.String)
    fitted = clone(made).fit(train, answers.to_numpy())
    return made, told(treatments, fitted)


def _roles(
    train: pl.DataFrame, features: list[str] | None, split: SplitPlan, where: str
) -> dict[str, str]:
    """Columns that are no features, and why."""
    if features is not None:
        for name in features:
            if name not in train.columns:
                raise UnknownNameError("column", name, train.columns, where=where)
        why = "it is not among the `features`"
        return {each: why for each in train.columns if each not in features}
    found = dict.fromkeys(split.key, "it names rows, as `key` says")
    if split.by == "group":
        why = "rows are split by it, so that its values on the other side are all unknown"
        found |= dict.fromkeys(split.columns, why)
    return found
