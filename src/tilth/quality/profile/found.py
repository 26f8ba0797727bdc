"""What a scan finds, row by row: how many, where, and what stands there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tilth.quality.profile.column import shown_text
from tilth.quality.profile.defect import Defect, DefectKind

_EXAMPLES = 3


class Found:
    """Rows that have something in common, gathered batch by batch."""

    def __init__(self, most_rows: int) -> None:
        """Keep the numbers of so many rows."""
        self._most = most_rows
        self.n = 0
        self.rows: list[int] = []
        self.examples: list[str] = []

    def see(self, rows: NDArray[np.int64], values: Iterable[object] = ()) -> None:
        """More rows, by number, rising; and some of the values that stand there."""
        self.n += len(rows)
        self.rows += rows[: self._most - len(self.rows)].tolist()
        for value in values:
            if len(self.examples) == _EXAMPLES:
                break
            if (text := shown_text(value)) not in self.examples:
                self.examples.append(text)

    def defect(
        self, kind: DefectKind, column: str, reason: str, of: int, *, other: str = ""
    ) -> Defect:
        """What was found, as a defect."""
        return Defect(
            kind=kind,
            column=column,
            n=self.n,
            rows=tuple(self.rows),
            of=of,
            reason=reason,
            examples=tuple(self.examples),
            other=other,
        )
