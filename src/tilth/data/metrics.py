"""Metrics: scalars, intervals, curves and tables, as one plain tree.

- A scalar is a number or truth value, also of NumPy.
- An interval is a dict or an object with `value`, `low` and `high`.
- A curve or a table is a dict of lists of one length, or a data frame.
- A dict of metrics is a group; names join with dots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from tilth.data.shape import PANDAS, POLARS, shape_of
from tilth.errors import DataError

Flat = tuple[str, float | None, float | None, float | None, str | None]
"""Name, value, low, high, and a curve or table as JSON."""

_INTERVAL = {"value", "low", "high"}

_DEEPEST = 100


class Metrics(dict[str, Any]):
    """Metrics that need no entry in the catalog: what a node returns as such is on record.

    Raises:
        DataError: Something in it is no metric.
    """

    def __init__(self, value: Mapping[Any, Any] | None = None, **more: Any) -> None:
        super().__init__(plain({**(value or {}), **more}))


def flatten(value: Any) -> list[Flat]:
    """Every metric by its dotted name, in the order of the names.

    A value that is no group has the empty name.

    Raises:
        DataError: Something in it is no metric.
    """
    return sorted(_flat("", plain(value)), key=lambda metric: metric[0])


def to_json(value: Any, *, indent: int | None = None) -> str:
    """A plain tree as canonical JSON: sorted keys; NaN and infinity as `{"float": "nan"}`."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(
        _without_odd_floats(value),
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
    )


def from_json(text: str) -> Any:
    """The plain tree again."""
    return json.loads(text, object_hook=_with_odd_floats)


def plain(value: Any, where: str = "the metrics", levels: int = _DEEPEST) -> Any:
    """The same with None, bool, int, float, str, list and dict with text keys alone.

    Args:
        value: A metric, or a group of them.
        where: What the value is called in errors.
        levels: How deep it may go.

    Raises:
        DataError: Something in it is no metric.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if levels == 0:
        raise DataError(f"format `metrics`: {where} is nested too deeply, or part of itself")
    if isinstance(value, Mapping):
        return _plain_group(value, where, levels)
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [plain(each, f"{where}[{number}]", levels - 1) for number, each in enumerate(value)]
    unfolded = _unfolded(value)
    if unfolded is None:
        raise DataError(
            f"format `metrics`: {where} is {shape_of(value)}, which is no metric",
            hint="give numbers, intervals (`value`, `low`, `high`), lists or tables",
        )
    return plain(unfolded[0], where, levels - 1)


def _plain_group(group: Mapping[Any, Any], where: str, levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in group.items():
        name = str(key)
        if name in found:
            raise DataError(f"format `metrics`: {where} has two metrics named `{name}`")
        found[name] = plain(value, f"{where}[{name!r}]", levels - 1)
    return found


def _unfolded(value: Any) -> tuple[Any] | None:
    """A simpler form of a value from a library or of a record, in a box; None without one."""
    shape = shape_of(value)
    if shape in (POLARS, PANDAS):
        return (value.to_dict("list") if shape == PANDAS else value.to_dict(as_series=False),)
    if isinstance(value, (bool, int, float, str)):  # a subclass, such as an enumeration's
        base = next(kind for kind in (bool, int, float, str) if isinstance(value, kind))
        return (base(value),)
    if shape.startswith("numpy.") or shape in ("pandas.Series", "polars.Series"):
        return _unfolded_array(value)
    if isinstance(value, type):
        return None
    return _unfolded_record(value)


def _unfolded_record(value: Any) -> tuple[Any] | None:
    if hasattr(value, "_asdict"):
        return (value._asdict(),)
    if hasattr(type(value), "__dataclass_fields__"):
        from dataclasses import fields  # loads `inspect`, 10 ms

        names = [each.name for each in fields(value)]
        return ({name: getattr(value, name) for name in names},)
    if all(hasattr(value, name) for name in _INTERVAL):
        return ({name: getattr(value, name) for name in _INTERVAL},)
    return (value.isoformat(),) if hasattr(value, "isoformat") else None


def _unfolded_array(value: Any) -> tuple[Any] | None:
    if hasattr(value, "dtype") and getattr(value.dtype, "kind", "") in "mM":
        return (value.astype(str).tolist(),)
    if hasattr(value, "tolist"):
        return (value.tolist(),)
    return (value.to_list(),) if hasattr(value, "to_list") else None


def _flat(name: str, value: Any) -> Iterator[Flat]:
    number = _number(value)
    if number is not None:
        yield name, number, None, None, None
    elif _is_interval(value):
        yield (name, *(_number(value.get(end)) for end in ("value", "low", "high")), None)  # type: ignore[misc]  # mypy cannot count a generator
    elif isinstance(value, dict) and not _is_table(value):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}" if name else key, each)
    elif value is not None:
        yield name, None, None, None, to_json(value)


def _number(value: Any) -> float | None:
    if not isinstance(value, (bool, int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _is_interval(value: Any) -> bool:
    if not isinstance(value, dict) or "value" not in value or not value.keys() <= _INTERVAL:
        return False
    return len(value) > 1 and all(
        each is None or _number(each) is not None for each in value.values()
    )


def _is_table(value: dict[str, Any]) -> bool:
    """Whether it is columns of one length, rather than a group of metrics."""
    if not value or not all(isinstance(column, list) for column in value.values()):
        return False
    return len({len(column) for column in value.values()}) == 1


def _without_odd_floats(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return {"float": str(value)}
    if isinstance(value, list):
        return [_without_odd_floats(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_odd_floats(each) for name, each in value.items()}
    return value


def _with_odd_floats(found: dict[str, Any]) -> Any:
    if found.keys() == {"float"} and found["float"] in ("nan", "inf", "-inf"):
        return float(found["float"])
    return found
