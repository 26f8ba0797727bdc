"""A sample of a table's rows, drawn while they pass by."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray


class RowSample:
    """So many rows of a table, each set of them as likely as any other, in their order.

    A row's number and the seed decide its place in line: the rows with the lowest numbers there
    are kept. So the draw depends on neither batches nor threads.

    References:
        S. K. Thompson, "Sampling", 3rd edition, Wiley 2012, section 2.1 (a simple random sample
        are the units with the smallest of random numbers); the numbers are those of G. Steele,
        D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """

    def __init__(self, size: int, seed: int = 0) -> None:
        """Keep so many rows."""
        self._size = size
        self._seed = np.uint64(seed & 0xFFFFFFFFFFFFFFFF)
        self._frames: list[pl.DataFrame] = []
        self._numbers: NDArray[np.int64] = np.zeros(0, np.int64)
        self._keys: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self.n_rows = 0

    def see(self, batch: pl.DataFrame) -> None:
        """The next rows of the table."""
        numbers = np.arange(self.n_rows, self.n_rows + batch.height)
        self.n_rows += batch.height
        keys = mixed(numbers.astype(np.uint64), self._seed)
        if len(self._keys) >= self._size:
            chosen = np.flatnonzero(keys < self._keys.max())
        else:
            chosen = np.arange(len(keys))
        if len(chosen) > self._size:
            chosen = np.sort(chosen[np.argpartition(keys[chosen], self._size)[: self._size]])
        self._frames.append(batch if len(chosen) == batch.height else batch[chosen])
        self._numbers = np.concatenate((self._numbers, numbers[chosen]))
        self._keys = np.concatenate((self._keys, keys[chosen]))
        if len(self._keys) > self._size:
            self._prune()

    def _prune(self) -> None:
        kept = np.sort(np.argpartition(self._keys, self._size)[: self._size])
        self._frames = [pl.concat(self._frames)[kept]]
        self._numbers, self._keys = self._numbers[kept], self._keys[kept]

    @property
    def frame(self) -> pl.DataFrame:
        """The rows."""
        if len(self._frames) != 1:
            self._frames = [pl.concat(self._frames)] if self._frames else [pl.DataFrame()]
        return self._frames[0]

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Where they stand in the table, counted from 0, rising; shape (n,)."""
        return self._numbers


def mixed(numbers: NDArray[np.uint64], seed: np.uint64) -> NDArray[np.uint64]:
    """Numbers that look random, one for each number, all different; shape (n,)."""
    found = (numbers + seed) * np.uint64(0x9E3779B97F4A7C15)
    found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return found ^ (found >> np.uint64(31))
