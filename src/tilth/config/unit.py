"""Durations, sizes and shares as people write them: `1h 30m`, `512 MiB`, `2%`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

SECONDS: Mapping[str, float] = MappingProxyType(
    {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
)
"""What a duration is counted in."""

BYTES: Mapping[str, float] = MappingProxyType(
    {"B": 1}
    | {f"{letter}B": 1000.0**power for power, letter in enumerate("kMGTP", 1)}
    | {f"{letter}iB": 1024.0**power for power, letter in enumerate("KMGTP", 1)}
)
"""What a size is counted in."""

_PART = r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([^\W\d_]*)"
_OTHER_CASE = MappingProxyType({"KB": "kB"})


def seconds(value: float | str) -> float:
    """A duration in seconds; a bare number is one already.

    Raises:
        ValueError: It is not one; the message says why, without the text itself.
    """
    return _total(value, SECONDS, bare=1.0)


def n_bytes(value: float | str) -> float:
    """A size in bytes; a bare number is one already.

    Raises:
        ValueError: It is not one; the message says why, without the text itself.
    """
    return _total(value, BYTES, bare=1.0)


def share(value: float | str) -> float:
    """A share between 0 and 1: `2%`, or 0.02.

    Raises:
        ValueError: It is not one; the message says why, without the text itself.
    """
    text = value.strip() if isinstance(value, str) else ""
    try:
        found = float(text.removesuffix("%")) if text else float(value)
    except ValueError:
        raise ValueError("is not a share") from None
    found = found / 100 if text.endswith("%") else found
    if not 0 <= found <= 1:
        raise ValueError("is not between 0 and 1" if not text else "is not between 0 % and 100 %")
    return found


def _total(value: float | str, units: Mapping[str, float], bare: float) -> float:
    if isinstance(value, str):
        value = _parts(value, units, bare)
    if not math.isfinite(value) or value < 0:
        raise ValueError("is not a finite number of at least 0")
    return float(value)


def _parts(text: str, units: Mapping[str, float], bare: float) -> float:
    total, position, seen = 0.0, 0, list[float]()
    while position < len(text.rstrip()):
        part = re.match(_PART, text[position:])
        if part is None:
            raise ValueError("is not a number with a unit")
        unit = _OTHER_CASE.get(part[2], part[2])
        factor = (
            bare
            if not unit and not seen and position + part.end() == len(text)
            else units.get(unit)
        )
        if factor is None:
            raise ValueError(f"has the unit `{part[2]}`" if part[2] else "lacks a unit")
        if seen and factor >= seen[-1]:
            raise ValueError("does not go from large units to small ones")
        seen.append(factor)
        total += float(part[1]) * factor
        position += part.end()
    if not seen:
        raise ValueError("is empty")
    return total
