"""The odd rows that a contract allows: at the ends of ranges, without values, with each level.

A part of a table that was drawn by chance seldom has them, and a pipeline that has never seen
them fails on them one day. They are put into rows that are there, one value to a row; a row
that would break a promise thereby stays as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tilth.contract.contract import Contract
from tilth.contract.part import for_part
from tilth.contract.types import kind_of
from tilth.record import changed, record

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

_MOST_LEVELS = 30
_LONGEST = 2_000
_MOST_TRIES = 4


@record
class Edge:
    """One odd value that a contract allows.

    Attributes:
        column: Where it may stand.
        what: In words: `the low end of its range`.
        value: What it is; None for a missing one.
        row: Where it was put; -1 where it was not yet.
    """

    column: str
    what: str
    value: Any
    row: int = -1

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        value = self.value
        plain = value if isinstance(value, str | int | float | None) else str(value)
        return {"column": self.column, "what": self.what, "value": plain, "row": self.row}


def edges_of(contract: Contract, table: pl.DataFrame) -> list[Edge]:
    """The odd values that the contract allows and the table does not have, column by column."""
    import polars as pl  # 0.1 s, and only where data is judged

    found: list[Edge] = []
    for column in contract.columns:
        if column in table.columns:
            said = _said(contract, column)
            there = table.get_column(column)
            kind = kind_of(there.dtype)
            for each in _edges(column, kind, said):
                if not _has(there, each.value, pl):
                    found.append(each)
    return found


def _said(contract: Contract, column: str) -> dict[str, Mapping[str, Any]]:
    """What is promised of a column alone, by the names of the checks."""
    return {
        each.name: each.check.given for each in contract.promises if each.check.columns == (column,)
    }


def _edges(column: str, kind: str, said: Mapping[str, Mapping[str, Any]]) -> Iterator[Edge]:
    if "references" in said:  # what it may hold, only the other table knows
        yield from _missing(column, said)
        return
    levels = said.get("levels", {}).get("among")
    if isinstance(levels, list | tuple):
        for each in levels[:_MOST_LEVELS]:
            yield Edge(column=column, what="an allowed level", value=each)
    between = said.get("between", {})
    for end, what in (("low", "the low end of its range"), ("high", "the high end of its range")):
        if between.get(end) is not None:
            yield Edge(column=column, what=what, value=_end(between[end], kind))
    if kind == "text" and not {"levels", "pattern", "unique", "key"} & said.keys():
        yield from _texts(column, said)
    yield from _missing(column, said)


def _texts(column: str, said: Mapping[str, Mapping[str, Any]]) -> Iterator[Edge]:
    length = said.get("length", {})
    low, high = int(length.get("low") or 0), length.get("high")
    what = "the shortest text" if low else "an empty text"
    yield Edge(column=column, what=what, value="x" * low)
    if high is not None and low < int(high) <= _LONGEST:
        yield Edge(column=column, what="the longest text", value="x" * int(high))


def _missing(column: str, said: Mapping[str, Mapping[str, Any]]) -> Iterator[Edge]:
    promised = said.get("not_null")
    if (promised is None or promised.get("at_most")) and not {"key"} & said.keys():
        yield Edge(column=column, what="a missing value", value=None)


def _end(value: Any, kind: str) -> Any:
    if isinstance(value, str):
        found = datetime.fromisoformat(value)
        return found if kind == "datetime" else found.date()
    if kind == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def _has(there: pl.Series, value: Any, pl: Any) -> bool:
    if value is None:
        return there.null_count() > 0
    made = _cell(value, there.dtype, pl)
    return made is None or bool((there == made).any())


def _cell(value: Any, dtype: Any, pl: Any) -> Any:
    """The value as a series of one, of the column's type; None where it is none of them."""
    if isinstance(value, datetime) and getattr(dtype, "time_zone", None):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return pl.Series([aware]).cast(dtype)
    try:
        made = pl.Series([value]).cast(dtype)
    except pl.exceptions.PolarsError:
        return None
    return made if made.null_count() == 0 else None


def with_edges(
    table: pl.DataFrame,
    contract: Contract,
    *,
    references: Mapping[str, Any] | None = None,
    untouched: Collection[str] = (),
    random: np.random.Generator,
) -> tuple[pl.DataFrame, list[Edge]]:
    """The table with the odd values that the contract allows, each in a row of its own.

    Args:
        table: Rows that keep the contract, as far as a part of a table can.
        contract: What is allowed.
        references: Dataset -> table, for checks that look one up.
        untouched: Columns to leave alone, such as keys that other tables refer to.
        random: Chooses the rows.

    Returns:
        The table, and what stands where.
    """
    edges = [each for each in edges_of(contract, table) if each.column not in untouched]
    if not edges or table.is_empty():
        return table, []
    held = for_part(contract)
    before = _broken(held, table, references)
    rows = random.permutation(table.height)
    placed = [changed(each, row=int(row)) for each, row in zip(edges, rows, strict=False)]
    for _ in range(_MOST_TRIES):
        made = _put(table, placed)
        blamed = _blamed(before, _broken(held, made, references))
        if not blamed:
            return made, placed
        placed = [each for each in placed if each.column not in blamed]
    return table, []


def _put(table: pl.DataFrame, edges: list[Edge]) -> pl.DataFrame:
    import polars as pl  # 0.1 s, and only where data is judged

    made = table
    for column in dict.fromkeys(each.column for each in edges):
        values = made.get_column(column)
        for each in edges:
            if each.column == column:
                cell = pl.Series([None], dtype=values.dtype)
                if each.value is not None:
                    cell = _cell(each.value, values.dtype, pl)
                values = pl.concat([values[: each.row], cell, values[each.row + 1 :]])
        made = made.with_columns(values.alias(column))
    return made


def _broken(
    contract: Contract, table: pl.DataFrame, references: Mapping[str, Any] | None
) -> Counter[tuple[str, str]]:
    """How many rows break each promise."""
    report = contract.check(table, references=references, examples=0)
    counts: Counter[tuple[str, str]] = Counter()
    for each in report.findings:
        counts[each.check, each.column] += max(each.count, 1)
    return counts


def _blamed(before: Counter[tuple[str, str]], after: Counter[tuple[str, str]]) -> set[str]:
    """The columns of promises that more rows break than before."""
    worse = [key for key, n in after.items() if n > before[key]]
    return {name for _, columns in worse for name in columns.split(", ")}
