"""How often each of n rows comes when n are drawn with replacement, at a fifth of the usual price.

Drawing positions and counting them costs a random whole number, a scattered write and two passes
for each row. Counts that are independent and Poisson are multinomial once their sum is known, and
these come from a table; what their sum lacks is drawn the usual way.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

Counts = NDArray[np.int32]

_CELLS = 1 << 16
_OPEN = -1
"""In the table: the count is not decided by the first 16 bits alone."""

_MOST = 40
"""No row is drawn more often: that of 10^9 rows one is has a chance of 10^-38."""

_SPARE = 4.0
"""By so many standard deviations the sum is aimed below n, so that it is seldom above."""


class Draws:
    """Resamples of rows as counts; exactly multinomial, each row being as likely as any other.

    Args:
        n_rows: How many rows there are, and how many are drawn.

    References:
        L. Devroye, Non-Uniform Random Variate Generation, 1986, sections III.2 (inversion with
        a guide table) and XI.1.4 (multinomial from Poisson).
    """

    def __init__(self, n_rows: int) -> None:
        self._n = n_rows
        rate = max(0.0, 1.0 - _SPARE / np.sqrt(n_rows))
        self._ends = poisson.cdf(np.arange(_MOST), rate)
        first = np.searchsorted(self._ends, np.arange(_CELLS) / _CELLS, side="right")
        last = np.searchsorted(self._ends, (np.arange(_CELLS) + 1) / _CELLS, side="left")
        self._table = np.where(first == last, first, _OPEN).astype(np.int32)

    def take(self, n_draws: int, generator: np.random.Generator) -> Counts:
        """Counts of some resamples, shape (n_draws, n_rows)."""
        cells = generator.integers(_CELLS, size=(n_draws, self._n), dtype=np.uint16)
        found = np.take(self._table, cells)
        is_open = np.flatnonzero(found == _OPEN)
        within = (cells.ravel()[is_open] + generator.random(is_open.size)) / _CELLS
        flat = found.reshape(-1)
        flat[is_open] = np.searchsorted(self._ends, within, side="right")
        lacking = self._n - found.sum(axis=1)
        above = np.flatnonzero(lacking < 0)
        lacking[above] = 0
        starts = np.repeat(np.arange(n_draws) * self._n, lacking)
        np.add.at(flat, starts + generator.integers(self._n, size=starts.size), 1)
        if above.size:  # one in thirty thousand; what it holds was not looked at but for its sum
            found[above] = self.take(above.size, generator)
        return found

    def parts(
        self, n_draws: int, per_part: int, seed: int
    ) -> Iterator[tuple[int, np.random.Generator]]:
        """How many to take at once, each time with a generator of its own."""
        starts = range(0, n_draws, per_part)
        generators = np.random.default_rng(seed).spawn(len(starts))
        for start, generator in zip(starts, generators, strict=True):
            yield min(per_part, n_draws - start), generator
