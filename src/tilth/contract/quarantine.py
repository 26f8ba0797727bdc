"""Quarantine: rows that break a promise are set apart, with the reasons; none is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tilth.contract.contract import Contract, Promise
from tilth.contract.hold import can_judge, schema_of
from tilth.contract.table import lazy
from tilth.contract.view import References, View, no_references, with_itself

REASONS = "rejected_because"
"""The column of a rejected row that tells why: the checks that it breaks, a list of texts."""


def split(
    contract: Contract,
    table: Any,
    *,
    references: References = no_references,
    now: datetime | None = None,
) -> tuple[Any, Any]:
    """A table's rows in two: those that keep every promise that sets apart, and the others.

    Each row is in exactly one of the two, in the order that it had.

    Returns:
        Two Polars lazy frames. The second has one more column, `rejected_because`.
    """
    import polars  # 0.1 s, and only where data is judged

    frame = lazy(table, contract.dataset)
    schema = schema_of(frame, contract.dataset)
    moment = now or datetime.now(UTC)
    own = with_itself(references, contract.dataset, frame)
    view = View(dataset=contract.dataset, schema=schema, now=moment, references=own)
    reasons = [
        polars.when(each.check.rows(view).fill_null(True).not_()).then(polars.lit(reason_of(each)))
        for each in contract.promises
        if each.severity == "quarantine" and can_judge(each.check, view)
    ]
    if not reasons:
        return frame, frame.head(0).with_columns(polars.lit([""]).alias(REASONS))
    why = polars.concat_list(reasons).list.drop_nulls().alias(REASONS)
    told = frame.with_columns(why)
    is_kept = polars.col(REASONS).list.len() == 0
    return told.filter(is_kept).drop(REASONS), told.filter(is_kept.not_())


def reason_of(promise: Promise) -> str:
    """What stands in the column of reasons: "`delay` is not between 0 and 100"."""
    return getattr(promise.check, "said", "") or f"{promise.name} {promise.column}".strip()
