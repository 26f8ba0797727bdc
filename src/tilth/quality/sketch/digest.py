"""64-bit digests of values, the same on every machine and in every version of every library."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Digests = NDArray[np.uint64]

_FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(_FACTOR, -1, 1 << 64)
_BLOCK = 1 << 20
"""Bytes of text that are digested at a time: 8 bytes of memory, some six times, for each."""


def of_numbers(values: NDArray[Any]) -> Digests:
    """The digest of each number, shape (n,); equal numbers of different types have the same.

    A number counts as the float64 that equals it; whole numbers beyond 2^53 that no float64
    equals count by their own bits.
    """
    floats = values.astype(np.float64) + 0.0  # -0.0 becomes 0.0
    bits = floats.view(np.uint64)
    if values.dtype.kind in "iu" and len(values) and np.abs(floats).max() > 2.0**53:
        # 2^64 itself is no uint64: what rounds up to it is not equal to it either.
        bits = np.where(_same(floats, values), bits, values.view(np.uint64))
    return _mixed(bits)


def of_texts(texts: pl.Series) -> Digests:
    """The digest of each text, from its UTF-8 bytes, shape (n,).

    The bytes are the coefficients of a polynomial modulo 2^64, taken at an odd number; one
    running sum over all texts together serves all of them. Longer texts than a block
    (1 MiB) are digested one by one, with BLAKE2b.

    Args:
        texts: Of type String, without nulls.
    """
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    found = np.zeros(len(texts), np.uint64)
    long = np.flatnonzero(lengths > _BLOCK)
    for place in long.tolist():
        found[place] = _of_long(texts[place])
    short = np.flatnonzero(lengths <= _BLOCK)
    ends = np.cumsum(lengths[short])
    if not len(ends):
        return found
    room = min(int(ends[-1]), 2 * _BLOCK) + 1
    powers, inverses = _powers(_FACTOR, room), _powers(_INVERSE, room)
    for places in np.split(short, np.flatnonzero(np.diff(ends // _BLOCK)) + 1):
        some = texts if len(places) == len(texts) else texts.gather(places)
        found[places] = _of_block(some, lengths[places], powers, inverses)
    return found


def _of_block(
    texts: pl.Series, lengths: NDArray[np.int64], powers: Digests, inverses: Digests
) -> Digests:
    joined = np.frombuffer((texts.str.join("").item() or "").encode(), np.uint8)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    terms = (joined + np.uint64(1)) * powers[: len(joined)]
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(terms)))
    # The sum over one text holds the power of its start as a factor: take it out.
    polynomial = (sums[ends] - sums[starts]) * inverses[starts]
    return _mixed(polynomial + lengths.astype(np.uint64))


def _powers(base: int, n: int) -> Digests:
    """base^0, base^1, ... modulo 2^64, shape (n,)."""
    factors = np.full(n, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)


def _of_long(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _same(floats: NDArray[np.float64], values: NDArray[Any]) -> NDArray[np.bool_]:
    within = np.abs(floats) < (2.0**63 if values.dtype.kind == "i" else 2.0**64)
    back = np.where(within, floats, 0).astype(values.dtype)
    same: NDArray[np.bool_] = within & (back == values)
    return same


def _mixed(bits: Digests) -> Digests:
    """Every bit depends on all: the finaliser of SplitMix64.

    References:
        G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators",
        OOPSLA 2014, figure 16 (mix64variant13).
    """
    bits = bits + np.uint64(_FACTOR)
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits
