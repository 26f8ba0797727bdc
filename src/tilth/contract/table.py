"""Whatever holds a table, as a Polars lazy frame; what is scanned lazily stays unread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from tilth.contract.types import EXACT, kind_of
from tilth.errors import ContractError, MissingLibraryError

Engine = Literal["streaming", "in-memory"]

_NONE: Mapping[str, str] = MappingProxyType({})


def lazy(value: Any, dataset: str, types: Mapping[str, str] = _NONE) -> Any:
    """A `polars.LazyFrame` of a table, of one row as a dictionary, or of a list of rows.

    Rows as dictionaries come from a request, where JSON has one kind of number and no dates:
    their values are read as the types that are promised, where nothing is lost by it.

    Args:
        value: A Polars frame, eager or lazy, a pandas frame, an Arrow table or reader, a DuckDB
            relation, a dictionary from column to value, or a list of such dictionaries.
        dataset: What it is called, for errors.
        types: Column -> the word for the type that is promised.

    Raises:
        ContractError: It is no table, or a column has values of several types.
    """
    polars = _polars()
    if isinstance(value, polars.LazyFrame):
        return value
    if isinstance(value, polars.DataFrame):
        return value.lazy()
    try:
        return _converted(value, polars, types).lazy()
    except Exception as error:  # each library has a tree of its own
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ContractError(
            dataset,
            f"its {type(value).__name__} cannot be read as a table: {lines[0][:200]}",
            hint="give each column values of one type",
        ) from error


def engine_for(value: Any) -> Engine:
    """The engine of Polars for a table: what may not fit into memory is streamed.

    Of what is in memory already the other engine makes no pieces, and needs half the time.
    """
    return "streaming" if type(value).__name__ == "LazyFrame" else "in-memory"


def _converted(value: Any, polars: Any, types: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return _rows([value], polars, types)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _rows(value, polars, types)
    kind = type(value).__module__.partition(".")[0]
    if kind == "pandas":
        return polars.from_pandas(value)
    if kind == "duckdb":
        return value.pl()
    if kind == "pyarrow" and hasattr(value, "read_all"):
        return polars.from_arrow(value.read_all())
    if kind == "pyarrow":
        return polars.from_arrow(value)
    raise TypeError(f"a {type(value).__qualname__} has no columns")


def _rows(rows: Sequence[Any], polars: Any, types: Mapping[str, str]) -> Any:
    for each in rows:
        if not isinstance(each, Mapping):
            raise TypeError(f"a row must be a dictionary, not {type(each).__name__}")
    # All rows tell the types: the first hundred of a thousand may hold nothing but nulls.
    names = list(dict.fromkeys(name for each in rows for name in each))
    columns = {name: [each.get(name) for each in rows] for name in names}
    for name, values in columns.items():
        _refuse_mixed(name, values)
    frame = polars.DataFrame(columns, strict=False)
    read = [_read_as(frame[name], word, polars) for name, word in types.items() if name in frame]
    return frame.with_columns(read)


def _refuse_mixed(name: str, values: Sequence[Any]) -> None:
    """Polars would make one type of several: of 1 and "x" two texts."""
    kinds = {type(each) for each in values if each is not None}
    if len(kinds) > 1 and kinds != {int, float}:
        shown = " and ".join(sorted(each.__name__ for each in kinds)[:4])
        raise TypeError(f"column `{name}` has values of several types, {shown}")


def _read_as(column: Any, word: str, polars: Any) -> Any:
    """The column as what is promised; as it is where it is something else."""
    kind = kind_of(column.dtype)
    found = column
    if word in EXACT and kind in ("int", "float") and kind == word.strip("u0123456789"):
        bits = f"UInt{word[4:]}" if word.startswith("u") else word.title()
        found = column.cast(getattr(polars, bits), strict=False)
    elif kind == "int" and word in ("float", "float64", "float32"):
        found = column.cast(polars.Float32 if word == "float32" else polars.Float64)
    elif kind == "text" and word == "category":
        found = column.cast(polars.Categorical)
    elif kind == "text" and word == "date":
        found = column.str.to_date("%Y-%m-%d", strict=False)
    elif kind == "text" and word.startswith("datetime"):
        found = _moments(column, word, polars)
    return found if found.null_count() == column.null_count() else column


def _moments(column: Any, word: str, polars: Any) -> Any:
    zone = word.partition("[")[2].rstrip("]")
    zone = "UTC" if zone == "*" else zone
    try:
        read = [datetime.fromisoformat(each) if each else None for each in column]
        if any(each is not None and (each.tzinfo is None) == bool(zone) for each in read):
            return column  # a time zone is missing, or not expected
        kind = polars.Datetime("us", zone or None)
        return polars.Series(column.name, read, dtype=kind)
    except ValueError:
        return column


def _polars() -> Any:
    try:
        import polars  # 0.1 s, and only where data is judged
    except ModuleNotFoundError as error:
        raise MissingLibraryError("a contract", "polars", extra="polars") from error
    return polars
