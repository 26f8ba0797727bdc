"""Shapes: the dotted names of the types that values have and functions ask for.

Nothing is imported to tell a shape; a library that made a value is loaded already.
"""

from __future__ import annotations

import sys
from io import BytesIO, IOBase, StringIO
from typing import Any

from tilth.record import record

PANDAS = "pandas.DataFrame"
POLARS = "polars.DataFrame"
LAZY = "polars.LazyFrame"
ARROW = "pyarrow.Table"
BATCHES = "pyarrow.RecordBatchReader"
DUCKDB = "duckdb.DuckDBPyRelation"
NUMPY = "numpy.ndarray"
PATH = "pathlib.Path"
ONNX = "tilth.quality.conversion.OnnxModel"

TABLES = (POLARS, PANDAS, ARROW, LAZY, BATCHES, DUCKDB)
"""Shapes that have named columns."""

_TABLES = frozenset(TABLES)

_PATHS = {"PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "PurePath"}


@record
class Description:
    """What a value is like, in few words.

    Attributes:
        shape: Its dotted type.
        rows: How many rows or elements, where that is known without work.
        columns: How many columns, for tables and two-dimensional arrays.
        n_bytes: What it holds in memory, where that is known without work.
        text: For people: "336,776 x 19 polars.DataFrame".
    """

    shape: str
    rows: int | None
    columns: int | None
    n_bytes: int | None
    text: str


def shape_of(value: Any) -> str:
    """The public dotted name of a value's type, such as `polars.DataFrame` or `dict`."""
    return name_of_type(type(value))


def name_of_type(kind: type) -> str:
    """The shortest dotted name under which a loaded module offers a type.

    Types live deep in their libraries (`polars.dataframe.frame.DataFrame`); people know them
    by a shorter name, and the long one changes between versions.
    """
    module, name = kind.__module__, kind.__qualname__
    if module == "builtins":
        return name
    if module.startswith("pathlib") and name in _PATHS:
        return PATH
    parts = module.split(".")
    for length in range(1, len(parts)):
        prefix = ".".join(parts[:length])
        loaded = sys.modules.get(prefix)
        # Through `vars`, as modules that load lazily would import on a mere look.
        if loaded is not None and vars(loaded).get(name) is kind:
            return f"{prefix}.{name}"
    return f"{module}.{name}"


def is_table(shape: str) -> bool:
    """Whether values of this shape have named columns."""
    return shape in _TABLES


def is_open_file(value: Any) -> bool:
    """Whether it is a stream that lives outside of memory."""
    return isinstance(value, IOBase) and not isinstance(value, (BytesIO, StringIO))


def describe(value: Any) -> Description:
    """Say what a value is like, without going through it."""
    shape = shape_of(value)
    rows, columns = _extent(value, shape)
    return Description(
        shape=shape,
        rows=rows,
        columns=columns,
        n_bytes=_n_bytes(value, shape),
        text=_told(shape, rows, columns, value),
    )


def _extent(value: Any, shape: str) -> tuple[int | None, int | None]:
    if shape in (PANDAS, POLARS):
        return int(value.shape[0]), int(value.shape[1])
    if shape == ARROW:
        return int(value.num_rows), int(value.num_columns)
    if shape == NUMPY:
        columns = int(value.shape[1]) if value.ndim == 2 else None
        return (int(value.shape[0]) if value.ndim else None), columns
    if shape in (BATCHES, DUCKDB):
        return None, len(value.schema if shape == BATCHES else value.columns)
    return (len(value) if _has_length(value, shape) else None), None


def _has_length(value: Any, shape: str) -> bool:
    plain = (list, tuple, dict, set, frozenset, str, bytes, bytearray)
    return type(value) in plain or shape in ("pandas.Series", "polars.Series")


def _n_bytes(value: Any, shape: str) -> int | None:
    if shape == PANDAS:
        return int(value.memory_usage(index=True).sum())
    if shape in (POLARS, "polars.Series"):
        return int(value.estimated_size())
    if shape in (ARROW, NUMPY, "pandas.Series"):
        return int(value.nbytes)
    if type(value) in (bytes, bytearray, str):
        return sys.getsizeof(value)
    return None


def _told(shape: str, rows: int | None, columns: int | None, value: Any) -> str:
    if shape == NUMPY:
        extent = " x ".join(f"{length:,}" for length in value.shape) or "one"
        return f"{extent} {shape} of {value.dtype}"
    if rows is not None and columns is not None:
        return f"{rows:,} x {columns:,} {shape}"
    if columns is not None:
        return f"? x {columns:,} {shape}"
    if rows is None:
        return shape
    unit = {"str": "character", "bytes": "byte", "bytearray": "byte"}.get(shape)
    if unit:
        return f"{rows:,} {unit}{'' if rows == 1 else 's'} of {shape}"
    return f"{shape} of {rows:,}"
