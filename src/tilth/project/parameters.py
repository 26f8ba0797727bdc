"""Parameters by their dotted paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def parameter(params: Mapping[str, Any], path: str) -> Any:
    """The parameter at a dotted path; all of them where it is empty.

    Raises:
        KeyError: There is none.
    """
    found: Any = params
    for part in path.split(".") if path else ():
        if not isinstance(found, Mapping):
            raise KeyError(path)
        found = found[part]
    return found


def parameter_names(params: Mapping[str, Any], prefix: str = "") -> list[str]:
    """All dotted paths."""
    names = []
    for name, value in params.items():
        names.append(prefix + str(name))
        if isinstance(value, Mapping):
            names += parameter_names(value, f"{prefix}{name}.")
    return names


def path_of(name: str) -> str:
    """`a.b` of `params:a.b`; empty for `params`, which is all of them."""
    return name.removeprefix("params").removeprefix(":")
