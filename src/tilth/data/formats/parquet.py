"""Parquet files: tables by column, compressed; only what is asked for is read."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, BinaryIO, ClassVar

from tilth.data import table as tables
from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.normal import batch_of, normal
from tilth.data.options import Option, checked, count, one_of, texts
from tilth.data.shape import BATCHES, DUCKDB, LAZY, PATH, POLARS, TABLES, shape_of
from tilth.data.source import copy_file
from tilth.errors import DataError, suggestion

__all__ = ["Parquet"]

_READ: dict[str, Option] = {"columns": texts()}

_WRITE: dict[str, Option] = {
    "compression": one_of("zstd", "snappy", "gzip", "none", default="zstd"),
    "row_group": count(1 << 20, least=1),
}


class Parquet:
    """A table in a Parquet file.

    Options for `read`: `columns` (only these). For `write`: `compression` (`zstd`, `snappy`,
    `gzip` or `none`) and `row_group` (rows that are compressed together).
    """

    suffix: ClassVar[str] = ".parquet"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = (*TABLES, PATH)
    shapes: ClassVar[tuple[str, ...]] = tables.SHAPES

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        columns = checked("format `parquet`, `read`", read, _READ)["columns"]
        self._columns = [columns] if isinstance(columns, str) else columns and list(columns)
        self._write = checked("format `parquet`, `write`", write, _WRITE)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The table, by the reader of the library that the shape belongs to."""
        shape = tables.default_shape(shape)
        if shape == PATH:
            return source.path()
        file = _opened(source)
        _refuse_missing(self._columns, file.schema_arrow.names, source.name)
        if shape == BATCHES:
            return self._batches(file)
        if shape in (POLARS, LAZY):
            return self._polars(source, file, lazy=shape == LAZY)
        if shape == DUCKDB and _is_plain(str(source.path()), file.schema_arrow.names):
            return self._duckdb(source, file)
        return tables.from_arrow(self._arrow(file, source.name), shape, source.name)

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the table; the same rows give the same bytes."""
        shape = shape_of(value)
        if shape == PATH:
            copy_file(value, stream)
        elif shape in tables.STREAMED:
            self.write_chunks(stream, [value])
        else:
            table = normal(tables.to_arrow(value, shape, "format `parquet`"))
            self._write_pieces(stream, [table], _with_categories(table))

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Write tables one after the other, each some row groups."""
        pieces = tables.pieces(chunks, "format `parquet`")
        self._write_pieces(stream, map(normal, pieces), {})

    def _write_pieces(
        self, stream: BinaryIO, pieces: Iterable[Any], notes: Mapping[bytes, bytes]
    ) -> None:
        parquet = need("pyarrow.parquet", "format `parquet`", extra="parquet")
        arrow = need("pyarrow", "format `parquet`", extra="parquet")
        writer = None
        for piece in pieces:
            table = piece.replace_schema_metadata({**(piece.schema.metadata or {}), **notes})
            try:
                if writer is None:
                    writer = self._writer(parquet, stream, table.schema)
                writer.write_table(table, row_group_size=self._write["row_group"])
            except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError) as error:
                raise DataError(
                    f"format `parquet`: cannot hold this table: {tables.first_line(error)}",
                    hint="change the type of the column, or use `format: arrow`",
                ) from error
        assert writer is not None, "there is at least one piece, if only an empty one"
        writer.close()

    def _writer(self, parquet: Any, stream: BinaryIO, schema: Any) -> Any:
        # All that shapes the bytes is said here, so that no new default changes them.
        return parquet.ParquetWriter(
            stream,
            schema,
            version="2.6",
            compression=self._write["compression"],
            compression_level=3 if self._write["compression"] == "zstd" else None,
            data_page_version="1.0",
            use_dictionary=True,
            write_statistics=True,
            store_schema=True,
        )

    def _arrow(self, file: Any, name: str) -> Any:
        arrow = need("pyarrow", name, extra="parquet")
        try:
            return _as_written(arrow, file.read(columns=self._columns))
        except (arrow.ArrowException, OSError) as error:
            raise _damaged(name, error) from None

    def _batches(self, file: Any) -> Any:
        arrow = need("pyarrow", "format `parquet`", extra="parquet")
        unnamed = tables.unnamed_index(file.schema_arrow.names)
        names = self._columns or [name for name in file.schema_arrow.names if name not in unnamed]
        schema = arrow.schema([file.schema_arrow.field(name) for name in names])
        batches = file.iter_batches(batch_size=tables.ROWS_AT_ONCE, columns=names)
        plain = (batch.replace_schema_metadata(None) for batch in batches)
        return arrow.RecordBatchReader.from_batches(schema, plain)

    def _polars(self, source: Source, file: Any, *, lazy: bool) -> Any:
        polars = need("polars", f"{source.name} as polars", extra="polars")
        unnamed = tables.unnamed_index(file.schema_arrow.names)
        frame = polars.scan_parquet(source.path(), glob=False, hive_partitioning=False)
        if self._columns or unnamed:
            frame = frame.select(self._columns) if self._columns else frame.drop(unnamed)
        if lazy:
            return frame
        try:
            return frame.collect()
        except polars.exceptions.PolarsError as error:
            raise _damaged(source.name, error) from None

    def _duckdb(self, source: Source, file: Any) -> Any:
        duckdb = need("duckdb", f"{source.name} as a DuckDB relation", extra="duckdb")
        unnamed = tables.unnamed_index(file.schema_arrow.names)
        relation = duckdb.read_parquet(str(source.path()), hive_partitioning=False)
        names = self._columns or [name for name in file.schema_arrow.names if name not in unnamed]
        if names == file.schema_arrow.names:
            return relation
        return relation.select(*(duckdb.ColumnExpression(name) for name in names))


def _opened(source: Source) -> Any:
    arrow = need("pyarrow", f"{source.name} (format `parquet`)", extra="parquet")
    parquet = need("pyarrow.parquet", "format `parquet`", extra="parquet")
    try:
        return parquet.ParquetFile(arrow.BufferReader(arrow.py_buffer(source.content())))
    except (arrow.ArrowException, OSError) as error:
        raise _damaged(source.name, error) from None


def _is_plain(path: str, names: list[str]) -> bool:
    """Whether DuckDB would neither take the path for a pattern nor rename a column."""
    folded = {name.lower() for name in names}
    return not set("*?[]") & set(path) and 0 < len(names) == len(folded)


_EMPTY = b"tilth.empty"
"""Metadata: a batch without rows, with the types and categories that Parquet may forget."""


def _with_categories(table: Any) -> dict[bytes, bytes]:
    """Metadata that keeps the categories, used or not, in their order; none without such."""
    arrow = need("pyarrow", "format `parquet`", extra="parquet")
    if not any(map(arrow.types.is_dictionary, table.schema.types)):
        return {}
    empty = normal(table.slice(0, 0))
    stream = BytesIO()
    with arrow.ipc.new_stream(stream, empty.schema) as writer:
        writer.write_batch(batch_of(empty))
    return {_EMPTY: b64encode(stream.getvalue())}


def _as_written(arrow: Any, table: Any) -> Any:
    """The table with the very types that it was written with, where Tilth wrote it."""
    metadata = dict(table.schema.metadata or {})
    kept = metadata.pop(_EMPTY, None)
    if kept is None:
        return table
    empty = arrow.ipc.open_stream(b64decode(kept)).read_all()
    for number, name in enumerate(table.schema.names):
        position = empty.schema.get_field_index(name)
        if position < 0 or not arrow.types.is_dictionary(empty.schema.field(position).type):
            continue
        column = _recoded(arrow, table[name], empty[name])
        field = table.schema.field(name).with_type(column.type)
        table = table.set_column(number, field, column)
    return table.replace_schema_metadata(metadata)


def _recoded(arrow: Any, column: Any, empty: Any) -> Any:
    """A column with the categories of another one."""
    compute = need("pyarrow.compute", "format `parquet`", extra="parquet")
    kind, words = empty.type, empty.chunk(0).dictionary
    numbers = compute.index_in(column.cast(kind.value_type), value_set=words).combine_chunks()
    if numbers.null_count != column.null_count:  # other rows: somebody else wrote the file anew
        return column
    return arrow.DictionaryArray.from_arrays(
        numbers.cast(kind.index_type), words, ordered=kind.ordered
    )


def _refuse_missing(wanted: list[str] | None, names: list[str], name: str) -> None:
    for column in wanted or []:
        if column not in names:
            raise DataError(
                f"{name}: there is no column `{column}`",
                hint=suggestion(column, names, kind="column"),
            )


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(
        f"{name}: expected a Parquet file, found something else or only a part: "
        f"{tables.first_line(error)}"
    )
