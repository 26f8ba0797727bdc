"""How many different values a column has, mergeable: HyperLogLog."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tilth.record import record

_PRECISION = 11
_REGISTERS = 1 << _PRECISION
_LARGEST = 64 - _PRECISION + 1
"""The largest rank that a register can hold."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

STANDARD_ERROR = 1.04 / math.sqrt(_REGISTERS)
"""Relative standard error of an estimate: 2.3 %."""


@record
class Distinct:
    """2,048 registers: the longest run of zero bits seen in digests, by their other bits.

    Merging takes the larger of each pair: exactly associative and commutative, and merging a
    sketch with itself changes nothing.

    Attributes:
        registers: One letter each, of an alphabet of 64.

    References:
        P. Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation
        algorithm", AofA 2007; O. Ertl, "New cardinality estimation algorithms for HyperLogLog
        sketches", arXiv 1702.01284, 2017, algorithm 6 (the estimate, without bias tables).
    """

    registers: str = "A" * _REGISTERS

    @classmethod
    def of(cls, digests: NDArray[np.uint64]) -> Distinct:
        """From 64-bit digests, shape (n,), of which equal values have equal ones."""
        return cls(registers=_written(_largest_ranks(digests)))

    def merge(self, other: Distinct) -> Distinct:
        """Of both together."""
        return Distinct(
            registers=_written(np.maximum(_read(self.registers), _read(other.registers)))
        )

    @property
    def estimate(self) -> float:
        """About how many different digests were seen; relative standard error 2.3 %."""
        counts = np.bincount(_read(self.registers), minlength=_LARGEST + 1)
        if counts[0] == _REGISTERS:
            return 0.0
        z = _REGISTERS * _tau(1 - counts[_LARGEST] / _REGISTERS)
        for rank in range(_LARGEST - 1, 0, -1):
            z = 0.5 * (z + counts[rank])
        z += _REGISTERS * _sigma(counts[0] / _REGISTERS)
        return float(_REGISTERS * _REGISTERS / (2 * math.log(2) * z))


_CODES = np.full(128, 255, np.uint8)
_CODES[np.frombuffer(_LETTERS.encode(), np.uint8)] = np.arange(64)


def _read(registers: str) -> NDArray[np.uint8]:
    return _CODES[np.frombuffer(registers.encode("ascii"), np.uint8)]


def _written(registers: NDArray[np.uint8]) -> str:
    return np.frombuffer(_LETTERS.encode(), np.uint8)[registers].tobytes().decode("ascii")


def _largest_ranks(digests: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Register -> the largest rank among its digests, 0 for none; shape (2048,)."""
    if len(digests) > 256 * _REGISTERS:
        # Of many digests the eighth with ranks above 3 decides, if it reaches every register.
        rare = _largest_ranks_of_all(digests[digests & np.uint64(7 * _REGISTERS) == 0])
        if rare.min() > 0:
            return rare
    return _largest_ranks_of_all(digests)


def _largest_ranks_of_all(digests: NDArray[np.uint64]) -> NDArray[np.uint8]:
    place = (digests & np.uint64(_REGISTERS - 1)).astype(np.int64)
    rest = (digests >> np.uint64(_PRECISION)) | np.uint64(1 << (64 - _PRECISION))
    lowest = (rest & (~rest + np.uint64(1))).astype(np.float64)  # a power of two: exact
    rank = (lowest.view(np.int64) >> 52) - 1022
    seen = np.bincount(place * 64 + rank, minlength=_REGISTERS * 64) > 0
    ranks: NDArray[np.uint8] = np.where(seen.reshape(_REGISTERS, 64), np.arange(64), 0).max(axis=1)
    return ranks.astype(np.uint8)


def _sigma(x: float) -> float:
    """The sum x + x^2 + 2 x^4 + 4 x^8 + ... (Ertl, equation 13); x in [0, 1)."""
    y, z = 1.0, x
    while True:
        x *= x
        before, z = z, z + x * y
        y += y
        if z == before:
            return z


def _tau(x: float) -> float:
    """(1 - x - sum of (1 - x^(1/2^k))^2 / 2^k) / 3 (Ertl, equation 20); x in [0, 1]."""
    if x in (0.0, 1.0):
        return 0.0
    y, z = 1.0, 1 - x
    while True:
        x = math.sqrt(x)
        before, y = z, 0.5 * y
        z -= (1 - x) ** 2 * y
        if z == before:
            return z / 3
