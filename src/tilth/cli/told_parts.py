"""Parts of an answer on the screen: figures and bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.cli.output import paint


def share(value: float, most: float, told: Mapping[str, Any], *, width: int) -> tuple[str, str]:
    """What a column adds or takes away, and a bar for it."""
    sign = "+" if value >= 0 else "-"
    colour = "cyan" if value >= 0 else "yellow"
    return f"{sign}{number(abs(value), told)}", bar(abs(value), most, colour, width=width)


def number(value: float, told: Mapping[str, Any]) -> str:
    """To three places for chances, to four digits for anything else."""
    return f"{value:.3f}" if told["scale"] in ("chance", "lead") else f"{value:.4g}"


def bar(value: float, most: float, colour: str, *, width: int) -> str:
    """A bar that has its full width, in characters, where the value is the most."""
    return paint("█" * min(width, max(1, round(width * value / most))), colour)
