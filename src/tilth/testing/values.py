"""Whether two values are the same, types included."""

from __future__ import annotations

import math
from typing import Any

from tilth.data.shape import ARROW, BATCHES, DUCKDB, LAZY, NUMPY, PANDAS, POLARS, shape_of


def drained(value: Any) -> Any:
    """A value with all that it would load later; a stream becomes a table."""
    shape = shape_of(value)
    if shape == LAZY:
        return value.collect()
    if shape == BATCHES:
        return value.read_all()
    return value.to_arrow_table() if shape == DUCKDB else value


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: types, order, nulls and NaN included."""
    one, other = drained(one), drained(other)
    shape = shape_of(one)
    if shape != shape_of(other):
        return False
    return _SAME.get(shape, _same_plain)(one, other)


def _same_polars(one: Any, other: Any) -> bool:
    return bool(one.schema == other.schema and one.equals(other))


def _same_pandas(one: Any, other: Any) -> bool:
    import pandas  # late: only who has such a table has the library

    try:
        pandas.testing.assert_frame_equal(one, other, check_exact=True)
    except AssertionError:
        return False
    return True


def _same_arrow(one: Any, other: Any) -> bool:
    return bool(one.schema.equals(other.schema) and same(one.to_pylist(), other.to_pylist()))


def _same_array(one: Any, other: Any) -> bool:
    import numpy  # late: only who has an array has the library

    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype.hasobject:
        return same(one.tolist(), other.tolist())
    return bool(numpy.array_equal(one, other, equal_nan=one.dtype.kind in "fcmM"))


def _same_plain(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


_SAME = {
    POLARS: _same_polars,
    PANDAS: _same_pandas,
    ARROW: _same_arrow,
    NUMPY: _same_array,
}
