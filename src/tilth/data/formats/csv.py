"""CSV, also inside gzip or zip: read by Polars, whatever library the table is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from tilth.data import table as tables
from tilth.data.compression import COMPRESSIONS, compressed, decompressed
from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.options import (
    Option,
    character,
    checked,
    count,
    encoding,
    flag,
    one_of,
    text,
    texts,
)
from tilth.data.shape import LAZY, PATH, POLARS, TABLES, shape_of
from tilth.data.source import copy_file
from tilth.errors import DataError, DefinitionError, suggestion

__all__ = ["Csv"]

_READ: dict[str, Option] = {
    "separator": character(","),
    "quote": character('"'),
    "comment": text(),
    "has_header": flag(True),
    "columns": texts(),
    "names": texts(),
    "null_values": texts(),
    "types": Option(
        expects="types by column, such as `{year: int16}`",
        accepts=lambda value: (
            isinstance(value, Mapping)
            and all(isinstance(each, str) for pair in value.items() for each in pair)
        ),
    ),
    "parse_dates": flag(False),
    "decimal_comma": flag(False),
    "infer_rows": count(10_000, least=1),
    "skip_rows": count(0),
    "rows": count(),
    "encoding": encoding(),
}

_WRITE: dict[str, Option] = {
    "separator": character(","),
    "quote": character('"'),
    "header": flag(True),
    "null_value": text(""),
    "datetime_format": text(),
    "date_format": text(),
    "float_precision": count(),
    "compression": one_of(*COMPRESSIONS, default="none"),
}

_TYPES = {
    "bool": "Boolean",
    "str": "String",
    "int": "Int64",
    "float": "Float64",
    **{name.lower(): name for name in ("Int8", "Int16", "Int32", "Int64")},
    **{name.lower(): name for name in ("UInt8", "UInt16", "UInt32", "UInt64")},
    **{name.lower(): name for name in ("Float32", "Float64", "Boolean", "String")},
    **{name.lower(): name for name in ("Date", "Datetime", "Time", "Categorical")},
}
"""What `types` may say -> the type of Polars."""


class Csv:
    """A table as text with separators.

    One reader (Polars) serves all shapes, so that a node that asks for pandas sees the same
    types and the same nulls as one that asks for Polars.

    Options for `read`: `separator`, `quote`, `comment` (lines that begin so are left out),
    `has_header`, `columns` (only these), `names` (where there is no header), `null_values`
    (beside the empty field), `types` (`{year: int16}`), `parse_dates`, `decimal_comma`,
    `infer_rows` (how many rows the types are guessed from), `skip_rows`, `rows` (at most so
    many), `encoding`. For `write`: `separator`, `quote`, `header`, `null_value`,
    `datetime_format`, `date_format`, `float_precision`, `compression` (`none`, `gzip`, `zip`;
    by default what the location ends in).
    """

    suffix: ClassVar[str] = ".csv"
    exact: ClassVar[bool] = False
    types: ClassVar[tuple[str, ...]] = (*TABLES, PATH)
    shapes: ClassVar[tuple[str, ...]] = tables.SHAPES

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        self._read = checked("format `csv`, `read`", read, _READ)
        self._write = checked("format `csv`, `write`", write, _WRITE)
        _refuse_unknown_types(self._read["types"] or {})
        if self._read["names"] and self._read["has_header"]:
            raise DefinitionError(
                "format `csv`, `read`: option `names` goes with `has_header: false`",
                hint="leave `names` out, or say `skip_rows: 1` and `has_header: false`",
            )

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The table; scanned lazily where a `polars.LazyFrame` is asked for."""
        shape = tables.default_shape(shape)
        if shape == PATH:
            return source.path()
        frame = self._scan(source)
        if shape == LAZY:
            return frame
        table = self._collect(frame, source.name)
        if shape == POLARS:
            return table
        return tables.from_arrow(tables.to_arrow(table, POLARS, source.name), shape, source.name)

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write a header and the rows; a pandas index is kept only if it has a name."""
        if shape_of(value) == PATH:
            copy_file(value, stream)
        else:
            self.write_chunks(stream, [value])

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Write one header, then the rows of all chunks."""
        polars = need("polars", "format `csv`", extra="csv")
        with compressed(stream, self._write["compression"], "data.csv") as plain:
            header = self._write["header"]
            for piece in tables.pieces(chunks, "format `csv`"):
                frame = polars.from_arrow(tables.without_unnamed_index(piece))
                plain.write(self._text(frame, header=header).encode())
                header = False

    def _text(self, frame: Any, *, header: bool) -> str:
        polars = need("polars", "format `csv`", extra="csv")
        options = self._write
        try:
            text: str = frame.write_csv(
                None,
                include_header=header,
                separator=options["separator"],
                quote_char=options["quote"],
                null_value=options["null_value"],
                datetime_format=options["datetime_format"],
                date_format=options["date_format"],
                float_precision=options["float_precision"],
            )
        except polars.exceptions.PolarsError as error:
            raise DataError(
                f"format `csv`: cannot write this table: {tables.first_line(error)}",
                hint="CSV holds plain columns; use `format: parquet` for lists and structs",
            ) from None
        return text

    def _scan(self, source: Source) -> Any:
        polars = need("polars", f"{source.name} (format `csv`)", extra="csv")
        data = _in_utf8(source, self._read["encoding"])
        try:
            frame = polars.scan_csv(data, glob=False, **self._options(polars))
            names = frame.collect_schema().names()
        except polars.exceptions.NoDataError:
            raise DataError(f"{source.name}: is empty, without even a header") from None
        except polars.exceptions.PolarsError as error:
            raise _not_csv(source.name, error) from None
        return self._chosen(frame, names, source.name)

    def _chosen(self, frame: Any, names: list[str], name: str) -> Any:
        wanted = _as_list(self._read["columns"])
        for column in [*wanted, *(self._read["types"] or {})]:
            if column not in names:
                raise DataError(
                    f"{name}: there is no column `{column}`",
                    hint=suggestion(column, names, kind="column"),
                )
        return frame.select(wanted) if wanted else frame

    def _options(self, polars: Any) -> dict[str, Any]:
        said = self._read
        names = _as_list(said["names"])
        types = {
            column: getattr(polars, _TYPES[kind.lower()])
            for column, kind in (said["types"] or {}).items()
        }
        return {
            "separator": said["separator"],
            "quote_char": said["quote"],
            "comment_prefix": said["comment"],
            "has_header": said["has_header"],
            "null_values": _as_list(said["null_values"]) or None,
            "schema_overrides": types or None,
            "try_parse_dates": said["parse_dates"],
            "decimal_comma": said["decimal_comma"],
            "infer_schema_length": said["infer_rows"],
            "skip_rows": said["skip_rows"],
            "n_rows": said["rows"],
            "with_column_names": (lambda _: names) if names else None,
        }

    def _collect(self, frame: Any, name: str) -> Any:
        polars = need("polars", f"{name} (format `csv`)", extra="csv")
        try:
            return frame.collect()
        except polars.exceptions.PolarsError as error:
            raise _not_csv(name, error) from None


def _refuse_unknown_types(types: Mapping[str, str]) -> None:
    for column, kind in types.items():
        if kind.lower() not in _TYPES:
            raise DefinitionError(
                f"format `csv`, `read`: option `types` gives column `{column}` "
                f"the type `{kind}`, which there is not",
                hint=suggestion(kind.lower(), _TYPES, kind="type"),
            )


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _in_utf8(source: Source, name: str) -> bytes | Path:
    """The text in the one encoding that the reader knows; the file itself if it has it."""
    content = decompressed(source)
    if name.lower() in ("utf-8", "utf8"):
        return content if isinstance(content, bytes) and content else source.path()
    try:
        return bytes(content).decode(name).encode()
    except UnicodeDecodeError as error:
        raise DataError(f"{source.name}: expected text in {name}: {error}") from None


def _not_csv(name: str, error: Exception) -> DataError:
    return DataError(
        f"{name}: expected CSV: {tables.first_line(error)}",
        hint="say in the catalog what the file is like: `read: {separator: ..., "
        "null_values: [NA], types: {column: str}, infer_rows: ...}`",
    )
