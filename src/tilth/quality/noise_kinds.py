"""Wrong labels of three kinds: random slips, conventions that differ, and rows that are hard.

They call for different cures: slips are corrected one by one; a convention is settled in the
instruction, and its labels made anew; a hard row may have no right label at all.

How they are told apart:

*Ambiguous.* Confident learning supposes that whether a label slips depends on the true class
alone. Then the suspects given i and truly j are, to the model, rows of class j like any other:
their gap p(j) - p(i) is as if drawn from the gaps of the rows that are labeled and predicted j.
So each suspect gets the rank of its gap among those, which is uniform on 0 to 1 for slips and
conventions, and low for rows between two classes. As many as the ranks below one half exceed
those above are ambiguous: the estimate of J. D. Storey, "A direct approach to false discovery
rates", Journal of the Royal Statistical Society B 64(3), 2002, with lambda = 1/2.

*Systematic.* Of the others, slips go both ways: from i to j at the rate of from j to i. An
excess of one direction is a convention; so is an excess of one labeler over all others, in the
same pair of classes. Both are tested by the binomial distribution of one count given the sum,
and Holm's method keeps the chance of naming any convention where there is none to 5 %
(S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
Statistics 6, 1979).

*Random* is what remains.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.classes import Coded, coded
from tilth.quality.confident_joint import as_probabilities
from tilth.quality.conventions import Cells, systematic_shares
from tilth.quality.intervals import Estimate, Interval, bootstrap_each, wilson
from tilth.quality.label_errors import LabelErrors
from tilth.record import field, record

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

_COMPARED = 2000
"""Rows of a class that a suspect's gap is ranked among, at most."""


class Kind(StrEnum):
    """Why a label looks wrong."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    AMBIGUOUS = "ambiguous"

    @property
    def meaning(self) -> str:
        """One sentence for people."""
        return _MEANINGS[self]


_KINDS = (Kind.RANDOM, Kind.SYSTEMATIC, Kind.AMBIGUOUS)

_MEANINGS = {
    Kind.RANDOM: "set wrongly: a slip, as likely on any row of its class",
    Kind.SYSTEMATIC: "set by another convention: one pair of classes, one way, or one labeler",
    Kind.AMBIGUOUS: "set on a hard row: the model finds both labels nearly as likely",
}


@record
class Convention:
    """A pair of classes whose labels are exchanged one way.

    Attributes:
        given: The label that the rows have.
        suggested: The label that others, or the same rows elsewhere, would have.
        labeler: Who sets it so; None where the direction itself tells.
        n: Suspects in it.
        expected: How many there would be by slips.
        p_value: Of the test, as it is, before Holm's correction.
    """

    given: Hashable
    suggested: Hashable
    labeler: Hashable | None
    n: int
    expected: float
    p_value: float


@record
class NoiseKinds:
    """The suspects by kind.

    Attributes:
        kinds: One for each suspect, in the order of `LabelErrors.rows`.
        shares: Of all suspects, with an interval over which rows happen to be in the data; NaN
            where there are no suspects. They sum to one.
        conventions: The pairs behind `systematic`, the largest excess first.
        ranks: Shape (n_suspects,): of each suspect's gap among rows of its suggested class.
        suspected_by_labeler: For each labeler, the share of rows that are suspected.
    """

    kinds: tuple[Kind, ...] = field(repr=False)
    shares: dict[Kind, Estimate]
    conventions: tuple[Convention, ...]
    ranks: Floats = field(repr=False)
    suspected_by_labeler: dict[Hashable, Estimate]


def noise_kinds(
    errors: LabelErrors,
    labels: ArrayLike | Sequence[Hashable],
    probabilities: ArrayLike,
    *,
    labelers: ArrayLike | Sequence[Hashable] | None = None,
    level: float = 0.95,
    n_draws: int = 500,
    seed: int = 0,
) -> NoiseKinds:
    """Tell random, systematic and ambiguous suspects apart.

    A suspect's kind is the likeliest; the shares are the better estimate, as some slips happen
    to fall on hard rows, and some into a pair that has a convention.

    Args:
        errors: Of the same labels and probabilities.
        labels: The given labels.
        probabilities: What they were found with.
        labelers: Who set each label, one for each row; None where that is not known.
        level: Of confidence.
        n_draws: Resamples of the suspects for the intervals.
        seed: Of the draws.

    Raises:
        ValueError: Numbers of rows that differ.
    """
    matrix = as_probabilities(probabilities)
    given = coded(labels, errors.classes, n_classes=matrix.shape[1])
    who = coded(labelers) if labelers is not None else None
    for name, n in (("labels", len(given.codes)), ("labelers", len(who.codes) if who else None)):
        if n is not None and n != errors.n_rows:
            raise ValueError(f"{n} {name} but {errors.n_rows} rows were looked at")
    ranks = _ranks(errors, given, matrix)
    ambiguous = _lowest(ranks, ambiguous_share(ranks))
    cells = Cells.of(errors, who)
    found = systematic_shares(cells, _counts(cells, ~ambiguous))
    parts = np.where(ambiguous, 0.0, found.excess[cells.place])
    shares = _estimates(cells, ranks, ambiguous, level=level, n_draws=n_draws, seed=seed)
    return NoiseKinds(
        kinds=tuple(_kind(*each) for each in zip(ambiguous, parts > 0, strict=True)),
        shares=shares,
        conventions=_conventions(errors, cells, found, who),
        ranks=ranks,
        suspected_by_labeler=_by_labeler(errors, who, level),
    )


def ambiguous_share(ranks: Floats) -> float:
    """Storey's estimate of the share of ranks that are not uniform, 0 to 1; 0 of none."""
    if len(ranks) == 0:
        return 0.0
    return max(0.0, 1 - 2 * float(_high(ranks).mean()))


def _high(ranks: Floats) -> Floats:
    """Which lie above one half; one that lies there, as where all gaps are equal, does by half."""
    return (1 + np.sign(ranks - 0.5)) / 2


def _kind(ambiguous: bool, systematic: bool) -> Kind:
    if ambiguous:
        return Kind.AMBIGUOUS
    return Kind.SYSTEMATIC if systematic else Kind.RANDOM


def _lowest(ranks: Floats, share: float) -> Flags:
    """As many of the lowest as the share says."""
    chosen = np.zeros(len(ranks), dtype=np.bool_)
    chosen[np.argsort(ranks, kind="stable")[: round(share * len(ranks))]] = True
    return chosen


def _ranks(errors: LabelErrors, given: Coded, probabilities: NDArray[Any]) -> Floats:
    """The rank of each suspect's gap among the unsuspected rows of its suggested class."""
    usual = given.codes == errors.reading.predicted
    usual[errors.rows] = False
    ranks = np.full(len(errors.rows), 0.5)
    for code in np.unique(errors.suggested):
        like = np.flatnonzero(usual & (given.codes == code))
        if len(like) == 0:
            continue
        like = like[:: max(1, len(like) // _COMPARED)]
        members = np.flatnonzero(errors.suggested == code)
        rows = np.asarray(probabilities[like], dtype=np.float64)
        for label in np.unique(errors.given[members]):
            some = members[errors.given[members] == label]
            gaps = np.sort(rows[:, code] - rows[:, label])
            asked = errors.rows[some]
            gap = errors.reading.top[asked] - errors.reading.own[asked]
            below, upto = (np.searchsorted(gaps, gap, side) for side in ("left", "right"))
            ranks[some] = (below + upto) / (2 * len(gaps))
    return ranks


def _counts(cells: Cells, chosen: Flags) -> Floats:
    return np.bincount(cells.place[chosen], minlength=len(cells.given)).astype(np.float64)


def _estimates(
    cells: Cells, ranks: Floats, ambiguous: Flags, *, level: float, n_draws: int, seed: int
) -> dict[Kind, Estimate]:
    """The shares, and how they vary when the suspects are drawn anew."""
    if len(ranks) == 0:
        nothing = Estimate(float("nan"), Interval(float("nan"), float("nan"), level))
        return dict.fromkeys(Kind, nothing)
    n_cells = len(cells.given)
    # Suspects of one cell, alike in both flags, are one row to the bootstrap.
    keys = (cells.place * 2 + ambiguous) * 3 + (2 * _high(ranks)).astype(np.int64)
    distinct, counts = np.unique(keys, return_counts=True)
    place, clear, high = distinct // 6, distinct // 3 % 2 == 0, distinct % 3 / 2

    def shares(weights: Floats) -> Floats:
        rows = []
        for row in weights:
            n = row.sum()
            hard = max(0.0, 1 - 2 * float(row @ high / n))
            chosen = np.bincount(place[clear], weights=row[clear], minlength=n_cells).astype(float)
            one_way = float(systematic_shares(cells, chosen).excess @ chosen / n)
            one_way = min(one_way, 1 - hard)
            rows.append([1 - hard - one_way, one_way, hard])
        return np.array(rows)

    intervals = bootstrap_each(
        shares, counts, level=level, method="percentile", n_draws=n_draws, seed=seed
    )
    values = shares(counts[None, :].astype(np.float64))[0]
    n, n_high = len(ranks), float(_high(ranks).sum())
    least = [wilson(value * n, n, level=level) for value in values[:2]]
    twice = wilson(n_high, n, level=level)
    least.append(Interval(max(0.0, 1 - 2 * twice.high), max(0.0, 1 - 2 * twice.low), level))
    # Draws from a few suspects that all say the same cannot differ; a share of so few can.
    return {
        kind: Estimate(float(value), _hull(value, drawn, alone))
        for kind, value, drawn, alone in zip(_KINDS, values, intervals, least, strict=True)
    }


def _hull(value: float, *intervals: Interval) -> Interval:
    low = min(value, *(each.low for each in intervals))
    high = max(value, *(each.high for each in intervals))
    return Interval(float(low), float(high), intervals[0].level)


def _conventions(
    errors: LabelErrors, cells: Cells, found: Any, who: Coded | None
) -> tuple[Convention, ...]:
    listed = [
        Convention(
            given=errors.classes[test.given],
            suggested=errors.classes[test.suggested],
            labeler=None if test.labeler is None or who is None else who.classes[test.labeler],
            n=round(test.n),
            expected=test.expected,
            p_value=test.p_value,
        )
        for test in found.named
    ]
    return tuple(sorted(listed, key=lambda each: each.expected - each.n))


def _by_labeler(errors: LabelErrors, who: Coded | None, level: float) -> dict[Hashable, Estimate]:
    if who is None:
        return {}
    suspected = np.bincount(who.codes[errors.rows], minlength=len(who.classes))
    return {
        name: Estimate(float(some / n), wilson(float(some), float(n), level=level))
        for name, some, n in zip(who.classes, suspected, who.counts, strict=True)
    }
