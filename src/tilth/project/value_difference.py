"""Where two values of one kind differ: columns of a table, or keys of plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tilth.data.shape import PANDAS, POLARS, shape_of


def places_that_differ(one: Any, other: Any) -> list[str]:
    """Names of columns, or dotted keys, that differ; nothing where that cannot be told.

    Positions in a list are left out, so that a list of numbers is one place.
    """
    shape = shape_of(one)
    if shape != shape_of(other):
        return []
    if shape in (POLARS, PANDAS):
        return _columns(one, other)
    return list(dict.fromkeys(each for each in _walk(one, other, "") if each))


def _columns(one: Any, other: Any) -> list[str]:
    names = dict.fromkeys([*map(str, one.columns), *map(str, other.columns)])
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return list(names) if len(one) == len(other) else ["the number of rows"]
    return [name for name in names if not one[name].equals(other[name])]


def _walk(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            inside = f"{path}.{key}" if path else str(key)
            if key not in one or key not in other:
                yield inside
            else:
                yield from _walk(one[key], other[key], inside)
    elif _is_list(one) and _is_list(other) and len(one) == len(other):
        for a, b in zip(one, other, strict=True):
            yield from _walk(a, b, path)
    elif type(one) is not type(other) or one != other:
        yield path


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
