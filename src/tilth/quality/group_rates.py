"""How a model treats groups: for whom it is right, whom it picks, and whom it misses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.intervals import mean_interval, wilson
from tilth.quality.judgement import Judgement

FEW = 30
"""A group with fewer rows than this is told without being compared."""

_MOST = 20


def group_rates(judgement: Judgement, column: pl.Series, positive: int | None) -> dict[str, Any]:
    """How a model does for each level of a column, the most frequent first.

    Of two classes: the shares that are `right`, that are called positive (`picked`; alike in all
    groups is demographic parity), of the positive ones that are `found` (alike is equal
    opportunity), and of the others that are called positive (`alarmed`; both alike are equalised
    odds). Of several classes `right` alone, and of a quantity the mean `error` and `bias`.

    Args:
        judgement: What was said of the rows beside what is so.
        column: The groups, in the order of the rows.
        positive: Of two classes the code of the positive one; None else.

    Returns:
        `column`, `levels` (each with `level`, `rows` and rates: `value`, `low`, `high`, `of`),
        `gaps` (rate -> the largest less the smallest, and between whom) among levels with
        `FEW` rows or more, and `others`, how many levels are not told.

    References:
        M. Hardt, E. Price, N. Srebro, "Equality of opportunity in supervised learning", NeurIPS
        2016, definitions 2.1 and 2.2.
    """
    counts = column.value_counts(sort=True)
    levels = [
        _level(judgement, column, value, positive)
        for value in counts[column.name][:_MOST].to_list()
    ]
    return {
        "column": column.name,
        "levels": levels,
        "gaps": _gaps(levels),
        "others": max(0, counts.height - _MOST),
    }


def _level(judgement: Judgement, column: pl.Series, value: Any, positive: int | None) -> Any:
    of_it = column.is_null() if value is None else (column == value).fill_null(False)
    rows = np.flatnonzero(of_it.to_numpy())
    own = judgement.only(rows)
    rates = dict(_rates(own, positive))
    return {"level": "missing" if value is None else str(value), "rows": len(rows), "rates": rates}


def _rates(own: Judgement, positive: int | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if own.task == "quantity":
        yield "error", _mean(own.wrong)
        yield "bias", _mean(own.truth - own.predicted)
        return
    yield "right", _share(own.truth == own.predicted)
    if positive is None:
        return
    is_so, called = own.truth == positive, own.predicted == positive
    yield "picked", _share(called)
    yield "found", _share(called[is_so])
    yield "alarmed", _share(called[~is_so])


def _share(hits: NDArray[np.bool_]) -> dict[str, Any]:
    n = len(hits)
    if n == 0:
        return {"value": None, "low": 0.0, "high": 1.0, "of": 0}
    ends = wilson(float(hits.sum()), n)
    return {"value": float(hits.mean()), "low": ends.low, "high": ends.high, "of": n}


def _mean(values: NDArray[np.float64]) -> dict[str, Any]:
    ends = mean_interval(values)
    return {"value": float(values.mean()), "low": ends.low, "high": ends.high, "of": len(values)}


def _gaps(levels: list[Any]) -> dict[str, Any]:
    found = {}
    for rate in levels[0]["rates"] if levels else ():
        known = [
            each
            for each in levels
            if each["rates"][rate]["of"] >= FEW and each["rates"][rate]["value"] is not None
        ]
        if len(known) < 2:
            continue
        low = min(known, key=lambda each: each["rates"][rate]["value"])
        high = max(known, key=lambda each: each["rates"][rate]["value"])
        ends = low["rates"][rate], high["rates"][rate]
        found[rate] = {
            "gap": ends[1]["value"] - ends[0]["value"],
            "low": low["level"],
            "high": high["level"],
            "apart": ends[0]["high"] < ends[1]["low"],
        }
    return found
