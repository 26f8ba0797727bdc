"""Schemas of dataframely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tilth.contract.adapter import Complaint

__all__ = ["Dataframely"]


class Dataframely:
    """The table is filtered by the schema, in memory; each rule with wrong rows is a finding."""

    def complaints(self, schema: Any, frame: Any, examples: int) -> Iterable[Complaint]:
        """What dataframely says of the rows."""
        import dataframely  # type: ignore[import-not-found,unused-ignore]

        table = frame.collect()
        try:
            _, failure = schema.filter(table)
        except dataframely.exc.SchemaError as error:
            said = str(error).partition("\n")[0]
            return [Complaint(check="schema", message=said, kind="schema")]
        return list(_of_rules(table, failure, examples))


def _of_rules(table: Any, failure: Any, examples: int) -> Iterator[Complaint]:
    counts = failure.counts()
    if not counts:
        return
    details = failure.details()
    own = [name for name in table.columns if name in details.columns]
    # The rows come back in their order and without their numbers; equal rows fail alike.
    wrong = table.with_row_index("__row__").join(
        failure.invalid().unique(), on=own, how="semi", nulls_equal=True, maintain_order="left"
    )
    for rule, n in counts.items():
        column, bar, check = rule.partition("|")
        is_broken = details[rule] == "invalid"
        rows = wrong.filter(is_broken).head(examples)
        shown = rows[column].to_list() if bar else [None] * rows.height
        yield Complaint(
            check=check if bar else rule,
            column=column if bar else "",
            message=f"{f'`{column}`: `{check}`' if bar else f'`{rule}`'} does not hold: {n:,} rows",
            rows=rows["__row__"].to_list() if bar or rows.height else [],
            values=shown,
            count=n,
        )
