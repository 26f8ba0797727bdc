"""Whether a value was changed in place, told by a snapshot before and after.

Values are handed on in memory without a copy. A node that changes what it was given would
change it for others as well, and its record would name an input that never was.

Most values are known by a digest of their content. Columns of Polars never change: what seems
to write into one makes another, as long as somebody else holds the first. So its tables are
known by where their columns lie, with no look at the content.
"""

from __future__ import annotations

import pickle
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from blake3 import blake3

from tilth.data.library import is_installed, need
from tilth.data.shape import BATCHES, DUCKDB, LAZY, POLARS, name_of_type

if TYPE_CHECKING:
    import polars as pl

_ATOMS = frozenset(
    {type(None), bool, int, float, complex, str, bytes, type, range, slice}
    | {FunctionType, BuiltinFunctionType, ModuleType}
)

_IMMUTABLE = frozenset(
    {
        "pathlib.Path",
        "datetime.date",
        "datetime.datetime",
        "datetime.time",
        "datetime.timedelta",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        "re.Pattern",
        "pyarrow.Table",
        "pyarrow.RecordBatch",
        "pyarrow.ChunkedArray",
        "pyarrow.Schema",
        LAZY,
        BATCHES,  # read once, then empty: nothing to compare
        DUCKDB,
    }
)

_KNOWN = ("numpy", "pandas", "polars", "pyarrow", "sklearn", "scipy")
"""Libraries whose objects pickle to the same bytes as long as they mean the same."""


def snapshot_of(value: Any) -> Snapshot | None:
    """What a value is now, other than what it will be once it is changed in place.

    It holds within one process and says nothing of two values that are equal. Polars tables
    cost some microseconds a column; other tables and arrays go through a digest at the speed
    of memory. Nothing is copied.

    Returns:
        None for what cannot be changed, and for what gives no reliable digest.
    """
    if _is_immutable(value):
        return None
    if name_of_type(type(value)) == POLARS and is_installed("pyarrow"):
        holds_objects = need("polars", "a look at a table").Object in value.dtypes
        return None if holds_objects else _Columns(value)
    digest = _Digest()
    try:
        _Feeding(digest).dump(value)
    except Exception:  # an object of any make may refuse to be pickled, in its own way
        return None
    return digest.text()


class _Columns:
    """The columns that a Polars table had.

    It holds them, so that whoever writes into one gets another, elsewhere in memory.
    """

    __slots__ = ("_places", "_table")

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table.clone()
        self._places = [_places(each) for each in self._table.iter_columns()]

    __hash__ = None  # type: ignore[assignment]  # what it is equal to is found by looking

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Columns):
            return NotImplemented
        one, two = self._table, other._table
        if one.schema != two.schema or one.height != two.height:
            return False
        pairs = zip(one.iter_columns(), two.iter_columns(), strict=True)
        moved = [
            pair
            for pair, before, now in zip(pairs, self._places, other._places, strict=True)
            if before != now
        ]
        # They may have been brought together in memory, or Arrow got them as a copy.
        return all(_is_same(a, b) for a, b in moved)


def _is_same(one: pl.Series, two: pl.Series) -> bool:
    """Whether two columns hold the same, 0.0 and -0.0 told apart."""
    if not one.equals(two, check_dtypes=True):
        return False
    return not one.dtype.is_float() or (1 / one).equals(1 / two)


Snapshot: TypeAlias = str | _Columns
"""What a value was at some moment: equal to a later one if it is still the same."""


def _places(column: pl.Series) -> list[tuple[Any, ...]]:
    """Where a column's bytes lie: for each piece its length, offset, and buffers."""
    newest = need("polars", "a look at a table").CompatLevel.newest()  # others make copies
    pieces = [each.to_arrow(compat_level=newest) for each in column.get_chunks()]
    return [
        (len(each), each.offset, *[part and (part.address, part.size) for part in each.buffers()])
        for each in pieces
    ]


def _is_immutable(value: Any) -> bool:
    kind = type(value)
    if kind in _ATOMS:
        return True
    if kind is tuple or kind is frozenset:
        return all(map(_is_immutable, value))
    return name_of_type(kind) in _IMMUTABLE


class _Digest:
    """A file that keeps nothing but the digest of what is written."""

    def __init__(self) -> None:
        self._hash = blake3(max_threads=blake3.AUTO)

    def write(self, data: Any) -> int:
        self._hash.update(data)
        return len(data)

    def buffer(self, data: pickle.PickleBuffer) -> None:
        self._hash.update(data.raw())

    def text(self) -> str:
        return self._hash.hexdigest(20)


class _Feeding(pickle.Pickler):
    """Pickles into a digest; big buffers go there directly, without being copied."""

    def __init__(self, digest: _Digest) -> None:
        super().__init__(digest, 5, buffer_callback=digest.buffer)

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type):
            if _keeps_notes(value):
                raise pickle.PicklingError(f"{value} remembers what it was asked")
        elif name_of_type(type(value)) == POLARS and is_installed("pyarrow"):
            # Its own way of pickling writes a file; its buffers are at hand through Arrow.
            newest = need("polars", "a digest").CompatLevel.newest()
            return tuple, (list(value.to_arrow(compat_level=newest).columns),)
        return NotImplemented


def _keeps_notes(kind: type) -> bool:
    """Whether its objects change when they are merely looked at: `cached_property` does so."""
    if kind.__module__.partition(".")[0] in _KNOWN:
        return False
    return any(
        isinstance(member, cached_property)
        for parent in kind.__mro__
        for member in vars(parent).values()
    )
