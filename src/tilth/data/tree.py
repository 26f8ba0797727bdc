"""Plain trees: values that JSON gives back just as they were."""

from __future__ import annotations

from math import isfinite
from typing import Any

_LONGEST_INT = 10**4000
"""Python refuses to read a longer one (`sys.get_int_max_str_digits`)."""

_DEEPEST = 100
"""Levels; each is a call within a call, and Python allows a thousand of these in all."""


def is_plain_tree(value: Any) -> bool:
    """Whether it is made of None, bool, int, finite float, str, list and dict alone.

    Subclasses, tuples, keys that are not text, NaN, rings and very deep values are not plain.
    """
    return _is_plain(value, _DEEPEST)


def _is_plain(value: Any, levels: int) -> bool:
    kind = type(value)
    if kind is float:
        return isfinite(value)
    if kind is int:
        return bool(-_LONGEST_INT < value < _LONGEST_INT)
    if kind is not list and kind is not dict:
        return kind is str or kind is bool or value is None
    if kind is dict and not all(type(key) is str for key in value):
        return False
    parts = value.values() if kind is dict else value
    return levels > 0 and all(_is_plain(each, levels - 1) for each in parts)


def odd_leaf(value: Any, where: str = "the value") -> tuple[str, str]:
    """Where the first thing that is not plain stands, and what it is.

    Args:
        value: A tree that is not plain.
        where: What the tree itself is called.
    """
    waiting = [(where, value, _DEEPEST)]
    while waiting:
        place, each, levels = waiting.pop()
        if levels < 0:
            break
        odd = _odd(place, each)
        if odd:
            return odd
        waiting.extend((*part, levels - 1) for part in reversed(_parts(place, each)))
    return where, "nested too deeply, or part of itself"


def _odd(where: str, value: Any) -> tuple[str, str] | None:
    kind = type(value)
    if kind is dict:
        keys = [key for key in value if type(key) is not str]
        shown = f"{keys[0]!r:.40} ({type(keys[0]).__name__})" if keys else ""
        return (f"a key of {where}", shown) if keys else None
    if kind is list or is_plain_tree(value):
        return None
    return where, f"{kind.__name__} {value!r}" if kind is float else kind.__name__


def _parts(where: str, value: Any) -> list[tuple[str, Any]]:
    if type(value) is dict:
        return [(f"{where}[{key!r:.40}]", each) for key, each in value.items()]
    if type(value) is list:
        return [(f"{where}[{number}]", each) for number, each in enumerate(value)]
    return []
