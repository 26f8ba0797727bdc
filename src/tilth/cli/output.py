"""Answers go to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from time import localtime, strftime
from typing import Any, TextIO

_COLOUR = re.compile(r"\x1b\[\d+m")
_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def show(text: str = "") -> None:
    """Print a line of the answer."""
    print(text)


def say(text: str = "") -> None:
    """Print what is not the answer: progress, warnings, a summary."""
    print(text, file=sys.stderr, flush=True)


def show_json(answer: Any) -> None:
    """Print the answer for programs."""
    text = json.dumps(plain(answer), ensure_ascii=False, indent=2, default=str)
    print(text, flush=True)  # whoever reads it may wait for it while the command goes on


def plain(value: Any) -> Any:
    """The same without NaN and infinities, for which JSON has no words."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def is_coloured(stream: TextIO) -> bool:
    """Whether a person looks at it, who has not asked for plain text."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a colour, where the stream shows colours."""
    if not text or not is_coloured(stream or sys.stdout):
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def table(
    rows: Iterable[Sequence[str]], *, titles: Sequence[str] = (), right: Iterable[int] = ()
) -> str:
    """Rows with their columns aligned.

    Args:
        rows: Of texts; all of one length.
        titles: Of the columns.
        right: Columns that are aligned at their right, as numbers are.
    """
    every = [tuple(titles), *map(tuple, rows)] if titles else list(map(tuple, rows))
    if not every:
        return ""
    widths = [max(map(_width, column)) for column in zip(*every, strict=True)]
    aligned = frozenset(right)
    lines = [
        "  ".join(
            _padded(cell, width, i in aligned)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in every
    ]
    if titles:
        lines[0] = paint(lines[0], "dim")
    return "\n".join(lines)


def _width(cell: str) -> int:
    """How many columns of a terminal it takes, colours not counted."""
    return len(_COLOUR.sub("", cell)) if "\x1b" in cell else len(cell)


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


def duration(seconds: float) -> str:
    """A time as a person says it: `0.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds >= 0.05 else f"{seconds * 1000:.0f} ms"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(n_bytes: int | None) -> str:
    """Bytes as a person says them: `512 B`, `3.4 MB`."""
    if n_bytes is None:
        return ""
    amount = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def count(n: int | None) -> str:
    """A number as a person reads it: `336,776`; nothing for None."""
    return "" if n is None else f"{n:,}"


def plural(n: int, noun: str) -> str:
    """`1 node`, `2 nodes`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def clock(seconds: float) -> str:
    """When, as a person says it, in the time of this place: `2026-03-01 09:30`."""
    return strftime("%Y-%m-%d %H:%M", localtime(seconds))
