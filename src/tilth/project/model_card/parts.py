"""What a card consists of, before it is a page or a text: sentences, tables and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from tilth.project.model_card.facts import Card
from tilth.record import field, record


@record(kw_only=False)
class Words:
    """A sentence or more; names stand in backticks."""

    text: str


@record(kw_only=False)
class Gap:
    """Something that nothing is on record of, and the command that would fill it."""

    what: str
    command: str


@record(kw_only=False)
class Interval:
    """A number with its interval; ends are None where there is none."""

    value: float
    low: float | None
    high: float | None


Cell: TypeAlias = str | Interval


@record
class Grid:
    """A table.

    Attributes:
        head: Titles of the columns.
        rows: Of cells.
        numbers: Columns that hold numbers.
        more: How many rows were left out.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: tuple[int, ...] = ()
    more: int = 0


Part: TypeAlias = Words | Gap | Grid


@record
class Section:
    """A part of the card.

    Attributes:
        title: What it is about.
        parts: What it says.
        deep: Whether it is for readers who know the field.
    """

    title: str
    parts: Sequence[Part] = field(default_factory=list)
    deep: bool = False


MOST = 40
"""Rows of a table; `--json` has all."""


def more(rows: Sequence[Any]) -> int:
    """How many rows a table leaves out."""
    return max(0, len(rows) - MOST)


def dots(values: Sequence[Any], n: int) -> str:
    """Dots where not all are shown."""
    return " ..." if len(values) > n else ""


def some_of(levels: Sequence[Any]) -> str:
    """The first few of many."""
    return ", ".join(map(str, levels[:8])) + dots(levels, 8)


def name_of(card: Card) -> str:
    """As people write it: `late@3`."""
    return card.known.version.name
