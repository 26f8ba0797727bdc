"""Rows that can go: a small set that keeps the quality of all rows.

Dropping the rows of the lowest value looks natural and is wrong: each of a thousand equal rows
is worth a thousandth of what they bring, so that all of them go before a single rare one does.
Here only rows that harm are judged by their value. The others are kept in an order that covers
the data: each next row is drawn with a chance that grows with its squared distance from those
already kept (D. Arthur, S. Vassilvitskii, "k-means++", SODA 2007, in the batches of B. Bahmani
and others, "Scalable k-means++", VLDB 2012).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from tilth.quality.classes import coded
from tilth.quality.neighbours import Integers, Space, by_distance
from tilth.quality.row_values import harmful_rows, listed, row_values
from tilth.record import record

Floats = NDArray[np.float64]

_COVERED = 4096
"""Rows kept by distance; of what is beyond these, any will do."""

_GROWTH = 4
"""A batch draws a quarter of what is kept so far."""


@record
class Trial:
    """What a smaller set reaches.

    Attributes:
        n_rows: Its size.
        quality: Its share of right votes over the judging test rows.
        lasting: A bound from below, at the level asked for, on the share of the full quality
            that it keeps; minus infinity where nothing can be said.
    """

    n_rows: int
    quality: float
    lasting: float


@record
class SpareRows:
    """The smallest set found that keeps the quality.

    Attributes:
        kept: Its rows, positions, the most needed first.
        spare: All others; the last are those that harm.
        n_harmful: How many of them, counted from the end, harm.
        quality: Share of right votes of all rows, over the judging test rows.
        trials: The sets tried, from large to small; the last may be one that failed.
    """

    kept: Integers
    spare: Integers
    n_harmful: int
    quality: float
    trials: tuple[Trial, ...]


def spare_rows(
    features: ArrayLike,
    labels: ArrayLike | Sequence[Hashable],
    test_features: ArrayLike,
    test_labels: ArrayLike | Sequence[Hashable],
    *,
    keep: float = 0.95,
    k: int = 5,
    level: float = 0.95,
    seed: int = 0,
) -> SpareRows:
    """Find a small set of rows whose votes are as good as `keep` of all rows' votes.

    Half of the test rows value the training rows, the other half judge the sets, so that a set
    is not judged by what chose it. Sets are nested, each 0.7 times the one before, and tried
    from large to small until one is not shown to keep the quality; in this fixed order no
    correction for several tests is due (W. Maurer, L. A. Hothorn, W. Lehmacher, 1995).

    Args:
        features: Shape (n, d), of comparable scale.
        labels: Their labels.
        test_features: Shape (m, d), at least four rows.
        test_labels: Their labels, to be relied upon.
        keep: The share of the quality to be kept, above 0 and at most 1.
        k: Neighbours in a vote.
        level: How sure to be that it is kept.
        seed: Of what is drawn.

    Raises:
        ValueError: As `row_values`; or fewer than four test rows; or a share out of range.
    """
    if not 0 < keep <= 1:
        raise ValueError(f"`keep` is a share above 0 and up to 1, and {keep} is not")
    known, asked = listed(labels), listed(test_labels)
    if len(asked) < 4:
        raise ValueError(f"{len(asked)} test rows cannot both value and judge: give four or more")
    given = coded([*known, *asked])
    ours, theirs = given.codes[: len(known)], given.codes[len(known) :]
    random = np.random.default_rng(seed)
    halves = random.permutation(len(asked))
    valuing, judging = halves[: len(asked) // 2], halves[len(asked) // 2 :]
    tests = np.asarray(test_features)
    values = row_values(features, ours, tests[valuing], theirs[valuing], k=k)
    harmful = harmful_rows(values)
    space = Space.of(features)
    order = np.concatenate([_covering(space, harmful, random), harmful[::-1]])
    sizes = _sizes(len(order), len(order) - len(harmful), k)
    judges = space.queries(tests[judging]), theirs[judging]
    right = _right_votes(space, ours, judges, order, sizes=[len(order), *sizes], k=k)
    trials = _tried(right, sizes, keep, level)
    kept = min((each.n_rows for each in trials if each.lasting >= keep), default=len(order))
    return SpareRows(
        kept=order[:kept],
        spare=order[kept:],
        n_harmful=min(len(harmful), len(order) - kept),
        quality=float(right[0].mean()),
        trials=trials,
    )


def _covering(space: Space, harmful: Integers, random: np.random.Generator) -> Integers:
    """All rows but the harmful ones, so that each beginning of the list covers the whole."""
    n = len(space.rows)
    away = np.ones(n)
    away[harmful] = 0.0
    kept: list[int] = []
    while len(kept) < _COVERED and (open_ := int(np.count_nonzero(away))):
        batch = min(max(1, len(kept) // _GROWTH), open_)
        drawn = random.choice(n, batch, replace=False, p=away / away.sum())
        first = not kept
        kept += drawn.tolist()
        reached = space.distances(space.rows[drawn]).min(axis=0)
        away = np.where(away > 0, reached if first else np.minimum(away, reached), 0.0)
        away[drawn] = 0.0
    rest = np.ones(n, dtype=np.bool_)
    rest[harmful] = rest[kept] = False
    return np.concatenate([np.array(kept, np.int64), random.permutation(np.flatnonzero(rest))])


def _sizes(n: int, n_good: int, k: int) -> list[int]:
    """Falling sizes from what does not harm down to one vote."""
    sizes: list[int] = []
    size = float(n_good)
    while size >= max(k, 1):
        if (not sizes or int(size) < sizes[-1]) and int(size) < n:
            sizes.append(int(size))
        size *= 0.7
    return sizes


def _right_votes(
    space: Space,
    ours: Integers,
    judges: tuple[NDArray[np.float32], Integers],
    order: Integers,
    *,
    sizes: Sequence[int],
    k: int,
) -> NDArray[np.float64]:
    """Whether the vote of each beginning of `order` is right, shape (len(sizes), len(asked)).

    A tie is half right for two classes, a third for three.
    """
    asked, theirs = judges
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    right = np.empty((len(sizes), len(asked)))
    for rows in space.blocks(len(asked)):
        for row, distances in enumerate(space.distances(asked[rows]), start=rows.start):
            near = by_distance(distances)
            for index, size in enumerate(sizes):
                voters = near[place[near] < size][:k]
                right[index, row] = _vote(ours[voters], theirs[row])
    return right


def _vote(labels: Integers, wanted: int) -> float:
    votes = np.bincount(labels, minlength=wanted + 1)
    winners = votes == votes.max()
    return float(winners[wanted] / winners.sum())


def _tried(right: Floats, sizes: Sequence[int], keep: float, level: float) -> tuple[Trial, ...]:
    trials = []
    for size, votes in zip(sizes, right[1:], strict=True):
        trials.append(
            Trial(n_rows=size, quality=votes.mean(), lasting=_lasting(votes, right[0], level))
        )
        if trials[-1].lasting < keep:
            break
    return tuple(trials)


def _lasting(votes: Floats, full: Floats, level: float) -> float:
    """A lower bound of mean(votes) / mean(full), both on the same test rows.

    By linearisation: the ratio's error is that of the mean of votes - ratio · full.
    """
    n, whole = len(full), float(full.mean())
    if n < 2 or whole == 0:
        return float("-inf")
    ratio = float(votes.mean()) / whole
    spread = float((votes - ratio * full).std(ddof=1)) / (whole * np.sqrt(n))
    return float(ratio - stdtrit(n - 1, level) * spread)
