"""Records of a profile as plain data, and back: what is kept as JSON is what was there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any, TypeVar

from tilth.record import fields_of

T = TypeVar("T")


def plain_value(value: Any) -> Any:
    """A value as JSON has it: days and times in ISO 8601, durations in seconds.

    What is not finite becomes None.
    """
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value


def as_plain(value: Any) -> Any:
    """A record, with all that it holds, as dicts, lists and scalars; defaults are left out."""
    if hasattr(value, "__record_fields__"):
        kept = {}
        for name, each in fields_of(value).items():
            held = getattr(value, name)
            if held != each.default:
                kept[name] = as_plain(held)
        return kept
    if isinstance(value, Mapping):
        return {str(key): as_plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(each) for each in value]
    return plain_value(value)


def from_plain(
    kind: Callable[..., T], stored: Mapping[str, Any], /, **parts: Callable[..., Any]
) -> T:
    """Back from `as_plain`; lists become tuples.

    Args:
        kind: The record.
        stored: Its fields.
        parts: Field -> what makes it, or each item of it, of plain data.
    """
    made: dict[str, Any] = {}
    for name, held in stored.items():
        make: Callable[[Any], Any] = parts.get(name, _tuples)
        made[name] = tuple(map(make, held)) if isinstance(held, list) else make(held)
    return kind(**made)


def _tuples(held: Any) -> Any:
    return tuple(map(_tuples, held)) if isinstance(held, list) else held
