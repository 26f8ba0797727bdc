"""Propose a contract from data, and compare contracts."""

from __future__ import annotations

from tilth.cli.group import group

__all__ = ["contract"]


@group(
    package="tilth.cli.commands.data.contract",
    examples=(
        ("tilth data contract infer trips", "propose one, to review"),
        ("tilth data contract diff trips@HEAD trips", "what was changed since the last commit"),
    ),
)
def contract() -> None:
    """Propose a contract from data, and compare contracts."""
