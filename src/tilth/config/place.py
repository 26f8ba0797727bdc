"""Where in a project's files something is written."""

from __future__ import annotations

from typing import NamedTuple

_COLUMNS = 1 << 16


class Place(NamedTuple):
    """One spot in one file; lines and columns count from 1.

    A tuple rather than a data class: a large project makes a hundred thousand of them.

    Attributes:
        file: Relative to the project's folder, with forward slashes; `--set` for what the
            command line overrides, where the line is the number of the override.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def spot(line: int, column: int) -> int:
    """A line and a column in one number, since every key and value carries two of them."""
    return line * _COLUMNS + min(column, _COLUMNS - 1)


def place(file: str, spot: int) -> Place:
    """The place that `spot` stands for."""
    return Place(file, spot // _COLUMNS, spot % _COLUMNS)
