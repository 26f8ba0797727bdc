"""Rows that copy a row which is there already, wholly or but for little.

In a table of few and coarse columns rows agree by chance; such rows are no copies. A match counts
where there are many more than rows would give whose columns are independent of one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.rows import (
    CLOSE,
    SURPRISE,
    Hashes,
    close_neighbours,
    collision_of,
    column_hashes,
    later_of,
    scaled_column,
    total_of,
)
from tilth.record import record

Mask = NDArray[np.bool_]


@record
class Copies:
    """Which rows copy others.

    Attributes:
        exact: Whether a row is the same as a known one, shape (n_rows,).
        within: Whether it is the same as an earlier one of the new rows.
        near: Whether it is the same as a known one but for one column, or but for rounding.
        but_for: Of those that are near, the column in which they differ; empty for rounding.
        by_chance: How many are the same as a known one as chance has it, and so are no copies.
    """

    exact: Mask
    within: Mask
    near: Mask
    but_for: tuple[str, ...]
    by_chance: int

    __hash__ = None  # type: ignore[assignment]  # arrays have none


def copies_of(new: pl.DataFrame, known: pl.DataFrame, like: pl.DataFrame | None = None) -> Copies:
    """Look for new rows among known ones.

    Numbers are equal but for rounding that differ by at most a thousandth of their column's
    standard deviation.

    Args:
        new: The rows, of the columns that tell rows apart: no key, no label.
        known: Rows that are there; of the same columns, of the same types.
        like: Rows of the same kind from which to tell how likely two agree by chance, where
            there are more of them than of the known.

    Raises:
        ValueError: The columns differ in names or types.
    """
    like = known if like is None or like.height < known.height else like
    for each in (known, like):
        if new.schema != each.schema:
            raise ValueError(f"columns {list(new.schema)} are compared with {list(each.schema)}")
    none = np.zeros(new.height, np.bool_)
    if not new.height or not new.width:
        return Copies(exact=none, within=none, near=none, but_for=("",) * new.height, by_chance=0)
    return _Search(new, known, like).found()


class _Search:
    """Hashes of both tables, and how likely rows agree in each column."""

    def __init__(self, new: pl.DataFrame, known: pl.DataFrame, like: pl.DataFrame) -> None:
        self._both = pl.concat([known, new])
        self._start, self._n = known.height, new.height
        hashes = column_hashes(self._both)
        self._hashes: Mapping[str, Hashes] = hashes
        self._total = total_of(hashes)
        within = later_of(self._total[self._start :])
        self._again = self._mask(within)
        usual = column_hashes(like)
        self._chances = {n: self._chance(each, usual[n]) for n, each in hashes.items()}

    def found(self) -> Copies:
        """All kinds; a row that is one kind is none of the next."""
        n_pairs = self._n * (self._n - 1) / 2
        within = self._again if self._odd(self._again, n_pairs, []) else np.zeros(self._n, bool)
        same = _among(self._total[self._start :], self._total[: self._start])
        odd = self._odd(same, self._n * self._start, [])
        exact = same if odd else np.zeros(self._n, bool)
        near, but_for = self._near(exact | within | same)
        return Copies(
            exact=exact,
            within=within & ~exact,
            near=near,
            but_for=tuple(but_for),
            by_chance=0 if odd else int(same.sum()),
        )

    def _near(self, taken: Mask) -> tuple[Mask, list[str]]:
        near, but_for = np.zeros(self._n, np.bool_), [""] * self._n
        for rows in self._rounded(taken):
            near |= rows
        for name, each in self._hashes.items():
            if len(self._hashes) < 3:  # nothing is left that would tell rows apart
                break
            rest = self._total - each
            same = _among(rest[self._start :], rest[: self._start]) & ~taken & ~near
            if self._odd(same, self._n * self._start, [name]):
                near |= same
                but_for = [name if hit else old for hit, old in zip(same, but_for, strict=True)]
        return near, but_for

    def _rounded(self, taken: Mask) -> Sequence[Mask]:
        floats = [s for s in self._both if s.dtype.is_float() and s.name in self._hashes]
        scaled = {s.name: found for s in floats if (found := scaled_column(s)) is not None}
        if not scaled:
            return []
        rest = self._total.copy()
        for name in scaled:
            rest -= self._hashes[name]
        lead = min(scaled, key=lambda name: self._chances[name])
        places = [close_neighbours(rest, scaled, lead, shift) for shift in (0.0, 0.5)]
        later = np.unique(np.concatenate(places)) - self._start
        rows = self._mask(later[later >= 0]) & ~taken
        # Two normal numbers are within d standard deviations by chance d / sqrt(pi) of the time.
        chance = float(CLOSE / np.sqrt(np.pi)) ** len(scaled)
        return [rows] if self._odd(rows, self._n * self._start, list(scaled), chance) else []

    def _odd(self, rows: Mask, pairs: float, without: list[str], chance: float = 1.0) -> bool:
        """Whether so many rows agree in all other columns as would not by chance."""
        others = [each for name, each in self._chances.items() if name not in without]
        expected = pairs * chance * float(np.prod(others))
        return bool(rows.any() and rows.sum() > SURPRISE * expected)

    def _chance(self, hashes: Hashes, usual: Hashes) -> float:
        """That two rows agree in a column, as usual, or of the new where these agree more.

        Rows that were collected for one town agree in the town.
        """
        fresh = np.unique(hashes[self._start :][~self._again], return_counts=True)[1]
        n = fresh.sum()
        among = float((fresh * (fresh - 1)).sum()) / (n * (n - 1.0)) if n > 1 else 0.0
        return max(collision_of(usual) if len(usual) > 1 else 0.0, among)

    def _mask(self, places: NDArray[np.int64]) -> Mask:
        rows = np.zeros(self._n, np.bool_)
        rows[places] = True
        return rows


def _among(keys: Hashes, known: Hashes) -> Mask:
    """Whether each key is among the known ones; ten times as fast as `numpy.isin`, which hashes."""
    if not len(known):
        return np.zeros(len(keys), np.bool_)
    ordered = np.sort(known)
    places = np.searchsorted(ordered, keys)
    found: Mask = ordered[np.minimum(places, len(ordered) - 1)] == keys
    return found
