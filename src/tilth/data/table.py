"""Tables in many libraries, and Arrow, through which each becomes any other.

A table is known by the dotted name of its type, so that no library is imported to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tilth.data.library import first_installed, need
from tilth.data.shape import (
    ARROW,
    BATCHES,
    DUCKDB,
    LAZY,
    NUMPY,
    PANDAS,
    PATH,
    POLARS,
    TABLES,
    shape_of,
)
from tilth.errors import DataError, TilthError

SHAPES = (*TABLES, NUMPY, PATH)
"""Shapes in which a file with a table can be read."""

STREAMED = (LAZY, BATCHES)
"""Shapes that need not be in memory as a whole."""

ROWS_AT_ONCE = 1 << 17
"""Rows in a batch of a table that is written piece by piece."""


def default_shape(asked: str | None) -> str:
    """The asked shape, or that of the first library that is here."""
    if asked is not None:
        return asked
    library = first_installed(("polars", "pandas", "pyarrow")) or "polars"
    return {"polars": POLARS, "pandas": PANDAS, "pyarrow": ARROW}[library]


def to_arrow(value: Any, shape: str, what: str) -> Any:
    """A `pyarrow.Table` of the same rows; without copies, but for strings of Polars.

    Args:
        value: A table.
        shape: Its dotted type.
        what: Who asks, for errors: "dataset `trips`".

    Raises:
        DataError: It is no table, two of its columns share a name, or a column holds what
            has no Arrow type.
    """
    pyarrow = need("pyarrow", what, extra="arrow")
    refuse_names(_names_of(value, shape), what)
    try:
        if shape == PANDAS:
            table = pyarrow.Table.from_pandas(value)
        elif shape in (POLARS, LAZY):
            table = _from_polars(value)
        elif shape == ARROW:
            table = value
        elif shape == BATCHES:
            table = value.read_all()
        elif shape == DUCKDB:
            table = value.to_arrow_table()
        else:
            raise DataError(f"{what}: takes a table, not {shape}", hint=f"give one of {_names()}")
    except TilthError:
        raise
    except Exception as error:  # each library has a tree of its own
        raise DataError(
            f"{what}: a {shape} has no Arrow form: {first_line(error)}",
            hint="give each column one type, or write it as `pickle`",
        ) from error
    return table


def chunks_of(value: Any, shape: str, what: str) -> Iterator[Any]:
    """The same rows as `pyarrow.Table` after `pyarrow.Table`, not all in memory."""
    pyarrow = need("pyarrow", what, extra="arrow")
    if shape == LAZY:
        empty = True
        for frame in value.collect_batches(maintain_order=True):
            empty = False
            yield to_arrow(frame, POLARS, what)
        if empty:
            yield to_arrow(value.head(0), LAZY, what)
    elif shape == BATCHES:
        yield pyarrow.Table.from_batches([], value.schema)
        for batch in value:
            yield pyarrow.Table.from_batches([batch])
    else:
        yield to_arrow(value, shape, what)


def has_categories(value: Any, shape: str) -> bool:
    """Whether a streamed table has a column whose values are numbers of words.

    The words are known only when all rows are, and a file holds them once.
    """
    if shape == LAZY:
        return any(str(kind) == "Categorical" for kind in value.collect_schema().values())
    return any(str(field.type).startswith("dictionary") for field in value.schema)


def from_arrow(table: Any, shape: str, what: str) -> Any:
    """A `pyarrow.Table` as another shape; numbers without copies where the library can.

    Raises:
        DataError: There is no such shape, or its library cannot hold the table.
    """
    if shape not in _FROM_ARROW:
        raise DataError(
            f"{what}: a table cannot be had as {shape}", hint=f"ask for one of {_names()}"
        )
    if shape != PANDAS:
        table = without_unnamed_index(table)
    try:
        return _FROM_ARROW[shape](table, what)
    except TilthError:
        raise
    except Exception as error:  # each library has a tree of its own
        raise DataError(f"{what}: cannot be had as {shape}: {first_line(error)}") from error


def to_polars(table: Any, what: str) -> Any:
    """A `polars.DataFrame`."""
    return need("polars", what, extra="polars").from_arrow(table)


def to_lazy(table: Any, what: str) -> Any:
    """A `polars.LazyFrame` over what is in memory."""
    return to_polars(table, what).lazy()


def to_duckdb(table: Any, what: str) -> Any:
    """A relation of DuckDB's default connection, so that a function may join several."""
    duckdb = need("duckdb", what, extra="duckdb")
    if not table.num_columns:
        raise DataError(f"{what}: has no column, and DuckDB knows no such table")
    refuse_names((name.lower() for name in table.schema.names), f"{what}, in DuckDB")
    return duckdb.from_arrow(table)


def to_pandas(table: Any, what: str) -> Any:
    """A `pandas.DataFrame` with its own memory, which the user's function may change."""
    need("pandas", what, extra="pandas")
    refuse_names(table.schema.names, what)
    return table.to_pandas()


def to_numpy(table: Any, what: str) -> Any:
    """An array of shape (rows, columns), of the type that all columns fit in.

    Nulls of numeric columns become NaN.
    """
    numpy = need("numpy", what, extra="numpy")
    columns = [column.to_numpy() for column in table.columns]
    if not columns:
        return numpy.empty((table.num_rows, 0))
    try:
        return numpy.column_stack(columns)
    except TypeError as error:
        raise DataError(
            f"{what}: its columns have no common NumPy type: {first_line(error)}",
            hint="ask for a table instead of `numpy.ndarray`",
        ) from None


_FROM_ARROW = {
    PANDAS: to_pandas,
    POLARS: to_polars,
    LAZY: to_lazy,
    ARROW: lambda table, _: table,
    BATCHES: lambda table, _: table.to_reader(),
    DUCKDB: to_duckdb,
    NUMPY: to_numpy,
}


def rebatched(tables: Iterable[Any], what: str) -> Iterator[Any]:
    """The rows of many tables in batches of one size, whatever the pieces were.

    Yields:
        At least one `pyarrow.Table`; each but the last has `ROWS_AT_ONCE` rows.

    Raises:
        DataError: There is no piece, or one has other columns or types than the first.
    """
    pyarrow = need("pyarrow", what, extra="arrow")
    pieces = iter(tables)
    first = next(pieces, None)
    if first is None:
        raise DataError(
            f"{what}: a generator yielded nothing, so the columns are unknown",
            hint="yield an empty table at least",
        )
    waiting, n_rows, is_new = [first], first.num_rows, True
    for piece in pieces:
        refuse_other_schema(first.schema, piece.schema, what)
        waiting.append(piece.replace_schema_metadata(first.schema.metadata))
        n_rows += piece.num_rows
        if n_rows >= ROWS_AT_ONCE:
            joined = pyarrow.concat_tables(waiting)
            n_rows %= ROWS_AT_ONCE
            yield from _cut(joined.slice(0, joined.num_rows - n_rows))
            waiting, is_new = [joined.slice(joined.num_rows - n_rows)], False
    if n_rows or is_new:
        yield from _cut(pyarrow.concat_tables(waiting))


def _cut(table: Any) -> Iterator[Any]:
    for start in range(0, max(table.num_rows, 1), ROWS_AT_ONCE):
        yield table.slice(start, ROWS_AT_ONCE)


def refuse_other_schema(first: Any, other: Any, what: str) -> None:
    """Raise where a chunk has another schema than the first one."""
    if first.equals(other):
        return
    if first.names != other.names:
        raise DataError(
            f"{what}: a chunk has the columns {_list(other.names)}, "
            f"the first one had {_list(first.names)}"
        )
    differing = next(name for name in first.names if first.field(name) != other.field(name))
    raise DataError(
        f"{what}: in a chunk, column `{differing}` is {other.field(differing).type}, "
        f"in the first one it was {first.field(differing).type}",
        hint="cast the column before yielding it",
    )


def refuse_names(names: Iterable[Any], what: str) -> None:
    """Raise where two columns share a name, or where a name would end in its middle."""
    seen: set[Any] = set()
    for name in names:
        if isinstance(name, str) and "\0" in name:  # Polars panics, C libraries cut the name
            raise DataError(f"{what}: the name of column {name!r} holds a zero character")
        if name in seen:
            raise DataError(
                f"{what}: two columns are named `{name}`", hint="rename one of them first"
            )
        seen.add(name)


_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")


def unnamed_index(names: Iterable[str]) -> list[str]:
    """The columns that hold a pandas index without a name; only pandas wants them back."""
    return [name for name in names if _UNNAMED_INDEX.fullmatch(name)]


def without_unnamed_index(table: Any) -> Any:
    """The table without what only pandas wants back."""
    extra = unnamed_index(table.schema.names)
    return table.drop_columns(extra) if extra else table


def first_line(error: BaseException) -> str:
    """What a library complains of, cut to a line."""
    lines = str(error).strip().splitlines()
    shown = lines[0] if lines else type(error).__name__
    return shown if len(shown) <= 200 else f"{shown[:197]}..."


def _names_of(value: Any, shape: str) -> Iterable[Any]:
    if shape == LAZY:
        names: Iterable[Any] = value.collect_schema().names()
    elif shape in (ARROW, BATCHES):
        names = value.schema.names
    else:
        names = value.columns if shape in TABLES else ()
    return names


def _from_polars(frame: Any) -> Any:
    polars = need("polars", "a polars.DataFrame", extra="polars")
    if isinstance(frame, polars.LazyFrame):
        frame = frame.collect()
    return frame.to_arrow(compat_level=polars.CompatLevel.oldest())


def _names() -> str:
    return ", ".join(f"`{shape}`" for shape in TABLES)


def _list(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return f"{shown} ..." if len(names) > 8 else shown


def pieces(chunks: Iterable[Any], what: str) -> Iterator[Any]:
    """What a generator yields, in any shapes, as Arrow tables of one size."""
    tables = (table for chunk in chunks for table in chunks_of(chunk, shape_of(chunk), what))
    return rebatched(tables, what)


def convert(value: Any, shape: str, what: str) -> Any:
    """A table as another shape, through Arrow; the value itself where it has the shape.

    Args:
        value: Anything; only tables can change.
        shape: The dotted type that is asked for.
        what: Who asks, for errors: "dataset `trips`".

    Raises:
        DataError: The value cannot be had in this shape.
    """
    here = shape_of(value)
    if here == shape or shape in ("object", "typing.Any"):
        return value
    if here not in TABLES or shape not in (*TABLES, NUMPY):
        raise DataError(f"{what}: is a {here}, but asked for as {shape}")
    if shape == NUMPY and here in (PANDAS, POLARS):
        return value.to_numpy()
    if {here, shape} == {POLARS, LAZY}:
        return value.lazy() if shape == LAZY else value.collect()
    return from_arrow(to_arrow(value, here, what), shape, what)


def concatenated(values: Sequence[Any], shape: str, what: str) -> Any:
    """The rows of many tables of one shape in one, in the same shape.

    Raises:
        DataError: There is no table, or one has other columns or types than the first.
    """
    if not values:
        raise DataError(f"{what}: has no partition, so the columns are unknown")
    try:
        return _JOIN[shape](values, what)
    except TilthError:
        raise
    except Exception as error:  # each library has a tree of its own
        raise DataError(
            f"{what}: its partitions do not fit together: {first_line(error)}",
            hint="give every partition the same columns, of the same types",
        ) from error


def _join_pandas(frames: Sequence[Any], what: str) -> Any:
    pandas = need("pandas", what, extra="pandas")
    for frame in frames:
        if list(frame.columns) != list(frames[0].columns):  # pandas would fill up with nulls
            raise ValueError(f"columns {list(frame.columns)} and {list(frames[0].columns)}")
    counted = all(shape_of(frame.index) == "pandas.RangeIndex" for frame in frames)
    return pandas.concat(frames, ignore_index=counted)


def _join_polars(frames: Sequence[Any], what: str) -> Any:
    joined = need("polars", what, extra="polars").concat(frames)
    joined.collect_schema()  # else a scan would complain only when it is read
    return joined


def _join_arrow(tables: Sequence[Any], what: str) -> Any:
    return need("pyarrow", what, extra="arrow").concat_tables(tables)


def _join_batches(readers: Sequence[Any], what: str) -> Any:
    arrow = need("pyarrow", what, extra="arrow")
    for reader in readers:
        refuse_other_schema(readers[0].schema, reader.schema, what)
    batches = (batch for reader in readers for batch in reader)
    return arrow.RecordBatchReader.from_batches(readers[0].schema, batches)


def _join_duckdb(relations: Sequence[Any], what: str) -> Any:
    joined = relations[0]
    for relation in relations[1:]:
        if relation.columns != joined.columns:  # DuckDB would join them by position
            raise ValueError(f"columns {relation.columns} and {joined.columns}")
        joined = joined.union(relation)
    return joined


_JOIN = {
    PANDAS: _join_pandas,
    POLARS: _join_polars,
    LAZY: _join_polars,
    ARROW: _join_arrow,
    BATCHES: _join_batches,
    DUCKDB: _join_duckdb,
}
