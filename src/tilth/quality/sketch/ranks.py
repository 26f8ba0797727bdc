"""Quantiles and ranks from a few kept values, mergeable, with the error that they have."""

from __future__ import annotations

import base64
from bisect import bisect_right
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.record import record

Values = NDArray[Any]
Counts = NDArray[np.int64]

CANDIDATES = 8 * 159 + 1
"""How many values of a sorted batch are looked at: of every eighth, 160 are left."""

_TYPES = {"f": np.dtype("<f8"), "i": np.dtype("<i8"), "u": np.dtype("<u8")}


@record
class Ranks:
    """Some of the values of a column, each with what is known of its rank.

    Of one sorted batch the ranks of the kept values are exact. Merging adds what is known of
    both sides, so that the bounds stay true whatever was merged in which order; the smallest and
    the largest value are always among those kept.

    Attributes:
        values: Strictly rising, shape (n_points,); float64, int64 or uint64.
        below: At least so many values are smaller.
        equal: At least so many are equal.
        up_to: At most so many are smaller or equal.

    References:
        M. Greenwald, S. Khanna, "Power-conserving computation of order-statistics over sensor
        networks", PODS 2004 (merge and prune); T. Chen, C. Guestrin, "XGBoost: a scalable tree
        boosting system", KDD 2016, appendix (the form with weights, theorems on its error).
    """

    values: Values
    below: Counts
    equal: Counts
    up_to: Counts

    @classmethod
    def of_sorted(cls, values: Values, pinned: Values | None = None) -> Ranks:
        """The exact ranks of at most `CANDIDATES` evenly spread values, and of pinned ones.

        Args:
            values: Rising, without NaN, shape (n,).
            pinned: Values that are to be kept whether they occur or not.
        """
        n = len(values)
        changes = np.flatnonzero(values[1:] != values[:-1]) if n else np.zeros(0, np.intp)
        if len(changes) < CANDIDATES:
            chosen = values[np.concatenate(([0], changes + 1))] if n else values
        else:
            chosen = values[np.linspace(0, n - 1, CANDIDATES).astype(np.int64)]
        chosen = np.unique(chosen if pinned is None else np.concatenate((chosen, pinned)))
        chosen = chosen + chosen.dtype.type(0)  # -0.0 becomes 0.0, of which it is an equal
        below = np.searchsorted(values, chosen, "left").astype(np.int64)
        up_to = np.searchsorted(values, chosen, "right").astype(np.int64)
        return cls(values=chosen, below=below, equal=up_to - below, up_to=up_to)

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranks) and self.as_dict() == other.as_dict()

    @property
    def n(self) -> int:
        """How many values were counted."""
        return int(self.up_to[-1]) if len(self) else 0

    @property
    def exact(self) -> bool:
        """Whether every value that occurred is kept, with its count."""
        return int(self.equal.sum()) == self.n

    @property
    def rank_error(self) -> float:
        """By how much, as a share of all values, a quantile's rank may be off at most.

        Half of the largest number of values between two kept ones. Of one batch it is at most
        1 / (2 (number of kept values - 1)); merging adds the error of the finer side.
        """
        if len(self) < 2:
            return 0.0
        return int((self._gaps().max() + 1) // 2) / self.n

    def quantile(self, q: float) -> Any:
        """The value at rank ceil(q n), within `rank_error`: the inverse of the empirical cdf.

        Raises:
            ValueError: `q` is not between 0 and 1, or there is no value.
        """
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile lies between 0 and 1, and {q} does not")
        if not len(self):
            raise ValueError("there is no quantile of no values")
        rank = max(1, int(np.ceil(q * self.n)))
        early = self.up_to - self.equal + 1 - rank
        late = rank - self.below - self.equal
        return self.values[np.argmin(np.maximum(early, late).clip(0))].item()

    def at_most(self, edges: Values) -> tuple[Counts, Counts]:
        """How many values are smaller than or equal to each edge: at least, and at most.

        Args:
            edges: Shape (n_edges,).

        Returns:
            Two arrays of shape (n_edges,); the same where the count is known.
        """
        at = np.searchsorted(self.values, edges, "right")
        known = np.concatenate(([0], self.below + self.equal))
        before = np.concatenate((self.up_to - self.equal, [self.n]))
        hit = (at > 0) & (self.values[np.maximum(at - 1, 0)] == edges) if len(self) else at > 0
        up_to = np.concatenate(([0], self.up_to))
        return known[at], np.where(hit, up_to[at], before[at])

    def merge(self, other: Ranks) -> Ranks:
        """What is known of both together, with the kept values of both; `pruned` makes it small."""
        values = np.unique(np.concatenate((self.values, other.values)))
        ours, theirs = self._seen_at(values), other._seen_at(values)
        below, equal, up_to = (mine + its for mine, its in zip(ours, theirs, strict=True))
        return Ranks(values=values, below=below, equal=equal, up_to=up_to)

    def pruned(self, size: int, pinned: Values | None = None) -> Ranks:
        """The values that leave the smallest gaps, at most `size` of them and the pinned ones."""
        if len(self) <= size:
            return self
        kept = _cover(self.below + self.equal, self.up_to - self.equal, size)
        if pinned is not None:
            kept = np.union1d(kept, np.flatnonzero(np.isin(self.values, pinned)))
        return Ranks(
            values=self.values[kept],
            below=self.below[kept],
            equal=self.equal[kept],
            up_to=self.up_to[kept],
        )

    def _gaps(self) -> Counts:
        """At most how many values lie strictly between neighbours, shape (n_points - 1,)."""
        inside: Counts = (self.up_to - self.equal)[1:] - (self.below + self.equal)[:-1]
        return inside

    def _seen_at(self, values: Values) -> tuple[Counts, Counts, Counts]:
        """Bounds below, equal and up to, at values that need not be ours."""
        if not len(self):
            nothing = np.zeros(len(values), np.int64)
            return nothing, nothing, nothing
        known, most = self.at_most(values)
        at = np.minimum(np.searchsorted(self.values, values, "left"), len(self) - 1)
        hit = self.values[at] == values
        return np.where(hit, self.below[at], known), np.where(hit, self.equal[at], 0), most

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the values' bytes in base64, little-endian; the bounds as differences."""
        form = _TYPES[self.values.dtype.kind]
        return {
            "type": form.kind,
            "values": base64.b64encode(self.values.astype(form).tobytes()).decode("ascii"),
            "below": np.diff(self.below, prepend=0).tolist(),
            "equal": self.equal.tolist(),
            "doubt": (self.up_to - self.below - self.equal).tolist(),
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Ranks:
        """Back from `as_dict`."""
        raw = base64.b64decode(stored["values"])
        values = np.frombuffer(raw, _TYPES[stored["type"]]).astype(stored["type"] + "8")
        below = np.cumsum(np.array(stored["below"], np.int64))
        equal = np.array(stored["equal"], np.int64)
        doubt = np.array(stored["doubt"], np.int64)
        return cls(values=values, below=below, equal=equal, up_to=below + equal + doubt)


def _cover(known: Counts, before: Counts, size: int) -> NDArray[np.int64]:
    """Places from first to last, at most `size`, whose largest gap is within 2 % of the least.

    From each place the farthest is taken that leaves no larger gap than allowed: no choice with
    the same allowance needs fewer. The allowance itself is found by halving.
    """
    starts, ends = known.tolist(), np.maximum.accumulate(before).tolist()
    low, high = 0, ends[-1]
    best = None
    while best is None or high - low > max(1, high // 50):
        middle = high if best is None else (low + high) // 2
        found = _places(starts, ends, middle, size)
        if found is None:
            low = middle
        else:
            best, high = found, middle
    return np.array(best, np.int64)


def _places(starts: list[int], ends: list[int], allowed: int, size: int) -> list[int] | None:
    """As few places as leave no gap above what is allowed; None where `size` do not do."""
    last = len(starts) - 1
    places = [0]
    while places[-1] < last:
        if len(places) == size:
            return None
        here = places[-1]
        places.append(max(here + 1, bisect_right(ends, starts[here] + allowed, here) - 1))
    return places
