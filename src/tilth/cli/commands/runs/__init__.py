"""Look at the history: what ran, when, why, and with what result."""

from __future__ import annotations

from tilth.cli.group import group

__all__ = ["runs"]


@group(
    package="tilth.cli.commands.runs",
    examples=(
        ("tilth runs ls", "the latest"),
        ("tilth runs show 12", "each node with its reason, its time and what it made"),
        ("tilth runs diff 11 12", "exactly what differs"),
    ),
)
def runs() -> None:
    """Look at the history: what ran, when, why, and with what result."""
