"""Python objects of several types in one column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import polars as pl

from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.found import Found

_USUAL = 0.5


class ObjectCells:
    """Looks for values of another type than most others have."""

    def __init__(self, name: str, sample: pl.Series, most_rows: int) -> None:
        self._name, self._n = name, 0
        counts = Counter(type(each).__name__ for each in sample.to_list() if each is not None)
        usual, n = counts.most_common(1)[0] if counts else ("", 0)
        self._usual = usual if n > _USUAL * counts.total() else ""
        self._found = Found(most_rows)

    def see(self, batch: pl.DataFrame, start: int) -> None:
        """The next rows of the table, from row number `start`."""
        values = batch[self._name].to_list()
        self._n += sum(each is not None for each in values)
        if not self._usual:
            return
        odd = [i for i, e in enumerate(values) if e is not None and type(e).__name__ != self._usual]
        self._found.see(np.array(odd, np.int64) + start, (values[i] for i in odd))

    def defects(self) -> Iterator[Defect]:
        """What was found, once all rows were seen."""
        if self._found.n:
            reason = f"most others are of type `{self._usual}`"
            yield self._found.defect(DefectKind.MIXED_TYPES, self._name, reason, self._n)
