"""Texts that repeat an earlier one but for little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tilth.quality.profile.sample import mixed

SHINGLE = 5
"""Characters in a row that are compared together."""

LEAST = 0.8
"""Two texts are near-duplicates that share so much of the shingles that either has."""

_BANDS, _PER_BAND = 12, 4
_LONGEST = 1_000
_MOST_CHARACTERS = 2_000_000
_MOST_PAIRS = 20_000

Hashes = NDArray[np.uint64]


def similar(texts: Sequence[str], *, least: float = LEAST, seed: int = 0) -> dict[int, int]:
    """Place of a text -> place of an earlier one that it nearly repeats.

    Case and white space do not count. Two texts are alike as the sets of their five-letter
    shingles are (Jaccard). Pairs are found by 12 bands of 4 minima each: of those that share
    80 % of their shingles, 998 in 1,000; then each is counted out. Of texts beyond 1,000
    characters the beginning is taken, and of many texts the first two million characters.

    Args:
        texts: All different.
        least: The likeness that is asked for, above 0.
        seed: Of the hash functions.

    References:
        A. Z. Broder, "On the resemblance and containment of documents", Compression and
        Complexity of Sequences 1997 (shingles and minima); J. Leskovec, A. Rajaraman,
        J. D. Ullman, "Mining of massive datasets", 3rd edition 2020, section 3.4 (bands; a pair
        of likeness s becomes a candidate with probability 1 - (1 - s^r)^b).
    """
    plain = [" ".join(each[:_LONGEST].casefold().split()) for each in texts]
    lengths = np.cumsum([len(each) for each in plain])
    plain = plain[: int(np.searchsorted(lengths, _MOST_CHARACTERS, "right"))]
    usable = [i for i, each in enumerate(plain) if len(each) >= SHINGLE]
    if len(usable) < 2:
        return {}
    shingles, starts = _shingles([plain[i] for i in usable])
    pairs = _candidates(_minima(shingles, starts, seed))
    ends = np.append(starts[1:], len(shingles))
    found: dict[int, int] = {}
    for first, later in pairs[:_MOST_PAIRS]:
        if usable[later] not in found:
            ours, theirs = (np.unique(shingles[starts[i] : ends[i]]) for i in (first, later))
            shared = len(np.intersect1d(ours, theirs, assume_unique=True))
            if shared >= least * (len(ours) + len(theirs) - shared):
                found[usable[later]] = usable[first]
    return found


def _shingles(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """A hash of each run of five characters, and where each text's begin."""
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    wide = letters.astype(np.uint64)
    n = len(wide) - SHINGLE + 1
    runs = np.zeros(n, np.uint64)
    for i in range(SHINGLE):
        runs = runs * np.uint64(0x100000001B3) + wide[i : i + n]
    lengths = np.array([len(each) for each in texts], np.int64)
    ends = np.cumsum(lengths)
    kept = np.ones(n, np.bool_)
    for i in range(1, SHINGLE):  # those that reach into the next text
        across = ends[:-1] - i
        kept[across[across < n]] = False
    counts = lengths - SHINGLE + 1
    return mixed(runs[kept], np.uint64(0)), np.cumsum(counts) - counts


def _minima(shingles: Hashes, starts: NDArray[np.int64], seed: int) -> Hashes:
    """Of each hash function the least value in each text; shape (n_texts, n_functions)."""
    keys = mixed(np.arange(1, _BANDS * _PER_BAND + 1, dtype=np.uint64), np.uint64(seed))
    columns = []
    for key in keys:
        values = (shingles ^ key) * np.uint64(0x9E3779B97F4A7C15)
        values ^= values >> np.uint64(32)
        columns.append(np.minimum.reduceat(values, starts))
    return np.stack(columns, 1)


def _candidates(minima: Hashes) -> list[tuple[int, int]]:
    """Pairs of texts whose minima are the same throughout a band, in order."""
    found: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        part = minima[:, band * _PER_BAND : (band + 1) * _PER_BAND]
        key = np.zeros(len(part), np.uint64)
        for column in part.T:
            key = mixed(key ^ column, np.uint64(band))
        order = np.argsort(key, kind="stable")
        same = np.concatenate(([False], key[order[1:]] == key[order[:-1]]))
        # Each with the first of its group: what is like many is told once.
        first = order[np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))]
        found.update(zip(first[same].tolist(), order[same].tolist(), strict=True))
        found.update(zip(order[:-1][same[1:]].tolist(), order[1:][same[1:]].tolist(), strict=True))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))
