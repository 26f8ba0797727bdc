"""Schemas of pandera, for Polars and for pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tilth.contract.adapter import Complaint

__all__ = ["Pandera"]

_OF_THE_SCHEMA = ("column_in_dataframe", "column_in_schema", "dtype(")


class Pandera:
    """The table is validated by the schema, in memory and lazily, so that all is told at once."""

    def complaints(self, schema: Any, frame: Any, examples: int) -> Iterable[Complaint]:
        """What pandera says of the rows."""
        from pandera.errors import SchemaErrors  # type: ignore[import-not-found,unused-ignore]

        table = frame.collect()
        # A schema is of the library that its own classes are made for.
        kinds = schema.__mro__ if isinstance(schema, type) else type(schema).__mro__
        if not any("polars" in each.__module__ for each in kinds):
            table = table.to_pandas()
        try:
            schema.validate(table, lazy=True)
        except SchemaErrors as error:
            return list(_of_cases(_rows(error.failure_cases), examples))
        return []


def _rows(cases: Any) -> list[dict[str, Any]]:
    if hasattr(cases, "to_dicts"):
        return list(cases.to_dicts())
    return list(cases.astype(object).where(cases.notna(), None).to_dict("records"))


def _of_cases(cases: list[dict[str, Any]], examples: int) -> Iterator[Complaint]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in cases:
        of_table = each["schema_context"] == "DataFrameSchema"
        column = "" if of_table else str(each["column"])
        groups.setdefault((column, str(each["check"])), []).append(each)
    for (column, check), found in groups.items():
        located = [each for each in found if each["index"] is not None]
        is_schema = check.startswith(_OF_THE_SCHEMA) or not located
        first = str(found[0]["failure_case"]).partition("\n")[0][:200]
        who = f"`{column}`: " if column else ""
        what = f"{who}`{check}` does not hold"
        yield Complaint(
            check=check,
            column=column,
            message=f"{what} ({first})" if is_schema else f"{what}: {len(located):,} rows",
            kind="schema" if is_schema else "rows",
            rows=[int(each["index"]) for each in located[:examples]],
            values=[each["failure_case"] for each in located[:examples]],
            count=len(located),
        )
