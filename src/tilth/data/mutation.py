"""Whether a value was changed in place, told by a digest before and after.

Values are handed on in memory without a copy. A node that changes what it was given would
change it for others as well, and its record would name an input that never was.
"""

from __future__ import annotations

import pickle
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from blake3 import blake3

from tilth.data.library import is_installed, need
from tilth.data.shape import BATCHES, DUCKDB, LAZY, POLARS, name_of_type

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


def mutable_digest(value: Any) -> str | None:
    """A digest that changes when the value is changed in place.

    It holds within one process and says nothing of two values that are equal; tables and
    arrays go through it at the speed of memory, without a copy.

    Returns:
        None for what cannot be changed, and for what gives no reliable digest.
    """
    if _is_immutable(value):
        return None
    digest = _Digest()
    try:
        _Feeding(digest).dump(value)
    except Exception:  # an object of any make may refuse to be pickled, in its own way
        return None
    return digest.text()


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
