"""The most frequent levels of a column, mergeable, with bounds on what is not known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.record import record

BUCKETS = 64
"""Number of counts that every level falls into one of, by its digest."""

CANDIDATES = 1024
"""How many levels of a batch are kept until all batches are seen."""

_LONGEST = 48
"""Bytes that a level's name may take in JSON."""


@record
class Level:
    """One level.

    Attributes:
        name: Its text; a long one is cut, and told apart by its digest: `The qu…5be0c1…`.
        at_least: It occurred so often or more often.
        at_most: It occurred so often or less often; the same where the count is exact.
    """

    name: str
    at_least: int
    at_most: int


@record
class Levels:
    """Counts of the most frequent levels, and of all of them in 64 buckets.

    While there are few levels all counts are exact. Where there are more than are kept, the
    bounds that come with them hold whatever was merged in which order, and the buckets stay
    exact: they are what two samples are compared by.

    Attributes:
        counts: Name -> it occurred at least so often; the most frequent first, then by name.
        doubt: A level among `counts` occurred at most so often more.
        unseen: A level that is not among `counts` occurred at most so often.
        buckets: Exact counts by six bits of the level's digest, 64 of them.

    References:
        J. Misra, D. Gries, "Finding repeated elements", Science of Computer Programming 2, 1982;
        P. K. Agarwal et al., "Mergeable summaries", PODS 2012, section 3 (counters that merge).
        Theirs take away from each count what is lost, so that one bound serves all; ours keep
        the counts and carry the two bounds, so that the counts of one batch are exact.
    """

    counts: Mapping[str, int]
    doubt: int = 0
    unseen: int = 0
    buckets: tuple[int, ...] = (0,) * BUCKETS

    @classmethod
    def of(cls, texts: pl.Series, counts: NDArray[np.int64], digests: NDArray[np.uint64]) -> Levels:
        """From every level of a batch, with its count and its digest, each of shape (n_levels,)."""
        bucket = (digests >> np.uint64(58)).astype(np.int64)
        sums = np.zeros(BUCKETS, np.int64)
        np.add.at(sums, bucket, counts)
        unseen, kept = 0, np.arange(len(counts))
        if len(counts) > CANDIDATES:
            unseen = int(np.partition(counts, -CANDIDATES - 1)[-CANDIDATES - 1])
            kept = np.flatnonzero(counts > unseen)
        names = map(_name, texts.gather(kept).to_list(), digests[kept].tolist())
        found = dict(zip(names, counts[kept].tolist(), strict=True))
        return cls(counts=_ranked(found), unseen=unseen, buckets=tuple(sums.tolist()))

    def __iter__(self) -> Iterator[Level]:
        for name, count in self.counts.items():
            yield Level(name=name, at_least=count, at_most=count + self.doubt)

    @property
    def exact(self) -> bool:
        """Whether every level that occurred is kept, with its count."""
        return self.doubt == 0 and self.unseen == 0

    @property
    def n(self) -> int:
        """How many values were counted."""
        return sum(self.buckets)

    def merge(self, other: Levels) -> Levels:
        """What is known of both together, with the kept levels of both; `pruned` makes it small."""
        names = self.counts.keys() | other.counts.keys()
        counts = {name: self.counts.get(name, 0) + other.counts.get(name, 0) for name in names}
        doubts = (self._doubt(name) + other._doubt(name) for name in names)
        return Levels(
            counts=_ranked(counts),
            doubt=max(doubts, default=0),
            unseen=self.unseen + other.unseen,
            buckets=tuple(a + b for a, b in zip(self.buckets, other.buckets, strict=True)),
        )

    def pruned(self, size: int) -> Levels:
        """The `size` most frequent ones; of equally frequent ones the first by name."""
        if len(self.counts) <= size:
            return self
        ranked = list(self.counts.items())
        return Levels(
            counts=dict(ranked[:size]),
            doubt=self.doubt,
            unseen=max(self.unseen, ranked[size][1] + self.doubt),
            buckets=self.buckets,
        )

    def _doubt(self, name: str) -> int:
        return self.doubt if name in self.counts else self.unseen

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "counts": [[name, count] for name, count in self.counts.items()],
            "doubt": self.doubt,
            "unseen": self.unseen,
            "buckets": list(self.buckets),
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Levels:
        """Back from `as_dict`."""
        return cls(
            counts=dict(stored["counts"]),
            doubt=stored["doubt"],
            unseen=stored["unseen"],
            buckets=tuple(stored["buckets"]),
        )


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _name(text: str, digest: int) -> str:
    if _room(text) <= _LONGEST:
        return text
    tail = f"…{digest:016x}"
    kept = ""
    for letter in text:
        if _room(kept + letter + tail) > _LONGEST:
            break
        kept += letter
    return kept + tail


def _room(text: str) -> int:
    """Bytes of the text in JSON, without its quotes."""
    # A text of more letters than that is too long in any case: do not encode a whole book.
    return len(json.dumps(text[: _LONGEST + 1], ensure_ascii=False).encode()) - 2
