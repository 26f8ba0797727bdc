"""Look at the data, any version of it."""

from __future__ import annotations

from tilth.cli.group import group

__all__ = ["data"]


@group(
    package="tilth.cli.commands.data",
    examples=(
        ("tilth data ls", "what there is"),
        ("tilth data head trips", "its first rows"),
        ("tilth data profile trips", "what is in it, and what to do with it"),
        ("tilth data versions trips", "every version that was made or read"),
        ("tilth data check", "whether it keeps its contracts"),
        ("tilth data order train --rows 40", "a sheet for people who collect more"),
    ),
)
def data() -> None:
    """Look at the data, any version of it."""
