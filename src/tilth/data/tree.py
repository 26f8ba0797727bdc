"""Plain trees: values that JSON gives back just as they were."""

from __future__ import annotations

from math import isfinite
from typing import Any

_LONGEST_INT = 10**4000
"""Python refuses to read a longer one (`sys.get_int_max_str_digits`)."""

_DEEPEST = 200
"""Levels; the reader of the standard library gives up at about a thousand."""


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
    return _odd(value, where, _DEEPEST) or (where, "nested too deeply")


def _odd(value: Any, where: str, levels: int) -> tuple[str, str] | None:
    if levels == 0:
        return where.partition("[")[0], "nested too deeply, or part of itself"
    if type(value) is list:
        parts = [(f"{where}[{number}]", each) for number, each in enumerate(value)]
    elif type(value) is dict:
        odd_key = next((key for key in value if type(key) is not str), None)
        if odd_key is not None or None in value:
            return f"a key of {where}", f"{odd_key!r:.40} ({type(odd_key).__name__})"
        parts = [(f"{where}[{key!r:.40}]", each) for key, each in value.items()]
    elif _is_plain(value, 0):
        return None
    else:
        shown = f" {value!r}" if type(value) is float else ""
        return where, f"{type(value).__name__}{shown}"
    found = (_odd(each, place, levels - 1) for place, each in parts if not is_plain_tree(each))
    return next((each for each in found if each), None)
