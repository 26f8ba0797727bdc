"""Which format keeps a value that no catalog entry names."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tilth.data.library import is_installed
from tilth.data.metrics import Metrics
from tilth.data.shape import LAZY, NUMPY, ONNX, PANDAS, PATH, POLARS, TABLES, is_open_file, shape_of
from tilth.data.tree import is_plain_tree
from tilth.errors import DataError


def best_format(value: Any) -> str | None:
    """The format that keeps an undeclared value just as it is.

    Returns:
        A format's name; None for what cannot outlive its process. `pickle` is the fallback,
        and may still find something inside a value that cannot be pickled.

    Raises:
        DataError: It is a path: what lies there is on no record.
    """
    if type(value) in _PLAIN:
        return _format_of_plain(value)
    shape = shape_of(value)
    if shape == PATH:
        raise DataError(
            f"a path was returned (`{value.name}`), but the file is not a declared dataset",
            hint="declare it in the catalog with a format, or return what is in the file",
        )
    if shape in TABLES:
        return "arrow" if _fits_arrow(value, shape) else "pickle"
    if shape == NUMPY:
        return "pickle" if value.dtype.hasobject else "numpy"
    if shape == ONNX:
        return "onnx"
    if shape in _BOUND or isinstance(value, ModuleType) or is_open_file(value):
        return None
    return _format_of_plain(value)


_PLAIN = frozenset({bool, int, float, str, bytes, list, dict, type(None)})

_BOUND = frozenset(
    {
        "generator",
        "async_generator",
        "coroutine",
        "_thread.lock",
        "_thread.RLock",
        "threading.Thread",
        "socket.socket",
        "sqlite3.Connection",
        "sqlite3.Cursor",
        "duckdb.DuckDBPyConnection",
        "memoryview",
        "mmap.mmap",
        "weakref.ReferenceType",
    }
)
"""Types that mean something in one process only."""

# `threading.Lock` is a function, before Python 3.13.
_WRITTEN = frozenset(
    {"threading.Lock", "threading.RLock", "_thread.allocate_lock", "types.ModuleType"}
)
_STREAMS = ("io.", "typing.IO", "typing.TextIO", "typing.BinaryIO")


def is_said_to_be_bound(annotation: str) -> bool:
    """Whether an annotation names a type whose values mean something in one process only."""
    name = annotation.partition("[")[0]
    return name in _BOUND or name in _WRITTEN or name.startswith(_STREAMS)


def _format_of_plain(value: Any) -> str:
    if type(value) is bytes:
        return "bytes"
    if type(value) is Metrics:
        return "metrics"
    if type(value) is str:
        return "text" if _is_unicode(value) else "json"
    return "json" if is_plain_tree(value) else "pickle"


def _is_unicode(text: str) -> bool:
    """Whether it can be encoded: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fits_arrow(value: Any, shape: str) -> bool:
    """Whether a table would come back from Arrow with the very same types."""
    if not is_installed("pyarrow"):
        return False
    if shape == PANDAS:
        return _pandas_fits(value)
    if shape in (POLARS, LAZY):
        schema = value.schema if shape == POLARS else value.collect_schema()
        return not any(str(kind) in _POLARS_ALONE for kind in schema.values())
    return True


_POLARS_ALONE = {"Object", "Object('object')", "Int128", "UInt128", "Float16"}
"""Types of Polars that Arrow lacks."""


def _pandas_fits(frame: Any) -> bool:
    names = frame.columns
    if names.nlevels > 1 or not all(type(name) is str for name in names) or frame.attrs:
        return False
    if not names.is_unique or names.name is not None:
        return False
    index = frame.index
    if index.nlevels > 1 or getattr(index, "freq", None) is not None:
        return False  # Arrow forgets that dates are evenly spaced
    return all(_dtype_fits(dtype) for dtype in (*frame.dtypes, index.dtype))


def _dtype_fits(dtype: Any) -> bool:
    name = str(dtype)
    if name == "string":
        return getattr(dtype, "storage", "") != "python"
    return dtype.kind in "biufmM" or name in ("str", "category")
