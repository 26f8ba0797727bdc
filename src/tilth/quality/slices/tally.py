"""Counting rows and adding errors of many conjunctions at once, by bit sets.

A basic slice is a row of a matrix: which rows of the table are in it. Inside of a conjunction
the rows outside of it are dropped and the rest is packed anew, eight rows to a byte, so that the
deeper the search goes, the less there is to read.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tilth.record import record

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Rows = NDArray[np.bool_]
Words = NDArray[np.uint64]

_CHUNK = 1 << 17
"""How many words are held at once: 1 MB, which stays in the processor's cache."""


@record(kw_only=False)
class Sums:
    """What conjunctions amount to; all arrays have one shape.

    Attributes:
        count: How many rows.
        size: Sum of their weights.
        error: Sum of their weighted errors.
    """

    count: Floats
    size: Floats
    error: Floats

    def at(self, where: NDArray[np.bool_] | Indices) -> Sums:
        """Some of them."""
        return Sums(self.count[where], self.size[where], self.error[where])


class Tally(Protocol):
    """What can be counted inside of one conjunction (at first the empty one, all rows)."""

    def single(self) -> Sums:
        """Each basic slice alone, shape (n_items,)."""
        ...

    def pairs(self, start: int, stop: int) -> Sums:
        """Basic slices `start` to `stop` with each from `start` on, shape (stop - start, rest)."""
        ...

    def within(self, item: int, kept: Indices) -> Tally:
        """Inside of one more basic slice, with some of the others."""
        ...


def tally_of(rows: Rows, error: Floats, weights: Floats | None) -> Tally:
    """Count by the cheapest way: by bits alone where errors are 0 or 1 and rows weigh the same.

    Args:
        rows: Which rows are in each basic slice, shape (n_items, n_rows).
        error: Of each row, times its weight, shape (n_rows,), on a grid that makes sums exact.
        weights: Of each row; None where all are 1.
    """
    # Rows without an error come last, so that every selection of rows keeps the two apart.
    order = np.argsort(error == 0, kind="stable")
    rows, error = rows[:, order], error[order]
    if weights is None and bool((error[error != 0] == 1).all()):
        return BitTally(rows, int((error != 0).sum()))
    return SumTally(rows, error, None if weights is None else weights[order])


class BitTally:
    """Errors are 0 or 1: two counts for each conjunction, one among the failures."""

    def __init__(self, rows: Rows, n_failed: int) -> None:
        """Pack.

        Args:
            rows: Shape (n_items, n_rows); the rows that failed come first.
            n_failed: How many those are.
        """
        self._rows = rows
        self._n_failed = n_failed
        self._failed = packed(rows[:, :n_failed])
        self._passed = packed(rows[:, n_failed:])

    def single(self) -> Sums:
        """As the protocol says."""
        failed = self._rows[:, : self._n_failed].sum(axis=1, dtype=float)
        count = self._rows.sum(axis=1, dtype=float)
        return Sums(count, count, failed)

    def pairs(self, start: int, stop: int) -> Sums:
        """As the protocol says."""
        failed = common(self._failed, start, stop)
        count = failed + common(self._passed, start, stop)
        return Sums(count, count, failed)

    def within(self, item: int, kept: Indices) -> BitTally:
        """As the protocol says."""
        inside = np.flatnonzero(self._rows[item])
        n_failed = int(np.searchsorted(inside, self._n_failed))
        return BitTally(_part(self._rows, kept, inside), n_failed)


class SumTally:
    """Any errors and weights: rows are counted by bits, the others added by matrix products."""

    def __init__(self, rows: Rows, error: Floats, weights: Floats | None) -> None:
        """Pack.

        Args:
            rows: Shape (n_items, n_rows); the rows with an error come first.
            error: Shape (n_rows,).
            weights: Shape (n_rows,); None where all are 1.
        """
        self._rows, self._error, self._weights = rows, error, weights
        self._packed = packed(rows)
        self._n_failed = int(np.count_nonzero(error))

    def single(self) -> Sums:
        """As the protocol says."""
        count = self._rows.sum(axis=1, dtype=float)
        error = self._rows @ self._error
        return Sums(count, count if self._weights is None else self._rows @ self._weights, error)

    def pairs(self, start: int, stop: int) -> Sums:
        """As the protocol says."""
        count = common(self._packed, start, stop)
        failed = self._rows[:, : self._n_failed]
        error = _products(failed, self._error[: self._n_failed], start, stop)
        if self._weights is None:
            return Sums(count, count, error)
        return Sums(count, _products(self._rows, self._weights, start, stop), error)

    def within(self, item: int, kept: Indices) -> SumTally:
        """As the protocol says."""
        inside = np.flatnonzero(self._rows[item])
        weights = None if self._weights is None else self._weights[inside]
        return SumTally(_part(self._rows, kept, inside), self._error[inside], weights)


def _part(rows: Rows, items: Indices, columns: Indices) -> Rows:
    """Some items, some columns: one item after the other, as that reads memory in order."""
    found = np.empty((items.size, columns.size), bool)
    for at, item in enumerate(items):
        # `clip` checks no index, and these need no check; else `take` fills a buffer first.
        rows[item].take(columns, out=found[at], mode="clip")
    return found


def packed(rows: Rows) -> Words:
    """Bits in words of 64, shape (n_items, n_words); the bits that are left over are 0."""
    n_items, n_rows = rows.shape
    bits = np.zeros((n_items, -(-n_rows // 64) * 8), np.uint8)
    bits[:, : -(-n_rows // 8)] = np.packbits(rows, axis=1)
    return bits.view(np.uint64)


def common(bits: Words, start: int, stop: int) -> Floats:
    """How many bits sets `start` to `stop` share with each from `start` on.

    Only what is above the diagonal is to be relied on.
    """
    n_items, n_words = bits.shape
    found = np.zeros((stop - start, n_items - start))
    height = max(1, min(stop - start, _CHUNK // max(1, found.shape[1] * n_words)))
    width = max(1, min(n_words, _CHUNK // found.shape[1]))
    for first in range(start, stop, height):
        last, at = min(first + height, stop), first - start
        for word in range(0, n_words, width):
            part = bits[first:, word : word + width]
            both = part[: last - first, None, :] & part[None, :, :]
            counts = np.bitwise_count(both).sum(axis=2, dtype=np.uint32)
            found[at : last - start, at:] += counts
    return found


def _products(rows: Rows, values: Floats, start: int, stop: int) -> Floats:
    """Sums of `values` over the rows that sets `start` to `stop` share with the others."""
    n_items, n_rows = rows.shape
    found = np.zeros((stop - start, n_items - start))
    step = max(1024, _CHUNK // n_items)
    for row in range(0, n_rows, step):
        part = rows[start:, row : row + step].astype(float)
        found += (part[: stop - start] * values[row : row + step]) @ part.T
    return found
