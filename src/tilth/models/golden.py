"""Golden requests: real rows and rows at the edges, with what the model answered.

They are chosen without chance, so that the same model and data give the same requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import polars as pl

from tilth.models.replay import UNITS, answered
from tilth.models.signature import cell, rows_of

SPREAD = 20
"""Real rows from all over the table."""

MOST_REAL, MOST_EDGES = 100, 200

TOLERANCE = {"relative": 1e-6, "absolute": 1e-9}
"""How far numbers may be from those recorded: other processors round otherwise."""

UNSEEN = "never seen before"
"""A category that the model cannot know; longer until it is really not among the levels."""

Bounds = Mapping[str, Sequence[Any]]
Asked = tuple[str, list[Any]]
"""Why a row is asked, and the row."""


def golden(
    model: Any, signature: Mapping[str, Any], table: pl.DataFrame, bounds: Bounds
) -> dict[str, Any]:
    """Requests, each with its answers.

    Args:
        model: Fitted.
        signature: See `tilth.models.signature.signature_of`.
        table: The features that it learned from.
        bounds: Column -> values at which its contract ends.

    Returns:
        `tolerance`, and `requests`, each with `rows` (lists in the order of the signature's
        columns), `why` for each row, and `answers`: `prediction` and `probability` of each row,
        or `error`, the type of what the model raised. What it refuses is asked alone.
    """
    real = rows_of(table, real_rows(table))
    asked = [("a row that it learned from", row) for row in real]
    edges = list(islice(_edges(signature, table, bounds), MOST_EDGES))
    return {
        "tolerance": TOLERANCE,
        "requests": [each for some in (asked, edges) for each in _requests(model, signature, some)],
    }


def _requests(model: Any, signature: Mapping[str, Any], asked: Sequence[Asked]) -> list[Any]:
    """One request for all rows that the model answers, and one for each that it refuses."""
    whole = _request(model, signature, asked)
    if "error" not in whole["answers"] or len(asked) == 1:
        return [whole]
    alone = [_request(model, signature, [each]) for each in asked]
    taken = [each for each, one in zip(asked, alone, strict=True) if "error" not in one["answers"]]
    together = [_request(model, signature, taken)] if taken else []
    return [*together, *(each for each in alone if "error" in each["answers"])]


def _request(model: Any, signature: Mapping[str, Any], asked: Sequence[Asked]) -> dict[str, Any]:
    rows = [row for _, row in asked]
    return {
        "why": [why for why, _ in asked],
        "rows": rows,
        "answers": answered(model, signature, rows),
    }


def real_rows(table: pl.DataFrame) -> list[int]:
    """Positions of rows: evenly spread, those with the least and the greatest, and with gaps."""
    n = table.height
    k = min(SPREAD, n)
    chosen = dict.fromkeys(i * (n - 1) // max(1, k - 1) for i in range(k))
    for values in table.get_columns():
        if values.null_count():
            chosen[int(values.is_null().arg_max() or 0)] = None
        if values.dtype.is_numeric() and values.null_count() < n:
            chosen[int(values.arg_min() or 0)] = None
            chosen[int(values.arg_max() or 0)] = None
        if len(chosen) >= MOST_REAL:
            break
    return sorted(list(chosen)[:MOST_REAL])


def _edges(signature: Mapping[str, Any], table: pl.DataFrame, bounds: Bounds) -> Iterator[Asked]:
    """Rows that differ from a usual one in one value; those of all columns take turns."""
    base = rows_of(table, [_usual(table)])[0]
    columns = signature["columns"]
    yield "every value is missing", [None] * len(columns)
    by_column = [list(_values(each, bounds.get(each["name"], ()))) for each in columns]
    for turn in range(max(map(len, by_column), default=0)):
        for i, values in enumerate(by_column):
            if turn < len(values):
                why, value = values[turn]
                yield f"`{columns[i]['name']}` {why}", [*base[:i], value, *base[i + 1 :]]


def _usual(table: pl.DataFrame) -> int:
    """The first row without a gap; the first of all where each has one."""
    gaps = table.select(pl.any_horizontal(pl.all().is_null())).to_series()
    whole = (~gaps).arg_true()
    return int(whole[0]) if len(whole) else 0


def _values(column: Mapping[str, Any], bounds: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    yield "is missing", None
    if column.get("low") is not None:
        yield "is the least that was seen", column["low"]
        yield "is the greatest that was seen", column["high"]
        beyond = _beyond(column)
        if beyond is not None:
            yield "is beyond all that was seen", beyond
    elif column["type"] in ("String", "Categorical"):
        known = set(column["levels"] or ())
        unseen = UNSEEN
        while unseen in known:
            unseen += " again"
        yield "is a level that was never seen", unseen
        yield "is empty", ""
    elif column["type"] == "Boolean":
        yield "is true", True
        yield "is false", False
    for value in bounds:
        if _fits(column, value):
            yield "is where its contract ends", cell(value)


def _beyond(column: Mapping[str, Any]) -> Any:
    """Twice as far as what was seen; None where its type cannot hold that."""
    low, high, kind = column["low"], column["high"], column["type"]
    if kind.startswith("Date"):
        found = datetime.fromisoformat(high) + (
            datetime.fromisoformat(high) - datetime.fromisoformat(low) or timedelta(days=1)
        )
        return found.date().isoformat() if kind == "Date" else found.isoformat()
    found = high + ((high - low) or 1)
    if kind.startswith("Float"):
        return found if found not in UNITS.values() else None
    bits = int(kind.lstrip("UInt")) - (kind[0] == "I")
    return found if found < 2**bits else None


def _fits(column: Mapping[str, Any], value: Any) -> bool:
    if column["type"].startswith("Date"):
        return isinstance(value, date)
    if column["type"].startswith("Float"):
        return isinstance(value, int | float)
    return isinstance(value, int) and column["type"].startswith(("Int", "UInt"))
