"""Arrow IPC files: a table as it lies in memory, so that reading it is mapping it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data import table as tables
from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.normal import batch_of, normal
from tilth.data.options import no_options
from tilth.data.shape import BATCHES, PATH, TABLES, shape_of
from tilth.data.source import copy_file
from tilth.errors import DataError

__all__ = ["Arrow"]


class Arrow:
    """A table in an Arrow IPC file, uncompressed.

    The default for tables that no catalog entry names: it forgets nothing of a pandas,
    Polars or Arrow table, and processes share it by mapping the same file.
    """

    suffix: ClassVar[str] = ".arrow"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = (*TABLES, PATH)
    shapes: ClassVar[tuple[str, ...]] = tables.SHAPES

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        no_options("arrow", read, write)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The table; numbers and strings of Arrow and Polars stay in the mapped file."""
        shape = tables.default_shape(shape)
        if shape == PATH:
            return source.path()
        reader = _opened(source)
        if shape == BATCHES and not tables.unnamed_index(reader.schema.names):
            return _streamed(reader)
        return tables.from_arrow(_all(reader, source.name), shape, source.name)

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the table as one batch, or what is streamed as batches of one size."""
        shape = shape_of(value)
        if shape == PATH:
            copy_file(value, stream)
        elif shape in tables.STREAMED and not tables.has_categories(value, shape):
            self.write_chunks(stream, [value])
        else:
            _write(stream, [tables.to_arrow(value, shape, "format `arrow`")])

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Write tables one after the other."""
        _write(stream, tables.pieces(chunks, "format `arrow`"))


def _write(stream: BinaryIO, pieces: Iterable[Any]) -> None:
    ipc = need("pyarrow.ipc", "format `arrow`", extra="arrow")
    writer = None
    for piece in pieces:
        table = normal(piece)
        if writer is None:
            options = ipc.IpcWriteOptions(unify_dictionaries=True)
            writer = ipc.new_file(stream, table.schema, options=options)
        _write_piece(writer, table)
    assert writer is not None, "there is at least one piece, if only an empty one"
    writer.close()


def _write_piece(writer: Any, table: Any) -> None:
    arrow = need("pyarrow", "format `arrow`", extra="arrow")
    try:
        # As a batch: of a table without rows nothing would be written, not even its categories.
        writer.write_batch(batch_of(table))
    except arrow.ArrowInvalid as error:
        raise DataError(
            f"format `arrow`: a chunk does not fit to the first one: {tables.first_line(error)}",
            hint="give a categorical column the same categories in each chunk, or cast it to text",
        ) from None


def _opened(source: Source) -> Any:
    arrow = need("pyarrow", f"{source.name} (format `arrow`)", extra="arrow")
    need("pyarrow.ipc", "format `arrow`", extra="arrow")
    try:
        return arrow.ipc.open_file(arrow.py_buffer(source.content()))
    except (arrow.ArrowInvalid, arrow.ArrowException, OSError) as error:
        raise _damaged(source.name, error) from None


def _all(reader: Any, name: str) -> Any:
    arrow = need("pyarrow", name, extra="arrow")
    try:
        table = reader.read_all()
        table.validate()
    except (arrow.ArrowException, OSError) as error:
        raise _damaged(name, error) from None
    return table


def _streamed(reader: Any) -> Any:
    arrow = need("pyarrow", "format `arrow`", extra="arrow")
    batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
    return arrow.RecordBatchReader.from_batches(reader.schema, batches)


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(
        f"{name}: expected an Arrow IPC file, found something else or only a part: "
        f"{tables.first_line(error)}"
    )
