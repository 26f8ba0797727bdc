"""What leaks, as a table, as metrics, and as an error where it is strict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tilth.data.metrics import Metrics
from tilth.errors import DataError
from tilth.quality.leakage import Leak, leaks_between
from tilth.quality.split_plan import SplitPlan

_SCHEMA = {
    "kind": pl.String, "severity": pl.String, "column": pl.String, "sides": pl.String,
    "n": pl.Int64, "of": pl.Int64, "evidence": pl.String, "advice": pl.String,
}  # fmt: skip

_SAY_NOTHING = ("identifier", "constant", "empty")


def leaks_of(
    train: pl.DataFrame,
    test: pl.DataFrame,
    validation: pl.DataFrame | None,
    columns: pl.DataFrame,
    asked: Mapping[str, Any],
) -> tuple[pl.DataFrame, Metrics]:
    """See `tilth.stages.prepare.nodes.find_leaks`."""
    split = SplitPlan.of(asked["split"])
    target = asked["target"]
    sides = {"train": train, "test": test}
    if validation is not None:
        sides["validation"] = validation
    idle = columns.filter(pl.col("treatment") == "drop")
    nothing = idle.filter(pl.col("kind").is_in(_SAY_NOTHING))["column"].to_list()
    found = leaks_between(
        sides,
        target,
        key=split.key,
        group=split.columns if split.by == "group" else (),
        time=split.columns[0] if split.by == "time" else "",
        names=nothing,
        without=idle["column"].to_list(),
        seed=split.seed,
    )
    if asked["strict"]:
        _refuse(found, f"stage `prepare`, dataset `{asked['table']}`")
    table = pl.DataFrame([each.as_dict() for each in found], _SCHEMA)
    return table, _counts(found)


def _refuse(found: Sequence[Leak], where: str) -> None:
    sure = [each for each in found if each.severity == "sure"]
    if not sure:
        return
    more = f"; and {len(sure) - 5} more" if len(sure) > 5 else ""
    raise DataError(
        f"{where}: {'; '.join(each.evidence for each in sure[:5])}{more}",
        hint=f"{sure[0].advice}; `strict: false` reports it and goes on",
    )


def _counts(found: Sequence[Leak]) -> Metrics:
    counts = Counter(each.kind for each in found)
    return Metrics(
        sure=sum(each.severity == "sure" for each in found),
        likely=sum(each.severity == "likely" for each in found),
        kinds=dict(counts),
        warnings=[each.evidence for each in found[:20]],
    )
