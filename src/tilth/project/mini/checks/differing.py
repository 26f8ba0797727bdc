"""Where two values of a dataset differ: in which columns of a table, at which paths of a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TIMES = frozenset(
    {"seconds", "second", "milliseconds", "minutes", "duration", "elapsed", "took", "timestamp"}
    | {"time", "ms", "us", "ns", "latency", "speed"}
)
"""Words for what is another number each time that it is measured."""


def differing(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """The paths at which two values differ; `value` for the whole where they have no parts."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            path = f"{where}.{key}" if where else str(key)
            yield from differing(one.get(key), other.get(key), path)
    elif _has_columns(one) and _has_columns(other) and list(one.columns) == list(other.columns):
        for name in one.columns:
            if not one[name].equals(other[name]):
                yield f"{where}.{name}" if where else str(name)
    elif _is_list(one) and _is_list(other) and len(one) == len(other):
        found = (path for a, b in zip(one, other, strict=True) for path in differing(a, b, where))
        yield from dict.fromkeys(found)
    elif not _is_same(one, other):
        yield where or "value"


def is_a_time(path: str) -> bool:
    """Whether a path speaks of how long something took, or when it was.

    Example:
        >>> from tilth.project.mini.checks.differing import is_a_time
        >>> is_a_time("tree.fit_seconds"), is_a_time("tree.auc")
        (True, False)
    """
    return not _TIMES.isdisjoint(re.split(r"[^a-z]+", path.lower()))


def _has_columns(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "equals")


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if hasattr(one, "dtype"):
        import numpy as np

        return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 - NaN is not itself
