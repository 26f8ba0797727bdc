"""Cells of a sheet as values of the types that a table has; what does not fit says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tilth.contract.types import kind_of

_TRUE, _FALSE = frozenset({"true", "yes"}), frozenset({"false", "no"})
_NOUNS: Mapping[str, str] = {
    "int": "a whole number",
    "float": "a number",
    "boolean": "true or false",
    "date": "a date, as 2026-03-01",
    "datetime": "a time, as 2026-03-01T09:30:00",
}


def typed(
    header: Sequence[str], rows: Sequence[Sequence[str]], like: Any
) -> tuple[Any, list[list[str]]]:
    """Rows of text as a table.

    Args:
        header: Their columns.
        rows: Their cells; an empty one is null.
        like: A `polars.DataFrame` with the columns and types that are wanted.

    Returns:
        The table, with null where a cell does not fit, and for each row why it does not.
    """
    import polars  # 0.1 s, and only where data is looked at

    reasons: list[list[str]] = [
        [f"it has {len(cells)} cells: the sheet has {len(header)} columns"]
        if len(cells) > len(header)
        else []
        for cells in rows
    ]
    columns = {}
    for name, dtype in like.schema.items():
        place = header.index(name)
        texts = [cells[place] if place < len(cells) else "" for cells in rows]
        given = polars.Series(name, [each or None for each in texts], dtype=polars.String)
        columns[name] = _cast(given, dtype)
        odd = (given.is_not_null() & columns[name].is_null()).arg_true().to_list()
        for row in odd:
            noun = _NOUNS.get(kind_of(dtype), f"{dtype}")
            reasons[row].append(f"`{name}` is not {noun}: {texts[row]!r}")
    return polars.DataFrame(columns), reasons


def _cast(given: Any, dtype: Any) -> Any:
    """As a type; null where it cannot be."""
    import polars  # 0.1 s, and only where data is looked at

    kind = kind_of(dtype)
    if kind == "boolean":
        words = given.str.to_lowercase().to_list()
        values = [True if w in _TRUE else False if w in _FALSE else None for w in words]
        return polars.Series(given.name, values, dtype=polars.Boolean)
    if kind == "float":
        number = given.cast(dtype, strict=False)
        frame = polars.DataFrame({given.name: number})
        finite = polars.when(polars.col(given.name).is_finite()).then(polars.col(given.name))
        return frame.select(finite).to_series()
    if kind in ("date", "datetime"):
        read = _day if kind == "date" else _moment
        zone = getattr(dtype, "time_zone", None)
        return polars.Series(given.name, [read(each, zone) for each in given.to_list()], dtype)
    return given.cast(dtype, strict=False)


def _day(text: str | None, zone: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _moment(text: str | None, zone: str | None) -> datetime | None:
    """A time; without a zone of its own it is in that of the column."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if found is None or zone is None:
        return found if found is None or found.tzinfo is None else None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))
