"""Say which versions are at work."""

from __future__ import annotations

import platform
import sys

import tilth
from tilth import installed
from tilth.cli.command import Invocation, command
from tilth.cli.output import show, show_json, table

__all__ = ["version"]

_LIBRARIES = (
    "polars",
    "pandas",
    "pyarrow",
    "duckdb",
    "numpy",
    "scikit-learn",
    "skops",
    "matplotlib",
)


@command(
    examples=(
        ("tilth version", "of Tilth, of Python, and of the libraries it can work with"),
        ("tilth version --json", "the same for a bug report"),
    )
)
def version(invocation: Invocation) -> None:
    """Say which versions are at work."""
    found = {"tilth": tilth.__version__, "python": platform.python_version()}
    there = installed.environment()
    found |= {each: there[each] for each in _LIBRARIES if each in there}
    if invocation.json:
        show_json({**found, "platform": sys.platform})
    else:
        show(table(found.items()))
