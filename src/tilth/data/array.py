"""What lies in arrays beside their values."""

from __future__ import annotations

from typing import Any

from tilth.data.library import need


def without_padding(array: Any) -> Any:
    """The same array with zeros in the gaps that structured types leave between fields.

    The gaps hold whatever was in memory before, and would be written with the rest.
    """
    names = array.dtype.names
    if not names or sum(array.dtype[name].itemsize for name in names) == array.dtype.itemsize:
        return array
    fresh = need("numpy", "an array", extra="numpy").zeros(array.shape, array.dtype)
    for name in names:
        fresh[name] = without_padding(array[name])
    return fresh
