"""Which versions of a library a range such as `>=1.5, <2` allows."""

from __future__ import annotations

import re
from collections.abc import Sequence

ANY = "any"
"""Every version."""

_PART = re.compile(r"(>=|<=|==|!=|~=|>|<)?\s*v?(\d+(?:\.\d+)*)(\.\*)?\s*((?:a|b|rc|\.?dev)\d+)?$")
_FOUND = re.compile(r"v?(?:\d+!)?(\d+(?:\.\d+)*)[-_.]?(a|b|rc|alpha|beta|c|pre|dev)?")
_BEFORE = {"dev": -4, "a": -3, "alpha": -3, "b": -2, "beta": -2, "rc": -1, "c": -1, "pre": -1}

_Version = tuple[tuple[int, ...], int]
"""Its numbers, and below zero where it comes before the release of these."""


def mistake(text: str) -> str | None:
    """What is wrong with a range, as the end of a sentence; None for nothing."""
    if text == ANY:
        return None
    for each in text.split(","):
        part = _PART.match(each.strip())
        if part is None:
            return "is no range of versions"
        if part[3] and part[1] not in (None, "==", "!="):
            return f"cannot have `.*` after `{part[1]}`"
    return None


def allows(text: str, version: str) -> bool:
    """Whether a range allows a version; a number alone allows those that begin with it.

    What comes after a release (`.post1`, `+cu118`) counts as that release.

    Args:
        text: As `>=1.5, <2`, `==1.7.*`, `~=2.1`, `3.11`, or `any`.
        version: As it is installed.

    Example:
        >>> from tilth.config.version_range import allows
        >>> allows(">=1.5, <2", "1.7.2"), allows("3.11", "3.11.4"), allows("3.1", "3.11.4")
        (True, True, False)
    """
    if text == ANY:
        return True
    found = _of(version)
    return found is not None and all(_holds(each.strip(), found) for each in text.split(","))


def _of(version: str) -> _Version | None:
    found = _FOUND.match(version)
    if found is None:
        return None
    return _numbers(found[1]), _BEFORE.get(found[2] or "", 0)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _holds(text: str, found: _Version) -> bool:
    part = _PART.match(text)
    assert part is not None, "ranges are looked at when they are read"
    sign, numbers, early = part[1], _numbers(part[2]), part[4] or ""
    wanted = numbers, _BEFORE.get(re.sub(r"[\d.]", "", early), 0)
    if sign is None or part[3]:
        return _begins(found, numbers) != (sign == "!=")
    if sign == "~=":
        return _order(found, wanted) >= 0 and _begins(found, numbers[:-1] or numbers)
    order = _order(found, wanted)
    return {
        ">=": order >= 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">": order > 0,
        "<": order < 0,
    }[sign]  # fmt: skip


def _begins(found: _Version, numbers: Sequence[int]) -> bool:
    n = len(numbers)
    return (*found[0], *(0,) * n)[:n] == tuple(numbers)


def _order(one: _Version, other: _Version) -> int:
    n = max(len(one[0]), len(other[0]))
    first, second = (((*each[0], *(0,) * n)[:n], each[1]) for each in (one, other))
    return (first > second) - (first < second)
